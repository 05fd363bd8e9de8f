//! Every way to change a log is found, and a log that nobody changed is never accused.
#![allow(clippy::unwrap_used)]

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use audit::{Checkpoint, Code, Event, Log, LogOptions, Verdict, files_of, verify};
use domain::{ChatId, Clock, Secret, Timestamp};
use rand::{Rng, SeedableRng, rngs::StdRng};

/// A minute further each time that it is asked.
struct Minutes(AtomicI64);

impl Clock for Minutes {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.fetch_add(60_000, Ordering::SeqCst))
    }
}

const SEED: [u8; 32] = [7; 32];

fn open(folder: &Path, start: i64) -> Arc<Log> {
    Log::new(LogOptions {
        folder: folder.to_owned(),
        clock: Arc::new(Minutes(AtomicI64::new(start))),
        version: "0.1.0".to_owned(),
        identify: Some(Secret::new([9; 32])),
        sign: Some(Secret::new(SEED)),
        boot: None,
        elapsed: || None,
    })
}

fn event(at: u32) -> Event {
    match at % 4 {
        0 => Event::Deleted,
        1 => Event::Unlocked { way: "passphrase".to_owned() },
        2 => Event::Reconfigured { settings: vec![format!("setting {at}")] },
        _ => Event::Answered {
            model: "Starter “model”".to_owned(),
            model_sha256: None,
            place: "this computer".to_owned(),
            reason: "No cloud provider is set up.".to_owned(),
            prompt_tokens: at,
            output_tokens: 2,
            state: "complete".to_owned(),
        },
    }
}

/// A log of so many events, signed to its end.
fn written(folder: &Path, events: u32, start: i64) -> Arc<Log> {
    let log = open(folder, start);
    for at in 0..events {
        log.note(event(at), (at % 3 == 0).then(ChatId::new)).unwrap();
    }
    log.checkpoint().unwrap();
    log
}

fn one_file(log: &Log) -> PathBuf {
    let files = log.files().unwrap();
    assert_eq!(files.len(), 1);
    files[0].clone()
}

fn check(path: &Path, log: &Log) -> Verdict {
    verify(&[path.to_owned()], log.public_key().as_deref(), None)
}

#[test]
fn a_thousand_mutations_are_found_and_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let log = written(&folder.path().join("one"), 300, 1_795_000_000_000);
    let other = written(&folder.path().join("two"), 300, 1_795_000_000_000);
    let (text, strange) = (fs::read_to_string(one_file(&log)).unwrap(), fs::read_to_string(one_file(&other)).unwrap());
    let (lines, strange): (Vec<&str>, Vec<&str>) = (text.lines().collect(), strange.lines().collect());
    let target = folder.path().join("mutated.jsonl");
    let mut rng = StdRng::seed_from_u64(1);
    for round in 0..1_000 {
        let mut mutated: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        let at = rng.random_range(0..mutated.len() - 1);
        let (what, codes): (&str, &[Code]) = match round % 8 {
            0 => {
                let mut bytes = mutated[at].clone().into_bytes();
                let byte = rng.random_range(0..bytes.len());
                bytes[byte] ^= 1 << rng.random_range(0..7);
                mutated[at] = String::from_utf8_lossy(&bytes).into_owned();
                ("flip", &[Code::Altered, Code::Gap, Code::Unreadable])
            }
            1 => {
                mutated.remove(at);
                ("delete", &[Code::Gap])
            }
            2 => {
                let copy = mutated[rng.random_range(0..lines.len())].clone();
                mutated.insert(at, copy);
                ("insert", &[Code::Gap])
            }
            3 => {
                mutated.swap(at, at + 1);
                ("swap", &[Code::Gap])
            }
            4 => {
                let copy = mutated[at].clone();
                mutated.insert(at + 1, copy);
                ("duplicate", &[Code::Gap])
            }
            5 => {
                // Behind the checkpoint at 256: a cut at a signed end is what only a checkpoint kept elsewhere tells.
                mutated.truncate(rng.random_range(258..lines.len() - 1));
                ("truncate", &[Code::UnsignedTail])
            }
            6 => {
                mutated.truncate(at.max(1));
                mutated.extend(strange[at.max(1)..].iter().map(|line| (*line).to_owned()));
                ("splice", &[Code::Gap])
            }
            _ => {
                let time = mutated[at].find("\"at\":").unwrap() + 5;
                mutated[at].replace_range(time..time + 13, "1600000000000");
                ("clock back", &[Code::Altered])
            }
        };
        fs::write(&target, mutated.join("\n") + "\n").unwrap();
        let verdict = check(&target, &log);
        assert!(codes.contains(&verdict.code), "{what} in round {round} at {at}: {verdict:?}");
    }
}

#[test]
fn a_thousand_clean_logs_are_intact() {
    let folder = tempfile::tempdir().unwrap();
    let mut rng = StdRng::seed_from_u64(2);
    for round in 0..1_000 {
        let own = folder.path().join(round.to_string());
        let log = written(&own, rng.random_range(1..6), rng.random_range(0..4_000_000_000_000));
        let verdict = verify(&files_of(&own).unwrap(), log.public_key().as_deref(), None);
        assert_eq!(verdict.code, Code::Intact, "{verdict:?}");
    }
}

#[test]
fn another_key_no_key_and_no_log_have_codes_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let log = written(folder.path(), 10, 0);
    let path = one_file(&log);
    let paths = [path.clone()];
    assert_eq!(verify(&paths, Some(&"00".repeat(32)), None).code, Code::WrongKey);
    let without = verify(&paths, None, None);
    assert_eq!((without.code, without.key), (Code::Intact, log.public_key()));
    log.note(Event::Deleted, None).unwrap();
    let tail = check(&path, &log);
    assert_eq!(tail.code, Code::UnsignedTail);
    assert!(tail.words.contains("the last 1 are not signed"), "{}", tail.words);
    for content in ["", "no log\n", "{}\n"] {
        fs::write(folder.path().join("strange"), content).unwrap();
        assert_eq!(verify(&[folder.path().join("strange")], None, None).code, Code::Unreadable, "{content:?}");
    }
    assert_eq!(verify(&[folder.path().join("nowhere")], None, None).code, Code::Unreadable);
}

#[test]
fn a_checkpoint_that_left_the_machine_tells_of_a_cut_end_and_of_a_log_written_anew() {
    let folder = tempfile::tempdir().unwrap();
    let log = written(&folder.path().join("one"), 300, 0);
    let path = one_file(&log);
    let text = fs::read_to_string(&path).unwrap();
    let checkpoint = |n: usize| -> Checkpoint {
        let lines: Vec<audit::Record> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let mut found = lines.into_iter().filter_map(|record| match record.event {
            Event::Checkpoint { checkpoint } => Some(checkpoint),
            _ => None,
        });
        found.nth(n).unwrap()
    };
    let last = checkpoint(1);
    let key = log.public_key();
    assert_eq!(verify(std::slice::from_ref(&path), key.as_deref(), Some(&last)).code, Code::Intact);
    let cut: String = text.lines().take(257).map(|line| format!("{line}\n")).collect();
    fs::write(&path, cut).unwrap();
    assert_eq!(
        verify(std::slice::from_ref(&path), key.as_deref(), None).code,
        Code::Intact,
        "it ends with a signature"
    );
    assert_eq!(verify(&[path], key.as_deref(), Some(&last)).code, Code::Gap);
    let anew = written(&folder.path().join("two"), 400, 0);
    assert_eq!(verify(&anew.files().unwrap(), key.as_deref(), Some(&last)).code, Code::Altered);
}

#[test]
fn old_files_go_and_the_rest_is_intact_and_tied_to_what_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let day = 24 * 60 * 60 * 1000;
    for month in 0..4 {
        written(folder.path(), 5, month * 31 * day);
    }
    let log = open(folder.path(), 4 * 31 * day);
    assert_eq!(log.files().unwrap().len(), 4);
    assert_eq!(log.retain(40).unwrap(), 2);
    assert_eq!(log.files().unwrap().len(), 2);
    let verdict = verify(&log.files().unwrap(), log.public_key().as_deref(), None);
    assert_eq!(verdict.code, Code::Intact, "{verdict:?}");
    fs::remove_file(folder.path().join("tombstone.json")).unwrap();
    assert_eq!(verify(&log.files().unwrap(), log.public_key().as_deref(), None).code, Code::Gap);
}

#[test]
fn what_a_crash_cut_off_is_mended_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = one_file(&written(folder.path(), 5, 0));
    let whole = fs::read(&path).unwrap();
    for cut in 1..40 {
        fs::write(&path, [&whole[..], &whole[..cut]].concat()).unwrap();
        let log = open(folder.path(), 10_000_000);
        log.note(Event::Deleted, None).unwrap();
        log.checkpoint().unwrap();
        let verdict = check(&path, &log);
        assert_eq!(verdict.code, Code::Intact, "{verdict:?}");
        let page = log.page(None, 9, |record| matches!(record.event, Event::Repaired { .. })).unwrap();
        assert_eq!(page.entries.len(), 1);
    }
}

#[test]
fn two_that_write_at_once_make_one_chain_and_pages_hold_each_record_once() {
    let folder = tempfile::tempdir().unwrap();
    let logs = [open(folder.path(), 0), open(folder.path(), 0)];
    std::thread::scope(|scope| {
        for log in &logs {
            scope.spawn(move || (0..100).for_each(|at| assert!(log.note(event(at), None).is_ok())));
        }
    });
    logs[0].checkpoint().unwrap();
    let verdict = verify(&logs[1].files().unwrap(), logs[0].public_key().as_deref(), None);
    assert_eq!((verdict.code, verdict.records >= 201), (Code::Intact, true), "{verdict:?}");
    let (mut before, mut seen) = (None, Vec::new());
    loop {
        let page = logs[1].page(before, 30, |_| true).unwrap();
        seen.extend(page.entries.iter().map(|record| record.seq));
        before = page.entries.last().map(|record| record.seq);
        if !page.more {
            break;
        }
    }
    let expected: Vec<u64> = (0..verdict.records).rev().collect();
    assert_eq!(seen, expected);
}
