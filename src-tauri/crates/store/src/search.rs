//! Search in titles and messages.

use std::collections::HashSet;

use domain::{Role, SearchHit};
use futures_util::TryStreamExt;
use sqlx::{Row as _, sqlite::SqliteRow};

use crate::{
    Store, StoreError, index,
    row::Columns,
    snippet::{fold, snippet},
};

/// Characters of a query that are looked at.
const MOST_CHARACTERS: usize = 256;
/// Terms of a query that are looked at.
const MOST_TERMS: usize = 12;
/// Matching titles that come before the messages.
const MOST_TITLES: usize = 5;

impl Store {
    /// Messages and titles that hold every term of the query, as words begin or, where that finds little, anywhere.
    /// Matching titles first, then the best messages, of equal ones the latest. Nothing from the trash; any text is a
    /// query, and one without a word finds nothing.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn search(&self, query: &str, limit: u32) -> Result<Vec<SearchHit>, StoreError> {
        let terms = terms(query);
        let limit = limit as usize;
        if terms.is_empty() || limit == 0 {
            return Ok(Vec::new());
        }
        let mut hits = self.titles(&terms, limit.min(MOST_TITLES)).await?;
        let mut seen = HashSet::new();
        if let Some(expression) = word_expression(&terms) {
            let rows = sqlx::query(WORDS).bind(expression).bind(to_i64(limit)).fetch_all(self.readers()).await?;
            for row in &rows {
                seen.insert(row.integer("number")?);
                hits.push(hit(row, &terms)?);
            }
        }
        if hits.len() < limit
            && let Some(expression) = trigram_expression(&terms)
        {
            let mut rows = sqlx::query(TRIGRAMS).bind(expression).fetch(self.readers());
            while hits.len() < limit
                && let Some(row) = rows.try_next().await?
            {
                if !seen.contains(&row.integer("number")?) && holds_all(row.try_get("text")?, &terms) {
                    hits.push(hit(&row, &terms)?);
                }
            }
        }
        hits.truncate(limit);
        Ok(hits)
    }

    async fn titles(&self, terms: &[String], most: usize) -> Result<Vec<SearchHit>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, title, updated_at FROM chat WHERE deleted_at IS NULL AND title <> '' ORDER BY updated_at DESC",
        )
        .fetch_all(self.readers())
        .await?;
        let mut hits = Vec::new();
        for row in &rows {
            let title: &str = row.try_get("title")?;
            if hits.len() == most {
                break;
            }
            if holds_all(title, terms) {
                hits.push(SearchHit {
                    chat: row.id("id")?,
                    chat_title: title.to_owned(),
                    message: None,
                    role: Role::User,
                    snippet: snippet(title, terms),
                    at: row.time("updated_at")?,
                });
            }
        }
        Ok(hits)
    }
}

/// Of very common words only the latest matches are ranked: reading the length of every message takes too long. No text
/// is read but that of the best.
const WORDS: &str = "
    SELECT m.number, m.id, m.chat, c.title, m.role, m.text, m.created_at
    FROM (
        SELECT found.number, found.rank
        FROM (SELECT rowid AS number, bm25(word) AS rank FROM word WHERE word MATCH ? ORDER BY rowid DESC LIMIT 3000) found
        JOIN message m USING (number) JOIN chat c ON c.id = m.chat
        WHERE c.deleted_at IS NULL ORDER BY found.rank, found.number DESC LIMIT ?
    ) best
    JOIN message m USING (number) JOIN chat c ON c.id = m.chat ORDER BY best.rank, best.number DESC";

/// The latest messages that hold the longer terms anywhere; whether they hold the shorter ones too is for the caller.
const TRIGRAMS: &str = "
    SELECT m.number, m.id, m.chat, c.title, m.role, m.text, m.created_at
    FROM (SELECT rowid AS number FROM trigram WHERE trigram MATCH ? ORDER BY rowid DESC LIMIT 500) found
    CROSS JOIN message m USING (number) JOIN chat c ON c.id = m.chat WHERE c.deleted_at IS NULL";

fn hit(row: &SqliteRow, terms: &[String]) -> Result<SearchHit, StoreError> {
    Ok(SearchHit {
        chat: row.id("chat")?,
        chat_title: row.text("title")?,
        message: Some(row.id("id")?),
        role: row.word("role")?,
        snippet: snippet(row.try_get("text")?, terms),
        at: row.time("created_at")?,
    })
}

/// What stands between white space. Control characters count as such: the index reads its expression as a C string.
fn terms(query: &str) -> Vec<String> {
    let query: String = query.chars().take(MOST_CHARACTERS).collect();
    query
        .split(|character: char| character.is_whitespace() || character.is_control())
        .filter(|term| !term.is_empty())
        .take(MOST_TERMS)
        .map(str::to_owned)
        .collect()
}

/// All terms as beginnings of words; none where no term has a letter, a digit or a symbol.
fn word_expression(terms: &[String]) -> Option<String> {
    let is_word =
        |term: &&String| term.chars().any(|character| character.is_alphanumeric() || index::stands_alone(character));
    let phrases: Vec<String> =
        terms.iter().filter(is_word).map(|term| format!("{}*", quoted(index::spaced(term).trim()))).collect();
    (!phrases.is_empty()).then(|| phrases.join(" "))
}

/// All terms of three characters and more, wherever they stand.
fn trigram_expression(terms: &[String]) -> Option<String> {
    let phrases: Vec<String> = terms.iter().filter(|term| term.chars().count() >= 3).map(|term| quoted(term)).collect();
    (!phrases.is_empty()).then(|| phrases.join(" "))
}

fn quoted(term: &str) -> String {
    format!("\"{}\"", term.replace('"', "\"\""))
}

fn holds_all(text: &str, terms: &[String]) -> bool {
    let text = fold(text);
    terms.iter().all(|term| text.contains(&fold(term)))
}

fn to_i64(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
