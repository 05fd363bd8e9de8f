//! A folder of models, a hub in memory, and a library that takes what is finished.

use std::{
    fs,
    future::Future,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock, Weak},
};

use domain::{Clock, DownloadId, ModelId, Timestamp};
use gguf::{
    TensorType,
    write::{Datum, Outline},
};
use hub::{DownloadPlan, DownloadReport, DownloadStage, Downloads, DownloadsOptions, Finished, HubError, Layout};
use tempfile::TempDir;
use tokio::sync::{Notify, watch};

use crate::server::{REPO, Server};

pub(crate) const NAME: &str = "model-Q4_K_M.gguf";

struct StoppedClock;

impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        Timestamp(784_111_747_000)
    }
}

/// A GGUF file with weights of about this many bytes, none like the others.
pub(crate) fn model(bytes: u64, seed: u8) -> Vec<u8> {
    outline(Outline::default(), bytes, seed)
}

/// All parts of a split model.
pub(crate) fn parts(count: u16, bytes: u64) -> Vec<Vec<u8>> {
    let part = |no: u16| Outline::default().with("split.no", Datum::U16(no)).with("split.count", Datum::U16(count));
    (0..count).map(|no| outline(part(no), bytes, u8::try_from(no).unwrap())).collect()
}

fn outline(outline: Outline, bytes: u64, seed: u8) -> Vec<u8> {
    let outline =
        outline.with("general.architecture", "llama").tensor("weights", TensorType::F32, &[bytes.div_ceil(4)]);
    let mut file = Vec::new();
    let mut state = u32::from(seed) + 1;
    let fill = |_: &_, weights: &mut [u8]| {
        for weight in weights {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *weight = (state >> 24) as u8;
        }
    };
    outline.write_to(&mut file, fill).unwrap();
    file
}

pub(crate) struct House {
    folder: TempDir,
    pub(crate) finished: Arc<Mutex<Vec<Finished>>>,
    /// The library does not take what is finished, and says this.
    pub(crate) full: Arc<Mutex<Option<String>>>,
    /// The library takes what is finished, or not, and its answer never comes: it is told here.
    pub(crate) mute: Arc<Mutex<Option<Arc<Notify>>>>,
    /// What the library says when it is asked whether it has a model.
    pub(crate) holds: Arc<Mutex<Result<bool, String>>>,
    /// What was told of the one download, in order.
    pub(crate) stages: Arc<Mutex<Vec<DownloadStage>>>,
    changes: watch::Sender<u64>,
}

impl House {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            finished: Arc::default(),
            full: Arc::default(),
            mute: Arc::default(),
            holds: Arc::new(Mutex::new(Ok(false))),
            stages: Arc::default(),
            changes: watch::Sender::new(0),
        }
    }

    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn models(&self) -> PathBuf {
        self.folder.path().join("models")
    }

    pub(crate) fn model(&self) -> PathBuf {
        self.models().join(REPO).join(NAME)
    }

    pub(crate) fn open(&self, server: &Arc<Server>) -> Arc<Downloads> {
        self.open_in(self.models(), server, 2)
    }

    pub(crate) fn open_in(&self, models: PathBuf, server: &Arc<Server>, at_once: usize) -> Arc<Downloads> {
        let (finished, full, changes) = (self.finished.clone(), self.full.clone(), self.changes.clone());
        let (mute, holds) = (self.mute.clone(), self.holds.clone());
        let (stages, theirs) = (self.stages.clone(), Arc::new(OnceLock::<Weak<Downloads>>::new()));
        let ours = theirs.clone();
        let downloads = Downloads::open(DownloadsOptions {
            layout: Layout::new(models),
            transport: server.clone(),
            resolve: server.clone(),
            clock: Arc::new(StoppedClock),
            at_once,
            on_change: Arc::new(move || {
                let list = theirs.get().and_then(Weak::upgrade).map(|downloads| downloads.list()).unwrap_or_default();
                stages.lock().unwrap().extend(list.into_iter().next().map(|report| report.stage));
                changes.send_modify(|count| *count += 1);
            }),
            on_finish: Arc::new(move |model| {
                let full = full.lock().unwrap().clone();
                finished.lock().unwrap().push(model);
                let mute = mute.lock().unwrap().clone();
                Box::pin(async move {
                    if let Some(told) = mute {
                        told.notify_one();
                        std::future::pending::<()>().await;
                    }
                    full.map_or_else(|| Ok(ModelId::new()), Err)
                })
            }),
            holds: Arc::new(move |_| {
                let holds = holds.lock().unwrap().clone();
                Box::pin(async move { holds })
            }),
        })
        .unwrap();
        ours.set(Arc::downgrade(&downloads)).unwrap();
        downloads
    }

    /// Waits until a download is as asked for.
    pub(crate) async fn until(
        &self,
        downloads: &Downloads,
        id: DownloadId,
        is: impl Fn(&DownloadReport) -> bool,
    ) -> DownloadReport {
        let mut changes = self.changes.subscribe();
        loop {
            if let Some(report) = downloads.list().into_iter().find(|report| report.id == id && is(report)) {
                return report;
            }
            changes.changed().await.unwrap();
        }
    }

    /// Tells of every change from now on.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Waits until it rests.
    pub(crate) async fn end(&self, downloads: &Downloads, id: DownloadId) -> DownloadReport {
        let rests = |report: &DownloadReport| {
            matches!(report.stage, DownloadStage::Done { .. } | DownloadStage::Failed { .. } | DownloadStage::Paused)
        };
        self.until(downloads, id, rests).await
    }

    /// Nothing is on its way, and nothing half-done lies about.
    pub(crate) fn assert_swept(&self) {
        let left: Vec<_> = fs::read_dir(self.models().join(".partial"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .filter(|name| name != "packs.lock")
            .collect();
        assert!(left.is_empty(), "{left:?}");
    }

    /// All files in the folder of models that are not on their way.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if entry.file_name() == ".partial" {
                    continue;
                }
                if path.is_dir() { walk(&path, files) } else { files.push(path) }
            }
        }
        let mut files = Vec::new();
        walk(&self.models(), &mut files);
        files.sort();
        files
    }
}

pub(crate) fn plan(path: &str) -> DownloadPlan {
    DownloadPlan {
        name: "Model".into(),
        quantisation: "Q4_K_M".into(),
        repo: REPO.into(),
        revision: None,
        path: path.into(),
        about_bytes: 1,
    }
}

/// What is kept of the one part on its way.
pub(crate) fn kept(models: &Path) -> Option<PathBuf> {
    let folders = fs::read_dir(models.join(".partial")).unwrap().flatten().filter(|entry| entry.path().is_dir());
    let parts = folders.flat_map(|folder| fs::read_dir(folder.path()).unwrap().flatten());
    parts.map(|entry| entry.path()).find(|path| path.extension().is_some_and(|extension| extension == "part"))
}

/// Runs with a clock that jumps wherever everybody waits.
pub(crate) fn run<T>(work: impl Future<Output = T>) -> T {
    runtime().block_on(work)
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

pub(crate) fn error(report: &DownloadReport) -> &HubError {
    match &report.stage {
        DownloadStage::Failed { error } => error,
        stage => panic!("not failed: {stage:?}"),
    }
}

pub(crate) fn is_verified(report: &DownloadReport) -> bool {
    matches!(report.stage, DownloadStage::Done { verified: true, .. })
}
