//! How each format carries pictures.

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_STANDARD};
use domain::{AttachmentId, Image, ImageFacts, ImageFormat, Prompt, Role, Sampling, Turn as Said};
use providers::{Chosen, Remote, Wait};
use serde_json::{Value, json};

use crate::{
    double::{Double, Turn},
    formats::word,
    listener::{Format, connection, hear_of, model},
};

fn image(format: ImageFormat, data: &[u8]) -> Image {
    let facts = ImageFacts { format, width: 30, height: 50 };
    Image { id: AttachmentId::new(), facts, data: Arc::from(data) }
}

/// Two pictures with a question, one without, and words alone.
fn prompt() -> Prompt {
    let pictures = vec![image(ImageFormat::Png, b"one"), image(ImageFormat::Jpeg, b"two")];
    Prompt {
        cache_key: "chat".to_owned(),
        turns: vec![
            Said { images: pictures, ..Said::said(Role::User, "Which is older?") },
            Said::said(Role::Assistant, "The first."),
            Said { images: vec![image(ImageFormat::Png, b"three")], ..Said::said(Role::User, " ") },
        ],
        open: None,
        sampling: Sampling::default(),
    }
}

#[tokio::test(start_paused = true)]
async fn each_format_carries_pictures_before_what_is_said_of_them() {
    let (one, two, three) = ("b25l", "dHdv", "dGhyZWU=");
    let chat = |part: fn(&str, &str) -> Value, text: &str| {
        json!([
            {"role": "user", "content": [part("image/png", one), part("image/jpeg", two), {"type": text, "text": "Which is older?"}]},
            {"role": "assistant", "content": "The first."},
            {"role": "user", "content": [part("image/png", three)]},
        ])
    };
    let completions = |media: &str, data: &str| json!({"type": "image_url", "image_url": {"url": format!("data:{media};base64,{data}")}});
    let responses =
        |media: &str, data: &str| json!({"type": "input_image", "image_url": format!("data:{media};base64,{data}")});
    let messages = |media: &str, data: &str| json!({"type": "image", "source": {"type": "base64", "media_type": media, "data": data}});
    let gemini = |media: &str, data: &str| json!({"inlineData": {"mimeType": media, "data": data}});
    let contents = json!([
        {"role": "user", "parts": [gemini("image/png", one), gemini("image/jpeg", two), {"text": "Which is older?"}]},
        {"role": "model", "parts": [{"text": "The first."}]},
        {"role": "user", "parts": [gemini("image/png", three)]},
    ]);
    for (format, field, wanted) in [
        (Format::Chat, "messages", chat(completions, "text")),
        (Format::Azure, "messages", chat(completions, "text")),
        (Format::Compatible, "messages", chat(completions, "text")),
        (Format::Responses, "input", chat(responses, "input_text")),
        (Format::Messages, "messages", chat(messages, "text")),
        (Format::Gemini, "contents", contents),
    ] {
        let double = Double::new([Turn::stream(word(format, "Yes"))]);
        let remote = Remote::new(connection(format, &double), model("m"), Chosen::default(), Wait::default());
        assert_eq!(hear_of(&remote, prompt()).await.text, "Yes");
        assert_eq!(double.asked()[0].body[field], wanted, "{format:?}");
    }
}

/// The parts that the official clients send too, and that the doubles take: `tests/clients`.
#[tokio::test(start_paused = true)]
async fn a_picture_is_the_part_that_the_official_clients_send() {
    let picture: Value = serde_json::from_str(include_str!("../../../../../tests/fixtures/picture.json")).unwrap();
    let bytes = BASE64_STANDARD.decode(picture["base64"].as_str().unwrap()).unwrap();
    for (format, name, place) in [
        (Format::Chat, "chat", "/messages/0/content/0"),
        (Format::Responses, "responses", "/input/0/content/0"),
        (Format::Messages, "messages", "/messages/0/content/0"),
        (Format::Gemini, "gemini", "/contents/0/parts/0"),
    ] {
        let double = Double::new([Turn::stream(word(format, "Yes"))]);
        let remote = Remote::new(connection(format, &double), model("m"), Chosen::default(), Wait::default());
        let turns =
            vec![Said { images: vec![image(ImageFormat::Png, &bytes)], ..Said::said(Role::User, "What is it?") }];
        hear_of(&remote, Prompt { turns, ..prompt() }).await;
        assert_eq!(double.asked()[0].body.pointer(place), Some(&picture["parts"][name]), "{format:?}");
    }
}

#[tokio::test]
async fn a_picture_takes_its_share_of_the_context() {
    let double = Double::new([]);
    let remote = Remote::new(connection(Format::Chat, &double), model("m"), Chosen::default(), Wait::default());
    let with = domain::Model::measure(&remote, prompt()).await.unwrap();
    let mut bare = prompt();
    bare.turns.iter_mut().for_each(|turn| turn.images.clear());
    let without = domain::Model::measure(&remote, bare).await.unwrap();
    assert_eq!(with.tokens - without.tokens, 3 * 2, "30 × 50 pixels are two tokens");
}
