//! How long it takes to verify a log of 100,000 records: `cargo run --release -p audit --example verify_many`.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::{sync::Arc, time::Instant};

use audit::{Event, Log, LogOptions, verify};
use domain::{Secret, SystemClock};

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let log = Log::new(LogOptions {
        folder: folder.path().to_owned(),
        clock: Arc::new(SystemClock),
        version: "0.1.0".to_owned(),
        identify: None,
        sign: Some(Secret::new([7; 32])),
        boot: None,
        elapsed: || None,
    });
    let writing = Instant::now();
    for at in 0..100_000 {
        log.note(Event::Reconfigured { settings: vec![format!("setting {at}")] }, None).unwrap();
    }
    log.checkpoint().unwrap();
    let (written, reading) = (writing.elapsed(), Instant::now());
    let verdict = verify(&log.files().unwrap(), log.public_key().as_deref(), None);
    println!(
        "{} records: written in {written:.1?}, verified in {:.2?}: {:?}",
        verdict.records,
        reading.elapsed(),
        verdict.code
    );
}
