//! Settings, and small values by name.

use domain::Settings;

use crate::{Store, StoreError, row::json};

/// The row that the settings stand in.
const SETTINGS: &str = "settings";

impl Store {
    /// The settings; the defaults where nobody set any.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where they cannot be read, and others.
    pub async fn settings(&self) -> Result<Settings, StoreError> {
        let Some(text) = self.value(SETTINGS).await? else { return Ok(Settings::default()) };
        serde_json::from_str(&text).map_err(|_| StoreError::damaged("the settings cannot be read"))
    }

    /// Keeps the settings.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn put_settings(&self, settings: &Settings) -> Result<(), StoreError> {
        self.put_value(SETTINGS, &json(settings)).await
    }

    /// A value by name.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn value(&self, name: &str) -> Result<Option<String>, StoreError> {
        Ok(sqlx::query_scalar("SELECT value FROM value WHERE name = ?")
            .bind(name)
            .fetch_optional(self.readers())
            .await?)
    }

    /// Keeps a value by name.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn put_value(&self, name: &str, value: &str) -> Result<(), StoreError> {
        self.write(|| async {
            let mut step = self.begin().await?;
            sqlx::query(
                "INSERT INTO value (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            )
            .bind(name)
            .bind(value)
            .execute(&mut *step)
            .await?;
            step.commit().await
        })
        .await
    }
}
