//! Models on a hub, a disk and a network, as they should be and as they are: a model found, fetched, checked, asked,
//! removed; and everything that may go wrong meanwhile. Through the core's commands, the real gate, hub, store and
//! worker, against a hub on loopback.
#![allow(clippy::unwrap_used)]

mod consent;
mod disk;
mod downloads;
mod faults;
mod kills;
mod library;
mod models;
mod refusals;

use std::path::{Path, PathBuf};

use acceptance::{
    Session, files_under,
    hub::{Hub, Repository, Seen, models as shelf},
};
use serde_json::json;
use tempfile::TempDir;
use wire::{Download, DownloadState, ModelCard};

/// The repository and the file that most tests fetch.
const REPO: &str = shelf::STARTER;
const FILE: &str = shelf::STARTER_FILE;

/// A core whose hub is a double.
struct Desk {
    folder: TempDir,
    hub: Hub,
    session: Session,
}

impl Desk {
    async fn new() -> Self {
        Self::with(shelf::shelf()).await
    }

    async fn with(repositories: Vec<Repository>) -> Self {
        let (folder, hub, session) = desk(repositories).await;
        Self { folder, hub, session }
    }

    /// The folder of downloads.
    fn models(&self) -> PathBuf {
        self.folder.path().join("models")
    }

    /// The files in it, but for the one that is only a lock.
    fn kept(&self) -> Vec<PathBuf> {
        files_under(&self.models()).into_iter().filter(|path| !path.ends_with(".partial/packs.lock")).collect()
    }

    /// Requests to the content network so far.
    fn fetched(&self) -> Vec<Seen> {
        self.hub.seen().into_iter().filter(|seen| seen.host == "cdn").collect()
    }

    /// Ends the core and opens it again.
    async fn restart(&mut self) {
        self.session.core.shut_down().await;
        self.session = Session::open(self.folder.path()).await;
    }
}

async fn desk(repositories: Vec<Repository>) -> (TempDir, Hub, Session) {
    let (folder, hub) = (tempfile::tempdir().unwrap(), Hub::start(repositories).await);
    let session = Session::open(folder.path()).await;
    session.use_hub(&hub).await;
    (folder, hub, session)
}

fn models_in(folder: &Path) -> Vec<PathBuf> {
    files_under(&folder.join("models"))
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "gguf"))
        .collect()
}

fn file_of(card: &ModelCard) -> PathBuf {
    Path::new(&card.folder).join(&card.file_name)
}

fn expect_failure(name: &str, folder: &Path, ended: &Download, kind: &str) {
    let DownloadState::Failed { failure, .. } = &ended.state else { panic!("{name}: {:?}", ended.state) };
    let value = json!(failure);
    assert_eq!(value["code"], kind, "{name}: {failure}");
    assert_sentence(name, failure.message());
    assert_eq!(models_in(folder), Vec::<PathBuf>::new(), "{name}");
}

/// People can read it, and it holds nothing of the works.
fn assert_sentence(name: &str, sentence: &str) {
    assert!(sentence.ends_with('.') && sentence.len() > 20, "{name}: {sentence:?}");
    let works = ["Error(", "reqwest", "hyper", "Some(", "None", "Signature", "::"];
    assert!(!works.iter().any(|word| sentence.contains(word)), "{name}: {sentence:?}");
}
