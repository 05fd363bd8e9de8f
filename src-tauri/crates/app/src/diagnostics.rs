//! What helps to find a fault, without a word of a chat.

use std::fmt::Write;

use wire::{CopyText, Failure, Keeping, KnownFolder, ModelStatus};

use crate::{Core, failure::from_store, logs};

/// Log lines that go with the diagnostics.
const LOG_LINES: usize = 100;
/// Licences of what the application is made of.
const LICENCES: &str = include_str!("../../../../docs/licences.txt");

impl Core {
    /// Versions, platform, sizes and the last log lines. Model names are left out: a file name can tell something.
    pub(crate) async fn diagnostics_text(&self) -> Result<CopyText, Failure> {
        let mut text = String::new();
        let chats = self.store.chats(false).await.map_err(from_store)?.len();
        let keeping = match &self.keeping {
            Keeping::Encrypted => "encrypted".to_owned(),
            Keeping::Plain { reason } => format!("plain: {reason}"),
        };
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        let os = (std::env::consts::OS, std::env::consts::ARCH);
        let _ = writeln!(text, "Drawbridge {} on {} {}, {cores} threads", env!("CARGO_PKG_VERSION"), os.0, os.1);
        let _ = writeln!(text, "SQLite {}, chats {keeping}", self.store.sqlite_version());
        let _ = writeln!(text, "{chats} chats, database {} bytes", self.store.size_bytes().await.map_err(from_store)?);
        for model in self.cards().await? {
            let status = match model.status {
                ModelStatus::Ready => "on disk",
                ModelStatus::Loading { .. } => "loading",
                ModelStatus::Verifying { .. } => "being verified",
                ModelStatus::Loaded { .. } => "in memory",
                ModelStatus::Missing => "missing",
                ModelStatus::Failed { .. } => "failed",
            };
            let file = model.file;
            let _ =
                writeln!(text, "Model: {} {}, {} bytes, {status}", file.architecture, file.quantisation, file.bytes);
        }
        let _ = writeln!(text, "\nLast log lines:\n{}", logs::tail(&self.profile.data_folder, LOG_LINES));
        Ok(CopyText { text })
    }

    pub(crate) fn reveal(&self, folder: KnownFolder) -> Result<(), Failure> {
        let path = match folder {
            KnownFolder::Data => self.profile.data_folder.clone(),
            KnownFolder::Logs => logs::folder(&self.profile.data_folder),
            KnownFolder::Models => self.network.layout.models().to_owned(),
        };
        std::fs::create_dir_all(&path)
            .map_err(|error| Failure::invalid(format!("The folder {} cannot be opened: {error}.", path.display())))?;
        self.platform.host.reveal(&path).map_err(Failure::invalid)
    }

    /// Opens a link after a click: only what a browser or a mail program takes.
    pub(crate) fn open_link(&self, url: &str) -> Result<(), Failure> {
        let scheme = url.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase()).unwrap_or_default();
        let hostile = url.chars().any(|c| c.is_control() || c.is_whitespace());
        if hostile || !matches!(scheme.as_str(), "http" | "https" | "mailto") {
            return Err(Failure::invalid("Only web and mail links can be opened. Nothing was opened."));
        }
        self.platform.host.open_url(url).map_err(Failure::invalid)
    }
}

/// The licences, as text.
pub(crate) fn licences() -> CopyText {
    CopyText { text: LICENCES.to_owned() }
}
