//! What the engine and its worker say to each other: postcard values in frames of a little-endian `u32` length,
//! over the worker's stdin and stdout.
//!
//! The handshake demands the identical build on both sides, so there is no compatibility layer. `engine` and
//! `engine-worker` import it; of ours it imports `domain` only. No llama.cpp here.
#![deny(missing_docs)]

mod frame;
mod message;

pub use frame::{FrameError, MAX_FRAME_BYTES, decode, encode, read_frame, write_frame};
pub use message::{Body, Hello, LoadRequest, Reply, ReplyBody, Request};

/// The build that both sides must share.
pub const BUILD: &str = concat!("drawbridge-engine ", env!("CARGO_PKG_VERSION"), " protocol 2");
