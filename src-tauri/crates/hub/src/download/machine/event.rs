//! What happens to a download, and what is to be done about it.

use std::time::Duration;

use domain::ModelId;

use super::super::{answer::Head, pinned::Pinned};
use crate::HubError;

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Event {
    /// Somebody wants it to go on.
    Resume,
    /// Somebody wants it to rest.
    Pause,
    /// Somebody wants it gone.
    Cancel,
    /// The application ends.
    Shut,
    /// It is its turn.
    TurnCame,
    /// The hub said what the model consists of.
    Resolved(Result<Pinned, HubError>),
    /// The disk was looked at.
    Surveyed(Result<Survey, HubError>),
    /// So much of what is on the disk was hashed.
    Hashing {
        /// Bytes.
        done: u64,
        /// Bytes in all.
        of: u64,
    },
    /// The part is open, and this many bytes of it are there and hashed.
    Opened(Result<u64, HubError>),
    /// The head of an answer came, or none.
    Answered(Result<Head, HubError>),
    /// Bytes came.
    Chunk(u64),
    /// The answer ended as if it were complete.
    Ended,
    /// The answer broke off.
    Broke(HubError),
    /// A second passed while bytes were awaited.
    Tick,
    /// So many bytes of the open part are on the disk for good.
    Synced(u64),
    /// The disk took no more of the open part, which is closed.
    WriteFailed {
        /// Why.
        error: HubError,
        /// Bytes that it holds.
        kept: u64,
    },
    /// The part is whole, on the disk for good and closed; this is its SHA-256.
    Sealed(Result<String, HubError>),
    /// The headers were read.
    Checked(Result<(), HubError>),
    /// The parts lie in their place.
    Placed(Result<(), PlaceError>),
    /// The library took it, or said why not.
    Finished(Result<ModelId, String>),
    /// The wait is over.
    Woke,
    /// What was kept was removed.
    Removed(Result<(), HubError>),
}

/// Why the parts could not be moved to their place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PlaceError {
    /// Another file has come to lie there since the disk was looked at.
    Taken,
    /// The disk said no.
    Disk(HubError),
}

/// What the disk looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Survey {
    /// Bytes that can be written.
    pub free: u64,
    /// Length of what is kept of each part.
    pub had: Vec<u64>,
    /// What lies where each part would go, by place, the preferred place first.
    pub places: Vec<Vec<Occupant>>,
}

/// What lies where a part would go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Occupant {
    /// Nothing.
    Nobody,
    /// A file with the stated size and SHA-256.
    Same,
    /// Something else, or something that cannot be compared.
    Another,
}

/// What is to be done, in order. Those that answer with an event replace whatever went on before; the others are done
/// when the next one begins.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Effect {
    /// Wait for a turn; [`Event::TurnCame`].
    Turn,
    /// Let another one have the turn.
    YieldTurn,
    /// Ask the hub; [`Event::Resolved`].
    Resolve,
    /// Look at the disk; [`Event::Surveyed`].
    Survey,
    /// Open what is kept of a part, cut to `keep` bytes, and hash it; [`Event::Opened`].
    Open {
        /// Part.
        part: usize,
        /// Bytes at most.
        keep: u64,
    },
    /// Ask for a part from this byte on; [`Event::Answered`].
    Get {
        /// Part.
        part: usize,
        /// First byte.
        from: u64,
    },
    /// Listen to the answer's body; [`Event::Chunk`], [`Event::Tick`], [`Event::Ended`], [`Event::Broke`].
    Listen,
    /// Write this many bytes of the chunk that just came.
    Write(u64),
    /// Put what was written on the disk for good; [`Event::Synced`].
    Checkpoint,
    /// Begin the open part from nothing.
    Empty,
    /// Stop listening, asking and sleeping, and write what came.
    HangUp,
    /// The same, stop hashing too, and close the open part; [`Event::Synced`] where one was open.
    Close,
    /// Close the open part, on the disk for good, and finish its hash; [`Event::Sealed`].
    Seal,
    /// Remove what is kept of a part.
    Discard(usize),
    /// Read the headers; [`Event::Checked`].
    Check,
    /// Write down what is about to be moved, then move all parts that are not there yet to this place;
    /// [`Event::Placed`].
    Place(usize),
    /// Hand the model to the library; [`Event::Finished`].
    Finish,
    /// [`Event::Woke`] after this time.
    Sleep(Duration),
    /// Write down how it stands.
    Save,
    /// Remove the download's folder: all that was in it is elsewhere.
    Clear,
    /// Remove the download's folder and, unless the library has them, the files that were moved out of it;
    /// [`Event::Removed`].
    Remove,
    /// Nothing more will happen.
    End,
}
