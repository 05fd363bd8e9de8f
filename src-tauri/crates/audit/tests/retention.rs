//! What is removed because of its age is signed for, and nothing else passes for that.
#![allow(clippy::unwrap_used)]

mod support;

use std::{fs, path::Path};

use audit::{Checkpoint, Code, Event, Record, verify};
use support::{DAY, exported, months, open, whole};

fn stone(folder: &Path) -> Checkpoint {
    serde_json::from_slice(&fs::read(folder.join("tombstone.json")).unwrap()).unwrap()
}

fn put(folder: &Path, stone: &Checkpoint) {
    fs::write(folder.join("tombstone.json"), serde_json::to_vec(stone).unwrap()).unwrap();
}

fn records(path: &Path) -> Vec<Record> {
    fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_file_that_is_handed_out_later_carries_the_statement_and_verifies_alone() {
    let folder = tempfile::tempdir().unwrap();
    let log = months(&folder.path().join("log"), Some(7));
    assert_eq!(log.retain(40).unwrap(), 2);
    let file = exported(&log, &folder.path().join("handed-out.jsonl"));
    let key = log.public_key();
    for key in [key.as_deref(), None] {
        let verdict = verify(std::slice::from_ref(&file), key, None);
        assert_eq!(verdict.code, Code::Intact, "{verdict:?}");
        assert!(
            verdict.words.contains("removed up to record 11 because of its age; that is signed for"),
            "{verdict:?}"
        );
    }
    let text = fs::read_to_string(&file).unwrap();
    let (stated, rest) = text.split_once('\n').unwrap();
    let tried = |content: String| {
        fs::write(&file, content).unwrap();
        verify(std::slice::from_ref(&file), key.as_deref(), None).code
    };
    assert_eq!(tried(rest.to_owned()), Code::Gap, "without it");
    assert_eq!(tried(format!("{stated}\n{stated}\n{rest}")), Code::Gap, "twice");
    assert_eq!(tried(stated.replace("\"seq\":11", "\"seq\":10") + "\n" + rest), Code::Gap, "of another place");
    let (first, others) = rest.split_once('\n').unwrap();
    assert_eq!(tried(format!("{stated}\n{first}\n{stated}\n{others}")), Code::Altered, "in the middle");
    assert_eq!(tried(format!("{stated}\n{others}")), Code::Gap, "one more record taken away");
}

#[test]
fn a_statement_is_neither_forged_nor_made_of_a_checkpoint_nor_moved() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("own");
    let log = months(&own, Some(7));
    log.retain(40).unwrap();
    let signed = stone(&own);
    assert_eq!(whole(&log).code, Code::Intact);
    // Somebody takes another month away, and puts a statement of it, each way that there is without the key.
    let files = log.files().unwrap();
    let gone = records(&files[0]);
    fs::remove_file(&files[0]).unwrap();
    let last = gone.last().unwrap();
    let Event::Checkpoint { checkpoint } = last.event.clone() else { panic!("{last:?}") };
    let moved = Checkpoint { seq: last.seq, last_hash: last.hash.clone(), ..signed.clone() };
    let unsigned = Checkpoint { key: String::new(), signature: String::new(), ..moved.clone() };
    let renamed = Checkpoint { origin: signed.origin.clone(), ..checkpoint.clone() };
    for forged in [signed.clone(), moved, unsigned, checkpoint, renamed] {
        put(&own, &forged);
        assert_eq!(whole(&log).code, Code::Gap, "{forged:?}");
    }
    // A statement by another key, over what is true.
    let stranger = months(&folder.path().join("strange"), Some(8));
    stranger.retain(40).unwrap();
    put(&own, &stone(&folder.path().join("strange")));
    assert_eq!(whole(&log).code, Code::Gap);
}

#[test]
fn a_checkpoint_of_the_log_does_not_pass_for_a_statement_of_removal() {
    let folder = tempfile::tempdir().unwrap();
    let log = months(folder.path(), Some(7));
    let files = log.files().unwrap();
    // This record signs for everything before the last one of its file: cut there, and it would state just that.
    let first = records(&files[0]);
    let Event::Checkpoint { checkpoint } = first.last().unwrap().event.clone() else { panic!() };
    let kept = fs::read_to_string(&files[0]).unwrap().lines().last().unwrap().to_owned();
    fs::write(&files[0], kept + "\n").unwrap();
    put(folder.path(), &checkpoint);
    assert_eq!(whole(&log).code, Code::Gap);
}

#[test]
fn the_statement_of_another_log_under_the_same_key_does_not_fit() {
    let folder = tempfile::tempdir().unwrap();
    let logs = ["one", "two"].map(|name| months(&folder.path().join(name), Some(7)));
    logs.iter().for_each(|log| assert_eq!(log.retain(40).unwrap(), 2));
    put(&folder.path().join("one"), &stone(&folder.path().join("two")));
    assert_eq!(whole(&logs[0]).code, Code::Gap);
}

#[test]
fn one_that_names_more_than_the_log_holds_or_something_else_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let log = months(folder.path(), Some(7));
    let files = log.files().unwrap();
    let copies: Vec<Vec<u8>> = files.iter().map(|path| fs::read(path).unwrap()).collect();
    log.retain(40).unwrap();
    // Interrupted after the statement: what it speaks of is still there, all of it or its later part.
    (0..2).for_each(|at: usize| fs::write(&files[at], &copies[at]).unwrap());
    assert_eq!(whole(&log).code, Code::Intact);
    fs::remove_file(&files[0]).unwrap();
    assert_eq!(whole(&log).code, Code::Intact);
    // Less than what it speaks of.
    files[2..].iter().for_each(|path| fs::remove_file(path).unwrap());
    let verdict = whole(&log);
    assert_eq!(verdict.code, Code::Intact, "up to the very end: {verdict:?}");
    let text = String::from_utf8(copies[1].clone()).unwrap();
    fs::write(&files[1], text.lines().take(4).map(|line| format!("{line}\n")).collect::<String>()).unwrap();
    assert_eq!(whole(&log).code, Code::Gap);
}

#[test]
fn nothing_is_removed_of_a_log_that_was_changed() {
    let folder = tempfile::tempdir().unwrap();
    let log = months(folder.path(), Some(7));
    let files = log.files().unwrap();
    // The second month is taken away, and the first made to end where the second did: a removal would sign for both.
    let end = records(&files[1]).pop().unwrap();
    fs::remove_file(&files[1]).unwrap();
    let text = fs::read_to_string(&files[0]).unwrap();
    fs::write(&files[0], text + &end.line()).unwrap();
    let error = log.retain(40).unwrap_err();
    assert!(error.to_string().contains("nothing of the log is removed"), "{error}");
    assert_eq!((log.files().unwrap().len(), folder.path().join("tombstone.json").exists()), (3, false));
}

#[test]
fn months_that_were_exchanged_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let log = months(folder.path(), Some(7));
    let files = log.files().unwrap();
    let (one, two) = (fs::read(&files[1]).unwrap(), fs::read(&files[2]).unwrap());
    fs::write(&files[1], two).unwrap();
    fs::write(&files[2], one).unwrap();
    assert_eq!(whole(&log).code, Code::Gap);
}

#[test]
fn a_log_without_a_key_says_that_nobody_signed_for_what_was_removed() {
    let folder = tempfile::tempdir().unwrap();
    let log = months(folder.path(), None);
    log.retain(40).unwrap();
    let verdict = whole(&log);
    assert_eq!(verdict.code, Code::Intact, "{verdict:?}");
    assert!(verdict.words.contains("nobody signed for that"), "{verdict:?}");
}

#[test]
fn a_key_that_changed_within_a_log_is_named() {
    let folder = tempfile::tempdir().unwrap();
    months(folder.path(), Some(7));
    let log = open(folder.path(), 5 * 31 * DAY, Some(8));
    log.note(Event::Deleted, None).unwrap();
    log.checkpoint().unwrap();
    for key in [None, log.public_key(), open(folder.path(), 0, Some(7)).public_key()] {
        let verdict = verify(&log.files().unwrap(), key.as_deref(), None);
        assert_eq!(verdict.code, Code::WrongKey, "{verdict:?}");
    }
    assert_eq!(log.retain(40).unwrap(), 3, "its age is its age under every key");
}
