//! Attached texts and pictures: of a question, or of what is being written in a chat.

use std::collections::HashMap;

use domain::{Attachment, AttachmentId, ChatId, Content, MessageId};
use sqlx::{AssertSqlSafe, SqliteConnection, sqlite::SqliteRow};

use crate::{Store, StoreError, row::Columns};

/// What [`read`] needs of an attachment `a`; a picture itself stays where it is.
pub(crate) const COLUMNS: &str = "a.id, a.name, a.text, a.image, octet_length(a.data) AS bytes";

/// A picture's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageFiles {
    /// As it is sent.
    pub data: Vec<u8>,
    /// A small one, to be shown.
    pub preview: Vec<u8>,
}

impl Store {
    /// The files attached to what is being written in a chat.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn draft_attachments(&self, chat: ChatId) -> Result<Vec<Attachment>, StoreError> {
        let rows = sqlx::query(AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM attachment a WHERE a.chat = ? AND a.message IS NULL ORDER BY a.number"
        )))
        .bind(chat.to_string())
        .fetch_all(self.readers())
        .await?;
        rows.iter().map(read).collect()
    }

    /// Attaches files to what is being written in a chat, all or none; a picture comes with its files.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is no such chat, and others.
    pub async fn add_draft_attachments(
        &self,
        chat: ChatId,
        files: &[(Attachment, Option<ImageFiles>)],
    ) -> Result<(), StoreError> {
        self.write(|| async {
            let mut step = self.begin().await?;
            crate::chat::expect(&mut step, chat).await?;
            for (file, image) in files {
                add(&mut step, chat, None, file, image.as_ref()).await?;
            }
            step.commit().await
        })
        .await
    }

    /// The file of a picture in a chat.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is no such picture, and others.
    pub async fn image(&self, chat: ChatId, image: AttachmentId) -> Result<Vec<u8>, StoreError> {
        self.image_column("SELECT data FROM attachment WHERE chat = ? AND id = ? AND data IS NOT NULL", chat, image)
            .await
    }

    /// The small one of a picture in a chat.
    ///
    /// # Errors
    /// As of [`Store::image`].
    pub async fn image_preview(&self, chat: ChatId, image: AttachmentId) -> Result<Vec<u8>, StoreError> {
        self.image_column("SELECT preview FROM attachment WHERE chat = ? AND id = ? AND data IS NOT NULL", chat, image)
            .await
    }

    async fn image_column(
        &self,
        query: &'static str,
        chat: ChatId,
        image: AttachmentId,
    ) -> Result<Vec<u8>, StoreError> {
        let found: Option<Vec<u8>> = sqlx::query_scalar(query)
            .bind(chat.to_string())
            .bind(image.to_string())
            .fetch_optional(self.readers())
            .await?;
        found.ok_or_else(|| StoreError::gone("This picture"))
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
        let rows = sqlx::query(AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM attachment a JOIN message m ON m.number = a.message WHERE m.id = ? ORDER BY a.number"
        )))
        .bind(question.to_string())
        .fetch_all(self.readers())
        .await?;
        rows.iter().map(read).collect()
    }
}

/// Attaches a file to a message, or without one to what is being written.
async fn add(
    step: &mut SqliteConnection,
    chat: ChatId,
    message: Option<i64>,
    file: &Attachment,
    image: Option<&ImageFiles>,
) -> Result<(), StoreError> {
    let (text, facts) = match &file.content {
        Content::Text(text) => (text.clone(), None),
        Content::Image { facts, .. } => (String::new(), Some(crate::row::json(facts))),
    };
    sqlx::query(
        "INSERT INTO attachment (id, chat, message, name, text, image, data, preview) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(file.id.to_string())
    .bind(chat.to_string())
    .bind(message)
    .bind(file.name.clone())
    .bind(text)
    .bind(facts)
    .bind(image.map(|image| image.data.clone()))
    .bind(image.map(|image| image.preview.clone()))
    .execute(step)
    .await?;
    Ok(())
}

/// Gives a message its file: one of the draft moves to it, one of another message of the chat is copied, a text that is
/// nowhere yet is added. A picture that is nowhere any more was taken off meanwhile.
pub(crate) async fn give(
    step: &mut SqliteConnection,
    chat: ChatId,
    message: i64,
    file: &Attachment,
) -> Result<(), StoreError> {
    let moved = sqlx::query("UPDATE attachment SET message = ? WHERE chat = ? AND id = ? AND message IS NULL")
        .bind(message)
        .bind(chat.to_string())
        .bind(file.id.to_string())
        .execute(&mut *step)
        .await?;
    if moved.rows_affected() > 0 {
        return Ok(());
    }
    let copied = sqlx::query(
        "INSERT INTO attachment (id, chat, message, name, text, image, data, preview)
         SELECT ?, chat, ?, name, text, image, data, preview FROM attachment WHERE chat = ? AND id = ? LIMIT 1",
    )
    .bind(AttachmentId::new().to_string())
    .bind(message)
    .bind(chat.to_string())
    .bind(file.id.to_string())
    .execute(&mut *step)
    .await?;
    match &file.content {
        _ if copied.rows_affected() > 0 => Ok(()),
        Content::Text(_) => add(step, chat, Some(message), file, None).await,
        Content::Image { .. } => Err(StoreError::gone("This picture")),
    }
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
    let content = match row.maybe_json("image")? {
        Some(facts) => Content::Image { facts, bytes: row.integer("bytes")?.unsigned_abs() },
        None => Content::Text(row.text("text")?),
    };
    Ok(Attachment { id: row.id("id")?, name: row.text("name")?, content })
}
