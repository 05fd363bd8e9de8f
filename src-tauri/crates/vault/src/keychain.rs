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
    /// It is the keychain that the key was put into, and holds it no more.
    #[error("The keychain holds no key for these chats any more. Somebody removed it.")]
    KeyMissing,
    /// What lies under the key's name is no key at all.
    #[error("What the keychain holds under the key's name is no key. It was left as it is.")]
    KeyMalformed,
    /// What lies under the key's name is another key than the one that was put there.
    #[error(
        "The keychain holds something else under the name of the key for these chats: it was changed. It was left as it \
         is."
    )]
    KeyReplaced,
    /// The key was put into another keychain than the one that answers now, or into the same before it was reset.
    #[error(
        "The key was put into the keychain “{was}”. The one that answers now, “{now}”, is another, or was reset, or is \
         another computer's. Bring the old one back."
    )]
    KeychainChanged {
        /// The one that keeps the key.
        was: String,
        /// The one that answers.
        now: String,
    },
    /// The key is not one that the slots are for.
    #[error("This key is not the one that these chats are encrypted with. Nothing was changed.")]
    ForeignKey,
    /// The passphrase opens nothing.
    #[error("This passphrase does not open your chats. Nothing was changed; try again.")]
    WrongPassphrase,
    /// The code is not one that was ever printed.
    #[error(
        "There is a typing mistake in the code: its last character does not suit the others. Compare it with the print."
    )]
    MistypedCode,
    /// The code is another one's.
    #[error("This recovery code does not open your chats. A newer one may have been made since it was printed.")]
    WrongRecoveryCode,
    /// The key file opens nothing.
    #[error("This key file does not open these chats.")]
    WrongKeyFile,
    /// The backup was made with another passphrase.
    #[error("This passphrase does not open the backup. Use the one that it was made with. Nothing was changed.")]
    WrongBackupPassphrase,
    /// There is no slot of this kind.
    #[error("These chats do not open with {0}: it was never set up, or was taken away.")]
    NoSuchWay(&'static str),
    /// It is the only way in.
    #[error("This is the only way into your chats, so it stays. Set up another first.")]
    LastWay,
    /// The organisation's recipient is no age recipient.
    #[error("“{0}” is no age recipient, so the organisation's key cannot be added. Nothing was changed.")]
    BadRecipient(String),
    /// There is room for so many recipients.
    #[error("Your organisation's keys are {0} already, and more cannot be added. Nothing was changed.")]
    TooManyAdministrators(usize),
    /// The slots are gone.
    #[error(
        "The file keyslots.json is gone from the data folder, and so is its copy in the folder “backups”. Bring one of \
         them back: without it no key can be had."
    )]
    SlotsGone,
    /// The slots cannot be read.
    #[error(
        "The file keyslots.json in the data folder is damaged, and so is its copy in the folder “backups”. Bring back an \
         older copy of either. Both were left as they are."
    )]
    SlotsDamaged,
    /// The slots ask for what none that were ever written ask for.
    #[error(
        "The file keyslots.json holds what no Drawbridge writes: {0}. Nothing was done at its word, and it was left as it \
         is. Bring back an older copy of it."
    )]
    SlotsAbsurd(&'static str),
    /// A newer version wrote the slots.
    #[error(
        "The file keyslots.json was written by a newer version of Drawbridge. Install that version or a newer one."
    )]
    SlotsTooNew,
    /// Somebody else wrote the slots since these were read.
    #[error("The keys were changed by another window meanwhile. Nothing was changed here; try again.")]
    SlotsChanged,
    /// The disk did not do what was asked.
    #[error("The keys' file cannot be used: {0}. Nothing was changed.")]
    Disk(String),
}

/// Keeps secrets by name.
pub trait Keychain: Send + Sync {
    /// Its name for people.
    fn backend(&self) -> String;

    /// The secret of this name, `None` where there is none yet and one could be set.
    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Secret<Vec<u8>>>, VaultError>>;

    /// Keeps a secret under this name, in place of any that was there.
    fn set<'a>(&'a self, name: &'a str, secret: &'a Secret<Vec<u8>>) -> BoxFuture<'a, Result<(), VaultError>>;

    /// Forgets the secret of this name, if there is one.
    fn delete<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), VaultError>>;
}

/// Whether the keychain keeps anything: something is put in, had back and taken out.
///
/// # Errors
/// What it says.
pub async fn can_keep(keychain: &dyn Keychain) -> Result<(), VaultError> {
    const TRIAL: &str = "trial";
    let trial = Secret::new(b"trial".to_vec());
    keychain.set(TRIAL, &trial).await?;
    let kept = keychain.get(TRIAL).await?;
    keychain.delete(TRIAL).await?;
    if kept == Some(trial) {
        Ok(())
    } else {
        Err(VaultError::Unavailable("it did not give back what was put in".to_owned()))
    }
}
