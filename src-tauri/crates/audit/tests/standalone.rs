//! The stand-alone verifier as a process: what it says and the number that it ends with.
#![allow(clippy::unwrap_used)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::Arc,
};

use audit::{Event, Log, LogOptions};
use domain::{Secret, SystemClock};

fn run(arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } =
        Command::new(env!("CARGO_BIN_EXE_drawbridge-audit")).args(arguments).env_clear().output().unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

fn log(folder: &Path) -> (Arc<Log>, String) {
    let log = Log::new(LogOptions {
        folder: folder.to_owned(),
        clock: Arc::new(SystemClock),
        version: "0.1.0".to_owned(),
        identify: None,
        sign: Some(Secret::new([7; 32])),
        boot: None,
        elapsed: || None,
    });
    log.note(Event::Opened { encrypted: true }, None).unwrap();
    log.note(Event::UnlockFailed { way: "passphrase".to_owned() }, None).unwrap();
    log.checkpoint().unwrap();
    let key = log.public_key().unwrap();
    (log, key)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn each_ending_of_verify_has_its_number() {
    let folder = tempfile::tempdir().unwrap();
    let (log, key) = log(folder.path());
    let verify = |path: &Path, key: &str| run(&["verify", text(path), "--pubkey", key]).0;
    let file: PathBuf = log.files().unwrap().remove(0);
    let (code, said, _) = run(&["verify", text(folder.path()), "--pubkey", &key]);
    assert_eq!((code, said.as_str()), (0, "All 3 records are as they were written, and signed.\n"));
    assert_eq!(verify(&file, &key), 0);
    assert_eq!(verify(&file, &"00".repeat(32)), 4);
    let whole = fs::read_to_string(&file).unwrap();
    let changed = folder.path().join("changed");
    let put = |content: &str| fs::write(&changed, content).unwrap();
    put(&whole.replace("passphrase", "recovery code"));
    assert_eq!(verify(&changed, &key), 1);
    put(&whole.lines().skip(1).map(|line| format!("{line}\n")).collect::<String>());
    assert_eq!(verify(&changed, &key), 2);
    put(&whole.lines().take(2).map(|line| format!("{line}\n")).collect::<String>());
    assert_eq!(verify(&changed, &key), 3);
    put("no log\n");
    assert_eq!(verify(&changed, &key), 5);
    assert_eq!(verify(&folder.path().join("nowhere"), &key), 5);
}

#[test]
fn a_checkpoint_that_was_kept_is_held_against_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let (log, key) = log(folder.path());
    let file = log.files().unwrap().remove(0);
    let last = fs::read_to_string(&file).unwrap().lines().last().unwrap().to_owned();
    let record: serde_json::Value = serde_json::from_str(&last).unwrap();
    let kept = folder.path().join("checkpoint.json");
    fs::write(&kept, record["event"]["checkpoint"].to_string()).unwrap();
    let since = format!("--since={}", text(&kept));
    assert_eq!(run(&["verify", text(&file), "--pubkey", &key, &since]).0, 0);
    fs::write(&kept, "{}").unwrap();
    assert_eq!(run(&["verify", text(&file), "--pubkey", &key, &since]).0, 5);
}

#[test]
fn it_shows_and_exports_a_file_or_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let (log, key) = log(folder.path());
    let file = log.files().unwrap().remove(0);
    let (code, shown, _) = run(&["show", text(folder.path()), "--kind", "unlock_failed"]);
    assert_eq!((code, shown.lines().count(), shown.contains("passphrase")), (0, 1, true), "{shown}");
    assert_eq!(run(&["show", text(&file), "--limit=2"]).1.lines().count(), 2);
    for (format, lines) in [("jsonl", 3), ("ocsf", 3), ("cef", 3), ("csv", 4)] {
        let (code, written, _) = run(&["export", text(&file), "--format", format]);
        assert_eq!((code, written.lines().count()), (0, lines), "{format}");
    }
    let target = folder.path().join("handed-out.jsonl");
    assert_eq!(run(&["export", text(folder.path()), "--to", text(&target)]).0, 0);
    assert_eq!(run(&["verify", text(&target), "--pubkey", &key]).0, 0);
    assert_eq!(run(&["export", text(folder.path()), "--to", text(&target)]).0, 5, "nothing is written over");
}

#[test]
fn what_it_does_not_understand_has_a_number_that_says_nothing_of_a_log() {
    let wrong: &[&[&str]] = &[
        &[],
        &["verify"],
        &["verify", "a", "b"],
        &["verify", "a", "--pubkey"],
        &["verify", "a", "--kind", "crossing"],
        &["verify", "a", "--pubkey", "1", "--pubkey", "2"],
        &["export", "a", "--format", "pdf"],
        &["show", "a", "--limit", "many"],
        &["burn", "a"],
    ];
    for arguments in wrong {
        let (code, said, told) = run(arguments);
        assert_eq!((code, said.as_str()), (64, ""), "{arguments:?}");
        assert!(told.contains("verify LOG"), "{told}");
    }
    let (code, help, _) = run(&["--help"]);
    assert!(code == 0 && help.contains("Exit codes"));
}
