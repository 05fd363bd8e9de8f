#![allow(clippy::unwrap_used)]
//! The machine in a world of its own: random answers, a disk that is a list of bytes, people who change their minds.

use std::{collections::VecDeque, path::PathBuf, time::Duration};

use domain::ModelId;
use proptest::prelude::*;

use super::{
    super::answer::{ContentRange, Head},
    *,
};
use crate::{RemoteFile, Resolved};

const SIZES: [u64; 2] = [40, 25];
const HASHES: [char; 2] = ['a', 'b'];

fn pinned(hashed: bool) -> Pinned {
    let part = |part: usize| RemoteFile {
        path: format!("{part}.gguf"),
        bytes: SIZES[part],
        sha256: hashed.then(|| HASHES[part].to_string().repeat(64)),
    };
    let parts = vec![part(0), part(1)];
    Pinned::of(Resolved { repo: "o/r".into(), revision: "c".into(), parts, licence: None }).unwrap()
}

fn plan() -> DownloadPlan {
    DownloadPlan {
        name: String::new(),
        quantisation: String::new(),
        repo: "o/r".into(),
        revision: None,
        path: "0.gguf".into(),
        about_bytes: 7,
    }
}

/// What the world does the next time that it is asked for something.
#[derive(Debug, Clone)]
enum Act {
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
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let errors = prop_oneof![
        Just(HubError::Offline("away".into())),
        Just(HubError::Unavailable("busy".into())),
        Just(HubError::RateLimited { retry_after: Some(Duration::from_secs(7)) }),
        Just(HubError::NotFound("gone".into())),
        Just(HubError::DiskFull("full".into())),
        Just(HubError::Unusable("no model".into())),
    ];
    let head = (prop::sample::select(vec![200, 206, 416, 429, 404]), 0..50_u64, prop::option::of(0..80_u64)).prop_map(
        |(status, start, total)| Head {
            status,
            range: Some(ContentRange { start, total }),
            length: total,
            etag: total.filter(|total| total % 2 == 0).map(|total| format!("\"{total}\"")),
            retry_after: None,
        },
    );
    let people = prop::sample::select(vec![Event::Pause, Event::Resume, Event::Resume, Event::Cancel, Event::Shut]);
    let act = prop_oneof![
        12 => (0..30_u64).prop_map(Act::Well),
        3 => errors.prop_map(Act::Badly),
        3 => head.prop_map(Act::Oddly),
        2 => Just(Act::Spoilt),
        2 => people.prop_map(Act::People),
    ];
    prop::collection::vec(act, 0..60)
}

/// The world around one machine.
struct World {
    machine: Machine,
    hashed: bool,
    acts: VecDeque<Act>,
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
    placed: bool,
    in_library: bool,
    removed: bool,
    ended: bool,
}

impl World {
    fn new(hashed: bool, acts: Vec<Act>) -> Self {
        Self {
            machine: Machine::new(plan(), None, Vec::new()),
            hashed,
            acts: acts.into(),
            disk: [(0, true); 2],
            open: None,
            pending: None,
            listening: false,
            sending: 0,
            ahead: VecDeque::new(),
            turn: false,
            placed: false,
            in_library: false,
            removed: false,
            ended: false,
        }
    }

    fn tell(&mut self, event: Event) {
        for effect in self.machine.on(Duration::ZERO, event.clone()) {
            assert!(!self.ended, "something is to be done after the end: {effect:?}");
            self.does(effect, &event);
        }
        let (bytes, received) = self.machine.bytes();
        assert!(received <= bytes.max(7), "{received} of {bytes}");
        let busy = self.pending.is_some() || self.listening;
        // What is being removed is shown as it was.
        let rests = self.machine.stage(Duration::ZERO).rests() && !matches!(self.pending, Some(Effect::Remove(_)));
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
                assert_ne!(self.open, Some(part));
                self.disk[part] = (0, true);
            }
            Effect::Save | Effect::Clear => {}
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
    fn next(&mut self) -> Option<Event> {
        if let Some(event) = self.ahead.pop_front() {
            return Some(event);
        }
        if !self.listening && self.pending.is_none() {
            return None;
        }
        let act = self.acts.pop_front().unwrap_or(Act::Well(100));
        if let Act::People(event) = act {
            return Some(event);
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
                    had: self.disk.iter().map(|(had, _)| *had).collect(),
                    places: vec![vec![Occupant::Another, Occupant::Nobody], vec![Occupant::Nobody; 2]],
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
            (Effect::Place(_), Act::Badly(error)) => Event::Placed(Err(PlaceError::Disk(error))),
            (Effect::Place(_), Act::Spoilt) => Event::Placed(Err(PlaceError::Taken)),
            (Effect::Place(_), _) => {
                self.placed = true;
                Event::Placed(Ok(vec![PathBuf::from("0.gguf")]))
            }
            (Effect::Finish, Act::Badly(_)) => Event::Finished(Err("full".into())),
            (Effect::Finish, _) => {
                assert!(self.placed);
                self.in_library = true;
                Event::Finished(Ok(ModelId::new()))
            }
            (Effect::Remove(_), Act::Badly(error)) => Event::Removed(Err(error)),
            (Effect::Remove(files), _) => {
                assert!(!self.in_library, "what the library holds stays");
                assert_eq!(!files.is_empty(), self.placed, "what no library knows goes");
                self.removed = true;
                Event::Removed(Ok(()))
            }
            (effect, _) => panic!("{effect:?} answers nothing"),
        }
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

    fn run(&mut self) {
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn whatever_happens_the_bytes_are_right_or_there_is_no_model(hashed in any::<bool>(), acts in acts()) {
        let mut world = World::new(hashed, acts);
        world.tell(Event::Resume);
        world.run();
        // Whatever state it came to, a world that does well from now on lets it be finished.
        world.acts.clear();
        if !world.ended {
            world.tell(Event::Resume);
            world.run();
        }
        if !world.ended {
            let stage = world.machine.stage(Duration::ZERO);
            let done = matches!(stage, DownloadStage::Done { verified, .. } if verified == hashed);
            prop_assert!(done, "{:?}", stage);
            prop_assert!(world.in_library);
            world.tell(Event::Cancel);
            prop_assert!(world.ended && !world.removed);
        }
    }

    #[test]
    fn cancelled_anywhere_it_ends(hashed in any::<bool>(), acts in acts(), at in 0..80_usize) {
        let mut world = World::new(hashed, acts);
        world.tell(Event::Resume);
        for _ in 0..at {
            match world.next() {
                Some(event) if !world.ended => world.tell(event),
                _ => break,
            }
        }
        if !world.ended {
            world.acts.clear();
            world.tell(Event::Cancel);
            world.run();
        }
        prop_assert!(world.ended);
    }

    #[test]
    fn no_event_out_of_turn_upsets_it(order in prop::collection::vec(0..16_usize, 0..40)) {
        let events = [
            Event::Resume, Event::Pause, Event::TurnCame, Event::Resolved(Ok(pinned(true))), Event::Opened(Ok(3)),
            Event::Surveyed(Ok(Survey { free: 1000, had: vec![0, 0], places: vec![vec![Occupant::Nobody; 2]] })),
            Event::Answered(Ok(Head { status: 200, ..Head::default() })), Event::Chunk(30), Event::Ended, Event::Tick,
            Event::Synced(1), Event::Sealed(Ok("a".repeat(64))), Event::Checked(Ok(())), Event::Placed(Ok(vec![])),
            Event::Finished(Ok(ModelId::new())), Event::Woke,
        ];
        let mut machine = Machine::new(plan(), None, Vec::new());
        for event in order {
            machine.on(Duration::ZERO, events[event].clone());
            machine.stage(Duration::ZERO);
        }
    }
}

#[test]
fn waits_double_up_to_a_minute_and_longer_only_where_asked() {
    let mut machine = Machine::new(plan(), None, Vec::new());
    let mut wait = |error: HubError| {
        machine.on(Duration::ZERO, Event::Resume);
        machine.on(Duration::ZERO, Event::Woke);
        machine.on(Duration::ZERO, Event::TurnCame);
        let effects = machine.on(Duration::ZERO, Event::Resolved(Err(error)));
        match effects.last() {
            Some(Effect::Sleep(time)) => time.as_secs(),
            other => panic!("{other:?}"),
        }
    };
    // Somebody who resumes by hand begins with the shortest wait again.
    assert_eq!([wait(HubError::Offline(String::new())), wait(HubError::Offline(String::new()))], [1, 1]);
    assert_eq!(wait(HubError::RateLimited { retry_after: Some(Duration::from_secs(300)) }), 300);
    assert_eq!(wait(HubError::RateLimited { retry_after: Some(Duration::from_secs(999_999)) }), 3600);
    assert_eq!(wait(HubError::RateLimited { retry_after: None }), 1);
}
