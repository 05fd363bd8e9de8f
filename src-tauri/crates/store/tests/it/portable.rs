//! A backup in one file: made while the store is used, restored whole or not at all.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use domain::Secret;
use store::{SecretInfo, Stage, Store, StoreError, portable};
use tempfile::tempdir;

use crate::fixture::*;

const BACKUP_KEY: Secret<[u8; 32]> = Secret::new([42; 32]);
const SLOTS: &str = "{\"ways\": [\"passphrase\"]}";

async fn write(store: &Store, to: &Path) -> portable::Header {
    portable::write(store, &BACKUP_KEY, SLOTS, to, NOON, &|_| {}).await.unwrap()
}

async fn restore(
    file: &Path,
    key: &Secret<[u8; 32]>,
    folder: &Path,
    current: Option<[u8; 32]>,
    at: impl Fn(Stage) + Sync,
) -> Result<portable::Restored, StoreError> {
    portable::restore(file, key, folder, current.map(Secret::new).as_ref(), NOON, &at).await
}

/// A backup of a lived-in store, and what that holds.
async fn sample(place: &Path, key: Option<[u8; 32]>) -> (std::path::PathBuf, Vec<String>) {
    let folder = tempdir().unwrap();
    let held = lived_in(folder.path(), key).await;
    let file = place.join("chats.drawbridge-backup");
    let store = open(folder.path(), key).await;
    let header = write(&store, &file).await;
    assert_eq!(portable::inspect(&file).unwrap(), header);
    assert_eq!((header.slots.as_str(), header.created), (SLOTS, NOON));
    assert!(std::fs::read_dir(place).unwrap().count() == 1, "no half file beside it");
    assert!(!files(folder.path()).iter().any(|file| file.to_string_lossy().contains("outgoing")));
    (file, held)
}

#[tokio::test]
async fn it_goes_from_any_store_to_any_other() {
    for from in BOTH {
        let place = tempdir().unwrap();
        let (file, held) = sample(place.path(), from).await;
        assert!(!holds(&std::fs::read(&file).unwrap(), "unmistakable"));
        for to in [None, Some(KEY), Some(OTHER_KEY)] {
            let folder = tempdir().unwrap();
            let fresh = folder.path().join("not there yet");
            let restored = restore(&file, &BACKUP_KEY, &fresh, to, |_| {}).await.unwrap();
            assert_eq!(restored, portable::Restored { kept: None, secrets_left_out: 0 });
            assert_eq!(everything(&open(&fresh, to).await).await, held);

            // Over other chats, which are kept.
            let before = lived_in(folder.path(), to).await;
            let restored = restore(&file, &BACKUP_KEY, folder.path(), to, |_| {}).await.unwrap();
            assert_eq!(everything(&open(folder.path(), to).await).await, held);
            let other = tempdir().unwrap();
            std::fs::copy(restored.kept.unwrap(), database(other.path())).unwrap();
            assert_eq!(everything(&open(other.path(), to).await).await, before);
            assert_eq!(backups(folder.path()), ["before-restore-2026-11-21.db", "daily-2026-11-21.db"]);
        }
    }
}

/// Fifty times while somebody writes: each is a state that was committed.
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_made_while_writing_is_one_committed_state() {
    for key in BOTH {
        let folder = tempdir().unwrap();
        let store = open(folder.path(), key).await;
        let chat = new_chat(&store).await;
        let (said, mut heard) = tokio::sync::watch::channel(0_usize);
        let writing = tokio::spawn({
            let store = store.clone();
            async move {
                let mut parent = None;
                for number in 1.. {
                    parent = Some(ask(&store, chat, parent, &format!("heron number{number}")).await.id);
                    if said.send(number).is_err() {
                        return;
                    }
                }
            }
        });
        for round in 0..25 {
            heard.changed().await.unwrap();
            let at_least = *heard.borrow();
            let file = folder.path().join("one.drawbridge-backup");
            write(&store, &file).await;
            let at_most = *heard.borrow() + 1;
            let other = tempdir().unwrap();
            restore(&file, &BACKUP_KEY, other.path(), key, |_| {}).await.unwrap();
            let copy = open(other.path(), key).await;
            let texts: Vec<String> = copy.tree(chat).await.unwrap().into_iter().map(|message| message.text).collect();
            assert!((at_least..=at_most).contains(&texts.len()), "round {round}: {} {at_least}", texts.len());
            let expected: Vec<String> = (1..=texts.len()).map(|number| format!("heron number{number}")).collect();
            assert_eq!(texts, expected);
            assert_eq!(copy.search(&format!("number{}", texts.len()), 5).await.unwrap().len(), 1);
        }
        drop(heard);
        writing.await.unwrap();
    }
}

/// 200 flipped bits and 200 lengths, from the first byte to the last.
#[tokio::test]
async fn a_damaged_cut_or_foreign_file_is_refused_and_nothing_changes() {
    let place = tempdir().unwrap();
    let (file, _) = sample(place.path(), Some(KEY)).await;
    let whole = std::fs::read(&file).unwrap();
    let folder = tempdir().unwrap();
    lived_in(folder.path(), Some(KEY)).await;
    let before = std::fs::read(database(folder.path())).unwrap();
    let mut bad = Vec::new();
    for step in 0..200 {
        let at = if step < 60 { step } else { step * whole.len() / 200 };
        let mut flipped = whole.clone();
        flipped[at] ^= 1 << (step % 8);
        bad.push((format!("flipped {at}"), flipped));
        bad.push((format!("cut at {at}"), whole[..at].to_vec()));
    }
    bad.push(("longer".to_owned(), [whole.as_slice(), b"more"].concat()));
    bad.push(("foreign".to_owned(), "not a backup at all ".repeat(1000).into_bytes()));
    bad.push(("a database".to_owned(), before.clone()));
    for (how, bytes) in bad {
        std::fs::write(&file, bytes).unwrap();
        let refused = restore(&file, &BACKUP_KEY, folder.path(), Some(KEY), |_| {}).await;
        assert!(
            matches!(&refused, Err(StoreError::BadBackup(said) | StoreError::TooNew(said)) if said.contains("othing was changed")),
            "{how}: {refused:?}"
        );
        assert!(std::fs::read(database(folder.path())).unwrap() == before, "{how}");
    }
    assert_eq!(backups(folder.path()), ["daily-2026-11-21.db"]);
    assert!(!files(folder.path()).iter().any(|file| file.to_string_lossy().contains("unpacked")));
}

#[tokio::test]
async fn the_wrong_key_a_newer_version_and_a_store_in_use_are_refused() {
    let place = tempdir().unwrap();
    let (file, held) = sample(place.path(), None).await;
    let folder = tempdir().unwrap();
    let before = lived_in(folder.path(), Some(KEY)).await;
    let wrong = restore(&file, &Secret::new([1; 32]), folder.path(), Some(KEY), |_| {}).await;
    assert!(matches!(&wrong, Err(StoreError::BadBackup(said)) if said.contains("key")), "{wrong:?}");
    for current in [None, Some([1; 32])] {
        let unsuited = restore(&file, &BACKUP_KEY, folder.path(), current, |_| {}).await;
        // A key that does not open what is there is the same as damage: that is kept as it lies.
        assert_eq!(unsuited.is_ok(), current.is_some(), "{unsuited:?}");
        if let Ok(restored) = unsuited {
            std::fs::rename(restored.kept.unwrap(), database(folder.path())).unwrap();
        }
    }
    let whole = std::fs::read(&file).unwrap();
    let mut newer = whole.clone();
    newer[16] = 2;
    std::fs::write(&file, newer).unwrap();
    assert!(matches!(portable::inspect(&file), Err(StoreError::TooNew(_))));
    std::fs::write(&file, whole).unwrap();

    let store = open(folder.path(), Some(KEY)).await;
    let in_use = restore(&file, &BACKUP_KEY, folder.path(), Some(KEY), |_| {}).await;
    assert!(matches!(in_use, Err(StoreError::InUse(_))), "{in_use:?}");
    assert_eq!(everything(&store).await, before);
    drop(store);
    restore(&file, &BACKUP_KEY, folder.path(), Some(KEY), |_| {}).await.unwrap();
    assert_eq!(everything(&open(folder.path(), Some(KEY)).await).await, held);
}

#[tokio::test]
async fn over_a_damaged_database_it_restores_and_keeps_that_as_it_lies() {
    let place = tempdir().unwrap();
    let (file, held) = sample(place.path(), Some(KEY)).await;
    for key in BOTH {
        let folder = tempdir().unwrap();
        lived_in(folder.path(), key).await;
        let mut bytes = std::fs::read(database(folder.path())).unwrap();
        bytes[20..3000].fill(0x5a);
        std::fs::write(database(folder.path()), &bytes).unwrap();
        std::fs::write(folder.path().join("drawbridge.db-wal"), "a log").unwrap();
        let restored = restore(&file, &BACKUP_KEY, folder.path(), key, |_| {}).await.unwrap();
        let kept = restored.kept.unwrap();
        assert!(std::fs::read(&kept).unwrap() == bytes);
        assert_eq!(std::fs::read(kept.with_extension("db-wal")).unwrap(), b"a log");
        assert_eq!(everything(&open(folder.path(), key).await).await, held);
    }
}

#[tokio::test]
async fn secrets_travel_to_an_encrypted_store_only() {
    let (folder, place) = (tempdir().unwrap(), tempdir().unwrap());
    lived_in(folder.path(), Some(KEY)).await;
    let store = open(folder.path(), Some(KEY)).await;
    let info = SecretInfo { id: "hub".to_owned(), last_four: "5678".to_owned(), at: NOON };
    store.put_secret(&info, &Secret::new(b"supersecret5678".to_vec())).await.unwrap();
    let file = place.path().join("chats.drawbridge-backup");
    write(&store, &file).await;
    for to in BOTH {
        let other = tempdir().unwrap();
        let restored = restore(&file, &BACKUP_KEY, other.path(), to, |_| {}).await.unwrap();
        assert_eq!(restored.secrets_left_out, u64::from(to.is_none()));
        let copy = open(other.path(), to).await;
        assert_eq!(copy.secret("hub").await.unwrap().is_some(), to.is_some());
        assert_eq!(copy.search("heron", 50).await.unwrap().len(), 3);
        drop(copy);
        assert!(!files(other.path()).iter().any(|file| holds(&std::fs::read(file).unwrap(), "supersecret")));
    }
}

#[tokio::test]
async fn a_store_in_memory_is_not_backed_up() {
    let place = tempdir().unwrap();
    let store = Store::open_in_memory().await.unwrap();
    let file = place.path().join("chats.drawbridge-backup");
    let refused = portable::write(&store, &BACKUP_KEY, SLOTS, &file, NOON, &|_| {}).await;
    assert!(matches!(refused, Err(StoreError::NotFound(_))), "{refused:?}");
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
}

const CHILD: &str = "DRAWBRIDGE_STORE_TEST_PORTABLE";
const WRITING: [Stage; 2] = [Stage::Exported, Stage::Written];
const RESTORING: [Stage; 4] = [Stage::Unpacked, Stage::Exported, Stage::Kept, Stage::Swapped];

fn run_child(what: &str, key: Option<[u8; 32]>, stage: usize, folder: &Path, file: &Path) {
    let said = format!("{what}\n{}\n{stage}\n{}\n{}", key.is_some(), folder.display(), file.display());
    let run = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "portable::child", "--nocapture"])
        .env(CHILD, said)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert_eq!(run.code(), None, "{what} {stage}: it did not die");
}

#[tokio::test]
async fn killed_while_it_is_written_no_half_backup_has_its_name() {
    for key in BOTH {
        for stage in 0..WRITING.len() {
            let (folder, place) = (tempdir().unwrap(), tempdir().unwrap());
            let held = lived_in(folder.path(), key).await;
            let (file, _) = sample(place.path(), key).await;
            let before = std::fs::read(&file).unwrap();
            run_child("write", key, stage, folder.path(), &file);
            assert!(std::fs::read(&file).unwrap() == before, "the one that was there stays");
            let store = open(folder.path(), key).await;
            assert_eq!(everything(&store).await, held);
            assert!(!files(folder.path()).iter().any(|file| file.to_string_lossy().contains("outgoing")));
            write(&store, &file).await;
            assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1);
            let other = tempdir().unwrap();
            restore(&file, &BACKUP_KEY, other.path(), key, |_| {}).await.unwrap();
            assert_eq!(everything(&open(other.path(), key).await).await, held);
        }
    }
}

#[tokio::test]
async fn killed_while_it_is_restored_the_chats_are_the_old_or_the_new() {
    for key in BOTH {
        let place = tempdir().unwrap();
        let (file, new) = sample(place.path(), None).await;
        for (index, stage) in RESTORING.into_iter().enumerate() {
            let folder = tempdir().unwrap();
            let old = lived_in(folder.path(), key).await;
            run_child("restore", key, index, folder.path(), &file);
            let store = open(folder.path(), key).await;
            assert_eq!(everything(&store).await, *if stage == Stage::Swapped { &new } else { &old }, "{stage:?}");
            let kept: &[&str] = if stage == Stage::Swapped { &["before-restore-2026-11-21.db"] } else { &[] };
            assert_eq!(backups(folder.path()), [kept, &["daily-2026-11-21.db"]].concat(), "{stage:?}");
            store.close().await;
            drop(store);
            restore(&file, &BACKUP_KEY, folder.path(), key, |_| {}).await.unwrap();
            assert_eq!(everything(&open(folder.path(), key).await).await, new);
        }
    }
}

/// Does nothing unless a parent asks for it.
#[tokio::test]
async fn child() {
    #[allow(clippy::disallowed_methods)] // the parent's word
    let Ok(said) = std::env::var(CHILD) else { return };
    let [what, encrypted, stage, folder, file] = said.lines().collect::<Vec<_>>().try_into().unwrap();
    let key = (encrypted == "true").then_some(KEY);
    let stage: usize = stage.parse().unwrap();
    let (folder, file) = (Path::new(folder), Path::new(file));
    let die_at = |last: Stage| {
        move |stage: Stage| {
            if stage == last {
                std::process::abort();
            }
        }
    };
    if what == "write" {
        let store = open(folder, key).await;
        portable::write(&store, &BACKUP_KEY, SLOTS, file, NOON, &die_at(WRITING[stage])).await.unwrap();
    } else {
        restore(file, &BACKUP_KEY, folder, key, die_at(RESTORING[stage])).await.unwrap();
    }
}
