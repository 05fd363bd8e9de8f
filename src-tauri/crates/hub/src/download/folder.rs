//! The folder of one download: its parts, what is written down about it, and a lock that says that a process works on
//! it.

use std::{
    fs::{self, File, TryLockError},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    time::Duration,
};

use domain::DownloadId;

use super::saved::Saved;
use crate::{HubError, Layout, disk::failed};

const RECORD: &str = "download.json";
const LOCK: &str = "lock";
/// Somebody who looks whether a folder is locked holds its lock for a moment.
const LOCK_TRIES: u32 = 10;
const LOCK_PAUSE: Duration = Duration::from_millis(5);

/// A download's folder, held by this process.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    lock: Option<File>,
}

/// What came of taking up a folder.
pub(crate) enum Taken {
    /// It is ours, and this is how the download stands.
    Ours(Folder, Box<Saved>),
    /// Another process works in it.
    Theirs,
    /// It is not there any more, or nothing was begun in it.
    Gone,
}

impl Folder {
    /// Makes the folder of a new download and writes down what it is.
    ///
    /// # Errors
    /// [`HubError::Disk`] or [`HubError::DiskFull`]; nothing is left behind.
    pub(crate) fn create(layout: &Layout, id: DownloadId, saved: &Saved) -> Result<Self, HubError> {
        let path = layout.download(id);
        fs::create_dir_all(&path).map_err(|error| failed("make the folder", &path, &error))?;
        let made = lock(&path)
            .map_err(|error| failed("write", &path, &error))
            .and_then(|lock| lock.ok_or(HubError::Elsewhere))
            .and_then(|lock| saved.write(&path.join(RECORD)).map(|()| lock));
        match made {
            Ok(lock) => Ok(Self { path, lock: Some(lock) }),
            Err(error) => {
                // What is left of it is an empty folder at worst, and swept at the next start.
                let _ = fs::remove_dir_all(&path);
                Err(error)
            }
        }
    }

    /// Takes up a folder that rests, with what was written down last.
    ///
    /// # Errors
    /// [`HubError::Disk`] where it cannot be read; the folder is left as it is.
    pub(crate) fn take(path: PathBuf) -> Result<Taken, HubError> {
        let lock = match lock(&path) {
            Ok(Some(lock)) => lock,
            Ok(None) => return Ok(Taken::Theirs),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Taken::Gone),
            Err(error) => return Err(failed("write", &path, &error)),
        };
        match Saved::read(&path.join(RECORD))? {
            Some(saved) => Ok(Taken::Ours(Self { path, lock: Some(lock) }, Box::new(saved))),
            None => Ok(Taken::Gone),
        }
    }

    /// What is written down in a folder, and whether somebody works in it. None where nothing was begun in it, or all
    /// of it is on its way out.
    ///
    /// # Errors
    /// [`HubError::Disk`] where it cannot be read.
    pub(crate) fn look(path: &Path) -> Result<Option<(Saved, bool)>, HubError> {
        let Some(saved) = Saved::read(&path.join(RECORD))? else { return Ok(None) };
        let locked = File::open(path.join(LOCK)).map(|lock| lock.try_lock_shared());
        Ok(Some((saved, matches!(locked, Ok(Err(TryLockError::WouldBlock))))))
    }

    /// Removes a folder in which nothing was begun, unless somebody is about to.
    ///
    /// # Errors
    /// Sentences for the log; the folder is left as it is.
    pub(crate) fn sweep(path: &Path) -> Result<(), HubError> {
        if Saved::read(&path.join(RECORD))?.is_some() {
            return Ok(());
        }
        let held = lock(path).map_err(|error| failed("write", path, &error))?;
        if held.is_some() && Saved::read(&path.join(RECORD))?.is_none() {
            Self { path: path.to_owned(), lock: held }.remove()?;
        }
        Ok(())
    }

    /// Where the bytes of a part are kept; `remote` is its path in the repository.
    pub(crate) fn part(&self, remote: &str) -> PathBuf {
        part_file(&self.path, remote)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Where the download is written down.
    pub(crate) fn record(&self) -> PathBuf {
        self.path.join(RECORD)
    }

    /// Gives the folder and its lock away; this one holds nothing any more.
    pub(crate) fn give_up(&mut self) -> Self {
        Self { path: self.path.clone(), lock: self.lock.take() }
    }

    /// Removes the folder with all that is in it; one that is gone is no error. What it was is removed last, so that
    /// nobody takes up the half of it, and a removal that is cut short can be done again.
    ///
    /// # Errors
    /// [`HubError::Disk`].
    pub(crate) fn remove(mut self) -> Result<(), HubError> {
        let no = |error| failed("remove", &self.path, &error);
        let gone = |error: io::Error| if error.kind() == ErrorKind::NotFound { Ok(()) } else { Err(error) };
        for entry in fs::read_dir(&self.path).into_iter().flatten().flatten() {
            if entry.file_name() != RECORD && entry.file_name() != LOCK {
                fs::remove_file(entry.path()).or_else(gone).map_err(no)?;
            }
        }
        fs::remove_file(self.record()).or_else(gone).map_err(no)?;
        self.lock = None;
        fs::remove_dir_all(&self.path).or_else(gone).map_err(|error| failed("remove", &self.path, &error))
    }
}

/// Where the bytes of a part are kept in a download's folder; `remote` is its path in the repository.
pub(crate) fn part_file(folder: &Path, remote: &str) -> PathBuf {
    let name = remote.rsplit('/').next().unwrap_or(remote);
    folder.join(format!("{name}.part"))
}

/// None where another process holds it.
fn lock(folder: &Path) -> io::Result<Option<File>> {
    let file = File::create(folder.join(LOCK))?;
    for _ in 0..LOCK_TRIES {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
            // Some network volumes know no locks; there the one who asks is trusted to be alone.
            Ok(()) | Err(TryLockError::Error(_)) => return Ok(Some(file)),
        }
    }
    Ok(None)
}
