//! Lists of models, in pages where the provider has pages, and counts of tokens.
//!
//! Shapes: <https://platform.openai.com/docs/api-reference/models>, <https://platform.claude.com/docs/en/api/models-list>,
//! <https://ai.google.dev/api/models>.

use serde_json::{Value, json};

use super::{
    Kind,
    chat::CREATED,
    error::{self, Trouble},
    reply::Reply,
    request::Seen,
    route::Format,
};

/// Models in a page, however many are asked for: a client that reads one page does not know them all.
const PAGE: usize = 2;

/// All models, or the first page or the one that the query asks for.
pub(super) fn models(kind: Kind, request: &Seen) -> Reply {
    let all = all(kind);
    Reply::json(
        200,
        &match kind {
            Kind::Openai | Kind::Azure | Kind::Compatible => json!({"object": "list", "data": all}),
            Kind::Anthropic => {
                let after = request.parameter("after_id");
                let start = after.map_or(0, |id| all.iter().position(|model| model["id"] == id).map_or(0, |at| at + 1));
                let page = &all[start..all.len().min(start + PAGE)];
                let id = |model: Option<&Value>| model.map_or(Value::Null, |model| model["id"].clone());
                json!({"data": page, "has_more": start + PAGE < all.len(),
                    "first_id": id(page.first()), "last_id": id(page.last())})
            }
            Kind::Gemini => {
                let token = request.parameter("pageToken").and_then(|token| token.strip_prefix("page-"));
                let start = token.map_or(0, |place| place.parse().unwrap_or_default());
                let end = all.len().min(start + PAGE);
                let mut page = json!({"models": all[start.min(end)..end]});
                if end < all.len() {
                    page["nextPageToken"] = format!("page-{end}").into();
                }
                page
            }
        },
    )
}

/// One model.
pub(super) fn model(kind: Kind, name: &str) -> Reply {
    let named = |model: &Value| model["id"] == name || model["name"] == format!("models/{name}");
    match all(kind).into_iter().find(named) {
        Some(model) => Reply::json(200, &model),
        None => error::reply(kind, &Trouble::NoModel(name.to_owned())),
    }
}

/// How many tokens a question has; the double counts four bytes of the request as one.
pub(super) fn count(format: Format, request: &Seen) -> Reply {
    let tokens = request.body.to_string().len() / 4;
    Reply::json(
        200,
        &match format {
            Format::Gemini => {
                let details = json!([{"modality": "TEXT", "tokenCount": tokens}]);
                json!({"totalTokens": tokens, "promptTokensDetails": details})
            }
            Format::Messages => json!({"input_tokens": tokens}),
            Format::Chat | Format::Responses => json!({"object": "response.input_tokens", "input_tokens": tokens}),
        },
    )
}

fn all(kind: Kind) -> Vec<Value> {
    let openai = |owner: &'static str| move |id: &&str| json!({"id": id, "object": "model", "created": CREATED, "owned_by": owner});
    match kind {
        Kind::Openai => OPENAI.iter().map(openai("system")).collect(),
        Kind::Compatible => COMPATIBLE.iter().map(openai("library")).collect(),
        Kind::Azure => AZURE
            .iter()
            .map(|(id, chats)| {
                json!({"id": id, "object": "model", "created_at": CREATED, "status": "succeeded",
                    "lifecycle_status": "generally-available", "capabilities": {"chat_completion": chats,
                    "completion": false, "embeddings": !chats, "fine_tune": false, "inference": true}})
            })
            .collect(),
        Kind::Anthropic => ANTHROPIC
            .iter()
            .map(|(id, name, lifecycle, thinks)| {
                let thinking = json!({"supported": thinks, "types": {"adaptive": {"supported": thinks}}});
                json!({"type": "model", "id": id, "display_name": name, "created_at": "2026-09-01T00:00:00Z",
                    "lifecycle": lifecycle, "max_input_tokens": 200_000, "max_tokens": 64_000,
                    "capabilities": {"image_input": {"supported": true}, "thinking": thinking}})
            })
            .collect(),
        Kind::Gemini => GEMINI
            .iter()
            .map(|(id, name, method)| {
                json!({"name": format!("models/{id}"), "version": "001", "displayName": name,
                    "description": "A model of a double", "inputTokenLimit": 1_048_576, "outputTokenLimit": 65_536,
                    "supportedGenerationMethods": [method, "countTokens"], "temperature": 1, "maxTemperature": 2,
                    "topP": 0.95, "topK": 64, "thinking": *method == "generateContent"})
            })
            .collect(),
    }
}

const OPENAI: [&str; 8] = [
    "gpt-6-sol",
    "gpt-5.5",
    "gpt-4.1",
    "o3",
    "text-embedding-3-large",
    "whisper-1",
    "gpt-4o-realtime-preview",
    "dall-e-3",
];

const COMPATIBLE: [&str; 3] = ["qwen3:8b", "llama3.3:70b", "nomic-embed-text:latest"];

/// With whether it chats.
const AZURE: [(&str, bool); 3] =
    [("gpt-4.1-2025-04-14", true), ("gpt-5-mini-2025-08-07", true), ("text-embedding-3-large-1", false)];

/// With its name, where in its life it is, and whether it thinks.
const ANTHROPIC: [(&str, &str, &str, bool); 5] = [
    ("claude-opus-5-5", "Claude Opus 5.5", "active", true),
    ("claude-sonnet-5-5", "Claude Sonnet 5.5", "active", true),
    ("claude-haiku-4-5-20251001", "Claude Haiku 4.5", "active", true),
    ("claude-sonnet-4-5-20250929", "Claude Sonnet 4.5", "deprecated", true),
    ("claude-3-haiku-20240307", "Claude Haiku 3", "retired", false),
];

/// With its name and what it does.
const GEMINI: [(&str, &str, &str); 5] = [
    ("gemini-3.1-pro", "Gemini 3.1 Pro", "generateContent"),
    ("gemini-2.5-flash", "Gemini 2.5 Flash", "generateContent"),
    ("gemini-2.5-flash-preview-tts", "Gemini 2.5 Flash Preview TTS", "generateContent"),
    ("gemini-embedding-001", "Gemini Embedding 001", "embedContent"),
    ("imagen-4.0-generate-001", "Imagen 4", "predict"),
];
