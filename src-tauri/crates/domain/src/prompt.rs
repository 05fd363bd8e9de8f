//! What a model is asked.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Image, Role};

/// How the next token is chosen; every value set.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, TS)]
pub struct Sampling {
    /// Temperature; 0 is greedy.
    pub temperature: f32,
    /// Keep the k likeliest tokens; 0 keeps all.
    pub top_k: u32,
    /// Nucleus sampling.
    pub top_p: f32,
    /// Drop tokens less likely than this share of the likeliest.
    pub min_p: f32,
    /// Penalty on tokens of the last 64; 1 is off.
    pub repeat_penalty: f32,
    /// Seed.
    pub seed: u32,
    /// Longest answer in tokens; until the context is full where it is not set.
    pub max_tokens: Option<u32>,
}

impl Default for Sampling {
    fn default() -> Self {
        Self { temperature: 0.7, top_k: 40, top_p: 0.95, min_p: 0.05, repeat_penalty: 1.0, seed: 0, max_tokens: None }
    }
}

/// One turn of the conversation, attached texts folded into the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// Who speaks.
    pub role: Role,
    /// What was said.
    pub text: String,
    /// What was thought before it (on an answer), for templates that carry reasoning over.
    pub reasoning: String,
    /// Pictures that go with it; only for a model that takes them, and none of those runs in the worker.
    #[serde(skip)]
    pub images: Vec<Image>,
}

impl Turn {
    /// A turn of words alone.
    #[must_use]
    pub fn said(role: Role, text: impl Into<String>) -> Self {
        Self { role, text: text.into(), reasoning: String::new(), images: Vec::new() }
    }
}

/// An answer that was broken off and goes on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenAnswer {
    /// Its reasoning so far.
    pub reasoning: String,
    /// Its text so far.
    pub text: String,
    /// Its tokens so far; empty where another model wrote it, then the text is tokenised.
    pub tokens: Vec<i32>,
}

/// What a model is asked: turns, sampler, and the open answer if one goes on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prompt {
    /// Names the conversation, so that its cached prefix is found again. The same for every turn of a chat.
    pub cache_key: String,
    /// Turns, oldest first; a system prompt is the first of them.
    pub turns: Vec<Turn>,
    /// The answer to go on with.
    pub open: Option<OpenAnswer>,
    /// Sampler.
    pub sampling: Sampling,
}
