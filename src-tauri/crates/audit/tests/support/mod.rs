//! Logs to try things with.
#![allow(dead_code)] // each test binary takes what it needs

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use audit::{Event, Log, LogOptions, Verdict, verify};
use domain::{Clock, Secret, Timestamp};

pub(crate) const DAY: i64 = 24 * 60 * 60 * 1000;

/// A second further each time that it is asked, and wherever it is set.
pub(crate) struct Seconds(pub(crate) AtomicI64);

impl Clock for Seconds {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.fetch_add(1_000, Ordering::SeqCst))
    }
}

pub(crate) fn options(folder: &Path, clock: Arc<dyn Clock>, seed: Option<u8>) -> LogOptions {
    LogOptions {
        folder: folder.to_owned(),
        clock,
        version: "0.1.0".to_owned(),
        identify: None,
        sign: seed.map(|seed| Secret::new([seed; 32])),
        boot: None,
        elapsed: || None,
    }
}

pub(crate) fn open(folder: &Path, start: i64, seed: Option<u8>) -> Arc<Log> {
    Log::new(options(folder, Arc::new(Seconds(AtomicI64::new(start))), seed))
}

/// Four months of five events each, each month signed to its end.
pub(crate) fn months(folder: &Path, seed: Option<u8>) -> Arc<Log> {
    for month in 0..4 {
        let log = open(folder, month * 31 * DAY, seed);
        (0..5).for_each(|_| assert!(log.note(Event::Deleted, None).is_ok()));
        log.checkpoint().unwrap();
    }
    open(folder, 4 * 31 * DAY, seed)
}

pub(crate) fn whole(log: &Log) -> Verdict {
    verify(&log.files().unwrap(), log.public_key().as_deref(), None)
}

pub(crate) fn exported(log: &Log, target: &Path) -> PathBuf {
    audit::export(&log.files().unwrap(), audit::Format::Jsonl, &mut std::fs::File::create(target).unwrap()).unwrap();
    target.to_owned()
}
