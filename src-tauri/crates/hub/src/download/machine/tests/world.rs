//! What stands around a machine: a disk that is a few numbers, a hub, a library, and people.

use std::{collections::VecDeque, time::Duration};

use domain::{ModelId, Timestamp};

use super::{
    super::{super::saved::Saved, Effect, Event, Machine, Occupant, PlaceError, Survey},
    ContentRange, HASHES, Head, SIZES, pinned, plan,
};
use crate::HubError;

/// What the world does the next time that it is asked for something.
#[derive(Debug, Clone)]
pub(super) enum Act {
    /// All right; of a body, this many bytes.
    Well(u64),
    /// This goes wrong.
    Badly(HubError),
    /// A server that sends another thing than it was asked for.
    Oddly(Head),
    /// A body that ends early, or whose bytes are wrong.
    Spoilt,
    /// Somebody wants something meanwhile.
    People(Event),
    /// The process is killed, after so many steps of what it was at, and started again.
    Kill(usize),
}

/// The world around one machine.
pub(super) struct World {
    pub(super) machine: Machine,
    hashed: bool,
    pub(super) acts: VecDeque<Act>,
    /// Bytes of each part on the disk, and whether all of them are right.
    disk: [(u64, bool); 2],
    open: Option<usize>,
    /// What the machine waits for.
    pending: Option<Effect>,
    listening: bool,
    /// The next bytes come from here.
    sending: u64,
    ahead: VecDeque<Event>,
    turn: bool,
    /// Parts that lie in their place.
    moved: [bool; 2],
    /// What is written down.
    record: Saved,
    pub(super) in_library: bool,
    pub(super) removed: bool,
    pub(super) ended: bool,
}

impl World {
    pub(super) fn new(hashed: bool, acts: Vec<Act>) -> Self {
        let machine = Machine::new(plan(), None, Vec::new());
        Self {
            record: Saved::of(&machine, "", Timestamp(0)),
            machine,
            hashed,
            acts: acts.into(),
            disk: [(0, true); 2],
            open: None,
            pending: None,
            listening: false,
            sending: 0,
            ahead: VecDeque::new(),
            turn: false,
            moved: [false; 2],
            in_library: false,
            removed: false,
            ended: false,
        }
    }

    pub(super) fn tell(&mut self, event: Event) {
        for effect in self.machine.on(Duration::ZERO, event.clone()) {
            assert!(!self.ended, "something is to be done after the end: {effect:?}");
            self.does(effect, &event);
        }
        let (bytes, received) = self.machine.bytes();
        assert!(received <= bytes.max(7), "{received} of {bytes}");
        let busy = self.pending.is_some() || self.listening;
        // What is being removed is shown as it was.
        let rests = self.machine.stage(Duration::ZERO).rests() && !matches!(self.pending, Some(Effect::Remove));
        assert!(self.ended || busy != rests, "{:?} while {:?}", self.machine.stage(Duration::ZERO), self.pending);
        assert!(!rests || !self.turn, "one that rests holds no turn");
    }

    fn does(&mut self, effect: Effect, event: &Event) {
        match effect {
            Effect::YieldTurn => self.turn = false,
            Effect::Listen => {
                assert!(self.turn && self.open.is_some());
                self.listening = true;
            }
            Effect::Write(bytes) => {
                let part = self.open.expect("bytes go to an open part");
                let Event::Chunk(came) = event else { panic!("{event:?}") };
                assert!(bytes <= *came);
                let right = self.sending == self.disk[part].0;
                self.disk[part].0 += bytes;
                self.disk[part].1 &= right;
                self.sending += bytes;
                assert!(self.disk[part].0 <= SIZES[part]);
            }
            Effect::Empty => self.disk[self.open.unwrap()] = (0, true),
            Effect::Checkpoint => self.ahead.push_back(Event::Synced(self.disk[self.open.unwrap()].0)),
            Effect::HangUp => (self.listening, self.pending) = (false, None),
            Effect::Close => {
                (self.listening, self.pending) = (false, None);
                if let Some(part) = self.open.take() {
                    self.ahead.push_back(Event::Synced(self.disk[part].0));
                }
            }
            Effect::Discard(part) => {
                assert!(self.open != Some(part) && !self.moved[part]);
                self.disk[part] = (0, true);
            }
            Effect::Save => self.save(),
            Effect::Clear => {}
            Effect::End => self.ended = true,
            effect => {
                assert!(!self.listening, "{effect:?} while a body is listened to");
                // Somebody who resumes cuts a wait short.
                let cut_short = matches!((&self.pending, &effect), (Some(Effect::Sleep(_)), Effect::Turn));
                assert!(self.pending.is_none() || cut_short, "{effect:?} while {:?}", self.pending);
                if let Effect::Place(_) = effect {
                    assert!(
                        self.disk
                            .iter()
                            .zip(SIZES)
                            .all(|((had, right), size)| *had == size && (*right || !self.hashed))
                    );
                }
                self.pending = Some(effect);
            }
        }
    }

    /// What comes of what is waited for.
    pub(super) fn next(&mut self) -> Option<Event> {
        if let Some(event) = self.ahead.pop_front() {
            return Some(event);
        }
        if !self.listening && self.pending.is_none() {
            return None;
        }
        let act = self.acts.pop_front().unwrap_or(Act::Well(100));
        match act {
            Act::People(event) => return Some(event),
            Act::Kill(steps) => return Some(self.killed_after(steps)),
            _ => {}
        }
        if self.listening {
            return Some(self.body(act));
        }
        let pending = self.pending.take()?;
        Some(self.comes_of(&pending, act))
    }

    fn body(&mut self, act: Act) -> Event {
        let left = self.open.map_or(0, |part| SIZES[part].saturating_sub(self.sending));
        match act {
            Act::Well(bytes) if left > 0 => Event::Chunk(bytes.min(left)),
            Act::Badly(HubError::DiskFull(full)) => {
                self.listening = false;
                let kept = self.open.take().map_or(0, |part| self.disk[part].0);
                Event::WriteFailed { error: HubError::DiskFull(full), kept }
            }
            Act::Badly(error) => {
                self.listening = false;
                Event::Broke(error)
            }
            _ => {
                self.listening = false;
                Event::Ended
            }
        }
    }

    fn comes_of(&mut self, pending: &Effect, act: Act) -> Event {
        match (pending, act) {
            (Effect::Turn, _) => {
                self.turn = true;
                Event::TurnCame
            }
            (Effect::Sleep(_), _) => Event::Woke,
            (Effect::Resolve, Act::Badly(error)) => Event::Resolved(Err(error)),
            (Effect::Resolve, _) => Event::Resolved(Ok(pinned(self.hashed))),
            (Effect::Survey, Act::Badly(error)) => Event::Surveyed(Err(error)),
            (Effect::Survey, act) => {
                let free = if matches!(act, Act::Spoilt) { 10 } else { 1000 };
                Event::Surveyed(Ok(Survey {
                    free,
                    had: (0..2).map(|part| if self.moved[part] { 0 } else { self.disk[part].0 }).collect(),
                    places: vec![vec![Occupant::Another, Occupant::Nobody], self.moved.map(occupant).to_vec()],
                }))
            }
            (Effect::Open { .. }, Act::Badly(error)) => Event::Opened(Err(error)),
            (Effect::Open { part, keep }, _) => {
                self.open = Some(*part);
                let (had, right) = self.disk[*part];
                self.disk[*part] = (had.min(*keep), right || *keep == 0);
                Event::Opened(Ok(self.disk[*part].0))
            }
            (Effect::Get { .. }, Act::Badly(error)) => Event::Answered(Err(error)),
            (Effect::Get { .. }, Act::Oddly(head)) => {
                self.sending = if head.status == 206 { head.range.unwrap().start } else { 0 };
                Event::Answered(Ok(head))
            }
            (Effect::Get { from, .. }, act) => {
                // Wrong bytes under a right head.
                self.sending = if matches!(act, Act::Spoilt) { from + 1 } else { *from };
                let status = if *from > 0 { 206 } else { 200 };
                Event::Answered(Ok(Head {
                    status,
                    range: Some(ContentRange { start: *from, total: None }),
                    ..Head::default()
                }))
            }
            (Effect::Seal, act) => self.seal(act),
            (Effect::Check, Act::Badly(error)) => Event::Checked(Err(error)),
            (Effect::Check, _) => Event::Checked(Ok(())),
            (Effect::Place(_), Act::Badly(error)) => {
                self.save();
                Event::Placed(Err(PlaceError::Disk(error)))
            }
            (Effect::Place(_), Act::Spoilt) => {
                self.save();
                Event::Placed(Err(PlaceError::Taken))
            }
            (Effect::Place(_), _) => {
                self.save();
                self.moved = [true; 2];
                Event::Placed(Ok(()))
            }
            (Effect::Finish, Act::Badly(_)) => Event::Finished(Err("full".into())),
            (Effect::Finish, _) => {
                assert_eq!(self.moved, [true; 2]);
                self.in_library = true;
                Event::Finished(Ok(ModelId::new()))
            }
            (Effect::Remove, Act::Badly(error)) => Event::Removed(Err(error)),
            (Effect::Remove, _) => {
                if !self.in_library {
                    let intent = self.machine.intent();
                    for part in 0..2 {
                        let known = intent.is_some_and(|intent| intent.place == 1 && intent.parts.contains(&part));
                        assert!(known || !self.moved[part], "{part} would lie there for ever: no library knows it");
                    }
                }
                self.removed = true;
                Event::Removed(Ok(()))
            }
            (effect, _) => panic!("{effect:?} answers nothing"),
        }
    }

    fn save(&mut self) {
        self.record = Saved::of(&self.machine, "", Timestamp(0));
    }

    /// The disk stays as it is, and so does the library; a new process knows what is written down.
    fn killed_after(&mut self, steps: usize) -> Event {
        match self.pending.take() {
            Some(Effect::Place(_)) if steps > 0 => {
                self.save();
                // The first part goes last.
                (2 - (steps - 1).min(2)..2).for_each(|part| self.moved[part] = true);
            }
            Some(Effect::Finish) => self.in_library |= steps > 1,
            _ => {}
        }
        (self.open, self.listening, self.turn) = (None, false, false);
        self.ahead.clear();
        self.machine = self.record.clone().restored(|part| self.disk[part].0);
        Event::Resume
    }

    fn seal(&mut self, act: Act) -> Event {
        let part = self.open.take().expect("an open part is sealed");
        if let Act::Badly(error) = act {
            return Event::Sealed(Err(error));
        }
        let (had, right) = self.disk[part];
        let hash = if right && had == SIZES[part] { HASHES[part] } else { 'f' };
        Event::Sealed(Ok(hash.to_string().repeat(64)))
    }

    pub(super) fn run(&mut self) {
        let mut steps = 0;
        while let Some(event) = self.next() {
            self.tell(event);
            steps += 1;
            assert!(steps < 5000, "it never comes to rest");
            if self.ended {
                break;
            }
        }
    }
}

fn occupant(moved: bool) -> Occupant {
    if moved { Occupant::Same } else { Occupant::Nobody }
}
