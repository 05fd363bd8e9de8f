//! One worker process, from its start to its end.

use std::{
    path::{Path, PathBuf},
    process::Child,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    time::{Duration, Instant},
};

use domain::{EngineError, ModelFacts};
use engine_protocol::{Body, FrameError, LoadRequest, Request, encode};
use tokio::sync::{Notify, watch};

use crate::{
    calls::{Calls, Sink},
    last_words::LastWords,
    pipes::write_all,
    restarts::Restarts,
    spawner,
    watch::Watch,
    workers::WorkerOptions,
};

/// The id of the load; questions have others.
pub(crate) const LOAD: u64 = 0;
/// How long a model that was handed out is not taken away for another context size before its first question.
const HANDED_OUT: Duration = Duration::from_secs(2);
/// The first batch may have to wait for the whole model, as its weights are only read when they are touched.
const SLOWEST_DISK_BYTES_PER_SECOND: u64 = 100_000_000;

/// How far a worker is.
#[derive(Debug, Clone)]
pub(crate) enum Stage {
    /// Starting, then loading: the share that is loaded.
    Starting(f32),
    /// It can be asked; without facts where it loaded no model.
    Ready(Option<Arc<ModelFacts>>),
    /// It is gone and reaped.
    Gone(EngineError),
}

pub(crate) struct Process {
    pub(crate) options: WorkerOptions,
    pub(crate) stage: watch::Sender<Stage>,
    /// Told when the last open question is answered, and at the end.
    pub(crate) quiet: Notify,
    /// Wakes the keeper.
    pub(crate) wake: Condvar,
    inner: Mutex<Inner>,
    pub(crate) child: Mutex<Option<Child>>,
    pub(crate) words: Mutex<LastWords>,
    pub(crate) restarts: Arc<Mutex<Restarts>>,
    ids: AtomicU64,
}

/// What its threads and its askers share.
pub(crate) struct Inner {
    pub(crate) calls: Calls,
    pub(crate) watch: Watch,
    /// Why it is to end, where that is decided.
    pub(crate) ending: Option<EngineError>,
    /// Its output has ended: nothing is left but to reap it.
    pub(crate) deaf: bool,
    pub(crate) gone: bool,
    pub(crate) hello_by: Option<Instant>,
    pub(crate) kill_by: Option<Instant>,
    pub(crate) tick_at: Instant,
    pub(crate) quiet_since: Instant,
    handed_out_until: Option<Instant>,
    waiting: usize,
    /// Frames on their way; closing it closes the worker's stdin.
    outbox: Option<mpsc::Sender<Vec<u8>>>,
}

impl Process {
    /// Starts a worker and has it load, if there is something to load. The stage tells what became of it.
    pub(crate) fn start(
        worker: PathBuf,
        options: WorkerOptions,
        load: Option<LoadRequest>,
        restarts: Arc<Mutex<Restarts>>,
    ) -> Arc<Self> {
        let now = Instant::now();
        let (outbox, frames) = mpsc::channel();
        let process = Arc::new(Self {
            stage: watch::Sender::new(Stage::Starting(0.0)),
            quiet: Notify::new(),
            wake: Condvar::new(),
            inner: Mutex::new(Inner {
                calls: Calls::default(),
                watch: Watch::new(patience_ticks(&options, load.as_ref())),
                ending: None,
                deaf: false,
                gone: false,
                hello_by: Some(now + options.hello),
                kill_by: None,
                tick_at: now + options.ping,
                quiet_since: now,
                handed_out_until: None,
                waiting: 0,
                outbox: Some(outbox),
            }),
            child: Mutex::default(),
            words: Mutex::default(),
            restarts,
            ids: AtomicU64::new(LOAD + 1),
            options,
        });
        let ours = Arc::clone(&process);
        spawner::run(Box::new(move || {
            if let Err(error) = ours.spawn(&worker, load, frames) {
                ours.kill();
                ours.leave(EngineError::Unavailable(format!("{} does not start: {error}", worker.display())));
            }
        }));
        process
    }

    fn spawn(
        self: &Arc<Self>,
        worker: &Path,
        load: Option<LoadRequest>,
        frames: mpsc::Receiver<Vec<u8>>,
    ) -> std::io::Result<()> {
        let thread = |name: &str| std::thread::Builder::new().name(name.into());
        let mut child = spawner::spawn(worker)?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let pid = child.id();
        *locked(&self.child) = Some(child);
        let (Some(stdin), Some(stdout), Some(stderr)) = pipes else { unreachable!("BUG: three pipes were asked for") };
        tracing::info!(target: "worker", pid, "started");
        let keeper = Arc::clone(self);
        thread("keeper").spawn(move || keeper.keep())?;
        thread("worker-in").spawn(move || write_all(stdin, &frames))?;
        let listener = Arc::clone(self);
        let log = thread("worker-log").spawn(move || listener.read_log(stderr, pid))?;
        let reader = Arc::clone(self);
        thread("worker-out").spawn(move || reader.read_to_the_end(stdout, load, log))?;
        Ok(())
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        locked(&self.inner)
    }

    /// Neither gone nor on its way out.
    pub(crate) fn is_alive(&self) -> bool {
        self.lock().is_alive()
    }

    /// Asks; the replies go to `sink` until it is told the end.
    pub(crate) fn ask(&self, body: Body, cache_key: &str, sink: Sink) -> Result<u64, EngineError> {
        let id = self.ids.fetch_add(1, Ordering::Relaxed);
        let frame = encode(&Request { id, body }).map_err(|error| self.unsendable(&error))?;
        let mut inner = self.lock();
        if let Stage::Gone(error) = &*self.stage.borrow() {
            return Err(error.clone());
        }
        if let Some(error) = &inner.ending {
            return Err(error.clone());
        }
        if inner.calls.is_empty() {
            inner.watch.begin();
            inner.tick_at = Instant::now() + self.options.ping;
            self.wake.notify_all();
        }
        inner.handed_out_until = None;
        inner.calls.open(id, cache_key.into(), sink);
        inner.send(frame);
        Ok(id)
    }

    /// A prompt that no frame holds holds more tokens than any context; four bytes a token is an estimate.
    fn unsendable(&self, error: &FrameError) -> EngineError {
        match (error, &*self.stage.borrow()) {
            (FrameError::TooLong(bytes), Stage::Ready(Some(facts))) => EngineError::ContextTooLong {
                needed: u32::try_from(bytes / 4).unwrap_or(u32::MAX),
                limit: facts.context_tokens,
            },
            _ => EngineError::Unavailable(error.to_string()),
        }
    }

    /// Nobody waits for this answer any more.
    pub(crate) fn forget(&self, id: u64) {
        let mut inner = self.lock();
        if inner.calls.forget(id) {
            inner.request(id, Body::Cancel(id));
            self.rest(&mut inner);
        }
    }

    /// Tells the worker to end the answers of this conversation, and the keeper to see to it.
    pub(crate) fn stop(&self, cache_key: &str) {
        let mut inner = self.lock();
        for id in inner.calls.stop(cache_key, Instant::now()) {
            inner.request(id, Body::Cancel(id));
        }
        self.wake.notify_all();
    }

    /// Somebody waits for it to be ready; where the last one goes before it is, it ends. None where it ends already.
    pub(crate) fn wait(self: &Arc<Self>) -> Option<Waiting> {
        let mut inner = self.lock();
        inner.is_alive().then(|| {
            inner.waiting += 1;
            Waiting(Arc::clone(self))
        })
    }

    /// It is handed to somebody who is about to ask; false where it ends already.
    pub(crate) fn hand_out(&self) -> bool {
        let mut inner = self.lock();
        inner.quiet_since = Instant::now();
        inner.handed_out_until = Some(inner.quiet_since + HANDED_OUT);
        inner.is_alive()
    }

    /// Ends it unless a question is open or about to come; then [`Self::quiet`] is worth waiting for, at most so long.
    pub(crate) fn end_if_quiet(&self, error: EngineError) -> Result<(), Option<Duration>> {
        let mut inner = self.lock();
        let now = Instant::now();
        let left = inner.handed_out_until.map(|until| until.saturating_duration_since(now));
        match left.filter(|left| !left.is_zero()) {
            _ if !inner.calls.is_empty() || inner.waiting > 0 => Err(None),
            Some(left) => Err(Some(left)),
            None => {
                self.ends(&mut inner, error);
                Ok(())
            }
        }
    }

    /// Closes its stdin, which ends it, and has the keeper kill it if it does not.
    pub(crate) fn end(&self, error: EngineError) {
        self.ends(&mut self.lock(), error);
    }

    pub(crate) fn ends(&self, inner: &mut Inner, error: EngineError) {
        inner.ending.get_or_insert(error);
        inner.outbox = None;
        inner.kill_by.get_or_insert(Instant::now() + self.options.farewell);
        self.wake.notify_all();
    }

    /// Kills it; the reader sees its output end and does the rest.
    pub(crate) fn kill(&self) {
        if let Some(child) = &mut *locked(&self.child) {
            let _ = child.kill(); // it may be dead already
        }
    }

    /// Waits until it is gone and reaped.
    pub(crate) async fn gone(&self) {
        let mut stage = self.stage.subscribe();
        let gone = stage.wait_for(|stage| matches!(stage, Stage::Gone(_))).await;
        debug_assert!(gone.is_ok(), "the sender lives in self");
    }

    /// To be called whenever a question may have been the last one.
    pub(crate) fn rest(&self, inner: &mut Inner) {
        if inner.calls.is_empty() {
            inner.quiet_since = Instant::now();
            self.quiet.notify_waiters();
            self.wake.notify_all(); // idling begins
        }
    }

    /// The end, for everybody who waits for it.
    pub(crate) fn leave(&self, error: EngineError) {
        if let EngineError::Crashed(reason) = &error {
            tracing::warn!(target: "worker", reason, "crashed");
            locked(&self.restarts).crashed(Instant::now());
        } else {
            tracing::info!(target: "worker", "ended");
        }
        let mut inner = self.lock();
        inner.gone = true;
        inner.outbox = None;
        inner.calls.fail(&error);
        self.stage.send_replace(Stage::Gone(error));
        self.quiet.notify_waiters();
        self.wake.notify_all();
    }
}

impl Inner {
    fn is_alive(&self) -> bool {
        self.ending.is_none() && !self.deaf && !self.gone
    }

    /// Something is to be done by the worker; `stage` is its own.
    pub(crate) fn is_working(&self, stage: &Stage) -> bool {
        !self.calls.is_empty() || (self.hello_by.is_none() && matches!(stage, Stage::Starting(_)))
    }

    pub(crate) fn request(&self, id: u64, body: Body) {
        let frame = encode(&Request { id, body }).expect("BUG: only prompts and messages can be too long for a frame");
        self.send(frame);
    }

    fn send(&self, frame: Vec<u8>) {
        if let Some(outbox) = &self.outbox {
            let _ = outbox.send(frame); // a worker whose stdin is gone is dying: the reader will tell
        }
    }
}

/// Somebody who waits for a worker to be ready.
pub(crate) struct Waiting(pub(crate) Arc<Process>);

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut inner = self.0.lock();
        inner.waiting -= 1;
        self.0.quiet.notify_waiters();
        if inner.waiting == 0 && matches!(*self.0.stage.borrow(), Stage::Starting(_)) {
            self.0.ends(&mut inner, EngineError::Cancelled);
        }
    }
}

fn patience_ticks(options: &WorkerOptions, load: Option<&LoadRequest>) -> u32 {
    let files = load.into_iter().flat_map(|load| &load.files).filter_map(|file| file.metadata().ok());
    let reading = Duration::from_secs(files.map(|file| file.len()).sum::<u64>() / SLOWEST_DISK_BYTES_PER_SECOND);
    let ticks = (options.hang + reading).as_nanos().div_ceil(options.ping.as_nanos().max(1));
    u32::try_from(ticks).unwrap_or(u32::MAX)
}

pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
