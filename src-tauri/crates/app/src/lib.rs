//! The use cases of Drawbridge: chat, models, settings, search, export. `open` wires store, engine, vault, gate and hub
//! together once, and every face (window, command line, test bridge) drives the same [`Core`].
//!
//! It knows no Tauri and no llama.cpp. It turns every error into a [`wire::Failure`] with a sentence.
#![deny(missing_docs)]

mod answer;
mod answerer;
mod attach;
mod beside;
mod books;
mod boot;
mod chat;
mod commands;
mod context;
mod core;
mod crossing;
mod diagnostics;
mod door;
mod download;
mod events;
mod export;
mod failure;
mod going_on;
mod house;
mod keeping;
mod library;
mod logs;
mod machine;
mod meter;
mod network;
mod open;
mod picture;
mod platform;
mod provider;
mod question;
mod reach;
mod record;
mod retention;
mod rule;
mod secrets;
mod settings;
mod temporary;
pub mod terminal;
mod title;
mod usage;
mod writing;

pub use beside::{Beside, beside, default_data_folder};
pub use core::Core;
pub use door::{Door, Hooks};
pub use events::Watch;
pub use logs::{LogGuard, start_logs};
pub use open::{Profile, open};
pub use platform::{Confirm, Host, Pick, Platform, Quiet};
