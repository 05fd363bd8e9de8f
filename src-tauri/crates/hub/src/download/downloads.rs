//! All downloads.

use std::{
    collections::BTreeMap,
    fs,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::{Clock, DownloadId, Timestamp, Transport};
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::{
    DownloadPlan, DownloadReport, DownloadStage, DownloadsOptions, Holds, OnFinish,
    folder::Folder,
    machine::{Event, Machine},
    runner::{Order, Runner},
    saved::Saved,
    work::blocking,
};
use crate::{HubError, Layout, Resolve, disk::failed, name::segments, pack};

/// Downloads under way, resting and finished. Dropping it lets each write down how it stands and end.
pub struct Downloads {
    shared: Arc<Shared>,
    entries: Mutex<BTreeMap<DownloadId, Entry>>,
    /// Two starts of one file do not run past each other.
    starting: tokio::sync::Mutex<()>,
}

/// What the tasks of all downloads share.
pub(crate) struct Shared {
    pub(crate) layout: Layout,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) turns: Arc<Semaphore>,
    pub(crate) on_change: Arc<dyn Fn() + Send + Sync>,
    pub(crate) on_finish: OnFinish,
    pub(crate) holds: Holds,
    /// One moves files to their place at a time.
    pub(crate) placing: Arc<Mutex<()>>,
    wires: Mutex<Wires>,
}

/// The ways out, as the settings are now.
#[derive(Clone)]
pub(crate) struct Wires {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) resolve: Arc<dyn Resolve>,
}

struct Entry {
    report: Arc<Mutex<DownloadReport>>,
    orders: mpsc::UnboundedSender<Order>,
}

impl Shared {
    pub(crate) fn wires(&self) -> Wires {
        locked(&self.wires).clone()
    }
}

impl Downloads {
    /// Takes up what earlier runs left; those come back paused, and nothing crosses before somebody resumes them. It
    /// must be called inside a tokio runtime.
    ///
    /// # Errors
    /// [`HubError::Disk`] where the folder of models cannot be made or read.
    pub fn open(options: DownloadsOptions) -> Result<Arc<Self>, HubError> {
        let DownloadsOptions { layout, transport, resolve, clock, at_once, on_change, on_finish, holds } = options;
        let partial = layout.partial();
        fs::create_dir_all(&partial).map_err(|error| failed("make the folder", &partial, &error))?;
        pack::sweep(&layout);
        let shared = Arc::new(Shared {
            layout,
            clock,
            turns: Arc::new(Semaphore::new(at_once.max(1))),
            on_change,
            on_finish,
            holds,
            placing: Arc::default(),
            wires: Mutex::new(Wires { transport, resolve }),
        });
        let downloads = Arc::new(Self { shared, entries: Mutex::default(), starting: tokio::sync::Mutex::default() });
        downloads.take_up()?;
        Ok(downloads)
    }

    /// How each stands, the oldest first.
    #[must_use]
    pub fn list(&self) -> Vec<DownloadReport> {
        locked(&self.entries).values().map(|entry| locked(&entry.report).clone()).collect()
    }

    /// Begins to download a model. Where the same file is on its way already, that one goes on.
    ///
    /// # Errors
    /// [`HubError::BadName`], [`HubError::Disk`] or [`HubError::DiskFull`]; what goes wrong later is in the report.
    pub async fn start(&self, plan: DownloadPlan) -> Result<DownloadReport, HubError> {
        segments(&plan.path)?;
        self.shared.layout.places(&plan.repo, plan.revision.as_deref().unwrap_or("main"))?;
        let _alone = self.starting.lock().await;
        if let Some(same) = self.list().into_iter().find(|report| is_same(&report.plan, &plan) && !is_done(report)) {
            return if same.stage.rests() { self.resume(same.id).await } else { Ok(same) };
        }
        self.forget_done(&plan).await?;
        let id = DownloadId::new();
        let about = (self.shared.wires().resolve.host(), self.shared.clock.now());
        let machine = Machine::new(plan, None, Vec::new());
        let (saved, layout) = (Saved::of(&machine, &about.0, about.1), self.shared.layout.clone());
        let folder = blocking(move || Folder::create(&layout, id, &saved)).await?;
        self.spawn(id, about, machine, folder);
        self.order(id, Event::Resume).await
    }

    /// Pauses; what arrived is kept. One that rests is left as it is.
    ///
    /// # Errors
    /// [`HubError::NotFound`] where there is no such download.
    pub async fn pause(&self, id: DownloadId) -> Result<DownloadReport, HubError> {
        self.order(id, Event::Pause).await
    }

    /// Goes on with one that was paused, failed or waits. Others are left as they are.
    ///
    /// # Errors
    /// [`HubError::NotFound`] where there is no such download.
    pub async fn resume(&self, id: DownloadId) -> Result<DownloadReport, HubError> {
        self.order(id, Event::Resume).await
    }

    /// Ends a download and removes what arrived, or takes a finished one off the list; its model stays.
    ///
    /// # Errors
    /// [`HubError::NotFound`] where there is no such download; [`HubError::Disk`] where something could not be removed.
    pub async fn cancel(&self, id: DownloadId) -> Result<(), HubError> {
        self.order(id, Event::Cancel).await?;
        locked(&self.entries).remove(&id);
        (self.shared.on_change)();
        Ok(())
    }

    /// Ends all tasks after each has written down how it stands. What was under way can be gone on with after the next
    /// [`Downloads::open`].
    pub async fn shut_down(&self) {
        let ids: Vec<DownloadId> = locked(&self.entries).keys().copied().collect();
        // One that ended already gives no answer, which is as good.
        futures_util::future::join_all(ids.into_iter().map(|id| self.order(id, Event::Shut))).await;
    }

    /// Takes other ways out, for every request from now on. What is being received goes on as it is.
    pub fn change(&self, transport: Arc<dyn Transport>, resolve: Arc<dyn Resolve>) {
        *locked(&self.shared.wires) = Wires { transport, resolve };
    }

    fn take_up(&self) -> Result<(), HubError> {
        let partial = self.shared.layout.partial();
        let folders = fs::read_dir(&partial).map_err(|error| failed("read", &partial, &error))?;
        for folder in folders.flatten() {
            let Some(id) = folder.file_name().to_str().and_then(|name| name.parse::<DownloadId>().ok()) else {
                continue;
            };
            match Folder::take(folder.path()) {
                Ok(Some((folder, saved))) => {
                    let about = (saved.host.clone(), saved.started_at);
                    let machine = saved.into_machine(&self.shared.layout, folder.path());
                    self.spawn(id, about, machine, folder);
                }
                Ok(None) => {}
                // Damaged, or of a newer version: it is left as it is for whoever can read it.
                Err(error) => tracing::warn!(download = %id, %error, "a download was not taken up"),
            }
        }
        Ok(())
    }

    async fn forget_done(&self, plan: &DownloadPlan) -> Result<(), HubError> {
        let done = self.list().into_iter().filter(|report| is_same(&report.plan, plan)).map(|report| report.id);
        for id in done.collect::<Vec<_>>() {
            self.cancel(id).await?;
        }
        Ok(())
    }

    fn spawn(&self, id: DownloadId, about: (String, Timestamp), machine: Machine, folder: Folder) {
        let (orders, theirs) = mpsc::unbounded_channel();
        let (runner, report) = Runner::new(self.shared.clone(), id, about, machine, folder, theirs);
        locked(&self.entries).insert(id, Entry { report, orders });
        tokio::spawn(runner.run());
    }

    async fn order(&self, id: DownloadId, event: Event) -> Result<DownloadReport, HubError> {
        let gone = || HubError::NotFound("This download is not there any more.".into());
        let (reply, answer) = oneshot::channel();
        let sent =
            locked(&self.entries).get(&id).is_some_and(|entry| entry.orders.send(Order { event, reply }).is_ok());
        if !sent {
            return Err(gone());
        }
        answer.await.map_err(|_| gone())?
    }
}

fn is_done(report: &DownloadReport) -> bool {
    matches!(report.stage, DownloadStage::Done { .. })
}

/// The same file of the same commit, or of whichever is the newest.
fn is_same(one: &DownloadPlan, other: &DownloadPlan) -> bool {
    let revisions = (&one.revision, &other.revision);
    one.repo == other.repo && one.path == other.path && !matches!(revisions, (Some(one), Some(other)) if one != other)
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
