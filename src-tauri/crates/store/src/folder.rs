//! Folders of chats.

use domain::{Folder, FolderId};
use sqlx::sqlite::SqliteRow;

use crate::{Store, StoreError, row::Columns};

impl Store {
    /// The folders in order.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn folders(&self) -> Result<Vec<Folder>, StoreError> {
        let rows = sqlx::query("SELECT id, name, position FROM folder ORDER BY position, id")
            .fetch_all(self.readers())
            .await?;
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
                 VALUES (?, ?, (SELECT coalesce(max(position) + 1, 0) FROM folder)) RETURNING id, name, position",
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
            let row = sqlx::query("UPDATE folder SET name = ? WHERE id = ? RETURNING id, name, position")
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

    /// Removes a folder; its chats stay, in none.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn delete_folder(&self, folder: FolderId) -> Result<(), StoreError> {
        self.write(|| async {
            let mut step = self.begin().await?;
            sqlx::query("DELETE FROM folder WHERE id = ?").bind(folder.to_string()).execute(&mut *step).await?;
            step.commit().await
        })
        .await
    }
}

fn read(row: &SqliteRow) -> Result<Folder, StoreError> {
    let position = u32::try_from(row.integer("position")?).unwrap_or_default();
    Ok(Folder { id: row.id("id")?, name: row.text("name")?, position })
}
