//! Sealing one key under another: XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha), HKDF (RFC 5869), Argon2id (RFC 9106).

use argon2::{Algorithm, Argon2, Block, Params, Version};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use domain::Secret;
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use rand::RngCore;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::VaultError;

/// A key of 256 bits.
pub type Key = Secret<[u8; 32]>;

/// A key sealed under another; hex.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sealed {
    pub(crate) nonce: String,
    pub(crate) sealed: String,
}

/// What a passphrase costs to try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    /// KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
}

impl Cost {
    /// Between the least that Argon2 knows and what every computer can spare.
    pub(crate) const fn is_bearable(self) -> bool {
        8 <= self.memory_kib && self.memory_kib <= 256 * 1024 && 1 <= self.passes && self.passes <= 16
    }
}

impl Default for Cost {
    fn default() -> Self {
        Self { memory_kib: 64 * 1024, passes: 3 }
    }
}

/// A random key.
#[must_use]
pub fn new_key() -> Key {
    Secret::new(*Zeroizing::new(random()))
}

/// A key for another purpose, from a data key.
///
/// # Panics
/// Never: 32 bytes can always be had from HKDF-SHA-256.
#[must_use]
pub fn derive(key: &Key, label: &str) -> Key {
    expand(key.reveal(), &[], label)
}

pub(crate) fn expand(secret: &[u8], salt: &[u8], label: &str) -> Key {
    let mut out = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(Some(salt), secret).expand(label.as_bytes(), out.as_mut()).expect("BUG: 32 bytes are few");
    Secret::new(*out)
}

pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::rng().fill_bytes(&mut bytes);
    bytes
}

/// Tells a data key from another without telling the key.
pub(crate) fn check(key: &Key) -> String {
    tells(key, b"drawbridge data key")
}

/// Tells a key of the keychain from another without telling the key.
pub(crate) fn check_of_item(key: &Key) -> String {
    tells(key, b"drawbridge keychain item")
}

fn tells(key: &Key, what: &[u8]) -> String {
    let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(key.reveal()).expect("BUG: HMAC takes keys of every length");
    mac.update(what);
    hex::encode(&mac.finalize().into_bytes()[..16])
}

/// The key that a passphrase makes. The same passphrase typed elsewhere is the same: keyboards and systems differ in how
/// they compose letters (Unicode's NFKC).
pub(crate) fn stretch(passphrase: &Secret<String>, salt: &[u8], cost: Cost) -> Result<Key, VaultError> {
    if !cost.is_bearable() {
        return Err(VaultError::SlotsAbsurd("more memory or time than trying a passphrase may take"));
    }
    let params = Params::new(cost.memory_kib, cost.passes, 1, Some(32)).map_err(|_| VaultError::SlotsDamaged)?;
    let text: Zeroizing<String> = Zeroizing::new(passphrase.reveal().nfkc().collect());
    // What it leaves in memory tells the key.
    let mut blocks = Zeroizing::new(vec![Block::default(); params.block_count()]);
    let mut out = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(text.as_bytes(), salt, out.as_mut(), &mut blocks)
        .map_err(|_| VaultError::SlotsDamaged)?;
    Ok(Secret::new(*out))
}

/// Seals a key under another. `context` must be the same when it is opened.
pub(crate) fn seal(under: &Key, key: &Key, context: &str) -> Sealed {
    let nonce: [u8; 24] = random();
    let payload = Payload { msg: key.reveal(), aad: context.as_bytes() };
    let sealed = XChaCha20Poly1305::new(under.reveal().into())
        .encrypt(&XNonce::from(nonce), payload)
        .expect("BUG: 32 bytes can be sealed");
    Sealed { nonce: hex::encode(nonce), sealed: hex::encode(sealed) }
}

/// Opens what was sealed; none where the key is another.
pub(crate) fn open(under: &Key, sealed: &Sealed, context: &str) -> Option<Key> {
    let nonce: [u8; 24] = hex::decode(&sealed.nonce).ok()?.try_into().ok()?;
    let bytes = hex::decode(&sealed.sealed).ok()?;
    let payload = Payload { msg: &bytes, aad: context.as_bytes() };
    let plain = XChaCha20Poly1305::new(under.reveal().into()).decrypt(&XNonce::from(nonce), payload).ok()?;
    as_key(&Zeroizing::new(plain))
}

/// A key, where these bytes are as many.
pub(crate) fn as_key(bytes: &[u8]) -> Option<Key> {
    Some(Secret::new(*Zeroizing::new(<[u8; 32]>::try_from(bytes).ok()?)))
}
