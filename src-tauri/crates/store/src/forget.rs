//! Chats that are erased leave the backups too.

use std::{
    fs::{self, File},
    path::Path,
};

use sqlx::{ConnectOptions, Connection, SqliteConnection, sqlite::SqliteConnectOptions};

use crate::{Erased, StoreError, backup, erase, export::remove_with_log, index, migration};

/// Writes every backup that holds one of these chats (a JSON array of ids) anew without them. One of an older version is
/// removed, and so is one that cannot be opened: nobody could tell what is in it.
pub(crate) async fn forget(data: &Path, options: &SqliteConnectOptions, chats: &str) -> Result<Erased, StoreError> {
    let _alone = backup::lock(data).await?;
    let mut erased = Erased::default();
    for copy in backup::list(data, "")? {
        if backup::is_live(&copy, data) {
            continue; // the database itself under a second name
        }
        let forgotten = match version_with(options, &copy, chats).await {
            Ok(None) => continue,
            Ok(Some(version)) if version == migration::MIGRATIONS.len() as i64 => rewrite(options, &copy, chats).await,
            Ok(Some(_)) => Err(StoreError::damaged("it is of an older version")),
            Err(error) => Err(error),
        };
        match forgotten {
            Ok(()) => erased.rewritten.push(copy),
            Err(StoreError::Damaged(_)) => {
                remove_with_log(&copy)?;
                erased.removed.push(copy);
            }
            Err(error) => return Err(error),
        }
    }
    backup::sync(data)?;
    Ok(erased)
}

/// Which migration a backup has, where it holds one of the chats.
async fn version_with(options: &SqliteConnectOptions, copy: &Path, chats: &str) -> Result<Option<i64>, StoreError> {
    let options = options.clone().filename(copy).read_only(true).immutable(true);
    let mut reader = options.connect().await.map_err(StoreError::of_file)?;
    let version = sqlx::query_scalar(
        "SELECT user_version FROM pragma_user_version
         WHERE EXISTS (SELECT 1 FROM chat WHERE id IN (SELECT value FROM json_each(?)))",
    )
    .bind(chats)
    .fetch_optional(&mut reader)
    .await
    .map_err(StoreError::of_file);
    reader.close().await?;
    version
}

/// Copies the backup, deletes there, and copies once more, so that not even a free page holds what was deleted. The
/// result takes the backup's place and its age.
async fn rewrite(options: &SqliteConnectOptions, copy: &Path, chats: &str) -> Result<(), StoreError> {
    let [with, without] = backup::HALF.map(|half| copy.with_extension(half));
    remove_with_log(&with)?;
    remove_with_log(&without)?;
    let written = async {
        fs::copy(copy, &with)?;
        let mut writer = options.clone().filename(&with).connect().await.map_err(StoreError::of_file)?;
        let deleted = delete_and_pour(&mut writer, &without, chats).await;
        writer.close().await?;
        deleted?;
        crate::open::private_file(&without)?;
        let file = File::options().write(true).open(&without)?;
        file.set_modified(fs::metadata(copy)?.modified()?)?;
        file.sync_all()?;
        fs::rename(&without, copy)?;
        Ok(())
    }
    .await;
    remove_with_log(&with)?;
    if written.is_err() {
        remove_with_log(&without)?;
    }
    written
}

async fn delete_and_pour(writer: &mut SqliteConnection, to: &Path, chats: &str) -> Result<(), StoreError> {
    // Nobody else knows this file, and it is gone when this ends, however it does.
    sqlx::raw_sql("PRAGMA journal_mode = OFF; PRAGMA secure_delete = ON").execute(&mut *writer).await?;
    erase::delete(writer, chats).await?;
    index::squeeze(writer).await?;
    sqlx::query("VACUUM INTO ?").bind(to.to_string_lossy().into_owned()).execute(writer).await?;
    Ok(())
}
