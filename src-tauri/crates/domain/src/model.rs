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
    /// Weights that one token uses: fewer than `parameters` in a mixture of experts. 0 where it is not known.
    #[serde(default)]
    #[ts(as = "f64")]
    pub active_parameters: u64,
    /// Bytes that one token of context takes in memory, at 16 bits a value. 0 where it is not known.
    #[serde(default)]
    #[ts(as = "f64")]
    pub kv_bytes_per_token: u64,
}

/// Where a model came from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ModelOrigin {
    /// It came with the application.
    Starter,
    /// The user opened a file that lay on this computer.
    #[default]
    File,
    /// It was downloaded from a hub.
    Hub {
        /// Host of the hub.
        host: String,
        /// `owner/name`.
        repo: String,
        /// Commit.
        revision: String,
        /// Path of the first part in the repository.
        path: String,
    },
    /// It was installed from a model pack.
    Pack {
        /// The pack's own name for itself.
        id: String,
    },
}

/// A SHA-256 that somebody stated for a file of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StatedHash {
    /// File name.
    pub file: String,
    /// SHA-256 in hex.
    pub sha256: String,
}

/// What comparing a model's files with the stated hashes found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Verification {
    /// When.
    pub at: Timestamp,
    /// Every file has the stated SHA-256.
    pub matched: bool,
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
    /// Where it came from.
    pub origin: ModelOrigin,
    /// Hashes that its source stated, one a file; empty where the source stated none.
    pub stated: Vec<StatedHash>,
    /// The last comparison with `stated`.
    pub verification: Option<Verification>,
    /// Speed of its answers here, the latest ones counting most.
    pub speed: Option<ModelSpeed>,
    /// SHA-256 of the (first) file in hex, once computed.
    pub sha256: Option<String>,
    /// Size and modification time (ms) of the file when it was hashed.
    pub hashed_stamp: Option<(u64, i64)>,
    /// Added.
    pub added_at: Timestamp,
    /// Last asked.
    pub used_at: Option<Timestamp>,
}

/// How fast a model's answers were on this computer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ModelSpeed {
    /// Tokens written in a second.
    pub tokens_per_second: f64,
    /// Prompt tokens read in a second; none before a prompt of some length was read.
    pub prompt_tokens_per_second: Option<f64>,
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
