//! Copies of the database, with the same key, in the folder `backups`.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use domain::Timestamp;
use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};
use time::{OffsetDateTime, macros::format_description};

use crate::{Store, StoreError, point};

/// Daily backups that are kept.
const DAILY_KEPT: usize = 7;
/// Backups from before a migration that are kept.
const MIGRATION_KEPT: usize = 2;
const DAILY: &str = "daily-";
/// Databases that a restored one replaced.
pub(crate) const REPLACED: &str = "before-restore";
const REPLACED_KEPT: usize = 3;
const BEFORE: &str = "before-v";
/// Endings of copies that are being written.
pub(crate) const HALF: [&str; 2] = ["new", "newer"];

impl Store {
    /// Makes today's backup (by UTC) unless there is one or nothing to keep, and drops the oldest above seven.
    /// Answers the new file.
    ///
    /// # Errors
    /// [`StoreError::DiskFull`] and others; older backups stay as they are then.
    pub async fn backup_if_due(&self, now: Timestamp) -> Result<Option<PathBuf>, StoreError> {
        let Some((data, options)) = self.on_disk() else { return Ok(None) };
        let _alone = lock(data).await?;
        let path = folder(data).join(format!("{DAILY}{}.db", day(now)));
        let empty: bool =
            sqlx::query_scalar("SELECT NOT EXISTS (SELECT 1 FROM message)").fetch_one(self.readers()).await?;
        if empty || path.exists() {
            return Ok(None);
        }
        copy(options, &path).await?;
        prune(data, DAILY, DAILY_KEPT)?;
        prune(data, REPLACED, REPLACED_KEPT)?;
        Ok(Some(path))
    }
}

/// Keeps a copy of what a migration is about to change.
pub(crate) async fn before_migration(
    options: &SqliteConnectOptions,
    data: &Path,
    version: usize,
    now: Timestamp,
) -> Result<PathBuf, StoreError> {
    let path = folder(data).join(format!("{BEFORE}{}-{}.db", version + 1, day(now)));
    if !path.exists() {
        copy(options, &path).await?;
        prune(data, BEFORE, MIGRATION_KEPT)?;
    }
    Ok(path)
}

/// Keeps a database whose log is folded under a name of this kind, beside where it is: the same file under two names,
/// or a copy where the disk knows no such thing.
pub(crate) fn keep(database: &Path, data: &Path, kind: &str, now: Timestamp) -> Result<PathBuf, StoreError> {
    let parent = folder(data);
    crate::open::private_folder(&parent)?;
    let name = |number: u32| match number {
        1 => format!("{kind}-{}.db", day(now)),
        _ => format!("{kind}-{}-{number}.db", day(now)),
    };
    let kept = (1..).map(|number| parent.join(name(number))).find(|path| !path.exists());
    let kept = kept.expect("BUG: there is always a number more");
    // A second name is told from a copy by the file's number, which only Unix gives.
    if !cfg!(unix) || fs::hard_link(database, &kept).is_err() {
        let unborn = kept.with_extension(HALF[0]);
        fs::copy(database, &unborn)?;
        File::open(&unborn)?.sync_all()?;
        fs::rename(&unborn, &kept)?;
    }
    sync_folder(&parent)?;
    Ok(kept)
}

/// True for a backup that is the database itself under a second name, as a process that died may leave it. Nobody may
/// open it: closing it again would drop the locks that SQLite holds on the database in this process.
#[cfg(unix)]
pub(crate) fn is_live(copy: &Path, data: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let number = |path: &Path| fs::metadata(path).map(|file| (file.dev(), file.ino())).ok();
    number(copy).is_some_and(|copy| Some(copy) == number(&data.join(crate::DATABASE)))
}

/// Elsewhere nothing is kept under a second name.
#[cfg(not(unix))]
pub(crate) fn is_live(_: &Path, _: &Path) -> bool {
    false
}

/// Waits until nobody else, in this process or another, works on the copies of these chats; ends when dropped.
pub(crate) async fn lock(data: &Path) -> io::Result<File> {
    let path = data.join("backups.lock");
    let locked = tokio::task::spawn_blocking(move || {
        let file = File::options().create(true).truncate(false).write(true).open(path)?;
        file.lock()?;
        Ok(file)
    });
    locked.await.expect("BUG: locking a file does not panic and is not aborted")
}

/// The backup that was made last.
pub(crate) fn newest(data: &Path) -> io::Result<Option<PathBuf>> {
    let mut newest: Option<(std::time::SystemTime, PathBuf)> = None;
    for path in list(data, "")? {
        let made = fs::metadata(&path)?.modified()?;
        if newest.as_ref().is_none_or(|(time, _)| made > *time) {
            newest = Some((made, path));
        }
    }
    Ok(newest.map(|(_, path)| path))
}

/// Copies the database as it is committed now. The copy appears whole or not at all.
async fn copy(options: &SqliteConnectOptions, to: &Path) -> Result<(), StoreError> {
    let parent = to.parent().unwrap_or(Path::new("."));
    crate::open::private_folder(parent)?;
    let unborn = to.with_extension(HALF[0]);
    let _ = fs::remove_file(&unborn);
    let mut source = options.clone().connect().await?;
    let copied = sqlx::query("VACUUM INTO ?").bind(unborn.to_string_lossy().into_owned()).execute(&mut source).await;
    source.close().await?;
    let landed = copied.map_err(StoreError::from).and_then(|_| {
        point::pass("copied");
        crate::open::private_file(&unborn)?;
        File::open(&unborn)?.sync_all()?;
        fs::rename(&unborn, to)?;
        sync_folder(parent)?;
        point::pass("kept");
        Ok(())
    });
    if landed.is_err() {
        let _ = fs::remove_file(&unborn);
    }
    landed
}

/// Drops the oldest of a kind; their names sort by age.
fn prune(data: &Path, kind: &str, kept: usize) -> io::Result<()> {
    let files = list(data, kind)?;
    for old in files.iter().rev().skip(kept) {
        fs::remove_file(old)?;
    }
    Ok(())
}

/// The copies of a kind, by name; of every kind where it is empty.
pub(crate) fn list(data: &Path, kind: &str) -> io::Result<Vec<PathBuf>> {
    let mut files = with_extension(data, "db")?;
    files.retain(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(kind)));
    Ok(files)
}

/// The files among the backups whose names end so, by name.
pub(crate) fn with_extension(data: &Path, ending: &str) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder(data)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == ending) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn folder(data: &Path) -> PathBuf {
    data.join("backups")
}

fn day(now: Timestamp) -> String {
    OffsetDateTime::from_unix_timestamp(now.0.div_euclid(1000))
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
        .format(format_description!("[year]-[month]-[day]"))
        .expect("BUG: a year, a month and a day can be written")
}

/// Makes renames and removals among the backups last.
pub(crate) fn sync(data: &Path) -> io::Result<()> {
    let backups = folder(data);
    if backups.exists() { sync_folder(&backups) } else { Ok(()) }
}

/// Makes renames and removals in a folder last.
#[cfg(unix)]
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Elsewhere a folder cannot be opened as a file, and a rename is durable by itself.
#[cfg(not(unix))]
pub(crate) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
