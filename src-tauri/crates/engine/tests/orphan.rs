//! A worker does not outlive the process that started it, however that one ends.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

mod support;

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use support::{built, working_in};

/// Kills a process whose worker answers and sees the worker go.
fn no_orphan(program: &Path, name: &str, model: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let worker = folder.path().join(name);
    std::os::unix::fs::symlink(program, &worker).unwrap();
    let mut parent =
        Command::new(built("examples/parent")).args([&worker, model]).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(parent.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "answering\n");
    assert_eq!(working_in(folder.path()).len(), 1, "its worker is there");
    parent.kill().unwrap();
    parent.wait().unwrap();
    for _ in 0..500 {
        if working_in(folder.path()).is_empty() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("the worker outlived its parent");
}

#[test]
fn a_worker_that_ignores_the_end_of_its_input_dies_with_its_parent() {
    no_orphan(&built("examples/fake_worker"), "deaf-at-end", &PathBuf::from("/nowhere/model.gguf"));
}

#[test]
fn the_real_worker_dies_with_its_parent() {
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../resources/starter-model/starter.gguf");
    no_orphan(&built("drawbridge-engine"), "drawbridge-engine", &model);
}
