//! The messages.

use std::path::PathBuf;

use domain::{Device, EngineError, FinishReason, MachineSpeed, ModelFacts, PartKind, Prompt, RenderSource, Usage};
use serde::{Deserialize, Serialize};

/// From engine to worker. Ids are chosen by the engine and never used twice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Names the request in replies.
    pub id: u64,
    /// What.
    pub body: Body,
}

/// What the engine asks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Body {
    /// Once, before anything that needs a model. Replies: `Loading`…, `Loaded`.
    Load(LoadRequest),
    /// Answers a prompt. Replies: `Reading`…, `Piece`…, `Finished`.
    Answer(Prompt),
    /// Counts a prompt. Reply: `Measured`.
    Measure(Prompt),
    /// Renders messages. Reply: `Rendered`. Needs no model where the source is a template's text.
    Render {
        /// Whose template; for [`RenderSource::Model`] the loaded one is meant.
        source: RenderSource,
        /// Messages in OpenAI's shape.
        request_json: String,
    },
    /// Measures this computer for about ten seconds, in a worker that has loaded nothing and will not. Reply:
    /// `MachineMeasured`.
    MeasureMachine,
    /// Ends the request of this id; an answer ends with `Finished { Stopped }` at once, whatever
    /// the worker is in the middle of. No reply of its own.
    Cancel(u64),
    /// Reply: `Pong`, from the I/O thread.
    Ping,
}

/// What to load.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoadRequest {
    /// The model's files; the first part first.
    pub files: Vec<PathBuf>,
    /// Context in tokens; the model's own, within memory, where it is not set.
    pub context_tokens: Option<u32>,
    /// Threads for generating and for reading prompts; the worker picks where it is 0.
    pub threads: u32,
    /// Sequences that can run at once.
    pub sequences: u32,
    /// Only tokenizer and template.
    pub vocabulary_only: bool,
}

/// The worker's first frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hello {
    /// [`crate::BUILD`] of the worker.
    pub build: String,
    /// llama.cpp's own words on the instruction sets it uses.
    pub system_info: String,
    /// Process id.
    pub pid: u32,
}

/// From worker to engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// The request.
    pub id: u64,
    /// What.
    pub body: ReplyBody,
}

/// What the worker says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ReplyBody {
    /// Share of the model that is loaded, 0 to 1.
    Loading(f32),
    /// The model is ready.
    Loaded(ModelFacts),
    /// Tokens of the prompt read so far, of how many.
    Reading {
        /// Read, cached ones included.
        read: u32,
        /// In all.
        total: u32,
    },
    /// More of the answer.
    Piece {
        /// Text or reasoning.
        kind: PartKind,
        /// Whole characters; may be empty.
        text: String,
        /// Tokens.
        tokens: Vec<i32>,
    },
    /// The answer's end.
    Finished {
        /// Why.
        reason: FinishReason,
        /// Figures.
        usage: Usage,
        /// SHA-256 of the rendered prompt, in hex.
        prompt_sha256: String,
    },
    /// Size of a prompt.
    Measured {
        /// Tokens of the prompt.
        tokens: u32,
        /// Tokens of the context.
        context_tokens: u32,
    },
    /// A rendered prompt.
    Rendered(String),
    /// How fast this computer is.
    MachineMeasured {
        /// Measured on the device that models run on.
        speed: MachineSpeed,
        /// Devices beside the processor that the worker's build can use.
        devices: Vec<Device>,
    },
    /// Alive.
    Pong {
        /// Grows with every batch that the model decodes: a worker that answers pings and does not decode hangs.
        progress: u64,
        /// Something is to be decoded.
        busy: bool,
    },
    /// The request failed; the worker goes on.
    Failed(EngineError),
}
