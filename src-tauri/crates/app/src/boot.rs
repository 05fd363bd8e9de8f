//! What the window needs for its first frame.

use wire::{Boot, Failure, Mode};

use crate::{Core, chat::LAST_CHAT, core::lock, failure::from_store, logs};

impl Core {
    pub(crate) async fn boot_view(&self) -> Result<Boot, Failure> {
        let settings = self.settings();
        logs::set_level(settings.log_level);
        let chats = self.store.chats(false).await.map_err(from_store)?;
        let last = self.store.value(LAST_CHAT).await.map_err(from_store)?.and_then(|id| id.parse().ok());
        Ok(Boot {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            platform: std::env::consts::OS.to_owned(),
            last_chat: last.filter(|id| chats.iter().any(|chat| chat.id == *id)),
            chats,
            folders: self.store.folders().await.map_err(from_store)?,
            models: self.cards().await?,
            assistants: self.store.assistants().await.map_err(from_store)?,
            mode: Mode::default(),
            keeping: self.keeping.clone(),
            notices: std::mem::take(&mut *lock(&self.notices)),
            data_folder: self.profile.data_folder.display().to_string(),
            settings,
        })
    }
}
