//! Who may come in when the application starts: what opens by itself, what needs a person, and when a key is made.

use std::{io, path::Path};

use crate::{Key, KeySlots, Keychain, VaultError, Way, seal, slots::SlotsLock};

/// The name under which the data key itself lay in the keychain, before there were slots.
const OLD_NAME: &str = "data key";

/// What lies in the data folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Database {
    /// Nothing yet.
    Missing,
    /// A database in the clear.
    Plain,
    /// An encrypted database.
    Encrypted,
}

/// Where keys may be kept; the organisation's word.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum KeyStore {
    /// In the keychain, where there is one, and under a passphrase where the person sets one.
    #[default]
    KeychainAndPassphrase,
    /// In the keychain only.
    Keychain,
    /// Under a passphrase only.
    Passphrase,
}

/// What an organisation says about keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyRule {
    /// Where they may be kept.
    pub store: KeyStore,
    /// Nothing is ever kept in the clear.
    pub encryption_required: bool,
    /// An age recipient that opens everything too.
    pub recipient: Option<String>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// With one of these keys; there is more than one only after a change of key that was cut short.
    Open {
        /// Keys, the newest last.
        keys: Vec<Key>,
        /// Their slots.
        slots: KeySlots,
    },
    /// In the clear; the reason is a sentence for the person.
    Plain {
        /// Why.
        reason: String,
    },
    /// A person has to open it.
    Locked {
        /// What happened, what is safe, what to do; a sentence or two.
        reason: String,
        /// With one of these.
        ways: Vec<Way>,
    },
    /// Nothing is there yet, and it begins with a passphrase.
    PassphraseFirst {
        /// Why.
        reason: String,
    },
}

/// Decides how the database of a folder is opened. A key is made only where there is neither a database nor a way to
/// one, and used only once the keychain has given back what opens it.
///
/// # Errors
/// [`VaultError`] where the slots cannot be read or written; a keychain that fails is no error but an [`Entry`].
pub async fn enter(
    keychain: &dyn Keychain,
    folder: &Path,
    database: Database,
    rule: &KeyRule,
) -> Result<Entry, VaultError> {
    match database {
        Database::Plain => Ok(Entry::Plain {
            reason: "Chats in this folder were begun without a keychain and are kept unencrypted. Set a passphrase to \
                     encrypt them."
                .to_owned(),
        }),
        Database::Encrypted => known(keychain, folder, rule).await,
        Database::Missing => first(keychain, folder, rule).await,
    }
}

/// There is an encrypted database: whatever happens, no key is made.
async fn known(keychain: &dyn Keychain, folder: &Path, rule: &KeyRule) -> Result<Entry, VaultError> {
    match KeySlots::read(folder) {
        Ok(Some(slots)) => by_slots(keychain, slots, rule).await,
        Ok(None) => adopt(keychain, folder, rule).await,
        // The key itself may lie in the keychain still.
        Err(error @ (VaultError::SlotsDamaged | VaultError::SlotsAbsurd(_))) => {
            match adopt(keychain, folder, rule).await? {
                open @ Entry::Open { .. } => Ok(open),
                _ => Ok(Entry::Locked { reason: error.to_string(), ways: Vec::new() }),
            }
        }
        Err(error) => Err(error),
    }
}

async fn by_slots(keychain: &dyn Keychain, slots: KeySlots, rule: &KeyRule) -> Result<Entry, VaultError> {
    let ways = slots.ways();
    let asks = rule.store == KeyStore::Passphrase && ways.contains(&Way::Passphrase);
    if asks || !ways.iter().any(|way| matches!(way, Way::Keychain { .. })) {
        return Ok(Entry::Locked {
            reason: "Your chats are encrypted, and closed until you open them.".to_owned(),
            ways,
        });
    }
    match slots.open_with_keychain(keychain).await {
        Ok(keys) => Ok(Entry::Open { keys, slots }),
        Err(error) => {
            let reason = match ways.len() {
                1 => format!("{error} No other way into your chats was set up. They are untouched."),
                _ => format!("{error} Your chats are untouched, and open in another way."),
            };
            Ok(Entry::Locked { reason, ways })
        }
    }
}

/// Takes the key itself out of the keychain, where a key for the slots lies there in its place: while it is there, taking
/// a way in away takes nothing away. To be called once these slots have opened the database, so that no key goes that
/// another folder needs; at each start, because the last one may have been cut short.
///
/// # Errors
/// What the keychain says, [`VaultError::SlotsChanged`] or [`VaultError::Disk`]; the next start tries again.
pub async fn retire_old_key(
    keychain: &dyn Keychain,
    folder: &Path,
    slots: &mut KeySlots,
    key: &Key,
) -> Result<(), VaultError> {
    if !slots.is_adopted() {
        return Ok(());
    }
    if old_key(keychain).await?.as_ref() == Some(key) {
        keychain.delete(OLD_NAME).await?;
    }
    slots.set_adopted(false);
    slots.write(folder)
}

/// Slots for the key that lay in the keychain by itself. It stays there until the database was opened through them.
async fn adopt(keychain: &dyn Keychain, folder: &Path, rule: &KeyRule) -> Result<Entry, VaultError> {
    let locked = |error: VaultError, ways: Vec<Way>| {
        Ok(Entry::Locked { reason: format!("{error} Your chats are untouched."), ways })
    };
    match old_key(keychain).await {
        Ok(Some(key)) => {
            let alone = lock(folder).await?;
            if let Ok(Some(slots)) = KeySlots::read_alone(folder, &alone) {
                // Another process did it meanwhile.
                return by_slots(keychain, slots, rule).await;
            }
            let mut slots = KeySlots::adopting(&key);
            slots.add_keychain(&key, keychain).await?;
            slots.write_alone(folder, &alone)?;
            Ok(Entry::Open { keys: vec![key], slots })
        }
        Ok(None) => locked(VaultError::SlotsGone, Vec::new()),
        Err(error) => locked(error, vec![Way::Keychain { backend: keychain.backend() }]),
    }
}

/// There is no database: one may be begun.
async fn first(keychain: &dyn Keychain, folder: &Path, rule: &KeyRule) -> Result<Entry, VaultError> {
    // Two processes that start for the first time together must not each make a key.
    let alone = lock(folder).await?;
    let left = KeySlots::read_alone(folder, &alone)?;
    if let Some(slots) = left.clone() {
        match by_slots(keychain, slots, rule).await? {
            // Nothing is kept with the key that is gone, so another does no harm.
            Entry::Locked { ways, .. } if ways.iter().all(|way| matches!(way, Way::Keychain { .. })) => {}
            entry => return Ok(entry),
        }
    }
    if rule.store == KeyStore::Passphrase {
        return Ok(Entry::PassphraseFirst {
            reason: "Your organisation keeps chats under a passphrase. Choose yours before anything is written."
                .to_owned(),
        });
    }
    let trouble = match begun(keychain, folder, rule, left.as_ref(), &alone).await {
        Ok(entry) => return Ok(entry),
        Err(error @ (VaultError::Disk(_) | VaultError::SlotsChanged | VaultError::BadRecipient(_))) => {
            return Err(error);
        }
        Err(error) => error,
    };
    if rule.encryption_required {
        return Ok(Entry::PassphraseFirst {
            reason: format!(
                "{trouble} Your organisation wants chats encrypted, so choose a passphrase before anything is written."
            ),
        });
    }
    tracing::warn!(error = ?trouble, "chats are kept unencrypted");
    Ok(Entry::Plain { reason: format!("Chats are kept unencrypted. {trouble}") })
}

async fn begun(
    keychain: &dyn Keychain,
    folder: &Path,
    rule: &KeyRule,
    left: Option<&KeySlots>,
    alone: &SlotsLock,
) -> Result<Entry, VaultError> {
    // A key that other data folders were begun with stays in use for them; this folder gets its own.
    let key = seal::new_key();
    let mut slots = KeySlots::new(&key).in_place_of(left);
    slots.add_keychain(&key, keychain).await?;
    if let Some(recipient) = &rule.recipient {
        slots.set_administrator(&key, recipient)?;
    }
    slots.write_alone(folder, alone)?;
    Ok(Entry::Open { keys: vec![key], slots })
}

async fn old_key(keychain: &dyn Keychain) -> Result<Option<Key>, VaultError> {
    let Some(kept) = keychain.get(OLD_NAME).await? else { return Ok(None) };
    seal::as_key(kept.reveal()).map(Some).ok_or(VaultError::KeyMalformed)
}

/// Waits for the lock off the threads that serve everybody: whoever has it may be waiting for a person.
async fn lock(folder: &Path) -> Result<SlotsLock, VaultError> {
    let folder = folder.to_owned();
    let taken = tokio::task::spawn_blocking(move || SlotsLock::take(&folder)).await;
    taken.map_err(|error| VaultError::Disk(io::Error::other(error).to_string()))?
}
