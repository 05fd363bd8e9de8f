//! What happened, on record: a chain of records of which none can be changed, taken out or put in without that being
//! seen, signed from time to time, readable and verifiable without this program's data.
//!
//! It writes and reads the log, verifies it and turns it into other formats. It decides nothing, asks no keychain (its
//! keys are values) and holds no text of a message. Of ours it imports `domain`; `app` and `cli` import it. Its second
//! target, `drawbridge-audit`, is the verifier for a computer that has nothing else of ours.
#![deny(missing_docs)]

mod checkpoint;
pub mod command;
mod export;
mod line;
mod log;
mod query;
mod record;
mod retention;
mod tail;
mod verify;

pub use checkpoint::Checkpoint;
pub use export::{Format, export};
pub use line::LONGEST_RECORD;
pub use log::{Log, LogOptions};
pub use query::{Attempt, Page};
pub use record::{Event, Record};
pub use verify::{Code, Verdict, files_of, verify};
