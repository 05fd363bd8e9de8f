//! A backup in one file, to take elsewhere: a header in the clear, then the database under a key of its own.
//!
//! `DRAWBRIDGEBACKUP`, format (u32, little-endian), length of the header (the same), SHA-256 of the header, the header
//! (JSON, see [`Header`]), the database. The header names the ways to the key, which whoever writes the backup gives as
//! text that means nothing here.

use std::{
    fs::{self, File},
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
};

use domain::{Secret, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};

use crate::{
    DATABASE, Progress, Stage, Store, StoreError, backup, check,
    export::{beside, export, fold, remove_with_log},
    lease::Alone,
    migration,
    open::{connect_options, private_folder, remove},
    rekey::{UNBORN, swap_in},
};

const MAGIC: [u8; 16] = *b"DRAWBRIDGEBACKUP";
const FORMAT: u32 = 1;
/// Longer is no header of ours.
const MOST_HEADER_BYTES: u32 = 1 << 20;

/// What a backup says of itself, readable without any key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Version of the program that made it.
    pub app_version: String,
    /// When it was made.
    pub created: Timestamp,
    /// How many migrations its database has.
    pub schema_version: usize,
    /// Size of its database.
    pub database_bytes: u64,
    /// SHA-256 of its (encrypted) database, in hexadecimal.
    pub database_sha256: String,
    /// The ways to its key, as they were given.
    pub slots: String,
}

/// What a restoration did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The database that was there, where there was one.
    pub kept: Option<PathBuf>,
    /// Secrets of the backup that were left out, because here they would stand in the clear.
    pub secrets_left_out: u64,
}

/// Writes all chats, as they are committed now, to one file, encrypted with `key`, which must not be the key of the
/// store. The file appears whole or not at all, in place of one of its name.
///
/// # Errors
/// [`StoreError::DiskFull`] and others; nothing of this name is changed then.
pub async fn write(
    store: &Store,
    key: &Secret<[u8; 32]>,
    slots: &str,
    to: &Path,
    now: Timestamp,
    reached: Progress<'_>,
) -> Result<Header, StoreError> {
    let Some((folder, options)) = store.on_disk() else {
        return Err(StoreError::NotFound("Temporary chats are not backed up.".to_owned()));
    };
    let _alone = backup::lock(folder).await?;
    let (database, part) = (folder.join(UNBORN[2]), beside(to, ".part"));
    let schema_version = export(options, &database, Some(key)).await?;
    reached(Stage::Exported);
    let slots = slots.to_owned();
    let packed = blocking({
        let (database, part) = (database.clone(), part.clone());
        move || pack(&database, &part, schema_version, slots, now)
    })
    .await;
    let landed = packed.and_then(|header| {
        reached(Stage::Written);
        let placed = fs::rename(&part, to).and_then(|()| backup::sync_folder(parent(to)));
        placed.map_err(|error| unwritten(error, to))?;
        Ok(header)
    });
    remove_with_log(&database)?;
    if landed.is_err() {
        remove(&part)?;
    }
    landed
}

/// What a backup says of itself. Reads its beginning only; whether the rest is whole, [`restore`] sees.
///
/// # Errors
/// [`StoreError::BadBackup`] where it is none or its beginning is damaged, [`StoreError::TooNew`], and others.
pub fn inspect(file: &Path) -> Result<Header, StoreError> {
    head(&mut opened(file)?)
}

/// Puts the chats of a backup in the place of those of a folder, under the folder's own key, or in the clear where it
/// has none. What was there is kept among the backups. Nobody may have the store open, this process included. However it
/// ends, the folder holds the old chats or those of the backup.
///
/// # Errors
/// [`StoreError::BadBackup`] where the file is damaged, cut, none of ours, or not under this key; [`StoreError::TooNew`],
/// [`StoreError::InUse`], [`StoreError::Locked`] where the folder's key does not suit what lies in it, and others.
/// Nothing was changed then.
pub async fn restore(
    file: &Path,
    key: &Secret<[u8; 32]>,
    folder: &Path,
    current_key: Option<&Secret<[u8; 32]>>,
    now: Timestamp,
    reached: Progress<'_>,
) -> Result<Restored, StoreError> {
    let header = inspect(file)?;
    if header.schema_version > migration::MIGRATIONS.len() {
        return Err(too_new());
    }
    private_folder(folder)?;
    let _alone = Alone::take(folder)?;
    let database = folder.join(DATABASE);
    let is_there = fs::metadata(&database).is_ok_and(|file| file.len() > 0);
    if is_there {
        check::refuse(folder, current_key.is_some())?;
    }
    let (unpacked, new) = (folder.join(UNBORN[1]), folder.join(UNBORN[0]));
    let restored = async {
        blocking({
            let (file, unpacked) = (file.to_owned(), unpacked.clone());
            move || unpack(&file, &unpacked)
        })
        .await?;
        reached(Stage::Unpacked);
        let source = connect_options(&unpacked, Some(key));
        let secrets_left_out = judge(&source, header.schema_version, current_key.is_some()).await?;
        export(&source, &new, current_key).await?;
        reached(Stage::Exported);
        let kept = if is_there { Some(put_by(&database, folder, current_key, now).await?) } else { None };
        reached(Stage::Kept);
        swap_in(&new, folder)?;
        reached(Stage::Swapped);
        Ok(Restored { kept, secrets_left_out })
    }
    .await;
    remove_with_log(&unpacked)?;
    remove_with_log(&new)?;
    restored
}

/// Header and database into one file, on disk when this returns.
fn pack(
    database: &Path,
    part: &Path,
    schema_version: usize,
    slots: String,
    created: Timestamp,
) -> Result<Header, StoreError> {
    let mut from = File::open(database)?;
    let mut hash = Sha256::new();
    let database_bytes = io::copy(&mut from, &mut hash)?;
    let header = Header {
        app_version: env!("CARGO_PKG_VERSION").to_owned(),
        created,
        schema_version,
        database_bytes,
        database_sha256: hex::encode(hash.finalize()),
        slots,
    };
    let json = crate::row::json(&header);
    let length = u32::try_from(json.len()).ok().filter(|length| *length <= MOST_HEADER_BYTES);
    let length =
        length.ok_or_else(|| StoreError::Unexpected("The ways to the backup's key are too long.".to_owned()))?;
    from.rewind()?;
    let beginning = [&MAGIC[..], &FORMAT.to_le_bytes(), &length.to_le_bytes(), &Sha256::digest(json.as_bytes())];
    lay_down(&[&beginning.concat(), json.as_bytes()], from, part).map_err(|error| unwritten(error, part))?;
    Ok(header)
}

fn lay_down(beginning: &[&[u8]], mut rest: File, part: &Path) -> io::Result<()> {
    remove(part)?;
    crate::open::private_file(part)?;
    let mut to = File::options().write(true).open(part)?;
    for piece in beginning {
        to.write_all(piece)?;
    }
    io::copy(&mut rest, &mut to)?;
    to.sync_all()
}

fn opened(file: &Path) -> Result<File, StoreError> {
    File::open(file).map_err(|error| bad(&format!("it cannot be read ({error})")))
}

/// Reads the header; what follows in the file is the database.
fn head(file: &mut File) -> Result<Header, StoreError> {
    let mut fixed = [0; 16 + 4 + 4 + 32];
    file.read_exact(&mut fixed).map_err(|error| cut(error, "it is no backup of Drawbridge"))?;
    let (magic, rest) = fixed.split_at(16);
    let (numbers, hash) = rest.split_at(8);
    let number = |at: usize| u32::from_le_bytes([numbers[at], numbers[at + 1], numbers[at + 2], numbers[at + 3]]);
    let (format, length) = (number(0), number(4));
    if magic != MAGIC {
        return Err(bad("it is no backup of Drawbridge"));
    }
    if format > FORMAT {
        return Err(too_new());
    }
    if format == 0 || length > MOST_HEADER_BYTES {
        return Err(bad("its beginning is damaged"));
    }
    let mut json = vec![0; length as usize];
    file.read_exact(&mut json).map_err(|error| cut(error, "its end is missing"))?;
    if Sha256::digest(&json)[..] != *hash {
        return Err(bad("its beginning is damaged"));
    }
    serde_json::from_slice(&json).map_err(|_| bad("its beginning cannot be read"))
}

/// Takes the database out of a backup and makes sure that it is the one that was put in.
fn unpack(file: &Path, to: &Path) -> Result<(), StoreError> {
    let mut from = opened(file)?;
    let header = head(&mut from)?;
    remove_with_log(to)?;
    crate::open::private_file(to)?;
    let mut out = File::options().write(true).open(to)?;
    let (mut hash, mut bytes, mut block) = (Sha256::new(), 0, vec![0; 1 << 20]);
    loop {
        let read = from.read(&mut block)?;
        if read == 0 {
            break;
        }
        bytes += read as u64;
        if bytes > header.database_bytes {
            return Err(bad("it is longer than it says"));
        }
        hash.update(&block[..read]);
        out.write_all(&block[..read])?;
    }
    if bytes < header.database_bytes {
        return Err(bad("its end is missing"));
    }
    if hex::encode(hash.finalize()) != header.database_sha256 {
        return Err(bad("it is damaged"));
    }
    Ok(())
}

/// Refuses a database that this key does not open, that is damaged, or that is not what the header says. Where it will
/// stand in the clear its secrets go first; answers how many.
async fn judge(source: &SqliteConnectOptions, says: usize, stays_encrypted: bool) -> Result<u64, StoreError> {
    let version = check::probe(source, true, true).await.map_err(|error| match error {
        StoreError::Damaged(_) => bad("the key does not open it, or it was damaged before it was packed"),
        StoreError::TooNew(_) => too_new(),
        error => error,
    })?;
    if version != says || version == 0 {
        return Err(bad("it is not what its beginning says"));
    }
    if stays_encrypted {
        return Ok(0);
    }
    let mut writer = source.clone().connect().await?;
    let tables: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_schema WHERE name = 'secret'").fetch_one(&mut writer).await?;
    let gone = match tables {
        0 => 0,
        _ => sqlx::query("DELETE FROM secret").execute(&mut writer).await?.rows_affected(),
    };
    writer.close().await?;
    Ok(gone)
}

/// Keeps the database that is about to be replaced. One that does not open any more is kept as it lies there, its log
/// beside it.
async fn put_by(
    database: &Path,
    folder: &Path,
    key: Option<&Secret<[u8; 32]>>,
    now: Timestamp,
) -> Result<PathBuf, StoreError> {
    let options = connect_options(database, key);
    let opens = match check::probe(&options, key.is_some(), false).await {
        Ok(_) => fold(&options, database).await,
        Err(error) => Err(error),
    };
    match opens {
        Ok(()) => backup::keep(database, folder, backup::REPLACED, now),
        Err(StoreError::Damaged(_) | StoreError::TooNew(_)) => {
            let kept = backup::keep(database, folder, backup::REPLACED, now)?;
            let log = beside(database, "-wal");
            if log.exists() {
                fs::rename(&log, beside(&kept, "-wal"))?;
            }
            remove(&beside(database, "-shm"))?;
            Ok(kept)
        }
        Err(error) => Err(error),
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.expect("BUG: copying a file does not panic and is not aborted")
}

fn parent(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn cut(error: io::Error, how: &str) -> StoreError {
    if error.kind() == io::ErrorKind::UnexpectedEof { bad(how) } else { error.into() }
}

fn unwritten(error: io::Error, to: &Path) -> StoreError {
    let said = error.to_string();
    match StoreError::from(error) {
        full if full.is_full() => full,
        _ => StoreError::Unexpected(format!("The backup {} cannot be written: {said}", to.display())),
    }
}

fn bad(how: &str) -> StoreError {
    StoreError::BadBackup(format!("This backup cannot be restored: {how}. Nothing was changed."))
}

fn too_new() -> StoreError {
    StoreError::TooNew(
        "This backup was made by a newer version of Drawbridge. Install that version or a newer one to restore it; \
         nothing was changed."
            .to_owned(),
    )
}
