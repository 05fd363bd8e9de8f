//! What the providers refuse in a request, as far as a chat can run into it.

use serde_json::Value;

use super::{
    Kind,
    error::{Trouble, bad},
    images,
    request::Seen,
    route::Format,
};

/// Whether the provider takes this request for an answer or a count.
pub(super) fn check(kind: Kind, format: Format, model: &str, request: &Seen, answers: bool) -> Result<(), Trouble> {
    let body = &request.body;
    if !body.is_object() {
        return Err(bad("We could not parse the JSON body of your request.", "body"));
    }
    match format {
        // Servers of others take what they do not know.
        Format::Chat if kind == Kind::Compatible => filled(body, "messages"),
        Format::Chat => chat(body, model),
        Format::Responses => responses(body, model),
        Format::Messages => messages(request, model, answers),
        Format::Gemini => gemini(body),
    }?;
    images::check(kind, format, model, body)
}

/// A list that must be there and hold something.
fn filled(body: &Value, name: &str) -> Result<(), Trouble> {
    match body[name].as_array() {
        None => Err(bad(format!("Missing required parameter: '{name}'."), name)),
        Some(list) if list.is_empty() => Err(bad(format!("{name}: at least one entry is required"), name)),
        Some(_) => Ok(()),
    }
}

fn chat(body: &Value, model: &str) -> Result<(), Trouble> {
    filled(body, "messages")?;
    for (place, message) in body["messages"].as_array().into_iter().flatten().enumerate() {
        let role = message["role"].as_str().unwrap_or_default();
        if !["system", "developer", "user", "assistant", "tool"].contains(&role) {
            return Err(bad(format!("Invalid value: '{role}'."), &format!("messages[{place}].role")));
        }
    }
    known(body, &CHAT)?;
    if reasons(model) && !body["max_tokens"].is_null() {
        let message = "Unsupported parameter: 'max_tokens' is not supported with this model. Use \
                       'max_completion_tokens' instead.";
        return Err(unsupported(message, "max_tokens", "unsupported_parameter"));
    }
    sampling(body, model, &["temperature", "top_p"])
}

fn responses(body: &Value, model: &str) -> Result<(), Trouble> {
    if body["input"].as_str().is_none_or(str::is_empty) {
        filled(body, "input")?;
    }
    known(body, &RESPONSES)?;
    sampling(body, model, &["temperature", "top_p"])
}

fn messages(request: &Seen, model: &str, answers: bool) -> Result<(), Trouble> {
    let body = &request.body;
    if request.header("anthropic-version").is_none() {
        return Err(bad("header is required", "anthropic-version"));
    }
    if answers && body["max_tokens"].as_u64().is_none_or(|tokens| tokens == 0) {
        return Err(bad("Field required", "max_tokens"));
    }
    filled(body, "messages")?;
    let messages = body["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    for (place, message) in messages.iter().enumerate() {
        let role = message["role"].as_str().unwrap_or_default();
        if !["user", "assistant"].contains(&role) {
            return Err(bad("Input should be 'user' or 'assistant'", &format!("messages.{place}.role")));
        }
        let blocks = message["content"].as_array().map(Vec::as_slice).unwrap_or_default();
        if message["content"] == "" || blocks.iter().any(|block| block["text"] == "") {
            return Err(bad("text content blocks must be non-empty", &format!("messages.{place}")));
        }
    }
    if messages[0]["role"] != "user" {
        return Err(bad("first message must use the \"user\" role", "messages"));
    }
    let prefilled = messages.last().is_some_and(|message| message["role"] == "assistant");
    if prefilled && !model.contains("-4-5") {
        let message = "This model does not support assistant message prefill. The conversation must end with a user \
                       message.";
        return Err(bad(message, "messages"));
    }
    match ["temperature", "top_p", "top_k"].into_iter().find(|name| !body[*name].is_null()) {
        Some(name) if !model.contains("-4-") => Err(bad("is not supported for this model", name)),
        _ => Ok(()),
    }
}

fn gemini(body: &Value) -> Result<(), Trouble> {
    filled(body, "contents")?;
    for (place, content) in body["contents"].as_array().into_iter().flatten().enumerate() {
        if !matches!(content["role"].as_str(), None | Some("user" | "model")) {
            return Err(bad("Please use a valid role: user, model.", &format!("contents[{place}].role")));
        }
    }
    known(body, &GEMINI)
}

/// No parameter that is not among these.
fn known(body: &Value, names: &[&str]) -> Result<(), Trouble> {
    match body.as_object().into_iter().flatten().find(|(name, _)| !names.contains(&name.as_str())) {
        Some((name, _)) => Err(unsupported(&format!("Unknown parameter: '{name}'."), name, "unknown_parameter")),
        None => Ok(()),
    }
}

/// OpenAI's models that reason choose their words themselves.
fn sampling(body: &Value, model: &str, names: &[&str]) -> Result<(), Trouble> {
    match names.iter().find(|name| reasons(model) && body[**name].as_f64().is_some_and(|value| value != 1.0)) {
        Some(name) => {
            let message = format!("Unsupported value: '{name}' is not supported with this model.");
            Err(unsupported(&message, name, "unsupported_value"))
        }
        None => Ok(()),
    }
}

fn unsupported(message: &str, param: &str, code: &'static str) -> Trouble {
    Trouble::Bad { message: message.to_owned(), param: param.to_owned(), code: Some(code) }
}

fn reasons(model: &str) -> bool {
    ["gpt-5", "gpt-6", "o1", "o3", "o4"].iter().any(|family| model.starts_with(family))
}

const CHAT: [&str; 30] = [
    "model",
    "messages",
    "stream",
    "stream_options",
    "max_tokens",
    "max_completion_tokens",
    "temperature",
    "top_p",
    "n",
    "stop",
    "seed",
    "presence_penalty",
    "frequency_penalty",
    "logit_bias",
    "logprobs",
    "top_logprobs",
    "user",
    "store",
    "metadata",
    "reasoning_effort",
    "verbosity",
    "response_format",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "service_tier",
    "prompt_cache_key",
    "safety_identifier",
    "modalities",
    "prediction",
];

const RESPONSES: [&str; 26] = [
    "model",
    "input",
    "instructions",
    "stream",
    "stream_options",
    "store",
    "max_output_tokens",
    "reasoning",
    "text",
    "temperature",
    "top_p",
    "top_logprobs",
    "truncation",
    "include",
    "metadata",
    "tools",
    "tool_choice",
    "max_tool_calls",
    "parallel_tool_calls",
    "previous_response_id",
    "conversation",
    "prompt",
    "prompt_cache_key",
    "prompt_cache_options",
    "safety_identifier",
    "service_tier",
];

const GEMINI: [&str; 13] = [
    "model",
    "contents",
    "systemInstruction",
    "system_instruction",
    "generationConfig",
    "generation_config",
    "safetySettings",
    "tools",
    "toolConfig",
    "cachedContent",
    "store",
    "generateContentRequest",
    "labels",
];
