//! Anthropic's Messages. <https://platform.claude.com/docs/en/api/messages>

use domain::{FinishReason, Image, PartKind, Prompt, ProviderFault, ProviderModel, Usage};
use serde_json::{Value, json};

use crate::{
    connection::{Chosen, Connection},
    conversation::{Conversation, base64},
    fault::{self, Said},
    request::{Heard, LeftOut, Reader, count, figure, read, set},
    sse,
};

/// Longest answer where neither the user nor the provider says one: the format wants a figure.
const USUAL_ANSWER: u32 = 8_192;
/// Longest that is asked for by ourselves.
const LONGEST_ANSWER: u32 = 32_000;
/// Tokens of reasoning where a budget is to be given: the format's least, and the most that is asked for.
const SHORTEST_THOUGHT: u32 = 1_024;
const LONGEST_THOUGHT: u32 = 8_192;

pub(crate) fn body(
    _: &Connection,
    model: &ProviderModel,
    chosen: &Chosen,
    prompt: &Prompt,
    left_out: LeftOut,
) -> Value {
    let said = Conversation::of(prompt);
    let turns = said.turns.iter().map(|turn| {
        let image = |image: &Image| {
            let source =
                json!({ "type": "base64", "media_type": image.facts.format.media_type(), "data": base64(image) });
            json!({ "type": "image", "source": source })
        };
        let content = turn.content(image, |text| json!({ "type": "text", "text": text }));
        json!({ "role": turn.role("assistant"), "content": content })
    });
    let longest = model.max_output_tokens;
    let limit = chosen.max_tokens.unwrap_or_else(|| longest.unwrap_or(USUAL_ANSWER).min(LONGEST_ANSWER));
    let limit = longest.map_or(limit, |longest| limit.min(longest));
    let mut body = json!({
        "model": model.name,
        "max_tokens": limit,
        "messages": turns.collect::<Vec<_>>(),
        "stream": true,
    });
    set(&mut body, "system", Some(said.system).filter(|system| !system.is_empty()));
    let temperature = figure(chosen.temperature).map(|temperature| temperature.min(1.0));
    let temperature = temperature.filter(|_| !left_out.temperature);
    // Both at once are refused.
    let top_p = figure(chosen.top_p).filter(|_| !left_out.top_p && temperature.is_none());
    if model.reasoning && !left_out.reasoning {
        set(&mut body, "thinking", thinking(&model.name, limit, temperature.is_some() || top_p.is_some()));
    }
    set(&mut body, "temperature", temperature);
    set(&mut body, "top_p", top_p);
    body
}

/// How a model is asked to reason where it can be seen: its reasoning is left out of the stream otherwise. The models
/// of 4.5 want a budget in place of their own measure, and take no sampler (`sampled`) beside it.
fn thinking(model: &str, limit: u32, sampled: bool) -> Option<Value> {
    if !wants_budget(model) {
        return Some(json!({ "type": "adaptive", "display": "summarized" }));
    }
    let budget = (limit / 2).min(LONGEST_THOUGHT);
    (!sampled && budget >= SHORTEST_THOUGHT).then(|| json!({ "type": "enabled", "budget_tokens": budget }))
}

/// `claude-haiku-4-5`, with or without a date.
fn wants_budget(model: &str) -> bool {
    let undated =
        model.rsplit_once('-').filter(|(_, date)| date.len() == 8 && date.bytes().all(|b| b.is_ascii_digit()));
    undated.map_or(model, |(name, _)| name).ends_with("-4-5")
}

/// Reads events.
pub(crate) struct Messages {
    name: String,
    usage: Usage,
    /// A block of reasoning was there already.
    thought: bool,
}

impl Messages {
    pub(crate) fn new(name: String) -> Self {
        Self { name, usage: Usage::default(), thought: false }
    }

    /// Takes what is said; figures are sums so far, so the last one holds.
    fn count(&mut self, usage: &Value) {
        let has = |name: &str| usage[name].is_u64();
        let input = ["input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"];
        if input.iter().any(|name| has(name)) {
            // Their figure for the input leaves out what went through the cache.
            self.usage.prompt_tokens = input.iter().map(|name| count(&usage[*name])).sum();
            self.usage.cached_tokens = count(&usage["cache_read_input_tokens"]);
            self.usage.cache_write_tokens = count(&usage["cache_creation_input_tokens"]);
        }
        if has("output_tokens") {
            self.usage.output_tokens = count(&usage["output_tokens"]);
        }
        if usage["output_tokens_details"]["thinking_tokens"].is_u64() {
            self.usage.reasoning_tokens = count(&usage["output_tokens_details"]["thinking_tokens"]);
        }
    }
}

impl Reader for Messages {
    fn hear(&mut self, event: &sse::Event, out: &mut Vec<Heard>) -> Result<(), ProviderFault> {
        let Some(data) = read(&event.data) else { return Ok(()) };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        match data["type"].as_str().unwrap_or(event.name.as_str()) {
            "message_start" => {
                self.count(&data["message"]["usage"]);
                out.push(Heard::Usage(self.usage));
            }
            "content_block_start" => match data["content_block"]["type"].as_str() {
                Some("tool_use") => out.push(Heard::Tool {
                    index: count(&data["index"]),
                    id: data["content_block"]["id"].as_str().map(str::to_owned),
                    name: data["content_block"]["name"].as_str().map(str::to_owned),
                    arguments: String::new(),
                }),
                Some("thinking") if std::mem::replace(&mut self.thought, true) => {
                    out.push(Heard::Piece(PartKind::Reasoning, "\n\n".to_owned()));
                }
                _ => {}
            },
            "content_block_delta" => {
                let delta = &data["delta"];
                match delta["type"].as_str() {
                    Some("text_delta") => out.push(Heard::Piece(PartKind::Text, text(&delta["text"]))),
                    Some("thinking_delta") => out.push(Heard::Piece(PartKind::Reasoning, text(&delta["thinking"]))),
                    Some("input_json_delta") => out.push(Heard::Tool {
                        index: count(&data["index"]),
                        id: None,
                        name: None,
                        arguments: text(&delta["partial_json"]),
                    }),
                    _ => {}
                }
            }
            "message_delta" => {
                self.count(&data["usage"]);
                out.push(Heard::Usage(self.usage));
                let reason = match data["delta"]["stop_reason"].as_str() {
                    Some("max_tokens") => FinishReason::MaxTokens,
                    Some("model_context_window_exceeded") => FinishReason::ContextFull,
                    Some("refusal") => FinishReason::Declined,
                    Some(_) => FinishReason::EndOfTurn,
                    None => return Ok(()),
                };
                out.push(Heard::Finish(reason));
            }
            "message_stop" => out.push(Heard::Done),
            "error" => return Err(fault::of_stream(&self.name, &Said::of_value(&data))),
            other => tracing::trace!(event = other, "an event was passed over"),
        }
        Ok(())
    }
}
