//! Where the files of a policy lie.

use std::{
    fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use crate::{
    parse::{Parsed, parse},
    policy::Policy,
    problem::Problem,
    trust::{self, Distrust},
};

/// Folders of policy files. The user cannot choose them: the composition root does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources {
    /// Folders whose `*.json` bind the user, in the order in which later ones win.
    pub managed: Vec<PathBuf>,
    /// Folders whose `*.json` are defaults that the user may change.
    pub recommended: Vec<PathBuf>,
    /// Who must own each file, its folder and every folder above (a Unix uid); root on a real computer.
    pub owner_uid: u32,
    /// This folder and those above it are not looked at. Nothing on a real computer, so that all are; tests keep their
    /// files below a folder that everybody may write to.
    pub unchecked: PathBuf,
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
        Self { managed: vec![root.join("managed")], recommended: vec![root.join("recommended")], ..Self::none() }
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
                for (file, parsed) in folder_files(folder, managed, sources) {
                    policy.add(&file, parsed, managed);
                }
            }
        }
        policy
    }
}

fn folder_files(folder: &Path, managed: bool, sources: &Sources) -> Vec<(PathBuf, Parsed)> {
    let names = match folder_names(folder, sources) {
        Ok(names) => names,
        Err((at, distrust)) => return vec![(at.clone(), refused(&at, managed, &distrust))],
    };
    names
        .into_iter()
        .map(|file| {
            let parsed = match trust::read(&file, sources.owner_uid) {
                Ok(bytes) => parse(&file, &bytes, managed),
                Err(distrust) => refused(&file, managed, &distrust),
            };
            (file, parsed)
        })
        .collect()
}

/// The files of a folder in the order of their names; none where there is no folder. An error names the folder that is
/// not believed, which may be one above.
fn folder_names(folder: &Path, sources: &Sources) -> Result<Vec<PathBuf>, (PathBuf, Distrust)> {
    let is_there = |path: &Path| match fs::symlink_metadata(path) {
        Err(error) => error.kind() != ErrorKind::NotFound,
        Ok(_) => true,
    };
    // Where its parent is ours, whoever may write there could have taken the folder away.
    if !is_there(folder) && !folder.parent().is_some_and(is_there) {
        return Ok(Vec::new());
    }
    for above in folder.ancestors().take_while(|above| *above != sources.unchecked) {
        match trust::folder(above, sources.owner_uid) {
            Err(distrust) if above != folder || !distrust.is_absence() => return Err((above.to_owned(), distrust)),
            Ok(()) | Err(_) => {}
        }
    }
    match files_in(folder) {
        Ok(files) => Ok(files),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err((folder.to_owned(), Distrust::Io(error))),
    }
}

fn files_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
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

fn refused(path: &Path, managed: bool, distrust: &Distrust) -> Parsed {
    let sentence = distrust.to_string();
    let problem = Problem { file: path.to_owned(), line: None, column: None, key: None, sentence, seals: managed };
    Parsed { settings: Vec::new(), problems: vec![problem] }
}
