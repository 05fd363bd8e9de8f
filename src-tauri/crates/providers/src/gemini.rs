//! Google Gemini's `streamGenerateContent`. <https://ai.google.dev/api/generate-content>

use domain::{FaultKind, FinishReason, Image, PartKind, Prompt, ProviderFault, ProviderModel, Usage};
use serde_json::{Value, json};

use crate::{
    connection::{Chosen, Connection},
    conversation::{Conversation, base64},
    fault::{self, Said},
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
        let image = |image: &Image| {
            json!({ "inlineData": { "mimeType": image.facts.format.media_type(), "data": base64(image) } })
        };
        json!({ "role": turn.role("model"), "parts": turn.parts(image, |text| json!({ "text": text })) })
    });
    let mut config = json!({});
    set(&mut config, "maxOutputTokens", chosen.max_tokens);
    set(&mut config, "temperature", figure(chosen.temperature).filter(|_| !left_out.temperature));
    set(&mut config, "topP", figure(chosen.top_p).filter(|_| !left_out.top_p));
    set(&mut config, "seed", chosen.seed.filter(|_| !left_out.seed));
    if model.reasoning && !left_out.reasoning {
        config["thinkingConfig"] = json!({ "includeThoughts": true });
    }
    let mut body = json!({
        "contents": turns.collect::<Vec<_>>(),
        "generationConfig": config,
        // It would be kept for fifty-five days in projects that do not say otherwise.
        "store": false,
    });
    if !said.system.is_empty() {
        body["systemInstruction"] = json!({ "parts": [{ "text": said.system }] });
    }
    body
}

/// Reads chunks.
pub(crate) struct Candidates {
    name: String,
    calls: u32,
}

impl Candidates {
    pub(crate) const fn new(name: String) -> Self {
        Self { name, calls: 0 }
    }
}

impl Reader for Candidates {
    fn hear(&mut self, event: &sse::Event, out: &mut Vec<Heard>) -> Result<(), ProviderFault> {
        let Some(data) = read(&event.data) else { return Ok(()) };
        if data.get("error").is_some() {
            return Err(fault::of_stream(&self.name, &Said::of_value(&data)));
        }
        if data["promptFeedback"]["blockReason"].is_string() {
            let message = format!("The content filter of {} stopped this question.", self.name);
            return Err(ProviderFault::new(FaultKind::Filtered, message));
        }
        let candidate = &data["candidates"][0];
        for part in candidate["content"]["parts"].as_array().into_iter().flatten() {
            if let Some(text) = part["text"].as_str().filter(|text| !text.is_empty()) {
                let kind = if part["thought"] == true { PartKind::Reasoning } else { PartKind::Text };
                out.push(Heard::Piece(kind, text.to_owned()));
            }
            if let Some(call) = part.get("functionCall") {
                out.push(Heard::Tool {
                    index: self.calls,
                    id: call["id"].as_str().map(str::to_owned),
                    name: call["name"].as_str().map(str::to_owned),
                    arguments: call["args"].to_string(),
                });
                self.calls += 1;
            }
        }
        if let Some(usage) = data.get("usageMetadata") {
            out.push(Heard::Usage(read_usage(usage)));
        }
        if let Some(reason) = candidate["finishReason"].as_str().filter(|reason| *reason != "FINISH_REASON_UNSPECIFIED")
        {
            // Figures come with or after it; the stream's end is the connection's.
            out.push(Heard::Finish(self.ended(reason)?));
        }
        Ok(())
    }
}

impl Candidates {
    /// What an end means. Only `STOP` is the end that the model meant.
    fn ended(&self, reason: &str) -> Result<FinishReason, ProviderFault> {
        let name = &self.name;
        match reason {
            "STOP" => Ok(FinishReason::EndOfTurn),
            // The limit of one request; the answer can be gone on with.
            "MAX_TOKENS" | "CONTINUATION" => Ok(FinishReason::MaxTokens),
            "SAFETY"
            | "RECITATION"
            | "BLOCKLIST"
            | "PROHIBITED_CONTENT"
            | "SPII"
            | "LANGUAGE"
            | "ESCALATION"
            | "IMAGE_SAFETY"
            | "IMAGE_PROHIBITED_CONTENT"
            | "IMAGE_RECITATION" => Ok(FinishReason::Declined),
            "PUP_LIMITED_DISABLED" => {
                let message = format!("{name} has limited this account and does not answer it.");
                Err(ProviderFault::new(FaultKind::NotAllowed, message))
            }
            other => Err(fault::ended_early(name, other)),
        }
    }
}

fn read_usage(usage: &Value) -> Usage {
    let thoughts = count(&usage["thoughtsTokenCount"]);
    Usage {
        prompt_tokens: count(&usage["promptTokenCount"]),
        cached_tokens: count(&usage["cachedContentTokenCount"]),
        // Their figure for the answer leaves the reasoning out.
        output_tokens: count(&usage["candidatesTokenCount"]).saturating_add(thoughts),
        reasoning_tokens: thoughts,
        ..Usage::default()
    }
}
