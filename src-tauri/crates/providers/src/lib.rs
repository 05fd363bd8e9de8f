//! Servers elsewhere that answer: OpenAI, Azure OpenAI, Anthropic, Google Gemini, and every server that speaks
//! OpenAI's Chat Completions. A file each, over [`domain::Transport`].
//!
//! It builds requests, reads the streams that come back, and says in sentences what went wrong. It looks up no key
//! (whoever asks brings it), has no client of its own, keeps nothing, decides on no fallback and asks nobody's leave.
//! It offers no tool, search or upload of a provider, and asks that nothing be stored there that need not be.
//!
//! Only `app` imports it.
#![deny(missing_docs)]

mod anthropic;
mod breaker;
mod chat_completions;
mod connection;
mod conversation;
mod counting;
mod fault;
mod gemini;
mod http_date;
mod models;
mod openai;
mod preset;
mod price;
mod refusal;
mod remote;
mod request;
mod responses;
mod sse;
mod told;
mod wait;
mod whole;

pub use breaker::{Breakers, Resting};
pub use connection::{Chosen, Connection};
pub use conversation::estimate_tokens;
pub use counting::count;
pub use models::{Trial, trial};
pub use preset::{Preset, presets};
pub use price::{Price, PriceTable};
pub use remote::{Remote, Wait};
