//! How long folders keep their chats.

use domain::{ChatId, ChatSummary, FolderId, Timestamp};
use store::StoreError;
use wire::Event;

use crate::Core;

impl Core {
    /// What folders keep no longer, and what the organisation lets nobody keep.
    async fn expired(&self, now: Timestamp) -> Result<Vec<ChatId>, StoreError> {
        let mut expired = self.store.expired(now).await?;
        let Some(days) = self.policy.retention_max_days() else { return Ok(expired) };
        let before = now.0 - i64::from(days) * 24 * 60 * 60 * 1000;
        let held: Vec<FolderId> =
            self.store.folders().await?.iter().filter(|folder| folder.legal_hold).map(|folder| folder.id).collect();
        let mut chats = self.store.chats(false).await?;
        chats.extend(self.store.chats(true).await?);
        let is_old = |chat: &ChatSummary| {
            chat.updated_at.0 < before && !chat.folder.is_some_and(|folder| held.contains(&folder))
        };
        for chat in chats.iter().filter(|chat| is_old(chat)) {
            if !expired.contains(&chat.id) && self.refuse_if_busy(chat.id).is_ok() {
                expired.push(chat.id);
            }
        }
        Ok(expired)
    }

    pub(crate) fn note_erased(&self, chats: usize, because: &str) {
        if chats > 0 {
            let chats = u32::try_from(chats).unwrap_or(u32::MAX);
            self.note(audit::Event::Erased { chats, because: because.to_owned() }, None);
        }
    }

    /// Erases for good what folders keep no longer. What is under a legal hold stays.
    pub(crate) async fn apply_retention(&self, now: Timestamp) {
        let expired = match self.expired(now).await {
            Ok(expired) if expired.is_empty() => return,
            Ok(expired) => expired,
            Err(error) => return tracing::warn!(%error, "what folders keep no longer could not be found"),
        };
        match self.store.erase_chats(&expired).await {
            Ok(_) => {
                tracing::info!(chats = expired.len(), "erased what folders keep no longer");
                self.note_erased(expired.len(), "kept as long as its folder says");
                expired.into_iter().for_each(|chat| self.events.tell(Event::ChatGone { chat }));
            }
            Err(error) => tracing::warn!(%error, "what folders keep no longer could not be erased; it is tried again"),
        }
    }
}
