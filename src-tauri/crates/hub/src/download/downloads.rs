//! All downloads.

use std::{
    collections::BTreeMap,
    fs,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use domain::{Clock, DownloadId, Timestamp, Transport};
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::{
    DownloadPlan, DownloadReport, DownloadStage, DownloadsOptions, Holds, OnFinish,
    folder::{Folder, Taken},
    machine::{Event, Machine},
    resting,
    runner::{Order, Runner},
    saved::Saved,
    work::blocking,
};
use crate::{HubError, Layout, Resolve, disk::failed, name::segments, pack};

/// What another process does is seen this soon.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Downloads under way, resting and finished; another process may work beside this one in the same folder of models.
/// Dropping it lets each that is under way write down how it stands and end.
pub struct Downloads {
    shared: Arc<Shared>,
    entries: Mutex<BTreeMap<DownloadId, Entry>>,
    /// One is begun or taken up at a time, so that two starts of one file do not run past each other.
    taking: tokio::sync::Mutex<()>,
    closed: AtomicBool,
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
    /// None, or closed, where it rests or another process works on it.
    orders: Option<mpsc::UnboundedSender<Order>>,
}

impl Entry {
    fn is_worked_on(&self) -> bool {
        self.orders.as_ref().is_some_and(|orders| !orders.is_closed())
    }

    fn is_done(&self) -> bool {
        is_done(&locked(&self.report))
    }
}

impl Shared {
    pub(crate) fn wires(&self) -> Wires {
        locked(&self.wires).clone()
    }
}

impl Downloads {
    /// Finds what earlier runs left; those are paused, and nothing crosses before somebody resumes them. It must be
    /// called inside a tokio runtime.
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
        for (id, folder) in resting::folders(&shared.layout)? {
            if let Err(error) = Folder::sweep(&folder) {
                tracing::warn!(download = %id, %error, "a download is left as it is");
            }
        }
        let (entries, taking, closed) = (Mutex::default(), tokio::sync::Mutex::default(), AtomicBool::default());
        let downloads = Arc::new(Self { shared, entries, taking, closed });
        downloads.look();
        tokio::spawn(Self::look_about(Arc::downgrade(&downloads)));
        Ok(downloads)
    }

    /// How each stands, the oldest first. The disk is looked at: another process may have begun one, gone on with one,
    /// finished or removed one.
    #[must_use]
    pub fn list(&self) -> Vec<DownloadReport> {
        self.look();
        self.known()
    }

    /// The same without a look at the disk: for those who are told of every change.
    #[must_use]
    pub fn known(&self) -> Vec<DownloadReport> {
        locked(&self.entries).values().map(|entry| locked(&entry.report).clone()).collect()
    }

    /// Begins to download a model. Where the same file is on its way already, that one goes on.
    ///
    /// # Errors
    /// [`HubError::BadName`], [`HubError::Disk`], [`HubError::DiskFull`], or [`HubError::Elsewhere`] where another
    /// process downloads it; what goes wrong later is in the report.
    pub async fn start(&self, plan: DownloadPlan) -> Result<DownloadReport, HubError> {
        segments(&plan.path)?;
        self.shared.layout.places(&plan.repo, plan.revision.as_deref().unwrap_or("main"))?;
        let _alone = self.taking.lock().await;
        self.stay_open()?;
        if let Some(same) = self.list().into_iter().find(|report| is_same(&report.plan, &plan) && !is_done(report)) {
            return match same.stage {
                DownloadStage::Elsewhere => Err(HubError::Elsewhere),
                stage if stage.rests() => self.go_on(same.id).await,
                _ => Ok(same),
            };
        }
        locked(&self.entries)
            .retain(|_, entry| !is_done(&locked(&entry.report)) || !is_same(&locked(&entry.report).plan, &plan));
        let id = DownloadId::new();
        let about = (self.shared.wires().resolve.host(), self.shared.clock.now());
        let machine = Machine::new(plan, None, Vec::new());
        let (saved, layout) = (Saved::of(&machine, &about.0, about.1), self.shared.layout.clone());
        let folder = blocking(move || Folder::create(&layout, id, &saved)).await?;
        self.set_to_work(id, about, machine, folder, Event::Resume).await
    }

    /// Pauses; what arrived is kept. One that rests is left as it is.
    ///
    /// # Errors
    /// [`HubError::NotFound`] where there is no such download, [`HubError::Elsewhere`] where another process works on
    /// it.
    pub async fn pause(&self, id: DownloadId) -> Result<DownloadReport, HubError> {
        if let Some(answer) = self.order(id, Event::Pause).await {
            return answer;
        }
        match self.list().into_iter().find(|report| report.id == id) {
            Some(DownloadReport { stage: DownloadStage::Elsewhere, .. }) => Err(HubError::Elsewhere),
            found => found.ok_or_else(gone),
        }
    }

    /// Goes on with one that was paused, failed or waits. Others are left as they are.
    ///
    /// # Errors
    /// [`HubError::NotFound`] where there is no such download, [`HubError::Elsewhere`] where another process works on
    /// it, [`HubError::Disk`] where what is written down of it cannot be read.
    pub async fn resume(&self, id: DownloadId) -> Result<DownloadReport, HubError> {
        let _alone = self.taking.lock().await;
        self.go_on(id).await
    }

    /// Ends a download and removes what arrived, or takes a finished one off the list; its model stays.
    ///
    /// # Errors
    /// [`HubError::NotFound`] where there is no such download, [`HubError::Elsewhere`] where another process works on
    /// it, [`HubError::Disk`] where something could not be removed.
    pub async fn cancel(&self, id: DownloadId) -> Result<(), HubError> {
        match self.order(id, Event::Cancel).await {
            Some(answer) => answer.map(drop)?,
            None => {
                let _alone = self.taking.lock().await;
                if !locked(&self.entries).get(&id).is_some_and(Entry::is_done) {
                    self.take_up(id, Event::Cancel).await?;
                }
            }
        }
        locked(&self.entries).remove(&id);
        (self.shared.on_change)();
        Ok(())
    }

    /// Ends all tasks after each has written down how it stands. What was under way can be gone on with after the next
    /// [`Downloads::open`].
    pub async fn shut_down(&self) {
        self.closed.store(true, Ordering::Relaxed);
        let _alone = self.taking.lock().await;
        let ids: Vec<DownloadId> = locked(&self.entries).keys().copied().collect();
        // One that rests gives no answer, which is as good.
        futures_util::future::join_all(ids.into_iter().map(|id| self.order(id, Event::Shut))).await;
    }

    /// Takes other ways out, for every request from now on. What is being received goes on as it is.
    pub fn change(&self, transport: Arc<dyn Transport>, resolve: Arc<dyn Resolve>) {
        *locked(&self.shared.wires) = Wires { transport, resolve };
    }

    /// Tells when another process begins, moves on, finishes or removes a download.
    async fn look_about(downloads: Weak<Self>) {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let Some(downloads) = downloads.upgrade() else { return };
            let look = move || {
                if downloads.look() {
                    (downloads.shared.on_change)();
                }
            };
            blocking(look).await;
        }
    }

    /// Brings what is known up to what lies on the disk, and says whether that is something new. Where the disk cannot
    /// be read, what is known stands.
    fn look(&self) -> bool {
        let mut entries = locked(&self.entries);
        let ours = |entry: &Entry| entry.is_worked_on() || entry.is_done();
        let Ok(found) = resting::reports(&self.shared.layout, |id| entries.get(&id).is_some_and(ours)) else {
            return false;
        };
        let before = entries.len();
        entries.retain(|id, entry| ours(entry) || found.contains_key(id));
        let mut new = entries.len() < before;
        for (id, fresh) in found {
            let Some(entry) = entries.get(&id) else {
                entries.insert(id, Entry { report: Arc::new(Mutex::new(fresh)), orders: None });
                new = true;
                continue;
            };
            let mut report = locked(&entry.report);
            // Why it failed is not written down.
            let failed = matches!((&report.stage, &fresh.stage), (DownloadStage::Failed { .. }, DownloadStage::Paused));
            let stage = if failed { report.stage.clone() } else { fresh.stage.clone() };
            let fresh = DownloadReport { stage, ..fresh };
            new |= *report != fresh;
            *report = fresh;
        }
        new
    }

    async fn go_on(&self, id: DownloadId) -> Result<DownloadReport, HubError> {
        if let Some(answer) = self.order(id, Event::Resume).await {
            return answer;
        }
        match self.known().into_iter().find(|report| report.id == id && is_done(report)) {
            Some(done) => Ok(done),
            None => self.take_up(id, Event::Resume).await,
        }
    }

    /// Works on one that rests, from what is written down: another process may have moved it on.
    async fn take_up(&self, id: DownloadId, event: Event) -> Result<DownloadReport, HubError> {
        self.stay_open()?;
        let layout = self.shared.layout.clone();
        let taken = blocking(move || match Folder::take(layout.download(id))? {
            Taken::Ours(folder, saved) => {
                let about = (saved.host.clone(), saved.started_at);
                let machine = saved.into_machine(&layout, folder.path());
                Ok((about, machine, folder))
            }
            Taken::Theirs => Err(HubError::Elsewhere),
            Taken::Gone => Err(gone()),
        });
        let (about, machine, folder) = taken.await.inspect_err(|_| _ = self.look())?;
        self.set_to_work(id, about, machine, folder, event).await
    }

    async fn set_to_work(
        &self,
        id: DownloadId,
        about: (String, Timestamp),
        machine: Machine,
        folder: Folder,
        event: Event,
    ) -> Result<DownloadReport, HubError> {
        let (orders, theirs) = mpsc::unbounded_channel();
        let (reply, answer) = oneshot::channel();
        orders.send(Order { event, reply }).map_err(|_| gone())?;
        let (runner, report) = Runner::new(self.shared.clone(), id, about, machine, folder, theirs);
        locked(&self.entries).insert(id, Entry { report, orders: Some(orders) });
        tokio::spawn(runner.run());
        answer.await.map_err(|_| gone())?
    }

    /// What one that is worked on here says to an order; none where it rests.
    async fn order(&self, id: DownloadId, event: Event) -> Option<Result<DownloadReport, HubError>> {
        let (reply, answer) = oneshot::channel();
        locked(&self.entries).get(&id)?.orders.as_ref()?.send(Order { event, reply }).ok()?;
        // One that comes to rest before it reads an order drops it.
        answer.await.ok()
    }

    fn stay_open(&self) -> Result<(), HubError> {
        if self.closed.load(Ordering::Relaxed) {
            return Err(HubError::Disk("Drawbridge is closing. What arrived is kept.".into()));
        }
        Ok(())
    }
}

fn gone() -> HubError {
    HubError::NotFound("This download is not there any more.".into())
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
