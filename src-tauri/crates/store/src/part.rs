//! Pieces of an answer as they arrive. They are only ever added, and folded into the message once, at its end.

use domain::{MessageId, Part};
use sqlx::SqliteConnection;

use crate::{
    Store, StoreError,
    row::{Columns, token_bytes, tokens, word},
};

impl Store {
    /// Adds pieces to an answer that is being written. On disk when this returns.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where no such answer is being written, and others.
    pub async fn append_parts(&self, message: MessageId, parts: &[Part]) -> Result<(), StoreError> {
        self.write(|| async {
            let mut step = self.begin().await?;
            let number = streaming(&mut step, message).await?;
            let first: i64 = sqlx::query_scalar("SELECT coalesce(max(seq) + 1, 0) FROM part WHERE message = ?")
                .bind(number)
                .fetch_one(&mut *step)
                .await?;
            for (seq, part) in (first..).zip(parts) {
                sqlx::query("INSERT INTO part (message, seq, kind, text, tokens) VALUES (?, ?, ?, ?, ?)")
                    .bind(number)
                    .bind(seq)
                    .bind(word(&part.kind))
                    .bind(part.text.clone())
                    .bind(token_bytes(&part.tokens))
                    .execute(&mut *step)
                    .await?;
            }
            step.commit().await
        })
        .await
    }

    /// The tokens of an answer in the order in which its model made them, as far as it is written.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn tokens(&self, message: MessageId) -> Result<Vec<i32>, StoreError> {
        let rows = sqlx::query(
            "SELECT tokens FROM (
                 SELECT -1 AS seq, a.tokens FROM answer a JOIN message m ON m.number = a.message WHERE m.id = ?1
                 UNION ALL
                 SELECT p.seq, p.tokens FROM part p JOIN message m ON m.number = p.message WHERE m.id = ?1
             ) ORDER BY seq",
        )
        .bind(message.to_string())
        .fetch_all(self.readers())
        .await?;
        let mut all = Vec::new();
        for row in &rows {
            all.extend(tokens(&row.blob("tokens")?));
        }
        Ok(all)
    }
}

/// The number of an answer that is being written.
pub(crate) async fn streaming(step: &mut SqliteConnection, message: MessageId) -> Result<i64, StoreError> {
    sqlx::query_scalar("SELECT number FROM message WHERE id = ? AND state = 'streaming'")
        .bind(message.to_string())
        .fetch_optional(step)
        .await?
        .ok_or_else(|| StoreError::NotFound("This answer is not being written any more.".to_owned()))
}

/// Folds the pieces of an answer into its message, which leaves `state`.
pub(crate) async fn fold(step: &mut SqliteConnection, number: i64, state: &str) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE message SET
             text = text || coalesce((SELECT group_concat(text, '' ORDER BY seq) FROM part WHERE message = ?1 AND kind = 'text'), ''),
             reasoning = reasoning || coalesce(
                 (SELECT group_concat(text, '' ORDER BY seq) FROM part WHERE message = ?1 AND kind = 'reasoning'), ''),
             state = ?2, owner = NULL
         WHERE number = ?1",
    )
    .bind(number)
    .bind(state.to_owned())
    .execute(&mut *step)
    .await?;
    let mut all: Vec<u8> =
        sqlx::query_scalar("SELECT tokens FROM answer WHERE message = ?").bind(number).fetch_one(&mut *step).await?;
    let more: Vec<Vec<u8>> = sqlx::query_scalar("SELECT tokens FROM part WHERE message = ? ORDER BY seq")
        .bind(number)
        .fetch_all(&mut *step)
        .await?;
    all.extend(more.concat());
    sqlx::query("UPDATE answer SET tokens = ? WHERE message = ?").bind(all).bind(number).execute(&mut *step).await?;
    sqlx::query("DELETE FROM part WHERE message = ?").bind(number).execute(&mut *step).await?;
    let text: String =
        sqlx::query_scalar("SELECT text FROM message WHERE number = ?").bind(number).fetch_one(&mut *step).await?;
    crate::index::add(step, number, &text).await
}
