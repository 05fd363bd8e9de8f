//! A core and the keys to it. Here it is decided which key opens the database; nowhere else does a data key live longer
//! than a call.

use std::{
    path::Path,
    sync::{Arc, Mutex},
};

use domain::Secret;
use policy::Policy;
use store::{Opened, Store, StoreError, StoreOptions};
use vault::{Database, Entry, KeyRule, KeySlots};
use wire::{Failure, Keeping, Typed, Unlock, Way};

use crate::{
    Core, Pick, Platform, Profile,
    failure::{from_store, from_vault},
    open, rule,
};

/// The key of a database.
pub(crate) type Key = Secret<[u8; 32]>;

/// A core, and the key that its database was opened with.
pub(crate) struct House {
    pub(crate) core: Arc<Core>,
    pub(crate) keys: Mutex<Option<Keys>>,
}

/// The key of an encrypted database, and the slots that hold it.
#[derive(Clone)]
pub(crate) struct Keys {
    pub(crate) key: Key,
    pub(crate) slots: KeySlots,
}

/// How to open.
pub(crate) enum By {
    /// By what opens by itself.
    Itself,
    /// By what a person gave.
    Person(Unlock),
    /// With keys that are at hand.
    Keys(Keys),
}

impl House {
    /// Opens the chats of a profile.
    ///
    /// # Errors
    /// [`Failure::StoreLocked`] with the ways in, [`Failure::WrongKey`], [`Failure::PassphraseNeeded`], and what the
    /// store says. Nothing was changed on disk then.
    pub(crate) async fn open(profile: &Profile, platform: &Platform, by: By) -> Result<Self, Failure> {
        let policy = Arc::new(Policy::load(&profile.policy));
        let (opened, keys) = match by {
            By::Itself => by_itself(profile, platform, &rule::keys(&policy)).await?,
            By::Person(unlock) => by_person(profile, platform, unlock).await?,
            By::Keys(Keys { key, slots }) => with_one_of(profile, platform, slots, vec![key]).await?,
        };
        let keeping = match keys {
            Ok(_) => Keeping::Encrypted,
            Err(ref reason) => Keeping::Plain { reason: reason.clone() },
        };
        let core = open::core(profile.clone(), platform.clone(), opened, keeping, policy).await?;
        Ok(Self { core, keys: Mutex::new(keys.ok()) })
    }
}

/// An opened store with its keys, or why it is kept in the clear.
type Entered = (Opened, Result<Keys, String>);

/// What lies in the data folder.
pub(crate) fn database(folder: &Path) -> Result<Database, Failure> {
    let kind = store::kind(folder).map_err(|error| {
        Failure::unexpected(format!(
            "The data folder {} cannot be used: {error}. Nothing was changed.",
            folder.display()
        ))
    })?;
    Ok(match kind {
        store::DatabaseKind::Missing => Database::Missing,
        store::DatabaseKind::Plain => Database::Plain,
        store::DatabaseKind::Encrypted => Database::Encrypted,
    })
}

async fn by_itself(profile: &Profile, platform: &Platform, rule: &KeyRule) -> Result<Entered, Failure> {
    let database = database(&profile.data_folder)?;
    let entry = vault::enter(platform.keychain.as_ref(), &profile.data_folder, database, rule).await;
    match entry.map_err(from_vault)? {
        Entry::Open { keys, slots } => with_one_of(profile, platform, slots, keys).await,
        Entry::Plain { .. } if rule.encryption_required => Err(Failure::PassphraseNeeded {
            message:
                "Your chats are not encrypted yet, and your organisation wants them to be. Choose a passphrase; it \
                      encrypts them. Nothing is lost."
                    .to_owned(),
        }),
        Entry::Plain { reason } => Ok((open_with(profile, platform, None).await.map_err(from_store)?, Err(reason))),
        Entry::Locked { reason, ways } => {
            match platform.passphrase.as_ref().filter(|_| ways.contains(&vault::Way::Passphrase)) {
                Some(passphrase) => {
                    let passphrase = Typed(passphrase.reveal().clone());
                    by_person(profile, platform, Unlock::Passphrase { passphrase }).await
                }
                None => Err(Failure::StoreLocked { message: reason, ways: ways_of(&ways), by_user: false }),
            }
        }
        Entry::PassphraseFirst { reason } => Err(Failure::PassphraseNeeded { message: reason }),
    }
}

async fn by_person(profile: &Profile, platform: &Platform, by: Unlock) -> Result<Entered, Failure> {
    let slots = slots(&profile.data_folder)?;
    let opened = match by {
        Unlock::Keychain => slots.open_with_keychain(platform.keychain.as_ref()).await,
        Unlock::Passphrase { passphrase } => {
            // Argon2 takes most of a second of a core on purpose.
            let (slots, passphrase) = (slots.clone(), Secret::new(passphrase.0));
            blocking(move || slots.open_with_passphrase(&passphrase)).await?
        }
        Unlock::Recovery { code } => slots.open_with_recovery(&code.0),
        Unlock::Administrator => {
            let picked = platform.host.pick_files(Pick::KeyFile).await;
            let Some(path) = picked.first() else {
                return Err(Failure::Cancelled { message: "No key file was chosen.".to_owned() });
            };
            let identity = std::fs::read_to_string(path).map_err(|error| {
                Failure::invalid(format!("{} cannot be read: {error}. Nothing was changed.", path.display()))
            })?;
            slots.open_with_identity(&identity)
        }
    };
    with_one_of(profile, platform, slots, opened.map_err(from_vault)?).await
}

/// Opens the database with whichever key is its own. There is more than one only after a change of key that was cut
/// short.
async fn with_one_of(
    profile: &Profile,
    platform: &Platform,
    slots: KeySlots,
    keys: Vec<Key>,
) -> Result<Entered, Failure> {
    let mut last = StoreError::Unexpected("No key was found for the chats. They are untouched.".to_owned());
    for key in keys {
        match open_with(profile, platform, Some(key.clone())).await {
            Ok(opened) => return Ok((opened, Ok(Keys { key, slots }))),
            Err(error) => last = error,
        }
    }
    Err(from_store(last))
}

/// Opens the store with this key, or in the clear.
pub(crate) async fn open_with(profile: &Profile, platform: &Platform, key: Option<Key>) -> Result<Opened, StoreError> {
    let options =
        StoreOptions { folder: profile.data_folder.clone(), key, clock: platform.clock.clone(), max_pages: None };
    Store::open(options).await
}

/// The slots of a data folder.
pub(crate) fn slots(folder: &Path) -> Result<KeySlots, Failure> {
    KeySlots::read(folder)
        .map_err(from_vault)?
        .ok_or_else(|| Failure::invalid("There are no chats here that could be unlocked. Nothing was changed."))
}

/// Ways in as the contract names them.
pub(crate) fn ways_of(ways: &[vault::Way]) -> Vec<Way> {
    ways.iter()
        .map(|way| match way {
            vault::Way::Keychain { .. } => Way::Keychain,
            vault::Way::Passphrase => Way::Passphrase,
            vault::Way::Recovery => Way::Recovery,
            vault::Way::Administrator { .. } => Way::Administrator,
        })
        .collect()
}

/// Runs what takes long off the threads that serve everybody.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Failure::unexpected(error.to_string()))
}
