//! Assistants.

use domain::{Assistant, AssistantId};

use crate::{
    Store, StoreError,
    row::{Columns, json},
};

impl Store {
    /// The saved assistants, oldest first.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn assistants(&self) -> Result<Vec<Assistant>, StoreError> {
        let rows =
            sqlx::query("SELECT id, name, settings FROM assistant ORDER BY id").fetch_all(self.readers()).await?;
        rows.iter()
            .map(|row| Ok(Assistant { id: row.id("id")?, name: row.text("name")?, settings: row.json("settings")? }))
            .collect()
    }

    /// Keeps an assistant, in place of the one with its id.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn put_assistant(&self, assistant: &Assistant) -> Result<(), StoreError> {
        self.write(|| async {
            let mut step = self.begin().await?;
            sqlx::query(
                "INSERT INTO assistant (id, name, settings) VALUES (?, ?, ?)
                 ON CONFLICT (id) DO UPDATE SET name = excluded.name, settings = excluded.settings",
            )
            .bind(assistant.id.to_string())
            .bind(assistant.name.clone())
            .bind(json(&assistant.settings))
            .execute(&mut *step)
            .await?;
            step.commit().await
        })
        .await
    }

    /// Removes an assistant. Chats begun with it keep their settings and forget it.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn delete_assistant(&self, assistant: AssistantId) -> Result<(), StoreError> {
        self.write(|| async {
            let mut step = self.begin().await?;
            let id = assistant.to_string();
            sqlx::query("UPDATE chat SET assistant = NULL WHERE assistant = ?").bind(&id).execute(&mut *step).await?;
            sqlx::query("DELETE FROM assistant WHERE id = ?").bind(&id).execute(&mut *step).await?;
            step.commit().await
        })
        .await
    }
}
