//! The nouns of Drawbridge and the traits between its parts.
//!
//! It is the ground that every other crate stands on: ids, chats, messages, prompts, what an engine
//! answers, and the traits `Engine`, `Model`, `Clock`, `Transport` and `Journal`. It does no I/O and knows neither tokio, sqlx, Tauri nor
//! llama.cpp. Every crate may import it; it imports none of ours.
#![deny(missing_docs)]

mod assistant;
mod canonical;
mod chat;
mod clock;
mod engine;
mod id;
mod image;
mod machine;
mod message;
mod model;
mod offer;
mod prompt;
mod provider;
mod search;
mod secret;
mod settings;
mod transport;

pub use assistant::{Assistant, AssistantDraft};
pub use canonical::canonical_json;
pub use chat::{Chat, ChatPatch, ChatSettings, ChatSummary, Folder, TitleSource};
pub use clock::{Clock, SystemClock, Timestamp};
pub use engine::{BoxFuture, BoxStream, Delta, Engine, EngineError, LoadProgress, Model, PromptSize, RenderSource};
pub use id::{
    AssistantId, AttachmentId, ChatId, CrossingId, DownloadId, FolderId, LeaseId, MessageId, ModelId, ParseIdError,
    ProviderId,
};
pub use image::{Image, ImageFacts, ImageFormat};
pub use machine::{Device, Fit, Fits, Machine, MachineSpeed, Speed, SpeedSource};
pub use message::{
    Answer, Attachment, AttachmentInfo, Content, FinishReason, Message, MessageState, Part, PartKind, Provenance,
    Rating, Role, Route, Thumb, Usage,
};
pub use model::{ModelFacts, ModelFile, ModelOrigin, ModelRecord, ModelSpeed, StatedHash, Verification};
pub use offer::{HubFile, HubListing, HubRepo, Offer, OfferFile, OfferKind};
pub use prompt::{OpenAnswer, Prompt, Sampling, Turn};
pub use provider::{
    Bill, FaultKind, OpenaiApi, Provider, ProviderAuth, ProviderFault, ProviderKind, ProviderModel, Zone,
};
pub use search::{SearchHit, SnippetPart};
pub use secret::Secret;
pub use settings::{Budget, LogLevel, Mode, NetworkSettings, SendKey, Settings, SettingsPatch, Theme};
pub use transport::{
    Answered, Crossing, CrossingOutcome, HostRule, Journal, ProxyRule, Purpose, Rules, Transport, TransportError,
};
