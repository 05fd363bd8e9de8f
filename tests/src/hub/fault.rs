//! What a hub may do wrong, as a list of rules.

use serde::{Deserialize, Serialize};

/// Where a fault happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum At {
    /// `GET /api/models`.
    Search,
    /// Whatever is said about one repository.
    Listing,
    /// The address of a file, which sends on to the content network.
    Resolve,
    /// The content network.
    Bytes,
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fault {
    /// This status and a sentence.
    Status {
        /// Status.
        code: u16,
        /// `Retry-After`.
        #[serde(default)]
        retry_after: Option<String>,
    },
    /// 200, and a body that is not what was asked for.
    Nonsense,
    /// 302 to this address.
    Redirect {
        /// `{hub}`, `{cdn}` and `{path}` stand for host and port of the two and for the path that was asked for.
        to: String,
    },
    /// The whole file, whatever range was asked for.
    IgnoreRange,
    /// 206 with another range than was asked for.
    WrongRange,
    /// 416, whatever range was asked for.
    RefuseRange,
    /// The connection closes after so many bytes.
    Cut {
        /// Bytes of this answer.
        after: u64,
    },
    /// Nothing more comes after so many bytes, and the connection stays open.
    Stall {
        /// Bytes of this answer.
        after: u64,
    },
    /// The file is said to be, and is, this much shorter.
    Short {
        /// Bytes.
        by: u64,
    },
    /// The file is said to be, and is, this much longer.
    Long {
        /// Bytes.
        by: u64,
    },
    /// One bit is wrong.
    Flip {
        /// Place of its byte in the file.
        at: u64,
    },
    /// A pause after each piece.
    Slow {
        /// Bytes of a piece.
        piece: usize,
        /// Milliseconds.
        pause_ms: u64,
    },
}

/// When a fault happens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Where.
    pub at: At,
    /// What.
    pub fault: Fault,
    /// How often; always where it is not set.
    #[serde(default)]
    pub times: Option<u32>,
}

/// The fault that is due at this place, counted down.
pub(super) fn take(rules: &mut Vec<Rule>, at: At) -> Option<Fault> {
    let place = rules.iter().position(|rule| rule.at == at)?;
    let fault = rules[place].fault.clone();
    if let Some(times) = &mut rules[place].times {
        *times -= 1;
        if *times == 0 {
            rules.remove(place);
        }
    }
    Some(fault)
}
