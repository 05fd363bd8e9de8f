//! OpenAI's Chat Completions, as OpenAI, Azure OpenAI and others speak it.
//!
//! Shapes: <https://platform.openai.com/docs/api-reference/chat>; those of Azure's filter:
//! <https://learn.microsoft.com/azure/ai-foundry/openai/reference>; `reasoning_content` as llama-server and vLLM send it.

use serde_json::{Value, json};

use super::{
    Kind,
    reply::{Event, Events},
    request::Seen,
    said::{End, Said},
    turn::{Dialect, Usage},
};

/// When every answer of the double was made, in seconds since 1970.
pub(super) const CREATED: u64 = 1_793_000_000;

pub(super) fn stream(kind: Kind, request: &Seen, said: &Said) -> Events {
    let model = request.body["model"].as_str().unwrap_or("gpt-4.1").to_owned();
    let include_usage = request.body["stream_options"]["include_usage"] == true;
    let chunk = |choices: Value| {
        let mut chunk = json!({"id": "chatcmpl-double1", "object": "chat.completion.chunk", "created": CREATED,
            "model": model, "system_fingerprint": "fp_double", "choices": choices});
        if include_usage && kind != Kind::Compatible {
            chunk["usage"] = Value::Null;
        }
        chunk
    };
    let delta = |delta: Value| {
        let mut choice = json!({"index": 0, "delta": delta, "logprobs": null, "finish_reason": null});
        if kind == Kind::Azure {
            choice["content_filter_results"] = json!({});
        }
        Event::Data(chunk(json!([choice])))
    };
    let mut events = Events::default();
    if said.dialect == Dialect::Openrouter {
        events.push(Event::Comment("OPENROUTER PROCESSING"));
    }
    if kind == Kind::Azure {
        let mut first = chunk(json!([]));
        first["prompt_filter_results"] = json!([{"prompt_index": 0, "content_filter_results": safe()}]);
        events.push(Event::Data(first));
    }
    events.push(delta(json!({"role": "assistant", "content": "", "refusal": null})));
    match kind {
        Kind::Compatible => said.dialect.deltas(said).into_iter().for_each(|piece| events.push(delta(piece))),
        _ => said.text.iter().for_each(|piece| events.push(delta(json!({"content": piece})))),
    }
    said.refusal.iter().for_each(|piece| events.push(delta(json!({"refusal": piece}))));
    if let Some(call) = &said.call {
        let function = json!({"name": call.name, "arguments": ""});
        let first = json!({"index": 0, "id": call.id, "type": "function", "function": function});
        events.push(delta(json!({"tool_calls": [first]})));
        for piece in &call.arguments {
            events.push(delta(json!({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]})));
        }
    }
    events.ends_here();
    let mut last = json!({"index": 0, "delta": {}, "logprobs": null, "finish_reason": finish_reason(said.end)});
    if kind == Kind::Azure {
        last["content_filter_results"] = if said.end == End::Filter { hateful() } else { safe() };
    }
    if said.dialect == Dialect::Openrouter {
        last["native_finish_reason"] = "STOP".into();
    }
    let mut last = chunk(json!([last]));
    let unasked = kind == Kind::Compatible && said.dialect.tells_tokens_unasked();
    if let Some(usage) = said.usage.filter(|_| unasked) {
        last["usage"] = tokens(&usage);
        if said.dialect == Dialect::Openrouter {
            last["usage"]["cost"] = json!(0.000_214);
        }
    }
    events.push(Event::Data(last));
    if let Some(usage) = said.usage.filter(|_| include_usage && !unasked) {
        let mut sum = chunk(json!([]));
        sum["usage"] = tokens(&usage);
        events.push(Event::Data(sum));
    }
    events.push(Event::Done);
    events
}

pub(super) fn whole(kind: Kind, request: &Seen, said: &Said) -> Value {
    let text = |pieces: &[String]| if pieces.is_empty() { Value::Null } else { pieces.concat().into() };
    let mut message =
        json!({"role": "assistant", "content": text(&said.text), "refusal": text(&said.refusal), "annotations": []});
    if kind == Kind::Compatible && !said.reasoning.is_empty() {
        message["reasoning_content"] = text(&said.reasoning);
    }
    if let Some(call) = &said.call {
        let function = json!({"name": call.name, "arguments": call.arguments.concat()});
        message["tool_calls"] = json!([{"id": call.id, "type": "function", "function": function}]);
    }
    let choice = json!({"index": 0, "message": message, "logprobs": null, "finish_reason": finish_reason(said.end)});
    let mut completion = json!({"id": "chatcmpl-double1", "object": "chat.completion", "created": CREATED,
        "model": request.body["model"], "choices": [choice], "system_fingerprint": "fp_double"});
    if let Some(usage) = &said.usage {
        completion["usage"] = tokens(usage);
    }
    completion
}

/// What stands in the middle of a stream where it fails.
pub(super) fn failure() -> Event {
    let message = "The server had an error while processing your request. Sorry about that!";
    Event::Data(json!({"error": {"message": message, "type": "server_error", "param": null, "code": null}}))
}

fn finish_reason(end: End) -> &'static str {
    match end {
        End::Stop | End::Refusal => "stop",
        End::Length => "length",
        End::Filter => "content_filter",
        End::Tool => "tool_calls",
    }
}

fn tokens(usage: &Usage) -> Value {
    json!({
        "prompt_tokens": usage.input, "completion_tokens": usage.output, "total_tokens": usage.input + usage.output,
        "prompt_tokens_details": {"cached_tokens": usage.cached, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": usage.reasoning, "audio_tokens": 0,
            "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0,
        },
    })
}

/// What Azure's filter says where it finds nothing.
pub(super) fn safe() -> Value {
    let safe = json!({"filtered": false, "severity": "safe"});
    json!({"hate": safe, "self_harm": safe, "sexual": safe, "violence": safe})
}

/// What Azure's filter says where it stops something.
pub(super) fn hateful() -> Value {
    let mut results = safe();
    results["hate"] = json!({"filtered": true, "severity": "high"});
    results
}
