//! Who stands before the chats: opens them, locks them, and keeps the ways in. Behind it is a core or the reason why
//! there is none; a face holds the door and never a core of its own.

mod backup;
mod commands;
mod idle;
mod keys;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use audit::Event;
use serde_json::Value;
use tokio::sync::{MutexGuard, watch};
use wire::{DOOR_COMMANDS, EventBatch, Failure, Way};

use crate::{
    Core, Platform, Profile, Watch,
    core::lock,
    house::{By, House},
};

/// How long a core that was closed may still be held by what is ending.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a face does at the door's word.
pub struct Hooks {
    /// Looked at before each attempt to open; an error is the attempt's.
    pub before: Box<dyn Fn() -> Result<(), Failure> + Send + Sync>,
    /// There is another core, or none any more: what a page shows is to go, and it begins anew.
    pub renew: Box<dyn Fn() + Send + Sync>,
}

impl Default for Hooks {
    fn default() -> Self {
        Self { before: Box::new(|| Ok(())), renew: Box::new(|| {}) }
    }
}

/// The door of a data folder.
pub struct Door {
    profile: Profile,
    platform: Platform,
    hooks: Hooks,
    state: watch::Sender<State>,
    /// One at a time opens, locks or changes keys.
    turning: tokio::sync::Mutex<()>,
    idle: Mutex<idle::Idle>,
}

#[derive(Clone)]
enum State {
    /// On its way.
    Opening,
    Open(Arc<House>),
    Shut(Failure),
}

impl Door {
    /// Begins to open the chats of a profile. Must be called inside a tokio runtime.
    #[must_use]
    pub fn begin(profile: Profile, platform: Platform, hooks: Hooks) -> Arc<Self> {
        let idle = Mutex::new(idle::Idle::new(platform.clock.now()));
        let (state, turning) = (watch::Sender::new(State::Opening), tokio::sync::Mutex::default());
        let door = Arc::new(Self { profile, platform, hooks, state, turning, idle });
        let opening = door.clone();
        tokio::spawn(async move {
            let _alone = opening.turning.lock().await;
            opening.open(By::Itself).await
        });
        tokio::spawn(idle::watch(Arc::downgrade(&door)));
        door
    }

    /// The core; waits while it is on its way.
    ///
    /// # Errors
    /// Why there is none: [`Failure::StoreLocked`] with the ways in, and what the store says.
    pub async fn core(&self) -> Result<Arc<Core>, Failure> {
        Ok(self.house().await?.core.clone())
    }

    /// The core, where it is there already.
    #[must_use]
    pub fn now(&self) -> Option<Arc<Core>> {
        match &*self.state.borrow() {
            State::Open(house) => Some(house.core.clone()),
            _ => None,
        }
    }

    /// Begins to open anew where the last attempt failed: the user has looked and asks again. What somebody locked
    /// stays locked.
    pub fn retry(self: &Arc<Self>) {
        if !matches!(&*self.state.borrow(), State::Shut(failure) if !is_locked_by_user(failure)) {
            return;
        }
        self.state.send_replace(State::Opening);
        let door = self.clone();
        tokio::spawn(async move {
            let _alone = door.turning.lock().await;
            door.open(By::Itself).await
        });
    }

    /// The computer is about to sleep: locks where the settings ask for it, and returns once that is done.
    pub async fn before_sleep(self: &Arc<Self>) {
        let asked = self.now().is_some_and(|core| core.settings().lock_on_sleep);
        if asked && let Err(failure) = self.lock_now().await {
            tracing::warn!(%failure, "it could not be locked before the computer slept");
        }
    }

    /// Runs a command of the door's or of the core's.
    ///
    /// # Errors
    /// What the command says, or why there is no core.
    pub async fn dispatch(&self, command: &str, args: Value) -> Result<Value, Failure> {
        if DOOR_COMMANDS.contains(&command) {
            return wire::dispatch_door(self, command, args).await;
        }
        self.core().await?.dispatch(command, args).await
    }

    /// Attaches a window to the core; see [`Core::watch`].
    ///
    /// # Errors
    /// Why there is no core.
    pub async fn watch(&self, sink: Arc<dyn Fn(EventBatch) + Send + Sync>) -> Result<Watch, Failure> {
        Ok(self.core().await?.watch(sink))
    }

    /// Ends everything in order; see [`Core::shut_down`].
    pub async fn shut_down(&self) {
        if let Some(core) = self.now() {
            core.shut_down().await;
        }
    }

    /// The sole right to lock, unlock and change keys. Whoever opens for the first time needs it too, so nobody may hold
    /// it while they wait for that.
    async fn turn(&self) -> MutexGuard<'_, ()> {
        let mut state = self.state.subscribe();
        loop {
            // The sender is ours, so there is always a state to wait for.
            let _ = state.wait_for(|state| !matches!(state, State::Opening)).await;
            let alone = self.turning.lock().await;
            if !matches!(*self.state.borrow(), State::Opening) {
                return alone;
            }
        }
    }

    async fn house(&self) -> Result<Arc<House>, Failure> {
        let mut state = self.state.subscribe();
        let settled = state.wait_for(|state| !matches!(state, State::Opening)).await;
        match settled.as_deref() {
            Ok(State::Open(house)) => Ok(house.clone()),
            Ok(State::Shut(failure)) => Err(failure.clone()),
            _ => Err(Failure::unexpected(
                "Drawbridge did not finish opening your chats. They were left as they are; start it again.",
            )),
        }
    }

    /// Opens; whoever calls holds `turning`.
    async fn open(&self, by: By) -> Result<(), Failure> {
        let opened = match (self.hooks.before)() {
            Ok(()) => House::open(&self.profile, &self.platform, by).await,
            Err(failure) => Err(failure),
        };
        match opened {
            Ok(house) => {
                self.retire_old_key(&house).await;
                lock(&self.idle).seen(self.platform.clock.now());
                self.state.send_replace(State::Open(Arc::new(house)));
                Ok(())
            }
            Err(failure) => {
                tracing::error!(%failure, "the core did not open");
                self.state.send_replace(State::Shut(failure.clone()));
                Err(failure)
            }
        }
    }

    /// Ends the core, forgets the key, and has the page begin anew.
    async fn close(&self, house: Arc<House>, ways: Vec<Way>) {
        house.core.note(Event::Locked, None);
        let message = "Your chats are closed and encrypted.".to_owned();
        self.leave(house, State::Shut(Failure::StoreLocked { message, ways, by_user: true })).await;
        (self.hooks.renew)();
        tracing::info!("locked");
    }

    /// Ends a core and waits until nobody holds it, so that its key is gone from memory.
    async fn leave(&self, house: Arc<House>, next: State) {
        house.core.shut_down().await;
        let rest = house.core.weak();
        self.state.send_replace(next);
        drop(house);
        let begun = tokio::time::Instant::now();
        while rest.core().is_some() {
            if begun.elapsed() > PATIENCE {
                tracing::warn!("something still holds the chats that were closed");
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Does something to the files while no core has them open, then opens them again, as `by` says of what came of
    /// it. What it says is told in the new page, because the old one is gone by then.
    async fn with_closed<T>(
        &self,
        house: Arc<House>,
        work: impl Future<Output = Result<(T, String), Failure>>,
        by: impl FnOnce(bool) -> By,
    ) -> Result<T, Failure> {
        self.leave(house, State::Opening).await;
        let done = work.await;
        let opened = self.open(by(done.is_ok())).await;
        if let Some(core) = self.now() {
            let said = match &done {
                Ok((_, sentence)) => sentence.clone(),
                Err(failure) => failure.message().to_owned(),
            };
            lock(&core.notices).push(said);
        }
        (self.hooks.renew)();
        opened?;
        done.map(|(value, _)| value)
    }
}

fn is_locked_by_user(failure: &Failure) -> bool {
    matches!(failure, Failure::StoreLocked { by_user: true, .. })
}
