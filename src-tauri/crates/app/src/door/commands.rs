//! The door's commands.

use domain::Secret;
use vault::{Cost, WayKind};
use wire::{
    BackupMake, BackupRestore, DoorCommands, Exported, Failure, KeyChange, KeychainUse, Nothing, PassphraseSet,
    RecoveryCode, Restored, Security, Typed, Unlock, Way,
};

use super::{Door, State, keys::checked};
use crate::{core::lock, failure::from_vault, house::Keys};

impl DoorCommands for Door {
    async fn unlock(&self, args: Unlock) -> Result<Nothing, Failure> {
        let _alone = self.turning.lock().await;
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
        let opened = self.open(Some(args)).await;
        if opened.is_err() {
            // A wrong passphrase changes nothing about why it is shut.
            self.state.send_replace(State::Shut(shut));
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
        let _alone = self.turning.lock().await;
        let shut = matches!(&*self.state.borrow(), State::Shut(Failure::PassphraseNeeded { .. }));
        if shut {
            self.begin_with(passphrase).await?;
            return self.security_of(&*self.house().await?).await;
        }
        let house = self.house().await?;
        let keys = lock(&house.keys).clone();
        match keys {
            Some(keys) => {
                let set = move |keys: &mut Keys| keys.slots.set_passphrase(&keys.key, &passphrase, Cost::default());
                self.change_slots(&house, keys, set).await?;
            }
            None => self.encrypt(house, passphrase).await?,
        }
        self.security_of(&*self.house().await?).await
    }

    async fn passphrase_remove(&self, _: Nothing) -> Result<Security, Failure> {
        let (_alone, house, keys) = self.keys().await?;
        self.change_slots(&house, keys, |keys| keys.slots.remove(WayKind::Passphrase)).await?;
        self.security_of(&house).await
    }

    async fn recovery_make(&self, _: Nothing) -> Result<RecoveryCode, Failure> {
        let (_alone, house, keys) = self.keys().await?;
        let code = self.change_slots(&house, keys, |keys| keys.slots.make_recovery(&keys.key)).await?;
        Ok(RecoveryCode { code: Typed(code.reveal()) })
    }

    async fn keychain_use(&self, args: KeychainUse) -> Result<Security, Failure> {
        let (_alone, house, mut keys) = self.keys().await?;
        let keychain = self.platform.keychain.as_ref();
        if args.on {
            keys.slots.add_keychain(&keys.key, keychain).await.map_err(from_vault)?;
            self.change_slots(&house, keys, |_| Ok(())).await?;
        } else {
            let slots = keys.slots.clone();
            self.change_slots(&house, keys, |keys| keys.slots.remove(WayKind::Keychain)).await?;
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
        let _alone = self.turning.lock().await;
        let house = self.house().await?;
        self.restore_backup(house, Secret::new(args.passphrase.0)).await
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
