#![allow(clippy::unwrap_used)]
//! The machine in a world of its own: random answers, a disk that is a list of bytes, people who change their minds.

mod world;

use std::time::Duration;

use domain::ModelId;
use proptest::prelude::*;

use super::{
    super::answer::{ContentRange, Head},
    *,
};
use crate::{RemoteFile, Resolved};
use world::{Act, World};

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
        2 => (0..4_usize).prop_map(Act::Kill),
    ];
    prop::collection::vec(act, 0..60)
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
            Event::Synced(1), Event::Sealed(Ok("a".repeat(64))), Event::Checked(Ok(())), Event::Placed(Ok(())),
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

#[test]
fn every_now_and_then_what_arrived_is_put_on_the_disk_for_good() {
    const MIB: u64 = 1024 * 1024;
    let part = RemoteFile { path: "0.gguf".into(), bytes: 200 * MIB, sha256: None };
    let resolved = Resolved { repo: "o/r".into(), revision: "c".into(), parts: vec![part], licence: None };
    let mut machine = Machine::new(plan(), Some(Pinned::of(resolved).unwrap()), vec![Progress::default()]);
    let survey = Survey { free: u64::MAX, had: vec![0], places: vec![vec![Occupant::Nobody]] };
    let head = Head { status: 200, ..Head::default() };
    for event in
        [Event::Resume, Event::TurnCame, Event::Surveyed(Ok(survey)), Event::Opened(Ok(0)), Event::Answered(Ok(head))]
    {
        machine.on(Duration::ZERO, event);
    }
    let mut checkpoints = Vec::new();
    for mib in 1..=199 {
        if machine.on(Duration::ZERO, Event::Chunk(MIB)).contains(&Effect::Checkpoint) {
            checkpoints.push(mib);
            assert_eq!(machine.on(Duration::ZERO, Event::Synced(mib * MIB)), [Effect::Save]);
        }
    }
    assert_eq!(checkpoints, [64, 128, 192]);
    assert_eq!(machine.parts()[0].synced, 192 * MIB);
}
