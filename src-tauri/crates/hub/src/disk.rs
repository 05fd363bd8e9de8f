//! What the disk is asked for here: space, durability, and what its errors mean.

use std::{
    fs::File,
    io::{self, ErrorKind, Write},
    path::Path,
};

use crate::HubError;

/// Bytes that this user can still write where `folder` lies.
///
/// # Errors
/// [`HubError::Disk`].
#[cfg(unix)]
pub(crate) fn free_bytes(folder: &Path) -> Result<u64, HubError> {
    let volume = rustix::fs::statvfs(folder).map_err(|error| failed("look at", folder, &error.into()))?;
    Ok(volume.f_bavail.saturating_mul(volume.f_frsize))
}

/// Bytes that this user can still write where `folder` lies.
///
/// # Errors
/// [`HubError::Disk`].
#[cfg(not(unix))]
pub(crate) fn free_bytes(folder: &Path) -> Result<u64, HubError> {
    let folder = folder.canonicalize().map_err(|error| failed("look at", folder, &error))?;
    sysinfo::Disks::new_with_refreshed_list()
        .iter()
        .filter(|disk| folder.starts_with(disk.mount_point()))
        .max_by_key(|disk| disk.mount_point().as_os_str().len())
        .map(sysinfo::Disk::available_space)
        .ok_or_else(|| HubError::Disk(format!("No disk is known for {}.", folder.display())))
}

/// Refuses what does not fit: `bytes` and a twentieth of them are needed.
///
/// # Errors
/// [`HubError::DiskFull`].
pub(crate) fn room_for(bytes: u64, free: u64) -> Result<(), HubError> {
    let needed = bytes.saturating_add(bytes / 20);
    if needed <= free {
        return Ok(());
    }
    Err(HubError::DiskFull(format!(
        "This needs {} of free space and there are {}. Free some and try again.",
        amount(needed),
        amount(free)
    )))
}

/// What an error of the disk means. `verb` says what was tried: “write”, “read”.
pub(crate) fn failed(verb: &str, path: &Path, error: &io::Error) -> HubError {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            HubError::DiskFull("The disk is full. Free some space and try again.".into())
        }
        // FAT32, for one, holds no file of 4 GiB.
        ErrorKind::FileTooLarge => {
            HubError::DiskFull("This disk cannot hold a file of that size. Choose a folder on another disk.".into())
        }
        _ => HubError::Disk(format!("It was not possible to {verb} {}: {error}.", path.display())),
    }
}

/// Makes the names in a folder durable. Where folders cannot be opened the system does it by itself.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), HubError> {
    if cfg!(unix) {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| failed("write", folder, &error))?;
    }
    Ok(())
}

/// Replaces a small file as a whole: after a crash the old content is there or the new.
pub(crate) fn replace(path: &Path, content: &[u8]) -> Result<(), HubError> {
    let fresh = path.with_extension("new");
    let write = || {
        let mut file = File::create(&fresh)?;
        file.write_all(content)?;
        file.sync_all()?;
        std::fs::rename(&fresh, path)
    };
    write().map_err(|error| failed("write", path, &error))?;
    path.parent().map_or(Ok(()), sync_folder)
}

/// Bytes as people read them, in powers of ten like the systems' file managers.
pub(crate) fn amount(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1000 {
        return format!("{bytes} bytes");
    }
    let mut value = bytes as f64 / 1000.0;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    let decimals = usize::from(value < 99.95);
    format!("{value:.decimals$} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn bytes_are_written_as_people_read_them() {
        let cases = [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (1000, "1.0 kB"),
            (999_999, "1.0 MB"),
            (4_920_734_272, "4.9 GB"),
            (957_800_000, "958 MB"),
        ];
        for (bytes, text) in cases {
            assert_eq!(amount(bytes), text);
        }
        assert_eq!(amount(u64::MAX), "18446744 TB");
    }

    #[test]
    fn a_twentieth_more_than_what_is_missing_must_be_free() {
        assert!(room_for(100, 105).is_ok());
        assert!(matches!(room_for(100, 104), Err(HubError::DiskFull(_))));
        assert!(matches!(room_for(u64::MAX, u64::MAX - 1), Err(HubError::DiskFull(_))));
    }

    #[test]
    fn a_folder_lies_on_a_disk() {
        let folder = tempfile::tempdir().unwrap();
        assert!(free_bytes(folder.path()).unwrap() > 0);
        assert!(matches!(free_bytes(&folder.path().join("none")), Err(HubError::Disk(_))));
    }

    #[test]
    fn a_file_is_replaced_as_a_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        replace(&path, b"one").unwrap();
        replace(&path, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
