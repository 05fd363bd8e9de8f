//! What a provider does with a request, as a test says it.

use serde::{Deserialize, Serialize};

/// What one request gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "turn", rename_all = "snake_case")]
pub enum Turn {
    /// An answer from beginning to end.
    Answer(Answer),
    /// The model wants a tool called.
    ToolCall {
        /// Id of the call (Gemini, where it is empty: none).
        id: String,
        /// Name of the tool.
        name: String,
        /// Pieces of the arguments, which together are a JSON object. Gemini sends them whole.
        arguments: Vec<String>,
    },
    /// The model declines.
    Refusal {
        /// Pieces of what it says; Gemini does not say anything.
        text: Vec<String>,
    },
    /// The provider's content filter stops the question or the answer.
    Filtered {
        /// Which.
        at: FilteredAt,
    },
    /// A status instead of an answer.
    Status {
        /// HTTP status from 400.
        code: u16,
        /// `Retry-After`, in seconds or as an HTTP date.
        #[serde(default)]
        retry_after: Option<String>,
        /// What comes with it.
        #[serde(default)]
        body: ErrorBody,
    },
    /// The account has no money or quota left.
    QuotaExhausted,
    /// The conversation is longer than the model holds.
    ContextTooLong,
    /// An answer with event types, fields and comments in between that no client knows.
    UnknownEvents(Answer),
    /// The provider reports an error when half of the answer is sent.
    ErrorEvent(Answer),
    /// The connection, or what should be a stream, breaks.
    Broken {
        /// How.
        fault: Fault,
        /// The answer that it would have been.
        #[serde(default)]
        answer: Answer,
    },
    /// 307 to this address.
    Redirect {
        /// The address.
        to: String,
    },
}

/// What a model says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Answer {
    /// Pieces of the answer; an empty one is an event without text.
    pub text: Vec<String>,
    /// Pieces of the reasoning before it (OpenAI: of its summary; in its Chat Completions there is none).
    pub reasoning: Vec<String>,
    /// Tokens that are reported; `None` where the provider says nothing about them.
    pub usage: Option<Usage>,
    /// Why it ends.
    pub finish: Finish,
    /// Milliseconds between two pieces.
    pub pause_ms: u64,
    /// How the stream is written down.
    pub style: Style,
    /// Whose Chat Completions a stream is; only [`Kind::Compatible`](super::Kind::Compatible) speaks them.
    pub dialect: Dialect,
}

impl Default for Answer {
    fn default() -> Self {
        Self::of(&["The sea ", "is calm ", "today."])
    }
}

impl Answer {
    /// An answer in these pieces.
    pub fn of(text: &[&str]) -> Self {
        Self {
            text: text.iter().map(|&piece| piece.to_owned()).collect(),
            reasoning: Vec::new(),
            usage: Some(Usage { input: 12, output: 7, ..Usage::default() }),
            finish: Finish::Stop,
            pause_ms: 0,
            style: Style::default(),
            dialect: Dialect::LlamaServer,
        }
    }
}

/// Tokens, counted as OpenAI counts them; the double turns them into what each provider reports.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Usage {
    /// Of the question, cached ones included.
    pub input: u64,
    /// Of `input`, read from the provider's cache.
    pub cached: u64,
    /// Of `input`, written to the provider's cache (Anthropic).
    pub cache_written: u64,
    /// Of the answer, reasoning included.
    pub output: u64,
    /// Of `output`, reasoning (Anthropic does not say).
    pub reasoning: u64,
}

/// Why an answer ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// It is complete.
    #[default]
    Stop,
    /// The limit of tokens is reached.
    Length,
    /// The provider's filter stopped it.
    Filter,
}

/// How servers of others speak Chat Completions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// Reasoning in `reasoning_content`.
    #[default]
    LlamaServer,
    /// Reasoning in `reasoning`, and once more in `reasoning_details`; a comment first; tokens, and what they cost, with
    /// the reason for the end, asked for or not.
    Openrouter,
    /// Content as a list of parts where there is reasoning; tokens with the reason for the end, asked for or not.
    Mistral,
    /// Reasoning in the content, between `<think>` and `</think>`.
    Marks,
}

/// What the filter stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FilteredAt {
    /// The question: no answer begins.
    Prompt,
    /// The answer, after its first pieces.
    Answer,
}

/// What comes with a status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorBody {
    /// The provider's own JSON.
    #[default]
    Own,
    /// A gateway's page in HTML.
    Html,
    /// Nothing.
    Empty,
}

/// How a connection breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fault {
    /// A byte at a time.
    SlowLoris {
        /// Milliseconds between two bytes; 1000 in the wild.
        pause_ms: u64,
    },
    /// Headers, and then nothing; the connection stays open.
    StallAfterHeaders,
    /// Some events, and then nothing; the connection stays open.
    StallMidStream {
        /// Events that are sent.
        after_events: usize,
    },
    /// The connection is reset.
    Reset {
        /// Bytes of the body before it.
        after_bytes: usize,
    },
    /// The stream ends properly, without the events that say that the answer does.
    EarlyEof,
    /// The lengths of the chunks are wrong.
    ChunkedLie,
    /// A gibibyte in a mebibyte of gzip, though nobody asked for gzip.
    GzipBomb,
    /// A line that never ends.
    Endless,
}

/// How a stream is written down. All of it is allowed by the standard for server-sent events.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Style {
    /// Ends of lines.
    pub lines: LineEnd,
    /// Comment lines in between.
    pub comments: bool,
    /// Unknown event types and fields in between.
    pub unknown: bool,
    /// `id:` and `retry:` without data in between. OpenAI's own client takes that, against the standard, for an event.
    pub asides: bool,
    /// JSON over several `data:` lines.
    pub spread: bool,
    /// No space after the colons.
    pub tight: bool,
    /// JSON in ASCII, with escapes for all other characters.
    pub ascii: bool,
}

/// Ends of lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineEnd {
    /// As the provider does it: `\r\n` with Gemini, else `\n`.
    #[default]
    Own,
    /// `\n`.
    Lf,
    /// `\r\n`.
    CrLf,
    /// `\r`.
    Cr,
}
