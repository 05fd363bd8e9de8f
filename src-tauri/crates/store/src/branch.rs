//! Ways through the tree of messages.

use domain::{Attachment, ChatId, Message, MessageId, Role};
use sqlx::{AssertSqlSafe, SqliteConnection};

use crate::{
    Store, StoreError, attachment,
    message::{read, select},
    row::Columns,
};

/// One turn of a branch, with everything that a prompt is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromptSource {
    /// Who speaks.
    pub role: Role,
    /// What was said.
    pub text: String,
    /// What was thought before it.
    pub reasoning: String,
    /// Its files, whole.
    pub attachments: Vec<Attachment>,
}

impl Store {
    /// The end of the branch that ends with `leaf`: at most `limit` messages, oldest first; whether there are older
    /// ones; and how many the branch has.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where the chat has no such message, and others.
    pub async fn branch(
        &self,
        chat: ChatId,
        leaf: MessageId,
        limit: u32,
    ) -> Result<(Vec<Message>, bool, u32), StoreError> {
        let (number, depth) = self.place(chat, leaf).await?;
        let messages = self.up_from(Some(number), limit).await?;
        let count = depth + 1;
        let more = messages.len() < count as usize;
        Ok((messages, more, count))
    }

    /// At most `limit` messages before one on its branch, oldest first, and whether there are older ones.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where the chat has no such message, and others.
    pub async fn branch_before(
        &self,
        chat: ChatId,
        before: MessageId,
        limit: u32,
    ) -> Result<(Vec<Message>, bool), StoreError> {
        let (number, depth) = self.place(chat, before).await?;
        let parent: Option<i64> = sqlx::query_scalar("SELECT parent FROM message WHERE number = ?")
            .bind(number)
            .fetch_one(self.readers())
            .await?;
        let messages = self.up_from(parent, limit).await?;
        let more = messages.len() < depth as usize;
        Ok((messages, more))
    }

    /// The end of the branch through a message: below it, at each fork, the way that was shown last.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] and others.
    pub async fn leaf_under(&self, message: MessageId) -> Result<MessageId, StoreError> {
        let row = sqlx::query(
            "WITH RECURSIVE down (number, depth) AS (
                 SELECT number, 0 FROM message WHERE id = ?
                 UNION ALL
                 SELECT m.shown_child, down.depth + 1 FROM down JOIN message m USING (number) WHERE m.shown_child IS NOT NULL
             )
             SELECT m.id FROM message m JOIN (SELECT number FROM down ORDER BY depth DESC LIMIT 1) USING (number)",
        )
        .bind(message.to_string())
        .fetch_optional(self.readers())
        .await?;
        row.ok_or_else(|| StoreError::gone("This message"))?.id("id")
    }

    /// The whole branch that ends with `leaf`, as a prompt needs it, oldest first.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn turns(&self, leaf: MessageId) -> Result<Vec<PromptSource>, StoreError> {
        // Both questions see the same state.
        let mut view = self.readers().begin().await?;
        let files = sqlx::query(AssertSqlSafe(format!(
            "WITH RECURSIVE up (number) AS (
                 SELECT number FROM message WHERE id = ?
                 UNION ALL SELECT m.parent FROM up JOIN message m USING (number) WHERE m.parent IS NOT NULL
             )
             SELECT a.message, {columns} FROM up JOIN attachment a ON a.message = up.number ORDER BY a.number",
            columns = attachment::COLUMNS
        )))
        .bind(leaf.to_string())
        .fetch_all(&mut *view)
        .await?;
        let mut files = attachment::by_message(&files)?;
        let rows = sqlx::query(
            "WITH RECURSIVE up (number) AS (
                 SELECT number FROM message WHERE id = ?
                 UNION ALL SELECT m.parent FROM up JOIN message m USING (number) WHERE m.parent IS NOT NULL
             )
             SELECT m.number, m.role,
                 m.text || coalesce((SELECT group_concat(x.text, '' ORDER BY x.seq) FROM part x
                     WHERE x.message = m.number AND x.kind = 'text'), '') AS text,
                 m.reasoning || coalesce((SELECT group_concat(x.text, '' ORDER BY x.seq) FROM part x
                     WHERE x.message = m.number AND x.kind = 'reasoning'), '') AS reasoning
             FROM up JOIN message m USING (number) ORDER BY m.depth",
        )
        .bind(leaf.to_string())
        .fetch_all(&mut *view)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(PromptSource {
                    role: row.word("role")?,
                    text: row.text("text")?,
                    reasoning: row.text("reasoning")?,
                    attachments: files.remove(&row.integer("number")?).unwrap_or_default(),
                })
            })
            .collect()
    }

    /// Number and depth of a message of a chat.
    async fn place(&self, chat: ChatId, message: MessageId) -> Result<(i64, u32), StoreError> {
        sqlx::query_as("SELECT number, depth FROM message WHERE id = ? AND chat = ?")
            .bind(message.to_string())
            .bind(chat.to_string())
            .fetch_optional(self.readers())
            .await?
            .ok_or_else(|| StoreError::gone("This message"))
    }

    /// At most `limit` messages that end with one, oldest first.
    async fn up_from(&self, end: Option<i64>, limit: u32) -> Result<Vec<Message>, StoreError> {
        let rows = sqlx::query(select(
            "WHERE m.number IN (
                 WITH RECURSIVE up (number, step) AS (
                     SELECT ?1, 1 WHERE ?1 IS NOT NULL AND ?2 > 0
                     UNION ALL
                     SELECT p.parent, step + 1 FROM up JOIN message p USING (number) WHERE p.parent IS NOT NULL AND step < ?2
                 )
                 SELECT number FROM up
             ) ORDER BY m.depth",
        ))
        .bind(end)
        .bind(limit)
        .fetch_all(self.readers())
        .await?;
        rows.iter().map(read).collect()
    }
}

/// Notes, at each fork above a message, that the way to it is the one that is shown.
pub(crate) async fn remember(step: &mut SqliteConnection, chat: ChatId, leaf: MessageId) -> Result<(), StoreError> {
    let number: i64 = sqlx::query_scalar("SELECT number FROM message WHERE id = ? AND chat = ?")
        .bind(leaf.to_string())
        .bind(chat.to_string())
        .fetch_optional(&mut *step)
        .await?
        .ok_or_else(|| StoreError::gone("This message"))?;
    sqlx::query(
        "WITH RECURSIVE up (number, child) AS (
             SELECT ?, NULL
             UNION ALL SELECT m.parent, m.number FROM up JOIN message m USING (number) WHERE m.parent IS NOT NULL
         )
         UPDATE message SET shown_child = up.child FROM up
         WHERE message.number = up.number AND up.child IS NOT NULL AND message.shown_child IS NOT up.child",
    )
    .bind(number)
    .execute(step)
    .await?;
    Ok(())
}
