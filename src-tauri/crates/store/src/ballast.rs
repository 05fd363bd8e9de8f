//! Space kept for the moment when the disk is full: a file that is dropped so that what is being written fits.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

/// Size of the file.
const BYTES: u64 = 16 << 20;
/// Free space below which it is not made (again): it must not be what fills the disk.
const ENOUGH: u64 = 4 * BYTES;

#[derive(Debug)]
pub(crate) struct Ballast(PathBuf);

impl Ballast {
    pub(crate) fn beside(database: &Path) -> Self {
        Self(database.with_file_name("ballast.bin"))
    }

    /// Frees the space. True where there was some to free.
    pub(crate) fn drop_it(&self) -> bool {
        fs::remove_file(&self.0).is_ok()
    }

    /// Takes the space again, where there is plenty. True where it is held now.
    pub(crate) fn restore(&self) -> io::Result<bool> {
        if fs::metadata(&self.0).is_ok_and(|held| held.len() == BYTES) {
            return Ok(true);
        }
        if free_bytes(&self.0)? < ENOUGH {
            return Ok(false);
        }
        let made = File::create(&self.0).and_then(|file| fill(&file));
        if made.is_err() {
            self.drop_it();
        }
        made.map(|()| true)
    }
}

#[cfg(target_os = "linux")]
fn fill(file: &File) -> io::Result<()> {
    match rustix::fs::fallocate(file, rustix::fs::FallocateFlags::empty(), 0, BYTES) {
        Err(rustix::io::Errno::OPNOTSUPP) => write(file),
        other => Ok(other?),
    }
}

#[cfg(not(target_os = "linux"))]
fn fill(file: &File) -> io::Result<()> {
    write(file)
}

fn write(mut file: &File) -> io::Result<()> {
    let block = vec![0; 1 << 20];
    for _ in 0..BYTES >> 20 {
        io::Write::write_all(&mut file, &block)?;
    }
    file.sync_all()
}

#[cfg(unix)]
fn free_bytes(file: &Path) -> io::Result<u64> {
    let volume = rustix::fs::statvfs(file.parent().unwrap_or(Path::new(".")))?;
    Ok(volume.f_bavail.saturating_mul(volume.f_frsize))
}

/// Elsewhere nobody asks first; a disk that is full says so.
#[cfg(not(unix))]
fn free_bytes(_: &Path) -> io::Result<u64> {
    Ok(u64::MAX)
}
