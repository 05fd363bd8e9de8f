//! The door's commands.

use audit::Event;
use domain::Secret;
use vault::{Cost, WayKind};
use wire::{
    BackupMake, BackupRestore, DoorCommands, Exported, Failure, KeyChange, KeychainUse, Nothing, PassphraseSet,
    RecoveryCode, Restored, Security, Typed, Unlock, Way,
};

use crate::record;

use super::{Door, State, keys::checked};
use crate::{
    core::lock,
    failure::from_vault,
    house::{By, Keys},
};

impl DoorCommands for Door {
    async fn unlock(&self, args: Unlock) -> Result<Nothing, Failure> {
        let _alone = self.turn().await;
        let shut = match &*self.state.borrow() {
            State::Shut(failure) => Some(failure.clone()),
            _ => None,
        };
        // Whoever unlocked meanwhile did what was asked.
        let Some(shut) = shut else { return Ok(Nothing) };
        if let Failure::StoreLocked { ways, .. } = &shut
            && !ways.contains(&way_of(&args))
        {
            return Err(Failure::invalid("This does not open the chats now. Use one of the ways that are offered."));
        }
        self.state.send_replace(State::Opening);
        let way = in_words(way_of(&args)).to_owned();
        let opened = self.open(By::Person(args)).await;
        match (&opened, self.now()) {
            (Ok(()), Some(core)) => core.note(Event::Unlocked { way }, None),
            _ => {
                // A wrong passphrase changes nothing about why it is shut.
                self.state.send_replace(State::Shut(shut));
                let log = record::without_keys(&self.profile.data_folder, &self.platform);
                if let Err(error) = log.note(Event::UnlockFailed { way }, None) {
                    tracing::error!(%error, "the log cannot be written");
                }
            }
        }
        opened.map(|()| Nothing)
    }

    async fn lock(&self, _: Nothing) -> Result<Nothing, Failure> {
        self.lock_now().await?;
        Ok(Nothing)
    }

    async fn present(&self, _: Nothing) -> Result<Nothing, Failure> {
        lock(&self.idle).seen(self.platform.clock.now());
        Ok(Nothing)
    }

    async fn security(&self, _: Nothing) -> Result<Security, Failure> {
        let house = self.house().await?;
        self.security_of(&house).await
    }

    async fn passphrase_set(&self, args: PassphraseSet) -> Result<Security, Failure> {
        let passphrase = checked(args.passphrase)?;
        let _alone = self.turn().await;
        let shut = matches!(&*self.state.borrow(), State::Shut(Failure::PassphraseNeeded { .. }));
        if shut {
            self.begin_with(passphrase).await?;
            return self.security_of(&*self.house().await?).await;
        }
        let house = self.house().await?;
        let by_keychain = house.core.policy.keys_store() == Some(policy::KeysStore::Os);
        house.core.refuse_unless(!by_keychain, "keys.store", "a passphrase")?;
        let keys = lock(&house.keys).clone();
        match keys {
            Some(keys) => {
                let set = move |keys: &mut Keys| keys.slots.set_passphrase(&keys.key, &passphrase, Cost::default());
                self.change_slots(&house, keys, set).await?;
                house.core.note(Event::WaySet { way: in_words(Way::Passphrase).to_owned() }, None);
            }
            None => self.encrypt(house, passphrase).await?,
        }
        self.security_of(&*self.house().await?).await
    }

    async fn passphrase_remove(&self, _: Nothing) -> Result<Security, Failure> {
        let (_alone, house, keys) = self.keys().await?;
        self.change_slots(&house, keys, |keys| keys.slots.remove(&keys.key, WayKind::Passphrase)).await?;
        house.core.note(Event::WayRemoved { way: in_words(Way::Passphrase).to_owned() }, None);
        self.security_of(&house).await
    }

    async fn recovery_make(&self, _: Nothing) -> Result<RecoveryCode, Failure> {
        let (_alone, house, keys) = self.keys().await?;
        let code = self.change_slots(&house, keys, |keys| keys.slots.make_recovery(&keys.key)).await?;
        house.core.note(Event::WaySet { way: in_words(Way::Recovery).to_owned() }, None);
        Ok(RecoveryCode { code: Typed(code.reveal()) })
    }

    async fn keychain_use(&self, args: KeychainUse) -> Result<Security, Failure> {
        let (_alone, house, mut keys) = self.keys().await?;
        let keychain = self.platform.keychain.as_ref();
        if args.on {
            let by_passphrase = house.core.policy.keys_store() == Some(policy::KeysStore::Passphrase);
            house.core.refuse_unless(!by_passphrase, "keys.store", "keys in the keychain")?;
            keys.slots.add_keychain(&keys.key, keychain).await.map_err(from_vault)?;
            self.change_slots(&house, keys, |_| Ok(())).await?;
            house.core.note(Event::WaySet { way: in_words(Way::Keychain).to_owned() }, None);
        } else {
            let mut slots = keys.slots.clone();
            slots.keep_only(&keys.key);
            self.change_slots(&house, keys, |keys| keys.slots.remove(&keys.key, WayKind::Keychain)).await?;
            house.core.note(Event::WayRemoved { way: in_words(Way::Keychain).to_owned() }, None);
            slots.forget_keychain(keychain).await.map_err(from_vault)?;
        }
        self.security_of(&house).await
    }

    async fn key_change(&self, args: KeyChange) -> Result<Security, Failure> {
        let (_alone, house, keys) = self.keys().await?;
        self.rekey(house, keys, args.passphrase.map(|it| Secret::new(it.0))).await?;
        self.security_of(&*self.house().await?).await
    }

    async fn backup_make(&self, args: BackupMake) -> Result<Option<Exported>, Failure> {
        let passphrase = checked(args.passphrase)?;
        let house = self.house().await?;
        self.write_backup(&house, passphrase).await
    }

    async fn backup_restore(&self, args: BackupRestore) -> Result<Option<Restored>, Failure> {
        let _alone = self.turn().await;
        let house = self.house().await?;
        self.restore_backup(house, Secret::new(args.passphrase.0)).await
    }
}

/// A way in as the log names it.
const fn in_words(way: Way) -> &'static str {
    match way {
        Way::Keychain => "keychain",
        Way::Passphrase => "passphrase",
        Way::Recovery => "recovery",
        Way::Administrator => "administrator",
    }
}

const fn way_of(unlock: &Unlock) -> Way {
    match unlock {
        Unlock::Keychain => Way::Keychain,
        Unlock::Passphrase { .. } => Way::Passphrase,
        Unlock::Recovery { .. } => Way::Recovery,
        Unlock::Administrator => Way::Administrator,
    }
}
