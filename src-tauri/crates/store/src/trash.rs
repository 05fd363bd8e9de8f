//! The trash.

use domain::{Chat, ChatId, Timestamp};

use crate::{Store, StoreError, chat, hold};

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
}
