//! Providers: servers elsewhere that answer, and what is known of their models.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{ModelId, ProviderId, Timestamp};

/// What a provider's server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ProviderKind {
    /// OpenAI itself: Responses, or Chat Completions.
    Openai,
    /// Azure OpenAI: OpenAI's formats at an address of the customer's own.
    Azure,
    /// Anthropic: Messages.
    Anthropic,
    /// Google Gemini: streamGenerateContent.
    Gemini,
    /// Any server that speaks OpenAI's Chat Completions: Ollama, vLLM, llama-server, LM Studio, OpenRouter and others.
    Compatible,
}

/// How far away a provider is, as the user vouches. The order is the distance.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Zone {
    /// Another program on this computer.
    ThisComputer,
    /// The organisation's own network.
    OurNetwork,
    /// Somebody else's computers.
    #[default]
    Cloud,
}

impl Zone {
    /// Text that goes there stays within the user's or the organisation's own walls.
    #[must_use]
    pub const fn is_inside(self) -> bool {
        matches!(self, Self::ThisComputer | Self::OurNetwork)
    }
}

/// Which of OpenAI's two formats is spoken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum OpenaiApi {
    /// `/responses`, with `store: false`.
    #[default]
    Responses,
    /// `/chat/completions`.
    ChatCompletions,
}

/// How a provider is told who asks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ProviderAuth {
    /// By its own kind of key.
    #[default]
    Key,
    /// By a bearer token (Azure: Microsoft Entra).
    Bearer,
    /// Not at all.
    None,
}

/// A server elsewhere that answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Provider {
    /// Id.
    pub id: ProviderId,
    /// What it speaks.
    pub kind: ProviderKind,
    /// Short name for the command line, unique: lower-case letters, figures and hyphens.
    pub handle: String,
    /// Name for people.
    pub name: String,
    /// Address up to and without `/chat/completions`, `/messages`, `/models`; no slash at its end.
    pub base_url: String,
    /// How far away it is.
    pub zone: Zone,
    /// Where it computes, in the user's words; may be empty.
    pub region: String,
    /// What it keeps, in the user's words; may be empty.
    pub retention: String,
    /// Which of OpenAI's formats ([`ProviderKind::Openai`] and [`ProviderKind::Azure`]).
    pub api: OpenaiApi,
    /// `api-version` of [`ProviderKind::Azure`]; empty for its `v1` address.
    pub api_version: String,
    /// How it is told who asks.
    pub auth: ProviderAuth,
    /// Names of headers that go along with every request; their values are secrets.
    pub headers: Vec<String>,
    /// File (PEM) with a certificate and its key that the server wants to see; empty for none.
    pub client_certificate: String,
    /// Its models that can be chosen.
    pub models: Vec<ProviderModel>,
    /// Added.
    pub added_at: Timestamp,
}

/// A model of a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProviderModel {
    /// Id here.
    pub id: ModelId,
    /// What the provider calls it; with Azure the deployment.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// Tokens that it holds; not known where it is not set.
    pub context_tokens: Option<u32>,
    /// Longest answer in tokens; not known where it is not set.
    pub max_output_tokens: Option<u32>,
    /// It takes images.
    pub images: bool,
    /// It reasons before it answers.
    pub reasoning: bool,
}

/// What a provider's answer cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Bill {
    /// Millionths of a US dollar.
    #[ts(as = "f64")]
    pub usd_micros: u64,
    /// The price of this very model is in the table; otherwise it was counted as the dearest that is.
    pub price_known: bool,
    /// The tokens are our own count, not the provider's.
    pub estimated: bool,
}

/// Why a provider did not answer, or not to the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The key is missing, wrong or expired.
    KeyRejected,
    /// The key is right and may not do this.
    NotAllowed,
    /// There is no such model or deployment, or no such address.
    NotFound,
    /// Too much was asked in a short time.
    RateLimited,
    /// The account has no money or quota left.
    QuotaExhausted,
    /// The conversation is longer than the model holds.
    TooLong,
    /// The provider does not understand the request.
    BadRequest,
    /// The provider's filter stopped the question or the answer.
    Filtered,
    /// It is there and cannot answer now.
    Unavailable,
    /// It cannot be reached.
    Offline,
    /// Its certificate is not trusted.
    Untrusted,
    /// It was silent for too long.
    Silent,
    /// The connection broke, or what came was no answer.
    Broken,
    /// Our own rules do not let it through.
    Refused,
}

/// What went wrong at a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct ProviderFault {
    /// Kind.
    pub kind: FaultKind,
    /// A sentence; holds neither key nor text of a message.
    pub message: String,
    /// How long the provider asks to wait.
    pub retry_after: Option<Duration>,
    /// HTTP status, where there was an answer.
    pub status: Option<u16>,
}

impl ProviderFault {
    /// A fault without an answer from the server.
    #[must_use]
    pub fn new(kind: FaultKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), retry_after: None, status: None }
    }

    /// The same request may succeed a moment later.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        matches!(
            self.kind,
            FaultKind::RateLimited
                | FaultKind::Unavailable
                | FaultKind::Offline
                | FaultKind::Silent
                | FaultKind::Broken
        )
    }
}
