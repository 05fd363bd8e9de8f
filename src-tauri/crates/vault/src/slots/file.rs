//! The file of the slots, and its copy.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

use super::{KeySlots, text};
use crate::VaultError;

const NAME: &str = "keyslots.json";
/// What lies in a folder, and what of it is to be put right.
pub(super) struct Found {
    /// What counts.
    pub(super) slots: Result<Option<KeySlots>, VaultError>,
    mend: Option<Mend>,
}

/// What a read puts right. After each step of it the next read finds the same slots.
enum Mend {
    /// The file, from its copy; a damaged one is kept aside.
    Own {
        /// There is one, and it is damaged.
        damaged: bool,
    },
    /// The copy, from the file: a write was cut short between the two, or somebody took it away.
    Copy,
}

impl Found {
    pub(super) const fn is_whole(&self) -> bool {
        self.mend.is_none()
    }

    /// Puts right what can be. Whoever calls holds the lock.
    pub(super) fn mended(self, folder: &Path) -> Result<Option<KeySlots>, VaultError> {
        let slots = self.slots?;
        if let (Some(mend), Some(slots)) = (self.mend, &slots)
            && let Err(error) = mend.apply(slots, folder)
        {
            tracing::warn!(%error, "the key slots could not be put right; they are used as they are");
        }
        Ok(slots)
    }
}

impl Mend {
    fn apply(&self, slots: &KeySlots, folder: &Path) -> io::Result<()> {
        let [own, copy] = places(folder);
        let text = text::summed(slots).0;
        match self {
            Self::Own { damaged } => {
                let aside = if *damaged { Some(set_aside(&own)?) } else { None };
                tracing::warn!(?aside, "the key slots were put back from their copy");
                replace(&own, text.as_bytes())
            }
            Self::Copy => replace(&copy, text.as_bytes()),
        }
    }
}

pub(super) fn find(folder: &Path) -> Found {
    use VaultError::{SlotsAbsurd, SlotsDamaged};
    let [own, copy] = places(folder);
    let (slots, mend) = match (one(&own), one(&copy)) {
        (Ok(None), Ok(Some(copy))) => (Ok(Some(copy)), Some(Mend::Own { damaged: false })),
        (Err(SlotsDamaged | SlotsAbsurd(_)), Ok(Some(copy))) => (Ok(Some(copy)), Some(Mend::Own { damaged: true })),
        (Err(SlotsDamaged | SlotsAbsurd(_)), Err(error @ VaultError::SlotsTooNew)) => (Err(error), None),
        (Ok(Some(own)), copy) => {
            let behind = match copy {
                // Slots of other keys were not left by a write: somebody put one of the two there, and both stay.
                Ok(Some(copy)) => copy != own && copy.is_related(&own),
                Ok(None) | Err(SlotsDamaged | SlotsAbsurd(_)) => true,
                Err(_) => false,
            };
            (Ok(Some(own)), behind.then_some(Mend::Copy))
        }
        // Nothing may be made anew where the copy says that there was something.
        (Ok(None), Err(error)) => (Err(error), None),
        (own, _) => (own, None),
    };
    Found { slots, mend }
}

/// Writes and answers the sum, unless others lie there than those that these were made from. Whoever calls holds the
/// lock.
pub(super) fn write(slots: &KeySlots, folder: &Path) -> Result<String, VaultError> {
    let places = places(folder);
    match find(folder).slots {
        Ok(Some(there)) if there.base != slots.base => return Err(VaultError::SlotsChanged),
        // What is gone is nobody's change, nor is what cannot be read; but it is kept.
        Ok(_) => {}
        Err(VaultError::SlotsDamaged | VaultError::SlotsAbsurd(_)) => {
            for place in places.iter().filter(|place| place.exists()) {
                set_aside(place).map_err(|error| failed(place, &error))?;
            }
        }
        Err(error) => return Err(error),
    }
    let (text, sum) = text::summed(slots);
    for place in places {
        replace(&place, text.as_bytes()).map_err(|error| failed(&place, &error))?;
    }
    Ok(sum)
}

/// Keeps a damaged file under a name that tells of when it is.
fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let at = time::OffsetDateTime::from(fs::metadata(path)?.modified()?);
    let (date, (hour, minute, second)) = (at.date(), at.time().as_hms());
    let aside = path.with_file_name(format!("{NAME}.damaged-{date}T{hour:02}-{minute:02}-{second:02}Z"));
    fs::rename(path, &aside)?;
    Ok(aside)
}

fn places(folder: &Path) -> [PathBuf; 2] {
    [folder.join(NAME), folder.join("backups").join(NAME)]
}

fn one(path: &Path) -> Result<Option<KeySlots>, VaultError> {
    // One byte more than slots may take tells that there are too many.
    let limited = |file: File| {
        let mut bytes = Vec::new();
        file.take(text::LONGEST as u64 + 1).read_to_end(&mut bytes).map(|_| bytes)
    };
    let bytes = match File::open(path).and_then(limited) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(path, &error)),
    };
    let (generations, sum) = text::parsed(&bytes)?;
    Ok(Some(KeySlots { generations, base: Some(sum) }))
}

/// Writes beside and renames; only the owner may read it.
fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let unborn = path.with_extension("new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&unborn)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&unborn, path)?;
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    Ok(())
}

fn failed(path: &Path, error: &io::Error) -> VaultError {
    VaultError::Disk(format!("{}: {error}", path.display()))
}
