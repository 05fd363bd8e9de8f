//! Gemini's generateContent.
//!
//! Shapes: <https://ai.google.dev/api/generate-content>.

use serde_json::{Value, json};

use super::{
    reply::{Event, Events},
    said::{End, Said},
    turn::Usage,
};

pub(super) fn stream(model: &str, said: &Said) -> Events {
    let mut events = Events::default();
    for part in parts(said) {
        let candidate = json!({"content": {"parts": [part], "role": "model"}, "index": 0});
        events.push(Event::Data(chunk(model, said.usage.map(|usage| tokens(&usage, false)), &candidate)));
    }
    events.ends_here();
    let mut candidate = json!({"finishReason": finish_reason(said.end), "index": 0});
    match said.end {
        End::Stop | End::Length => {
            let mut part = json!({"text": ""});
            if !said.reasoning.is_empty() {
                part["thoughtSignature"] = "RG91YmxlLCBub3QgYSBzaWduYXR1cmU=".into();
            }
            candidate["content"] = json!({"parts": [part], "role": "model"});
        }
        End::Filter | End::Refusal => {
            candidate["safetyRatings"] =
                json!([{"category": "HARM_CATEGORY_DANGEROUS_CONTENT", "probability": "HIGH", "blocked": true}]);
        }
        End::Tool => {}
    }
    events.push(Event::Data(chunk(model, said.usage.map(|usage| tokens(&usage, true)), &candidate)));
    events
}

pub(super) fn whole(model: &str, said: &Said) -> Value {
    let mut said = said.clone();
    said.text = vec![said.text.concat()];
    said.reasoning = if said.reasoning.is_empty() { Vec::new() } else { vec![said.reasoning.concat()] };
    let candidate = json!({"content": {"parts": parts(&said), "role": "model"},
        "finishReason": finish_reason(said.end), "index": 0});
    chunk(model, said.usage.map(|usage| tokens(&usage, true)), &candidate)
}

/// The answer to a question that the filter stops.
pub(super) fn blocked(model: &str) -> Value {
    json!({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "modelVersion": model,
        "usageMetadata": {"promptTokenCount": 12, "totalTokenCount": 12}, "responseId": "double1"})
}

/// What stands in the middle of a stream where it fails.
pub(super) fn failure() -> Event {
    let message = "The model is overloaded. Please try again later.";
    Event::Data(json!({"error": {"code": 503, "message": message, "status": "UNAVAILABLE"}}))
}

fn parts(said: &Said) -> Vec<Value> {
    let thoughts = said.reasoning.iter().map(|piece| json!({"text": piece, "thought": true}));
    let texts = said.text.iter().chain(&said.refusal).map(|piece| json!({"text": piece}));
    let call = said.call.iter().map(|call| {
        let mut function = json!({"name": call.name, "args": call.object()});
        if !call.id.is_empty() {
            function["id"] = call.id.clone().into();
        }
        json!({"functionCall": function})
    });
    thoughts.chain(texts).chain(call).collect()
}

fn chunk(model: &str, usage: Option<Value>, candidate: &Value) -> Value {
    let mut chunk = json!({"candidates": [candidate], "modelVersion": model, "responseId": "double1"});
    if let Some(usage) = usage {
        chunk["usageMetadata"] = usage;
    }
    chunk
}

fn finish_reason(end: End) -> &'static str {
    match end {
        End::Stop | End::Tool => "STOP",
        End::Length => "MAX_TOKENS",
        End::Filter => "SAFETY",
        End::Refusal => "PROHIBITED_CONTENT",
    }
}

/// Tokens so far: every event tells them, and the last tells them all. Thoughts are not among the candidates' tokens.
fn tokens(usage: &Usage, all: bool) -> Value {
    let mut tokens = json!({"promptTokenCount": usage.input, "totalTokenCount": usage.input,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": usage.input}]});
    if usage.cached > 0 {
        tokens["cachedContentTokenCount"] = usage.cached.into();
    }
    if usage.reasoning > 0 {
        tokens["thoughtsTokenCount"] = usage.reasoning.into();
        tokens["totalTokenCount"] = (usage.input + usage.reasoning).into();
    }
    if all {
        tokens["candidatesTokenCount"] = (usage.output - usage.reasoning).into();
        tokens["totalTokenCount"] = (usage.input + usage.output).into();
    }
    tokens
}
