//! Looking at a database before touching it.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use sqlx::{ConnectOptions, Connection, SqliteConnection, sqlite::SqliteConnectOptions};

use crate::{DATABASE, StoreError, backup, migration};

/// Size of a page of every database that this program made.
const PAGE_BYTES: u64 = 4096;

/// What lies in a data folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatabaseKind {
    /// Nothing yet: neither a database nor a backup of one.
    Missing,
    /// A database in the clear.
    Plain,
    /// An encrypted database, or something damaged.
    Encrypted,
}

/// What lies in a data folder. Where the database is gone and its backups are there, it is their kind: nobody may make
/// a new key or a new database then.
///
/// # Errors
/// When the folder cannot be read.
pub fn kind(folder: &Path) -> io::Result<DatabaseKind> {
    match kind_of(&folder.join(DATABASE))? {
        DatabaseKind::Missing => match backup::newest(folder)? {
            Some(newest) => kind_of(&newest),
            None => Ok(DatabaseKind::Missing),
        },
        kind => Ok(kind),
    }
}

/// True for a database in the clear.
pub(crate) fn is_plain(file: &Path) -> io::Result<bool> {
    Ok(kind_of(file)? == DatabaseKind::Plain)
}

/// An empty file is what a start that was cut short leaves behind, and counts as none.
fn kind_of(file: &Path) -> io::Result<DatabaseKind> {
    let mut head = Vec::new();
    match File::open(file) {
        Ok(file) => file.take(16).read_to_end(&mut head)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(DatabaseKind::Missing),
        Err(error) => return Err(error),
    };
    Ok(match head.as_slice() {
        [] => DatabaseKind::Missing,
        b"SQLite format 3\0" => DatabaseKind::Plain,
        _ => DatabaseKind::Encrypted,
    })
}

/// Refuses a folder whose database is gone while its backups are there, and a key that does not suit what is there.
/// Says whether there is a database.
pub(crate) fn refuse(folder: &Path, has_key: bool) -> Result<bool, StoreError> {
    let own = kind_of(&folder.join(DATABASE))?;
    match (own, kind(folder)?, has_key) {
        (DatabaseKind::Missing, DatabaseKind::Missing, _) => Ok(false),
        (DatabaseKind::Missing, ..) => Err(StoreError::Damaged(format!(
            "The database {} is gone or empty, and no new one was made in its place. Copy the newest file of the folder \
             “backups” to that name, or move “backups” away to begin anew.",
            folder.join(DATABASE).display()
        ))),
        (DatabaseKind::Encrypted, _, false) => Err(StoreError::Locked(
            "The chats are encrypted, and there is no key to open them with. They are untouched.".to_owned(),
        )),
        (DatabaseKind::Plain, _, true) => {
            Err(StoreError::Locked("The chats should be encrypted and are not. They are untouched.".to_owned()))
        }
        _ => Ok(true),
    }
}

/// Reads a database without writing to it: is it ours, whole, and no newer than this program? Answers which migration
/// it has. A thorough look reads every page.
pub(crate) async fn probe(
    options: &SqliteConnectOptions,
    encrypted: bool,
    thorough: bool,
) -> Result<usize, StoreError> {
    let unreadable = |error: sqlx::Error| match StoreError::of_file(error) {
        StoreError::Damaged(_) if encrypted => StoreError::Damaged(
            "The database cannot be opened with its key, or it is damaged. It was left as it is; the folder “backups” \
             beside it holds older copies."
                .to_owned(),
        ),
        other => other,
    };
    let mut reader = options.clone().read_only(true).connect().await.map_err(unreadable)?;
    let looked = look(&mut reader, encrypted, thorough, &unreadable).await;
    let closed = reader.close().await;
    let version = looked?;
    refuse_torn(options.get_filename())?;
    closed?;
    Ok(version)
}

async fn look(
    reader: &mut SqliteConnection,
    encrypted: bool,
    thorough: bool,
    unreadable: &impl Fn(sqlx::Error) -> StoreError,
) -> Result<usize, StoreError> {
    let tables: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_schema").fetch_one(&mut *reader).await.map_err(unreadable)?;
    let owner: i64 = sqlx::query_scalar("PRAGMA application_id").fetch_one(&mut *reader).await.map_err(unreadable)?;
    if owner != migration::APPLICATION && (owner != 0 || tables > 0) {
        return Err(StoreError::damaged("it is another program's"));
    }
    let version: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *reader).await.map_err(unreadable)?;
    let version = usize::try_from(version).map_err(|_| StoreError::damaged("its version is negative"))?;
    if version > migration::MIGRATIONS.len() {
        return Err(StoreError::TooNew(
            "The chats were written by a newer version of Drawbridge. They were left as they are; install that version \
             or a newer one to read them."
                .to_owned(),
        ));
    }
    if thorough {
        inspect(reader, encrypted).await?;
    }
    Ok(version)
}

/// A file cut within its last page, which SQLite itself would read as zeros. With a log beside it the end may rightly
/// be missing: it is in the log.
fn refuse_torn(database: &Path) -> Result<(), StoreError> {
    let log = database.with_file_name(format!("{DATABASE}-wal"));
    let has_log = std::fs::metadata(log).is_ok_and(|log| log.len() > 0);
    if !has_log && !std::fs::metadata(database)?.len().is_multiple_of(PAGE_BYTES) {
        return Err(StoreError::damaged("its end is missing"));
    }
    Ok(())
}

/// Reads every page.
async fn inspect(reader: &mut SqliteConnection, encrypted: bool) -> Result<(), StoreError> {
    if encrypted {
        let bad: Vec<String> = sqlx::query_scalar("PRAGMA cipher_integrity_check").fetch_all(&mut *reader).await?;
        if let Some(first) = bad.first() {
            return Err(StoreError::damaged(format_args!("{} pages do not verify; the first: {first}", bad.len())));
        }
    }
    let said: Vec<String> = sqlx::query_scalar("PRAGMA quick_check(3)").fetch_all(&mut *reader).await?;
    if said != ["ok"] {
        return Err(StoreError::damaged(said.join("; ")));
    }
    Ok(())
}

/// A file that is there only between a proper end and the next start.
pub(crate) fn clean_marker(folder: &Path) -> PathBuf {
    folder.join("clean")
}
