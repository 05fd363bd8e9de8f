//! The environment is changed by a process that is alone, and by no other.
#![allow(clippy::unwrap_used)]

use std::process::Command;

/// What the process printed, and whether it changed anything.
fn forgetful(arguments: &[&str]) -> (String, bool) {
    let folder = std::env::current_exe().unwrap().ancestors().nth(2).unwrap().join("examples");
    let output = Command::new(folder.join("forgetful"))
        .args(arguments)
        .envs([("SECRET", "geheim"), ("SWITCH", "0"), ("KEPT", "yes")])
        .output()
        .unwrap();
    assert!(matches!(output.status.code(), Some(0 | 10)), "{output:?}");
    (String::from_utf8(output.stdout).unwrap().trim().to_owned(), output.status.success())
}

#[test]
fn what_is_to_be_forgotten_is_forgotten_and_the_rest_stays() {
    assert_eq!(forgetful(&[]), ("- 1 yes".to_owned(), true));
}

#[cfg(unix)]
#[test]
fn beside_another_thread_nothing_is_changed() {
    assert_eq!(forgetful(&["second-thread"]), ("geheim 0 yes".to_owned(), false));
}
