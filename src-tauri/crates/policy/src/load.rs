//! Where the files of a policy lie, and whether they may be believed.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use crate::{
    parse::{MAX_FILE_BYTES, Parsed, parse},
    policy::Policy,
    problem::Problem,
};

/// Folders of policy files. The user cannot choose them: the composition root does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources {
    /// Folders whose `*.json` bind the user, in the order in which later ones win.
    pub managed: Vec<PathBuf>,
    /// Folders whose `*.json` are defaults that the user may change.
    pub recommended: Vec<PathBuf>,
    /// Who must own each folder and file (a Unix uid); root on a real computer.
    pub owner_uid: u32,
}

impl Sources {
    /// No policy.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Where this system keeps policies: `/etc/drawbridge/policies/{managed,recommended}` on Linux. The registry of
    /// Windows and the managed preferences of macOS are not read.
    #[must_use]
    pub fn system() -> Self {
        if !cfg!(target_os = "linux") {
            return Self::none();
        }
        let root = Path::new("/etc/drawbridge/policies");
        Self { managed: vec![root.join("managed")], recommended: vec![root.join("recommended")], owner_uid: 0 }
    }
}

impl Policy {
    /// Reads every file of `sources`, in the order of their names. It never fails: what is wrong is among
    /// [`Policy::problems`], and what is wrong with security has sealed the bridge.
    #[must_use]
    pub fn load(sources: &Sources) -> Self {
        let mut policy = Self::default();
        for (folders, managed) in [(&sources.recommended, false), (&sources.managed, true)] {
            for folder in folders {
                for (file, parsed) in folder_files(folder, managed, sources.owner_uid) {
                    policy.add(&file, parsed, managed);
                }
            }
        }
        policy
    }
}

fn folder_files(folder: &Path, managed: bool, owner_uid: u32) -> Vec<(PathBuf, Parsed)> {
    let names = match folder_names(folder, owner_uid) {
        Ok(names) => names,
        // No folder, no policy.
        Err(Distrust::Io(error)) if error.kind() == io::ErrorKind::NotFound => return Vec::new(),
        Err(distrust) => return vec![(folder.to_owned(), refused(folder, managed, &distrust))],
    };
    names
        .into_iter()
        .map(|file| {
            let parsed = match read(&file, owner_uid) {
                Ok(bytes) => parse(&file, &bytes, managed),
                Err(distrust) => refused(&file, managed, &distrust),
            };
            (file, parsed)
        })
        .collect()
}

fn folder_names(folder: &Path, owner_uid: u32) -> Result<Vec<PathBuf>, Distrust> {
    // A link that leads nowhere is a policy that cannot be read, not the absence of one.
    fs::symlink_metadata(folder)?;
    trust(&fs::metadata(folder).map_err(|error| io::Error::other(error.to_string()))?, owner_uid)?;
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The bytes of the file that was looked at, and one more than may be at most.
fn read(path: &Path, owner_uid: u32) -> Result<Vec<u8>, Distrust> {
    let file = fs::File::open(path)?;
    trust(&file.metadata()?, owner_uid)?;
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Why a file or folder is not believed.
enum Distrust {
    Io(io::Error),
    #[cfg(unix)]
    Owner {
        uid: u32,
        needed: u32,
    },
    #[cfg(unix)]
    Writable,
}

impl From<io::Error> for Distrust {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

fn refused(path: &Path, managed: bool, distrust: &Distrust) -> Parsed {
    let sentence = match distrust {
        Distrust::Io(error) => format!("It cannot be read: {error}."),
        #[cfg(unix)]
        Distrust::Owner { uid, needed } => {
            format!("It is not obeyed, because user {uid} owns it. User {needed} must own it: chown {needed}.")
        }
        #[cfg(unix)]
        Distrust::Writable => "It is not obeyed, because others than its owner may write to it: chmod go-w.".to_owned(),
    };
    let problem = Problem { file: path.to_owned(), line: None, column: None, key: None, sentence, seals: managed };
    Parsed { settings: Vec::new(), problems: vec![problem] }
}

/// Nobody but the owner can have written what stands there.
#[cfg(unix)]
fn trust(metadata: &fs::Metadata, owner_uid: u32) -> Result<(), Distrust> {
    use std::os::unix::fs::MetadataExt;
    if metadata.uid() != owner_uid {
        return Err(Distrust::Owner { uid: metadata.uid(), needed: owner_uid });
    }
    if metadata.mode() & 0o022 != 0 {
        return Err(Distrust::Writable);
    }
    Ok(())
}

#[cfg(not(unix))]
fn trust(_: &fs::Metadata, _: u32) -> Result<(), Distrust> {
    Ok(())
}
