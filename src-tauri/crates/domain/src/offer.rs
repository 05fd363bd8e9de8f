//! Models that can be had.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::Fit;

/// What a model is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum OfferKind {
    /// Chat.
    Chat,
    /// Chat about pictures too.
    Vision,
    /// Turns text into vectors, for searching; cannot chat.
    Embedding,
}

/// One quantisation of an offered model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct OfferFile {
    /// Quantisation, such as `Q4_K_M`.
    pub quantisation: String,
    /// Path in the repository; the first part of a split one.
    pub path: String,
    /// Size, all parts.
    #[ts(as = "f64")]
    pub bytes: u64,
    /// The size is computed from weights and quantisation, and the hub will say it exactly.
    pub about: bool,
    /// How it would run here.
    pub fit: Fit,
}

/// A model of the bundled catalogue, judged for this computer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Offer {
    /// Names it in the catalogue.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Who made it.
    pub maker: String,
    /// Family, such as `Qwen 3`.
    pub family: String,
    /// What it is for.
    pub kind: OfferKind,
    /// Repository on the hub, `owner/name`.
    pub repo: String,
    /// Weights.
    #[ts(as = "f64")]
    pub parameters: u64,
    /// Context that it was trained for, in tokens.
    pub context_tokens: u32,
    /// Licence in a few plain words.
    pub licence: String,
    /// Languages in a few words.
    pub languages: String,
    /// What it is good at, in a few words.
    pub good_at: String,
    /// The hub asks for an account that accepted the licence.
    pub gated: bool,
    /// Quantisations, smallest first.
    pub files: Vec<OfferFile>,
    /// Place in `files` of the one that suits this computer best; none where none fits.
    pub advised: Option<u32>,
    /// Why this model is the best one for this computer; set on one model at most.
    pub best_because: Option<String>,
}

/// A repository that a search found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct HubRepo {
    /// `owner/name`.
    pub repo: String,
    /// Downloads in the last month.
    #[ts(as = "Option<f64>")]
    pub downloads: Option<u64>,
    /// Hearts.
    #[ts(as = "Option<f64>")]
    pub likes: Option<u64>,
    /// Day of the last change, `YYYY-MM-DD`.
    pub changed: Option<String>,
    /// The hub asks for an account that accepted the licence.
    pub gated: bool,
    /// Licence as the hub names it.
    pub licence: Option<String>,
}

/// A file of a repository, or all parts of a split one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct HubFile {
    /// Path in the repository; the first part of a split one.
    pub path: String,
    /// Parts; 1 where it is not split.
    pub parts: u32,
    /// Quantisation read from the name; empty where it says none.
    pub quantisation: String,
    /// Size, all parts.
    #[ts(as = "f64")]
    pub bytes: u64,
    /// The hub states a SHA-256 for every part.
    pub verifiable: bool,
    /// A projector for pictures, not a chat model.
    pub projector: bool,
    /// How it would run here, judged by its size alone.
    pub fit: Fit,
}

/// What a repository holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct HubListing {
    /// `owner/name`.
    pub repo: String,
    /// Commit that was listed: downloads are of this one.
    pub revision: String,
    /// Licence as the hub names it.
    pub licence: Option<String>,
    /// The hub asks for an account that accepted the licence.
    pub gated: bool,
    /// GGUF files, smallest first.
    pub files: Vec<HubFile>,
}
