//! The walls that the operating system holds up round a process: what it may read, whom it may call, how long it
//! lives.
//!
//! A worker reads files that strangers wrote, so it gives up every right that reading does not need *before* it reads
//! their first byte. Linux does this with Landlock (files, TCP) and seccomp (system calls). Elsewhere the same
//! functions exist and do what they document.
//!
//! It decides nothing: which process gets which wall, and when, is its caller's. `unsafe` lives here and in
//! `engine-worker` only. Every crate may import it; it imports none of ours.
#![deny(missing_docs)]

pub mod child;
pub mod worker;

/// A wall that could not be raised. The caller must not go on to what the wall was meant for.
#[derive(Debug, thiserror::Error)]
pub enum WallError {
    /// A file that was to stay readable cannot be opened.
    #[error("{path} cannot be opened: {reason}")]
    Path {
        /// The file.
        path: String,
        /// In the system's words.
        reason: String,
    },
    /// The system refused the wall round files.
    #[error("the wall round files could not be raised: {0}")]
    Files(String),
    /// The system refused the wall round system calls.
    #[error("the wall round system calls could not be raised: {0}")]
    Calls(String),
}
