//! Builds SQLCipher (SQLite with encryption at rest) and links it for `libsqlite3-sys`.
//!
//! It exists because the SQLCipher that libsqlite3-sys bundles stands on SQLite 3.50, whose write-ahead log can lose
//! a checkpoint (fixed in 3.51.3). It is no API to SQLite: `store` speaks to it through sqlx. Only `store` imports
//! this crate, and only so that the library is linked.
#![deny(missing_docs)]

// Naming it keeps its link order: the library that this crate brings must come after what calls it.
use libsqlite3_sys as _;

/// The release of SQLite that is linked.
pub const SQLITE_VERSION: &str = "3.54.1";
