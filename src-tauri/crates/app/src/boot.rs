//! What the window needs for its first frame.

use wire::{Boot, Failure};

use crate::{Core, chat::LAST_CHAT, core::lock, failure::from_store, logs};

/// A model file up to this size is loaded with the window, so that the first question need not wait for it.
const WARM_BYTES: u64 = 512 * 1024 * 1024;

/// Loads the default model ahead of the first question where that costs next to nothing.
async fn warm_up(core: Core) {
    let Ok(models) = core.store.models().await else { return };
    let default = core.settings().default_model;
    let model =
        models.iter().find(|model| Some(model.id) == default).or_else(|| models.iter().find(|model| model.starter));
    if let Some(model) = model.filter(|model| model.file.bytes <= WARM_BYTES)
        && let Err(failure) = core.load(model, None, std::sync::Arc::new(|_| {})).await
    {
        tracing::warn!(failure = failure.message(), "the default model could not be loaded ahead");
    }
}

impl Core {
    pub(crate) async fn boot_view(&self) -> Result<Boot, Failure> {
        let settings = self.settings();
        logs::set_level(settings.log_level);
        tokio::spawn(warm_up(self.clone()));
        let chats = self.all_chats(false).await?;
        let last = self.store.value(LAST_CHAT).await.map_err(from_store)?.and_then(|id| id.parse().ok());
        Ok(Boot {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            platform: std::env::consts::OS.to_owned(),
            last_chat: last.filter(|id| chats.iter().any(|chat| chat.id == *id)),
            chats,
            folders: self.store.folders().await.map_err(from_store)?,
            models: self.cards().await?,
            providers: self.provider_cards().await?,
            downloads: self.downloads(),
            assistants: self.store.assistants().await.map_err(from_store)?,
            mode: settings.mode,
            keeping: self.keeping.clone(),
            notices: std::mem::take(&mut *lock(&self.notices)),
            data_folder: self.profile.data_folder.display().to_string(),
            managed: self.managed(),
            settings,
        })
    }
}
