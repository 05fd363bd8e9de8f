//! Daily backups, and the refusal to begin anew over them.

use domain::Timestamp;
use store::{DatabaseKind, StoreError};
use tempfile::tempdir;

use crate::fixture::*;

#[tokio::test]
async fn one_a_day_seven_kept_and_each_opens_with_the_same_key() {
    for key in BOTH {
        let folder = tempdir().unwrap();
        let store = open(folder.path(), key).await;
        assert_eq!(store.backup_if_due(NOON).await.unwrap(), None, "there is nothing to keep");
        let chat = new_chat(&store).await;
        ask(&store, chat, None, "unmistakable").await;
        for day in 0..10 {
            let now = Timestamp(NOON.0 + day * DAY_MS);
            assert!(store.backup_if_due(now).await.unwrap().is_some());
            assert_eq!(store.backup_if_due(Timestamp(now.0 + 1)).await.unwrap(), None, "once a day");
        }
        let mut names: Vec<String> = std::fs::read_dir(folder.path().join("backups"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names.len(), 7, "{names:?}");
        assert_eq!((names[0].as_str(), names[6].as_str()), ("daily-2026-11-24.db", "daily-2026-11-30.db"));

        let newest = folder.path().join("backups").join(&names[6]);
        assert_eq!(holds(&std::fs::read(&newest).unwrap(), "unmistakable"), key.is_none());
        let other = tempdir().unwrap();
        std::fs::copy(&newest, database(other.path())).unwrap();
        let restored = open(other.path(), key).await;
        assert_eq!(restored.search("unmistakable", 5).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_database_that_is_gone_or_empty_is_not_replaced_while_there_are_backups() {
    for key in BOTH {
        let folder = tempdir().unwrap();
        let store = open(folder.path(), key).await;
        let chat = new_chat(&store).await;
        ask(&store, chat, None, "kept").await;
        let backup = store.backup_if_due(NOON).await.unwrap().unwrap();
        store.close().await;
        drop(store);
        let kind = if key.is_some() { DatabaseKind::Encrypted } else { DatabaseKind::Plain };

        std::fs::write(database(folder.path()), "").unwrap();
        assert_eq!(store::kind(folder.path()).unwrap(), kind, "no new key may be made");
        assert!(matches!(try_open(folder.path(), key).await, Err(StoreError::Damaged(_))));
        std::fs::remove_file(database(folder.path())).unwrap();
        assert_eq!(store::kind(folder.path()).unwrap(), kind);
        assert!(matches!(try_open(folder.path(), key).await, Err(StoreError::Damaged(_))));
        assert!(!database(folder.path()).exists());

        std::fs::copy(backup, database(folder.path())).unwrap();
        assert_eq!(open(folder.path(), key).await.search("kept", 5).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_backup_that_fails_leaves_no_half_file() {
    let folder = tempdir().unwrap();
    let store = open(folder.path(), None).await;
    let chat = new_chat(&store).await;
    ask(&store, chat, None, "kept").await;
    std::fs::write(folder.path().join("backups"), "a file in the way").unwrap();
    assert!(store.backup_if_due(NOON).await.is_err());
    std::fs::remove_file(folder.path().join("backups")).unwrap();
    let made = store.backup_if_due(NOON).await.unwrap().unwrap();
    assert_eq!(std::fs::read_dir(made.parent().unwrap()).unwrap().count(), 1);
}
