//! How long folders keep their chats.

use domain::Timestamp;
use wire::Event;

use crate::Core;

impl Core {
    pub(crate) fn note_erased(&self, chats: usize, because: &str) {
        if chats > 0 {
            let chats = u32::try_from(chats).unwrap_or(u32::MAX);
            self.note(audit::Event::Erased { chats, because: because.to_owned() }, None);
        }
    }

    /// Erases for good what folders keep no longer. What is under a legal hold stays.
    pub(crate) async fn apply_retention(&self, now: Timestamp) {
        let expired = match self.store.expired(now).await {
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
