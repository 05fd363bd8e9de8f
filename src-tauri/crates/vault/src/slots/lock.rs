//! One at a time reads, decides and writes the slots of a folder, whichever process it is in.

use std::{fs::File, io, path::Path};

use crate::VaultError;

/// Held round reading and writing the slots. The system takes it back from a process that died.
#[derive(Debug)]
pub(crate) struct SlotsLock {
    _held: File,
}

impl SlotsLock {
    /// Waits until nobody else has it. Whoever holds it and asks again waits for ever.
    pub(crate) fn take(folder: &Path) -> Result<Self, VaultError> {
        let taken = || -> io::Result<Self> {
            std::fs::create_dir_all(folder)?;
            // A file of its own: the slots are replaced by a rename, which a lock on them would not outlive.
            let file = File::options().create(true).truncate(false).write(true).open(folder.join("keyslots.lock"))?;
            file.lock()?;
            Ok(Self { _held: file })
        };
        taken().map_err(|error| VaultError::Disk(format!("{}: {error}", folder.display())))
    }
}
