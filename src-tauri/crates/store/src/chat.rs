//! Chats without their messages.

use domain::{Chat, ChatId, ChatPatch, ChatSummary, MessageId, TitleSource};
use sqlx::{SqliteConnection, sqlite::SqliteRow};

use crate::{
    Store, StoreError, branch, hold,
    row::{Columns, json},
};

/// Ranks of who gave a title, as the column has them.
const RANKS: [TitleSource; 4] = [TitleSource::None, TitleSource::Words, TitleSource::Model, TitleSource::User];

impl Store {
    /// The chats, the one with the latest message first; or those in the trash, the latest thrown away first.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn chats(&self, trash: bool) -> Result<Vec<ChatSummary>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, title, folder, pinned, draft <> '' OR EXISTS (
                 SELECT 1 FROM attachment a WHERE a.chat = chat.id AND a.message IS NULL
             ) AS has_draft, created_at, updated_at, deleted_at
             FROM chat WHERE (deleted_at IS NOT NULL) = ? ORDER BY coalesce(deleted_at, updated_at) DESC, id DESC",
        )
        .bind(trash)
        .fetch_all(self.readers())
        .await?;
        rows.iter().map(summary).collect()
    }

    /// A chat, in the trash or not.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] and others.
    pub async fn chat(&self, chat: ChatId) -> Result<Chat, StoreError> {
        let row = sqlx::query("SELECT * FROM chat WHERE id = ?")
            .bind(chat.to_string())
            .fetch_optional(self.readers())
            .await?;
        read(&row.ok_or_else(|| StoreError::gone("This chat"))?)
    }

    /// Keeps a new chat.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn create_chat(&self, chat: &Chat) -> Result<(), StoreError> {
        self.write(|| async {
            let mut step = self.begin().await?;
            sqlx::query(
                "INSERT INTO chat (id, title, title_rank, folder, pinned, model, assistant, settings, leaf, draft,
                     created_at, updated_at, deleted_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )
            .bind(chat.id.to_string())
            .bind(chat.title.clone())
            .bind(rank(chat.title_source))
            .bind(chat.folder.map(|id| id.to_string()))
            .bind(chat.pinned)
            .bind(chat.model.map(|id| id.to_string()))
            .bind(chat.assistant.map(|id| id.to_string()))
            .bind(json(&chat.settings))
            .bind(chat.leaf.map(|id| id.to_string()))
            .bind(chat.draft.clone())
            .bind(chat.created_at.0)
            .bind(chat.updated_at.0)
            .bind(chat.deleted_at.map(|at| at.0))
            .execute(&mut *step)
            .await?;
            step.commit().await
        })
        .await
    }

    /// Changes a chat. An empty title is none: the next source may give one.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Held`] where it may not leave its folder, and others.
    pub async fn change_chat(&self, chat: ChatId, patch: &ChatPatch) -> Result<Chat, StoreError> {
        self.write(|| async {
            let mut step = self.begin().await?;
            let row = sqlx::query("SELECT * FROM chat WHERE id = ?").bind(chat.to_string()).fetch_optional(&mut *step).await?;
            let chat_now = read(&row.ok_or_else(|| StoreError::gone("This chat"))?)?;
            if patch.folder.is_some_and(|folder| folder != chat_now.folder) {
                hold::refuse_chat(&mut step, chat).await?;
            }
            let changed = patched(chat_now, patch.clone());
            sqlx::query(
                "UPDATE chat SET title = ?, title_rank = ?, folder = ?, pinned = ?, model = ?, assistant = ?, settings = ?
                 WHERE id = ?",
            )
            .bind(changed.title.clone())
            .bind(rank(changed.title_source))
            .bind(changed.folder.map(|id| id.to_string()))
            .bind(changed.pinned)
            .bind(changed.model.map(|id| id.to_string()))
            .bind(changed.assistant.map(|id| id.to_string()))
            .bind(json(&changed.settings))
            .bind(chat.to_string())
            .execute(&mut *step)
            .await?;
            step.commit().await?;
            Ok(changed)
        })
        .await
    }

    /// Gives a chat a title; false where a source of higher rank gave it one.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn set_title(&self, chat: ChatId, title: &str, source: TitleSource) -> Result<bool, StoreError> {
        self.write(|| async {
            let mut step = self.begin().await?;
            let set = sqlx::query("UPDATE chat SET title = ?1, title_rank = ?2 WHERE id = ?3 AND title_rank <= ?2")
                .bind(title)
                .bind(rank(source))
                .bind(chat.to_string())
                .execute(&mut *step)
                .await?;
            step.commit().await?;
            Ok(set.rows_affected() > 0)
        })
        .await
    }

    /// Shows another branch, which ends with this message.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where the chat has no such message, and others.
    pub async fn set_leaf(&self, chat: ChatId, leaf: Option<MessageId>) -> Result<(), StoreError> {
        self.write(|| async {
            let mut step = self.begin().await?;
            if let Some(leaf) = leaf {
                branch::remember(&mut step, chat, leaf).await?;
            }
            sqlx::query("UPDATE chat SET leaf = ? WHERE id = ?")
                .bind(leaf.map(|id| id.to_string()))
                .bind(chat.to_string())
                .execute(&mut *step)
                .await?;
            step.commit().await
        })
        .await
    }

    /// Keeps what is written in the composer.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn save_draft(&self, chat: ChatId, draft: &str) -> Result<(), StoreError> {
        self.write(|| async {
            let mut step = self.begin().await?;
            sqlx::query("UPDATE chat SET draft = ? WHERE id = ?")
                .bind(draft)
                .bind(chat.to_string())
                .execute(&mut *step)
                .await?;
            step.commit().await
        })
        .await
    }
}

/// Refuses where there is no such chat.
pub(crate) async fn expect(step: &mut SqliteConnection, chat: ChatId) -> Result<(), StoreError> {
    let there: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM chat WHERE id = ?)")
        .bind(chat.to_string())
        .fetch_one(step)
        .await?;
    if there { Ok(()) } else { Err(StoreError::gone("This chat")) }
}

pub(crate) fn read(row: &SqliteRow) -> Result<Chat, StoreError> {
    let source = usize::try_from(row.integer("title_rank")?).ok().and_then(|rank| RANKS.get(rank));
    Ok(Chat {
        id: row.id("id")?,
        title: row.text("title")?,
        title_source: *source.ok_or_else(|| StoreError::damaged("the rank of a title is unknown"))?,
        folder: row.maybe_id("folder")?,
        pinned: row.flag("pinned")?,
        model: row.maybe_id("model")?,
        assistant: row.maybe_id("assistant")?,
        settings: row.json("settings")?,
        leaf: row.maybe_id("leaf")?,
        draft: row.text("draft")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
        deleted_at: row.maybe_time("deleted_at")?,
        temporary: false,
    })
}

fn summary(row: &SqliteRow) -> Result<ChatSummary, StoreError> {
    Ok(ChatSummary {
        id: row.id("id")?,
        title: row.text("title")?,
        folder: row.maybe_id("folder")?,
        pinned: row.flag("pinned")?,
        has_draft: row.flag("has_draft")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
        deleted_at: row.maybe_time("deleted_at")?,
        temporary: false,
    })
}

fn patched(chat: Chat, patch: ChatPatch) -> Chat {
    let (title, title_source) = match patch.title {
        Some(title) if title.is_empty() => (title, TitleSource::None),
        Some(title) => (title, TitleSource::User),
        None => (chat.title, chat.title_source),
    };
    Chat {
        title,
        title_source,
        pinned: patch.pinned.unwrap_or(chat.pinned),
        folder: patch.folder.unwrap_or(chat.folder),
        model: patch.model.unwrap_or(chat.model),
        assistant: patch.assistant.unwrap_or(chat.assistant),
        settings: patch.settings.unwrap_or(chat.settings),
        ..chat
    }
}

fn rank(source: TitleSource) -> i64 {
    match source {
        TitleSource::None => 0,
        TitleSource::Words => 1,
        TitleSource::Model => 2,
        TitleSource::User => 3,
    }
}
