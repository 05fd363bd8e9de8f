//! Pictures in a question.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::send;
use crate::provider::{Kind, ProviderDouble};

/// A format, and who speaks it.
#[derive(Debug, Clone, Copy)]
struct Speaker(&'static str, Kind);

const SPEAKERS: [Speaker; 6] = [
    Speaker("chat", Kind::Openai),
    Speaker("chat", Kind::Azure),
    Speaker("chat", Kind::Compatible),
    Speaker("responses", Kind::Openai),
    Speaker("messages", Kind::Anthropic),
    Speaker("gemini", Kind::Gemini),
];

fn picture() -> Value {
    serde_json::from_str(include_str!("../../../fixtures/picture.json")).unwrap()
}

/// The part of a picture that says to be of this media type.
fn part(format: &str, media: &str, data: &str) -> Value {
    let mut part = picture()["parts"][format].clone();
    let url = format!("data:{media};base64,{data}");
    match format {
        "chat" => part["image_url"]["url"] = json!(url),
        "responses" => part["image_url"] = json!(url),
        "messages" => (part["source"]["media_type"], part["source"]["data"]) = (json!(media), json!(data)),
        _ => (part["inlineData"]["mimeType"], part["inlineData"]["data"]) = (json!(media), json!(data)),
    }
    part
}

fn request(format: &str, model: &str, part: &Value) -> (String, Value) {
    let message = |text: &str| json!([{"role": "user", "content": [part, {"type": text, "text": "What is it?"}]}]);
    match format {
        "chat" => ("/v1/chat/completions".to_owned(), json!({"model": model, "messages": message("text")})),
        "responses" => ("/v1/responses".to_owned(), json!({"model": model, "input": message("input_text")})),
        "messages" => {
            ("/v1/messages".to_owned(), json!({"model": model, "max_tokens": 9, "messages": message("text")}))
        }
        _ => {
            let contents = json!([{"role": "user", "parts": [part, {"text": "What is it?"}]}]);
            (format!("/v1beta/models/{model}:generateContent"), json!({"contents": contents}))
        }
    }
}

/// Status and error of a question with this part.
async fn ask(Speaker(format, kind): Speaker, model: &str, part: &Value) -> (u16, Value) {
    let double = ProviderDouble::start(kind).await;
    let (mut path, body) = request(format, model, part);
    if kind == Kind::Azure {
        path = format!("/openai{path}");
    }
    let (status, text) = send(&double, double.key(), "POST", &path, &body).await;
    let body: Value = serde_json::from_str(text.split_once("\r\n\r\n").unwrap().1).unwrap();
    (status, body["error"].clone())
}

fn model(kind: Kind) -> &'static str {
    match kind {
        Kind::Openai | Kind::Azure => "gpt-5.5",
        Kind::Compatible => "qwen3-vl",
        Kind::Anthropic => "claude-opus-5-5",
        Kind::Gemini => "gemini-2.5-flash",
    }
}

fn names(error: &Value, words: &str) -> bool {
    let found = |field: &str| error[field].as_str().is_some_and(|text| text.contains(words));
    found("message") || found("code")
}

#[tokio::test]
async fn each_takes_a_picture_in_its_own_shape() {
    for speaker in SPEAKERS {
        let whole = picture()["parts"][speaker.0].clone();
        assert_eq!(ask(speaker, model(speaker.1), &whole).await, (200, Value::Null), "{speaker:?}");
    }
    let firsts: [(&str, &[u8]); 2] = [("image/jpeg", b"\xff\xd8\xff\xe0"), ("image/webp", b"RIFF\0\0\0\0WEBPVP8 ")];
    for (media, first) in firsts {
        for speaker in SPEAKERS {
            let part = part(speaker.0, media, &BASE64_STANDARD.encode(first));
            assert_eq!(ask(speaker, model(speaker.1), &part).await.0, 200, "{speaker:?} {media}");
        }
    }
    let url_safe = picture()["base64"].as_str().unwrap().replace('+', "-").replace('/', "_");
    let part = part("gemini", "image/png", url_safe.trim_end_matches('='));
    assert_eq!(ask(SPEAKERS[5], model(Kind::Gemini), &part).await.0, 200, "Google takes both alphabets");
}

#[tokio::test]
async fn what_is_no_picture_is_refused_in_the_provider_s_words() {
    let png = picture()["base64"].as_str().unwrap().to_owned();
    let words = BASE64_STANDARD.encode("What is it?");
    let gif = BASE64_STANDARD.encode("GIF89a");
    // Broken base64; bytes that are no picture; another media type than said; one that is not taken.
    let cases = [
        ("image/png", "@@@"),
        ("image/png", words.as_str()),
        ("image/jpeg", png.as_str()),
        ("image/tiff", png.as_str()),
        ("image/gif", gif.as_str()),
    ];
    let format = Some("invalid_image_format");
    let load = Some("Failed to load image");
    for (speaker, wanted) in [
        (SPEAKERS[0], [Some("invalid_base64"), format, format, format, None]),
        (SPEAKERS[1], [Some("invalid_base64"), format, format, format, None]),
        // It looks at the bytes alone.
        (SPEAKERS[2], [load, load, None, None, None]),
        (SPEAKERS[3], [Some("invalid_base64"), format, format, format, None]),
        (
            SPEAKERS[4],
            [
                Some("messages.0.content.0.image.source.base64: invalid base64"),
                Some("Could not process image"),
                Some("appears to be a image/png image"),
                Some("media_type: Input should be"),
                None,
            ],
        ),
        (
            SPEAKERS[5],
            [
                Some("Base64 decoding failed"),
                Some("image is not valid"),
                Some("image is not valid"),
                Some("Unsupported MIME type"),
                Some("Unsupported MIME type"),
            ],
        ),
    ] {
        for ((media, data), wanted) in cases.iter().zip(wanted) {
            let (status, error) = ask(speaker, model(speaker.1), &part(speaker.0, media, data)).await;
            assert_eq!(status, if wanted.is_some() { 400 } else { 200 }, "{speaker:?} {media} {data}: {error}");
            assert!(wanted.is_none_or(|wanted| names(&error, wanted)), "{speaker:?} {media} {data}: {error}");
        }
    }
}

#[tokio::test]
async fn a_shape_of_somebody_else_is_refused() {
    let parts = picture()["parts"].clone();
    let mut unknown = parts["chat"].clone();
    unknown["image_url"]["data"] = json!("x");
    let cases = [
        (SPEAKERS[0], parts["responses"].clone(), "Invalid value: 'input_image'"),
        (SPEAKERS[0], parts["messages"].clone(), "Invalid value: 'image'"),
        (SPEAKERS[0], json!({"type": "image_url", "image_url": "data:,"}), "invalid_type"),
        (SPEAKERS[0], unknown, "unknown_parameter"),
        (SPEAKERS[3], parts["chat"].clone(), "Invalid value: 'image_url'"),
        (SPEAKERS[3], json!({"type": "input_image", "image_url": {"url": "data:,"}}), "invalid_type"),
        (SPEAKERS[3], json!({"type": "input_image", "image_url": "picture.png"}), "Expected a base64-encoded data URL"),
        (SPEAKERS[4], json!({"type": "image", "image_url": "data:,"}), "Field required"),
    ];
    for (speaker, part, words) in cases {
        let (status, error) = ask(speaker, model(speaker.1), &part).await;
        assert!(status == 400 && names(&error, words), "{speaker:?} {part}: {status} {error}");
    }
    let double = ProviderDouble::start(Kind::Openai).await;
    let body = json!({"model": "gpt-5.5", "messages": [{"role": "assistant", "content": [parts["chat"]]}]});
    let (status, text) = send(&double, double.key(), "POST", "/v1/chat/completions", &body).await;
    assert!(status == 400 && text.contains("only allowed for messages with role 'user'"), "{text}");
}

#[tokio::test]
async fn a_model_that_takes_words_alone_says_so() {
    for (speaker, model, wanted, words) in [
        (SPEAKERS[0], "gpt-3.5-turbo", 400, "only supported by certain models"),
        (SPEAKERS[1], "o3-mini", 400, "only supported by certain models"),
        (SPEAKERS[2], "llama3.3:70b", 500, "image input is not supported"),
        (SPEAKERS[3], "o3-mini", 400, "only supported by certain models"),
        (SPEAKERS[4], "claude-3-5-haiku-20241022", 400, "does not support image input"),
        (SPEAKERS[5], "gemini-2.5-flash-preview-tts", 400, "modality is not enabled"),
    ] {
        let (status, error) = ask(speaker, model, &picture()["parts"][speaker.0]).await;
        assert!(status == wanted && names(&error, words), "{speaker:?}: {status} {error}");
    }
}
