//! Whether a file or folder may be believed: nobody but its owner can have written what stands there.
//!
//! A folder is looked at by its path, and that is safe because every folder above it has been looked at as well: who
//! may not write to any of them can exchange none. A file is looked at by the handle that is then read.

use std::{
    fmt, fs,
    io::{self, Read},
    path::Path,
};

use crate::parse::MAX_FILE_BYTES;

/// Why a file or folder is not believed.
#[derive(Debug)]
pub(crate) enum Distrust {
    Io(io::Error),
    /// A symbolic link, wherever it leads.
    Link,
    /// A folder in a file's place, a pipe, a device.
    Kind,
    #[cfg(unix)]
    Owner {
        uid: u32,
        needed: u32,
    },
    #[cfg(unix)]
    Writable,
}

impl Distrust {
    /// There is nothing by that name.
    pub(crate) fn is_absence(&self) -> bool {
        matches!(self, Self::Io(error) if error.kind() == io::ErrorKind::NotFound)
    }
}

impl From<io::Error> for Distrust {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl fmt::Display for Distrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "It cannot be read: {error}."),
            Self::Link => {
                f.write_str("It is not obeyed, because it is a symbolic link. Put the file or folder itself there.")
            }
            Self::Kind => f.write_str("It is not obeyed, because it is not an ordinary file or folder."),
            #[cfg(unix)]
            Self::Owner { uid, needed } => {
                write!(f, "It is not obeyed, because user {uid} owns it. User {needed} must own it: chown {needed}.")
            }
            #[cfg(unix)]
            Self::Writable => {
                f.write_str("It is not obeyed, because others than its owner may write to it: chmod go-w.")
            }
        }
    }
}

/// Looks at one folder; those above it are the caller's to look at.
pub(crate) fn folder(path: &Path, owner_uid: u32) -> Result<(), Distrust> {
    let metadata = fs::symlink_metadata(path)?;
    if metadata.is_symlink() {
        return Err(Distrust::Link);
    }
    if !metadata.is_dir() {
        return Err(Distrust::Kind);
    }
    owned(&metadata, owner_uid)
}

/// The bytes of a file: all of them, or one more than a policy may have.
pub(crate) fn read(path: &Path, owner_uid: u32) -> Result<Vec<u8>, Distrust> {
    let file = open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(Distrust::Kind);
    }
    owned(&metadata, owner_uid)?;
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Follows no link, and does not wait for the other end of a pipe.
#[cfg(unix)]
fn open(path: &Path) -> Result<fs::File, Distrust> {
    use rustix::{
        fs::{Mode, OFlags},
        io::Errno,
    };
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(handle) => Ok(handle.into()),
        Err(Errno::LOOP) => Err(Distrust::Link),
        Err(errno) => Err(Distrust::Io(errno.into())),
    }
}

#[cfg(not(unix))]
fn open(path: &Path) -> Result<fs::File, Distrust> {
    Ok(fs::File::open(path)?)
}

/// The group's bits are the most that any access list grants as well.
#[cfg(unix)]
fn owned(metadata: &fs::Metadata, owner_uid: u32) -> Result<(), Distrust> {
    use std::os::unix::fs::MetadataExt;
    if metadata.uid() != owner_uid {
        return Err(Distrust::Owner { uid: metadata.uid(), needed: owner_uid });
    }
    // The sticky bit of /tmp does not help: it keeps nobody from adding a file.
    if metadata.mode() & 0o022 != 0 {
        return Err(Distrust::Writable);
    }
    Ok(())
}

#[cfg(not(unix))]
fn owned(_: &fs::Metadata, _: u32) -> Result<(), Distrust> {
    Ok(())
}
