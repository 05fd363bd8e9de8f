//! The contract between the core and its faces: one list of commands, the values they carry, the events that come
//! back, and the errors. Generates the TypeScript types in `ui/src/generated`. No logic.
//!
//! Faces (shell, test bridge) and `app` import it; of ours it imports `domain` only.
#![deny(missing_docs)]

mod commands;
mod event;
mod failure;
mod typescript;
mod value;

pub use domain::Mode;

pub use commands::{COMMANDS, Commands, DOOR_COMMANDS, DoorCommands, dispatch, dispatch_door};
pub use event::{AnswerEvent, Event, EventBatch};
pub use failure::Failure;
pub use typescript::typescript;
pub use value::*;
