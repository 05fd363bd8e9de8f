//! Where things are that come with the application.

use std::path::{Path, PathBuf};

/// What lies beside an executable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beside {
    /// The worker.
    pub worker: PathBuf,
    /// The starter model.
    pub starter_model: PathBuf,
}

const STARTER: &str = "resources/starter-model/starter.gguf";

/// Finds the worker beside the executable, and the starter model among its resources: in a bundle
/// (`../lib/Drawbridge`, `../Resources`, the executable's own folder), else in the source tree that it was built from.
#[must_use]
pub fn beside(executable: &Path) -> Beside {
    let folder = executable.parent().unwrap_or(Path::new("."));
    let worker = folder.join(format!("drawbridge-engine{}", std::env::consts::EXE_SUFFIX));
    let source_tree = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let starter_model = [
        folder.join("../lib/Drawbridge"),
        folder.join("../lib/drawbridge"),
        folder.join("../Resources"),
        folder.to_owned(),
        source_tree,
    ]
    .iter()
    .map(|root| root.join(STARTER))
    .find(|path| path.is_file())
    .unwrap_or_else(|| folder.join(STARTER));
    let starter_model = starter_model.canonicalize().unwrap_or(starter_model);
    Beside { worker, starter_model }
}

/// Where chats are kept unless `--data-dir` says otherwise; none where the account has no home.
#[must_use]
pub fn default_data_folder() -> Option<PathBuf> {
    let name = if cfg!(target_os = "linux") { "drawbridge" } else { "Drawbridge" };
    dirs::data_dir().map(|folder| folder.join(name))
}
