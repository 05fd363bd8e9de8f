//! A child dies with the thread that spawned it and inherits nothing.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use std::{
    os::unix::process::ExitStatusExt,
    process::{Command, Stdio},
    time::Duration,
};

#[test]
fn a_child_is_killed_when_its_thread_ends() {
    let mut child = std::thread::spawn(|| {
        let mut command = Command::new("sleep");
        walls::child::dies_with_parent(command.arg("600"));
        command.spawn().unwrap()
    })
    .join()
    .unwrap();
    let ended = (0..500).find_map(|_| {
        std::thread::sleep(Duration::from_millis(10));
        child.try_wait().unwrap()
    });
    if ended.is_none() {
        child.kill().unwrap();
    }
    assert_eq!(ended.and_then(|status| status.signal()), Some(9));
}

#[test]
fn a_child_inherits_three_streams_and_nothing_else() {
    let secret = tempfile::tempfile().unwrap();
    let leaking = leak(&secret);
    let listed = |command: &mut Command| {
        let output = command.args(["-c", "echo /proc/self/fd/*"]).stderr(Stdio::null()).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let mut bare = Command::new("sh");
    let mut walled = Command::new("sh");
    walls::child::dies_with_parent(&mut walled);
    let number = format!("/{leaking}");
    assert!(listed(&mut bare).split_whitespace().any(|path| path.ends_with(&number)), "the test leaks {leaking}");
    assert!(!listed(&mut walled).split_whitespace().any(|path| path.ends_with(&number)));
}

/// A descriptor without close-on-exec, as careless C libraries leave them, far from those that the shell opens.
fn leak(file: &std::fs::File) -> i32 {
    use std::os::fd::AsRawFd;
    // SAFETY: F_DUPFD takes a number, no pointer.
    let copy = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_DUPFD, 77) };
    assert!(copy >= 77);
    copy
}
