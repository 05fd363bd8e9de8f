//! What the formats share: the body of a question, and a reader of its answer.

use domain::{FinishReason, PartKind, Prompt, ProviderFault, ProviderModel, Usage};
use serde_json::Value;

use crate::{
    anthropic, chat_completions,
    connection::{Chosen, Connection, Format},
    fault::Said,
    gemini, responses, sse,
};

/// What a stream says, in our words.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Heard {
    /// Text or reasoning.
    Piece(PartKind, String),
    /// A piece of a call of a tool.
    Tool { index: u32, id: Option<String>, name: Option<String>, arguments: String },
    /// Figures so far.
    Usage(Usage),
    /// Why it ended; figures may follow.
    Finish(FinishReason),
    /// Nothing follows.
    Done,
}

/// What is left out of a question because the provider does not take it from this model.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct LeftOut {
    pub(crate) temperature: bool,
    pub(crate) top_p: bool,
    pub(crate) seed: bool,
    pub(crate) reasoning: bool,
    pub(crate) store: bool,
    pub(crate) usage: bool,
    /// `max_tokens` instead of `max_completion_tokens`.
    pub(crate) old_limit: bool,
}

impl LeftOut {
    /// Learns from an error what to leave out. False where there is nothing to learn.
    pub(crate) fn learn(&mut self, said: &Said) -> bool {
        let before = *self;
        let names = |word: &str| said.param.contains(word) || said.message.contains(word);
        self.temperature |= names("temperature");
        self.top_p |= names("top_p") || names("topP");
        self.seed |= names("seed");
        self.reasoning |= names("reasoning") || names("thinking");
        self.store |= said.param == "store" || said.message.contains("'store'") || said.message.contains("\"store\"");
        self.usage |= names("stream_options");
        self.old_limit |= names("max_completion_tokens");
        *self != before
    }
}

/// A question in a provider's format.
pub(crate) fn body(
    connection: &Connection,
    model: &ProviderModel,
    chosen: &Chosen,
    prompt: &Prompt,
    left_out: LeftOut,
) -> Value {
    let build = match connection.format() {
        Format::ChatCompletions => chat_completions::body,
        Format::Responses => responses::body,
        Format::Anthropic => anthropic::body,
        Format::Gemini => gemini::body,
    };
    build(connection, model, chosen, prompt, left_out)
}

/// Reads the events of one answer.
pub(crate) trait Reader: Send {
    /// Takes an event.
    ///
    /// # Errors
    /// What the provider says went wrong.
    fn hear(&mut self, event: &sse::Event, out: &mut Vec<Heard>) -> Result<(), ProviderFault>;
}

/// The reader of a format. `name`: the provider's, for sentences.
pub(crate) fn reader(format: Format, name: &str) -> Box<dyn Reader> {
    let name = name.to_owned();
    match format {
        Format::ChatCompletions => Box::new(chat_completions::Chunks::new(name)),
        Format::Responses => Box::new(responses::Responses::new(name)),
        Format::Anthropic => Box::new(anthropic::Messages::new(name)),
        Format::Gemini => Box::new(gemini::Candidates::new(name)),
    }
}

/// Most values in an event's JSON; in memory they are many times as long as on the wire.
const MOST_VALUES: usize = 20_000;

/// The JSON of an event; none where it is none, or more than any answer's.
pub(crate) fn read(data: &str) -> Option<Value> {
    if values(data) > MOST_VALUES {
        tracing::debug!("an event of too many values was passed over");
        return None;
    }
    let read = serde_json::from_str(data).ok();
    if read.is_none() {
        tracing::debug!("an event that is no JSON was passed over");
    }
    read
}

/// At least as many as there are values in a JSON: its commas and openings outside of texts.
fn values(data: &str) -> usize {
    let (mut count, mut in_text, mut escaped) = (0, false, false);
    for byte in data.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b',' | b'[' | b'{' if !in_text => count += 1,
            _ => {}
        }
    }
    count
}

/// A number of tokens, whatever a server sends for it.
pub(crate) fn count(value: &Value) -> u32 {
    value.as_u64().map_or(0, |count| u32::try_from(count).unwrap_or(u32::MAX))
}

/// Sets a field where there is a value.
pub(crate) fn set<T: Into<Value>>(body: &mut Value, name: &str, value: Option<T>) {
    if let Some(value) = value {
        body[name] = value.into();
    }
}

/// A figure of a sampler without the noise of single precision: 0.7, not 0.699999988.
pub(crate) fn figure(value: Option<f32>) -> Option<f64> {
    value.and_then(|value| value.to_string().parse().ok())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
