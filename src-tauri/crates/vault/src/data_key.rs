//! Which key a database is opened with.

use std::{fs::File, io, path::Path};

use domain::Secret;
use rand::RngCore;

use crate::{Keychain, VaultError};

/// The key's name in the keychain. One for every data folder: a second folder shares the first one's key rather than
/// ever putting another in its place.
const NAME: &str = "data key";

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

/// How to open it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DataKey {
    /// With this key.
    Key(Secret<[u8; 32]>),
    /// In the clear; the reason is a sentence for the person.
    Plain {
        /// Why.
        reason: String,
    },
}

/// The key for the database of a folder. A new one is made only where there is neither a database nor a key, and only
/// used once the keychain has given it back.
///
/// # Errors
/// [`VaultError`] where the database is encrypted and its key cannot be had.
pub async fn data_key(keychain: &dyn Keychain, folder: &Path, database: Database) -> Result<DataKey, VaultError> {
    match database {
        Database::Plain => Ok(DataKey::Plain {
            reason: "Chats in this folder were begun without a keychain and are kept unencrypted.".to_owned(),
        }),
        Database::Encrypted => known(keychain).await?.map(DataKey::Key).ok_or(VaultError::KeyMissing),
        Database::Missing => match first(keychain, folder).await {
            Ok(key) => Ok(DataKey::Key(key)),
            Err(error) => {
                tracing::warn!(?error, "chats are kept unencrypted");
                Ok(DataKey::Plain { reason: format!("Chats are kept unencrypted. {error}") })
            }
        },
    }
}

async fn known(keychain: &dyn Keychain) -> Result<Option<Secret<[u8; 32]>>, VaultError> {
    let Some(kept) = keychain.get(NAME).await? else { return Ok(None) };
    let key = <[u8; 32]>::try_from(kept.reveal().as_slice()).map_err(|_| VaultError::KeyMalformed)?;
    Ok(Some(Secret::new(key)))
}

async fn first(keychain: &dyn Keychain, folder: &Path) -> Result<Secret<[u8; 32]>, VaultError> {
    // Two processes that start for the first time together must not each make a key.
    let folder = folder.to_owned();
    let _alone = tokio::task::spawn_blocking(move || lock(&folder))
        .await
        .map_err(io::Error::other)
        .flatten()
        .map_err(|error| VaultError::Unavailable(format!("the data folder cannot be used: {error}")))?;
    if let Some(key) = known(keychain).await? {
        return Ok(key);
    }
    let mut key = [0; 32];
    rand::rng().fill_bytes(&mut key);
    keychain.set(NAME, &Secret::new(key.to_vec())).await?;
    match known(keychain).await? {
        Some(kept) if *kept.reveal() == key => Ok(kept),
        _ => Err(VaultError::Unavailable("it did not give back what was put in".to_owned())),
    }
}

fn lock(folder: &Path) -> io::Result<File> {
    std::fs::create_dir_all(folder)?;
    let file = File::create(folder.join("key.lock"))?;
    file.lock()?;
    Ok(file)
}
