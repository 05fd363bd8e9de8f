//! OpenAI's Responses.
//!
//! Shapes: <https://platform.openai.com/docs/api-reference/responses-streaming>.

use serde_json::{Value, json};

use super::{
    chat::CREATED,
    reply::{Event, Events},
    request::Seen,
    said::{Call, End, Said},
    turn::Usage,
};

/// Events with the numbers that each carries.
#[derive(Default)]
struct Numbered {
    events: Events,
    items: Vec<Value>,
}

pub(super) fn stream(request: &Seen, said: &Said) -> Events {
    let mut numbered = Numbered::default();
    let begun = response(request, "in_progress", &[]);
    numbered.push("response.created", json!({"response": begun}));
    numbered.push("response.in_progress", json!({"response": begun}));
    numbered.all(said);
    numbered.events.ends_here();
    let (name, response) = ended(request, said, &numbered.items);
    numbered.push(name, json!({"response": response}));
    numbered.events
}

pub(super) fn whole(request: &Seen, said: &Said) -> Value {
    let mut numbered = Numbered::default();
    numbered.all(said);
    ended(request, said, &numbered.items).1
}

/// What stands in the middle of a stream where it fails.
pub(super) fn failure() -> Event {
    let message = "The server had an error while processing your request. Sorry about that!";
    Event::Named(
        "error",
        json!({"type": "error", "code": "server_error", "message": message, "param": null, "sequence_number": 99}),
    )
}

impl Numbered {
    fn all(&mut self, said: &Said) {
        if !said.reasoning.is_empty() {
            self.reasoning(&said.reasoning);
        }
        if !said.text.is_empty() {
            self.message(&said.text, false);
        }
        if !said.refusal.is_empty() {
            self.message(&said.refusal, true);
        }
        if let Some(call) = &said.call {
            self.call(call);
        }
    }

    fn push(&mut self, name: &'static str, fields: Value) {
        let mut data = json!({"type": name, "sequence_number": self.events.list.len()});
        data.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        self.events.push(Event::Named(name, data));
    }

    /// Opens an item, lets `inside` say what is in it, and closes it.
    fn item(&mut self, begun: Value, done: Value, inside: impl FnOnce(&mut Self, &Value)) {
        let place = self.items.len();
        let at = json!({"item_id": begun["id"], "output_index": place});
        self.push("response.output_item.added", json!({"output_index": place, "item": begun}));
        inside(self, &at);
        self.push("response.output_item.done", json!({"output_index": place, "item": done}));
        self.items.push(done);
    }

    fn reasoning(&mut self, pieces: &[String]) {
        let item = |summary: Value| json!({"id": "rs_double1", "type": "reasoning", "summary": summary});
        let part = |text: &str| json!({"type": "summary_text", "text": text});
        let whole = pieces.concat();
        self.item(item(json!([])), item(json!([part(&whole)])), |this, at| {
            let at = with(at, json!({"summary_index": 0}));
            this.push("response.reasoning_summary_part.added", with(&at, json!({"part": part("")})));
            for piece in pieces {
                this.push("response.reasoning_summary_text.delta", with(&at, json!({"delta": piece})));
            }
            this.push("response.reasoning_summary_text.done", with(&at, json!({"text": whole})));
            this.push("response.reasoning_summary_part.done", with(&at, json!({"part": part(&whole)})));
        });
    }

    fn message(&mut self, pieces: &[String], refusal: bool) {
        let (delta_name, done_name) = if refusal {
            ("response.refusal.delta", "response.refusal.done")
        } else {
            ("response.output_text.delta", "response.output_text.done")
        };
        let whole = pieces.concat();
        let part = |text: &str| match refusal {
            true => json!({"type": "refusal", "refusal": text}),
            false => json!({"type": "output_text", "annotations": [], "logprobs": [], "text": text}),
        };
        let delta = |piece: &str| match refusal {
            true => json!({"delta": piece}),
            false => json!({"delta": piece, "logprobs": [], "obfuscation": "x7Qp"}),
        };
        let done = if refusal { json!({"refusal": whole}) } else { json!({"text": whole, "logprobs": []}) };
        let item = |status: &str, content: Value| json!({"id": "msg_double1", "type": "message", "status": status, "content": content, "role": "assistant"});
        self.item(item("in_progress", json!([])), item("completed", json!([part(&whole)])), |this, at| {
            let at = with(at, json!({"content_index": 0}));
            this.push("response.content_part.added", with(&at, json!({"part": part("")})));
            for piece in pieces {
                this.push(delta_name, with(&at, delta(piece)));
            }
            this.push(done_name, with(&at, done));
            this.push("response.content_part.done", with(&at, json!({"part": part(&whole)})));
        });
    }

    fn call(&mut self, call: &Call) {
        let whole = call.arguments.concat();
        let item = |status: &str, arguments: &str| {
            json!({"id": "fc_double1", "type": "function_call", "status": status, "arguments": arguments,
                "call_id": call.id, "name": call.name})
        };
        self.item(item("in_progress", ""), item("completed", &whole), |this, at| {
            for piece in &call.arguments {
                this.push("response.function_call_arguments.delta", with(at, json!({"delta": piece})));
            }
            let done = json!({"arguments": whole, "name": call.name});
            this.push("response.function_call_arguments.done", with(at, done));
        });
    }
}

fn with(at: &Value, fields: Value) -> Value {
    let mut together = at.clone();
    together.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    together
}

/// The last event's name, and the response that it carries.
fn ended(request: &Seen, said: &Said, items: &[Value]) -> (&'static str, Value) {
    let (name, status, why) = match said.end {
        End::Length => ("response.incomplete", "incomplete", json!({"reason": "max_output_tokens"})),
        End::Filter => ("response.incomplete", "incomplete", json!({"reason": "content_filter"})),
        End::Stop | End::Tool | End::Refusal => ("response.completed", "completed", Value::Null),
    };
    let mut response = response(request, status, items);
    response["incomplete_details"] = why;
    response["usage"] = tokens(&said.usage.unwrap_or_default());
    (name, response)
}

fn response(request: &Seen, status: &str, items: &[Value]) -> Value {
    let body = &request.body;
    json!({
        "id": "resp_double1", "object": "response", "created_at": CREATED, "status": status, "error": null,
        "incomplete_details": null, "instructions": body["instructions"],
        "max_output_tokens": body["max_output_tokens"], "model": body["model"], "output": items,
        "parallel_tool_calls": true, "previous_response_id": null,
        "reasoning": {"effort": body["reasoning"]["effort"], "summary": body["reasoning"]["summary"]},
        "store": body["store"].as_bool().unwrap_or(true), "temperature": 1.0,
        "text": {"format": {"type": "text"}}, "tool_choice": "auto", "tools": [], "top_p": 1.0,
        "truncation": "disabled", "usage": null, "user": null, "metadata": {},
    })
}

fn tokens(usage: &Usage) -> Value {
    json!({
        "input_tokens": usage.input, "input_tokens_details": {"cached_tokens": usage.cached, "cache_write_tokens": 0},
        "output_tokens": usage.output, "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.input + usage.output,
    })
}
