//! A writer that is killed at any moment: what it said was on record is, and the log is never accused of having been
//! altered. The child is this test binary, run again.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
};

use audit::{Code, Event, Log, LogOptions, verify};
use domain::{Secret, SystemClock};

const FOLDER: &str = "DRAWBRIDGE_AUDIT_TEST_FOLDER";
const KILLS: u32 = 300;

fn log(folder: &Path) -> Arc<Log> {
    Log::new(LogOptions {
        folder: folder.to_owned(),
        clock: Arc::new(SystemClock),
        version: "0.1.0".to_owned(),
        identify: None,
        sign: Some(Secret::new([7; 32])),
        boot: None,
        elapsed: || None,
    })
}

#[test]
fn nothing_that_was_acknowledged_is_lost_and_nothing_looks_altered() {
    let folder = tempfile::tempdir().unwrap();
    let mut last: Option<u64> = None;
    for kill in 0..KILLS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let acknowledged = said.filter_map(|line| line.strip_prefix("> ")?.parse::<u64>().ok());
        last = acknowledged.take(1 + kill as usize % 7).last().or(last);
        child.kill().unwrap();
        child.wait().unwrap();
        let log = log(folder.path());
        let verdict = verify(&log.files().unwrap(), log.public_key().as_deref(), None);
        assert!(matches!(verdict.code, Code::Intact | Code::UnsignedTail), "after kill {kill}: {verdict:?}");
        assert!(verdict.records > last.unwrap(), "after kill {kill}: {last:?} was acknowledged: {verdict:?}");
    }
    let log = log(folder.path());
    log.checkpoint().unwrap();
    assert_eq!(verify(&log.files().unwrap(), log.public_key().as_deref(), None).code, Code::Intact);
}

/// Writes for ever, and says of each record that it is kept. Does nothing unless a parent asks for it.
#[test]
fn child() {
    #[allow(clippy::disallowed_methods)] // the parent's word
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let log = log(Path::new(&folder));
    let mut out = std::io::stdout();
    loop {
        let seq = log.note(Event::Reconfigured { settings: vec!["x".repeat(300)] }, None).unwrap();
        if writeln!(out, "\n> {seq}").is_err() {
            return;
        }
    }
}
