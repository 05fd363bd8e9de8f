//! From a conversation to a prompt's text: the request that a template gets, and what is tried where it refuses.

use domain::{EngineError, Role, Turn};
use serde_json::{Map, Value as Json, json};

use crate::template::Template;

/// The request for turns that an answer follows.
pub(crate) fn request(turns: &[Turn]) -> Json {
    let messages: Vec<Json> = turns.iter().map(message).collect();
    json!({ "messages": messages, "add_generation_prompt": true })
}

/// A request in OpenAI's shape; `add_generation_prompt` defaults to true, a bare list of messages is one too.
///
/// # Errors
/// [`EngineError::Template`] for what is no list of messages.
pub(crate) fn parse_request(request_json: &str) -> Result<Json, EngineError> {
    let request: Json = serde_json::from_str(request_json)
        .map_err(|error| EngineError::Template(format!("the messages are no valid JSON: {error}")))?;
    let request = if request.is_array() { json!({ "messages": request }) } else { request };
    match request.get("messages") {
        Some(Json::Array(messages)) if messages.iter().all(Json::is_object) => Ok(request),
        _ => Err(EngineError::Template("the request has no list of messages".into())),
    }
}

/// Renders a request.
///
/// Templates differ in what they accept. Where one refuses a system prompt or passes over it in silence, the prompt
/// goes before the first question; a template that knows only lists of parts gets lists.
///
/// # Errors
/// [`EngineError::Template`], in the words of the first attempt.
pub(crate) fn render(template: &Template, request: &Json) -> Result<String, EngineError> {
    let plain = with_messages(request, |messages| messages.into_iter().map(flattened).collect());
    let first = template.render(&plain);
    if let Ok(text) = &first
        && is_complete(text, &plain)
    {
        return first;
    }
    let folded = with_messages(&plain, system_folded);
    for request in [folded.clone(), with_messages(&plain, in_parts), with_messages(&folded, in_parts)] {
        match template.render(&request) {
            Ok(text) if is_complete(&text, &request) => return Ok(text),
            _ => {}
        }
    }
    // Either every attempt failed alike, or the template shortens what it is given, as some do with old turns.
    first
}

fn message(turn: &Turn) -> Json {
    let role = match turn.role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
    };
    let mut message = Map::new();
    message.insert("role".into(), role.into());
    message.insert("content".into(), turn.text.as_str().into());
    if turn.role == Role::Assistant && !turn.reasoning.is_empty() {
        // Qwen, GLM and most others read the first name, gpt-oss the second.
        message.insert("reasoning_content".into(), turn.reasoning.as_str().into());
        message.insert("thinking".into(), turn.reasoning.as_str().into());
    }
    Json::Object(message)
}

fn with_messages(request: &Json, change: impl FnOnce(Vec<Json>) -> Vec<Json>) -> Json {
    let mut changed = request.clone();
    if let Some(Json::Array(messages)) = changed.get_mut("messages") {
        *messages = change(std::mem::take(messages));
    }
    changed
}

/// Content in text parts as one text.
fn flattened(mut message: Json) -> Json {
    if let Some(content) = message.get_mut("content")
        && let Some(text) = joined(content)
    {
        *content = text.into();
    }
    message
}

fn joined(content: &Json) -> Option<String> {
    let parts = content.as_array()?;
    let text = |part: &Json| match part {
        Json::String(text) => Some(text.clone()),
        part if part.get("type")?.as_str()? == "text" => Some(part.get("text")?.as_str()?.to_owned()),
        _ => None,
    };
    Some(parts.iter().map(text).collect::<Option<Vec<_>>>()?.join("\n"))
}

fn in_parts(messages: Vec<Json>) -> Vec<Json> {
    let part = |mut message: Json| {
        if let Some(content) = message.get_mut("content").filter(|content| content.is_string()) {
            *content = json!([{ "type": "text", "text": content.take() }]);
        }
        message
    };
    messages.into_iter().map(part).collect()
}

/// The system prompt before the first question, in its message.
fn system_folded(messages: Vec<Json>) -> Vec<Json> {
    let (system, mut rest): (Vec<Json>, Vec<Json>) = messages.into_iter().partition(|message| says(message, "system"));
    let texts: Vec<&str> = system.iter().filter_map(text).filter(|text| !text.trim().is_empty()).collect();
    if texts.is_empty() {
        return rest;
    }
    let texts = texts.join("\n\n");
    match rest.iter_mut().find(|message| says(message, "user") && message["content"].is_string()) {
        Some(first) => first["content"] = format!("{texts}\n\n{}", text(first).unwrap_or_default()).into(),
        None => rest.insert(0, json!({ "role": "user", "content": texts })),
    }
    rest
}

/// Neither the system prompt nor the last question was dropped.
fn is_complete(rendered: &str, request: &Json) -> bool {
    let messages = request["messages"].as_array().map_or(&[][..], Vec::as_slice);
    let system = messages.iter().find(|message| says(message, "system"));
    let user = messages.iter().rev().find(|message| says(message, "user"));
    let contents = system.into_iter().chain(user).filter_map(|message| match &message["content"] {
        Json::String(text) => Some(text.clone()),
        parts => joined(parts),
    });
    contents.into_iter().all(|text| rendered.contains(text.trim()))
}

fn says(message: &Json, role: &str) -> bool {
    message["role"] == role
}

fn text(message: &Json) -> Option<&str> {
    message["content"].as_str()
}

#[cfg(test)]
mod tests;
