//! Who is alive: a locked file for every process that has the store open, and one for the window.
//!
//! Rows of answers that are being written carry their owner's lease. The operating system drops a lock when its
//! process ends, however it ends, so a lease whose file can be locked is a dead process's.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use domain::LeaseId;

use crate::StoreError;

/// This process's lease; ends when dropped.
#[derive(Debug)]
pub(crate) struct Lease {
    pub(crate) id: LeaseId,
    /// None for a store that no other process can reach, and for one that is closed.
    held: Mutex<Option<Held>>,
}

#[derive(Debug)]
struct Held {
    path: PathBuf,
    _lock: File,
    /// Shared by all that have the store open.
    _open: File,
}

/// Nobody has the store open, and nobody can open it until this is dropped.
#[derive(Debug)]
pub(crate) struct Alone(#[allow(dead_code)] File);

impl Alone {
    pub(crate) fn take(folder: &Path) -> Result<Self, StoreError> {
        let file = open_lock(folder)?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(StoreError::in_use()),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }
}

fn open_lock(folder: &Path) -> io::Result<File> {
    File::options().create(true).truncate(false).write(true).open(folder.join("open.lock"))
}

impl Lease {
    /// Takes a lease, unless somebody works on the database as a whole. Its file appears under its name only once it is
    /// locked.
    pub(crate) fn take(folder: &Path) -> Result<Self, StoreError> {
        let open = open_lock(folder)?;
        match open.try_lock_shared() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::InUse(
                    "The chats are being put under another key, or a backup is being restored. Try again in a moment."
                        .to_owned(),
                ));
            }
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        let leases = folder.join("leases");
        fs::create_dir_all(&leases)?;
        let id = LeaseId::new();
        let (unborn, path) = (leases.join(format!("{id}.new")), leases.join(format!("{id}.lock")));
        let lock = File::create(&unborn)?;
        lock.lock()?;
        fs::rename(&unborn, &path)?;
        Ok(Self { id, held: Mutex::new(Some(Held { path, _lock: lock, _open: open })) })
    }

    /// The lease of a store that no other process can reach.
    pub(crate) fn nowhere() -> Self {
        Self { id: LeaseId::new(), held: Mutex::default() }
    }

    /// True while the process with this lease lives.
    pub(crate) fn is_alive(&self, owner: &str) -> io::Result<bool> {
        // The name comes from the database: nothing but an id may become a path.
        match (owner.parse::<LeaseId>(), &*self.held()) {
            (Ok(owner), _) if owner == self.id => Ok(true),
            (Ok(owner), Some(held)) => is_held(&held.path.with_file_name(format!("{owner}.lock"))),
            _ => Ok(false),
        }
    }

    /// True where another living process has the store open. Removes what dead ones left.
    pub(crate) fn has_company(&self) -> io::Result<bool> {
        let own = self.held();
        let Some(held) = &*own else { return Ok(false) };
        let mut company = false;
        for entry in fs::read_dir(held.path.parent().unwrap_or(Path::new(".")))? {
            let path = entry?.path();
            if path == held.path || path.extension().is_none_or(|extension| extension != "lock") {
                continue;
            }
            if is_held(&path)? {
                company = true;
            } else {
                fs::remove_file(&path).or_else(absent)?;
            }
        }
        Ok(company)
    }
}

impl Lease {
    /// Ends it: the store is closed, whoever still holds it.
    pub(crate) fn release(&self) {
        if let Some(held) = self.held().take() {
            let _ = fs::remove_file(&held.path);
        }
    }

    fn held(&self) -> MutexGuard<'_, Option<Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.release();
    }
}

/// Proof that this process's window is the only one of its data folder; ends when dropped.
#[derive(Debug)]
pub struct WindowLock(#[allow(dead_code)] File);

/// Claims the data folder for this process's window; `None` where another window holds it.
///
/// # Errors
/// When the lock file cannot be made.
pub fn lock_window(folder: &Path) -> io::Result<Option<WindowLock>> {
    fs::create_dir_all(folder)?;
    let file = File::create(folder.join("window.lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(WindowLock(file))),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn is_held(path: &Path) -> io::Result<bool> {
    let file = match File::options().read(true).write(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    match file.try_lock() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn absent(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}
