//! Each wall alone and both together, tried from inside by `examples/probe.rs`. Everything that must be refused is
//! first shown to be possible without walls, so that a test cannot pass for another reason.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use std::{path::PathBuf, process::Command};

fn probe() -> PathBuf {
    let folder = std::env::current_exe().unwrap().ancestors().nth(2).unwrap().join("examples");
    folder.join("probe")
}

/// What became of the attempt: `Some(true)` possible, `Some(false)` refused, here and in an older thread alike.
fn possible(wall: &str, attempt: &str) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("model");
    std::fs::write(&model, "weights").unwrap();
    std::fs::write(folder.path().join("beside"), "private").unwrap();
    let output = Command::new(probe()).arg(wall).arg(&model).arg(attempt).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    match output.status.code() {
        Some(0) => true,
        Some(10) => false,
        _ => panic!("the probe failed at {wall}/{attempt}: {:?} {said}", output.status),
    }
}

fn refuses(wall: &str, attempts: &[&str]) {
    for attempt in attempts {
        assert!(possible("none", attempt), "{attempt} must be possible without walls");
        assert!(!possible(wall, attempt), "{attempt} must be refused by the wall `{wall}`");
    }
}

#[test]
fn the_wall_round_files_leaves_only_the_named_ones() {
    refuses("files", &["read-other", "read-passwd", "write", "create", "append", "rename", "exec", "tcp"]);
}

#[test]
fn the_wall_round_files_keeps_signals_inside() {
    refuses("files", &["signal-parent"]);
}

#[test]
fn the_wall_round_calls_leaves_no_way_out() {
    refuses("calls", &["tcp", "udp", "unix", "netlink"]);
}

#[test]
fn the_wall_round_calls_starts_no_program_and_no_process() {
    refuses("calls", &["exec", "fork", "executable-memory"]);
}

#[test]
fn the_wall_round_calls_changes_nothing() {
    refuses("calls", &["write", "create", "append", "rename", "limit", "signal-parent"]);
}

#[test]
fn raising_raises_both() {
    refuses("both", &["udp", "read-other"]); // each is refused by one of them only
}

#[test]
fn io_uring_is_refused() {
    assert!(!possible("calls", "io-uring"), "seccomp cannot see what io_uring does, so there must be none");
}

#[test]
fn behind_both_walls_a_model_can_still_be_read_and_threads_started() {
    for attempt in ["read", "read-system", "thread"] {
        assert!(possible("both", attempt), "{attempt} must stay possible");
    }
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let missing = PathBuf::from("/nowhere/model.gguf");
    let error = walls::worker::raise_files(std::slice::from_ref(&missing)).unwrap_err();
    assert!(error.to_string().contains("/nowhere/model.gguf"), "{error}");
}

#[test]
fn a_process_at_its_start_dumps_no_core_goes_first_and_ignores_ctrl_c() {
    // `probe none … read-other` leaves at_start's marks on itself; a shell between us could not show them.
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("model");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let mut child = Command::new(probe()).arg("none").arg(&fifo).arg("read").spawn().unwrap();
    let of = |name: &str| std::fs::read_to_string(format!("/proc/{}/{name}", child.id())).unwrap_or_default();
    // Opening a fifo waits for a writer, so the probe stands still after at_start.
    let stands = (0..500).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(10));
        of("oom_score_adj").trim() == "500" && of("limits").lines().any(no_core)
    });
    let status = of("status");
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(stands, "oom_score_adj and the core limit are set at the start");
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap();
    assert_eq!(u64::from_str_radix(mask.trim(), 16).unwrap() & 0b10, 0b10, "SIGINT is ignored");
    assert!(status.lines().any(|line| line.split_whitespace().eq(["NoNewPrivs:", "1"])), "{status}");
}

fn no_core(line: &str) -> bool {
    line.starts_with("Max core file size") && line.split_whitespace().nth(4) == Some("0")
}
