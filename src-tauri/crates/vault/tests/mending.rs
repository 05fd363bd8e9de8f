//! The slots' file and its copy: each is put right from the other, and a kill leaves the old slots or the new ones.
#![allow(clippy::unwrap_used)]

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use domain::Secret;
use tempfile::{TempDir, tempdir};
use vault::{Cost, Key, KeySlots, VaultError, new_key};

const FOLDER: &str = "DRAWBRIDGE_KILL_TEST_FOLDER";
const CHEAP: Cost = Cost { memory_kib: 8, passes: 1 };

fn words(round: usize) -> Secret<String> {
    Secret::new(format!("passphrase {round}"))
}

fn places(folder: &Path) -> [PathBuf; 2] {
    [folder.join("keyslots.json"), folder.join("backups/keyslots.json")]
}

/// A folder with slots that the first passphrase opens.
fn begun() -> (TempDir, Key) {
    let (folder, key) = (tempdir().unwrap(), new_key());
    set(folder.path(), &mut KeySlots::new(&key), &key, 0);
    (folder, key)
}

fn set(folder: &Path, slots: &mut KeySlots, key: &Key, round: usize) {
    slots.set_passphrase(key, &words(round), CHEAP).unwrap();
    slots.write(folder).unwrap();
}

fn there(folder: &Path) -> KeySlots {
    KeySlots::read(folder).unwrap().unwrap()
}

/// What was kept of damaged files beside this one.
fn aside(place: &Path) -> Vec<PathBuf> {
    let beside = fs::read_dir(place.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path());
    beside.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("keyslots.json.damaged-")).collect()
}

#[test]
fn a_damaged_file_is_put_back_from_its_copy_and_kept_aside_with_its_date() {
    let (folder, key) = begun();
    let [own, copy] = places(folder.path());
    let whole = fs::read(&own).unwrap();
    fs::write(&own, "{").unwrap();
    let day = std::time::UNIX_EPOCH + std::time::Duration::from_secs(951_782_400);
    fs::File::options().write(true).open(&own).unwrap().set_modified(day).unwrap();
    let mut slots = there(folder.path());
    assert_eq!(slots.open_with_passphrase(&words(0)), Ok(vec![key.clone()]));
    assert_eq!([fs::read(&own).unwrap(), fs::read(&copy).unwrap()], [whole.clone(), whole]);
    assert_eq!(aside(&own), [folder.path().join("keyslots.json.damaged-2000-02-29T00-00-00Z")]);
    assert_eq!(fs::read_to_string(&aside(&own)[0]).unwrap(), "{");
    // What was read from the copy may be written.
    set(folder.path(), &mut slots, &key, 1);
}

#[test]
fn what_is_missing_or_behind_is_put_right_from_the_other() {
    let (folder, key) = begun();
    let [own, copy] = places(folder.path());
    let old = fs::read(&own).unwrap();
    set(folder.path(), &mut there(folder.path()), &key, 1);
    let new = fs::read(&own).unwrap();
    // A kill after the first of the two was written; the copy taken away, damaged, or the file taken away.
    let half = new[..9].to_vec();
    let put = |place: &Path, content: Option<&Vec<u8>>| match content {
        Some(bytes) => fs::write(place, bytes).unwrap(),
        None => fs::remove_file(place).unwrap(),
    };
    for (first, second) in [(Some(&new), Some(&old)), (Some(&new), None), (Some(&new), Some(&half)), (None, Some(&new))]
    {
        put(&own, first);
        put(&copy, second);
        assert_eq!(there(folder.path()).open_with_passphrase(&words(1)), Ok(vec![key.clone()]));
        assert_eq!([fs::read(&own).unwrap(), fs::read(&copy).unwrap()], [new.clone(), new.clone()]);
    }
    assert!(aside(&own).is_empty(), "nothing was damaged that had no twin");
}

#[test]
fn slots_that_were_never_one_file_both_stay() {
    let ((folder, key), (other, _)) = (begun(), begun());
    let [own, copy] = places(folder.path());
    let foreign = fs::read(&places(other.path())[0]).unwrap();
    let newer = fs::read_to_string(&own).unwrap();
    fs::write(&copy, &foreign).unwrap();
    assert!(there(folder.path()).holds(&key));
    assert_eq!(fs::read(&copy).unwrap(), foreign);
    assert_eq!(fs::read_to_string(&own).unwrap(), newer);
}

#[test]
fn where_both_are_damaged_they_stay_until_others_are_written_and_are_kept_then() {
    let (folder, key) = begun();
    for place in places(folder.path()) {
        fs::write(place, "{").unwrap();
    }
    assert_eq!(KeySlots::read(folder.path()), Err(VaultError::SlotsDamaged));
    assert!(places(folder.path()).iter().all(|place| fs::read(place).unwrap() == b"{" && aside(place).is_empty()));
    set(folder.path(), &mut KeySlots::new(&key), &key, 2);
    assert_eq!(there(folder.path()).open_with_passphrase(&words(2)), Ok(vec![key]));
    assert!(places(folder.path()).iter().all(|place| fs::read(&aside(place)[0]).unwrap() == b"{"));
}

#[cfg(unix)]
#[test]
fn what_cannot_be_put_right_is_used_as_it_is() {
    let (folder, key) = begun();
    let [own, copy] = places(folder.path());
    // A folder in the place of what is written beside and renamed, whoever we are.
    fs::create_dir(own.with_extension("new")).unwrap();
    fs::remove_file(&own).unwrap();
    assert_eq!(there(folder.path()).open_with_passphrase(&words(0)), Ok(vec![key]));
    assert!(!own.exists() && copy.exists());
}

#[test]
fn a_kill_while_they_are_written_leaves_the_old_ones_or_the_new() {
    for _ in 0..12 {
        let (folder, key) = begun();
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "child", "--nocapture"]).env(FOLDER, folder.path());
        let mut child = child.stdout(Stdio::piped()).spawn().unwrap();
        let told = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut rounds = told.filter_map(|line| line.strip_prefix("> ")?.parse::<usize>().ok());
        assert_eq!(rounds.nth(2), Some(3), "it writes");
        child.kill().unwrap();
        child.wait().unwrap();
        let last = rounds.last().unwrap_or(3);
        let opens = |round| there(folder.path()).open_with_passphrase(&words(round)) == Ok(vec![key.clone()]);
        assert!(opens(last) || opens(last + 1), "neither {last} nor the next");
        let [own, copy] = places(folder.path()).map(|place| fs::read(place).unwrap());
        assert_eq!(own, copy);
        assert!(aside(&places(folder.path())[0]).is_empty(), "no half of a file ever stands under its name");
    }
}

/// Sets one passphrase after another until it is killed. Does nothing unless a parent asks for it.
#[test]
fn child() {
    #[allow(clippy::disallowed_methods)] // the parent's word
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let folder = Path::new(&folder);
    let mut slots = there(folder);
    let key = slots.open_with_passphrase(&words(0)).unwrap().remove(0);
    let mut out = std::io::stdout();
    for round in 1.. {
        set(folder, &mut slots, &key, round);
        writeln!(out, "\n> {round}").unwrap();
    }
}
