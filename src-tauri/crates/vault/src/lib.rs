//! Secrets in the operating system's keychain, with a twin in memory for tests.
//!
//! It keeps named byte strings and decides, purely, which key a database is opened with. It is no cipher, reads no
//! database and never writes a secret anywhere but into the keychain. `app` and the faces' composition roots import
//! it; `store` does not know of it and gets its key as a value.
#![deny(missing_docs)]

mod data_key;
mod keychain;
mod memory;
mod os;

pub use data_key::{DataKey, Database, data_key};
pub use keychain::{Keychain, VaultError};
pub use memory::MemoryKeychain;
pub use os::{OsKeychain, SERVICE};
