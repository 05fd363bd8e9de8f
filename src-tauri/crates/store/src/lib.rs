//! Chats on disk: one SQLite file, encrypted where there is a key, with full-text search.
//!
//! It keeps what it is given durably, folds streamed answers, finds words, makes backups, moves everything under another
//! key, erases from every copy it made, and refuses what is damaged, locked or newer without touching it. Chats that must
//! not be kept live in a store in memory. It holds no rules of the product, knows no keychain (its key is a value) and
//! never speaks to a model. Only `app` imports it, beside tests and benchmarks.
#![deny(missing_docs)]

// Links SQLCipher.
use sqlcipher as _;

mod answer;
mod assistant;
mod attachment;
mod backup;
mod ballast;
mod branch;
mod chat;
mod check;
mod erase;
mod error;
mod export;
mod folder;
mod forget;
mod hold;
mod index;
mod lease;
mod message;
mod migration;
mod model;
mod open;
mod part;
mod point;
pub mod portable;
mod provider;
mod rekey;
mod row;
mod search;
mod secret;
mod settings;
mod snippet;
mod spend;
mod step;
mod trash;

pub use answer::{Ending, NewAnswer};
pub use attachment::ImageFiles;
pub use branch::PromptSource;
pub use check::{DatabaseKind, kind};
pub use erase::Erased;
pub use error::StoreError;
pub use export::{Progress, Stage};
pub use lease::{WindowLock, lock_window};
pub use message::NewQuestion;
pub use open::{Opened, Store, StoreOptions};
pub use rekey::{Rekeyed, reencrypt};
pub use secret::SecretInfo;
pub use spend::{NewSpend, Reservation, Settled, Spend, SpendLimit};

/// Name of the database in the data folder.
pub const DATABASE: &str = "drawbridge.db";
