//! The two full-text indexes: words for languages that put spaces between them, and, for those that do not, every
//! character as a word of its own; trigrams for pieces of words. Messages that are being written are in neither.

use sqlx::SqliteConnection;

use crate::StoreError;

/// Of a longer text the rest cannot be searched: the indexes of a pasted book would outweigh all chats.
const MOST_BYTES: usize = 1 << 20;

/// Adds a message.
pub(crate) async fn add(step: &mut SqliteConnection, number: i64, text: &str) -> Result<(), StoreError> {
    let text = &text[..text.floor_char_boundary(MOST_BYTES)];
    sqlx::query("INSERT INTO word (rowid, text) VALUES (?, ?)")
        .bind(number)
        .bind(spaced(text))
        .execute(&mut *step)
        .await?;
    sqlx::query("INSERT INTO trigram (rowid, text) VALUES (?, ?)")
        .bind(number)
        .bind(text.to_owned())
        .execute(step)
        .await?;
    Ok(())
}

/// Removes a message.
pub(crate) async fn remove(step: &mut SqliteConnection, number: i64) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM word WHERE rowid = ?").bind(number).execute(&mut *step).await?;
    sqlx::query("DELETE FROM trigram WHERE rowid = ?").bind(number).execute(step).await?;
    Ok(())
}

/// Removes the messages of chats, given as a JSON array of their ids.
pub(crate) async fn remove_chats(step: &mut SqliteConnection, chats: &str) -> Result<(), StoreError> {
    for statement in [
        "DELETE FROM word WHERE rowid IN (SELECT number FROM message
             WHERE chat IN (SELECT value FROM json_each(?)) AND state <> 'streaming')",
        "DELETE FROM trigram WHERE rowid IN (SELECT number FROM message
             WHERE chat IN (SELECT value FROM json_each(?)) AND state <> 'streaming')",
    ] {
        sqlx::query(statement).bind(chats).execute(&mut *step).await?;
    }
    Ok(())
}

/// Writes the indexes anew: until then what was removed still stands in them, marked.
pub(crate) async fn squeeze(step: &mut SqliteConnection) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO word (word) VALUES ('optimize')").execute(&mut *step).await?;
    sqlx::query("INSERT INTO trigram (trigram) VALUES ('optimize')").execute(step).await?;
    Ok(())
}

/// The text with every character that is a word of its own between spaces.
pub(crate) fn spaced(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if stands_alone(character) {
            out.push(' ');
            out.push(character);
            out.push(' ');
        } else {
            out.push(character);
        }
    }
    out
}

/// True for characters of scripts that put no spaces between words, and for symbols such as emoji.
pub(crate) fn stands_alone(character: char) -> bool {
    matches!(u32::from(character),
        0x0E00..=0x0EFF       // Thai, Lao
        | 0x1000..=0x109F     // Myanmar
        | 0x1100..=0x11FF     // Hangul, which puts them but inflects at the end of words
        | 0x1780..=0x17FF     // Khmer
        | 0x2190..=0x2BFF     // arrows and symbols
        | 0x2E80..=0x2FDF     // radicals
        | 0x3005..=0x3007 | 0x3021..=0x3029 | 0x3041..=0x31FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF // kana, Han
        | 0xA960..=0xA97F | 0xAC00..=0xD7FF // Hangul
        | 0xF900..=0xFAFF | 0xFF66..=0xFFDC // compatibility forms
        | 0x1F000..=0x1FAFF   // emoji
        | 0x20000..=0x323AF   // Han
    )
}
