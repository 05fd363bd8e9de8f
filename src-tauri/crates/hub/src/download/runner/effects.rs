//! What a download's machine asks for, done.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use domain::Purpose;
use http::{Request, header};

use super::{
    super::{
        Finished,
        answer::Head,
        machine::{Effect, Event, PlaceError},
        part::{PartFile, WriteFailed, Writer},
        pinned::Pinned,
        saved::Saved,
        work::{self, Spot, blocking},
    },
    Runner,
    activity::{Activity, Brought, Outcome},
};
use crate::{HubError, disk::failed};

impl Runner {
    /// Does one thing, or begins it.
    pub(super) async fn effect(&mut self, effect: Effect) {
        match effect {
            Effect::Turn => {
                let turns = self.shared.turns.clone();
                self.activity = Activity::future(async move {
                    match turns.acquire_owned().await {
                        Ok(turn) => Outcome { event: Event::TurnCame, brought: Brought::Turn(turn) },
                        Err(_) => std::future::pending().await,
                    }
                });
            }
            Effect::YieldTurn => self.turn = None,
            Effect::Resolve => self.resolve(),
            Effect::Survey => match self.spots() {
                Ok(spots) => {
                    let models = self.shared.layout.models().to_owned();
                    self.activity =
                        Activity::blocking(move |watch| Event::Surveyed(work::survey(&models, &spots, watch)).into());
                }
                Err(error) => self.events.push_back(Event::Surveyed(Err(error))),
            },
            Effect::Open { part, keep } => self.open(part, keep),
            Effect::Get { part, from } => self.get(part, from),
            Effect::Listen => {
                if let Brought::Body(body) = std::mem::replace(&mut self.brought, Brought::Nothing) {
                    self.activity = Activity::Body(body);
                }
            }
            Effect::Write(bytes) => {
                let taken = self.chunk.split_to(usize::try_from(bytes).unwrap_or(usize::MAX).min(self.chunk.len()));
                let written = self.writer.push(taken).await;
                self.note(written);
            }
            Effect::Checkpoint => self.checkpoint().await,
            Effect::Empty => {
                let emptied = self.writer.with(PartFile::empty).await;
                self.note(emptied);
            }
            Effect::HangUp => {
                self.activity = Activity::Idle;
                self.brought = Brought::Nothing;
                let settled = self.writer.settle().await;
                self.note(settled);
            }
            Effect::Close => self.close().await,
            Effect::Seal => {
                let closed = self.writer.close().await;
                if let Some(file) = self.note(closed).flatten() {
                    self.activity = Activity::blocking(move |_| Event::Sealed(file.seal()).into());
                }
            }
            Effect::Discard(part) => self.discard(part).await,
            Effect::Check => self.check(),
            Effect::Place(place) => self.place(place),
            Effect::Finish => self.finish(),
            Effect::Sleep(time) => {
                self.activity = Activity::future(async move {
                    tokio::time::sleep(time).await;
                    Event::Woke.into()
                });
            }
            Effect::Save => self.save().await,
            Effect::Clear => {
                let folder = self.folder.give_up();
                if let Err(error) = blocking(move || folder.remove()).await {
                    tracing::warn!(download = %self.id, %error, "what is left of a finished download was not removed");
                }
            }
            Effect::Remove => self.remove(),
            Effect::End => self.ended = true,
        }
    }

    fn resolve(&mut self) {
        let (resolve, plan) = (self.shared.wires().resolve, self.machine.plan().clone());
        self.host = resolve.host();
        self.activity = Activity::future(async move {
            let resolved = resolve.resolve(&plan.repo, plan.revision.as_deref(), &plan.path).await;
            Event::Resolved(resolved.and_then(Pinned::of)).into()
        });
    }

    fn open(&mut self, part: usize, keep: u64) {
        let path = self.kept(part);
        self.activity = Activity::blocking(move |watch| match PartFile::open(&path, keep, watch) {
            Ok(Some(file)) => Outcome { event: Event::Opened(Ok(file.written())), brought: Brought::Part(file) },
            // It was told to stop, and nobody waits for this.
            Ok(None) => Event::Opened(Ok(0)).into(),
            Err(error) => Event::Opened(Err(error)).into(),
        });
    }

    fn get(&mut self, part: usize, from: u64) {
        let (wires, clock) = (self.shared.wires(), self.shared.clock.clone());
        self.host = wires.resolve.host();
        let pinned = self.pinned();
        let uri = wires.resolve.file_uri(&self.machine.plan().repo, &pinned.revision, &pinned.parts[part].path);
        let request = uri.and_then(|uri| {
            let mut request = Request::get(uri).header(header::ACCEPT_ENCODING, "identity");
            // The gate takes it off where a redirect leads to another host.
            if let Some(token) = wires.resolve.token() {
                request = request.header(header::AUTHORIZATION, format!("Bearer {}", token.reveal()));
            }
            if from > 0 {
                request = request.header(header::RANGE, format!("bytes={from}-"));
            }
            request.body(Bytes::new()).map_err(|error| HubError::BadName(error.to_string()))
        });
        self.activity = Activity::future(async move {
            let request = match request {
                Ok(request) => request,
                Err(error) => return Event::Answered(Err(error)).into(),
            };
            // No limit: the machine hangs up after the stated size.
            match wires.transport.send(Purpose::ModelDownload, request, u64::MAX).await {
                Ok(answered) => {
                    let head = Head::of(answered.status(), answered.headers(), clock.now().0);
                    Outcome { event: Event::Answered(Ok(head)), brought: Brought::Body(answered.into_body()) }
                }
                Err(error) => Event::Answered(Err(error.into())).into(),
            }
        });
    }

    async fn checkpoint(&mut self) {
        let synced = self.writer.with(|file| file.sync().map(|()| file.written())).await;
        if let Some(Some(bytes)) = self.note(synced) {
            self.events.push_back(Event::Synced(bytes));
        }
    }

    async fn close(&mut self) {
        std::mem::replace(&mut self.activity, Activity::Idle).end().await;
        self.brought = Brought::Nothing;
        if self.writer.is_open() {
            self.checkpoint().await;
            self.writer = Writer::default();
        }
    }

    async fn discard(&mut self, part: usize) {
        let path = self.kept(part);
        let removed =
            blocking(move || std::fs::remove_file(&path).map_err(|error| failed("remove", &path, &error))).await;
        // One that could not be removed is cut to nothing when it is opened.
        if let Err(error) = removed {
            tracing::debug!(download = %self.id, %error);
        }
    }

    fn check(&mut self) {
        let files: Result<Vec<PathBuf>, HubError> = self.spots().map(|spots| {
            let place = self.machine.place();
            spots.into_iter().map(|spot| if spot.placed { spot.targets[place].clone() } else { spot.kept }).collect()
        });
        self.activity = Activity::blocking(move |_| Event::Checked(files.and_then(|files| work::check(&files))).into());
    }

    fn place(&mut self, place: usize) {
        let (spots, placing) = (self.spots(), self.shared.placing.clone());
        let (saved, record) = (self.saved(), self.folder.record());
        self.activity = Activity::blocking(move |_| {
            let noted = spots.and_then(|spots| saved.write(&record).map(|()| spots)).map_err(PlaceError::Disk);
            Event::Placed(noted.and_then(|spots| work::place(&spots, place, &placing))).into()
        });
    }

    fn remove(&mut self) {
        let (folder, layout) = (self.folder.give_up(), self.shared.layout.clone());
        let place = self.machine.intent().map(|intent| intent.place);
        let spots = if place.is_some() { self.spots() } else { Ok(Vec::new()) };
        let place = place.unwrap_or_default();
        let holds = self.shared.holds.clone();
        self.activity = Activity::future(async move {
            let removed = async {
                let spots = spots?;
                let first = spots.first().map(|spot| spot.targets[place].clone());
                let moved = move || spots.iter().filter_map(Spot::moved).map(Path::to_owned).collect();
                let mut files: Vec<PathBuf> = blocking(moved).await;
                // The run that moved them may have been killed after the library took the model.
                if let Some(first) = first.filter(|_| !files.is_empty())
                    && holds(first).await.map_err(HubError::Disk)?
                {
                    files.clear();
                }
                // The folder says which files are this download's, so it goes last.
                blocking(move || layout.remove(&files).and_then(|_| folder.remove())).await
            };
            Event::Removed(removed.await).into()
        });
    }

    fn finish(&mut self) {
        let place = self.machine.place();
        let files: Vec<_> = self
            .spots()
            .unwrap_or_default()
            .into_iter()
            .map(|spot| (spot.targets[place].clone(), spot.stated))
            .collect();
        let (plan, pinned) = (self.machine.plan(), self.pinned());
        let finished = Finished {
            id: self.id,
            first: files.first().map(|(path, _)| path.clone()).unwrap_or_default(),
            files,
            repo: plan.repo.clone(),
            revision: pinned.revision.clone(),
            host: self.host.clone(),
            verified: self.machine.is_verified(),
            licence: pinned.licence.clone(),
            name: plan.name.clone(),
        };
        let taken = (self.shared.on_finish)(finished);
        self.activity = Activity::future(async move { Event::Finished(taken.await).into() });
    }

    async fn save(&mut self) {
        let (saved, path) = (self.saved(), self.folder.record());
        // What is written down spares the next run a question or some bytes; it is no reason to stop.
        if let Err(error) = blocking(move || saved.write(&path)).await {
            tracing::warn!(download = %self.id, %error, "how a download stands was not written down");
        }
    }

    fn saved(&self) -> Saved {
        Saved::of(&self.machine, &self.host, self.started_at)
    }

    /// Tells the machine of a write that failed.
    fn note<T>(&mut self, done: Result<T, WriteFailed>) -> Option<T> {
        match done {
            Ok(done) => Some(done),
            Err(WriteFailed { error, kept }) => {
                self.events.push_back(Event::WriteFailed { error, kept });
                None
            }
        }
    }

    fn pinned(&self) -> &Pinned {
        self.machine.pinned().expect("BUG: nothing is fetched before it is known what")
    }

    fn kept(&self, part: usize) -> PathBuf {
        self.folder.part(&self.pinned().parts[part].path)
    }

    fn spots(&self) -> Result<Vec<Spot>, HubError> {
        let pinned = self.pinned();
        let (layout, repo) = (&self.shared.layout, &self.machine.plan().repo);
        let mut spots = work::spots(layout, self.folder.path(), repo, pinned, self.machine.intent())?;
        for (spot, progress) in spots.iter_mut().zip(self.machine.parts()) {
            spot.placed = progress.placed;
        }
        Ok(spots)
    }
}
