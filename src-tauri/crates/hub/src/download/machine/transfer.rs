//! From a turn to parts that are whole: what to ask for, what to make of the answer, when to begin once more.

use std::time::Duration;

use super::{
    super::{
        DownloadStage,
        answer::{Asked, Head, Verdict},
        pinned::Pinned,
        rate::Rate,
    },
    Effect, Intent, Machine, Occupant, Phase, Progress, Survey,
};
use crate::{HubError, disk::room_for};

/// Answers in a row that end early without a byte, after which another one does not help.
const MOST_FRUITLESS: u32 = 5;
/// So much may be lost to a power failure where no hash tells good bytes from bad.
const CHECKPOINT_BYTES: u64 = 64 * 1024 * 1024;

impl Machine {
    /// Takes the turn: where a part is open, its hash is at hand and nothing need be read again.
    pub(super) fn go_on(&mut self) -> Vec<Effect> {
        match (self.open, &self.pinned) {
            (Some(part), _) => self.get(part),
            (None, Some(_)) => self.enter(Phase::Surveying, Effect::Survey),
            (None, None) => self.enter(Phase::Resolving, Effect::Resolve),
        }
    }

    pub(super) fn resolved(&mut self, pinned: Pinned) -> Vec<Effect> {
        self.attempt = 0;
        self.parts = vec![Progress::default(); pinned.parts.len()];
        self.pinned = Some(pinned);
        self.phase = Phase::Surveying;
        vec![Effect::Save, Effect::Survey]
    }

    pub(super) fn surveyed(&mut self, survey: &Survey) -> Vec<Effect> {
        let Some(place) = survey.places.iter().position(|place| !place.contains(&Occupant::Another)) else {
            let message = "Other files lie in the folder of models where this one would go. Move them away and go on.";
            return self.fail(HubError::Disk(message.into()));
        };
        self.place = place;
        let mut missing = 0_u64;
        for part in 0..self.parts.len() {
            let bytes = self.stated_bytes(part);
            let hashed = self.stated_hash(part).is_some();
            let progress = &mut self.parts[part];
            progress.placed = survey.places[place][part] == Occupant::Same;
            // Without a hash nobody would notice what a power failure did to the rest.
            let had = if hashed { survey.had[part] } else { survey.had[part].min(progress.synced) };
            progress.sealed = progress.placed || progress.sealed && survey.had[part] == bytes;
            progress.received = if progress.sealed { bytes } else { had.min(bytes) };
            missing = missing.saturating_add(bytes - progress.received);
        }
        match room_for(missing, survey.free) {
            Err(error) if missing > 0 => self.fail(error),
            _ => self.next_part(),
        }
    }

    pub(super) fn next_part(&mut self) -> Vec<Effect> {
        match self.parts.iter().position(|part| !part.sealed) {
            Some(part) => self.enter(Phase::Opening(part), Effect::Open { part, keep: self.parts[part].received }),
            None => self.enter(Phase::Checking, Effect::Check),
        }
    }

    pub(super) fn opened(&mut self, part: usize, kept: u64) -> Vec<Effect> {
        self.open = Some(part);
        self.unsynced = 0;
        self.parts[part].received = kept;
        if kept == self.stated_bytes(part) { self.seal(part) } else { self.get(part) }
    }

    pub(super) fn get(&mut self, part: usize) -> Vec<Effect> {
        self.arrived = 0;
        self.enter(Phase::Asking(part), Effect::Get { part, from: self.parts[part].received })
    }

    pub(super) fn answered(&mut self, at: Duration, part: usize, head: Head) -> Vec<Effect> {
        let progress = &self.parts[part];
        let asked = Asked {
            from: progress.received,
            bytes: self.stated_bytes(part),
            hashed: self.stated_hash(part).is_some(),
            etag: progress.etag.as_deref(),
        };
        let mut effects = match head.judge(asked) {
            Verdict::Take => Vec::new(),
            Verdict::FromStart => vec![Effect::Empty],
            Verdict::Renew(reason) => return self.renew(part, reason),
            Verdict::Fail(error) => return self.wait_or_fail(error),
        };
        let progress = &mut self.parts[part];
        if !effects.is_empty() {
            progress.received = 0;
            progress.synced = 0;
        }
        if progress.received == 0 && progress.etag != head.etag {
            progress.etag = head.etag;
            effects.push(Effect::Save);
        }
        self.rate = Rate::begin(at);
        self.phase = Phase::Receiving(part);
        effects.push(Effect::Listen);
        effects
    }

    pub(super) fn chunk(&mut self, at: Duration, part: usize, bytes: u64) -> Vec<Effect> {
        let left = self.stated_bytes(part) - self.parts[part].received;
        if bytes > left && self.stated_hash(part).is_none() {
            return self.renew(part, "The hub sent more than it stated.".into());
        }
        let taken = bytes.min(left);
        self.rate.add(at, taken);
        self.parts[part].received += taken;
        self.arrived += taken;
        self.unsynced += taken;
        if taken > 0 {
            self.attempt = 0;
            self.fruitless = 0;
        }
        let mut effects = vec![Effect::Write(taken)];
        if taken == left {
            effects.push(Effect::HangUp);
            effects.extend(self.seal(part));
        } else if self.unsynced >= CHECKPOINT_BYTES {
            self.unsynced = 0;
            effects.push(Effect::Checkpoint);
        }
        effects
    }

    pub(super) fn ended_early(&mut self) -> Vec<Effect> {
        if self.arrived == 0 {
            self.fruitless += 1;
        }
        if self.fruitless >= MOST_FRUITLESS {
            return self.fail(HubError::Mismatch(
                "The hub sends less of this file than it states. What arrived is kept; try again later.".into(),
            ));
        }
        self.wait_or_fail(HubError::Unavailable(
            "The hub ended its answer before the file was complete. What arrived is kept.".into(),
        ))
    }

    pub(super) fn seal(&mut self, part: usize) -> Vec<Effect> {
        self.open = None;
        self.enter(Phase::Sealing(part), Effect::Seal)
    }

    pub(super) fn sealed(&mut self, part: usize, hash: &str) -> Vec<Effect> {
        if self.stated_hash(part).is_some_and(|stated| stated != hash) {
            let reason = "What arrived does not have the SHA-256 that the hub states.";
            return self.renew(part, reason.into());
        }
        self.parts[part].sealed = true;
        self.parts[part].synced = self.parts[part].received;
        self.next_part()
    }

    /// Begins a part once more, the first time that there is a reason to.
    pub(super) fn renew(&mut self, part: usize, reason: String) -> Vec<Effect> {
        let renewed = self.parts[part].renewed;
        self.parts[part] = Progress { renewed: true, ..Progress::default() };
        self.open = None;
        let mut effects = vec![Effect::Close];
        effects.extend(self.discard(part));
        let then = if renewed {
            let message =
                format!("{reason} This happened twice, and nothing of it was kept: choose another one, or try later.");
            self.fail(HubError::Mismatch(message))
        } else {
            self.enter(Phase::Opening(part), Effect::Open { part, keep: 0 })
        };
        effects.extend(then);
        effects
    }

    pub(super) fn unusable(&mut self, error: HubError) -> Vec<Effect> {
        let mut effects = Vec::new();
        if matches!(error, HubError::Unusable(_)) {
            for part in 0..self.parts.len() {
                if !self.parts[part].placed {
                    self.parts[part] = Progress::default();
                    effects.extend(self.discard(part));
                }
            }
        }
        effects.extend(self.fail(error));
        effects
    }

    /// Removes what is kept of a part. Whatever comes to lie in its place from now on is not this download's.
    fn discard(&mut self, part: usize) -> Vec<Effect> {
        let intended = self.intent.as_mut().is_some_and(|intent| {
            let before = intent.parts.len();
            intent.parts.retain(|one| *one != part);
            intent.parts.len() < before
        });
        if intended { vec![Effect::Save, Effect::Discard(part)] } else { vec![Effect::Discard(part)] }
    }

    pub(super) fn put_in_place(&mut self) -> Vec<Effect> {
        let moved = self.intent.take().filter(|intent| intent.place == self.place).map(|intent| intent.parts);
        let moved = moved.unwrap_or_default();
        let parts = (0..self.parts.len()).filter(|part| !self.parts[*part].placed || moved.contains(part)).collect();
        self.intent = Some(Intent { place: self.place, parts });
        self.enter(Phase::Placing, Effect::Place(self.place))
    }

    pub(super) fn synced(&mut self, bytes: u64) -> Vec<Effect> {
        if let Some(part) = self.open {
            self.parts[part].synced = bytes;
        }
        if self.phase_is_at_rest() {
            self.open = None;
        }
        vec![Effect::Save]
    }

    pub(super) fn write_failed(&mut self, phase: &Phase, error: HubError, kept: u64) -> Vec<Effect> {
        if let Some(part) = self.open.take().or(match phase {
            Phase::Sealing(part) => Some(*part),
            _ => None,
        }) {
            self.parts[part].received = kept.min(self.parts[part].received);
        }
        if matches!(phase, Phase::Done(_)) { Vec::new() } else { self.fail(error) }
    }

    pub(super) fn running(&self, at: Duration) -> DownloadStage {
        let bytes_per_second = self.rate.bytes_per_second(at);
        let (bytes, received) = self.bytes();
        let seconds_left = bytes_per_second.filter(|rate| *rate > 0.0).map(|rate| (bytes - received) as f64 / rate);
        DownloadStage::Running { bytes_per_second, seconds_left }
    }
}
