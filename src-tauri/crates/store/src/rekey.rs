//! Another key for all that is kept, or a first one; and what is left of the old one after the first clean start.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use domain::{Secret, Timestamp};
use sqlx::{ConnectOptions, Connection};

use crate::{
    DATABASE, Progress, Stage, StoreError, backup, check,
    export::{export, fold, remove_with_log},
    lease::Alone,
    open::{connect_options, remove},
};

/// New databases that are not in their place yet; what a process that died left of them is thrown away.
pub(crate) const UNBORN: [&str; 3] = ["drawbridge.db.new", "drawbridge.db.unpacked", "drawbridge.db.outgoing"];
/// Twins of backups under the new key, until the first clean start.
const TWIN: &str = "rekeyed";
/// The old database, until the first clean start.
const OLD: &str = "before-rekey";

/// What a change of the key did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rekeyed {
    /// The database under the old key. The first start that opens the new one removes it.
    pub kept: PathBuf,
    /// Backups that are damaged or under a third key: they have no copy under the new one.
    pub unread: Vec<PathBuf>,
}

/// Puts the chats of a folder, and the backups beside them, under another key: from `None` (in the clear) to a first one,
/// from one to another. Nobody may have the store open, this process included. However it ends, the folder opens with
/// the old key or with the new one, and with all that was in it.
///
/// The next [`Store::open`](crate::Store::open) reads every page and then drops what is under the old key: the old
/// database, and the backups, whose twins under the new key take their places.
///
/// # Errors
/// [`StoreError::NotFound`] where there is no database, [`StoreError::InUse`], [`StoreError::Unencrypted`] where secrets
/// would come to stand in the clear, those of a database that does not open with the old key, and others. The old
/// database is in its place then.
pub async fn reencrypt(
    folder: &Path,
    from: Option<&Secret<[u8; 32]>>,
    to: Option<&Secret<[u8; 32]>>,
    now: Timestamp,
    reached: Progress<'_>,
) -> Result<Rekeyed, StoreError> {
    let alone = Alone::take(folder)?;
    if !check::refuse(folder, from.is_some())? {
        return Err(StoreError::NotFound("There are no chats here yet.".to_owned()));
    }
    let database = folder.join(DATABASE);
    let options = connect_options(&database, from);
    check::probe(&options, from.is_some(), true).await?;
    if to.is_none() {
        refuse_secrets(&options).await?;
    }
    settle(folder, from).await?;
    fold(&options, &database).await?;
    let unread = twins(folder, from, to).await?;
    reached(Stage::Backups);
    let new = folder.join(UNBORN[0]);
    export(&options, &new, to).await?;
    reached(Stage::Exported);
    let kept = backup::keep(&database, folder, OLD, now)?;
    reached(Stage::Kept);
    swap_in(&new, folder)?;
    reached(Stage::Swapped);
    drop(alone);
    Ok(Rekeyed { kept, unread })
}

/// Puts a new database in the place of the old one, whose log is folded. The next start reads every page of it.
pub(crate) fn swap_in(new: &Path, folder: &Path) -> io::Result<()> {
    remove(&check::clean_marker(folder))?;
    fs::rename(new, folder.join(DATABASE))?;
    backup::sync_folder(folder)
}

/// Copies every backup under the new key, beside it. Answers those that the old key does not open.
async fn twins(
    folder: &Path,
    from: Option<&Secret<[u8; 32]>>,
    to: Option<&Secret<[u8; 32]>>,
) -> Result<Vec<PathBuf>, StoreError> {
    let mut unread = Vec::new();
    for copy in backup::list(folder, "")? {
        let options = connect_options(&copy, from).immutable(true);
        match export(&options, &copy.with_extension(TWIN), to).await {
            Ok(_) => {}
            Err(StoreError::Damaged(_) | StoreError::TooNew(_)) => unread.push(copy),
            Err(error) => return Err(error),
        }
    }
    Ok(unread)
}

/// Drops what is left of an old key once the database opened with this one: twins of backups take their places, or go
/// where they are under a key that never came to be; the old database goes; of an encrypted database no copy in the
/// clear stays; and what a process that died had begun to write. Answers how many copies in the clear it removed.
pub(crate) async fn settle(folder: &Path, key: Option<&Secret<[u8; 32]>>) -> Result<usize, StoreError> {
    for name in UNBORN {
        remove_with_log(&folder.join(name))?;
    }
    for twin in backup::with_extension(folder, TWIN)? {
        if opens(&twin, key).await? {
            fs::rename(&twin, twin.with_extension("db")).or_else(absent)?;
        } else {
            remove(&twin)?;
        }
    }
    for half in backup::HALF {
        for file in backup::with_extension(folder, half)? {
            remove_with_log(&file)?;
        }
    }
    let mut in_the_clear = 0;
    for copy in backup::list(folder, "")? {
        if backup::is_live(&copy, folder) {
            remove(&copy)?;
            continue;
        }
        let exposed = key.is_some() && check::is_plain(&copy)?;
        in_the_clear += usize::from(exposed);
        if exposed || copy.file_name().is_some_and(|name| name.to_string_lossy().starts_with(OLD)) {
            remove_with_log(&copy)?;
        }
    }
    backup::sync(folder)?;
    Ok(in_the_clear)
}

async fn opens(file: &Path, key: Option<&Secret<[u8; 32]>>) -> Result<bool, StoreError> {
    match check::probe(&connect_options(file, key).immutable(true), key.is_some(), false).await {
        Ok(_) => Ok(true),
        Err(StoreError::Damaged(_) | StoreError::TooNew(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Refuses where the database holds secrets. One of an old schema has no place for them.
async fn refuse_secrets(options: &sqlx::sqlite::SqliteConnectOptions) -> Result<(), StoreError> {
    let mut reader = options.clone().read_only(true).connect().await?;
    let table = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema WHERE name = 'secret'").fetch_one(&mut reader);
    let has_table: i64 = table.await?;
    let secrets: i64 = match has_table {
        0 => 0,
        _ => sqlx::query_scalar("SELECT count(*) FROM secret").fetch_one(&mut reader).await?,
    };
    reader.close().await?;
    if secrets > 0 {
        return Err(StoreError::Unencrypted(
            "Keys are kept among the chats and would stand in the clear. Remove them first; nothing was changed."
                .to_owned(),
        ));
    }
    Ok(())
}

fn absent(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}
