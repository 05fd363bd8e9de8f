//! Keys and tokens of a computer that has no keychain. They are kept in an encrypted database or not at all.

use domain::{Secret, Timestamp};

use crate::{Store, StoreError, row::Columns};

/// What may be shown of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretInfo {
    /// Its name, such as `hub`.
    pub id: String,
    /// Its last characters, at most four.
    pub last_four: String,
    /// When it was put here.
    pub at: Timestamp,
}

impl Store {
    /// Keeps a secret, in place of the one with its name.
    ///
    /// # Errors
    /// [`StoreError::Unencrypted`] where the database is in the clear or in memory only, and others.
    pub async fn put_secret(&self, info: &SecretInfo, value: &Secret<Vec<u8>>) -> Result<(), StoreError> {
        if !self.is_encrypted() {
            return Err(StoreError::Unencrypted(
                "A key can be kept here only once the chats are encrypted. Set a passphrase first; the key was not kept."
                    .to_owned(),
            ));
        }
        self.write(|| async {
            let mut step = self.begin().await?;
            sqlx::query(
                "INSERT INTO secret (id, value, last_four, at) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE
                 SET value = excluded.value, last_four = excluded.last_four, at = excluded.at",
            )
            .bind(info.id.clone())
            .bind(value.reveal().clone())
            .bind(info.last_four.clone())
            .bind(info.at.0)
            .execute(&mut *step)
            .await?;
            step.commit().await
        })
        .await
    }

    /// A secret by name.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn secret(&self, id: &str) -> Result<Option<Secret<Vec<u8>>>, StoreError> {
        let value: Option<Vec<u8>> =
            sqlx::query_scalar("SELECT value FROM secret WHERE id = ?").bind(id).fetch_optional(self.readers()).await?;
        Ok(value.map(Secret::new))
    }

    /// What may be shown of the secrets, by name.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn secrets(&self) -> Result<Vec<SecretInfo>, StoreError> {
        let rows = sqlx::query("SELECT id, last_four, at FROM secret ORDER BY id").fetch_all(self.readers()).await?;
        rows.iter()
            .map(|row| Ok(SecretInfo { id: row.text("id")?, last_four: row.text("last_four")?, at: row.time("at")? }))
            .collect()
    }

    /// Removes a secret. False where there was none.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn remove_secret(&self, id: &str) -> Result<bool, StoreError> {
        self.write(|| async {
            let mut step = self.begin().await?;
            let gone = sqlx::query("DELETE FROM secret WHERE id = ?").bind(id).execute(&mut *step).await?;
            step.commit().await?;
            Ok(gone.rows_affected() > 0)
        })
        .await
    }
}
