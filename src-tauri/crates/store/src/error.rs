//! What can go wrong, as sentences for the person.

/// Why the store did not do what was asked. Each message says what happened and what is kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// There is no such thing (any more).
    #[error("{0}")]
    NotFound(String),
    /// The database is encrypted and there is no key, or not the right one.
    #[error("{0}")]
    Locked(String),
    /// The database is damaged. It was left as it is.
    #[error("{0}")]
    Damaged(String),
    /// The database was written by a newer version. It was left as it is.
    #[error("{0}")]
    TooNew(String),
    /// The disk is full. What was there before is kept.
    #[error("{0}")]
    DiskFull(String),
    /// Another process is writing and did not let go.
    #[error("{0}")]
    InUse(String),
    /// A legal hold forbids it.
    #[error("{0}")]
    Held(String),
    /// It would stand in the clear.
    #[error("{0}")]
    Unencrypted(String),
    /// A file is no backup that can be restored. Nothing was changed.
    #[error("{0}")]
    BadBackup(String),
    /// Something that nobody foresaw.
    #[error("{0}")]
    Unexpected(String),
}

/// Primary result codes of SQLite (<https://sqlite.org/rescode.html>).
mod code {
    pub(super) const ERROR: i32 = 1;
    pub(super) const BUSY: i32 = 5;
    pub(super) const LOCKED: i32 = 6;
    pub(super) const CORRUPT: i32 = 11;
    pub(super) const FULL: i32 = 13;
    pub(super) const NOT_A_DATABASE: i32 = 26;
    /// The shared-memory file beside the log could not grow.
    pub(super) const IOERR_SHMSIZE: i32 = 4874;
}

impl StoreError {
    pub(crate) fn full() -> Self {
        Self::DiskFull("The disk is full. Everything up to now is kept; free some space and try again.".to_owned())
    }

    pub(crate) fn gone(what: &str) -> Self {
        Self::NotFound(format!("{what} is not there any more."))
    }

    pub(crate) fn in_use() -> Self {
        Self::InUse(
            "The chats are open, here or in another Drawbridge. Close them there and try again; nothing was changed."
                .to_owned(),
        )
    }

    pub(crate) fn damaged(how: impl std::fmt::Display) -> Self {
        Self::Damaged(format!(
            "The database is damaged ({how}). It was left as it is; the folder “backups” beside it holds older copies."
        ))
    }

    /// What a first look at a file found. Our statements are right, so what makes no sense to SQLite is damage.
    pub(crate) fn of_file(error: sqlx::Error) -> Self {
        match number(&error) {
            Some(code::ERROR) => Self::damaged(error),
            _ => error.into(),
        }
    }

    pub(crate) const fn is_full(&self) -> bool {
        matches!(self, Self::DiskFull(_))
    }
}

/// SQLite's (extended) result code.
fn number(error: &sqlx::Error) -> Option<i32> {
    error.as_database_error()?.code()?.parse().ok()
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match number(&error) {
            Some(code::IOERR_SHMSIZE) => Self::full(),
            Some(number) => match number & 0xff {
                code::FULL => Self::full(),
                code::CORRUPT | code::NOT_A_DATABASE => Self::damaged(error),
                code::BUSY | code::LOCKED => Self::InUse(
                    "Another Drawbridge is busy writing to the same chats. Try again in a moment.".to_owned(),
                ),
                _ => Self::Unexpected(format!("The database could not do this: {error}")),
            },
            None => Self::Unexpected(format!("The database could not do this: {error}")),
        }
    }
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        if matches!(error.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded) {
            return Self::full();
        }
        Self::Unexpected(format!("The data folder cannot be used: {error}"))
    }
}
