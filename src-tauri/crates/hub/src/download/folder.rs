//! The folder of one download: its parts, what is written down about it, and a lock that says which process it is of.

use std::{
    fs::{self, File, TryLockError},
    io::ErrorKind,
    path::{Path, PathBuf},
};

use domain::DownloadId;

use super::saved::Saved;
use crate::{HubError, Layout, disk::failed};

const RECORD: &str = "download.json";
const LOCK: &str = "lock";

/// A download's folder, held by this process.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    lock: Option<File>,
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
            .and_then(|lock| lock.ok_or_else(|| HubError::Disk("Another program uses this download.".into())))
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

    /// Takes up the folder that an earlier run left, with what it wrote down. None where another process works in it,
    /// or nothing was begun in it: an empty one is removed.
    ///
    /// # Errors
    /// Sentences for the log; the folder is left as it is.
    pub(crate) fn take(path: PathBuf) -> Result<Option<(Self, Saved)>, HubError> {
        let Some(lock) = lock(&path)? else { return Ok(None) };
        match Saved::read(&path.join(RECORD))? {
            Some(saved) => Ok(Some((Self { path, lock: Some(lock) }, saved))),
            None => {
                drop(lock);
                fs::remove_dir_all(&path).map_err(|error| failed("remove", &path, &error))?;
                Ok(None)
            }
        }
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

    /// Lets the lock go and says which folder can be removed now.
    pub(crate) fn release(&mut self) -> &Path {
        self.lock = None;
        &self.path
    }
}

/// Where the bytes of a part are kept in a download's folder; `remote` is its path in the repository.
pub(crate) fn part_file(folder: &Path, remote: &str) -> PathBuf {
    let name = remote.rsplit('/').next().unwrap_or(remote);
    folder.join(format!("{name}.part"))
}

/// Removes a folder with all that is in it; one that is gone is no error.
pub(crate) fn remove(path: &Path) -> Result<(), HubError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(failed("remove", path, &error)),
        _ => Ok(()),
    }
}

fn lock(folder: &Path) -> Result<Option<File>, HubError> {
    let path = folder.join(LOCK);
    let file = File::create(&path).map_err(|error| failed("write", &path, &error))?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Ok(None),
        // Some network volumes know no locks; there the one who asks is trusted to be alone.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(Some(file)),
    }
}
