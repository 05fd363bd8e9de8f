//! Pictures in a question: the parts that each provider takes, and what it says of the others.
//!
//! OpenAI: <https://platform.openai.com/docs/guides/images-vision>; Anthropic:
//! <https://platform.claude.com/docs/en/build-with-claude/vision>; Gemini:
//! <https://ai.google.dev/gemini-api/docs/image-understanding>; others: llama.cpp's server.

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
    prelude::BASE64_STANDARD,
};
use serde_json::Value;

use super::{
    Kind,
    error::{Trouble, bad},
    route::Format,
};

/// Whether the provider takes the parts of all messages.
pub(super) fn check(kind: Kind, format: Format, model: &str, body: &Value) -> Result<(), Trouble> {
    let (messages, content) = match format {
        Format::Chat | Format::Messages => ("messages", "content"),
        Format::Responses => ("input", "content"),
        Format::Gemini => ("contents", "parts"),
    };
    for (place, message) in list(&body[messages]).iter().enumerate() {
        for (at, part) in list(&message[content]).iter().enumerate() {
            let role = message["role"].as_str().unwrap_or_default();
            let shows = match format {
                Format::Chat => chat(kind, role, part, &format!("messages[{place}].content[{at}]"))?,
                Format::Responses => responses(part, &format!("input[{place}].content[{at}]"))?,
                Format::Messages => claude(part, &format!("messages.{place}.content.{at}"))?,
                Format::Gemini => gemini(part, &format!("contents[{place}].parts[{at}]"))?,
            };
            if shows && is_blind(kind, model) {
                return Err(Trouble::Blind { model: model.to_owned(), place, part: at });
            }
        }
    }
    Ok(())
}

/// Models that take words alone.
fn is_blind(kind: Kind, model: &str) -> bool {
    match kind {
        Kind::Openai | Kind::Azure => ["gpt-3.5", "o1-mini", "o3-mini"].iter().any(|name| model.starts_with(name)),
        Kind::Anthropic => model.starts_with("claude-3-5-haiku"),
        Kind::Gemini => model.ends_with("-tts"),
        Kind::Compatible => model.starts_with("llama3.3"),
    }
}

/// A part of Chat Completions; whether it is a picture.
fn chat(kind: Kind, role: &str, part: &Value, at: &str) -> Result<bool, Trouble> {
    match part["type"].as_str() {
        Some("text") if part["text"].is_string() => Ok(false),
        Some("refusal" | "input_audio" | "file") => Ok(false),
        Some("image_url") if role != "user" => {
            let message = format!(
                "Image URLs are only allowed for messages with role 'user', but this message with role '{role}' \
                 contains an image URL."
            );
            Err(coded(message, at, "invalid_value"))
        }
        Some("image_url") => {
            let at = format!("{at}.image_url");
            only(&part["image_url"], &at, &["url", "detail"])?;
            match part["image_url"]["url"].as_str() {
                Some(url) if kind == Kind::Compatible => loaded(url),
                Some(url) => addressed(url, &format!("{at}.url")),
                None => {
                    Err(coded(format!("Missing required parameter: '{at}.url'."), &at, "missing_required_parameter"))
                }
            }
        }
        other => Err(unknown(other, at, "'text' and 'image_url'")),
    }
}

/// A part of Responses; whether it is a picture.
fn responses(part: &Value, at: &str) -> Result<bool, Trouble> {
    match part["type"].as_str() {
        Some("input_text" | "output_text") if part["text"].is_string() => Ok(false),
        Some("refusal" | "input_file" | "input_audio") => Ok(false),
        Some("input_image") => {
            only(part, at, &["type", "image_url", "file_id", "detail"])?;
            match &part["image_url"] {
                Value::String(url) => addressed(url, &format!("{at}.image_url")),
                Value::Null if part["file_id"].is_string() => Ok(true),
                _ => {
                    let message =
                        format!("Invalid type for '{at}.image_url': expected an image URL, but got an object instead.");
                    Err(coded(message, &format!("{at}.image_url"), "invalid_type"))
                }
            }
        }
        other => Err(unknown(other, at, "'input_text', 'input_image', 'output_text' and 'input_file'")),
    }
}

/// A block of Messages; whether it is a picture.
fn claude(part: &Value, at: &str) -> Result<bool, Trouble> {
    let source = &part["source"];
    match (part["type"].as_str(), source["type"].as_str()) {
        (Some("image"), Some("url" | "file")) => Ok(true),
        (Some("image"), Some("base64")) => {
            let at = format!("{at}.image.source.base64");
            let media = source["media_type"].as_str().filter(|media| OPENAI.contains(media));
            let media = media.ok_or_else(|| {
                let message = "Input should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'";
                bad(message, &format!("{at}.media_type"))
            })?;
            let data = source["data"].as_str().ok_or_else(|| bad("Field required", &format!("{at}.data")))?;
            let bytes = BASE64_STANDARD.decode(data).map_err(|_| bad("invalid base64 data", &at))?;
            match kind_of(&bytes) {
                Some(found) if found == media => Ok(true),
                Some(found) => {
                    let message = format!(
                        "The image was specified using the {media} media type, but the image appears to be a {found} \
                         image"
                    );
                    Err(bad(message, &format!("{at}.data")))
                }
                None => Err(bad("Could not process image", "")),
            }
        }
        (Some("image"), _) => Err(bad("Field required", &format!("{at}.image.source"))),
        _ => Ok(false),
    }
}

/// A part of Gemini's; whether it is a picture.
fn gemini(part: &Value, at: &str) -> Result<bool, Trouble> {
    let either = |value: &Value, one: &str, other: &str| value.get(one).or(value.get(other)).cloned();
    let Some(inline) = either(part, "inlineData", "inline_data") else { return Ok(false) };
    let media = either(&inline, "mimeType", "mime_type");
    let media = media.as_ref().and_then(Value::as_str).filter(|media| GEMINI.contains(media));
    let media = media.ok_or_else(|| bad(format!("Unsupported MIME type: {}", inline["mimeType"]), ""))?;
    let data = inline["data"].as_str().unwrap_or_default();
    // As every message in Protocol Buffers' JSON does, it takes both alphabets, padded or not.
    let failed = || {
        let at = format!("{at}.inline_data.data");
        bad(format!("Invalid value at '{at}' (TYPE_BYTES), Base64 decoding failed for \"{data}\""), "")
    };
    let bytes = either_alphabet(data).ok_or_else(failed)?;
    if kind_of(&bytes) == Some(media) { Ok(true) } else { Err(bad("Provided image is not valid.", "")) }
}

fn either_alphabet(data: &str) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let decode = |alphabet| GeneralPurpose::new(alphabet, config).decode(data).ok();
    decode(&alphabet::STANDARD).or_else(|| decode(&alphabet::URL_SAFE))
}

/// A picture at an address of its own, or in it, as OpenAI takes it.
fn addressed(url: &str, at: &str) -> Result<bool, Trouble> {
    if url.starts_with("https://") || url.starts_with("http://") {
        return Ok(true);
    }
    let data = url.strip_prefix("data:image/").and_then(|rest| rest.split_once(";base64,"));
    let (media, data) = data.ok_or_else(|| {
        let message = format!(
            "Invalid '{at}'. Expected a base64-encoded data URL with an image MIME type (e.g. \
             'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU='), but got a value that is none."
        );
        coded(message, at, "invalid_value")
    })?;
    let bytes = BASE64_STANDARD
        .decode(data)
        .map_err(|_| coded("Invalid base64 image_url.".to_owned(), at, "invalid_base64"))?;
    let media = format!("image/{media}");
    if OPENAI.contains(&media.as_str()) && kind_of(&bytes) == Some(&media) {
        return Ok(true);
    }
    let message = "You uploaded an unsupported image. Please make sure your image has of one the following formats: \
                   ['png', 'jpeg', 'gif', 'webp'].";
    Err(coded(message.to_owned(), "", "invalid_image_format"))
}

/// A picture as llama.cpp's server takes it: it looks at the bytes and at nothing that is said of them.
fn loaded(url: &str) -> Result<bool, Trouble> {
    let data = url.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,"));
    let Some((_, data)) = data else { return Err(bad("Invalid url value: a data URL is expected", "")) };
    let known = BASE64_STANDARD.decode(data).is_ok_and(|bytes| kind_of(&bytes).is_some());
    known.then_some(true).ok_or_else(|| bad("Failed to load image or audio file", ""))
}

/// What a file is by its first bytes.
fn kind_of(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

/// No field that is not among these.
fn only(value: &Value, at: &str, names: &[&str]) -> Result<(), Trouble> {
    let Some(fields) = value.as_object() else {
        let message = format!("Invalid type for '{at}': expected an object, but got a string instead.");
        return Err(coded(message, at, "invalid_type"));
    };
    match fields.keys().find(|name| !names.contains(&name.as_str())) {
        Some(name) => Err(coded(format!("Unknown parameter: '{at}.{name}'."), at, "unknown_parameter")),
        None => Ok(()),
    }
}

fn unknown(found: Option<&str>, at: &str, known: &str) -> Trouble {
    let found = found.unwrap_or_default();
    coded(format!("Invalid value: '{found}'. Supported values are: {known}."), &format!("{at}.type"), "invalid_value")
}

fn coded(message: String, param: &str, code: &'static str) -> Trouble {
    Trouble::Bad { message, param: param.to_owned(), code: Some(code) }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

const OPENAI: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/// It takes HEIC and HEIF too, which the double cannot tell by their first bytes, and no GIF.
const GEMINI: [&str; 3] = ["image/png", "image/jpeg", "image/webp"];
