//! Providers, and which chat may cross to which of them.

use domain::{ChatId, Provider, ProviderId, Timestamp};

use crate::{
    Store, StoreError,
    row::{Columns, json},
};

impl Store {
    /// The providers, in the order in which they were added.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn providers(&self) -> Result<Vec<Provider>, StoreError> {
        let rows = sqlx::query("SELECT body FROM provider ORDER BY added_at, id").fetch_all(self.readers()).await?;
        rows.iter().map(|row| row.json("body")).collect()
    }

    /// Keeps a provider, in place of the one with its id.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn put_provider(&self, provider: &Provider) -> Result<(), StoreError> {
        self.write(|| async {
            let mut step = self.begin().await?;
            sqlx::query(
                "INSERT INTO provider (id, handle, body, added_at) VALUES (?, ?, ?, ?)
                 ON CONFLICT (id) DO UPDATE SET handle = excluded.handle, body = excluded.body",
            )
            .bind(provider.id.to_string())
            .bind(provider.handle.clone())
            .bind(json(provider))
            .bind(provider.added_at.0)
            .execute(&mut *step)
            .await?;
            step.commit().await
        })
        .await
    }

    /// Removes a provider and every chat's leave to cross to it. What it answered stays.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn remove_provider(&self, provider: ProviderId) -> Result<(), StoreError> {
        self.write(|| async {
            let mut step = self.begin().await?;
            for sql in ["DELETE FROM provider WHERE id = ?", "DELETE FROM consent WHERE provider = ?"] {
                sqlx::query(sql).bind(provider.to_string()).execute(&mut *step).await?;
            }
            step.commit().await
        })
        .await
    }

    /// Whether the user agreed that this chat crosses to this provider.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn consented(&self, chat: ChatId, provider: ProviderId) -> Result<bool, StoreError> {
        let found: Option<i64> = sqlx::query_scalar("SELECT at FROM consent WHERE chat = ? AND provider = ?")
            .bind(chat.to_string())
            .bind(provider.to_string())
            .fetch_optional(self.readers())
            .await?;
        Ok(found.is_some())
    }

    /// Keeps that the user agreed.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn put_consent(&self, chat: ChatId, provider: ProviderId, at: Timestamp) -> Result<(), StoreError> {
        self.write(|| async {
            let mut step = self.begin().await?;
            sqlx::query("INSERT INTO consent (chat, provider, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
                .bind(chat.to_string())
                .bind(provider.to_string())
                .bind(at.0)
                .execute(&mut *step)
                .await?;
            step.commit().await
        })
        .await
    }

    /// Forgets every agreement to cross to a provider: it is another one now.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn forget_consents(&self, provider: ProviderId) -> Result<(), StoreError> {
        self.write(|| async {
            let mut step = self.begin().await?;
            sqlx::query("DELETE FROM consent WHERE provider = ?")
                .bind(provider.to_string())
                .execute(&mut *step)
                .await?;
            step.commit().await
        })
        .await
    }
}
