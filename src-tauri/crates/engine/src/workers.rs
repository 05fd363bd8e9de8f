//! All workers: one for each set of model files.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, Weak},
    time::{Duration, Instant},
};

use domain::{BoxFuture, Device, Engine, EngineError, LoadProgress, MachineSpeed, Model, RenderSource};
use engine_protocol::{Body, LoadRequest, ReplyBody};

use crate::{
    model::{LocalModel, ask_once, unasked},
    process::{Process, Stage, Waiting, locked},
    restarts::{Restart, Restarts},
};

/// How workers are run.
#[derive(Debug, Clone)]
pub struct WorkerOptions {
    /// A model that is not asked for so long is ended; zero keeps it.
    pub idle: Duration,
    /// Answers that one model gives at once.
    pub sequences: u32,
    /// Threads of a worker; it picks them itself where this is 0.
    pub threads: u32,
    /// A worker must have said hello by then.
    pub hello: Duration,
    /// Time between two pings while it works.
    pub ping: Duration,
    /// A worker that works and gives no sign of it for so long hangs.
    pub hang: Duration,
    /// A worker whose stdin was closed is killed after so long.
    pub farewell: Duration,
}

impl Default for WorkerOptions {
    fn default() -> Self {
        Self {
            idle: Duration::from_secs(10 * 60),
            sequences: 4,
            threads: 0,
            hello: Duration::from_secs(10),
            ping: Duration::from_secs(1),
            hang: Duration::from_secs(30),
            farewell: Duration::from_secs(1),
        }
    }
}

/// Starts workers and hands out the models in them. Dropping it ends them; [`Engine::shut_down`] waits for that too.
pub struct Workers {
    worker: PathBuf,
    options: WorkerOptions,
    house: Mutex<House>,
}

#[derive(Default)]
struct House {
    closed: bool,
    slots: HashMap<Key, Slot>,
    /// Whoever was started, to be ended at the end.
    all: Vec<Weak<Process>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    files: Vec<PathBuf>,
    vocabulary_only: bool,
}

impl Key {
    fn new(files: &[PathBuf], vocabulary_only: bool) -> Self {
        Self { files: files.iter().map(|file| absolute(file)).collect(), vocabulary_only }
    }
}

/// A worker runs in its own folder, where a relative path would mean another file.
fn absolute(file: &Path) -> PathBuf {
    std::path::absolute(file).unwrap_or_else(|_| file.to_owned())
}

#[derive(Default)]
struct Slot {
    process: Option<Arc<Process>>,
    /// The context that it was started with.
    context_tokens: Option<u32>,
    restarts: Arc<Mutex<Restarts>>,
}

/// What stands between a caller and the model.
enum Step {
    /// It is there or on its way.
    Join(Waiting),
    /// Another one must end first.
    AwaitEnd(Arc<Process>),
    /// Another context size is loaded, and must end once nobody uses it.
    AwaitQuiet(Arc<Process>),
    Pause(Duration),
}

impl Workers {
    /// Workers of the program at this path.
    #[must_use]
    pub fn new(worker: PathBuf, options: WorkerOptions) -> Arc<Self> {
        Arc::new(Self { worker, options, house: Mutex::default() })
    }

    async fn ready(
        &self,
        key: Key,
        context_tokens: Option<u32>,
        progress: LoadProgress,
    ) -> Result<LocalModel, EngineError> {
        loop {
            match self.step(&key, context_tokens)? {
                Step::Join(waiting) => {
                    if let Some(model) = joined(&waiting, &progress).await? {
                        return Ok(model);
                    }
                }
                Step::AwaitEnd(process) => process.gone().await,
                Step::AwaitQuiet(process) => await_quiet(&process).await,
                Step::Pause(pause) => tokio::time::sleep(pause).await,
            }
        }
    }

    fn step(&self, key: &Key, context_tokens: Option<u32>) -> Result<Step, EngineError> {
        let mut house = locked(&self.house);
        if house.closed {
            return Err(EngineError::Cancelled);
        }
        let slot = house.slots.entry(key.clone()).or_default();
        if let Some(process) = &slot.process {
            let process = Arc::clone(process);
            match process.wait() {
                Some(waiting) if slot.serves(context_tokens) => return Ok(Step::Join(waiting)),
                Some(_) => return Ok(Step::AwaitQuiet(process)),
                None if !matches!(*process.stage.borrow(), Stage::Gone(_)) => return Ok(Step::AwaitEnd(process)),
                None => {}
            }
        }
        let next = locked(&slot.restarts).next(Instant::now());
        match next {
            Restart::Now => {}
            Restart::After(pause) => return Ok(Step::Pause(pause)),
            Restart::Never(why) => return Err(EngineError::Unavailable(why)),
        }
        let load = self.load_request(key, context_tokens);
        let process = Process::start(self.worker.clone(), self.options.clone(), Some(load), Arc::clone(&slot.restarts));
        slot.process = Some(Arc::clone(&process));
        slot.context_tokens = context_tokens;
        house.remember(&process);
        Ok(process.wait().map_or(Step::AwaitEnd(process), Step::Join))
    }

    fn load_request(&self, key: &Key, context_tokens: Option<u32>) -> LoadRequest {
        LoadRequest {
            files: key.files.clone(),
            context_tokens,
            threads: self.options.threads,
            sequences: self.options.sequences,
            vocabulary_only: key.vocabulary_only,
        }
    }

    /// Asks a worker of its own, which loads no model and ends with the answer.
    async fn ask_bare(&self, body: Body) -> Result<ReplyBody, EngineError> {
        let bare = Bare(self.bare()?);
        let mut stage = bare.0.stage.subscribe();
        let there = stage.wait_for(|stage| !matches!(stage, Stage::Starting(_))).await.map(|stage| stage.clone());
        if let Ok(Stage::Gone(error)) = there {
            return Err(error);
        }
        ask_once(&bare.0, body).await
    }

    /// A worker that loads no model.
    fn bare(&self) -> Result<Arc<Process>, EngineError> {
        let mut house = locked(&self.house);
        if house.closed {
            return Err(EngineError::Cancelled);
        }
        let process = Process::start(self.worker.clone(), self.options.clone(), None, Arc::default());
        house.remember(&process);
        Ok(process)
    }

    fn close(&self) -> Vec<Arc<Process>> {
        let mut house = locked(&self.house);
        house.closed = true;
        house.slots.clear();
        let all: Vec<_> = house.all.drain(..).filter_map(|process| process.upgrade()).collect();
        all.iter().for_each(|process| process.end(EngineError::Cancelled));
        all
    }
}

impl House {
    fn remember(&mut self, process: &Arc<Process>) {
        self.all.retain(|process| process.strong_count() > 0);
        self.all.push(Arc::downgrade(process));
    }
}

impl Slot {
    fn serves(&self, context_tokens: Option<u32>) -> bool {
        let loaded = self.process.as_ref().and_then(|process| match &*process.stage.borrow() {
            Stage::Ready(Some(facts)) => Some(facts.context_tokens),
            _ => None,
        });
        self.context_tokens == context_tokens || (context_tokens.is_some() && loaded == context_tokens)
    }
}

/// Waits until it is ready, telling how far it is. None where it was put away at the last moment.
async fn joined(waiting: &Waiting, progress: &LoadProgress) -> Result<Option<LocalModel>, EngineError> {
    let process = &waiting.0;
    let mut stages = process.stage.subscribe();
    loop {
        let stage = stages.borrow_and_update().clone();
        match stage {
            Stage::Starting(share) => progress(share),
            Stage::Ready(Some(facts)) => {
                let alive = process.hand_out();
                return Ok(alive.then(|| LocalModel { process: Arc::clone(process), facts }));
            }
            Stage::Ready(None) => return Err(EngineError::Unavailable("it loaded nothing".into())),
            Stage::Gone(error) => return Err(error),
        }
        if stages.changed().await.is_err() {
            return Err(EngineError::Cancelled);
        }
    }
}

/// Ends it once nobody uses it and nobody is about to.
async fn await_quiet(process: &Arc<Process>) {
    let quiet = process.quiet.notified();
    let why = EngineError::Unavailable("the model is being loaded with another context size".into());
    match process.end_if_quiet(why) {
        Ok(()) => process.gone().await,
        Err(None) => quiet.await,
        Err(Some(limit)) => drop(tokio::time::timeout(limit, quiet).await),
    }
}

impl Engine for Workers {
    fn load(
        &self,
        files: Vec<PathBuf>,
        context_tokens: Option<u32>,
        progress: LoadProgress,
    ) -> BoxFuture<'_, Result<Arc<dyn Model>, EngineError>> {
        Box::pin(async move {
            let key = Key::new(&files, false);
            Ok(Arc::new(self.ready(key, context_tokens, progress).await?) as Arc<dyn Model>)
        })
    }

    fn loaded(&self, files: &[PathBuf]) -> Option<Arc<dyn Model>> {
        let house = locked(&self.house);
        let key = Key::new(files, false);
        let process = house.slots.get(&key)?.process.as_ref().filter(|process| process.is_alive())?;
        let Stage::Ready(Some(facts)) = process.stage.borrow().clone() else { return None };
        Some(Arc::new(LocalModel { process: Arc::clone(process), facts }))
    }

    fn unload(&self, files: &[PathBuf]) -> BoxFuture<'_, ()> {
        let keys = [Key::new(files, false), Key::new(files, true)];
        Box::pin(async move {
            let ending: Vec<_> = {
                let mut house = locked(&self.house);
                keys.iter().filter_map(|key| house.slots.get_mut(key)?.process.take()).collect()
            };
            for process in ending {
                process.end(EngineError::Cancelled);
                process.gone().await;
            }
        })
    }

    fn vocabulary(&self, files: Vec<PathBuf>) -> BoxFuture<'_, Result<Arc<dyn Model>, EngineError>> {
        Box::pin(async move {
            let key = Key::new(&files, true);
            Ok(Arc::new(self.ready(key, None, Arc::new(|_| {})).await?) as Arc<dyn Model>)
        })
    }

    fn render(&self, source: RenderSource, request_json: String) -> BoxFuture<'_, Result<String, EngineError>> {
        Box::pin(async move {
            let source = match source {
                RenderSource::Model(file) => RenderSource::Model(absolute(&file)),
                template @ RenderSource::Template { .. } => template,
            };
            match self.ask_bare(Body::Render { source, request_json }).await? {
                ReplyBody::Rendered(text) => Ok(text),
                other => Err(unasked(&other)),
            }
        })
    }

    fn measure_machine(&self) -> BoxFuture<'_, Result<(MachineSpeed, Vec<Device>), EngineError>> {
        Box::pin(async move {
            match self.ask_bare(Body::MeasureMachine).await? {
                ReplyBody::MachineMeasured { speed, devices } => Ok((speed, devices)),
                other => Err(unasked(&other)),
            }
        })
    }

    fn shut_down(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            for process in self.close() {
                process.gone().await;
            }
        })
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.close();
    }
}

/// A worker for one question; it ends when the question does, answered or not.
struct Bare(Arc<Process>);

impl Drop for Bare {
    fn drop(&mut self) {
        self.0.end(EngineError::Cancelled);
    }
}
