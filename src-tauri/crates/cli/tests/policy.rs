//! `policy check` and `policy show`: no chats are opened, nothing is written.
#![allow(clippy::unwrap_used)]

mod terminal;

use terminal::Account;

#[test]
fn a_sound_file_is_passed_in_silence() {
    let account = Account::new();
    let file = account.file("10.json", br#"{"mode": "sealed", "lock.idle_minutes": 15}"#);
    let ended = account.run(["policy", "check", file.to_str().unwrap()]).done();
    assert_eq!((&ended.out[..], &ended.err[..]), ("", ""));
}

#[test]
fn problems_are_listed_with_their_place() {
    let account = Account::new();
    let file = account.file("10.json", b"{\n  \"mode\": 1,\n  \"colour\": 2\n}");
    let file = file.to_str().unwrap();
    let ended = account.run(["policy", "check", file]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let expected = format!(
        "{file}:2:11: \"mode\" must be one of \"sealed\", \"guarded\", \"open\".\n\
         {file}:3:3: There is no key \"colour\" in this version.\n"
    );
    assert_eq!(ended.out, expected);
    assert_eq!(ended.err, "drawbridge-cli: 2 problems\n");
}

#[test]
fn a_file_is_checked_for_its_folder() {
    let account = Account::new();
    let file = account.file("10.json", br#"{"lock.idle_minutes": 15, "export.allowed": false}"#);
    let file = file.to_str().unwrap();
    account.run(["policy", "check", "--managed", file]).done();
    let ended = account.run(["policy", "check", "--recommended", file]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let words = "can only bind, so a recommended file cannot set it: put it into a managed one";
    assert_eq!(ended.out, format!("{file}:1:27: \"export.allowed\" {words}.\n"));
    assert_eq!(account.run(["policy", "check", "--managed", "--recommended", file]).code, Some(2));
}

#[test]
fn a_file_that_cannot_be_read_is_said_so() {
    let account = Account::new();
    account.run(["policy", "check", "/nowhere/10.json"]).refused(5, "/nowhere/10.json cannot be read");
    account.run(["policy", "check", "/"]).refused(5, "cannot be read");
}

#[test]
fn showing_needs_no_chats_and_leaves_nothing_behind() {
    let account = Account::new();
    let json = account.run(["policy", "show", "--json"]).done().json();
    assert!(json["sha256"].is_null() || json["sha256"].as_str().unwrap().len() == 64);
    assert!(json["entries"].is_array() && json["problems"].is_array());
    assert!(!account.run(["policy", "show"]).done().out.is_empty());
    assert!(!account.data_folder().exists(), "no store was opened");
}
