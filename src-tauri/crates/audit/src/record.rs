//! One record: what happened, and its place in the chain.

use domain::{Crossing, Timestamp, canonical_json};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Checkpoint;

/// What the first record follows.
pub(crate) const FIRST: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// Every reader of JSON keeps whole numbers below this exactly.
pub(crate) const MOST_RECORDS: u64 = 1 << 52;
/// Version of the format.
pub(crate) const SCHEMA: u32 = 1;

/// What happened. It holds names, counts and hashes; no text of a message, no search words, no secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[allow(missing_docs)] // the fields say what they are
pub enum Event {
    /// The chats were opened.
    Opened { encrypted: bool },
    /// The chats were closed properly.
    Closed,
    /// They were locked, by somebody or by time.
    Locked,
    /// They were unlocked.
    Unlocked { way: String },
    /// Somebody tried to unlock them and could not.
    UnlockFailed { way: String },
    /// A model answered, or broke off.
    Answered {
        model: String,
        model_sha256: Option<String>,
        place: String,
        reason: String,
        prompt_tokens: u32,
        output_tokens: u32,
        state: String,
    },
    /// Something crossed, is about to, or was refused: see its outcome.
    Crossing { crossing: Box<Crossing> },
    /// A chat or the log was written to a file.
    Exported { what: String },
    /// Files were attached to a question.
    Attached { files: u32, bytes: u64 },
    /// A chat was thrown away.
    Deleted,
    /// Chats were erased for good.
    Erased { chats: u32, because: String },
    /// Settings were changed.
    Reconfigured { settings: Vec<String> },
    /// A key or token was put in, by its id.
    SecretSet { id: String },
    /// A key or token was taken out.
    SecretRemoved { id: String },
    /// A way in was set up.
    WaySet { way: String },
    /// A way in was taken away.
    WayRemoved { way: String },
    /// Plain chats were encrypted.
    Encrypted,
    /// Everything was put under another key.
    Rekeyed,
    /// A backup was written.
    BackupMade,
    /// A backup was put in place.
    BackupRestored,
    /// A model came into the library.
    ModelAdded { name: String, origin: String, sha256: Option<String> },
    /// A model left it.
    ModelRemoved { name: String },
    /// The user agreed that a chat crosses to a provider.
    Consented { provider: String },
    /// A provider was added or changed.
    ProviderSet { handle: String, address: String, zone: String },
    /// A provider was removed.
    ProviderRemoved { handle: String },
    /// A folder's keeping was changed.
    FolderKept { retention_days: Option<u32>, legal_hold: bool },
    /// The policy that is in force, by its SHA-256, and how many mistakes are in it.
    PolicyLoaded { sha256: String, problems: u32 },
    /// Everything up to here, signed.
    Checkpoint { checkpoint: Checkpoint },
    /// The end of a file was cut off by a crash and taken away: an event that was not acknowledged.
    Repaired { bytes: u32 },
    /// Records at the end were gone that this run had written or seen: from the first to the last of them.
    Missing { first: u64, last: u64 },
}

impl Event {
    /// Every kind.
    pub const KINDS: &[&str] = &[
        "opened",
        "closed",
        "locked",
        "unlocked",
        "unlock_failed",
        "answered",
        "crossing",
        "exported",
        "attached",
        "deleted",
        "erased",
        "reconfigured",
        "secret_set",
        "secret_removed",
        "way_set",
        "way_removed",
        "encrypted",
        "rekeyed",
        "backup_made",
        "backup_restored",
        "model_added",
        "model_removed",
        "consented",
        "provider_set",
        "provider_removed",
        "folder_kept",
        "policy_loaded",
        "checkpoint",
        "repaired",
        "missing",
    ];

    /// Its kind, as it stands in the record.
    #[must_use]
    pub fn kind(&self) -> String {
        let value = serde_json::to_value(self).expect("BUG: an event is JSON");
        value.get("kind").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
    }
}

/// A record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Version of the format.
    pub schema: u32,
    /// Its number, from 0.
    pub seq: u64,
    /// When, by the computer's clock.
    pub at: Timestamp,
    /// The run of the program that wrote it.
    pub run: String,
    /// What happened.
    pub event: Event,
    /// The chat that it is about: an HMAC of its id under a key of this installation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat: Option<String>,
    /// Version of the program.
    pub version: String,
    /// SHA-256 of the organisation's policy that was in force, in hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// The run of the machine, as its system names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot: Option<String>,
    /// Milliseconds since the run of the program began, by a clock that nobody can set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elapsed: Option<u64>,
    /// Hash of the record before it.
    pub prev: String,
    /// SHA-256 of `prev` (its 64 characters) and of this record without `hash` in canonical JSON (RFC 8785).
    pub hash: String,
}

impl Record {
    /// A record from its line; none where it is something else, or holds a number that not every reader of JSON keeps:
    /// that is none of ours, and has no canonical form.
    pub(crate) fn read(line: &[u8]) -> Option<Self> {
        let value = serde_json::from_slice(line).ok().filter(is_plain)?;
        serde_json::from_value(value).ok()
    }

    /// The hash that it should have.
    #[must_use]
    pub fn computed_hash(&self) -> String {
        let mut value = serde_json::to_value(self).expect("BUG: a record is JSON");
        if let Some(fields) = value.as_object_mut() {
            fields.remove("hash");
        }
        hash_of(&self.prev, &value)
    }

    /// The line that it is kept as.
    #[must_use]
    pub fn line(&self) -> String {
        canonical_json(self) + "\n"
    }
}

/// See [`Record::hash`].
pub(crate) fn hash_of(prev: &str, without_hash: &serde_json::Value) -> String {
    let mut hash = Sha256::new();
    hash.update(prev.as_bytes());
    hash.update(canonical_json(without_hash).as_bytes());
    hex::encode(hash.finalize())
}

/// Every number in it is whole and kept exactly by every reader of JSON.
fn is_plain(value: &serde_json::Value) -> bool {
    const EXACT: u64 = 1 << 53;
    match value {
        serde_json::Value::Number(number) => {
            number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs)).is_some_and(|size| size < EXACT)
        }
        serde_json::Value::Array(items) => items.iter().all(is_plain),
        serde_json::Value::Object(fields) => fields.values().all(is_plain),
        _ => true,
    }
}
