//! Answers: begun empty, written piece by piece, ended once; and gone on with where they broke off.

use domain::{
    Answer, Bill, ChatId, FinishReason, Message, MessageId, MessageState, ModelId, Provenance, Role, Route, Timestamp,
    Usage,
};

use crate::{
    Store, StoreError, index,
    message::{NewRow, insert, one},
    part::{fold, streaming},
    row::{json, word},
};

/// An answer to begin.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAnswer {
    /// Id.
    pub id: MessageId,
    /// Its chat.
    pub chat: ChatId,
    /// The question.
    pub parent: MessageId,
    /// What is known of it.
    pub answer: Answer,
    /// Now.
    pub at: Timestamp,
}

/// How an answer ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Ending {
    /// What it cost.
    pub bill: Option<Bill>,
    /// How far it came; not streaming.
    pub state: MessageState,
    /// Why it ended; none where it broke off.
    pub finish: Option<FinishReason>,
    /// The error that broke it off, as a sentence.
    pub error: Option<String>,
    /// Figures.
    pub usage: Usage,
    /// By what exactly it was made.
    pub provenance: Provenance,
    /// Now.
    pub at: Timestamp,
}

impl Store {
    /// Begins an empty answer below a question and shows it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is no such chat or question, and others.
    pub async fn begin_answer(&self, new: &NewAnswer) -> Result<Message, StoreError> {
        self.write(|| async {
            let mut step = self.begin().await?;
            let row = NewRow {
                id: new.id,
                chat: new.chat,
                parent: Some(new.parent),
                role: Role::Assistant,
                text: "",
                at: new.at,
            };
            let number = insert(&mut step, &row, "streaming", Some(self.lease().to_string())).await?;
            let Answer { model, model_name, route, finish, error, usage, provenance, bill } = &new.answer;
            sqlx::query(
                "INSERT INTO answer (message, model, model_name, model_sha256, engine_build, template_sha256,
                     template_fallback, prompt_sha256, sampling, route, finish, error, usage, bill, tokens)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, x'')",
            )
            .bind(number)
            .bind(model.to_string())
            .bind(model_name.clone())
            .bind(provenance.model_sha256.clone())
            .bind(provenance.engine_build.clone())
            .bind(provenance.template_sha256.clone())
            .bind(provenance.template_fallback)
            .bind(provenance.prompt_sha256.clone())
            .bind(json(&provenance.sampling))
            .bind(json(route))
            .bind(finish.as_ref().map(word))
            .bind(error.clone())
            .bind(json(usage))
            .bind(bill.as_ref().map(json))
            .execute(&mut *step)
            .await?;
            let message = one(&mut step, new.id).await?;
            step.commit().await?;
            Ok(message)
        })
        .await
    }

    /// Says that another model writes an answer than the one that it was begun with.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where no such answer is being written, and others.
    pub async fn reroute_answer(
        &self,
        message: MessageId,
        model: ModelId,
        model_name: &str,
        route: &Route,
    ) -> Result<(), StoreError> {
        self.write(|| async {
            let mut step = self.begin().await?;
            let number = streaming(&mut step, message).await?;
            sqlx::query(
                "UPDATE answer SET model = ?, model_name = ?, model_sha256 = NULL, route = ? WHERE message = ?",
            )
            .bind(model.to_string())
            .bind(model_name)
            .bind(json(route))
            .bind(number)
            .execute(&mut *step)
            .await?;
            step.commit().await
        })
        .await
    }

    /// Lets an answer that ended go on: it is being written again, by this process, and keeps what it has.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is no such answer or it is being written already, and others.
    pub async fn reopen_answer(&self, message: MessageId) -> Result<Message, StoreError> {
        self.write(|| async {
            let mut step = self.begin().await?;
            let number: i64 = sqlx::query_scalar(
                "UPDATE message SET state = 'streaming', owner = ?
                 WHERE id = ? AND role = 'assistant' AND state <> 'streaming' RETURNING number",
            )
            .bind(self.lease().to_string())
            .bind(message.to_string())
            .fetch_optional(&mut *step)
            .await?
            .ok_or_else(|| StoreError::NotFound("There is no such answer to go on with.".to_owned()))?;
            sqlx::query("UPDATE answer SET finish = NULL, error = NULL WHERE message = ?")
                .bind(number)
                .execute(&mut *step)
                .await?;
            index::remove(&mut step, number).await?;
            let message = one(&mut step, message).await?;
            step.commit().await?;
            Ok(message)
        })
        .await
    }

    /// Ends an answer: its pieces become its text, which can be searched from now on.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where no such answer is being written, and others.
    pub async fn finish_answer(&self, message: MessageId, ending: Ending) -> Result<Message, StoreError> {
        self.write(|| async {
            let mut step = self.begin().await?;
            let number = streaming(&mut step, message).await?;
            let made = &ending.provenance;
            sqlx::query(
                "UPDATE answer SET finish = ?, error = ?, usage = ?, model_sha256 = coalesce(?, model_sha256), engine_build = ?,
                     template_sha256 = ?, template_fallback = ?, prompt_sha256 = ?, sampling = ?, bill = ? WHERE message = ?",
            )
            .bind(ending.finish.as_ref().map(word))
            .bind(ending.error.clone())
            .bind(json(&ending.usage))
            .bind(made.model_sha256.clone())
            .bind(made.engine_build.clone())
            .bind(made.template_sha256.clone())
            .bind(made.template_fallback)
            .bind(made.prompt_sha256.clone())
            .bind(json(&made.sampling))
            .bind(ending.bill.as_ref().map(json))
            .bind(number)
            .execute(&mut *step)
            .await?;
            fold(&mut step, number, &word(&ending.state)).await?;
            let message = one(&mut step, message).await?;
            sqlx::query("UPDATE chat SET updated_at = max(updated_at, ?) WHERE id = ?")
                .bind(ending.at.0)
                .bind(message.chat.to_string())
                .execute(&mut *step)
                .await?;
            step.commit().await?;
            Ok(message)
        })
        .await
    }
}

/// Ends the answers whose process is dead, with what they have. Answers how many.
pub(crate) async fn interrupt_orphans(store: &Store) -> Result<u32, StoreError> {
    store
        .write(|| async {
            let mut step = store.begin().await?;
            let streaming: Vec<(i64, Option<String>)> =
                sqlx::query_as("SELECT number, owner FROM message WHERE state = 'streaming'")
                    .fetch_all(&mut *step)
                    .await?;
            let mut count = 0;
            for (number, owner) in streaming {
                if owner.as_deref().map_or(Ok(false), |owner| store.lives(owner))? {
                    continue;
                }
                fold(&mut step, number, &word(&MessageState::Interrupted)).await?;
                count += 1;
            }
            step.commit().await?;
            Ok(count)
        })
        .await
}
