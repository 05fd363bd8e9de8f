//! Backups that open with a passphrase of their own, on any computer.

use std::sync::Arc;

use audit::Event;
use domain::Secret;
use store::portable;
use time::{OffsetDateTime, macros::format_description};
use vault::{KeySlots, VaultError};
use wire::{Exported, Failure, Restored};

use super::{Door, keys::slots_for};
use crate::{
    Pick,
    core::lock,
    failure::{from_store, from_vault},
    house::{By, House, Key, blocking},
};

impl Door {
    /// Writes a backup to a file that the user picks.
    pub(super) async fn write_backup(
        &self,
        house: &House,
        passphrase: Secret<String>,
    ) -> Result<Option<Exported>, Failure> {
        let core = &house.core;
        core.refuse_unless(core.policy.export_allowed(), "export.allowed", "taking backups elsewhere")?;
        let now = self.platform.clock.now();
        let day = OffsetDateTime::from_unix_timestamp(now.0.div_euclid(1000))
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
            .format(format_description!("[year]-[month]-[day]"))
            .expect("BUG: a day can be written");
        let name = format!("Drawbridge {day}.drawbridge-backup");
        let Some(path) = self.platform.host.pick_save(&name).await else { return Ok(None) };
        let key = vault::new_key();
        let slots = {
            let key = key.clone();
            blocking(move || slots_for(&key, &passphrase)).await?.map_err(from_vault)?
        };
        portable::write(&house.core.store, &key, &slots.to_text(), &path, now, &|_| {}).await.map_err(from_store)?;
        house.core.note(Event::BackupMade, None);
        Ok(Some(Exported { path: path.display().to_string() }))
    }

    /// Puts a backup that the user picks in the place of what is here.
    pub(super) async fn restore_backup(
        &self,
        house: Arc<House>,
        passphrase: Secret<String>,
    ) -> Result<Option<Restored>, Failure> {
        let picked = self.platform.host.pick_files(Pick::Backup).await;
        let Some(file) = picked.into_iter().next() else { return Ok(None) };
        let header = portable::inspect(&file).map_err(from_store)?;
        let slots = KeySlots::from_text(&header.slots).map_err(unreadable)?;
        let key = blocking(move || opened(&slots, &passphrase)).await?.map_err(from_vault)?;

        let current = lock(&house.keys).as_ref().map(|keys| keys.key.clone());
        let (folder, now) = (self.profile.data_folder.clone(), self.platform.clock.now());
        let by = lock(&house.keys).clone().map_or(By::Itself, By::Keys);
        let work = async {
            let done =
                portable::restore(&file, &key, &folder, current.as_ref(), now, &|_| {}).await.map_err(from_store)?;
            let left_out = match done.secrets_left_out {
                0 => String::new(),
                some => format!(" {some} keys were left out: here they would stand unencrypted."),
            };
            Ok((done, format!("The backup is in place.{left_out}")))
        };
        let done = self.with_closed(house, work, |_| by).await?;
        let core = self.core().await?;
        core.note(Event::BackupRestored, None);
        let chats = core.store.chats(false).await.map_err(from_store)?.len();
        Ok(Some(Restored {
            made_at: header.created,
            chats: u32::try_from(chats).unwrap_or(u32::MAX),
            kept: done.kept.map(|path| path.display().to_string()).unwrap_or_default(),
        }))
    }
}

/// What the slots in a backup say, which are no file of their own.
fn unreadable(error: VaultError) -> Failure {
    let why = match error {
        VaultError::SlotsTooNew => "a newer version of Drawbridge made it. Install that version or a newer one",
        _ => "what its key is sealed with is damaged",
    };
    Failure::invalid(format!("This backup cannot be restored: {why}. Nothing was changed."))
}

/// The key of a backup.
fn opened(slots: &KeySlots, passphrase: &Secret<String>) -> Result<Key, VaultError> {
    let keys = slots.open_with_passphrase(passphrase).map_err(|error| match error {
        VaultError::WrongPassphrase => VaultError::WrongBackupPassphrase,
        other => other,
    })?;
    keys.into_iter().next().ok_or(VaultError::WrongBackupPassphrase)
}
