//! What was asked, where, and what it cost: reserved before, settled after, so that calls at the same time, of several
//! processes too, cannot overrun a limit together.

use domain::{Bill, ChatId, FolderId, MessageId, ModelId, ProviderId, Thumb, Timestamp, Usage, Zone};
use sqlx::sqlite::SqliteRow;

use crate::{
    Store, StoreError,
    row::{Columns, json, word},
};

/// An attempt to answer that begins.
#[derive(Debug, Clone, PartialEq)]
pub struct NewSpend {
    /// Now.
    pub at: Timestamp,
    /// Its chat; none for one that is not kept.
    pub chat: Option<ChatId>,
    /// The answer; none for one that is not kept.
    pub message: Option<MessageId>,
    /// None for the engine of this computer.
    pub provider: Option<ProviderId>,
    /// Model.
    pub model: ModelId,
    /// Its name at the time.
    pub model_name: String,
    /// Where.
    pub zone: Zone,
    /// It answers in the place of one that failed.
    pub fallback: bool,
    /// What it may cost at most, in millionths of a US dollar.
    pub usd_micros: u64,
    /// The price is known.
    pub price_known: bool,
}

/// How much may be spent since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpendLimit {
    /// At one provider, or at all of them.
    pub provider: Option<ProviderId>,
    /// Since.
    pub since: Timestamp,
    /// Millionths of a US dollar.
    pub usd_micros: u64,
}

/// Whether an attempt stays within all limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reservation {
    /// It does; its row has this number.
    Made(i64),
    /// It does not.
    Over {
        /// The limit.
        limit: SpendLimit,
        /// Spent or reserved since then, without this attempt.
        spent_usd_micros: u64,
    },
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Settled {
    /// Figures.
    pub usage: Usage,
    /// What it cost; nothing where nobody charges.
    pub bill: Option<Bill>,
    /// `answered`, `stopped`, `interrupted`, or the kind of fault.
    pub outcome: String,
}

/// An attempt to answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Spend {
    /// When it began.
    pub at: Timestamp,
    /// Folder of its chat now.
    pub folder: Option<FolderId>,
    /// None for the engine of this computer.
    pub provider: Option<ProviderId>,
    /// Model.
    pub model: ModelId,
    /// Its name at the time.
    pub model_name: String,
    /// Where.
    pub zone: Zone,
    /// It answered in the place of one that failed.
    pub fallback: bool,
    /// What it cost, or reserved, in millionths of a US dollar.
    pub usd_micros: u64,
    /// The price was known.
    pub price_known: bool,
    /// Figures.
    pub usage: Usage,
    /// As in [`Settled`]; none while it is under way.
    pub outcome: Option<String>,
    /// What the user thinks of the answer.
    pub thumb: Option<Thumb>,
}

impl Store {
    /// Puts an attempt on the books where it and all that is on them stay within every limit.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn reserve(&self, new: &NewSpend, limits: &[SpendLimit]) -> Result<Reservation, StoreError> {
        self.write(|| async {
            let mut step = self.begin().await?;
            for limit in limits {
                let spent_usd_micros = spent(&mut *step, limit.provider, limit.since).await?;
                if spent_usd_micros.saturating_add(new.usd_micros) > limit.usd_micros {
                    return Ok(Reservation::Over { limit: *limit, spent_usd_micros });
                }
            }
            let number = sqlx::query_scalar(
                "INSERT INTO spend (at, chat, message, provider, model, model_name, zone, fallback, usd_micros,
                     price_known, usage) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING number",
            )
            .bind(new.at.0)
            .bind(new.chat.map(|chat| chat.to_string()))
            .bind(new.message.map(|message| message.to_string()))
            .bind(new.provider.map(|provider| provider.to_string()))
            .bind(new.model.to_string())
            .bind(new.model_name.clone())
            .bind(word(&new.zone))
            .bind(new.fallback)
            .bind(i64::try_from(new.usd_micros).unwrap_or(i64::MAX))
            .bind(new.price_known)
            .bind(json(&Usage::default()))
            .fetch_one(&mut *step)
            .await?;
            step.commit().await?;
            Ok(Reservation::Made(number))
        })
        .await
    }

    /// Puts what an attempt really cost in the place of what was reserved.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn settle(&self, number: i64, settled: &Settled) -> Result<(), StoreError> {
        let bill = settled.bill.unwrap_or(Bill { usd_micros: 0, price_known: true, estimated: false });
        self.write(|| async {
            let mut step = self.begin().await?;
            sqlx::query("UPDATE spend SET usd_micros = ?, price_known = ?, usage = ?, outcome = ? WHERE number = ?")
                .bind(i64::try_from(bill.usd_micros).unwrap_or(i64::MAX))
                .bind(bill.price_known)
                .bind(json(&settled.usage))
                .bind(settled.outcome.clone())
                .bind(number)
                .execute(&mut *step)
                .await?;
            step.commit().await
        })
        .await
    }

    /// What was spent or is reserved since then, in millionths of a US dollar.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn spent(&self, provider: Option<ProviderId>, since: Timestamp) -> Result<u64, StoreError> {
        spent(self.readers(), provider, since).await
    }

    /// The attempts from a time up to and without another, oldest first.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn spends(&self, from: Timestamp, to: Timestamp) -> Result<Vec<Spend>, StoreError> {
        let rows = sqlx::query(
            "SELECT spend.*, chat.folder AS folder, message.thumb AS thumb FROM spend
             LEFT JOIN chat ON chat.id = spend.chat LEFT JOIN message ON message.id = spend.message
             WHERE spend.at >= ? AND spend.at < ? ORDER BY spend.number",
        )
        .bind(from.0)
        .bind(to.0)
        .fetch_all(self.readers())
        .await?;
        rows.iter().map(read).collect()
    }
}

async fn spent<'c>(
    on: impl sqlx::Executor<'c, Database = sqlx::Sqlite>,
    provider: Option<ProviderId>,
    since: Timestamp,
) -> Result<u64, StoreError> {
    let sum: i64 = sqlx::query_scalar(
        "SELECT coalesce(sum(usd_micros), 0) FROM spend
         WHERE at >= ?1 AND provider IS NOT NULL AND (?2 IS NULL OR provider = ?2)",
    )
    .bind(since.0)
    .bind(provider.map(|provider| provider.to_string()))
    .fetch_one(on)
    .await?;
    Ok(u64::try_from(sum).unwrap_or(0))
}

fn read(row: &SqliteRow) -> Result<Spend, StoreError> {
    Ok(Spend {
        at: row.time("at")?,
        folder: row.maybe_id("folder")?,
        provider: row.maybe_id("provider")?,
        model: row.id("model")?,
        model_name: row.text("model_name")?,
        zone: row.word("zone")?,
        fallback: row.flag("fallback")?,
        usd_micros: u64::try_from(row.integer("usd_micros")?).unwrap_or(0),
        price_known: row.flag("price_known")?,
        usage: row.json("usage")?,
        outcome: row.maybe_text("outcome")?,
        thumb: row.maybe_word("thumb")?,
    })
}
