//! The task of one download: does what its machine says, and tells it what came of it.

mod activity;
mod effects;

use std::{
    collections::VecDeque,
    mem::discriminant,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use domain::{DownloadId, Timestamp};
use tokio::{
    sync::{OwnedSemaphorePermit, mpsc, oneshot},
    time::Instant,
};

use super::{
    DownloadReport,
    downloads::Shared,
    folder::Folder,
    machine::{Event, Machine},
    part::{PartFile, Writer},
};
use crate::HubError;
use activity::{Activity, Brought, Outcome};

/// While bytes arrive, people are told this often.
const TELL_EVERY: Duration = Duration::from_millis(250);

/// What somebody wants of a download, and where the answer goes: what it has become, or why not.
pub(crate) struct Order {
    /// [`Event::Resume`], [`Event::Pause`], [`Event::Cancel`] or [`Event::Shut`].
    pub event: Event,
    /// The answer: at once, or after cancelling and shutting down when nothing more will happen.
    pub reply: oneshot::Sender<Result<DownloadReport, HubError>>,
}

/// A running download.
pub(crate) struct Runner {
    shared: Arc<Shared>,
    id: DownloadId,
    host: String,
    started_at: Timestamp,
    machine: Machine,
    folder: Folder,
    report: Arc<Mutex<DownloadReport>>,
    orders: mpsc::UnboundedReceiver<Order>,
    leaving: Vec<oneshot::Sender<Result<DownloadReport, HubError>>>,
    events: VecDeque<Event>,
    activity: Activity,
    brought: Brought,
    writer: Writer,
    chunk: Bytes,
    turn: Option<OwnedSemaphorePermit>,
    born: Instant,
    told: Instant,
    /// Nobody is there any more who could give orders.
    alone: bool,
    ended: bool,
}

impl Runner {
    /// A task's state, and what people see of it.
    pub(crate) fn new(
        shared: Arc<Shared>,
        id: DownloadId,
        (host, started_at): (String, Timestamp),
        machine: Machine,
        folder: Folder,
        orders: mpsc::UnboundedReceiver<Order>,
    ) -> (Self, Arc<Mutex<DownloadReport>>) {
        let now = Instant::now();
        let report = Arc::new(Mutex::new(report(id, &host, started_at, &machine, Duration::ZERO)));
        let runner = Self {
            shared,
            id,
            host,
            started_at,
            machine,
            folder,
            report: report.clone(),
            orders,
            leaving: Vec::new(),
            events: VecDeque::new(),
            activity: Activity::Idle,
            brought: Brought::Nothing,
            writer: Writer::default(),
            chunk: Bytes::new(),
            turn: None,
            born: now,
            told: now,
            alone: false,
            ended: false,
        };
        (runner, report)
    }

    /// Obeys the first order, and runs until the download rests or is gone, or the application ends. Whoever goes on
    /// with it then begins from what is written down.
    pub(crate) async fn run(mut self) {
        let first = self.orders.recv().await;
        self.obey(first).await;
        while !(self.ended || self.machine.rests()) || !self.events.is_empty() {
            if let Some(event) = self.events.pop_front() {
                self.handle(event).await;
                continue;
            }
            tokio::select! {
                biased;
                order = self.orders.recv(), if !self.alone => self.obey(order).await,
                outcome = self.activity.next() => {
                    let event = self.unpack(outcome);
                    self.handle(event).await;
                }
            }
        }
        let last = self.seen();
        // Before anybody hears that nobody works on it.
        drop(self.folder.give_up());
        for reply in self.leaving.drain(..) {
            let _ = reply.send(Ok(last.clone()));
        }
    }

    async fn obey(&mut self, order: Option<Order>) {
        let Some(Order { event, reply }) = order else {
            self.alone = true;
            return self.handle(Event::Shut).await;
        };
        let leaves = matches!(event, Event::Cancel | Event::Shut);
        self.handle(event).await;
        while let Some(event) = self.events.pop_front() {
            self.handle(event).await;
        }
        if leaves {
            self.leaving.push(reply);
        } else {
            let _ = reply.send(Ok(self.seen()));
        }
    }

    fn unpack(&mut self, outcome: Outcome) -> Event {
        match outcome.brought {
            Brought::Chunk(bytes) => self.chunk = bytes,
            brought => self.brought = brought,
        }
        outcome.event
    }

    async fn handle(&mut self, event: Event) {
        tracing::trace!(download = %self.id, ?event);
        if let Event::Removed(Err(error)) = &event {
            for reply in self.leaving.drain(..) {
                let _ = reply.send(Err(error.clone()));
            }
        }
        match (&event, std::mem::replace(&mut self.brought, Brought::Nothing)) {
            (Event::TurnCame, Brought::Turn(turn)) => self.turn = Some(turn),
            (Event::Opened(_), Brought::Part(file)) => self.writer.take(file),
            (_, brought) => self.brought = brought,
        }
        for effect in self.machine.on(self.born.elapsed(), event) {
            self.effect(effect).await;
        }
        self.tell();
    }

    fn seen(&self) -> DownloadReport {
        self.report.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Shows how it stands; at once where something else goes on now, else every now and then.
    fn tell(&mut self) {
        let fresh = report(self.id, &self.host, self.started_at, &self.machine, self.born.elapsed());
        let mut shown = self.report.lock().unwrap_or_else(PoisonError::into_inner);
        let turned = discriminant(&shown.stage) != discriminant(&fresh.stage);
        if *shown == fresh || !turned && self.told.elapsed() < TELL_EVERY && !fresh.stage.rests() {
            return;
        }
        *shown = fresh;
        drop(shown);
        self.told = Instant::now();
        (self.shared.on_change)();
    }
}

/// How a download stands.
pub(crate) fn report(
    id: DownloadId,
    host: &str,
    started_at: Timestamp,
    machine: &Machine,
    at: Duration,
) -> DownloadReport {
    let (bytes, received_bytes) = machine.bytes();
    DownloadReport {
        id,
        plan: machine.plan().clone(),
        host: host.to_owned(),
        bytes,
        received_bytes,
        stage: machine.stage(at),
        started_at,
    }
}
