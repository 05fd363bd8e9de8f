//! Starts, watches and ends the workers that run models, and speaks to them over pipes.
//!
//! A worker may hang, crash or be killed at any moment: then every question it was asked ends with an error that a
//! person understands, and the next one meets a fresh worker. No llama.cpp is linked here and no model file is read;
//! which model answers what is not decided here either.
//!
//! Each worker has four threads of this process: one reads its frames, one writes, one reads what it logs, and one
//! keeps time over it. They are plain threads because they wait on pipes and on the clock and must do so even when
//! the runtime of the application is busy. `app` imports this crate; of ours it imports `domain`, `engine-protocol`
//! and `walls`.
#![deny(missing_docs)]

mod calls;
mod keeper;
mod last_words;
mod model;
mod pipes;
mod process;
mod restarts;
mod spawner;
mod watch;
mod workers;

pub use workers::{WorkerOptions, Workers};
