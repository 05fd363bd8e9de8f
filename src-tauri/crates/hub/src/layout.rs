//! Where models lie: `<models>/<owner>/<repo>/…` as in their repository, packs in `<models>/packs/<id>/`, and what is
//! still on its way in `<models>/.partial/`, on the same volume.

use std::{
    fs, io,
    path::{Component, Path, PathBuf},
};

use domain::DownloadId;

use crate::{
    HubError,
    disk::failed,
    name::{owner_and_name, safe_name, segments},
};

const PARTIAL: &str = ".partial";
const PACKS: &str = "packs";
/// Characters of a commit that tell its files from those of another commit.
const REVISION_CHARS: usize = 12;

/// The folder of models.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    models: PathBuf,
}

impl Layout {
    /// Models in this folder. Nothing is touched yet.
    #[must_use]
    pub const fn new(models: PathBuf) -> Self {
        Self { models }
    }

    /// The folder.
    #[must_use]
    pub fn models(&self) -> &Path {
        &self.models
    }

    /// The file is one that Drawbridge put here: its name stands in this folder, links resolved, and it is complete.
    /// It need not exist any more.
    #[must_use]
    pub fn owns(&self, path: &Path) -> bool {
        let Some(folder) = path.parent().filter(|_| path.file_name().is_some()) else { return false };
        let (models, folder) = match (self.models.canonicalize(), folder.canonicalize()) {
            (Ok(models), Ok(folder)) => (models, folder),
            _ if path.components().any(|step| step == Component::ParentDir) => return false,
            _ => (self.models.clone(), folder.to_owned()),
        };
        folder.starts_with(&models) && !folder.starts_with(models.join(PARTIAL))
    }

    /// Removes files and the folders that this empties, and says how many bytes became free. A file that is gone
    /// already is no error.
    ///
    /// # Errors
    /// [`HubError::BadName`] where one does not lie in this folder: nothing is removed then. [`HubError::Disk`] where
    /// the disk says no: the files before it are removed.
    pub fn remove(&self, files: &[PathBuf]) -> Result<u64, HubError> {
        if let Some(foreign) = files.iter().find(|file| !self.owns(file)) {
            let message = format!("{} does not lie in the folder of models and was left alone.", foreign.display());
            return Err(HubError::BadName(message));
        }
        let mut freed = 0;
        for file in files {
            freed += remove_file(file).map_err(|error| failed("remove", file, &error))?;
        }
        for file in files {
            self.remove_emptied(file);
        }
        Ok(freed)
    }

    /// Folder of everything that is on its way.
    pub(crate) fn partial(&self) -> PathBuf {
        self.models.join(PARTIAL)
    }

    /// Folder of one download.
    pub(crate) fn download(&self, id: DownloadId) -> PathBuf {
        self.partial().join(id.to_string())
    }

    /// Folder of one pack.
    pub(crate) fn pack(&self, id: &str) -> Result<PathBuf, HubError> {
        Ok(self.models.join(PACKS).join(safe_name(id)?))
    }

    /// Folders that a repository's files can lie in, the preferred one first; the second is for a commit whose file
    /// another commit's is in the way of.
    pub(crate) fn places(&self, repo: &str, revision: &str) -> Result<[PathBuf; 2], HubError> {
        let (owner, name) = owner_and_name(repo)?;
        if owner.eq_ignore_ascii_case(PACKS) {
            return Err(HubError::BadName(format!("Repositories of “{owner}” cannot be kept here.")));
        }
        let folder = self.models.join(owner).join(name);
        let revision = safe_name(revision)?;
        let own = folder.join(safe_name(&revision[..revision.len().min(REVISION_CHARS)])?);
        Ok([folder, own])
    }

    fn remove_emptied(&self, file: &Path) {
        // The library's paths have their links resolved; this folder's may hold one.
        let resolved = self.models.canonicalize().unwrap_or_else(|_| self.models.clone());
        let models = if file.starts_with(&resolved) { &resolved } else { &self.models };
        for folder in file.ancestors().skip(1).take_while(|folder| folder != models && folder.starts_with(models)) {
            // It fails where something else lies in it, which ends the walk.
            if fs::remove_dir(folder).is_err() && folder.exists() {
                return;
            }
        }
    }
}

/// Where a file of a repository lies in one of the folders of [`Layout::places`].
pub(crate) fn within(place: &Path, path: &str) -> Result<PathBuf, HubError> {
    Ok(segments(path)?.iter().fold(place.to_owned(), |folder, name| folder.join(name)))
}

fn remove_file(file: &Path) -> io::Result<u64> {
    let gone = |error: io::Error| if error.kind() == io::ErrorKind::NotFound { Ok(0) } else { Err(error) };
    let bytes = match fs::symlink_metadata(file) {
        Ok(entry) if entry.is_file() => entry.len(),
        Ok(_) => 0,
        Err(error) => return gone(error),
    };
    fs::remove_file(file).map(|()| bytes).or_else(gone)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn put(path: &Path, bytes: usize) -> PathBuf {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, vec![1; bytes]).unwrap();
        path.to_owned()
    }

    #[test]
    fn removing_frees_the_bytes_and_the_emptied_folders_alone() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path().join("models"));
        let first = put(&layout.models().join("o/r/a-00001-of-00002.gguf"), 10);
        let second = put(&layout.models().join("o/r/a-00002-of-00002.gguf"), 20);
        let other = put(&layout.models().join("o/s/b.gguf"), 5);
        assert_eq!(layout.remove(&[first.clone(), second]).unwrap(), 30);
        assert!(!first.parent().unwrap().exists() && other.exists());
        assert_eq!(layout.remove(&[first]).unwrap(), 0, "gone already");
        assert_eq!(layout.remove(&[other]).unwrap(), 5);
        assert!(layout.models().exists() && fs::read_dir(layout.models()).unwrap().next().is_none());
    }

    #[test]
    fn nothing_outside_is_owned_or_removed() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path().join("models"));
        let inside = put(&layout.models().join("o/r/a.gguf"), 10);
        let outside = put(&folder.path().join("mine/b.gguf"), 10);
        let partial = put(&layout.partial().join("x/a.gguf.part"), 10);
        let models = layout.models();
        let foreign = [
            outside.clone(),
            models.join("../mine/b.gguf"),
            models.join("none/../../mine/b.gguf"),
            models.to_owned(),
            models.join(".."),
            partial,
            PathBuf::from("/"),
            PathBuf::from("a.gguf"),
        ];
        for path in foreign {
            assert!(!layout.owns(&path), "{}", path.display());
            assert!(matches!(layout.remove(&[inside.clone(), path]), Err(HubError::BadName(_))));
        }
        assert!(inside.exists() && outside.exists());
        assert!(layout.owns(&inside) && layout.owns(&models.join("gone/r/a.gguf")));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_out_of_the_folder_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path().join("models"));
        let outside = put(&folder.path().join("mine/b.gguf"), 10);
        fs::create_dir_all(layout.models()).unwrap();
        std::os::unix::fs::symlink(folder.path().join("mine"), layout.models().join("o")).unwrap();
        assert!(!layout.owns(&layout.models().join("o/b.gguf")));
        std::os::unix::fs::symlink(&outside, layout.models().join("link.gguf")).unwrap();
        assert_eq!(layout.remove(&[layout.models().join("link.gguf")]).unwrap(), 0);
        assert!(outside.exists());
    }

    #[test]
    fn repositories_lie_apart() {
        let layout = Layout::new(PathBuf::from("/models"));
        let [first, second] = layout.places("o/r", "0123456789abcdef").unwrap();
        assert_eq!(within(&first, "Q4/m.gguf").unwrap(), Path::new("/models/o/r/Q4/m.gguf"));
        assert_eq!(within(&second, "m.gguf").unwrap(), Path::new("/models/o/r/0123456789ab/m.gguf"));
        assert_eq!(layout.pack("p").unwrap(), Path::new("/models/packs/p"));
        for (repo, revision) in [("packs/x", "a"), ("PACKS/x", "a"), ("r", "a"), ("o/r", "../a"), ("o/r", "")] {
            assert!(layout.places(repo, revision).is_err(), "{repo} {revision}");
        }
        assert!(within(&first, "../m.gguf").is_err());
    }
}
