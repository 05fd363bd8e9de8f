//! The verifier reads what anybody gives it and never falls over.
#![allow(clippy::unwrap_used)]

use std::{fs::File, path::Path};

use audit::{Code, Event, Format, LONGEST_RECORD, Log, LogOptions, command, export, files_of, verify};
use domain::{Crossing, CrossingId, CrossingOutcome, Purpose, SystemClock, Timestamp};
use proptest::prelude::*;

fn code(content: &[u8]) -> Code {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.jsonl");
    std::fs::write(&path, content).unwrap();
    verify(&[path], None, None).code
}

#[test]
fn numbers_that_no_reader_keeps_are_no_records() {
    let line = |seq: &str| {
        format!(
            "{{\"at\":0,\"event\":{{\"kind\":\"deleted\"}},\"hash\":\"\",\"prev\":\"\",\"run\":\"\",\"schema\":1,\"seq\":{seq},\"version\":\"\"}}\n"
        )
    };
    for seq in ["9007199254740993", "18446744073709551615", "1e300", "-1", "0.5"] {
        assert_eq!(code(line(seq).as_bytes()), Code::Unreadable, "{seq}");
    }
    assert_eq!(code(line("0").as_bytes()), Code::Altered);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.jsonl");
    std::fs::write(&path, line("18446744073709551615")).unwrap();
    assert_eq!(read_by_all(&path), (Code::Unreadable, true, true), "and nothing falls over them");
}

fn log(folder: &Path) -> std::sync::Arc<Log> {
    Log::new(LogOptions {
        folder: folder.to_owned(),
        clock: std::sync::Arc::new(SystemClock),
        version: "0.1.0".to_owned(),
        identify: None,
        sign: None,
        boot: None,
        elapsed: || None,
    })
}

/// What each of the three readers says to a file.
fn read_by_all(path: &Path) -> (Code, bool, bool) {
    let paths = [path.to_owned()];
    let selection = command::Selection { kind: None, host: None, limit: 9 };
    (
        verify(&paths, None, None).code,
        export(&paths, Format::Jsonl, &mut std::io::sink()).is_ok(),
        command::latest(path, &selection).is_ok(),
    )
}

#[test]
fn a_line_without_an_end_is_refused_before_it_fills_the_memory() {
    let folder = tempfile::tempdir().unwrap();
    // A hole: it takes no room on the disk, and would take a gigabyte of memory as one line.
    let zeros = folder.path().join("zeros.jsonl");
    File::create(&zeros).unwrap().set_len(1 << 30).unwrap();
    assert_eq!(read_by_all(&zeros), (Code::Unreadable, false, false));
    let log = log(&folder.path().join("log"));
    log.note(Event::Deleted, None).unwrap();
    let path = log.files().unwrap().remove(0);
    let mut content = std::fs::read(&path).unwrap();
    content.extend(vec![b'a'; LONGEST_RECORD]);
    content.push(b'\n');
    std::fs::write(&path, content).unwrap();
    assert_eq!(verify(&[path], None, None).code, Code::Altered, "after a record that is one of ours");
}

#[cfg(target_os = "linux")]
#[test]
fn a_gigabyte_in_one_line_takes_a_few_megabytes() {
    let folder = tempfile::tempdir().unwrap();
    let zeros = folder.path().join("zeros.jsonl");
    File::create(&zeros).unwrap().set_len(1 << 30).unwrap();
    for command in ["verify", "show", "export"] {
        // The shell holds it to 64 MiB of address space; it would be killed or say that memory ran out.
        let script = format!("ulimit -v 65536; exec \"$0\" {command} \"$1\"");
        let output = std::process::Command::new("sh")
            .args(["-c", &script, env!("CARGO_BIN_EXE_drawbridge-audit")])
            .arg(&zeros)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(5), "{command}: {output:?}");
    }
}

#[cfg(unix)]
#[test]
fn pipes_devices_and_folders_are_no_logs_and_nobody_waits_for_them() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("audit-2026-01.jsonl");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    assert_eq!(read_by_all(&pipe), (Code::Unreadable, false, false));
    assert_eq!(verify(&files_of(folder.path()).unwrap(), None, None).code, Code::Unreadable);
    for device in ["/dev/zero", "/dev/null"] {
        assert_eq!(read_by_all(Path::new(device)), (Code::Unreadable, false, false), "{device}");
    }
    assert_eq!(verify(&[folder.path().to_owned()], None, None).code, Code::Unreadable);
}

#[test]
fn bytes_that_are_no_text_are_no_record() {
    let folder = tempfile::tempdir().unwrap();
    let log = log(folder.path());
    log.note(Event::Unlocked { way: "passphrase".to_owned() }, None).unwrap();
    let path = log.files().unwrap().remove(0);
    let mut content = std::fs::read(&path).unwrap();
    let at = content.windows(4).position(|four| four == b"pass").unwrap();
    content[at] = 0xff;
    std::fs::write(&path, &content).unwrap();
    assert_eq!(verify(std::slice::from_ref(&path), None, None).code, Code::Unreadable, "the first says what it is");
    for format in [Format::Ocsf, Format::Cef, Format::Csv] {
        let mut text = Vec::new();
        assert_eq!(export(std::slice::from_ref(&path), format, &mut text).unwrap(), 0);
        assert!(String::from_utf8(text).is_ok());
    }
}

#[test]
fn nothing_longer_than_a_reader_takes_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let log = log(folder.path());
    log.note(Event::Deleted, None).unwrap();
    assert!(log.note(Event::Reconfigured { settings: vec!["x".repeat(LONGEST_RECORD)] }, None).is_err());
    assert_eq!(log.note(Event::Deleted, None).unwrap(), 1, "what was refused left nothing behind");
    assert_eq!(verify(&log.files().unwrap(), None, None).code, Code::Intact);
}

#[test]
fn a_line_of_cef_fits_a_receiver_and_shows_where_it_was_cut() {
    let folder = tempfile::tempdir().unwrap();
    let log = log(folder.path());
    for path in ["=".repeat(20_000), "é".repeat(9_000), "/short".to_owned()] {
        let crossing = Crossing {
            id: CrossingId::new(),
            chat: None,
            at: Timestamp(0),
            purpose: Purpose::ModelSearch,
            method: "GET".to_owned(),
            scheme: "https".to_owned(),
            host: "huggingface.co".to_owned(),
            port: 443,
            path,
            redirected: false,
            rule: None,
            proxy: None,
            bytes_out: 0,
            bytes_in: None,
            outcome: CrossingOutcome::Refused { reason: "\\".repeat(9_000) },
        };
        log.note(Event::Crossing { crossing: Box::new(crossing) }, None).unwrap();
    }
    let mut text = Vec::new();
    export(&log.files().unwrap(), Format::Cef, &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert_eq!(text.lines().count(), 3);
    for line in text.lines() {
        assert!(line.len() < 8 * 1024, "{} bytes", line.len());
        assert!(line.ends_with("[…cut]"), "{line}");
    }
}

#[test]
fn a_log_that_somebody_made_up_puts_no_line_into_a_receiver() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.jsonl");
    let forged = "0\nCEF:0|Drawbridge|Drawbridge|1|opened|opened|1|";
    let record = serde_json::json!({
        "at": 0, "event": {"kind": "deleted"}, "hash": forged, "prev": forged, "run": forged, "schema": 1, "seq": 0,
        "version": forged, "chat": forged,
    });
    std::fs::write(&path, format!("{record}\n")).unwrap();
    let mut text = Vec::new();
    export(&[path], Format::Cef, &mut text).unwrap();
    assert_eq!(String::from_utf8(text).unwrap().lines().count(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn bytes_are_never_intact(content in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert_ne!(code(&content), Code::Intact);
    }

    #[test]
    fn text_like_records_is_never_intact(seq in any::<u64>(), at in any::<i64>(), kind in "[a-z_]{0,12}") {
        let text = serde_json::json!({
            "at": at, "event": {"kind": kind, "bytes": seq}, "hash": "00", "prev": "00", "run": "", "schema": 1,
            "seq": seq, "version": "",
        });
        prop_assert_ne!(code(format!("{text}\n").as_bytes()), Code::Intact);
    }
}
