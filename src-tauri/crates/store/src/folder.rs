//! Folders of chats.

use domain::{Folder, FolderId};
use sqlx::sqlite::SqliteRow;

use crate::{Store, StoreError, hold, row::Columns};

impl Store {
    /// The folders in order.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn folders(&self) -> Result<Vec<Folder>, StoreError> {
        let rows = sqlx::query("SELECT * FROM folder ORDER BY position, id").fetch_all(self.readers()).await?;
        rows.iter().map(read).collect()
    }

    /// A new folder at the end.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn create_folder(&self, name: &str) -> Result<Folder, StoreError> {
        let id = FolderId::new();
        self.write(|| async {
            let mut step = self.begin().await?;
            let row = sqlx::query(
                "INSERT INTO folder (id, name, position)
                 VALUES (?, ?, (SELECT coalesce(max(position) + 1, 0) FROM folder)) RETURNING *",
            )
            .bind(id.to_string())
            .bind(name)
            .fetch_one(&mut *step)
            .await?;
            step.commit().await?;
            read(&row)
        })
        .await
    }

    /// Gives a folder another name.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] and others.
    pub async fn rename_folder(&self, folder: FolderId, name: &str) -> Result<Folder, StoreError> {
        self.write(|| async {
            let mut step = self.begin().await?;
            let row = sqlx::query("UPDATE folder SET name = ? WHERE id = ? RETURNING *")
                .bind(name)
                .bind(folder.to_string())
                .fetch_optional(&mut *step)
                .await?
                .ok_or_else(|| StoreError::gone("This folder"))?;
            step.commit().await?;
            read(&row)
        })
        .await
    }

    /// Sets how long the chats of a folder are kept and whether none of them may go.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] and others.
    pub async fn set_folder_keeping(
        &self,
        folder: FolderId,
        retention_days: Option<u32>,
        legal_hold: bool,
    ) -> Result<Folder, StoreError> {
        self.write(|| async {
            let mut step = self.begin().await?;
            let row = sqlx::query("UPDATE folder SET retention_days = ?, legal_hold = ? WHERE id = ? RETURNING *")
                .bind(retention_days)
                .bind(legal_hold)
                .bind(folder.to_string())
                .fetch_optional(&mut *step)
                .await?
                .ok_or_else(|| StoreError::gone("This folder"))?;
            step.commit().await?;
            read(&row)
        })
        .await
    }

    /// Removes a folder; its chats stay, in none.
    ///
    /// # Errors
    /// [`StoreError::Held`] where it is under a legal hold, and others.
    pub async fn delete_folder(&self, folder: FolderId) -> Result<(), StoreError> {
        self.write(|| async {
            let mut step = self.begin().await?;
            hold::refuse_folder(&mut step, folder).await?;
            sqlx::query("DELETE FROM folder WHERE id = ?").bind(folder.to_string()).execute(&mut *step).await?;
            step.commit().await
        })
        .await
    }
}

fn read(row: &SqliteRow) -> Result<Folder, StoreError> {
    Ok(Folder {
        id: row.id("id")?,
        name: row.text("name")?,
        position: u32::try_from(row.integer("position")?).unwrap_or_default(),
        // Days that do not fit are more than anybody lives.
        retention_days: row.maybe_integer("retention_days")?.map(|days| u32::try_from(days).unwrap_or(u32::MAX)),
        legal_hold: row.flag("legal_hold")?,
    })
}
