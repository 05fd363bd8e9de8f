//! What an administrator has set for this computer: read once at the start, from where the user cannot
//! write: files, the registry of Windows, managed preferences of macOS.
//!
//! Every key is one row of [`KEYS`]; the reader, the documents under `docs/policy` and the tests are made from the
//! rows. A key that this version does not know, or cannot obey, is a [`Problem`] with its file, line and column. A
//! problem with security in a managed file fails closed: the bridge is sealed and locked until it is mended.
//!
//! It decides nothing and enforces nothing: [`Policy`] is a value, and `app` hands it to what it governs. It reads
//! neither the environment nor the user's settings. `app` and `cli` import it; of ours it imports `domain` only.
#![deny(missing_docs)]

pub mod document;
mod effect;
mod key;
mod load;
mod parse;
mod policy;
mod position;
mod problem;
mod property_list;
#[cfg(any(windows, test))]
mod registry;
mod trust;
mod value;

pub use effect::{KeysStore, Mode, UpdatesChannel};
pub use key::{Form, KEYS, Key, Kind, Status, key};
pub use load::Sources;
pub use parse::{MAX_FILE_BYTES, check};
pub use policy::{Entry, Origin, Policy};
pub use problem::Problem;
pub use value::Value;
