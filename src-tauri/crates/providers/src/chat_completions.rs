//! OpenAI's Chat Completions, and every server that speaks it.
//! <https://platform.openai.com/docs/api-reference/chat>

use domain::{FinishReason, Image, PartKind, Prompt, ProviderFault, ProviderKind, ProviderModel, Usage};
use serde_json::{Value, json};

use crate::{
    connection::{Chosen, Connection},
    conversation::{Conversation, data_url},
    fault::{self, Said},
    openai,
    request::{Heard, LeftOut, Reader, count, figure, read, set},
    sse,
};

pub(crate) fn body(
    connection: &Connection,
    model: &ProviderModel,
    chosen: &Chosen,
    prompt: &Prompt,
    left_out: LeftOut,
) -> Value {
    let said = Conversation::of(prompt);
    let system = (!said.system.is_empty()).then(|| json!({ "role": "system", "content": said.system }));
    let turns = said.turns.iter().map(|turn| {
        let image = |image: &Image| json!({ "type": "image_url", "image_url": { "url": data_url(image) } });
        let content = turn.content(image, |text| json!({ "type": "text", "text": text }));
        json!({ "role": turn.role("assistant"), "content": content })
    });
    let mut body = json!({
        "model": model.name,
        "messages": system.into_iter().chain(turns).collect::<Vec<_>>(),
        "stream": true,
    });
    if !left_out.usage {
        body["stream_options"] = json!({ "include_usage": true });
    }
    let theirs = connection.provider.kind != ProviderKind::Compatible;
    if theirs && !left_out.store {
        body["store"] = json!(false);
    }
    let new_limit = theirs && openai::reasons(&model.name) && !left_out.old_limit;
    set(&mut body, if new_limit { "max_completion_tokens" } else { "max_tokens" }, chosen.max_tokens);
    set(&mut body, "temperature", figure(chosen.temperature).filter(|_| !left_out.temperature));
    set(&mut body, "top_p", figure(chosen.top_p).filter(|_| !left_out.top_p));
    set(&mut body, "seed", chosen.seed.filter(|_| !left_out.seed));
    body
}

/// Reads chunks.
pub(crate) struct Chunks {
    name: String,
    /// The model sends its reasoning between marks in the text (`<think>`), as small servers do.
    thinking: Thinking,
    ended: bool,
}

/// Where in a text with `<think>` marks we are.
#[derive(Debug, PartialEq, Eq)]
enum Thinking {
    /// Nothing but space came yet; it is held back, as the mark may come in pieces.
    Unknown(String),
    /// Inside; what may be the beginning of the closing mark is held back.
    Inside(String),
    /// There is none, or it is over.
    No,
}

/// Longest space, in bytes, that is held back.
const MOST_SPACE: usize = 1_024;
const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";

impl Chunks {
    pub(crate) const fn new(name: String) -> Self {
        Self { name, thinking: Thinking::Unknown(String::new()), ended: false }
    }

    fn text(&mut self, text: &str, out: &mut Vec<Heard>) {
        let mut say = |kind: PartKind, text: &str| {
            if !text.is_empty() {
                out.push(Heard::Piece(kind, text.to_owned()));
            }
        };
        match &mut self.thinking {
            Thinking::No => say(PartKind::Text, text),
            Thinking::Unknown(held) => {
                held.push_str(text);
                let begun = held.trim_start().to_owned();
                if let Some(rest) = begun.strip_prefix(OPEN) {
                    self.thinking = Thinking::Inside(String::new());
                    self.text(rest, out);
                } else if !OPEN.starts_with(&begun) || held.len() > MOST_SPACE {
                    say(PartKind::Text, held);
                    self.thinking = Thinking::No;
                }
            }
            Thinking::Inside(held) => {
                held.push_str(text);
                if let Some((thought, rest)) = held.split_once(CLOSE) {
                    say(PartKind::Reasoning, thought);
                    let rest = rest.trim_start().to_owned();
                    self.thinking = Thinking::No;
                    self.text(&rest, out);
                } else {
                    let keep = (0..CLOSE.len()).rev().find(|n| held.ends_with(&CLOSE[..*n])).unwrap_or(0);
                    let kept = held.split_off(held.len() - keep);
                    say(PartKind::Reasoning, held);
                    *held = kept;
                }
            }
        }
    }

    /// A part of a text that comes in parts, reasoning apart, as Mistral sends it.
    fn part(&mut self, part: &Value, out: &mut Vec<Heard>) {
        if let Some(text) = part["text"].as_str() {
            self.text(text, out);
        }
        let thoughts = match &part["thinking"] {
            Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect(),
            Value::String(text) => text.clone(),
            _ => String::new(),
        };
        if !thoughts.is_empty() {
            out.push(Heard::Piece(PartKind::Reasoning, thoughts));
            self.thinking = Thinking::No;
        }
    }

    /// Says what was held back.
    fn flush(&mut self, out: &mut Vec<Heard>) {
        match std::mem::replace(&mut self.thinking, Thinking::No) {
            Thinking::Unknown(held) if !held.is_empty() => out.push(Heard::Piece(PartKind::Text, held)),
            Thinking::Inside(held) if !held.is_empty() => out.push(Heard::Piece(PartKind::Reasoning, held)),
            _ => {}
        }
    }
}

impl Reader for Chunks {
    fn hear(&mut self, event: &sse::Event, out: &mut Vec<Heard>) -> Result<(), ProviderFault> {
        if event.data.trim() == "[DONE]" {
            self.flush(out);
            out.push(Heard::Done);
            return Ok(());
        }
        let Some(chunk) = read(&event.data) else { return Ok(()) };
        if chunk.get("error").is_some_and(|error| !error.is_null()) {
            return Err(fault::of_stream(&self.name, &Said::of_value(&chunk)));
        }
        for choice in chunk["choices"].as_array().into_iter().flatten().filter(|choice| count(&choice["index"]) == 0) {
            let delta = &choice["delta"];
            for field in ["reasoning_content", "reasoning"] {
                if let Some(text) = delta[field].as_str().filter(|text| !text.is_empty()) {
                    out.push(Heard::Piece(PartKind::Reasoning, text.to_owned()));
                    self.thinking = Thinking::No;
                    break;
                }
            }
            for field in ["content", "refusal"] {
                match &delta[field] {
                    Value::String(text) if !text.is_empty() => self.text(text, out),
                    Value::Array(parts) => parts.iter().for_each(|part| self.part(part, out)),
                    _ => {}
                }
            }
            for call in delta["tool_calls"].as_array().into_iter().flatten() {
                let text = |value: &Value| value.as_str().map(str::to_owned);
                out.push(Heard::Tool {
                    index: count(&call["index"]),
                    id: text(&call["id"]),
                    name: text(&call["function"]["name"]),
                    arguments: text(&call["function"]["arguments"]).unwrap_or_default(),
                });
            }
            let refused = delta["refusal"].as_str().is_some_and(|text| !text.is_empty());
            let reason = match choice["finish_reason"].as_str() {
                _ if refused => Some(FinishReason::Declined),
                Some("length") => Some(FinishReason::MaxTokens),
                Some("model_length") => Some(FinishReason::ContextFull),
                Some("content_filter") => Some(FinishReason::Declined),
                Some("error") => return Err(fault::ended_early(&self.name, "error")),
                Some(_) => Some(FinishReason::EndOfTurn),
                None => None,
            };
            // What was declined stays declined, whatever the last chunk calls it.
            if let Some(reason) = reason.filter(|_| !self.ended) {
                self.ended = true;
                self.flush(out);
                out.push(Heard::Finish(reason));
            }
        }
        // Groq's stand under a name of its own.
        if let Some(usage) = [&chunk["usage"], &chunk["x_groq"]["usage"]].into_iter().find(|usage| usage.is_object()) {
            out.push(Heard::Usage(read_usage(usage)));
        }
        Ok(())
    }
}

fn read_usage(usage: &Value) -> Usage {
    Usage {
        prompt_tokens: count(&usage["prompt_tokens"]),
        cached_tokens: count(&usage["prompt_tokens_details"]["cached_tokens"]),
        cache_write_tokens: count(&usage["prompt_tokens_details"]["cache_write_tokens"]),
        output_tokens: count(&usage["completion_tokens"]),
        reasoning_tokens: count(&usage["completion_tokens_details"]["reasoning_tokens"]),
        ..Usage::default()
    }
}
