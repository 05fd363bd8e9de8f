//! A core and the keys to it. Here it is decided which key opens the database; nowhere else does a data key live longer
//! than a call.

use std::sync::{Arc, Mutex};

use domain::Secret;
use store::{Opened, Store, StoreOptions};
use vault::{Database, Entry, KeyRule, KeySlots, VaultError};
use wire::{Failure, Keeping, Unlock, Way};

use crate::{Core, Pick, Platform, Profile, failure::from_store, open};

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

impl House {
    /// Opens the chats of a profile: by what the person gave, or by what opens them by itself.
    pub(crate) async fn open(profile: &Profile, platform: &Platform, by: Option<Unlock>) -> Result<Self, Failure> {
        let (opened, keys, keeping) = open_store(profile, platform, by).await?;
        let core = open::core(profile.clone(), platform.clone(), opened, keeping).await?;
        Ok(Self { core, keys: Mutex::new(keys) })
    }
}

/// Opens the database of a profile, or makes it.
async fn open_store(
    profile: &Profile,
    platform: &Platform,
    by: Option<Unlock>,
) -> Result<(Opened, Option<Keys>, Keeping), Failure> {
    let folder = &profile.data_folder;
    let unreadable = |error: std::io::Error| {
        Failure::unexpected(format!(
            "The data folder {} cannot be used: {error}. Nothing was changed.",
            folder.display()
        ))
    };
    let database = match store::kind(folder).map_err(unreadable)? {
        store::DatabaseKind::Missing => Database::Missing,
        store::DatabaseKind::Plain => Database::Plain,
        store::DatabaseKind::Encrypted => Database::Encrypted,
    };
    if let Some(by) = by {
        let slots = slots(folder)?;
        let keys = opened_by(&slots, platform, by).await?;
        return with_one_of(profile, platform, slots, keys).await;
    }
    match vault::enter(platform.keychain.as_ref(), folder, database, &KeyRule::default()).await.map_err(from_vault)? {
        Entry::Open { keys, slots } => with_one_of(profile, platform, slots, keys).await,
        Entry::Plain { reason } => {
            let opened = Store::open(options(profile, platform, None)).await.map_err(from_store)?;
            Ok((opened, None, Keeping::Plain { reason }))
        }
        Entry::Locked { reason, ways } => Err(Failure::StoreLocked {
            message: reason,
            ways: ways.iter().map(way).collect(),
            by_user: false,
        }),
        Entry::PassphraseFirst { reason } => Err(Failure::PassphraseNeeded { message: reason }),
    }
}
