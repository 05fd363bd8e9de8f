//! What a download does on threads that may block: looking at the disk, reading headers, moving files.

use std::{
    fs, io,
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use gguf::GgufError;
use tokio::task::JoinHandle;

use super::{
    folder::part_file,
    machine::{Intent, Occupant, PlaceError, Survey},
    pinned::Pinned,
};
use crate::{
    HubError, Layout, RemoteFile,
    disk::{failed, free_bytes, sync_folder},
    layout::within,
};

/// Between somebody who hashes and somebody who waits for it.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    stop: AtomicBool,
    done: AtomicU64,
    of: AtomicU64,
}

impl Watch {
    /// Asks to stop soon.
    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Bytes hashed and bytes in all; none where nothing is being hashed.
    pub(crate) fn progress(&self) -> Option<(u64, u64)> {
        let of = self.of.load(Ordering::Relaxed);
        (of > 0).then(|| (self.done.load(Ordering::Relaxed).min(of), of))
    }

    /// Hashing of so many bytes begins.
    pub(crate) fn begin(&self, of: u64) {
        self.done.store(0, Ordering::Relaxed);
        self.of.store(of, Ordering::Relaxed);
    }

    /// So much is hashed; whether to go on.
    pub(crate) fn goes_on(&self, done: u64) -> bool {
        self.done.store(done, Ordering::Relaxed);
        !self.stop.load(Ordering::Relaxed)
    }
}

/// Runs on a thread that may block.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    joined(&mut tokio::task::spawn_blocking(work)).await
}

/// Waits for work on a thread that may block. When the runtime ends meanwhile, nothing comes any more.
pub(crate) async fn joined<T>(work: &mut JoinHandle<T>) -> T {
    match work.await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => std::future::pending().await,
        },
    }
}

/// Places that a part can go to.
pub(crate) const PLACES: usize = 2;

/// A part, where it is kept and where it would go.
#[derive(Debug, Clone)]
pub(crate) struct Spot {
    /// What the hub states of it.
    pub stated: RemoteFile,
    /// `NAME.part` in the download's folder.
    pub kept: PathBuf,
    /// Where it would lie, by place.
    pub targets: [PathBuf; PLACES],
    /// It lies there already.
    pub placed: bool,
    /// This download moves it to this place, or has.
    pub intended: Option<usize>,
}

impl Spot {
    /// Where this download moved it, if it did.
    pub(crate) fn moved(&self) -> Option<&Path> {
        let target = &self.targets[self.intended?];
        let there = file_bytes(target) == Some(self.stated.bytes) && fs::symlink_metadata(&self.kept).is_err();
        there.then_some(target)
    }

    /// Bytes of it that are on the disk.
    pub(crate) fn here(&self) -> u64 {
        match self.moved() {
            Some(_) => self.stated.bytes,
            None => file_bytes(&self.kept).unwrap_or(0),
        }
    }
}

/// The parts of a download.
///
/// # Errors
/// [`HubError::BadName`].
pub(crate) fn spots(
    layout: &Layout,
    folder: &Path,
    repo: &str,
    pinned: &Pinned,
    intent: Option<&Intent>,
) -> Result<Vec<Spot>, HubError> {
    let [first, second] = layout.places(repo, &pinned.revision)?;
    let spot = |(no, stated): (usize, &RemoteFile)| {
        Ok(Spot {
            kept: part_file(folder, &stated.path),
            targets: [within(&first, &stated.path)?, within(&second, &stated.path)?],
            placed: false,
            intended: intent.filter(|intent| intent.parts.contains(&no)).map(|intent| intent.place),
            stated: stated.clone(),
        })
    };
    pinned.parts.iter().enumerate().map(spot).collect()
}

/// Length of a file; none where there is no file of that name.
fn file_bytes(path: &Path) -> Option<u64> {
    fs::symlink_metadata(path).ok().filter(fs::Metadata::is_file).map(|file| file.len())
}

/// Looks at the disk. Later places are not looked at where an earlier one will do.
pub(crate) fn survey(models: &Path, spots: &[Spot], watch: &Watch) -> Result<Survey, HubError> {
    let mut places = Vec::new();
    for place in 0..PLACES {
        let occupants =
            spots.iter().map(|spot| occupant(spot, &spot.targets[place], watch)).collect::<Result<Vec<_>, _>>()?;
        let will_do = !occupants.contains(&Occupant::Another);
        places.push(occupants);
        if will_do {
            break;
        }
    }
    let had = spots.iter().map(|spot| file_bytes(&spot.kept).unwrap_or(0)).collect();
    Ok(Survey { free: free_bytes(models)?, had, places })
}

fn occupant(spot: &Spot, target: &Path, watch: &Watch) -> Result<Occupant, HubError> {
    let file = match fs::symlink_metadata(target) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Occupant::Nobody),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => return Ok(Occupant::Another),
        Err(error) => return Err(failed("look at", target, &error)),
    };
    // It was whole when this download moved it, and nothing is stated that it could be compared with.
    if spot.stated.sha256.is_none() && spot.moved() == Some(target) {
        return Ok(Occupant::Same);
    }
    let Some(stated) = spot.stated.sha256.as_deref().filter(|_| file.is_file() && file.len() == spot.stated.bytes)
    else {
        return Ok(Occupant::Another);
    };
    watch.begin(file.len());
    let go_on = |done| if watch.goes_on(done) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) };
    let hash = gguf::sha256(target, go_on).map_err(|error| HubError::Disk(error.to_string()))?;
    Ok(if hash.as_deref() == Some(stated) { Occupant::Same } else { Occupant::Another })
}

/// Reads the headers of whole parts, in order: a GGUF file, or all parts of a split one.
///
/// # Errors
/// [`HubError::Unusable`], or [`HubError::Disk`] where it could not be read.
pub(crate) fn check(files: &[PathBuf]) -> Result<(), HubError> {
    for (no, file) in files.iter().enumerate() {
        let header = gguf::read(file).map_err(|error| match error {
            GgufError::Missing(_) | GgufError::NotAFile(_) | GgufError::Io(_) => HubError::Disk(error.to_string()),
            error => HubError::Unusable(error.to_string()),
        })?;
        let (place, count) = header.split().map_or((0, 1), |split| (usize::from(split.no), usize::from(split.count)));
        if (place, count) != (no, files.len()) {
            let message = format!(
                "This model's files do not belong together: one says that it is part {} of {count}, and it came as part {} of {}.",
                place + 1,
                no + 1,
                files.len()
            );
            return Err(HubError::Unusable(message));
        }
    }
    Ok(())
}

/// Moves all parts that are not in their place yet there, the first one last, so that the model appears once it is
/// whole. Moves them back where one of them cannot be moved.
///
/// # Errors
/// See [`PlaceError`].
pub(crate) fn place(spots: &[Spot], place: usize, placing: &Mutex<()>) -> Result<(), PlaceError> {
    let _alone = placing.lock().unwrap_or_else(PoisonError::into_inner);
    let to_move: Vec<(&Path, &Path)> = spots
        .iter()
        .filter(|spot| !spot.placed)
        .map(|spot| (spot.kept.as_path(), spot.targets[place].as_path()))
        .rev()
        .collect();
    if to_move.iter().any(|(_, target)| fs::symlink_metadata(target).is_ok()) {
        return Err(PlaceError::Taken);
    }
    for (no, (kept, target)) in to_move.iter().enumerate() {
        if let Err(error) = rename(kept, target) {
            for (kept, target) in &to_move[..no] {
                let _ = fs::rename(target, kept);
            }
            return Err(PlaceError::Disk(error));
        }
    }
    for folder in to_move.iter().filter_map(|(_, target)| target.parent()) {
        sync_folder(folder).map_err(PlaceError::Disk)?;
    }
    Ok(())
}

fn rename(kept: &Path, target: &Path) -> Result<(), HubError> {
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder).map_err(|error| failed("make the folder", folder, &error))?;
    }
    fs::rename(kept, target).map_err(|error| failed("write", target, &error))
}
