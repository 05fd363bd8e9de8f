//! OpenAI's Responses. <https://platform.openai.com/docs/api-reference/responses>

use domain::{FinishReason, Image, PartKind, Prompt, ProviderFault, ProviderModel, Usage};
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
    _: &Connection,
    model: &ProviderModel,
    chosen: &Chosen,
    prompt: &Prompt,
    left_out: LeftOut,
) -> Value {
    let said = Conversation::of(prompt);
    let turns = said.turns.iter().map(|turn| {
        let image = |image: &Image| json!({ "type": "input_image", "image_url": data_url(image) });
        let content = turn.content(image, |text| json!({ "type": "input_text", "text": text }));
        json!({ "role": turn.role("assistant"), "content": content })
    });
    let mut body = json!({
        "model": model.name,
        "input": turns.collect::<Vec<_>>(),
        "stream": true,
        // It would be kept for thirty days otherwise.
        "store": false,
    });
    set(&mut body, "instructions", Some(said.system).filter(|system| !system.is_empty()));
    set(&mut body, "max_output_tokens", chosen.max_tokens);
    set(&mut body, "temperature", figure(chosen.temperature).filter(|_| !left_out.temperature));
    set(&mut body, "top_p", figure(chosen.top_p).filter(|_| !left_out.top_p));
    if (model.reasoning || openai::reasons(&model.name)) && !left_out.reasoning {
        body["reasoning"] = json!({ "summary": "auto" });
    }
    body
}

/// Reads events.
pub(crate) struct Responses {
    name: String,
    declined: bool,
    summarised: bool,
}

impl Responses {
    pub(crate) const fn new(name: String) -> Self {
        Self { name, declined: false, summarised: false }
    }

    fn ended(&self, response: &Value, out: &mut Vec<Heard>) -> Result<(), ProviderFault> {
        figures(response, out);
        let reason = match response["incomplete_details"]["reason"].as_str() {
            Some("max_output_tokens") => FinishReason::MaxTokens,
            Some("content_filter") => FinishReason::Declined,
            Some(other) => return Err(fault::ended_early(&self.name, other)),
            None if self.declined => FinishReason::Declined,
            None => FinishReason::EndOfTurn,
        };
        out.extend([Heard::Finish(reason), Heard::Done]);
        Ok(())
    }
}

impl Reader for Responses {
    fn hear(&mut self, event: &sse::Event, out: &mut Vec<Heard>) -> Result<(), ProviderFault> {
        let Some(data) = read(&event.data) else { return Ok(()) };
        let delta = || data["delta"].as_str().unwrap_or_default().to_owned();
        match data["type"].as_str().unwrap_or(event.name.as_str()) {
            "response.output_text.delta" => out.push(Heard::Piece(PartKind::Text, delta())),
            "response.refusal.delta" => {
                self.declined = true;
                out.push(Heard::Piece(PartKind::Text, delta()));
            }
            "response.reasoning_summary_part.added" => {
                // Summaries are paragraphs of their own.
                if std::mem::replace(&mut self.summarised, true) {
                    out.push(Heard::Piece(PartKind::Reasoning, "\n\n".to_owned()));
                }
            }
            "response.reasoning_summary_text.delta" | "response.reasoning_text.delta" => {
                out.push(Heard::Piece(PartKind::Reasoning, delta()));
            }
            "response.output_item.added" if data["item"]["type"] == "function_call" => {
                let text = |value: &Value| value.as_str().map(str::to_owned);
                out.push(Heard::Tool {
                    index: count(&data["output_index"]),
                    id: text(&data["item"]["call_id"]),
                    name: text(&data["item"]["name"]),
                    arguments: String::new(),
                });
            }
            "response.function_call_arguments.delta" => {
                out.push(Heard::Tool { index: count(&data["output_index"]), id: None, name: None, arguments: delta() })
            }
            "response.completed" | "response.incomplete" => self.ended(&data["response"], out)?,
            "response.failed" | "response.cancelled" => {
                figures(&data["response"], out);
                return Err(fault::of_stream(&self.name, &Said::of_value(&data["response"])));
            }
            "error" => return Err(fault::of_stream(&self.name, &Said::of_value(&data))),
            other => tracing::trace!(event = other, "an event was passed over"),
        }
        Ok(())
    }
}

fn figures(response: &Value, out: &mut Vec<Heard>) {
    let usage = Some(&response["usage"]).filter(|usage| usage.is_object());
    out.extend(usage.map(|usage| Heard::Usage(read_usage(usage))));
}

fn read_usage(usage: &Value) -> Usage {
    Usage {
        prompt_tokens: count(&usage["input_tokens"]),
        cached_tokens: count(&usage["input_tokens_details"]["cached_tokens"]),
        cache_write_tokens: count(&usage["input_tokens_details"]["cache_write_tokens"]),
        output_tokens: count(&usage["output_tokens"]),
        reasoning_tokens: count(&usage["output_tokens_details"]["reasoning_tokens"]),
        ..Usage::default()
    }
}
