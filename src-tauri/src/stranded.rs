//! What the page can still do when the chats could not be opened: look at the folder, copy what happened.

use std::path::{Path, PathBuf};

use app::Host;
use serde_json::{Value, json};
use wire::Failure;

use crate::host::Desktop;

/// Where the data lies, known before and without a core.
pub(crate) struct DataFolder(pub(crate) PathBuf);

/// Answers the few commands that need no core; every other gets the failure.
pub(crate) fn answer(failure: Failure, folder: &Path, desktop: &Desktop, command: &str) -> Result<Value, Failure> {
    match command {
        "folder_reveal" => desktop.reveal(folder).map(|()| Value::Null).map_err(Failure::unexpected),
        "diagnostics" => Ok(json!({ "text": report(&failure, folder) })),
        _ => Err(failure),
    }
}

fn report(failure: &Failure, folder: &Path) -> String {
    let code = serde_json::to_value(failure).ok().and_then(|value| Some(value.get("code")?.as_str()?.to_owned()));
    format!(
        "Drawbridge {version} on {os} {arch}\nCould not open {folder}\n{code}: {failure}\n",
        version = env!("CARGO_PKG_VERSION"),
        os = std::env::consts::OS,
        arch = std::env::consts::ARCH,
        folder = folder.display(),
        code = code.unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_says_what_happened_and_where() {
        let failure = Failure::StoreDamaged { message: "The database is damaged.".to_owned() };
        let report = report(&failure, Path::new("/data"));
        for part in [env!("CARGO_PKG_VERSION"), "/data", "store_damaged", "The database is damaged."] {
            assert!(report.contains(part), "{report}");
        }
    }
}
