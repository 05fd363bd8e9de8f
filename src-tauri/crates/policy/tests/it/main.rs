//! The policy from files on a disk: every key in every state, hostile bytes, who may own the files.
#![allow(clippy::unwrap_used)]

mod documents;
mod files;
mod hostile;
mod lists;
mod rows;

use std::{fs, path::PathBuf};

use policy::{Policy, Sources};

/// Folders of one computer, owned by whoever runs the tests.
struct Computer {
    root: tempfile::TempDir,
}

impl Computer {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        for folder in ["managed", "recommended"] {
            fs::create_dir(root.path().join(folder)).unwrap();
            private(&root.path().join(folder));
        }
        Self { root }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// Writes `managed/10.json` and the like.
    fn file(&self, name: &str, text: impl AsRef<[u8]>) -> &Self {
        fs::write(self.path(name), text).unwrap();
        private(&self.path(name));
        self
    }

    fn sources(&self) -> Sources {
        Sources {
            managed: vec![self.path("managed")],
            recommended: vec![self.path("recommended")],
            owner_uid: uid(),
            unchecked: self.root.path().to_owned(),
            ..Sources::none()
        }
    }

    fn policy(&self) -> Policy {
        Policy::load(&self.sources())
    }

    /// The problems as they are printed, without the folder.
    fn problems(&self) -> Vec<String> {
        let root = format!("{}{}", self.root.path().display(), std::path::MAIN_SEPARATOR);
        self.policy().problems().iter().map(|problem| problem.to_string().replace(&root, "")).collect()
    }
}

/// Takes the right to write from everybody else, whatever the umask is.
fn private(path: &std::path::Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = if path.is_dir() { 0o755 } else { 0o644 };
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
    #[cfg(not(unix))]
    let _ = path;
}

#[cfg(unix)]
fn uid() -> u32 {
    rustix::process::getuid().as_raw()
}

#[cfg(not(unix))]
fn uid() -> u32 {
    0
}
