//! Text files that go with a question.

use std::path::{Path, PathBuf};

use domain::{Attachment, AttachmentId, AttachmentInfo, ChatId};
use wire::Failure;

use crate::{Core, Pick, failure::from_store};

/// Longest attached text. More would not fit the context of any model that runs on a desk.
const LONGEST_BYTES: u64 = 10 * 1024 * 1024;

impl Core {
    /// Lets the user pick text files and attaches them.
    pub(crate) async fn pick_attachments(&self, chat: ChatId) -> Result<Vec<AttachmentInfo>, Failure> {
        let paths = self.pick(Pick::TextFiles).await?;
        self.attach_files(chat, paths).await
    }

    /// Attaches files; all or none, so that a refusal names the file and nothing is half done.
    pub(crate) async fn attach_files(&self, chat: ChatId, paths: Vec<PathBuf>) -> Result<Vec<AttachmentInfo>, Failure> {
        let read = move || paths.iter().map(|path| read_text(path)).collect::<Result<Vec<_>, _>>();
        let files =
            tokio::task::spawn_blocking(read).await.map_err(|error| Failure::unexpected(error.to_string()))??;
        for file in &files {
            self.store_of(chat).add_draft_attachment(chat, file).await.map_err(from_store)?;
        }
        self.note_attached(chat, &files);
        Ok(files.iter().map(AttachmentInfo::from).collect())
    }

    fn note_attached(&self, chat: ChatId, files: &[Attachment]) {
        if !files.is_empty() {
            let bytes = files.iter().map(|file| file.text.len() as u64).sum();
            let files = u32::try_from(files.len()).unwrap_or(u32::MAX);
            self.note(audit::Event::Attached { files, bytes }, Some(chat));
        }
    }

    /// Attaches a pasted text.
    pub(crate) async fn attach_paste(&self, chat: ChatId, text: String) -> Result<AttachmentInfo, Failure> {
        let pasted = self.store_of(chat).draft_attachments(chat).await.map_err(from_store)?;
        let number = pasted.iter().filter(|file| file.name.starts_with("Pasted text")).count() + 1;
        let name = if number == 1 { "Pasted text.txt".to_owned() } else { format!("Pasted text {number}.txt") };
        let file = Attachment { id: AttachmentId::new(), name, text };
        self.store_of(chat).add_draft_attachment(chat, &file).await.map_err(from_store)?;
        self.note_attached(chat, std::slice::from_ref(&file));
        Ok(AttachmentInfo::from(&file))
    }
}

/// Reads a text file: UTF-8, or UTF-16 with its mark.
fn read_text(path: &Path) -> Result<Attachment, Failure> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let failed =
        |error: std::io::Error| Failure::invalid(format!("“{name}” cannot be read: {error}. Nothing was attached."));
    let bytes = path.metadata().map_err(failed)?.len();
    if bytes > LONGEST_BYTES {
        return Err(Failure::invalid(format!(
            "“{name}” is larger than 10 MB, more than a model can read at once. Attach a part of it. Nothing was attached."
        )));
    }
    let bytes = std::fs::read(path).map_err(failed)?;
    let text = decode(&bytes).ok_or_else(|| {
        Failure::invalid(format!(
            "“{name}” is not a text file. Attach text, Markdown, CSV or code. Nothing was attached."
        ))
    })?;
    Ok(Attachment { id: AttachmentId::new(), name, text })
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
