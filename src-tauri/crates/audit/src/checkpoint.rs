//! Signed statements about the log as far as it went.

use domain::{Secret, Timestamp, canonical_json};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

use crate::record::MOST_RECORDS;

/// What every checkpoint of ours begins with.
pub(crate) const ORIGIN: &str = "drawbridge audit 1";
/// What every statement about removed records begins with: a checkpoint out of the log must not pass for one.
pub(crate) const TOMBSTONE: &str = "drawbridge audit tombstone 1";

/// "The log had so many records, and the last of them this hash", signed with ed25519 (RFC 8032).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// `drawbridge audit 1`; of what was removed, `drawbridge audit tombstone 1`.
    pub origin: String,
    /// Number of the last record that it covers.
    pub seq: u64,
    /// Its hash.
    pub last_hash: String,
    /// When it was signed.
    pub at: Timestamp,
    /// The public key, in hex.
    pub key: String,
    /// Signature over the rest in canonical JSON (RFC 8785), in hex.
    pub signature: String,
}

impl Checkpoint {
    pub(crate) fn sign(seed: &Secret<[u8; 32]>, origin: &str, seq: u64, last_hash: &str, at: Timestamp) -> Self {
        let key = SigningKey::from_bytes(seed.reveal());
        let mut checkpoint = Self {
            origin: origin.to_owned(),
            seq,
            last_hash: last_hash.to_owned(),
            at,
            key: hex::encode(key.verifying_key().as_bytes()),
            signature: String::new(),
        };
        checkpoint.signature = hex::encode(key.sign(checkpoint.signed().as_bytes()).to_bytes());
        checkpoint
    }

    /// A checkpoint from its JSON; none where it is something else, or names a number that no log reaches.
    pub(crate) fn read(text: &[u8]) -> Option<Self> {
        let checkpoint: Self = serde_json::from_slice(text).ok()?;
        let plain = checkpoint.seq < MOST_RECORDS && checkpoint.at.0.unsigned_abs() < MOST_RECORDS;
        plain.then_some(checkpoint)
    }

    /// It was signed with this key (in hex), or with the one that it names.
    #[must_use]
    pub fn is_signed_by(&self, key: Option<&str>) -> bool {
        self.is_signed_as(ORIGIN, key)
    }

    /// The same, of a statement with another beginning.
    pub(crate) fn is_signed_as(&self, origin: &str, key: Option<&str>) -> bool {
        let checked = || {
            let key: [u8; 32] = hex::decode(key.unwrap_or(&self.key)).ok()?.try_into().ok()?;
            let signature: [u8; 64] = hex::decode(&self.signature).ok()?.try_into().ok()?;
            let key = VerifyingKey::from_bytes(&key).ok()?;
            key.verify_strict(self.signed().as_bytes(), &Signature::from_bytes(&signature)).ok()
        };
        self.origin == origin && checked().is_some()
    }

    fn signed(&self) -> String {
        canonical_json(&Self { signature: String::new(), ..self.clone() })
    }
}

/// The public half of a seed, in hex.
pub(crate) fn public_key(seed: &Secret<[u8; 32]>) -> String {
    hex::encode(SigningKey::from_bytes(seed.reveal()).verifying_key().as_bytes())
}
