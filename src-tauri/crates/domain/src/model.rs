//! Models in the library.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{ModelId, Sampling, Timestamp};

/// What the file's header says.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct ModelFile {
    /// Name that the header gives, else the file's.
    pub name: String,
    /// Architecture, such as `llama` or `qwen3`.
    pub architecture: String,
    /// Weights, counted from the tensors.
    #[ts(as = "f64")]
    pub parameters: u64,
    /// Quantisation as people write it, such as `Q4_K_M`.
    pub quantisation: String,
    /// Context that the model was trained for, in tokens.
    pub context_tokens: u32,
    /// All parts of the model together.
    #[ts(as = "f64")]
    pub bytes: u64,
    /// It has a chat template of its own.
    pub has_template: bool,
    /// Licence as the header states it.
    pub licence: Option<String>,
}

/// A model in the library.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelRecord {
    /// Id.
    pub id: ModelId,
    /// The file, or the first part of a split one; used where it lies.
    pub path: PathBuf,
    /// What its header said when it was added.
    pub file: ModelFile,
    /// It came with the application.
    pub starter: bool,
    /// SHA-256 in hex, once computed.
    pub sha256: Option<String>,
    /// Size and modification time (ms) of the file when it was hashed.
    pub hashed_stamp: Option<(u64, i64)>,
    /// Added.
    pub added_at: Timestamp,
    /// Last asked.
    pub used_at: Option<Timestamp>,
}

/// What the worker says of a loaded model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelFacts {
    /// Version and build flags of the engine.
    pub engine_build: String,
    /// Context in use, in tokens.
    pub context_tokens: u32,
    /// Context that the model was trained for.
    pub trained_context_tokens: u32,
    /// SHA-256 of the chat template, in hex.
    pub template_sha256: String,
    /// The model has no template that renders, and ChatML stands in.
    pub template_fallback: bool,
    /// Sampler that the model's makers advise (`general.sampling.*`), else our default.
    pub default_sampling: Sampling,
    /// Only the vocabulary is loaded.
    pub vocabulary_only: bool,
}
