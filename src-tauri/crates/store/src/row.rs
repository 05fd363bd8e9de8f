//! Reading columns into the domain's types, and writing them.

use std::str::FromStr;

use domain::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{Row as _, sqlite::SqliteRow};

use crate::StoreError;

/// Typed columns of a row.
pub(crate) trait Columns {
    fn text(&self, name: &str) -> Result<String, StoreError>;
    fn maybe_text(&self, name: &str) -> Result<Option<String>, StoreError>;
    fn blob(&self, name: &str) -> Result<Vec<u8>, StoreError>;
    fn integer(&self, name: &str) -> Result<i64, StoreError>;
    fn maybe_integer(&self, name: &str) -> Result<Option<i64>, StoreError>;

    fn flag(&self, name: &str) -> Result<bool, StoreError> {
        Ok(self.integer(name)? != 0)
    }

    fn time(&self, name: &str) -> Result<Timestamp, StoreError> {
        self.integer(name).map(Timestamp)
    }

    fn maybe_time(&self, name: &str) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.maybe_integer(name)?.map(Timestamp))
    }

    fn id<T: FromStr>(&self, name: &str) -> Result<T, StoreError> {
        parsed(name, &self.text(name)?)
    }

    fn maybe_id<T: FromStr>(&self, name: &str) -> Result<Option<T>, StoreError> {
        self.maybe_text(name)?.map(|text| parsed(name, &text)).transpose()
    }

    fn json<T: DeserializeOwned>(&self, name: &str) -> Result<T, StoreError> {
        serde_json::from_str(&self.text(name)?).map_err(|_| strange(name))
    }

    fn maybe_json<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, StoreError> {
        self.maybe_text(name)?.map(|text| serde_json::from_str(&text).map_err(|_| strange(name))).transpose()
    }

    /// An enum without data, as [`word`] wrote it.
    fn word<T: DeserializeOwned>(&self, name: &str) -> Result<T, StoreError> {
        self.maybe_word(name)?.ok_or_else(|| strange(name))
    }

    fn maybe_word<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, StoreError> {
        let Some(text) = self.maybe_text(name)? else { return Ok(None) };
        serde_json::from_value(text.into()).map(Some).map_err(|_| strange(name))
    }
}

impl Columns for SqliteRow {
    fn text(&self, name: &str) -> Result<String, StoreError> {
        self.try_get(name).map_err(|error| unread(name, error))
    }

    fn maybe_text(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.try_get(name).map_err(|error| unread(name, error))
    }

    fn blob(&self, name: &str) -> Result<Vec<u8>, StoreError> {
        self.try_get(name).map_err(|error| unread(name, error))
    }

    fn integer(&self, name: &str) -> Result<i64, StoreError> {
        self.try_get(name).map_err(|error| unread(name, error))
    }

    fn maybe_integer(&self, name: &str) -> Result<Option<i64>, StoreError> {
        self.try_get(name).map_err(|error| unread(name, error))
    }
}

/// The text of an enum without data.
pub(crate) fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        other => unreachable!("BUG: an enum without data is a string, not {other:?}"),
    }
}

/// JSON text of a value of the domain.
pub(crate) fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("BUG: the domain's values have string keys and serialise")
}

/// Tokens as bytes.
pub(crate) fn token_bytes(tokens: &[i32]) -> Vec<u8> {
    tokens.iter().flat_map(|token| token.to_le_bytes()).collect()
}

/// Bytes as tokens.
pub(crate) fn tokens(bytes: &[u8]) -> Vec<i32> {
    bytes.as_chunks().0.iter().map(|four| i32::from_le_bytes(*four)).collect()
}

fn parsed<T: FromStr>(name: &str, text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|_| strange(name))
}

/// A column that holds another type or bytes that are no text, which only damage explains.
fn unread(name: &str, error: sqlx::Error) -> StoreError {
    match error {
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => strange(name),
        error => error.into(),
    }
}

/// Says which column is strange and never what is in it.
fn strange(name: &str) -> StoreError {
    StoreError::damaged(format_args!("what stands in the column “{name}” cannot be read"))
}
