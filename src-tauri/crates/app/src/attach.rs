//! Texts and pictures that go with a question.

use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use domain::{Attachment, AttachmentId, AttachmentInfo, ChatId, Content};
use store::ImageFiles;
use wire::{AttachmentShow, Failure, ShownImage};

use crate::{Core, Pick, answerer::Answerer, context::MOST_IMAGE_BYTES, failure::from_store, house::blocking, picture};

/// Longest attached text. More would not fit the context of any model that runs on a desk.
const LONGEST_TEXT_BYTES: usize = 10 * 1024 * 1024;
/// Most pictures of a question: what every provider takes at once.
const MOST_IMAGES: usize = 20;

/// A file as it was read: what it is, and the files of a picture.
type Attached = (Attachment, Option<ImageFiles>);

impl Core {
    /// Lets the user pick texts and pictures and attaches them.
    pub(crate) async fn pick_attachments(&self, chat: ChatId) -> Result<Vec<AttachmentInfo>, Failure> {
        let paths = self.pick(Pick::Attachments).await?;
        self.attach_files(chat, paths).await
    }

    /// Attaches files; all or none, so that a refusal names the file and nothing is half done.
    pub(crate) async fn attach_files(&self, chat: ChatId, paths: Vec<PathBuf>) -> Result<Vec<AttachmentInfo>, Failure> {
        let files = blocking(move || read_files(&paths)).await??;
        self.attach(chat, files).await
    }

    /// Attaches a pasted text.
    pub(crate) async fn attach_paste(&self, chat: ChatId, text: String) -> Result<AttachmentInfo, Failure> {
        let name = self.pasted_name(chat, "Pasted text", "txt").await?;
        let file = Attachment { id: AttachmentId::new(), name, content: Content::Text(text) };
        Ok(self.attach(chat, vec![(file, None)]).await?.remove(0))
    }

    /// Attaches a pasted picture.
    pub(crate) async fn attach_pasted_image(&self, chat: ChatId, data: String) -> Result<AttachmentInfo, Failure> {
        let name = self.pasted_name(chat, "Pasted image", "png").await?;
        let read = move || {
            let wrong = |_| Failure::invalid("What was pasted cannot be read. Nothing was attached.");
            let bytes = BASE64_STANDARD.decode(data).map_err(wrong)?;
            image_of(&name, &bytes).unwrap_or_else(|| {
                Err(Failure::invalid(
                    "What was pasted is no picture that Drawbridge reads: PNG, JPEG, GIF, WebP or BMP. Nothing was \
                     attached.",
                ))
            })
        };
        let file = blocking(read).await??;
        Ok(self.attach(chat, vec![file]).await?.remove(0))
    }

    async fn attach(&self, chat: ChatId, files: Vec<Attached>) -> Result<Vec<AttachmentInfo>, Failure> {
        let store = self.store_of(chat);
        let drafted = store.draft_attachments(chat).await.map_err(from_store)?;
        let all: Vec<AttachmentInfo> =
            drafted.iter().chain(files.iter().map(|(file, _)| file)).map(AttachmentInfo::from).collect();
        let images: Vec<_> = all.iter().filter(|file| file.image.is_some()).collect();
        let adds_images = files.iter().any(|(_, image)| image.is_some());
        if adds_images && images.len() > MOST_IMAGES {
            return Err(too_many());
        }
        if adds_images && images.iter().map(|image| image.bytes).sum::<u64>() > MOST_IMAGE_BYTES {
            return Err(Failure::invalid(format!(
                "The images of a question may have {} MB together, and these have more. Attach fewer, or ask in several \
                 questions. Nothing was attached.",
                MOST_IMAGE_BYTES >> 20
            )));
        }
        store.add_draft_attachments(chat, &files).await.map_err(from_store)?;
        let infos: Vec<AttachmentInfo> = files.iter().map(|(file, _)| AttachmentInfo::from(file)).collect();
        if !infos.is_empty() {
            let bytes = infos.iter().map(|file| file.bytes).sum();
            let files = u32::try_from(infos.len()).unwrap_or(u32::MAX);
            self.note(audit::Event::Attached { files, bytes }, Some(chat));
        }
        Ok(infos)
    }

    /// A name that nothing else of the draft has.
    async fn pasted_name(&self, chat: ChatId, kind: &str, extension: &str) -> Result<String, Failure> {
        let drafted = self.store_of(chat).draft_attachments(chat).await.map_err(from_store)?;
        let name = |number| match number {
            1 => format!("{kind}.{extension}"),
            number => format!("{kind} {number}.{extension}"),
        };
        let free = |name: &String| drafted.iter().all(|file| file.name != *name);
        Ok((1..).map(name).find(free).expect("BUG: numbers do not end"))
    }

    /// A picture for the window.
    pub(crate) async fn show_attachment(&self, args: AttachmentShow) -> Result<ShownImage, Failure> {
        let store = self.store_of(args.chat);
        let data = match args.whole {
            true => store.image(args.chat, args.attachment).await,
            false => store.image_preview(args.chat, args.attachment).await,
        };
        let data = data.map_err(from_store)?;
        let kind = if data.starts_with(b"\x89PNG") { "png" } else { "jpeg" };
        Ok(ShownImage { url: format!("data:image/{kind};base64,{}", BASE64_STANDARD.encode(data)) })
    }

    /// Refuses a question with pictures to a model that sees none.
    pub(crate) fn refuse_blind(&self, to: &Answerer, files: &[AttachmentInfo]) -> Result<(), Failure> {
        let images = files.iter().filter(|file| file.image.is_some()).count();
        if images == 0 || to.sees_images() {
            return Ok(());
        }
        let (images_go, them) = if images == 1 { ("an image goes", "it") } else { ("images go", "them") };
        Err(Failure::invalid(format!(
            "{} reads text only, and {images_go} with this question. Choose a model that sees images, or take {them} \
             off. Nothing was sent.",
            to.name()
        )))
    }
}

/// Files for a model that sees no pictures, where nothing is kept.
pub(crate) fn texts(paths: &[PathBuf]) -> Result<Vec<Attachment>, Failure> {
    let text = |path: &PathBuf| match read_file(path)? {
        (file, None) => Ok(file),
        (file, Some(_)) => Err(Failure::invalid(format!(
            "“{}” is a picture, and models of this computer read text only. Nothing was asked.",
            file.name
        ))),
    };
    paths.iter().map(text).collect()
}

/// Reads files; stops at the first that cannot be attached.
fn read_files(paths: &[PathBuf]) -> Result<Vec<Attached>, Failure> {
    let (mut files, mut images) = (Vec::new(), 0);
    for path in paths {
        let file = read_file(path)?;
        images += usize::from(file.1.is_some());
        if images > MOST_IMAGES {
            return Err(too_many());
        }
        files.push(file);
    }
    Ok(files)
}

fn too_many() -> Failure {
    Failure::invalid(format!("At most {MOST_IMAGES} images go with a question. Nothing was attached."))
}

/// Reads a picture, or a text: UTF-8, or UTF-16 with its mark.
fn read_file(path: &Path) -> Result<Attached, Failure> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let failed =
        |error: std::io::Error| Failure::invalid(format!("“{name}” cannot be read: {error}. Nothing was attached."));
    let too_large = |what: &str| Failure::invalid(format!("“{name}” is larger than {what} Nothing was attached."));
    // A pipe has no length of its own.
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(picture::LARGEST_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > picture::LARGEST_BYTES {
        return Err(too_large("40 MB. Attach a smaller picture, or a part of the text."));
    }
    if let Some(read) = image_of(&name, &bytes) {
        return read;
    }
    if bytes.len() > LONGEST_TEXT_BYTES {
        return Err(too_large("10 MB, more than a model can read at once. Attach a part of it."));
    }
    let text = decode(&bytes).ok_or_else(|| {
        Failure::invalid(format!(
            "“{name}” is neither a text nor a picture. Attach text, Markdown, CSV, code, PNG, JPEG, GIF, WebP or BMP. \
             Nothing was attached."
        ))
    })?;
    Ok((Attachment { id: AttachmentId::new(), name, content: Content::Text(text) }, None))
}

/// Reads a picture; none where it is none.
fn image_of(name: &str, bytes: &[u8]) -> Option<Result<Attached, Failure>> {
    let refused = |why: String| Failure::invalid(format!("“{name}” {why}. Nothing was attached."));
    if let Some(kind) = picture::unread(bytes) {
        let why = format!("is a picture in {kind}, which Drawbridge cannot read. Save it as JPEG or PNG");
        return Some(Err(refused(why)));
    }
    picture::is_image(bytes).then(|| {
        let (facts, files) = picture::read(bytes).map_err(refused)?;
        let content = Content::Image { facts, bytes: files.data.len() as u64 };
        Ok((Attachment { id: AttachmentId::new(), name: name.to_owned(), content }, Some(files)))
    })
}

/// The text of a file, or nothing where it is none.
fn decode(bytes: &[u8]) -> Option<String> {
    let utf16 = |unit: fn([u8; 2]) -> u16| {
        let units = bytes[2..].as_chunks::<2>().0.iter().map(|pair| unit(*pair));
        char::decode_utf16(units).collect::<Result<String, _>>().ok()
    };
    let text = match bytes {
        [0xff, 0xfe, ..] => utf16(u16::from_le_bytes)?,
        [0xfe, 0xff, ..] => utf16(u16::from_be_bytes)?,
        _ => std::str::from_utf8(bytes).ok()?.trim_start_matches('\u{feff}').to_owned(),
    };
    (!text.contains('\0')).then(|| text.replace("\r\n", "\n"))
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn text_in_its_usual_encodings_is_read_and_anything_else_is_not() {
        assert_eq!(decode("Grüße\r\n世界".as_bytes()).as_deref(), Some("Grüße\n世界"));
        assert_eq!(decode(b"\xef\xbb\xbfa,b").as_deref(), Some("a,b"));
        assert_eq!(decode(b"\xff\xfeh\0i\0").as_deref(), Some("hi"));
        assert_eq!(decode(b"\xfe\xff\0h\0i").as_deref(), Some("hi"));
        assert_eq!(decode(b"GGUF\0\0\0\x03"), None);
        assert_eq!(decode(b"\xff\xd8\xff\xe0 jpeg"), None);
        assert_eq!(decode(b"").as_deref(), Some(""));
    }
}
