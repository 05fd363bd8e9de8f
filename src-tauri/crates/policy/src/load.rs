//! Where the files of a policy lie.

use std::{
    fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use crate::{
    parse::{Parsed, parse},
    policy::Policy,
    property_list,
    trust::{self, Distrust},
};

/// Where policies lie. The user cannot choose: the composition root does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources {
    /// Folders whose `*.json` bind the user, in the order in which later ones win.
    pub managed: Vec<PathBuf>,
    /// Folders whose `*.json` are defaults that the user may change.
    pub recommended: Vec<PathBuf>,
    /// Property lists that bind the user, in the order in which later ones win.
    pub property_lists: Vec<PathBuf>,
    /// The registry's policies bind the user; of no effect but on Windows.
    pub registry: bool,
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

    /// Where this system keeps policies: `/etc/drawbridge/policies/{managed,recommended}` on Linux, the registry on
    /// Windows, managed preferences on macOS.
    #[must_use]
    pub fn system() -> Self {
        if cfg!(windows) {
            return Self { registry: true, ..Self::none() };
        }
        if cfg!(target_os = "macos") {
            return Self { property_lists: property_list::places(user().as_deref()), ..Self::none() };
        }
        let root = Path::new("/etc/drawbridge/policies");
        Self { managed: vec![root.join("managed")], recommended: vec![root.join("recommended")], ..Self::none() }
    }
}

/// Who runs the program, as the system says and not the environment, which the user could set.
#[cfg(target_os = "macos")]
fn user() -> Option<String> {
    whoami::username().ok()
}

#[cfg(not(target_os = "macos"))]
fn user() -> Option<String> {
    None
}

impl Policy {
    /// Reads every source, files in the order of their names. It never fails: what is wrong is among
    /// [`Policy::problems`], and what is wrong with security has sealed the bridge.
    #[must_use]
    pub fn load(sources: &Sources) -> Self {
        let mut policy = Self::default();
        let folders = [(&sources.recommended, false), (&sources.managed, true)];
        for (folder, managed) in
            folders.into_iter().flat_map(|(all, managed)| all.iter().map(move |one| (one, managed)))
        {
            for (file, parsed) in folder_files(folder, managed, sources) {
                policy.add(&file, parsed, managed);
            }
        }
        for file in &sources.property_lists {
            let parsed = property_list(file, sources);
            policy.add(file, parsed, true);
        }
        #[cfg(windows)]
        if sources.registry {
            for (place, parsed) in crate::registry::policies() {
                policy.add(&place, parsed, true);
            }
        }
        policy
    }
}

fn property_list(file: &Path, sources: &Sources) -> Parsed {
    let folder = file.parent().unwrap_or(file);
    if !is_there(folder) {
        return Parsed::default();
    }
    let bytes =
        look_at(folder, sources).map_err(|(at, distrust)| (at, distrust.to_string())).and_then(|()| match trust::read(
            file,
            sources.owner_uid,
        ) {
            Err(distrust) if distrust.is_absence() => Ok(None),
            read => read.map(Some).map_err(|distrust| (file.to_owned(), distrust.to_string())),
        });
    match bytes {
        Ok(Some(bytes)) => property_list::parse(file, &bytes),
        Ok(None) => Parsed::default(),
        Err((at, sentence)) => Parsed::refused(&at, true, None, sentence),
    }
}

fn folder_files(folder: &Path, managed: bool, sources: &Sources) -> Vec<(PathBuf, Parsed)> {
    let names = match folder_names(folder, sources) {
        Ok(names) => names,
        Err((at, distrust)) => return vec![(at.clone(), Parsed::refused(&at, managed, None, distrust.to_string()))],
    };
    names
        .into_iter()
        .map(|file| {
            let parsed = match trust::read(&file, sources.owner_uid) {
                Ok(bytes) => parse(&file, &bytes, managed),
                Err(distrust) => Parsed::refused(&file, managed, None, distrust.to_string()),
            };
            (file, parsed)
        })
        .collect()
}

/// The files of a folder in the order of their names; none where there is no folder. An error names the folder that is
/// not believed, which may be one above.
fn folder_names(folder: &Path, sources: &Sources) -> Result<Vec<PathBuf>, (PathBuf, Distrust)> {
    // Where its parent is ours, whoever may write there could have taken the folder away.
    if !is_there(folder) && !folder.parent().is_some_and(is_there) {
        return Ok(Vec::new());
    }
    look_at(folder, sources)?;
    match files_in(folder) {
        Ok(files) => Ok(files),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err((folder.to_owned(), Distrust::Io(error))),
    }
}

/// What cannot be looked at may well be there.
fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).map_or_else(|error| error.kind() != ErrorKind::NotFound, |_| true)
}

/// Looks at a folder, which may be absent, and at all above it.
fn look_at(folder: &Path, sources: &Sources) -> Result<(), (PathBuf, Distrust)> {
    for above in folder.ancestors().take_while(|above| *above != sources.unchecked) {
        match trust::folder(above, sources.owner_uid) {
            Err(distrust) if above != folder || !distrust.is_absence() => return Err((above.to_owned(), distrust)),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
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
