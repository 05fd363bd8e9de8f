//! Opening and closing.

use std::{
    fs, io,
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
    time::Duration,
};

use domain::{Clock, LeaseId, Secret};
use sqlx::{
    ConnectOptions, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{DATABASE, StoreError, answer, backup, ballast::Ballast, check, lease::Lease, migration, rekey};

/// The oldest SQLite whose write-ahead log two connections may check-point at once (<https://sqlite.org/wal.html>).
const OLDEST_SQLITE: [u32; 3] = [3, 51, 3];
/// How long a write waits for another process's.
const PATIENCE: Duration = Duration::from_secs(5);
const READERS: u32 = 3;

/// What a store is opened with.
#[derive(Clone)]
pub struct StoreOptions {
    /// The data folder; made where it is missing.
    pub folder: PathBuf,
    /// Key of an encrypted database; none for one in the clear.
    pub key: Option<Secret<[u8; 32]>>,
    /// Clock.
    pub clock: Arc<dyn Clock>,
    /// Pages that the database may have at most, so that tests can fill it.
    pub max_pages: Option<u32>,
}

/// A store, and what happened while it was opened.
#[derive(Debug)]
pub struct Opened {
    /// The store.
    pub store: Store,
    /// Answers that a process which died had been writing; they are marked and keep their text.
    pub interrupted: u32,
    /// Sentences for the person.
    pub notices: Vec<String>,
}

/// The chats of a data folder. Clones share everything.
#[derive(Debug, Clone)]
pub struct Store(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    place: Place,
    writer: SqlitePool,
    readers: SqlitePool,
    lease: Lease,
    sqlite_version: String,
}

/// Where the chats are.
#[derive(Debug)]
enum Place {
    Disk {
        folder: PathBuf,
        options: Box<SqliteConnectOptions>,
        encrypted: bool,
        ballast: Ballast,
    },
    /// In this process alone, for as long as one connection to them is open: this one.
    Memory {
        _anchor: SqlitePool,
    },
}

impl Store {
    /// Opens the database of a folder, or makes it where there is nothing. What is locked, damaged or newer is refused
    /// and left as it is. After an end that was none of ours every page is read first.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn open(given: StoreOptions) -> Result<Opened, StoreError> {
        let StoreOptions { folder, key, clock, max_pages } = given;
        private_folder(&folder)?;
        let database = folder.join(DATABASE);
        let lease = Lease::take(&folder)?;
        let options = connect_options(&database, key.as_ref());
        let mut notices = Vec::new();

        if check::refuse(&folder, key.is_some())? {
            let alone = !lease.has_company()?;
            let unclean = alone && !check::clean_marker(&folder).exists();
            let version = check::probe(&options, key.is_some(), unclean).await?;
            if alone {
                notices.extend(drop_old_key(&folder, key.as_ref()).await);
            }
            if (1..migration::MIGRATIONS.len()).contains(&version) {
                let kept = backup::before_migration(&options, &folder, version, clock.now()).await?;
                notices.push(format!("Your chats were brought up to date. A copy from before is {}.", kept.display()));
            }
        }
        private_file(&database)?;
        remove(&check::clean_marker(&folder))?;

        let writer = pool(writing(options.clone(), max_pages), 1).await?;
        let sqlite_version = linked_version(&writer).await?;
        migration::run(&mut *writer.acquire().await?, migration::MIGRATIONS).await?;
        let readers = pool(reading(options.clone()), READERS).await?;
        let ballast = Ballast::beside(&database);
        let place = Place::Disk { folder, options: Box::new(options), encrypted: key.is_some(), ballast };
        let store = Self(Arc::new(Inner { place, writer, readers, lease, sqlite_version }));
        let interrupted = answer::interrupt_orphans(&store).await?;
        store.restore_ballast();
        Ok(Opened { store, interrupted, notices })
    }

    /// A store in this process's memory, for chats that must never be on a disk: it has no folder, no log, no backups
    /// and no key, and is gone with its last clone.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn open_in_memory() -> Result<Self, StoreError> {
        // Its name is known in this process only, and its connections share it.
        let options = SqliteConnectOptions::from_str("sqlite::memory:")?;
        let options = sheltered(options).pragma("temp_store", "memory");
        let anchor = pool(options.clone(), 1).await?;
        // One connection for everything: between two of them SQLite would lock whole tables.
        let only = pool(options, 1).await?;
        let sqlite_version = linked_version(&only).await?;
        migration::run(&mut *only.acquire().await?, migration::MIGRATIONS).await?;
        let place = Place::Memory { _anchor: anchor };
        let (writer, readers) = (only.clone(), only);
        Ok(Self(Arc::new(Inner { place, writer, readers, lease: Lease::nowhere(), sqlite_version })))
    }

    /// Ends properly: the log is folded into the database and the next start need not check it. Calls after it fail.
    pub async fn close(&self) {
        let Place::Disk { folder, .. } = &self.0.place else { return self.0.writer.close().await };
        self.0.readers.close().await;
        let folded = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&self.0.writer).await;
        self.0.writer.close().await;
        // While another process goes on, the end is not ours to declare.
        let alone = self.0.lease.has_company().is_ok_and(|company| !company);
        match folded {
            Ok(_) if alone => {
                if let Err(error) = fs::write(check::clean_marker(folder), "") {
                    tracing::warn!(%error, "the next start will check the database");
                }
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "the log was not folded; the next start will"),
        }
        self.0.lease.release();
    }

    /// Version of SQLite.
    #[must_use]
    pub fn sqlite_version(&self) -> &str {
        &self.0.sqlite_version
    }

    /// This process's lease.
    #[must_use]
    pub fn lease(&self) -> LeaseId {
        self.0.lease.id
    }

    /// Size of the database on disk, its log included; none for one in memory.
    ///
    /// # Errors
    /// When the folder cannot be read.
    #[allow(clippy::unused_async)] // the face is the same for every question to the store
    pub async fn size_bytes(&self) -> Result<u64, StoreError> {
        let Some(folder) = self.folder() else { return Ok(0) };
        let log = fs::metadata(folder.join(format!("{DATABASE}-wal"))).map_or(0, |log| log.len());
        Ok(fs::metadata(folder.join(DATABASE))?.len() + log)
    }

    /// True where the chats are on disk and encrypted.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        matches!(self.0.place, Place::Disk { encrypted: true, .. })
    }

    /// Takes back the space that is kept for a full disk, where there is plenty again. True where it is held.
    pub fn restore_ballast(&self) -> bool {
        let Place::Disk { ballast, .. } = &self.0.place else { return false };
        ballast.restore().unwrap_or_else(|error| {
            tracing::warn!(%error, "no space could be kept for a full disk");
            false
        })
    }

    /// The data folder; none in memory.
    pub(crate) fn folder(&self) -> Option<&Path> {
        self.on_disk().map(|(folder, _)| folder)
    }

    /// The data folder, and how its database is opened; none in memory.
    pub(crate) fn on_disk(&self) -> Option<(&Path, &SqliteConnectOptions)> {
        match &self.0.place {
            Place::Disk { folder, options, .. } => Some((folder, options)),
            Place::Memory { .. } => None,
        }
    }

    pub(crate) fn lives(&self, owner: &str) -> io::Result<bool> {
        self.0.lease.is_alive(owner)
    }

    pub(crate) fn readers(&self) -> &SqlitePool {
        &self.0.readers
    }

    pub(crate) fn writer(&self) -> &SqlitePool {
        &self.0.writer
    }

    /// Gives up the space that is kept for a full disk. False where it was given up before.
    pub(crate) fn free_ballast(&self) -> bool {
        let Place::Disk { ballast, .. } = &self.0.place else { return false };
        let freed = ballast.drop_it();
        if freed {
            tracing::warn!("the disk is full; the space kept for this was freed");
        }
        freed
    }

    /// Folds the log into the database, so that what was erased is in neither. False where another process was reading
    /// it.
    pub(crate) async fn fold_log(&self) -> Result<bool, StoreError> {
        let busy: i64 = sqlx::query_scalar("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&self.0.writer).await?;
        Ok(busy == 0)
    }
}

/// The database opened with its key: what is left of the one before goes. Answers what there is to say of it.
async fn drop_old_key(folder: &Path, key: Option<&Secret<[u8; 32]>>) -> Option<String> {
    match rekey::settle(folder, key).await {
        Ok(0) => None,
        Ok(_) => Some(
            "Your chats are encrypted now, and the copies in the clear that this program had made were removed."
                .to_owned(),
        ),
        Err(error) => {
            tracing::warn!(%error, "what is left of an old key could not be removed; the next start tries again");
            Some(format!("Older copies of your chats could not be removed yet; the next start tries again. {error}"))
        }
    }
}

/// How a file is opened with a key, or without one in the clear.
pub(crate) fn connect_options(database: &Path, key: Option<&Secret<[u8; 32]>>) -> SqliteConnectOptions {
    let mut options = SqliteConnectOptions::new().filename(database).busy_timeout(PATIENCE);
    if let Some(key) = key {
        options = options.pragma("key", format!("\"x'{}'\"", hex::encode(key.reveal())));
    }
    sheltered(options)
}

/// What every connection has.
fn sheltered(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .foreign_keys(true)
        .pragma("cipher_log", "off")
        .pragma("trusted_schema", "off")
        .pragma("cell_size_check", "on")
        // Statements would stand in the log, and the first of them is the key.
        .disable_statement_logging()
}

fn writing(options: SqliteConnectOptions, max_pages: Option<u32>) -> SqliteConnectOptions {
    let options =
        options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full).pragma("secure_delete", "on");
    match max_pages {
        Some(pages) => options.pragma("max_page_count", pages.to_string()),
        None => options,
    }
}

fn reading(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .pragma("query_only", "on")
        .pragma("wal_autocheckpoint", "0")
        // In KiB, and used only as far as the database is large. The default of 2 MB makes every search decrypt the
        // same pages of the indexes again, which is most of its time.
        .pragma("cache_size", "-65536")
}

async fn pool(options: SqliteConnectOptions, size: u32) -> Result<SqlitePool, StoreError> {
    Ok(SqlitePoolOptions::new()
        .max_connections(size)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .connect_with(options)
        .await?)
}

/// Refuses a library that loses data or cannot encrypt: another one may have been linked by mistake.
async fn linked_version(writer: &SqlitePool) -> Result<String, StoreError> {
    let version: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(writer).await?;
    let cipher: Option<String> = sqlx::query_scalar("PRAGMA cipher_version").fetch_optional(writer).await?;
    let numbers: Vec<u32> = version.split('.').filter_map(|part| part.parse().ok()).collect();
    if cipher.is_none() || numbers.as_slice() < OLDEST_SQLITE.as_slice() {
        return Err(StoreError::Unexpected(format!(
            "This build stands on SQLite {version}, which cannot be trusted with chats."
        )));
    }
    Ok(version)
}

/// Makes a folder that only its owner may enter.
pub(crate) fn private_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    #[cfg(unix)]
    fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    Ok(())
}

/// Makes a file, where it is missing, that only its owner may read; the log beside it gets the same rights. A database
/// that is there is not opened: closing it would drop the locks that SQLite holds on it in this process.
pub(crate) fn private_file(file: &Path) -> io::Result<()> {
    if !file.exists() {
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(file) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
    }
    #[cfg(unix)]
    fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(())
}

/// Removes a file that may be there.
pub(crate) fn remove(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
