//! A copy of a database under another key, or in the clear.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use domain::Secret;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, SqliteConnection, sqlite::SqliteConnectOptions};

use crate::{
    StoreError, check,
    open::{connect_options, private_file, remove},
};

/// How far a work on the whole database has come. Whoever is told may show it; a test may kill the process there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The copies in the folder `backups` have twins under the new key.
    Backups,
    /// What a backup file holds lies in the data folder.
    Unpacked,
    /// The new database is written, checked and on disk, and not in its place yet.
    Exported,
    /// The database that was there is kept among the backups as well.
    Kept,
    /// The new database is in its place.
    Swapped,
    /// The backup file is written and not under its name yet.
    Written,
}

/// Hears how far it has come.
pub type Progress<'a> = &'a (dyn Fn(Stage) + Sync);

/// Writes all that `source` holds, as it is committed now, into a new file under a key or in the clear; checks every page
/// and the number of rows of every table; on disk when this returns. Answers which migration it has.
pub(crate) async fn export(
    source: &SqliteConnectOptions,
    to: &Path,
    key: Option<&Secret<[u8; 32]>>,
) -> Result<usize, StoreError> {
    let written = write_and_check(source, to, key).await;
    if written.is_err() {
        remove_with_log(to)?;
    }
    written
}

async fn write_and_check(
    source: &SqliteConnectOptions,
    to: &Path,
    key: Option<&Secret<[u8; 32]>>,
) -> Result<usize, StoreError> {
    remove_with_log(to)?;
    private_file(to)?;
    let mut from = source.clone().connect().await.map_err(StoreError::of_file)?;
    let poured = pour(&mut from, to, key).await;
    let closed = from.close().await;
    let rows = poured?;
    closed?;
    let options = connect_options(to, key);
    let version = check::probe(&options, key.is_some(), true).await?;
    let mut copy = options.read_only(true).connect().await?;
    let counted = count(&mut copy, "main").await;
    copy.close().await?;
    if counted? != rows {
        return Err(StoreError::Unexpected("The copy of the chats is not complete. Nothing was changed.".to_owned()));
    }
    File::open(to)?.sync_all()?;
    Ok(version)
}

/// Fills the new file in one transaction, so that it is one state of the database, whoever writes to that meanwhile.
/// Answers the number of rows of every table.
async fn pour(
    from: &mut SqliteConnection,
    to: &Path,
    key: Option<&Secret<[u8; 32]>>,
) -> Result<Vec<(String, i64)>, StoreError> {
    let raw = key.map_or_else(String::new, |key| format!("x'{}'", hex::encode(key.reveal())));
    sqlx::query("ATTACH DATABASE ? AS copy KEY ?")
        .bind(to.to_string_lossy().into_owned())
        .bind(raw)
        .execute(&mut *from)
        .await?;
    // Nobody knows the file yet: it is synchronised once, at the end, and a half one is thrown away.
    sqlx::raw_sql("PRAGMA copy.journal_mode = OFF; PRAGMA copy.synchronous = OFF; BEGIN").execute(&mut *from).await?;
    let rows = count(from, "main").await?;
    let mark = async |from: &mut SqliteConnection, name: &str| -> Result<String, StoreError> {
        let value: i64 = sqlx::query_scalar(AssertSqlSafe(format!("PRAGMA main.{name}"))).fetch_one(&mut *from).await?;
        Ok(format!("PRAGMA copy.{name} = {value};"))
    };
    let marks = mark(from, "user_version").await? + &mark(from, "application_id").await?;
    sqlx::query("SELECT sqlcipher_export('copy')").execute(&mut *from).await?;
    sqlx::raw_sql(AssertSqlSafe(marks + "COMMIT; DETACH DATABASE copy")).execute(from).await?;
    Ok(rows)
}

/// The number of rows of every table that has its own, those of the indexes' included.
async fn count(connection: &mut SqliteConnection, schema: &str) -> Result<Vec<(String, i64)>, StoreError> {
    let tables: Vec<String> = sqlx::query_scalar(AssertSqlSafe(format!(
        "SELECT name FROM {schema}.sqlite_schema WHERE type = 'table' AND rootpage > 0 AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
         ORDER BY name"
    )))
    .fetch_all(&mut *connection)
    .await?;
    let mut rows = Vec::new();
    for table in tables {
        let count = format!("SELECT count(*) FROM {schema}.\"{}\"", table.replace('"', "\"\""));
        let count: i64 = sqlx::query_scalar(AssertSqlSafe(count)).fetch_one(&mut *connection).await?;
        rows.push((table, count));
    }
    Ok(rows)
}

/// Removes a database and what SQLite keeps beside it.
pub(crate) fn remove_with_log(database: &Path) -> std::io::Result<()> {
    for suffix in ["", "-wal", "-shm", "-journal"] {
        remove(&beside(database, suffix))?;
    }
    Ok(())
}

/// The file whose name has a suffix more.
pub(crate) fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Folds a database's log into it and leaves none beside it, so that another file may take its place. Nobody else may
/// have it open.
pub(crate) async fn fold(options: &SqliteConnectOptions, database: &Path) -> Result<(), StoreError> {
    let mut writer = options.clone().connect().await?;
    let folded = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut writer).await;
    writer.close().await?;
    folded?;
    if fs::metadata(beside(database, "-wal")).is_ok_and(|log| log.len() > 0) {
        return Err(StoreError::in_use());
    }
    remove(&beside(database, "-wal"))?;
    remove(&beside(database, "-shm"))?;
    Ok(())
}
