//! Acceptance tests of the core through its public face, and what they share: a core in a temporary folder with the
//! real store, the real worker and the real starter model. The binary `test-bridge` serves such a core to a browser;
//! `headless` is one to be killed.
#![allow(clippy::unwrap_used)] // a test that cannot go on should stop where it stands

pub mod hub;
pub mod provider;
pub mod terminal;

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use app::{Confirm, Core, Host, Pick, Platform, Profile};
use domain::{BoxFuture, ChatId, DownloadId, HubListing, Message, MessageId, SystemClock};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use wire::{AnswerEvent, Download, DownloadState, Event, EventBatch, Failure};

/// Patience with anything that should happen at once: a test fails after it instead of hanging.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The folder of the built binaries.
pub fn target_folder() -> PathBuf {
    let executable = std::env::current_exe().unwrap();
    let folder = executable.parent().unwrap();
    if folder.ends_with("deps") { folder.parent().unwrap().to_owned() } else { folder.to_owned() }
}

/// The starter model in the source tree.
pub fn starter_model() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../src-tauri/resources/starter-model/starter.gguf")
        .canonicalize()
        .unwrap()
}

/// The files of a core whose data lies in this folder.
pub fn profile(data_folder: &Path) -> Profile {
    let worker = target_folder().join("drawbridge-engine");
    assert!(worker.is_file(), "{} is missing: run `cargo build -p engine-worker` first", worker.display());
    Profile {
        data_folder: data_folder.to_owned(),
        worker,
        starter_model: starter_model(),
        policy: policy::Sources::none(),
    }
}

/// A desktop that answers dialogs as the test says.
#[derive(Default)]
pub struct Desktop {
    /// Files that the next dialogs give.
    pub picked: std::sync::Mutex<Vec<PathBuf>>,
    /// Where the next save goes.
    pub save_to: std::sync::Mutex<Option<PathBuf>>,
    /// Questions that were asked.
    pub questions: std::sync::Mutex<Vec<Confirm>>,
    /// Answers to the next questions, given when they are there; without one it is yes.
    pub answers: std::sync::Mutex<VecDeque<BoxFuture<'static, bool>>>,
    /// What is on the clipboard.
    pub clipboard: std::sync::Mutex<Option<String>>,
    /// Links that were opened.
    pub opened: std::sync::Mutex<Vec<String>>,
}

impl Host for Desktop {
    fn pick_files(&self, _: Pick) -> BoxFuture<'_, Vec<PathBuf>> {
        let picked = std::mem::take(&mut *self.picked.lock().unwrap());
        Box::pin(async { picked })
    }
    fn pick_save(&self, _: &str) -> BoxFuture<'_, Option<PathBuf>> {
        let path = self.save_to.lock().unwrap().take();
        Box::pin(async { path })
    }
    fn confirm(&self, question: Confirm) -> BoxFuture<'_, bool> {
        self.questions.lock().unwrap().push(question);
        self.answers.lock().unwrap().pop_front().unwrap_or_else(|| Box::pin(async { true }))
    }
    fn clipboard_text(&self) -> BoxFuture<'_, Option<String>> {
        let text = self.clipboard.lock().unwrap().clone();
        Box::pin(async { text })
    }
    fn clear_clipboard(&self) {
        *self.clipboard.lock().unwrap() = None;
    }
    fn open_url(&self, url: &str) -> Result<(), String> {
        self.opened.lock().unwrap().push(url.to_owned());
        Ok(())
    }
    fn reveal(&self, _: &Path) -> Result<(), String> {
        Ok(())
    }
    fn notify(&self, _: &str, _: &str, _: &str) {}
    fn is_in_front(&self) -> bool {
        true
    }
}

/// A core and a window that watches it.
pub struct Session {
    /// The core.
    pub core: Arc<Core>,
    /// Its desktop.
    pub desktop: Arc<Desktop>,
    batches: mpsc::UnboundedReceiver<EventBatch>,
    pending: Vec<Event>,
    _watch: app::Watch,
}

/// A keychain that is not there.
pub fn no_keychain() -> vault::MemoryKeychain {
    vault::MemoryKeychain::broken(vault::VaultError::Unavailable("there is none in this test".to_owned()))
}

/// The platform of a test: the machine's clock, a desktop double, a keychain.
pub fn platform(desktop: Arc<Desktop>, keychain: Arc<dyn vault::Keychain>) -> Platform {
    Platform { clock: Arc::new(SystemClock), host: desktop, keychain, passphrase: None }
}

impl Session {
    /// Opens the core whose data lies in a folder, with this keychain.
    pub async fn open_with(folder: &Path, keychain: Arc<dyn vault::Keychain>) -> Result<Self, Failure> {
        let desktop = Arc::new(Desktop::default());
        let core = app::open(profile(folder), platform(desktop.clone(), keychain)).await?;
        let (send, batches) = mpsc::unbounded_channel();
        let watch = core.watch(Arc::new(move |batch| {
            let _ = send.send(batch);
        }));
        Ok(Self { core, desktop, batches, pending: Vec::new(), _watch: watch })
    }

    /// Opens the core whose data lies in a folder, without a keychain.
    pub async fn open(folder: &Path) -> Self {
        Self::open_with(folder, Arc::new(no_keychain())).await.unwrap()
    }

    /// Runs a command.
    pub async fn call<T: DeserializeOwned>(&self, command: &str, args: Value) -> Result<T, Failure> {
        let value = self.core.dispatch(command, args).await?;
        Ok(serde_json::from_value(value).unwrap())
    }

    /// Runs a command that should succeed.
    pub async fn ok<T: DeserializeOwned>(&self, command: &str, args: Value) -> T {
        self.call(command, args).await.unwrap_or_else(|failure| panic!("{command}: {failure:?}"))
    }

    /// A new chat.
    pub async fn new_chat(&self) -> ChatId {
        let chat: domain::Chat = self.ok("chat_create", json!({"folder": null, "assistant": null})).await;
        chat.id
    }

    /// Sends a question after `parent`.
    pub async fn send(&self, chat: ChatId, text: &str, parent: Option<MessageId>) -> wire::Sent {
        self.ok("chat_send", json!({"chat": chat, "text": text, "parent": parent, "edit_of": null})).await
    }

    /// Sends a question and waits for the end of its answer.
    pub async fn ask(&mut self, chat: ChatId, text: &str, parent: Option<MessageId>) -> Message {
        let sent = self.send(chat, text, parent).await;
        self.ended(sent.answer.id).await
    }

    /// The next event.
    pub async fn event(&mut self) -> Event {
        while self.pending.is_empty() {
            let batch = tokio::time::timeout(PATIENCE, self.batches.recv()).await.expect("no event came").unwrap();
            self.pending.extend(batch.events);
        }
        self.pending.remove(0)
    }

    /// Waits for the end of an answer.
    pub async fn ended(&mut self, answer: MessageId) -> Message {
        loop {
            if let Event::Answer { message, event: AnswerEvent::Ended { message: ended }, .. } = self.event().await
                && message == answer
            {
                return *ended;
            }
        }
    }

    /// Waits until an answer shows at least this many characters, and returns what it shows.
    pub async fn shown(&mut self, answer: MessageId, characters: usize) -> String {
        let mut shown = String::new();
        while shown.chars().count() < characters {
            match self.event().await {
                Event::Answer { message, event: AnswerEvent::Text { text, .. }, .. } if message == answer => {
                    shown += &text
                }
                Event::Answer { message, event: AnswerEvent::Ended { message: ended }, .. } if message == answer => {
                    panic!("it ended after {shown:?}: {ended:?}")
                }
                _ => {}
            }
        }
        shown
    }

    /// Makes a double the hub of this core.
    pub async fn use_hub(&self, hub: &hub::Hub) {
        self.ok::<domain::Settings>("settings_change", json!({"patch": hub.settings()})).await;
    }

    /// Starts to download a file of a repository, at its newest commit.
    pub async fn start_download(&self, repo: &str, path: &str) -> Result<Download, Failure> {
        let listing: HubListing = self.call("hub_files", json!({"repo": repo})).await?;
        let what = json!({"kind": "file", "repo": repo, "revision": listing.revision, "path": path});
        self.call("download_start", json!({"what": what})).await
    }

    /// Waits until a download is as wanted.
    pub async fn download_until(&mut self, id: DownloadId, wanted: impl Fn(&Download) -> bool) -> Download {
        let look = async {
            loop {
                let all: Vec<Download> = self.ok("download_list", Value::Null).await;
                let one = all.into_iter().find(|one| one.id == id).expect("the download is no longer listed");
                if wanted(&one) {
                    return one;
                }
                self.event().await;
            }
        };
        tokio::time::timeout(3 * PATIENCE, look).await.expect("the download never came to be as wanted")
    }

    /// Waits for the end of a download, good or bad.
    pub async fn download_ended(&mut self, id: DownloadId) -> Download {
        self.download_until(id, |one| matches!(one.state, DownloadState::Done { .. } | DownloadState::Failed { .. }))
            .await
    }

    /// Downloads a file and waits for it to be in the library.
    pub async fn downloaded(&mut self, repo: &str, path: &str) -> wire::ModelCard {
        let started = self.start_download(repo, path).await.unwrap();
        let DownloadState::Done { model, .. } = self.download_ended(started.id).await.state else {
            panic!("{:?}", self.download_ended(started.id).await.state)
        };
        self.models().await.into_iter().find(|card| card.id == model).unwrap()
    }

    /// What crossed, newest first.
    pub async fn crossings(&self, limit: u32) -> Vec<domain::Crossing> {
        let args = json!({"before": null, "purpose": null, "host": "", "refused": false, "limit": limit});
        let page: wire::LedgerPage = self.ok("ledger", args).await;
        page.entries.into_iter().map(|entry| entry.crossing).collect()
    }

    /// The library.
    pub async fn models(&self) -> Vec<wire::ModelCard> {
        self.ok("model_list", Value::Null).await
    }
}

/// Every file under a folder, hidden ones too, as paths relative to it.
pub fn files_under(folder: &Path) -> Vec<PathBuf> {
    fn add(folder: &Path, all: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.file_type().unwrap().is_dir() {
                true => add(&entry.path(), all),
                false => all.push(entry.path()),
            }
        }
    }
    let mut all = Vec::new();
    add(folder, &mut all);
    let mut all: Vec<PathBuf> = all.iter().map(|path| path.strip_prefix(folder).unwrap().to_owned()).collect();
    all.sort();
    all
}
