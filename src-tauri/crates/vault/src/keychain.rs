//! What a keychain can do and how it fails.

use domain::{BoxFuture, Secret};

/// Why the keychain did not do what was asked; each message is a sentence for the person, and the keychain's own words
/// are for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// There is no keychain, or it cannot keep anything.
    #[error("This computer offers no keychain that can keep a key.")]
    Unavailable(String),
    /// It is locked and nobody unlocked it.
    #[error("The keychain is locked. Unlock it and try again.")]
    Locked(String),
    /// It refused this application.
    #[error("The keychain refused access.")]
    Denied(String),
    /// It answered nothing within the time limit.
    #[error("The keychain did not answer within {0} seconds.")]
    Silent(u64),
    /// The database is encrypted and the keychain holds no key for it.
    #[error("The keychain holds no key for these chats. It may have been reset, or they come from another computer.")]
    KeyMissing,
    /// What lies under the key's name is no key.
    #[error("The keychain holds something else under the key's name. It was left as it is.")]
    KeyMalformed,
}

/// Keeps secrets by name.
pub trait Keychain: Send + Sync {
    /// The secret of this name, `None` where there is none yet and one could be set.
    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Secret<Vec<u8>>>, VaultError>>;

    /// Keeps a secret under this name, in place of any that was there.
    fn set<'a>(&'a self, name: &'a str, secret: &'a Secret<Vec<u8>>) -> BoxFuture<'a, Result<(), VaultError>>;

    /// Forgets the secret of this name, if there is one.
    fn delete<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), VaultError>>;
}
