//! Several writers of one log, files that begin, and clocks that are set.
#![allow(clippy::unwrap_used)]

mod support;

use std::{
    fs,
    sync::{Arc, atomic::AtomicI64, atomic::Ordering},
    time::Duration,
};

use audit::{Code, Event, Log, LogOptions};
use support::{DAY, Seconds, months, open, options, whole};

#[test]
fn two_that_take_turns_sign_as_often_as_one() {
    let folder = tempfile::tempdir().unwrap();
    let logs = [open(folder.path(), 0, Some(7)), open(folder.path(), 0, Some(7))];
    for turn in 0..600 {
        logs[turn % 2].note(Event::Deleted, None).unwrap();
    }
    let signed = logs[0].page(None, 600, |record| matches!(record.event, Event::Checkpoint { .. })).unwrap().entries;
    assert_eq!(signed.iter().map(|record| record.seq).collect::<Vec<_>>(), [513, 256]);
    let verdict = whole(&logs[1]);
    assert_eq!((verdict.code, verdict.records), (Code::UnsignedTail, 602), "{verdict:?}");
}

#[test]
fn what_is_signed_to_its_end_is_not_signed_again() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path(), 0, Some(7));
    log.note(Event::Deleted, None).unwrap();
    log.checkpoint().unwrap();
    let other = open(folder.path(), 9_000, Some(7));
    (0..3).for_each(|_| assert!(log.checkpoint().is_ok() && other.checkpoint().is_ok()));
    assert_eq!(whole(&log).records, 2);
}

#[test]
fn a_crash_where_a_month_begins_leaves_one_chain() {
    for left in ["", "{\"at\":"] {
        let folder = tempfile::tempdir().unwrap();
        months(folder.path(), Some(7));
        fs::write(folder.path().join("audit-1970-05.jsonl"), left).unwrap();
        let log = open(folder.path(), 4 * 31 * DAY, Some(7));
        assert!(matches!(whole(&log).code, Code::Intact | Code::UnsignedTail));
        log.note(Event::Deleted, None).unwrap();
        log.checkpoint().unwrap();
        let verdict = whole(&log);
        assert_eq!(verdict.code, Code::Intact, "{left:?}: {verdict:?}");
    }
}

#[test]
fn an_end_that_was_cut_off_under_a_running_writer_stays_on_record() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path(), 0, Some(7));
    (0..9).for_each(|_| assert!(log.note(Event::Deleted, None).is_ok()));
    let path = log.files().unwrap().remove(0);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.lines().take(5).map(|line| format!("{line}\n")).collect::<String>()).unwrap();
    log.note(Event::Deleted, None).unwrap();
    log.checkpoint().unwrap();
    let verdict = whole(&log);
    assert_eq!(verdict.code, Code::Gap);
    assert!(verdict.words.contains("Record 5 states that the records 5 to 8 were taken away."), "{verdict:?}");
}

#[test]
fn a_policy_stands_in_every_record_that_it_binds() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path(), 0, Some(7));
    log.note(Event::Deleted, None).unwrap();
    log.under(Some("ab".repeat(32)));
    log.note(Event::Deleted, None).unwrap();
    log.under(None);
    log.note(Event::Deleted, None).unwrap();
    let policies: Vec<_> =
        log.page(None, 9, |_| true).unwrap().entries.into_iter().map(|record| record.policy).collect();
    assert_eq!(policies, [None, Some("ab".repeat(32)), None]);
    let text = fs::read_to_string(log.files().unwrap().remove(0)).unwrap();
    assert_eq!(text.matches("\"policy\"").count(), 1, "it is absent elsewhere");
}

/// A log whose wall clock is set by the test; its program runs for a second more with each record.
fn timed(folder: &std::path::Path, boot: &str) -> (Arc<Log>, Arc<Seconds>) {
    static RAN: AtomicI64 = AtomicI64::new(0);
    let clock = Arc::new(Seconds(AtomicI64::new(400 * DAY)));
    let elapsed = || Some(Duration::from_secs(RAN.fetch_add(1, Ordering::SeqCst).unsigned_abs()));
    let options = LogOptions { boot: Some(boot.to_owned()), elapsed, ..options(folder, clock.clone(), Some(7)) };
    (Log::new(options), clock)
}

#[test]
fn a_clock_that_was_set_back_shows_and_is_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    let (log, clock) = timed(folder.path(), "one");
    let note = |log: &Log, at: i64| {
        clock.0.store(at, Ordering::SeqCst);
        log.note(Event::Deleted, None).unwrap();
    };
    note(&log, 400 * DAY);
    note(&log, 401 * DAY);
    log.checkpoint().unwrap();
    note(&log, 402 * DAY);
    assert!(!whole(&log).words.contains("clock"), "{:?}", whole(&log));
    note(&log, 401 * DAY);
    log.checkpoint().unwrap();
    let verdict = whole(&log);
    assert_eq!(verdict.code, Code::Intact, "{verdict:?}");
    assert!(verdict.words.ends_with("The clock went back while the machine ran on, before record 4."), "{verdict:?}");
}

#[test]
fn two_runs_of_one_boot_are_compared_and_two_boots_are_not() {
    for (boot, goes_back) in [("one", true), ("two", false)] {
        let folder = tempfile::tempdir().unwrap();
        let (first, _) = timed(folder.path(), "one");
        first.note(Event::Deleted, None).unwrap();
        let (second, clock) = timed(folder.path(), boot);
        clock.0.store(399 * DAY, Ordering::SeqCst);
        second.note(Event::Deleted, None).unwrap();
        assert_eq!(whole(&second).words.contains("went back"), goes_back, "{boot}: {:?}", whole(&second));
    }
}
