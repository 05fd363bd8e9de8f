//! Opening, each way.

use domain::Secret;
use zeroize::Zeroizing;

use super::{Generation, KeySlots, Slot, WayKind, chain, recovery_key};
use crate::{
    Key, Keychain, RecoveryCode, VaultError,
    seal::{self, Sealed},
};

impl KeySlots {
    /// Opens with the keychain.
    ///
    /// # Errors
    /// What the keychain says; [`VaultError::KeyMissing`] where it holds the key no more,
    /// [`VaultError::KeychainChanged`] where it is another keychain, [`VaultError::KeyReplaced`] where it holds another
    /// key under the name of this one.
    pub async fn open_with_keychain(&self, keychain: &dyn Keychain) -> Result<Vec<Key>, VaultError> {
        let mut keys = Vec::new();
        let mut why = VaultError::NoSuchWay("the keychain");
        for generation in &self.generations {
            for slot in &generation.slots {
                let Slot::Keychain { backend, chain, item, check, key } = slot else { continue };
                let Some(kept) = keychain.get(item).await? else {
                    why = match chain::known(keychain).await?.as_ref() == Some(chain) {
                        true => VaultError::KeyMissing,
                        false => VaultError::KeychainChanged { was: backend.clone(), now: keychain.backend() },
                    };
                    continue;
                };
                match seal::as_key(kept.reveal()).filter(|kek| seal::check_of_item(kek) == *check) {
                    // A seal that its own key does not open was changed in the file.
                    Some(kek) => match generation.opened(&kek, key) {
                        Some(key) => keys.push(key),
                        None => why = VaultError::SlotsDamaged,
                    },
                    None => why = VaultError::KeyReplaced,
                }
            }
        }
        if keys.is_empty() { Err(why) } else { Ok(keys) }
    }

    /// Opens with a passphrase. It takes most of a second, on purpose.
    ///
    /// # Errors
    /// [`VaultError::WrongPassphrase`], or [`VaultError::NoSuchWay`].
    pub fn open_with_passphrase(&self, passphrase: &Secret<String>) -> Result<Vec<Key>, VaultError> {
        self.open_each(WayKind::Passphrase, VaultError::WrongPassphrase, |generation, slot| {
            let Slot::Passphrase { salt, cost, key } = slot else { return Ok(None) };
            let salt = hex::decode(salt).map_err(|_| VaultError::SlotsDamaged)?;
            Ok(generation.opened(&seal::stretch(passphrase, &salt, *cost)?, key))
        })
    }

    /// Opens with the recovery code as a person typed it.
    ///
    /// # Errors
    /// [`VaultError::MistypedCode`], [`VaultError::WrongRecoveryCode`], or [`VaultError::NoSuchWay`].
    pub fn open_with_recovery(&self, code: &str) -> Result<Vec<Key>, VaultError> {
        let code = RecoveryCode::read(code)?;
        self.open_each(WayKind::Recovery, VaultError::WrongRecoveryCode, |generation, slot| {
            let Slot::Recovery { salt, key } = slot else { return Ok(None) };
            let salt = hex::decode(salt).map_err(|_| VaultError::SlotsDamaged)?;
            Ok(generation.opened(&recovery_key(&code, &salt), key))
        })
    }

    /// Opens with the text of an age key file.
    ///
    /// # Errors
    /// [`VaultError::WrongKeyFile`], or [`VaultError::NoSuchWay`].
    pub fn open_with_identity(&self, text: &str) -> Result<Vec<Key>, VaultError> {
        let identities: Vec<age::x25519::Identity> = text.lines().filter_map(|line| line.trim().parse().ok()).collect();
        self.open_each(WayKind::Administrator, VaultError::WrongKeyFile, |generation, slot| {
            let Slot::Administrator { age, .. } = slot else { return Ok(None) };
            let bytes = hex::decode(age).map_err(|_| VaultError::SlotsDamaged)?;
            let plain = identities.iter().find_map(|identity| age::decrypt(identity, &bytes).ok());
            let key = plain.and_then(|plain| seal::as_key(&Zeroizing::new(plain)));
            Ok(key.filter(|key| seal::check(key) == generation.check))
        })
    }

    fn open_each(
        &self,
        kind: WayKind,
        wrong: VaultError,
        open: impl Fn(&Generation, &Slot) -> Result<Option<Key>, VaultError>,
    ) -> Result<Vec<Key>, VaultError> {
        let slots = || self.generations.iter().flat_map(|it| it.slots.iter().map(move |slot| (it, slot)));
        if slots().all(|(_, slot)| slot.kind() != kind) {
            return Err(VaultError::NoSuchWay(kind.words()));
        }
        let mut keys = Vec::new();
        for (generation, slot) in slots().filter(|(_, slot)| slot.kind() == kind) {
            keys.extend(open(generation, slot)?);
        }
        if keys.is_empty() { Err(wrong) } else { Ok(keys) }
    }
}

impl Generation {
    /// The data key, where this key opens it.
    fn opened(&self, under: &Key, sealed: &Sealed) -> Option<Key> {
        seal::open(under, sealed, &self.check).filter(|key| seal::check(key) == self.check)
    }
}
