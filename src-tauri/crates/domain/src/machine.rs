//! This computer, and what runs on it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::Timestamp;

/// A device that computes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Device {
    /// As its driver names it.
    pub name: String,
    /// Its memory.
    #[ts(as = "f64")]
    pub memory_bytes: u64,
    /// Its memory is the computer's.
    pub unified: bool,
}

/// What a ten-second measurement found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, TS)]
pub struct MachineSpeed {
    /// Weight bytes (Q4_K) that a matrix-vector product goes through in a second: bounds tokens generated.
    pub generation_bytes_per_second: f64,
    /// Multiplications and additions of a matrix-matrix product in a second: bounds prompt tokens read.
    pub prompt_flops: f64,
    /// Threads that were used for generating.
    pub threads: u32,
}

/// This computer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Machine {
    /// Processor as the system names it.
    pub processor: String,
    /// Physical cores.
    pub cores: u32,
    /// Memory that programs of this user can have in all (a container's limit counts).
    #[ts(as = "f64")]
    pub memory_bytes: u64,
    /// Memory that is free or can be freed now.
    #[ts(as = "f64")]
    pub available_bytes: u64,
    /// Devices that this build can use beside the processor.
    pub devices: Vec<Device>,
    /// Free space where downloads go.
    #[ts(as = "f64")]
    pub disk_free_bytes: u64,
    /// Measured speed.
    pub speed: Option<MachineSpeed>,
    /// When it was measured.
    pub measured_at: Option<Timestamp>,
}

/// Whether a model runs here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Fits {
    /// With room to spare.
    Fits,
    /// It will run, and other programs will feel it.
    Tight,
    /// It does not go into memory.
    TooLarge,
}

/// Where a speed comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SpeedSource {
    /// Computed from the size of the model and the measurement of this computer.
    Estimated,
    /// From answers of this model on this computer.
    Measured,
}

/// How fast a model is here.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, TS)]
pub struct Speed {
    /// Tokens written in a second.
    pub tokens_per_second: f64,
    /// Seconds until the first token of an answer to a prompt of 1,000 tokens; none where nothing says.
    pub first_token_seconds: Option<f64>,
    /// Whence.
    pub source: SpeedSource,
}

/// Whether and how a model runs here, at a context of a given size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Fit {
    /// Verdict.
    pub verdict: Fits,
    /// Weights, cache and working memory.
    #[ts(as = "f64")]
    pub needed_bytes: u64,
    /// Context that this was computed for, in tokens.
    pub context_tokens: u32,
    /// Speed; none before this computer was measured, and for what does not fit.
    pub speed: Option<Speed>,
}
