//! A first key, another key, none: the old or the new, never between, and nothing in the clear afterwards.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use domain::Secret;
use store::{SecretInfo, Stage, StoreError, reencrypt};
use tempfile::tempdir;

use crate::fixture::*;

type Key = Option<[u8; 32]>;

/// From, to.
const WAYS: [(Key, Key); 3] = [(None, Some(KEY)), (Some(KEY), Some(OTHER_KEY)), (Some(KEY), None)];
const STAGES: [Stage; 4] = [Stage::Backups, Stage::Exported, Stage::Kept, Stage::Swapped];

async fn rekey(folder: &Path, (from, to): (Key, Key), at: impl Fn(Stage) + Sync) -> Result<store::Rekeyed, StoreError> {
    reencrypt(folder, from.map(Secret::new).as_ref(), to.map(Secret::new).as_ref(), NOON, &at).await
}

/// Opens with this key, holds what it held, and nothing of another key or in the clear is left. Closed again.
async fn whole_under(folder: &Path, key: Key, before: &[String]) {
    let opened = try_open(folder, key).await.unwrap();
    assert_eq!(everything(&opened.store).await, before);
    assert_eq!(backups(folder), ["daily-2026-11-21.db"]);
    assert!(!files(folder).iter().any(|file| file.to_string_lossy().ends_with(".new")));
    opened.store.close().await;
    drop(opened);
    if key.is_some() {
        for file in files(folder) {
            assert!(!holds(&std::fs::read(&file).unwrap(), "unmistakable"), "{}", file.display());
        }
    }
    let other = tempdir().unwrap();
    std::fs::copy(folder.join("backups/daily-2026-11-21.db"), database(other.path())).unwrap();
    let copy = open(other.path(), key).await;
    assert_eq!(everything(&copy).await, before, "the backup");
}

#[tokio::test]
async fn everything_is_there_under_the_new_key_and_nothing_under_the_old() {
    for (from, to) in WAYS {
        let folder = tempdir().unwrap();
        let before = lived_in(folder.path(), from).await;
        let seen = std::sync::Mutex::new(Vec::new());
        let rekeyed = rekey(folder.path(), (from, to), |stage| seen.lock().unwrap().push(stage)).await.unwrap();
        assert_eq!(*seen.lock().unwrap(), STAGES);
        assert!(rekeyed.unread.is_empty() && rekeyed.kept.ends_with("backups/before-rekey-2026-11-21.db"));
        // Until the first start the old one is there, whole.
        let old = tempdir().unwrap();
        std::fs::copy(&rekeyed.kept, database(old.path())).unwrap();
        assert_eq!(everything(&open(old.path(), from).await).await, before);
        assert!(try_open(folder.path(), from).await.is_err(), "the old key opens it no more");
        assert!(rekeyed.kept.exists(), "a start that failed drops nothing");

        let opened = try_open(folder.path(), to).await.unwrap();
        assert_eq!(opened.notices.len(), usize::from(from.is_none()), "{:?}", opened.notices);
        opened.store.close().await;
        drop(opened);
        assert!(!rekeyed.kept.exists());
        whole_under(folder.path(), to, &before).await;
        let again = try_open(folder.path(), to).await.unwrap();
        assert!(again.notices.is_empty());
    }
}

#[tokio::test]
async fn a_second_change_before_the_first_start_loses_no_backup() {
    let folder = tempdir().unwrap();
    let before = lived_in(folder.path(), None).await;
    rekey(folder.path(), (None, Some(KEY)), |_| {}).await.unwrap();
    rekey(folder.path(), (Some(KEY), Some(OTHER_KEY)), |_| {}).await.unwrap();
    whole_under(folder.path(), Some(OTHER_KEY), &before).await;
}

#[tokio::test]
async fn while_somebody_has_it_open_the_key_stays() {
    for key in BOTH {
        let folder = tempdir().unwrap();
        let before = lived_in(folder.path(), key).await;
        let open_still = open(folder.path(), key).await;
        let refused = rekey(folder.path(), (key, Some(OTHER_KEY)), |_| {}).await;
        assert!(matches!(refused, Err(StoreError::InUse(_))), "{refused:?}");
        drop(open_still);
        // And while the key is changed nobody opens.
        let folder_path = folder.path().to_owned();
        rekey(folder.path(), (key, Some(OTHER_KEY)), |_| {
            let opened = std::thread::scope(|threads| {
                let open = || {
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                    runtime.block_on(try_open(&folder_path, key)).map(drop)
                };
                threads.spawn(open).join().unwrap()
            });
            assert!(matches!(opened, Err(StoreError::InUse(_))), "{opened:?}");
        })
        .await
        .unwrap();
        whole_under(folder.path(), Some(OTHER_KEY), &before).await;
    }
}

#[tokio::test]
async fn a_wrong_key_a_damaged_database_and_an_empty_folder_are_refused() {
    let folder = tempdir().unwrap();
    let nothing = rekey(folder.path(), (None, Some(KEY)), |_| {}).await;
    assert!(matches!(nothing, Err(StoreError::NotFound(_))), "{nothing:?}");
    let before = lived_in(folder.path(), Some(KEY)).await;
    for from in [None, Some([1; 32])] {
        assert!(rekey(folder.path(), (from, Some(OTHER_KEY)), |_| {}).await.is_err());
    }
    let whole = std::fs::read(database(folder.path())).unwrap();
    let mut bytes = whole.clone();
    bytes[whole.len() / 2] ^= 1;
    std::fs::write(database(folder.path()), &bytes).unwrap();
    let damaged = rekey(folder.path(), (Some(KEY), Some(OTHER_KEY)), |_| {}).await;
    assert!(matches!(damaged, Err(StoreError::Damaged(_))), "{damaged:?}");
    assert!(std::fs::read(database(folder.path())).unwrap() == bytes, "it was touched");
    std::fs::write(database(folder.path()), &whole).unwrap();
    whole_under(folder.path(), Some(KEY), &before).await;
}

#[tokio::test]
async fn a_damaged_backup_does_not_keep_the_key_from_being_changed() {
    for (from, to) in WAYS {
        let folder = tempdir().unwrap();
        let before = lived_in(folder.path(), from).await;
        let bad = folder.path().join("backups/daily-2026-11-20.db");
        let mut bytes = std::fs::read(folder.path().join("backups/daily-2026-11-21.db")).unwrap();
        bytes.truncate(bytes.len() - 5000);
        std::fs::write(&bad, bytes).unwrap();
        assert_eq!(rekey(folder.path(), (from, to), |_| {}).await.unwrap().unread, std::slice::from_ref(&bad));
        drop(open(folder.path(), to).await);
        assert_eq!(bad.exists(), from.is_some(), "in the clear it goes");
        let _ = std::fs::remove_file(&bad);
        whole_under(folder.path(), to, &before).await;
    }
}

#[tokio::test]
async fn secrets_do_not_come_to_stand_in_the_clear() {
    let folder = tempdir().unwrap();
    lived_in(folder.path(), Some(KEY)).await;
    let store = open(folder.path(), Some(KEY)).await;
    let info = SecretInfo { id: "hub".to_owned(), last_four: "able".to_owned(), at: NOON };
    store.put_secret(&info, &Secret::new(b"unmistakable".to_vec())).await.unwrap();
    store.close().await;
    drop(store);
    let refused = rekey(folder.path(), (Some(KEY), None), |_| {}).await;
    assert!(matches!(refused, Err(StoreError::Unencrypted(_))), "{refused:?}");
    rekey(folder.path(), (Some(KEY), Some(OTHER_KEY)), |_| {}).await.unwrap();
    let store = open(folder.path(), Some(OTHER_KEY)).await;
    assert_eq!(store.secret("hub").await.unwrap(), Some(Secret::new(b"unmistakable".to_vec())));
}

const CHILD: &str = "DRAWBRIDGE_STORE_TEST_REKEY";

/// Dies at each stage in turn; then the folder is the old one or the new one, and can go on to be the new one.
#[tokio::test]
async fn killed_at_any_stage_it_is_the_old_or_the_new() {
    for (way, (from, to)) in WAYS.into_iter().enumerate() {
        for (index, stage) in STAGES.into_iter().enumerate() {
            let folder = tempdir().unwrap();
            let before = lived_in(folder.path(), from).await;
            let run = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "rekey::child", "--nocapture"])
                .env(CHILD, format!("{way} {index} {}", folder.path().display()))
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .unwrap();
            assert_eq!(run.code(), None, "{stage:?}: it did not die");
            let (now, not) = if stage == Stage::Swapped { (to, from) } else { (from, to) };
            assert!(try_open(folder.path(), not).await.is_err(), "{stage:?}");
            whole_under(folder.path(), now, &before).await;
            if now == from {
                rekey(folder.path(), (from, to), |_| {}).await.unwrap();
                whole_under(folder.path(), to, &before).await;
            }
        }
    }
}

/// Does nothing unless a parent asks for it.
#[tokio::test]
async fn child() {
    #[allow(clippy::disallowed_methods)] // the parent's word
    let Ok(said) = std::env::var(CHILD) else { return };
    let mut words = said.splitn(3, ' ');
    let mut number = || words.next().unwrap().parse::<usize>().unwrap();
    let (way, last) = (WAYS[number()], STAGES[number()]);
    let die = |stage| {
        if stage == last {
            std::process::abort();
        }
    };
    rekey(Path::new(words.next().unwrap()), way, die).await.unwrap();
}
