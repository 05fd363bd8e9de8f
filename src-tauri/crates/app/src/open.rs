//! The one place where the parts are named and joined.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, OnceLock, Weak},
    time::Duration,
};

use domain::{Engine, Settings, Timestamp};
use engine::{WorkerOptions, Workers};
use policy::Policy;
use store::{Opened, Store};
use wire::{Failure, Keeping};

use crate::{
    Core, Platform,
    answer::Answers,
    core::Parts,
    events::Events,
    failure::{from_engine, from_store},
    house::{By, House},
    library::Library,
    network::{Network, NetworkParts},
    question::Questions,
    record, rule,
    temporary::Temporary,
};

/// Which files a core works with.
#[derive(Debug, Clone)]
pub struct Profile {
    /// Folder of the database, its backups and the logs.
    pub data_folder: PathBuf,
    /// The worker's executable.
    pub worker: PathBuf,
    /// The starter model.
    pub starter_model: PathBuf,
    /// Where the administrator's policy lies.
    pub policy: policy::Sources,
}

/// A core that is not there yet, or no more: for parts that are made before it and call it back.
#[derive(Clone, Default)]
pub(crate) struct Later(Arc<OnceLock<Weak<Parts>>>);

impl Later {
    pub(crate) fn of(parts: Weak<Parts>) -> Self {
        Self(Arc::new(parts.into()))
    }

    fn set(&self, core: &Core) {
        let _ = self.0.set(core.weak().0.get().cloned().expect("BUG: a weak core is set"));
    }

    /// The core, while it lives.
    pub(crate) fn core(&self) -> Option<Core> {
        self.0.get()?.upgrade().map(Core::of)
    }
}

/// Days that a deleted chat stays in the trash.
pub(crate) const TRASH_DAYS: i64 = 30;

/// Opens the store with the key that belongs to it, starts the engine (no worker yet), and makes the core.
///
/// # Errors
/// Those of a store that cannot be opened ([`Failure::StoreLocked`], [`Failure::StoreDamaged`],
/// [`Failure::StoreTooNew`], [`Failure::DiskFull`]): nothing was changed on disk then.
pub async fn open(profile: Profile, platform: Platform) -> Result<Arc<Core>, Failure> {
    Ok(House::open(&profile, &platform, By::Itself).await?.core.clone())
}

/// Makes the core of an opened store.
pub(crate) async fn core(
    profile: Profile,
    platform: Platform,
    opened: Opened,
    keeping: Keeping,
    policy: Arc<Policy>,
) -> Result<Arc<Core>, Failure> {
    let store = opened.store;
    let own_settings = store.settings().await.map_err(from_store)?;
    let settings = rule::over(&policy, &own_settings);
    let engine = start_engine(&profile, &settings).map_err(from_engine)?;
    let later = Later::default();
    let log = record::open(&profile.data_folder, &platform, &store).await?;
    let providers = store.providers().await.map_err(from_store)?;
    let parts = NetworkParts { clock: platform.clock.clone(), journal: log.clone(), policy: policy.clone() };
    let network = Network::open(&profile, &settings, parts, providers, later.clone())?;
    let notices = Mutex::new(opened.notices.into_iter().chain(network.notice()).collect());
    let core = Core::new(Parts {
        network,
        log,
        policy,
        own_settings: Mutex::new(own_settings),
        runtime: tokio::runtime::Handle::current(),
        library: Library::default(),
        answers: Answers::default(),
        events: Events::default(),
        settings: Mutex::new(settings),
        settings_turn: tokio::sync::Mutex::default(),
        questions: Questions::default(),
        breakers: providers::Breakers::default(),
        dropped: Mutex::default(),
        house: Mutex::default(),
        profile,
        platform,
        store,
        memory: Store::open_in_memory().await.map_err(from_store)?,
        temporary: Temporary::default(),
        engine,
        keeping,
        notices,
    });
    later.set(&core);
    core.note_policy();
    core.note(audit::Event::Opened { encrypted: core.store.is_encrypted() }, None);
    // A keychain may stand waiting for a person, and nobody waits for the token yet.
    let own = core.clone();
    tokio::spawn(async move {
        if let Err(failure) = own.load_hub_token().await {
            tracing::warn!(%failure, "the hub's token is not at hand");
        }
    });
    core.remember_machine().await?;
    core.add_starter_model().await?;
    *crate::core::lock(&core.house) = Some(tokio::spawn(keep_house(core.clone())));
    tokio::spawn(keep_house_hourly(later.clone()));
    tokio::spawn(sign_now_and_then(later));
    tracing::info!(version = env!("CARGO_PKG_VERSION"), sqlite = core.store.sqlite_version(), "opened");
    Ok(Arc::new(core))
}

/// The engine of a profile; workers start with the first model.
pub(crate) fn start_engine(profile: &Profile, settings: &Settings) -> Result<Arc<dyn Engine>, domain::EngineError> {
    let idle = Duration::from_secs(u64::from(settings.unload_minutes) * 60);
    let options = WorkerOptions { idle, ..WorkerOptions::default() };
    Ok(Workers::new(profile.worker.clone(), options))
}

/// A window may stay open for weeks.
async fn keep_house_hourly(core: Later) {
    loop {
        tokio::time::sleep(Duration::from_secs(60 * 60)).await;
        // A core that was locked is gone, and its key with it.
        let Some(core) = core.core() else { return };
        keep_house(core).await;
    }
}

/// What is not signed can be forged by whoever gets hold of the computer, so not much of the log should be.
async fn sign_now_and_then(core: Later) {
    loop {
        tokio::time::sleep(Duration::from_secs(10 * 60)).await;
        let Some(core) = core.core() else { return };
        if let Err(error) = core.log.checkpoint() {
            tracing::warn!(%error, "the log could not be signed");
        }
    }
}

/// What need not delay the first frame: the trash is emptied of what is old, and a backup is made once a day.
async fn keep_house(core: Core) {
    let now = core.now();
    let before = Timestamp(now.0 - TRASH_DAYS * 24 * 60 * 60 * 1000);
    match core.store.purge_trash(before).await {
        Ok(gone) if !gone.is_empty() => {
            tracing::info!(chats = gone.len(), "erased what was in the trash for {TRASH_DAYS} days");
            core.note_erased(gone.len(), "long enough in the trash");
        }
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "the trash could not be emptied"),
    }
    core.apply_retention(now).await;
    if let Some(days) = core.policy.audit_retention_days()
        && let Err(error) = core.log.retain(days)
    {
        tracing::warn!(%error, "old records could not be removed");
    }
    core.store.restore_ballast();
    match core.store.backup_if_due(now).await {
        Ok(Some(path)) => tracing::info!(path = %path.display(), "made the daily backup"),
        Ok(None) => {}
        Err(error) => tracing::warn!(%error, "the daily backup failed"),
    }
}
