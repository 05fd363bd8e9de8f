//! Messages.

use domain::{Answer, Attachment, ChatId, Message, MessageId, Provenance, Rating, Role, Timestamp};
use sqlx::{AssertSqlSafe, SqliteConnection, sqlite::SqliteRow};

use crate::{
    Store, StoreError, attachment, chat, index,
    row::{Columns, word},
};

/// A user's message to keep.
#[derive(Debug, Clone, PartialEq)]
pub struct NewQuestion {
    /// Id.
    pub id: MessageId,
    /// Its chat.
    pub chat: ChatId,
    /// What it follows; none at the start of the chat.
    pub parent: Option<MessageId>,
    /// Text.
    pub text: String,
    /// Its files, in order: those attached to the draft move to it, those of another question of the chat are copied,
    /// texts that are in neither are added.
    pub attachments: Vec<Attachment>,
    /// It is no draft that is sent but an earlier question in other words: what is being written stays, files included.
    pub keeps_draft: bool,
    /// Now.
    pub at: Timestamp,
}

impl Store {
    /// Keeps a user's message with its files and shows it; the chat's draft is empty then, unless it is to stay. On disk
    /// when this returns.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is no such chat or parent, and others.
    pub async fn insert_question(&self, new: &NewQuestion) -> Result<Message, StoreError> {
        self.write(|| async {
            let mut step = self.begin().await?;
            chat::expect(&mut step, new.chat).await?;
            let row = NewRow {
                id: new.id,
                chat: new.chat,
                parent: new.parent,
                role: Role::User,
                text: &new.text,
                at: new.at,
            };
            let number = insert(&mut step, &row, "complete", None).await?;
            for file in &new.attachments {
                attachment::give(&mut step, new.chat, number, file).await?;
            }
            index::add(&mut step, number, &new.text).await?;
            if !new.keeps_draft {
                for emptying in [
                    "DELETE FROM attachment WHERE chat = ? AND message IS NULL",
                    "UPDATE chat SET draft = '' WHERE id = ?",
                ] {
                    sqlx::query(emptying).bind(new.chat.to_string()).execute(&mut *step).await?;
                }
            }
            let message = one(&mut step, new.id).await?;
            step.commit().await?;
            Ok(message)
        })
        .await
    }

    /// A message, as far as it is written.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] and others.
    pub async fn message(&self, message: MessageId) -> Result<Message, StoreError> {
        one(&mut *self.readers().acquire().await?, message).await
    }

    /// All messages of a chat on all branches, oldest first.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn tree(&self, chat: ChatId) -> Result<Vec<Message>, StoreError> {
        let rows = sqlx::query(select("WHERE m.chat = ? ORDER BY m.number"))
            .bind(chat.to_string())
            .fetch_all(self.readers())
            .await?;
        rows.iter().map(read).collect()
    }

    /// Keeps what the user thinks of an answer; `None` takes it back.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is no such answer, and others.
    pub async fn rate(&self, message: MessageId, rating: Option<Rating>) -> Result<Message, StoreError> {
        self.write(|| async {
            let mut step = self.begin().await?;
            let rated =
                sqlx::query("UPDATE message SET thumb = ?, thumb_reason = ? WHERE id = ? AND role = 'assistant'")
                    .bind(rating.as_ref().map(|rating| word(&rating.thumb)))
                    .bind(rating.as_ref().map(|rating| rating.reason.clone()))
                    .bind(message.to_string())
                    .execute(&mut *step)
                    .await?;
            if rated.rows_affected() == 0 {
                return Err(StoreError::gone("This answer"));
            }
            let message = one(&mut step, message).await?;
            step.commit().await?;
            Ok(message)
        })
        .await
    }
}

/// What every new message has.
pub(crate) struct NewRow<'a> {
    pub(crate) id: MessageId,
    pub(crate) chat: ChatId,
    pub(crate) parent: Option<MessageId>,
    pub(crate) role: Role,
    pub(crate) text: &'a str,
    pub(crate) at: Timestamp,
}

/// Adds a message below its parent and shows it. Answers its number.
pub(crate) async fn insert(
    step: &mut SqliteConnection,
    new: &NewRow<'_>,
    state: &str,
    owner: Option<String>,
) -> Result<i64, StoreError> {
    let above: Option<(i64, i64)> = match new.parent {
        Some(parent) => Some(
            sqlx::query_as("SELECT number, depth FROM message WHERE id = ? AND chat = ?")
                .bind(parent.to_string())
                .bind(new.chat.to_string())
                .fetch_optional(&mut *step)
                .await?
                .ok_or_else(|| StoreError::gone("The message before this one"))?,
        ),
        None => None,
    };
    let number: i64 = sqlx::query_scalar(
        "INSERT INTO message (id, chat, parent, depth, role, text, reasoning, state, owner, created_at)
         VALUES (?, ?, ?, ?, ?, ?, '', ?, ?, ?) RETURNING number",
    )
    .bind(new.id.to_string())
    .bind(new.chat.to_string())
    .bind(above.map(|(parent, _)| parent))
    .bind(above.map_or(0, |(_, depth)| depth + 1))
    .bind(word(&new.role))
    .bind(new.text.to_owned())
    .bind(state.to_owned())
    .bind(owner)
    .bind(new.at.0)
    .fetch_one(&mut *step)
    .await?;
    if let Some((parent, _)) = above {
        sqlx::query("UPDATE message SET shown_child = ? WHERE number = ?")
            .bind(number)
            .bind(parent)
            .execute(&mut *step)
            .await?;
    }
    sqlx::query("UPDATE chat SET leaf = ?, updated_at = max(updated_at, ?) WHERE id = ?")
        .bind(new.id.to_string())
        .bind(new.at.0)
        .bind(new.chat.to_string())
        .execute(step)
        .await?;
    Ok(number)
}

/// One message by id.
pub(crate) async fn one(connection: &mut SqliteConnection, message: MessageId) -> Result<Message, StoreError> {
    let row = sqlx::query(select("WHERE m.id = ?")).bind(message.to_string()).fetch_optional(connection).await?;
    read(&row.ok_or_else(|| StoreError::gone("This message"))?)
}

/// Everything of the messages `m` that a condition picks. Text that is still arriving is put together from its parts.
pub(crate) fn select(condition: &'static str) -> AssertSqlSafe<String> {
    let written = |column: &str| {
        format!(
            "CASE m.state WHEN 'streaming' THEN m.{column} || coalesce((SELECT group_concat(x.text, '' ORDER BY x.seq)
                 FROM part x WHERE x.message = m.number AND x.kind = '{column}'), '') ELSE m.{column} END AS {column}"
        )
    };
    AssertSqlSafe(format!(
        "SELECT m.number, m.id, m.chat, m.role, m.state, m.thumb, m.thumb_reason, m.created_at,
            {text}, {reasoning},
            (SELECT p.id FROM message p WHERE p.number = m.parent) AS parent,
            (SELECT json_group_array(s.id ORDER BY s.number) FROM message s
                WHERE s.chat = m.chat AND s.parent IS m.parent) AS siblings,
            (SELECT json_group_array(json_object('id', f.id, 'name', f.name, 'bytes', coalesce(octet_length(f.data), octet_length(f.text)),
                'image', json(f.image)) ORDER BY f.number)
                FROM attachment f WHERE f.message = m.number) AS attachments,
            a.model, a.model_name, a.model_sha256, a.engine_build, a.template_sha256, a.template_fallback,
            a.prompt_sha256, a.sampling, a.route, a.finish, a.error, a.usage, a.bill
         FROM message m LEFT JOIN answer a ON a.message = m.number {condition}",
        text = written("text"),
        reasoning = written("reasoning"),
    ))
}

/// A message from a row of [`select`].
pub(crate) fn read(row: &SqliteRow) -> Result<Message, StoreError> {
    let thumb = row.maybe_word("thumb")?;
    Ok(Message {
        id: row.id("id")?,
        chat: row.id("chat")?,
        parent: row.maybe_id("parent")?,
        role: row.word("role")?,
        text: row.text("text")?,
        reasoning: row.text("reasoning")?,
        state: row.word("state")?,
        attachments: row.json("attachments")?,
        answer: if row.maybe_text("model")?.is_some() { Some(answer(row)?) } else { None },
        rating: match thumb {
            Some(thumb) => Some(Rating { thumb, reason: row.maybe_text("thumb_reason")?.unwrap_or_default() }),
            None => None,
        },
        siblings: row.json("siblings")?,
        created_at: row.time("created_at")?,
    })
}

fn answer(row: &SqliteRow) -> Result<Answer, StoreError> {
    Ok(Answer {
        model: row.id("model")?,
        model_name: row.text("model_name")?,
        route: row.json("route")?,
        finish: row.maybe_word("finish")?,
        error: row.maybe_text("error")?,
        usage: row.json("usage")?,
        bill: row.maybe_json("bill")?,
        provenance: Provenance {
            model_sha256: row.maybe_text("model_sha256")?,
            engine_build: row.text("engine_build")?,
            template_sha256: row.text("template_sha256")?,
            prompt_sha256: row.text("prompt_sha256")?,
            sampling: row.json("sampling")?,
            template_fallback: row.flag("template_fallback")?,
        },
    })
}
