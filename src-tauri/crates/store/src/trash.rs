//! The trash, and erasing.

use domain::{Chat, ChatId, Timestamp};
use sqlx::SqliteConnection;

use crate::{Store, StoreError, chat, hold, index};

impl Store {
    /// Moves a chat to the trash.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Held`] and others.
    pub async fn trash_chat(&self, chat: ChatId, now: Timestamp) -> Result<(), StoreError> {
        self.write(|| async {
            let mut step = self.begin().await?;
            chat::expect(&mut step, chat).await?;
            hold::refuse_chat(&mut step, chat).await?;
            sqlx::query("UPDATE chat SET deleted_at = coalesce(deleted_at, ?) WHERE id = ?")
                .bind(now.0)
                .bind(chat.to_string())
                .execute(&mut *step)
                .await?;
            step.commit().await
        })
        .await
    }

    /// Brings a chat back from the trash.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] and others.
    pub async fn restore_chat(&self, chat: ChatId) -> Result<Chat, StoreError> {
        self.write(|| async {
            let mut step = self.begin().await?;
            let row = sqlx::query("UPDATE chat SET deleted_at = NULL WHERE id = ? RETURNING *")
                .bind(chat.to_string())
                .fetch_optional(&mut *step)
                .await?
                .ok_or_else(|| StoreError::gone("This chat"))?;
            step.commit().await?;
            chat::read(&row)
        })
        .await
    }

    /// Erases a chat with everything in it: from the database, its indexes and its log. Backups of the last days
    /// still hold it.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn erase_chat(&self, chat: ChatId) -> Result<(), StoreError> {
        self.write(|| async {
            let mut step = self.begin().await?;
            hold::refuse_chat(&mut step, chat).await?;
            erase(&mut step, chat).await?;
            step.commit().await
        })
        .await?;
        self.sweep().await
    }

    /// Erases the chats that were thrown away before a time, but for those under a legal hold. Answers which.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn purge_trash(&self, before: Timestamp) -> Result<Vec<ChatId>, StoreError> {
        let gone = self
            .write(|| async {
                let mut step = self.begin().await?;
                let old: Vec<String> = sqlx::query_scalar(
                    "SELECT c.id FROM chat c LEFT JOIN folder f ON f.id = c.folder
                     WHERE c.deleted_at < ? AND NOT coalesce(f.legal_hold, 0)",
                )
                .bind(before.0)
                .fetch_all(&mut *step)
                .await?;
                let old: Vec<ChatId> = old.iter().filter_map(|id| id.parse().ok()).collect();
                for chat in &old {
                    erase(&mut step, *chat).await?;
                }
                step.commit().await?;
                Ok(old)
            })
            .await?;
        if !gone.is_empty() {
            self.sweep().await?;
        }
        Ok(gone)
    }

    /// Writes the indexes anew without the words that were erased, and folds the log.
    async fn sweep(&self) -> Result<(), StoreError> {
        self.write(|| async {
            let mut step = self.begin().await?;
            index::squeeze(&mut step).await?;
            step.commit().await
        })
        .await?;
        self.fold_log().await
    }
}

async fn erase(step: &mut SqliteConnection, chat: ChatId) -> Result<(), StoreError> {
    let id = chat.to_string();
    index::remove_chat(step, &id).await?;
    for statement in [
        "DELETE FROM attachment WHERE chat = ?",
        "DELETE FROM message WHERE chat = ?", // with answers and parts
        "DELETE FROM chat WHERE id = ?",
    ] {
        sqlx::query(statement).bind(&id).execute(&mut *step).await?;
    }
    Ok(())
}
