//! Two who change the same slots or begin at once, in one process and in several. The children are this test binary, run
//! again.
#![allow(clippy::unwrap_used)]

use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use domain::{BoxFuture, Secret};
use tempfile::tempdir;
use vault::{Cost, Database, Entry, Key, KeyRule, KeySlots, Keychain, RecoveryCode, VaultError, enter, new_key};

const FOLDER: &str = "DRAWBRIDGE_SLOTS_TEST_FOLDER";
const ITEMS: &str = "DRAWBRIDGE_ITEMS_TEST_FOLDER";
const FIRST: &str = "DRAWBRIDGE_FIRST_TEST_FOLDER";
const CHEAP: Cost = Cost { memory_kib: 8, passes: 1 };
const ROUNDS: usize = 60;

fn begun(folder: &Path) -> Key {
    let key = new_key();
    let mut slots = KeySlots::new(&key);
    slots.set_passphrase(&key, &words(0), CHEAP).unwrap();
    slots.write(folder).unwrap();
    key
}

fn words(round: usize) -> Secret<String> {
    Secret::new(format!("passphrase {round}"))
}

fn there(folder: &Path) -> KeySlots {
    KeySlots::read(folder).unwrap().unwrap()
}

/// Changes what lies there until nobody else changed it meanwhile. Answers how often somebody had.
fn change<T>(folder: &Path, change: impl Fn(&mut KeySlots) -> T) -> (T, usize) {
    for refused in 0.. {
        let mut slots = there(folder);
        let value = change(&mut slots);
        match slots.write(folder) {
            Ok(()) => return (value, refused),
            Err(error) => assert_eq!(error, VaultError::SlotsChanged),
        }
    }
    unreachable!()
}

#[test]
fn of_two_who_read_the_same_the_second_is_told_and_reads_again() {
    let folder = tempdir().unwrap();
    let key = begun(folder.path());
    let (mut first, mut second) = (there(folder.path()), there(folder.path()));
    let code = first.make_recovery(&key).unwrap();
    first.write(folder.path()).unwrap();
    second.set_passphrase(&key, &words(1), CHEAP).unwrap();
    assert_eq!(second.write(folder.path()), Err(VaultError::SlotsChanged));
    assert!(VaultError::SlotsChanged.to_string().contains("changed by another window"));
    let mut stranger = KeySlots::new(&new_key());
    assert_eq!(stranger.write(folder.path()), Err(VaultError::SlotsChanged), "never a new key over another");
    assert_eq!(there(folder.path()), first, "nothing was undone");

    change(folder.path(), |slots| slots.set_passphrase(&key, &words(1), CHEAP).unwrap());
    let slots = there(folder.path());
    assert_eq!(slots.open_with_recovery(&code.reveal()), Ok(vec![key.clone()]));
    assert_eq!(slots.open_with_passphrase(&words(1)), Ok(vec![key.clone()]));
    // Whoever wrote may write again without reading, and what is gone is nobody's change.
    first = slots;
    first.make_recovery(&key).unwrap();
    first.write(folder.path()).unwrap();
    first.make_recovery(&key).unwrap();
    fs::remove_dir_all(folder.path().join("backups")).unwrap();
    fs::remove_file(folder.path().join("keyslots.json")).unwrap();
    first.write(folder.path()).unwrap();
    assert_eq!(there(folder.path()), first);
}

#[test]
fn slots_that_were_left_are_taken_along_by_those_of_another_key() {
    let folder = tempdir().unwrap();
    let (left, key) = (begun(folder.path()), new_key());
    let mut own = KeySlots::new(&key);
    own.set_passphrase(&key, &words(1), CHEAP).unwrap();
    let mut both = own.clone().beside(KeySlots::left_in(folder.path()).unwrap());
    both.write(folder.path()).unwrap();
    assert!(there(folder.path()).holds(&left) && there(folder.path()).holds(&key));
    assert_eq!(own.clone().beside(KeySlots::left_in(tempdir().unwrap().path()).unwrap()), own);
    // Of those that were written since, nothing is undone.
    let mut late = own.beside(None);
    assert_eq!(late.write(folder.path()), Err(VaultError::SlotsChanged));
    // However often it is cut short: there is room, and the key in use stays.
    for _ in 0..20 {
        let other = new_key();
        let mut slots = there(folder.path());
        slots.add_generation(&left, KeySlots::new(&other));
        slots.write(folder.path()).unwrap();
        assert!(there(folder.path()).holds(&left) && there(folder.path()).holds(&other));
    }
}

#[test]
fn two_processes_that_change_them_at_once_undo_nothing() {
    let folder = tempdir().unwrap();
    let key = begun(folder.path());
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "child", "--nocapture"]).env(FOLDER, folder.path());
    let mut child = child.stdout(Stdio::null()).spawn().unwrap();
    let mut code: Option<RecoveryCode> = None;
    let mut rounds = 0;
    while rounds < ROUNDS || child.try_wait().unwrap().is_none() {
        if let Some(code) = &code {
            let opened = there(folder.path()).open_with_recovery(&code.reveal());
            assert_eq!(opened, Ok(vec![key.clone()]), "round {rounds} was undone");
        }
        code = Some(change(folder.path(), |slots| slots.make_recovery(&key).unwrap()).0);
        rounds += 1;
    }
    assert!(child.wait().unwrap().success(), "a passphrase was undone");
    assert_eq!(there(folder.path()).open_with_passphrase(&words(ROUNDS)), Ok(vec![key]));
}

/// Sets one passphrase after another. Does nothing unless a parent asks for it.
#[test]
fn child() {
    #[allow(clippy::disallowed_methods)] // the parent's word
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let folder = Path::new(&folder);
    for round in 0..ROUNDS {
        let opened = there(folder).open_with_passphrase(&words(round)).unwrap();
        change(folder, |slots| slots.set_passphrase(&opened[0], &words(round + 1), CHEAP).unwrap());
    }
}

/// A keychain that several processes share: a file for each item.
struct Shared(PathBuf);

impl Keychain for Shared {
    fn backend(&self) -> String {
        "files".to_owned()
    }

    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Secret<Vec<u8>>>, VaultError>> {
        Box::pin(async move { Ok(fs::read(self.0.join(name)).ok().map(Secret::new)) })
    }

    fn set<'a>(&'a self, name: &'a str, secret: &'a Secret<Vec<u8>>) -> BoxFuture<'a, Result<(), VaultError>> {
        Box::pin(async move {
            fs::write(self.0.join(name), secret.reveal()).unwrap();
            Ok(())
        })
    }

    fn delete<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), VaultError>> {
        Box::pin(async move {
            fs::remove_file(self.0.join(name)).unwrap();
            Ok(())
        })
    }
}

#[test]
fn processes_that_start_for_the_first_time_at_once_have_one_key() {
    for _ in 0..5 {
        let (folder, items) = (tempdir().unwrap(), tempdir().unwrap());
        let start = |_| {
            let mut child = Command::new(std::env::current_exe().unwrap());
            child.args(["--exact", "first", "--nocapture"]).env(FIRST, folder.path()).env(ITEMS, items.path());
            let mut child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
            let told = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
            (child, told.filter_map(|line| line.strip_prefix("> ").map(str::to_owned)))
        };
        let mut children: Vec<_> = (0..4).map(start).collect();
        assert!(children.iter_mut().all(|(_, told)| told.next().as_deref() == Some("ready")));
        // At the end of its input each begins.
        children.iter_mut().for_each(|(child, _)| drop(child.stdin.take()));
        let keys: BTreeSet<String> = children.iter_mut().filter_map(|(_, told)| told.next()).collect();
        assert!(children.iter_mut().all(|(child, _)| child.wait().unwrap().success()));
        assert_eq!(keys.len(), 1, "{keys:?}");
        assert_eq!(there(folder.path()).ways().len(), 1);
        let made = fs::read_dir(items.path())
            .unwrap()
            .filter(|item| item.as_ref().unwrap().file_name().to_string_lossy().starts_with("store key "));
        assert_eq!(made.count(), 1, "no key was made in vain");
    }
}

/// Starts for the first time when it is told to, and tells its key. Does nothing unless a parent asks for it.
#[tokio::test]
async fn first() {
    #[allow(clippy::disallowed_methods)] // the parent's word
    let (Ok(folder), Ok(items)) = (std::env::var(FIRST), std::env::var(ITEMS)) else { return };
    let mut out = std::io::stdout();
    writeln!(out, "\n> ready").unwrap();
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
    let entry = enter(&Shared(items.into()), Path::new(&folder), Database::Missing, &KeyRule::default()).await;
    let Ok(Entry::Open { keys, .. }) = entry else { panic!("{entry:?}") };
    writeln!(out, "\n> {}", hex::encode(keys[0].reveal())).unwrap();
}
