//! What a legal hold forbids, and what a folder's retention has let expire.

use domain::{ChatId, FolderId, Timestamp};
use sqlx::SqliteConnection;

use crate::{Store, StoreError};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

impl Store {
    /// The chats whose folder keeps them no longer: their last message is older than its days. None under a legal hold,
    /// and none in which an answer is being written.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn expired(&self, now: Timestamp) -> Result<Vec<ChatId>, StoreError> {
        let ids: Vec<String> = sqlx::query_scalar(
            "SELECT c.id FROM chat c JOIN folder f ON f.id = c.folder
             WHERE NOT f.legal_hold AND f.retention_days IS NOT NULL AND c.updated_at < ? - f.retention_days * ?
                 AND NOT EXISTS (SELECT 1 FROM message m WHERE m.chat = c.id AND m.state = 'streaming')
             ORDER BY c.id",
        )
        .bind(now.0)
        .bind(DAY_MS)
        .fetch_all(self.readers())
        .await?;
        Ok(ids.iter().filter_map(|id| id.parse().ok()).collect())
    }
}

/// Refuses where a chat is under a legal hold.
pub(crate) async fn refuse_chat(step: &mut SqliteConnection, chat: ChatId) -> Result<(), StoreError> {
    let holder: Option<String> = sqlx::query_scalar(
        "SELECT f.name FROM chat c JOIN folder f ON f.id = c.folder WHERE c.id = ? AND f.legal_hold",
    )
    .bind(chat.to_string())
    .fetch_optional(step)
    .await?;
    holder.map_or(Ok(()), |name| {
        Err(StoreError::Held(format!(
            "This chat is in the folder “{name}”, which is under a legal hold: nothing in it may be deleted or moved \
             out. It was left as it is."
        )))
    })
}

/// Refuses where a folder is under a legal hold.
pub(crate) async fn refuse_folder(step: &mut SqliteConnection, folder: FolderId) -> Result<(), StoreError> {
    let holder: Option<String> = sqlx::query_scalar("SELECT name FROM folder WHERE id = ? AND legal_hold")
        .bind(folder.to_string())
        .fetch_optional(step)
        .await?;
    holder.map_or(Ok(()), |name| {
        Err(StoreError::Held(format!(
            "The folder “{name}” is under a legal hold and cannot be deleted. It was left as it is."
        )))
    })
}
