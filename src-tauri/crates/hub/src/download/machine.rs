//! A download as a state machine: events in, effects out; no disk, no network, no clock.

mod event;
#[cfg(test)]
mod tests;
mod transfer;

use std::time::Duration;

use domain::ModelId;
use serde::{Deserialize, Serialize};

pub(crate) use event::{Effect, Event, Occupant, PlaceError, Survey};

use super::{DownloadPlan, DownloadStage, pinned::Pinned, rate::Rate};
use crate::HubError;

/// Longest wait between two attempts, unless the hub asks for a longer one.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// Longest wait that a hub may ask for.
const LONGEST_ASKED_WAIT: Duration = Duration::from_secs(3600);

/// A download.
#[derive(Debug)]
pub(crate) struct Machine {
    plan: DownloadPlan,
    pinned: Option<Pinned>,
    parts: Vec<Progress>,
    phase: Phase,
    /// The part that is open. Its hash goes as far as its bytes.
    open: Option<usize>,
    place: usize,
    /// What this download moves to its place, from before the first move on until the library has it.
    intent: Option<Intent>,
    /// Attempts in a row that brought nothing.
    attempt: u32,
    fruitless: u32,
    /// Bytes since the last request, and since the last checkpoint.
    arrived: u64,
    unsynced: u64,
    rate: Rate,
    hashing: Option<(u64, u64)>,
    leaving: Option<Leaving>,
}

/// How far a part is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// Bytes that are here.
    pub received: u64,
    /// Bytes of these that a power failure cannot take.
    pub synced: u64,
    /// `ETag` of the answer that the first bytes came from.
    pub etag: Option<String>,
    /// It is whole, and its hash the stated one, if one is stated.
    pub sealed: bool,
    /// It lies in its place already.
    pub placed: bool,
    /// It was begun once more; it is not a second time.
    pub renewed: bool,
}

/// What a download moves, or has moved. It is on the disk before the first file moves, so that a later run knows which
/// files are this download's: those whose `.part` is gone and which lie in their place with the stated size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Intent {
    /// Which of the places that a survey saw.
    pub place: usize,
    /// Parts; the others lay there before.
    pub parts: Vec<usize>,
}

#[derive(Debug, Clone, PartialEq)]
enum Phase {
    Paused,
    Queued,
    Resolving,
    Surveying,
    Opening(usize),
    Asking(usize),
    Receiving(usize),
    Sealing(usize),
    Checking,
    Placing,
    Finishing,
    Waiting { reason: String, retry: Duration },
    Failed(HubError),
    Done(ModelId),
    Removing,
    Gone,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leaving {
    Cancelled,
    Shut,
}

impl Machine {
    /// A download that rests, with what is known of it.
    pub(crate) fn new(plan: DownloadPlan, pinned: Option<Pinned>, parts: Vec<Progress>) -> Self {
        Self {
            plan,
            pinned,
            parts,
            phase: Phase::Paused,
            open: None,
            place: 0,
            intent: None,
            attempt: 0,
            fruitless: 0,
            arrived: 0,
            unsynced: 0,
            rate: Rate::default(),
            hashing: None,
            leaving: None,
        }
    }

    /// The same, with what an earlier run moved or was about to move.
    pub(crate) fn with_intent(self, intent: Option<Intent>) -> Self {
        Self { intent, ..self }
    }

    /// What was asked for.
    pub(crate) const fn plan(&self) -> &DownloadPlan {
        &self.plan
    }

    /// What exactly is fetched, once the hub said it.
    pub(crate) const fn pinned(&self) -> Option<&Pinned> {
        self.pinned.as_ref()
    }

    /// What is moved to its place and not known to be in the library.
    pub(crate) const fn intent(&self) -> Option<&Intent> {
        self.intent.as_ref()
    }

    /// How far each part is.
    pub(crate) fn parts(&self) -> &[Progress] {
        &self.parts
    }

    /// Bytes in all and bytes that are here.
    pub(crate) fn bytes(&self) -> (u64, u64) {
        let received = self.parts.iter().map(|part| part.received).sum();
        (self.pinned.as_ref().map_or(self.plan.about_bytes, |pinned| pinned.bytes), received)
    }

    /// Which of the places that a survey saw was chosen.
    pub(crate) const fn place(&self) -> usize {
        self.place
    }

    /// What people see of it.
    pub(crate) fn stage(&self, at: Duration) -> DownloadStage {
        let verifying =
            |done: u64, of: u64| DownloadStage::Verifying { share: (done as f64 / of.max(1) as f64) as f32 };
        match &self.phase {
            Phase::Surveying | Phase::Opening(_) if self.hashing.is_some() => {
                let (done, of) = self.hashing.unwrap_or_default();
                verifying(done, of)
            }
            Phase::Queued => DownloadStage::Queued,
            Phase::Resolving | Phase::Surveying => DownloadStage::Resolving,
            Phase::Receiving(_) => self.running(at),
            Phase::Opening(_) | Phase::Asking(_) | Phase::Sealing(_) => {
                DownloadStage::Running { bytes_per_second: None, seconds_left: None }
            }
            Phase::Checking | Phase::Placing | Phase::Finishing => verifying(1, 1),
            Phase::Waiting { reason, retry } => DownloadStage::Waiting { reason: reason.clone(), retry: *retry },
            Phase::Failed(error) => DownloadStage::Failed { error: error.clone() },
            Phase::Done(model) => DownloadStage::Done { model: *model, verified: self.is_verified() },
            Phase::Paused | Phase::Removing | Phase::Gone => DownloadStage::Paused,
        }
    }

    /// Nothing happens until somebody asks for it.
    pub(crate) const fn rests(&self) -> bool {
        matches!(self.phase, Phase::Paused | Phase::Failed(_) | Phase::Done(_))
    }

    /// The hub stated a SHA-256 for every part, and all of them matched.
    pub(crate) fn is_verified(&self) -> bool {
        self.pinned.as_ref().is_some_and(Pinned::is_verifiable) && self.parts.iter().all(|part| part.sealed)
    }

    /// Says what is to be done about an event. `at` is of a clock that does not run backwards. What no longer matters
    /// is passed over.
    pub(crate) fn on(&mut self, at: Duration, event: Event) -> Vec<Effect> {
        let mut effects = self.step(at, event);
        if !matches!(self.phase, Phase::Surveying | Phase::Opening(_)) {
            self.hashing = None;
        }
        // What was moved into the library is not torn out of it half-way.
        if !matches!(self.phase, Phase::Placing | Phase::Finishing)
            && let Some(leaving) = self.leaving.take()
        {
            effects.extend(self.leave(leaving));
        }
        effects
    }

    fn step(&mut self, at: Duration, event: Event) -> Vec<Effect> {
        match (self.phase.clone(), event) {
            (Phase::Removing | Phase::Gone, event) => self.removed(event),
            (_, Event::Cancel) => self.leaving_as(Leaving::Cancelled),
            (_, Event::Shut) => self.leaving_as(Leaving::Shut),
            (Phase::Paused | Phase::Failed(_) | Phase::Waiting { .. }, Event::Resume) => self.resume(),
            (Phase::Waiting { .. }, Event::Woke) => self.enter(Phase::Queued, Effect::Turn),
            (phase, Event::Pause) => self.pause(&phase),
            (phase, Event::WriteFailed { error, kept }) => self.write_failed(&phase, error, kept),
            (_, Event::Synced(bytes)) => self.synced(bytes),
            (Phase::Surveying | Phase::Opening(_), Event::Hashing { done, of }) => {
                self.hashing = Some((done, of));
                Vec::new()
            }
            (Phase::Queued, Event::TurnCame) => self.go_on(),
            (Phase::Resolving, Event::Resolved(Ok(pinned))) => self.resolved(pinned),
            (Phase::Resolving, Event::Resolved(Err(error))) => self.wait_or_fail(error),
            (Phase::Surveying, Event::Surveyed(Ok(survey))) => self.surveyed(&survey),
            (Phase::Opening(part), Event::Opened(Ok(kept))) => self.opened(part, kept),
            (Phase::Asking(part), Event::Answered(Ok(head))) => self.answered(at, part, head),
            (Phase::Receiving(part), Event::Chunk(bytes)) => self.chunk(at, part, bytes),
            (Phase::Receiving(_), Event::Ended) => self.ended_early(),
            (Phase::Asking(_), Event::Answered(Err(error))) | (Phase::Receiving(_), Event::Broke(error)) => {
                self.wait_or_fail(error)
            }
            (Phase::Sealing(part), Event::Sealed(Ok(hash))) => self.sealed(part, &hash),
            (Phase::Surveying, Event::Surveyed(Err(error)))
            | (Phase::Opening(_), Event::Opened(Err(error)))
            | (Phase::Sealing(_), Event::Sealed(Err(error)))
            | (Phase::Placing, Event::Placed(Err(PlaceError::Disk(error)))) => self.fail(error),
            (Phase::Checking, Event::Checked(Ok(()))) => self.put_in_place(),
            (Phase::Checking, Event::Checked(Err(error))) => self.unusable(error),
            (Phase::Placing, Event::Placed(Ok(()))) => self.enter(Phase::Finishing, Effect::Finish),
            (Phase::Placing, Event::Placed(Err(PlaceError::Taken))) => self.enter(Phase::Surveying, Effect::Survey),
            (Phase::Finishing, Event::Finished(Ok(model))) => {
                self.intent = None;
                self.phase = Phase::Done(model);
                vec![Effect::YieldTurn, Effect::Clear]
            }
            // The file is whole and in its place; only the library could not take it, which trying again can mend.
            (Phase::Finishing, Event::Finished(Err(reason))) => self.fail(HubError::Disk(reason)),
            _ => Vec::new(),
        }
    }

    fn enter(&mut self, phase: Phase, effect: Effect) -> Vec<Effect> {
        self.phase = phase;
        vec![effect]
    }

    fn resume(&mut self) -> Vec<Effect> {
        self.attempt = 0;
        self.fruitless = 0;
        self.parts.iter_mut().for_each(|part| part.renewed = false);
        self.enter(Phase::Queued, Effect::Turn)
    }

    fn pause(&mut self, phase: &Phase) -> Vec<Effect> {
        if matches!(phase, Phase::Paused | Phase::Placing | Phase::Finishing | Phase::Failed(_) | Phase::Done(_)) {
            return Vec::new();
        }
        self.phase = Phase::Paused;
        vec![Effect::Close, Effect::YieldTurn]
    }

    fn leaving_as(&mut self, leaving: Leaving) -> Vec<Effect> {
        self.leaving = Some(leaving);
        Vec::new()
    }

    fn leave(&mut self, leaving: Leaving) -> Vec<Effect> {
        match (leaving, &self.phase) {
            (Leaving::Cancelled, Phase::Done(_)) => self.enter(Phase::Gone, Effect::End),
            (Leaving::Cancelled, _) => {
                self.phase = Phase::Removing;
                vec![Effect::Close, Effect::YieldTurn, Effect::Remove]
            }
            (Leaving::Shut, phase) => {
                if !matches!(phase, Phase::Failed(_) | Phase::Done(_)) {
                    self.phase = Phase::Paused;
                }
                vec![Effect::Close, Effect::YieldTurn, Effect::End]
            }
        }
    }

    fn removed(&mut self, event: Event) -> Vec<Effect> {
        match event {
            Event::Removed(Ok(())) => self.enter(Phase::Gone, Effect::End),
            Event::Removed(Err(error)) => {
                // Whatever is left is looked at afresh by whoever goes on.
                self.open = None;
                self.phase = Phase::Failed(error);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn fail(&mut self, error: HubError) -> Vec<Effect> {
        self.phase = Phase::Failed(error);
        vec![Effect::Close, Effect::YieldTurn]
    }

    fn wait_or_fail(&mut self, error: HubError) -> Vec<Effect> {
        if !error.passes() {
            return self.fail(error);
        }
        let backoff = Duration::from_secs(1 << self.attempt.min(6)).min(LONGEST_WAIT);
        let retry = match error {
            HubError::RateLimited { retry_after: Some(asked) } => asked.min(LONGEST_ASKED_WAIT).max(backoff),
            _ => backoff,
        };
        self.attempt += 1;
        self.phase = Phase::Waiting { reason: error.to_string(), retry };
        vec![Effect::HangUp, Effect::YieldTurn, Effect::Sleep(retry)]
    }

    const fn phase_is_at_rest(&self) -> bool {
        matches!(self.phase, Phase::Paused | Phase::Failed(_))
    }

    fn stated(&self, part: usize) -> &crate::RemoteFile {
        &self.pinned.as_ref().expect("BUG: a part is touched once it is known").parts[part]
    }

    fn stated_bytes(&self, part: usize) -> u64 {
        self.stated(part).bytes
    }

    fn stated_hash(&self, part: usize) -> Option<&str> {
        self.stated(part).sha256.as_deref()
    }
}
