//! The core: what a face holds.

use std::{
    collections::HashMap,
    ops::Deref,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::{Engine, Settings, Timestamp};
use serde_json::Value;
use store::Store;
use wire::{DroppedFile, Event, EventBatch, Failure, Keeping};

use crate::{
    Platform, Profile, Watch, answer::Answers, events::Events, library::Library, network::Network, open::Later,
    question::Questions, temporary::Temporary,
};

/// How long a backup may keep the core from ending; the window ends within three seconds.
const HOUSE_PATIENCE: std::time::Duration = std::time::Duration::from_secs(2);

/// The opened core. Cheap to clone; every clone is the same core.
#[derive(Clone)]
pub struct Core {
    parts: Arc<Parts>,
}

/// What the use cases work with.
pub struct Parts {
    pub(crate) profile: Profile,
    pub(crate) platform: Platform,
    pub(crate) store: Store,
    /// Temporary chats.
    pub(crate) memory: Store,
    pub(crate) temporary: Temporary,
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) events: Events,
    pub(crate) answers: Answers,
    pub(crate) library: Library,
    pub(crate) network: Network,
    pub(crate) log: Arc<audit::Log>,
    pub(crate) policy: Arc<policy::Policy>,
    /// The settings without what the policy lays over them: these are kept.
    pub(crate) own_settings: Mutex<Settings>,
    pub(crate) settings: Mutex<Settings>,
    /// Held from reading the settings until the changed ones are kept.
    pub(crate) settings_turn: tokio::sync::Mutex<()>,
    pub(crate) questions: Questions,
    /// Which providers are left alone for a while.
    pub(crate) breakers: providers::Breakers,
    pub(crate) keeping: Keeping,
    pub(crate) notices: Mutex<Vec<String>>,
    /// Where calls from threads that know no runtime get theirs.
    pub(crate) runtime: tokio::runtime::Handle,
    /// Backup and trash, under way since the start.
    pub(crate) house: Mutex<Option<tokio::task::JoinHandle<()>>>,
    /// Paths behind the tokens of dropped files: the page never sees a path and can name none.
    pub(crate) dropped: Mutex<HashMap<String, PathBuf>>,
}

impl Deref for Core {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.parts
    }
}

impl Core {
    pub(crate) fn new(parts: Parts) -> Self {
        Self { parts: Arc::new(parts) }
    }

    pub(crate) fn of(parts: Arc<Parts>) -> Self {
        Self { parts }
    }

    /// This core for those that it holds itself: they must not keep it alive.
    pub(crate) fn weak(&self) -> Later {
        Later::of(Arc::downgrade(&self.parts))
    }

    /// The way out, for whoever measures it.
    #[must_use]
    pub fn transport(&self) -> Arc<dyn domain::Transport> {
        self.network.transport()
    }

    /// Runs a command by its name; see [`wire::Commands`].
    ///
    /// # Errors
    /// What the command says.
    pub async fn dispatch(&self, command: &str, args: Value) -> Result<Value, Failure> {
        let outcome = wire::dispatch(self, command, args).await;
        if let Err(failure @ (Failure::Unexpected { .. } | Failure::DiskFull { .. } | Failure::EngineCrashed { .. })) =
            &outcome
        {
            tracing::warn!(command, failure = failure.message(), "a command failed");
        }
        outcome
    }

    /// Attaches a window. It first gets a snapshot of each running answer. Must be called inside a tokio runtime.
    pub fn watch(&self, sink: Arc<dyn Fn(EventBatch) + Send + Sync>) -> Watch {
        self.events.watch(sink)
    }

    /// Files hang over the window, or no longer do.
    pub fn files_over(&self, over: bool) {
        self.events.tell(Event::FilesOver { over });
    }

    /// Files were dropped on the window. The window gets a token for each and says what becomes of them.
    pub fn files_dropped(&self, paths: Vec<PathBuf>) {
        let mut dropped = lock(&self.dropped);
        dropped.clear();
        let mut files = Vec::new();
        for path in paths.into_iter().filter(|path| path.is_file()) {
            let token = hex::encode(rand::random::<[u8; 16]>());
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let bytes = path.metadata().map(|data| data.len()).unwrap_or_default();
            files.push(DroppedFile {
                token: token.clone(),
                name,
                bytes,
                model: crate::library::looks_like_model(&path),
            });
            dropped.insert(token, path);
        }
        drop(dropped);
        self.events.tell(Event::FilesOver { over: false });
        if !files.is_empty() {
            self.events.tell(Event::FilesDropped { files });
        }
    }

    /// The user chose an entry of the window's menu, or clicked a notification.
    pub fn menu(&self, action: &str) {
        self.events.tell(Event::Menu { action: action.to_owned() });
    }

    /// The dropped file behind a token.
    pub(crate) fn dropped_path(&self, token: &str) -> Result<PathBuf, Failure> {
        let gone = || Failure::not_found("The dropped file is no longer known. Drop it again.");
        lock(&self.dropped).get(token).cloned().ok_or_else(gone)
    }

    /// Ends everything in order: running answers are kept as interrupted, workers end, the store closes. Nothing that
    /// was shown is lost; an answer that broke off can be continued.
    pub async fn shut_down(&self) {
        self.network.shut_down().await;
        self.answers.interrupt_all().await;
        self.engine.shut_down().await;
        let house = lock(&self.house).take();
        if let Some(house) = house {
            // A backup that is broken off is made again at the next start; one that is nearly done may end.
            let _ = tokio::time::timeout(HOUSE_PATIENCE, house).await;
        }
        self.note(audit::Event::Closed, None);
        if let Err(error) = self.log.checkpoint() {
            tracing::warn!(%error, "the end of the log is not signed");
        }
        self.memory.close().await;
        self.store.close().await;
    }

    /// Now, by the platform's clock.
    pub(crate) fn now(&self) -> Timestamp {
        self.platform.clock.now()
    }

    /// The settings as they are.
    pub(crate) fn settings(&self) -> Settings {
        lock(&self.settings).clone()
    }
}

/// Locks, also after a panic elsewhere: the values behind our locks are whole between statements.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
