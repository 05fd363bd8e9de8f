//! Pictures: attached without what their camera wrote, sent to the models that see them, and to nobody else.

use std::path::PathBuf;

use acceptance::provider::{Answer, ErrorBody, Kind, ProviderDouble, Turn};
use base64::{Engine, prelude::BASE64_STANDARD};
use domain::{AttachmentInfo, ChatId, Message, MessageState, Zone};
use image::{DynamicImage, ImageFormat, RgbImage};
use serde_json::{Value, json};
use wire::{ChatView, Failure, ShownImage};

use crate::{Added, Office, questions};

/// Where a picture was taken, as a camera writes it.
const PLACE: &str = "51.5007 N 0.1246 W";

/// A PNG of this size that says where it was taken.
fn picture(width: u32, height: u32) -> Vec<u8> {
    let dots = RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, 7]));
    let mut png = std::io::Cursor::new(Vec::new());
    DynamicImage::from(dots).write_to(&mut png, ImageFormat::Png).unwrap();
    let mut png = png.into_inner();
    let text = [b"tEXtLocation\0", PLACE.as_bytes()].concat();
    let mut sum = flate2::Crc::new();
    sum.update(&text);
    let length = u32::try_from(text.len() - 4).unwrap().to_be_bytes();
    // Behind the signature and the head.
    png.splice(33..33, [&length[..], &text, &sum.sum().to_be_bytes()].concat());
    png
}

/// A PNG that nothing makes short.
fn noise(seed: u32, edge: u32) -> Vec<u8> {
    let mut state = seed + 1;
    let dots = RgbImage::from_fn(edge, edge, |_, _| {
        image::Rgb([0; 3].map(|_: u8| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        }))
    });
    let mut png = std::io::Cursor::new(Vec::new());
    DynamicImage::from(dots).write_to(&mut png, ImageFormat::Png).unwrap();
    png.into_inner()
}

impl Office {
    fn file(&self, name: &str, data: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, data).unwrap();
        path
    }

    async fn attach(&self, chat: ChatId, files: &[PathBuf]) -> Result<Vec<AttachmentInfo>, Failure> {
        self.session.desktop.picked.lock().unwrap().extend_from_slice(files);
        self.session.call("attachment_pick", json!({"chat": chat})).await
    }

    async fn show(&self, chat: ChatId, file: &AttachmentInfo, whole: bool) -> Vec<u8> {
        let args = json!({"chat": chat, "attachment": file.id, "whole": whole});
        let shown: ShownImage = self.session.ok("attachment_show", args).await;
        BASE64_STANDARD.decode(shown.url.strip_prefix("data:image/png;base64,").unwrap()).unwrap()
    }
}

/// An office with a provider whose first model sees pictures, or does not.
async fn with(kind: Kind, sees: bool) -> (Office, ProviderDouble, Added) {
    let office = Office::open().await;
    let double = ProviderDouble::start(kind).await;
    let mut added = office.add(&format!("{kind:?}"), &double, kind, Zone::Cloud).await;
    let card: wire::ProviderCard = {
        let mut model = added.save["models"][0].clone();
        model["id"] = json!(added.model);
        model["images"] = json!(sees);
        added.save["models"] = json!([model]);
        office.session.ok("provider_save", added.save.clone()).await
    };
    assert_eq!((card.provider.models[0].images, card.provider.models[0].id), (sees, added.model));
    (office, double, added)
}

/// The pictures in a request, as base64, whatever its format.
fn images(body: &Value, found: &mut Vec<String>) {
    match body {
        Value::String(text) => {
            if let Some((_, data)) = text.split_once(";base64,") {
                found.push(data.to_owned());
            }
        }
        Value::Array(parts) => parts.iter().for_each(|part| images(part, found)),
        Value::Object(fields) => match fields.get("data") {
            Some(Value::String(data)) => found.push(data.clone()),
            _ => fields.values().for_each(|field| images(field, found)),
        },
        _ => {}
    }
}

fn sent(double: &ProviderDouble) -> (Vec<Vec<u8>>, String) {
    let body = questions(double).last().unwrap().body.clone();
    let mut found = Vec::new();
    images(&body, &mut found);
    (found.iter().map(|data| BASE64_STANDARD.decode(data).unwrap()).collect(), body.to_string())
}

fn size(data: &[u8]) -> (u32, u32) {
    let picture = image::load_from_memory(data).unwrap();
    (picture.width(), picture.height())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_provider_is_sent_the_picture_without_its_place_after_the_user_agreed() {
    for kind in Kind::ALL {
        let (mut office, double, added) = with(kind, true).await;
        let chat = office.chat_with(added.model).await;
        let file = office.file("harbour.png", &picture(900, 600));
        let attached = office.attach(chat, &[file]).await.unwrap();
        let facts = attached[0].image.unwrap();
        assert_eq!((facts.width, facts.height), (900, 600));
        assert_eq!(size(&office.show(chat, &attached[0], false).await), (480, 320));

        let asked = office.asked();
        let answer = office.ask(chat, "Where is this?").await;
        assert_eq!(answer.state, MessageState::Complete, "{kind:?} {answer:?}");
        let question = office.session.desktop.questions.lock().unwrap().last().cloned().unwrap();
        assert_eq!(office.asked(), asked + 1);
        assert!(question.text.contains("your question, with one image, about "), "{}", question.text);
        let (pictures, body) = sent(&double);
        assert_eq!(pictures.len(), 1, "{kind:?} {body}");
        assert_eq!(pictures[0], office.show(chat, &attached[0], true).await, "what is shown is what was sent");
        assert!(!pictures[0].windows(PLACE.len()).any(|seen| seen == PLACE.as_bytes()));
        assert!(picture(900, 600).windows(PLACE.len()).any(|seen| seen == PLACE.as_bytes()));

        // It stays in the conversation.
        let more = office.session.ask(chat, "And when?", Some(answer.id)).await;
        assert_eq!((more.state, sent(&double).0.len()), (MessageState::Complete, 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_sees_none_is_not_asked_about_one_and_reads_the_names_of_earlier_ones() {
    let (mut office, double, added) = with(Kind::Compatible, false).await;
    let chat = office.chat_with(added.model).await;
    let file = office.file("harbour.png", &picture(90, 60));
    office.attach(chat, &[file]).await.unwrap();
    let before = (questions(&double).len(), office.asked());
    let refused = office.try_send(chat, "Where is this?").await.unwrap_err();
    assert!(refused.message().contains("reads text only, and an image goes with this question"), "{refused:?}");
    assert_eq!((questions(&double).len(), office.asked()), before, "nothing was sent, nobody was asked");
    let view: ChatView = office.session.ok("chat_open", json!({"chat": chat, "message": null})).await;
    assert_eq!((view.messages.len(), view.attachments.len()), (0, 1), "nothing is lost");

    // The same model, now known to see.
    let mut save = added.save.clone();
    save["models"][0]["images"] = json!(true);
    office.session.ok::<Value>("provider_save", save.clone()).await;
    let answer = office.ask(chat, "Where is this?").await;
    assert_eq!(sent(&double).0.len(), 1);
    save["models"][0]["images"] = json!(false);
    office.session.ok::<Value>("provider_save", save).await;
    let more = office.session.ask(chat, "And when?", Some(answer.id)).await;
    assert_eq!(more.state, MessageState::Complete);
    let (pictures, body) = sent(&double);
    assert!(pictures.is_empty() && body.contains("[Image “harbour.png”, which this model cannot see]"), "{body}");
    for (command, args) in
        [("answer_again", json!({"message": answer.id})), ("answer_by", json!({"message": answer.id, "model": null}))]
    {
        let refused = office.session.call::<wire::Sent>(command, args).await;
        assert!(matches!(&refused, Err(failure) if failure.message().contains("reads text only")), "{refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_who_sees_none_answers_in_the_place_of_one_that_failed() {
    let (mut office, double, added) = with(Kind::Anthropic, true).await;
    office.settings(json!({"mode": "open", "answer_here_on_failure": true})).await;
    let chat = office.chat_with(added.model).await;
    let file = office.file("harbour.png", &picture(90, 60));
    office.attach(chat, &[file]).await.unwrap();
    let down = || Turn::Status { code: 401, retry_after: None, body: ErrorBody::Own };
    double.script(vec![down()]);
    let answer = office.ask(chat, "Where is this?").await;
    assert_eq!((answer.state, answer.answer.unwrap().model), (MessageState::Failed, added.model));
    double.script(vec![down(), Turn::Answer(Answer::of(&["Here."]))]);
    let other = office.chat_with(added.model).await;
    let answer = office.ask(other, "Hello?").await;
    assert_ne!(answer.answer.unwrap().model, added.model, "words alone may be answered here");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_question_keeps_its_picture_an_export_holds_it_and_a_bad_one_is_named() {
    let (mut office, double, added) = with(Kind::Gemini, true).await;
    let chat = office.chat_with(added.model).await;
    let data = BASE64_STANDARD.encode(picture(90, 60));
    let pasted = json!({"chat": chat, "data": data});
    let info: AttachmentInfo = office.session.ok("attachment_paste_image", pasted).await;
    assert_eq!(info.name, "Pasted image.png");
    let first: Message = office.ask(chat, "Where is this?").await;
    let edited = json!({"chat": chat, "text": "When was this?", "parent": null, "edit_of": first.parent});
    let edited: wire::Sent = office.session.ok("chat_send", edited).await;
    office.session.ended(edited.answer.id).await;
    assert_eq!(sent(&double).0.len(), 1);
    assert_ne!(edited.question.attachments[0].id, info.id);

    let wordless = office.chat_with(added.model).await;
    let pasted = json!({"chat": wordless, "data": BASE64_STANDARD.encode(picture(90, 60))});
    office.session.ok::<AttachmentInfo>("attachment_paste_image", pasted).await;
    assert_eq!(office.ask(wordless, "").await.state, MessageState::Complete);
    let view: ChatView = office.session.ok("chat_open", json!({"chat": wordless, "message": null})).await;
    assert_eq!(view.chat.title, "Pasted image.png");

    let text = office.session.core.exported(chat, wire::ExportFormat::Json).await.unwrap();
    let exported: Value = serde_json::from_str(&text).unwrap();
    let files = exported["files"].as_object().unwrap();
    assert_eq!(files.len(), 2);
    let kept = BASE64_STANDARD.decode(files[&info.id.to_string()]["base64"].as_str().unwrap()).unwrap();
    assert_eq!(size(&kept), (90, 60));
    let text = office.session.core.exported(chat, wire::ExportFormat::Markdown).await.unwrap();
    assert!(text.contains("Gemini, in the cloud") && !text.contains("on this computer"), "{text}");

    let (cut, heic) =
        (office.file("cut.png", &picture(90, 60)[..60]), office.file("new.heic", b"\0\0\0\x18ftypheic\0\0"));
    let program = office.file("program", b"\x7fELF\0\0\xff");
    for (bad, says) in
        [(cut, "“cut.png” is a damaged picture"), (heic, "HEIC"), (program, "neither a text nor a picture")]
    {
        let good = office.file("good.png", &picture(9, 9));
        let refused = office.attach(chat, &[good, bad]).await.unwrap_err();
        assert!(
            refused.message().contains(says) && refused.message().ends_with("Nothing was attached."),
            "{refused:?}"
        );
    }
    let svg = json!({"chat": chat, "data": BASE64_STANDARD.encode("<svg/>")});
    let refused = office.session.call::<AttachmentInfo>("attachment_paste_image", svg).await.unwrap_err();
    assert!(refused.message().contains("no picture that Drawbridge reads"), "{refused:?}");
    let many: Vec<PathBuf> = (0..21).map(|n| office.file(&format!("{n}.png"), &picture(9, 9))).collect();
    assert!(office.attach(chat, &many).await.unwrap_err().message().contains("At most 20 images"));
    // Each keeps every dot, in a little less than 2 MiB.
    let large: Vec<PathBuf> = (0..8).map(|n| office.file(&format!("large {n}.png"), &noise(n, 820))).collect();
    assert!(office.attach(chat, &large).await.unwrap_err().message().contains("13 MB together"));
    let view: ChatView = office.session.ok("chat_open", json!({"chat": chat, "message": null})).await;
    assert!(view.attachments.is_empty());
    // Four in one question, four in the next: the oldest do not go along any more, and the meter says so.
    office.attach(chat, &large[..4]).await.unwrap();
    let first = office.session.ask(chat, "Compare these.", None).await;
    office.attach(chat, &large[4..]).await.unwrap();
    let args = json!({"chat": chat, "text": "And these.", "parent": first.id});
    let meter: wire::ContextMeter = office.session.ok("context_measure", args).await;
    assert_eq!(meter.images_left_out, 2, "{meter:?}");
    office.session.ask(chat, "And these.", Some(first.id)).await;
    let (pictures, body) = sent(&double);
    assert_eq!(pictures.len(), 6);
    assert!(body.contains("[Image “large 1.png”, left out, as newer ones took its room]"));
}
