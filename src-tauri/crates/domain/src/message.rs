//! Messages: a tree by parent ids, so that a branch never overwrites another.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{AttachmentId, Bill, ChatId, ImageFacts, MessageId, ModelId, Sampling, Timestamp};

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The instructions before the first turn.
    System,
    /// The person.
    User,
    /// A model.
    Assistant,
}

/// How far a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum MessageState {
    /// Tokens are still arriving.
    Streaming,
    /// Ended by the model.
    Complete,
    /// Ended by the user; may go on.
    Stopped,
    /// Ended by a crash, a kill or a lost process; may go on.
    Interrupted,
    /// Ended by an error; may go on.
    Failed,
}

/// Why an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    /// The model said so.
    EndOfTurn,
    /// The longest answer that the chat allows.
    MaxTokens,
    /// The context is full.
    ContextFull,
    /// The user said so.
    Stopped,
    /// The model declined to answer, or the provider's filter stopped it.
    Declined,
}

/// What an answer cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Usage {
    /// Tokens of the prompt, template included.
    pub prompt_tokens: u32,
    /// Of these, tokens that were still in the cache from an earlier turn.
    pub cached_tokens: u32,
    /// Tokens of the answer, reasoning included.
    pub output_tokens: u32,
    /// From request to first token.
    pub first_token_ms: f64,
    /// Tokens of the answer per second, after the first.
    pub tokens_per_second: f64,
    /// Time spent reasoning.
    pub reasoning_ms: f64,
    /// Of the output, tokens of reasoning, where the provider counts them.
    #[serde(default)]
    pub reasoning_tokens: u32,
    /// Of the prompt, tokens that were written into a provider's cache, where it charges for that.
    #[serde(default)]
    pub cache_write_tokens: u32,
    /// The tokens are an estimate of ours: the provider gave no figures.
    #[serde(default)]
    pub estimated: bool,
}

/// By what exactly an answer was made.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Provenance {
    /// SHA-256 of the model file, in hex; filled in the background for a file not hashed yet.
    pub model_sha256: Option<String>,
    /// Version and build flags of the engine.
    pub engine_build: String,
    /// SHA-256 of the chat template, in hex.
    pub template_sha256: String,
    /// SHA-256 of the rendered prompt, in hex.
    pub prompt_sha256: String,
    /// Sampler with the seed that was used.
    pub sampling: Sampling,
    /// The model has no chat template of its own and ChatML stood in.
    pub template_fallback: bool,
}

/// Where an answer came from and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "place", rename_all = "snake_case")]
pub enum Route {
    /// On this computer.
    ThisComputer {
        /// A sentence for the person.
        reason: String,
    },
    /// On a server of the user's or the organisation's own network.
    OurNetwork {
        /// The provider's name at the time.
        provider: String,
        /// A sentence for the person.
        reason: String,
    },
    /// On somebody else's computers.
    Cloud {
        /// The provider's name at the time.
        provider: String,
        /// A sentence for the person.
        reason: String,
    },
}

impl Route {
    /// The sentence for the person.
    #[must_use]
    pub fn reason(&self) -> &str {
        match self {
            Self::ThisComputer { reason } | Self::OurNetwork { reason, .. } | Self::Cloud { reason, .. } => reason,
        }
    }
}

/// What is known of an answer beside its text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Answer {
    /// Model in the library; it may have been removed since.
    pub model: ModelId,
    /// Its name at the time.
    pub model_name: String,
    /// Where it came from and why.
    pub route: Route,
    /// Why it ended; none while it runs or where it broke off.
    pub finish: Option<FinishReason>,
    /// The error that broke it off, as a sentence.
    pub error: Option<String>,
    /// Figures; zero until the end.
    pub usage: Usage,
    /// By what exactly it was made.
    pub provenance: Provenance,
    /// What it cost; none where nobody charges.
    #[serde(default)]
    pub bill: Option<Bill>,
}

/// Up or down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Thumb {
    /// Good.
    Up,
    /// Bad.
    Down,
}

/// What the user thinks of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Rating {
    /// Up or down.
    pub thumb: Thumb,
    /// Why, in the user's words; may be empty.
    pub reason: String,
}

/// An attached file; of a picture, what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Id.
    pub id: AttachmentId,
    /// File name, without folders.
    pub name: String,
    /// What is in it.
    pub content: Content,
}

/// What is in an attached file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Text.
    Text(String),
    /// A picture.
    Image {
        /// What is known of it.
        facts: ImageFacts,
        /// Length of the file.
        bytes: u64,
    },
}

/// An attached file without its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AttachmentInfo {
    /// Id.
    pub id: AttachmentId,
    /// File name, without folders.
    pub name: String,
    /// Length in bytes of the text, or of the picture as it is kept.
    #[ts(as = "f64")]
    pub bytes: u64,
    /// Where it is a picture.
    pub image: Option<ImageFacts>,
}

impl From<&Attachment> for AttachmentInfo {
    fn from(file: &Attachment) -> Self {
        let (bytes, image) = match &file.content {
            Content::Text(text) => (text.len() as u64, None),
            Content::Image { facts, bytes } => (*bytes, Some(*facts)),
        };
        Self { id: file.id, name: file.name.clone(), bytes, image }
    }
}

/// A message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Message {
    /// Id.
    pub id: MessageId,
    /// Its chat.
    pub chat: ChatId,
    /// The message before it.
    pub parent: Option<MessageId>,
    /// Who speaks.
    pub role: Role,
    /// The text, as far as it is written.
    pub text: String,
    /// A model's reasoning, as far as it is written.
    pub reasoning: String,
    /// How far it is.
    pub state: MessageState,
    /// Attached files (on a user's message).
    pub attachments: Vec<AttachmentInfo>,
    /// What is known of an answer (on a model's message).
    pub answer: Option<Answer>,
    /// What the user thinks of it.
    pub rating: Option<Rating>,
    /// All messages with the same parent, oldest first, itself included: the branches.
    pub siblings: Vec<MessageId>,
    /// Born.
    pub created_at: Timestamp,
}

/// What kind of text a part of an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PartKind {
    /// The answer.
    Text,
    /// The model's reasoning before it.
    Reasoning,
}

/// A piece of an answer as it arrived; pieces in order are the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Text or reasoning.
    pub kind: PartKind,
    /// The text; empty where the tokens are only marks.
    pub text: String,
    /// The model's own tokens, so that an answer can go on exactly where it stopped.
    pub tokens: Vec<i32>,
}
