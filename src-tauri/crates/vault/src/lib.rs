//! Secrets: the operating system's keychain (with a twin in memory for tests), and the slots that hold the key of an
//! encrypted database once for each way in.
//!
//! It decides which key a database is opened with, seals that key, and reads and writes the one file where it lies
//! sealed. It reads no database, and no secret leaves it in the clear but to its caller. `app` and the faces'
//! composition roots import it; `store` does not know of it and gets its key as a value.
#![deny(missing_docs)]

mod enter;
mod keychain;
mod memory;
mod os;
mod recovery;
mod seal;
mod slots;

pub use enter::{Database, Entry, KeyRule, KeyStore, enter, retire_old_key};
pub use keychain::{Keychain, VaultError, can_keep};
pub use memory::MemoryKeychain;
pub use os::{OsKeychain, SERVICE};
pub use recovery::RecoveryCode;
pub use seal::{Cost, Key, derive, new_key};
pub use slots::{KeySlots, Way, WayKind};
