//! Keys: who holds them, and how they are changed.

use std::sync::Arc;

use audit::Event;
use domain::Secret;
use policy::Policy;
use tokio::sync::MutexGuard;
use vault::{Cost, Database, KeySlots, VaultError};
use wire::{Failure, Security, Typed, Way, WayIn};

use super::{Door, State};
use crate::{
    core::lock,
    failure::{from_store, from_vault},
    house::{By, House, Key, Keys, blocking, database, ways_of},
    rule,
};

/// Shortest passphrase, in characters.
const SHORTEST: usize = 8;

impl Door {
    /// Locks, where something other than the keychain opens again.
    pub(super) async fn lock_now(&self) -> Result<(), Failure> {
        let (_alone, house, keys) = self.keys().await?;
        // The keychain would open to whoever sits there: a lock that it opens is none.
        let ways: Vec<Way> =
            ways_of(&keys.slots.ways_to(&keys.key)).into_iter().filter(|way| *way != Way::Keychain).collect();
        if ways.is_empty() {
            return Err(Failure::invalid(
                "Set a passphrase or make a recovery code first: nothing else could unlock your chats again.",
            ));
        }
        drop(keys);
        self.close(house, ways).await;
        Ok(())
    }

    /// The keys of the house, with the sole right to turn them.
    pub(super) async fn keys(&self) -> Result<(MutexGuard<'_, ()>, Arc<House>, Keys), Failure> {
        let alone = self.turn().await;
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
        let ways = keys.as_ref().map(|keys| keys.slots.ways_to(&keys.key)).unwrap_or_default();
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
            managed: house.core.policy.is_locked("keys.store"),
        })
    }

    /// Changes the slots and writes them; a failure leaves them as they were. Where another window changed them
    /// meanwhile they are read again, so that the next attempt changes those.
    pub(super) async fn change_slots<T: Send + 'static>(
        &self,
        house: &House,
        mut keys: Keys,
        change: impl FnOnce(&mut Keys) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, Failure> {
        let (value, keys) =
            blocking(move || change(&mut keys).map(|value| (value, keys))).await?.map_err(from_vault)?;
        let keys = self.write_slots(house, keys).await?;
        *lock(&house.keys) = Some(keys);
        Ok(value)
    }

    /// Writes slots. Where another window wrote others meanwhile, the house gets those, with its own beside them where
    /// they lost the way to the key that the chats are open with.
    async fn write_slots(&self, house: &House, mut keys: Keys) -> Result<Keys, Failure> {
        let folder = self.profile.data_folder.clone();
        let (written, there) = blocking(move || match keys.slots.write(&folder) {
            Ok(()) => (Ok(keys), None),
            Err(VaultError::SlotsChanged) => (Err(VaultError::SlotsChanged), Some(folder)),
            Err(error) => (Err(error), None),
        })
        .await?;
        if let (Some(folder), Some(own)) = (there, &mut *lock(&house.keys)) {
            own.slots = match KeySlots::left_in(&folder).map_err(from_vault)? {
                Some(there) if there.holds(&own.key) => there,
                there => own.slots.clone().beside(there),
            };
        }
        written.map_err(from_vault)
    }

    /// Takes the key itself out of the keychain where it lay there before there were slots, now that they opened the
    /// chats.
    pub(super) async fn retire_old_key(&self, house: &House) {
        let Some(Keys { key, mut slots }) = lock(&house.keys).clone().filter(|keys| keys.slots.is_adopted()) else {
            return;
        };
        let (keychain, folder) = (self.platform.keychain.as_ref(), &self.profile.data_folder);
        match vault::retire_old_key(keychain, folder, &mut slots, &key).await {
            Ok(()) => *lock(&house.keys) = Some(Keys { key, slots }),
            Err(error) => tracing::warn!(?error, "the old key stays in the keychain until the next start"),
        }
    }

    /// Drops the slots of every key but the one that is in use: it opened the chats, so the others open nothing any
    /// more. Slots that another window wrote meanwhile are no reason to keep those.
    async fn drop_other_slots(&self, house: &House) -> Result<(), Failure> {
        let mut done = Ok(());
        for _ in 0..2 {
            let Some(keys) = lock(&house.keys).clone() else { return Ok(()) };
            done = self
                .change_slots(house, keys, |keys| {
                    keys.slots.keep_only(&keys.key);
                    Ok(())
                })
                .await;
            if done.is_ok() {
                break;
            }
        }
        done
    }

    /// Begins with a passphrase where the organisation wants encryption and there is no keychain.
    pub(super) async fn begin_with(&self, passphrase: Secret<String>) -> Result<(), Failure> {
        let folder = self.profile.data_folder.clone();
        let key = vault::new_key();
        let recipient = rule::keys(&Policy::load(&self.profile.policy)).recipient;
        let is_plain = database(&folder)? == Database::Plain;
        let keys = blocking(move || {
            let left = KeySlots::left_in(&folder)?;
            let is_begun = left.as_ref().is_some_and(|left| left.ways().contains(&vault::Way::Passphrase));
            if !is_plain && is_begun {
                // Another window began meanwhile, and its key is the one.
                return Err(VaultError::SlotsChanged);
            }
            let mut slots = slots_for(&key, &passphrase)?;
            if let Some(recipient) = recipient {
                slots.set_administrator(&key, &recipient)?;
            }
            let mut slots = slots.beside(left);
            slots.write(&folder)?;
            Ok(Keys { key, slots })
        });
        let keys = keys.await?;
        if matches!(keys, Err(VaultError::SlotsChanged)) {
            // What the other window began is what this one is to open; why it does not by itself is the door's state.
            self.state.send_replace(State::Opening);
            let _ = self.open(By::Itself).await;
            (self.hooks.renew)();
        }
        let keys = keys.map_err(from_vault)?;
        self.state.send_replace(State::Opening);
        if is_plain {
            let (folder, now) = (&self.profile.data_folder, self.platform.clock.now());
            store::reencrypt(folder, None, Some(&keys.key), now, &|_| {}).await.map_err(from_store)?;
        }
        self.open(By::Keys(keys)).await?;
        self.drop_other_slots(&*self.house().await?).await
    }

    /// Encrypts chats that are kept in the clear.
    pub(super) async fn encrypt(&self, house: Arc<House>, passphrase: Secret<String>) -> Result<(), Failure> {
        let key = vault::new_key();
        let slots = {
            let key = key.clone();
            let folder = self.profile.data_folder.clone();
            let made = blocking(move || Ok(slots_for(&key, &passphrase)?.beside(KeySlots::left_in(&folder)?)));
            made.await?.map_err(from_vault)?
        };
        self.reencrypt(house, None, Keys { key, slots }, "Your chats are encrypted now.").await
    }

    /// Encrypts everything anew under another key. What opens without a person's help is carried over, and the
    /// passphrase where it is given.
    pub(super) async fn rekey(
        &self,
        house: Arc<House>,
        keys: Keys,
        passphrase: Option<Secret<String>>,
    ) -> Result<(), Failure> {
        let ways = keys.slots.ways_to(&keys.key);
        let passphrase = match (ways.contains(&vault::Way::Passphrase), passphrase) {
            (false, _) => None,
            (true, None) => {
                return Err(Failure::invalid("Your passphrase is needed, so that it opens the new key too."));
            }
            (true, Some(given)) => {
                let (slots, tried) = (keys.slots.clone(), given.clone());
                blocking(move || slots.open_with_passphrase(&tried)).await?.map_err(from_vault)?;
                Some(given)
            }
        };
        let key = vault::new_key();
        let mut slots = KeySlots::new(&key);
        for way in &ways {
            match way {
                vault::Way::Keychain { .. } => {
                    slots.add_keychain(&key, self.platform.keychain.as_ref()).await.map_err(from_vault)?;
                }
                vault::Way::Administrator { recipient } => {
                    slots.set_administrator(&key, recipient).map_err(from_vault)?
                }
                vault::Way::Passphrase | vault::Way::Recovery => {}
            }
        }
        if let Some(passphrase) = passphrase {
            let key = key.clone();
            slots = blocking(move || slots.set_passphrase(&key, &passphrase, Cost::default()).map(|()| slots))
                .await?
                .map_err(from_vault)?;
        }
        if slots.ways().is_empty() {
            return Err(Failure::invalid(
                "Set a passphrase first: the new key needs a way in that does not depend on the old one.",
            ));
        }
        let mut both = keys.slots.clone();
        both.add_generation(&keys.key, slots);
        let words = "Everything is encrypted under a new key now. Make a new recovery code: the old one opens nothing \
                     any more.";
        self.reencrypt(house, Some(keys), Keys { key, slots: both }, words).await
    }

    /// Puts all chats under a key. The slots lie there before what only they open.
    async fn reencrypt(&self, house: Arc<House>, from: Option<Keys>, to: Keys, words: &str) -> Result<(), Failure> {
        let folder = self.profile.data_folder.clone();
        let (now, was_plain) = (self.platform.clock.now(), from.is_none());
        let to = self.write_slots(&house, to).await?;
        let old = from.as_ref().map(|keys| &keys.key);
        let work = async {
            let done = store::reencrypt(&folder, old, Some(&to.key), now, &|_| {}).await.map_err(from_store)?;
            let unread = match done.unread.len() {
                0 => String::new(),
                some => format!(" {some} older backups could not be read and stay as they are."),
            };
            Ok(((), format!("{words}{unread}")))
        };
        // The slots of both keys lie there now.
        let back = old.map_or(By::Itself, |key| By::Keys(Keys { key: key.clone(), slots: to.slots.clone() }));
        let new = By::Keys(to.clone());
        self.with_closed(house, work, |done| if done { new } else { back }).await?;
        let house = self.house().await?;
        house.core.note(if was_plain { Event::Encrypted } else { Event::Rekeyed }, None);
        self.drop_other_slots(&house).await?;
        if let Some(old) = from
            && let Err(error) = old.slots.forget_keychain(self.platform.keychain.as_ref()).await
        {
            tracing::warn!(%error, "the old key's seal stays in the keychain; it opens nothing any more");
        }
        Ok(())
    }
}

/// Slots that a passphrase opens.
pub(super) fn slots_for(key: &Key, passphrase: &Secret<String>) -> Result<KeySlots, VaultError> {
    let mut slots = KeySlots::new(key);
    slots.set_passphrase(key, passphrase, Cost::default())?;
    Ok(slots)
}

/// A passphrase that is long enough.
pub(super) fn checked(passphrase: Typed) -> Result<Secret<String>, Failure> {
    if passphrase.0.chars().count() < SHORTEST {
        return Err(Failure::invalid(format!(
            "A passphrase needs at least {SHORTEST} characters. Nothing was changed."
        )));
    }
    Ok(Secret::new(passphrase.0))
}
