//! Anthropic's Messages.
//!
//! Shapes: <https://platform.claude.com/docs/en/build-with-claude/streaming>.

use serde_json::{Value, json};

use super::{
    reply::{Event, Events},
    request::Seen,
    said::{End, Said},
    turn::Usage,
};

pub(super) fn stream(request: &Seen, said: &Said) -> Events {
    let usage = said.usage.unwrap_or_default();
    let mut start = input_side(&usage);
    start["output_tokens"] = 1.into();
    let message = json!({"id": "msg_double1", "type": "message", "role": "assistant", "model": request.body["model"],
        "content": [], "stop_reason": null, "stop_sequence": null, "usage": start});
    let mut events = Events::default();
    push(&mut events, "message_start", json!({"message": message}));
    push(&mut events, "ping", json!({}));
    let mut blocks = 0..;
    let mut block = |events: &mut Events, start: Value, deltas: Vec<Value>| {
        let index: u64 = blocks.next().unwrap_or_default();
        push(events, "content_block_start", json!({"index": index, "content_block": start}));
        for delta in deltas {
            push(events, "content_block_delta", json!({"index": index, "delta": delta}));
        }
        push(events, "content_block_stop", json!({"index": index}));
    };
    if !said.reasoning.is_empty() {
        let mut deltas = each(&said.reasoning, |piece| json!({"type": "thinking_delta", "thinking": piece}));
        deltas.push(json!({"type": "signature_delta", "signature": SIGNATURE}));
        block(&mut events, json!({"type": "thinking", "thinking": "", "signature": ""}), deltas);
    }
    let pieces = [said.text.as_slice(), &said.refusal].concat();
    if !pieces.is_empty() {
        let deltas = each(&pieces, |piece| json!({"type": "text_delta", "text": piece}));
        block(&mut events, json!({"type": "text", "text": ""}), deltas);
    }
    if let Some(call) = &said.call {
        let mut deltas = vec![json!({"type": "input_json_delta", "partial_json": ""})];
        deltas.extend(each(&call.arguments, |piece| json!({"type": "input_json_delta", "partial_json": piece})));
        block(&mut events, json!({"type": "tool_use", "id": call.id, "name": call.name, "input": {}}), deltas);
    }
    events.ends_here();
    let delta = json!({"stop_reason": stop_reason(said.end), "stop_sequence": null, "stop_details": details(said.end)});
    push(&mut events, "message_delta", json!({"delta": delta, "usage": tokens(&usage)}));
    push(&mut events, "message_stop", json!({}));
    events
}

pub(super) fn whole(request: &Seen, said: &Said) -> Value {
    let mut content = Vec::new();
    if !said.reasoning.is_empty() {
        let thinking = said.reasoning.concat();
        content.push(json!({"type": "thinking", "thinking": thinking, "signature": SIGNATURE}));
    }
    let text = [said.text.concat(), said.refusal.concat()].concat();
    if !text.is_empty() {
        content.push(json!({"type": "text", "text": text}));
    }
    if let Some(call) = &said.call {
        content.push(json!({"type": "tool_use", "id": call.id, "name": call.name, "input": call.object()}));
    }
    json!({"id": "msg_double1", "type": "message", "role": "assistant", "model": request.body["model"],
        "content": content, "stop_reason": stop_reason(said.end), "stop_sequence": null,
        "stop_details": details(said.end), "usage": tokens(&said.usage.unwrap_or_default())})
}

/// What stands in the middle of a stream where it fails.
pub(super) fn failure() -> Event {
    let error = json!({"type": "overloaded_error", "message": "Overloaded"});
    Event::Named("error", json!({"type": "error", "error": error, "request_id": "req_double1"}))
}

const SIGNATURE: &str = "RG91YmxlLCBub3QgYSBzaWduYXR1cmU=";

fn push(events: &mut Events, name: &'static str, fields: Value) {
    let mut data = json!({"type": name});
    data.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    events.push(Event::Named(name, data));
}

fn each(pieces: &[String], delta: impl Fn(&String) -> Value) -> Vec<Value> {
    pieces.iter().map(delta).collect()
}

fn stop_reason(end: End) -> &'static str {
    match end {
        End::Stop => "end_turn",
        End::Length => "max_tokens",
        End::Filter | End::Refusal => "refusal",
        End::Tool => "tool_use",
    }
}

fn details(end: End) -> Value {
    match end {
        End::Filter | End::Refusal => json!({"type": "refusal", "category": "cyber", "explanation": null}),
        _ => Value::Null,
    }
}

/// Tokens of the question: here those of the cache are not among `input_tokens`.
fn input_side(usage: &Usage) -> Value {
    json!({
        "input_tokens": usage.input - usage.cached - usage.cache_written,
        "cache_creation_input_tokens": usage.cache_written, "cache_read_input_tokens": usage.cached,
        "cache_creation": {"ephemeral_5m_input_tokens": usage.cache_written, "ephemeral_1h_input_tokens": 0},
        "service_tier": "standard",
    })
}

fn tokens(usage: &Usage) -> Value {
    let mut tokens = input_side(usage);
    tokens["output_tokens"] = usage.output.into();
    tokens["output_tokens_details"] = json!({"thinking_tokens": usage.reasoning});
    tokens
}
