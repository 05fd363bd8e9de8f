//! Erasing for good: from the database, its indexes, its log and every copy beside it.

use std::path::PathBuf;

use domain::{ChatId, Timestamp};
use sqlx::SqliteConnection;

use crate::{
    Store, StoreError, forget, hold, index,
    row::{Columns, json},
};

/// The row that names, by id alone, the chats that are erased from the database and may stand in copies of it still.
const ERASING: &str = "erasing";

/// What it took to erase.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Erased {
    /// Backups that were written anew without the chats.
    pub rewritten: Vec<PathBuf>,
    /// Backups that were removed: they are of an older version, or cannot be opened, and might hold the chats.
    pub removed: Vec<PathBuf>,
    /// True where another process was reading the log just then: it holds old text until the last process ends.
    pub log_in_use: bool,
}

impl Store {
    /// Erases a chat with everything in it, for good: from the database, its indexes, its log and every backup. What is
    /// cut short is finished by the next erasing or emptying of the trash.
    ///
    /// # Errors
    /// [`StoreError::Held`], and others: those of a backup that could not be written anew come after the chat is gone
    /// from the database.
    pub async fn erase_chat(&self, chat: ChatId) -> Result<Erased, StoreError> {
        self.erase_chats(&[chat]).await
    }

    /// Erases several chats at once, as [`Self::erase_chat`] does.
    ///
    /// # Errors
    /// [`StoreError::Held`] where one of them is under a legal hold: none is erased then. Others as there.
    pub async fn erase_chats(&self, chats: &[ChatId]) -> Result<Erased, StoreError> {
        self.write(|| async {
            let mut step = self.begin().await?;
            for chat in chats {
                hold::refuse_chat(&mut step, *chat).await?;
            }
            erase(&mut step, chats).await?;
            remember(&mut step, chats).await?;
            step.commit().await
        })
        .await?;
        self.finish_erasing().await
    }

    /// Erases the chats that were thrown away before a time, but for those under a legal hold. Answers which.
    ///
    /// # Errors
    /// See [`Self::erase_chat`].
    pub async fn purge_trash(&self, before: Timestamp) -> Result<Vec<ChatId>, StoreError> {
        let gone = self
            .write(|| async {
                let mut step = self.begin().await?;
                let rows = sqlx::query(
                    "SELECT c.id FROM chat c LEFT JOIN folder f ON f.id = c.folder
                     WHERE c.deleted_at < ? AND NOT coalesce(f.legal_hold, 0)",
                )
                .bind(before.0)
                .fetch_all(&mut *step)
                .await?;
                let old: Vec<ChatId> = rows.iter().map(|row| row.id("id")).collect::<Result<_, _>>()?;
                erase(&mut step, &old).await?;
                remember(&mut step, &old).await?;
                step.commit().await?;
                Ok(old)
            })
            .await?;
        let Erased { rewritten, removed, log_in_use } = self.finish_erasing().await?;
        if !gone.is_empty() {
            let (rewritten, removed) = (rewritten.len(), removed.len());
            tracing::info!(chats = gone.len(), rewritten, removed, log_in_use, "erased, in backups too");
        }
        Ok(gone)
    }

    /// Does what erasing takes outside the tables, for all chats that are erased from those.
    async fn finish_erasing(&self) -> Result<Erased, StoreError> {
        let Some(chats) = self.value(ERASING).await?.filter(|chats| chats != "[]") else {
            return Ok(Erased::default());
        };
        self.write(|| async {
            let mut step = self.begin().await?;
            index::squeeze(&mut step).await?;
            step.commit().await
        })
        .await?;
        self.fold_log().await?;
        let mut erased = match self.on_disk() {
            Some((folder, options)) => forget::forget(folder, options, &chats).await?,
            None => Erased::default(),
        };
        self.write(|| async {
            let mut step = self.begin().await?;
            sqlx::query(
                "UPDATE value SET value = (SELECT json_group_array(e.value) FROM json_each(value.value) e
                     WHERE e.value NOT IN (SELECT d.value FROM json_each(?) d)) WHERE name = ?",
            )
            .bind(chats.clone())
            .bind(ERASING)
            .execute(&mut *step)
            .await?;
            step.commit().await
        })
        .await?;
        erased.log_in_use = !self.fold_log().await?;
        Ok(erased)
    }
}

/// Keeps in mind whose copies are to be forgotten.
async fn remember(step: &mut SqliteConnection, chats: &[ChatId]) -> Result<(), StoreError> {
    for chat in chats {
        sqlx::query(
            "INSERT INTO value (name, value) VALUES (?1, json_array(?2))
             ON CONFLICT (name) DO UPDATE SET value = json_insert(value, '$[#]', ?2)",
        )
        .bind(ERASING)
        .bind(chat.to_string())
        .execute(&mut *step)
        .await?;
    }
    Ok(())
}

async fn erase(step: &mut SqliteConnection, chats: &[ChatId]) -> Result<(), StoreError> {
    delete(step, &json(&chats)).await
}

/// Deletes chats, given as a JSON array of their ids, with everything in them.
pub(crate) async fn delete(step: &mut SqliteConnection, chats: &str) -> Result<(), StoreError> {
    index::remove_chats(step, chats).await?;
    for statement in [
        "DELETE FROM attachment WHERE chat IN (SELECT value FROM json_each(?))",
        "DELETE FROM message WHERE chat IN (SELECT value FROM json_each(?))", // with answers and parts
        "DELETE FROM chat WHERE id IN (SELECT value FROM json_each(?))",
    ] {
        sqlx::query(statement).bind(chats).execute(&mut *step).await?;
    }
    Ok(())
}
