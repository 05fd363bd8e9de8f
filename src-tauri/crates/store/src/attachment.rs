//! Attached text files: of a question, or of what is being written in a chat.

use std::collections::HashMap;

use domain::{Attachment, AttachmentId, ChatId, MessageId};
use sqlx::{SqliteConnection, sqlite::SqliteRow};

use crate::{Store, StoreError, row::Columns};

impl Store {
    /// The files attached to what is being written in a chat.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn draft_attachments(&self, chat: ChatId) -> Result<Vec<Attachment>, StoreError> {
        let rows =
            sqlx::query("SELECT id, name, text FROM attachment WHERE chat = ? AND message IS NULL ORDER BY number")
                .bind(chat.to_string())
                .fetch_all(self.readers())
                .await?;
        rows.iter().map(read).collect()
    }

    /// Attaches a file to what is being written in a chat.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is no such chat, and others.
    pub async fn add_draft_attachment(&self, chat: ChatId, file: &Attachment) -> Result<(), StoreError> {
        self.write(|| async {
            let mut step = self.begin().await?;
            crate::chat::expect(&mut step, chat).await?;
            add(&mut step, chat, None, file).await?;
            step.commit().await
        })
        .await
    }

    /// Takes a file off what is being written in a chat.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn remove_draft_attachment(&self, chat: ChatId, file: AttachmentId) -> Result<(), StoreError> {
        self.write(|| async {
            let mut step = self.begin().await?;
            sqlx::query("DELETE FROM attachment WHERE chat = ? AND id = ? AND message IS NULL")
                .bind(chat.to_string())
                .bind(file.to_string())
                .execute(&mut *step)
                .await?;
            step.commit().await
        })
        .await
    }

    /// The files of a question.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn question_attachments(&self, question: MessageId) -> Result<Vec<Attachment>, StoreError> {
        let rows = sqlx::query(
            "SELECT a.id, a.name, a.text FROM attachment a JOIN message m ON m.number = a.message
             WHERE m.id = ? ORDER BY a.number",
        )
        .bind(question.to_string())
        .fetch_all(self.readers())
        .await?;
        rows.iter().map(read).collect()
    }
}

/// Attaches a file to a message, or without one to what is being written.
pub(crate) async fn add(
    step: &mut SqliteConnection,
    chat: ChatId,
    message: Option<i64>,
    file: &Attachment,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO attachment (id, chat, message, name, text) VALUES (?, ?, ?, ?, ?)")
        .bind(file.id.to_string())
        .bind(chat.to_string())
        .bind(message)
        .bind(file.name.clone())
        .bind(file.text.clone())
        .execute(step)
        .await?;
    Ok(())
}

/// Attachments by the number of their message.
pub(crate) fn by_message(rows: &[SqliteRow]) -> Result<HashMap<i64, Vec<Attachment>>, StoreError> {
    let mut files: HashMap<i64, Vec<Attachment>> = HashMap::new();
    for row in rows {
        files.entry(row.integer("message")?).or_default().push(read(row)?);
    }
    Ok(files)
}

fn read(row: &SqliteRow) -> Result<Attachment, StoreError> {
    Ok(Attachment { id: row.id("id")?, name: row.text("name")?, text: row.text("text")? })
}
