//! Retention, legal holds, and secrets.

use domain::{ChatId, ChatPatch, FolderId, Secret, Timestamp};
use store::{SecretInfo, Store, StoreError};
use tempfile::tempdir;

use crate::fixture::*;

async fn chat_in(store: &Store, folder: FolderId) -> ChatId {
    let mut new = chat();
    new.folder = Some(folder);
    store.create_chat(&new).await.unwrap();
    ask(store, new.id, None, "when?").await;
    new.id
}

#[tokio::test]
async fn a_folder_lets_go_of_chats_whose_last_message_is_old_enough() {
    for key in BOTH {
        let folder = tempdir().unwrap();
        let store = open(folder.path(), key).await;
        let short = store.create_folder("Short").await.unwrap();
        assert_eq!((short.retention_days, short.legal_hold), (None, false));
        let kept = store.set_folder_keeping(short.id, Some(30), false).await.unwrap();
        assert_eq!((kept.retention_days, kept.legal_hold), (Some(30), false));
        assert_eq!(store.folders().await.unwrap(), [kept]);
        let for_ever = store.create_folder("For ever").await.unwrap();
        let (old, loose) = (chat_in(&store, short.id).await, new_chat(&store).await);
        let asked = ask(&store, loose, None, "?").await;
        let elsewhere = chat_in(&store, for_ever.id).await;
        let day = |days: i64, more: i64| Timestamp(NOON.0 + days * DAY_MS + more);
        assert!(store.expired(day(30, 0)).await.unwrap().is_empty(), "its last day is not over");
        assert_eq!(store.expired(day(30, 1)).await.unwrap(), [old]);

        // Somebody wrote in it since.
        let mut later = question(old, None, "and now?");
        later.at = day(20, 0);
        let later = store.insert_question(&later).await.unwrap();
        assert!(store.expired(day(50, 0)).await.unwrap().is_empty());
        begin(&store, old, later.id).await;
        assert!(store.expired(day(90, 0)).await.unwrap().is_empty(), "an answer is being written in it");
        assert!(store.chat(elsewhere).await.is_ok() && store.message(asked.id).await.is_ok());
    }
}

#[tokio::test]
async fn under_a_legal_hold_nothing_goes_whichever_way_it_is_asked() {
    for key in BOTH {
        let folder = tempdir().unwrap();
        let store = open(folder.path(), key).await;
        let (case, other) = (store.create_folder("Case").await.unwrap(), store.create_folder("Other").await.unwrap());
        let (held, thrown) = (chat_in(&store, case.id).await, chat_in(&store, case.id).await);
        store.trash_chat(thrown, NOON).await.unwrap();
        store.set_folder_keeping(case.id, Some(1), true).await.unwrap();
        let far = Timestamp(NOON.0 + 1000 * DAY_MS);
        let moved = |folder| ChatPatch { folder: Some(folder), ..ChatPatch::default() };
        for result in [
            store.trash_chat(held, NOON).await,
            store.erase_chat(held).await.map(drop),
            store.erase_chat(thrown).await.map(drop),
            store.change_chat(held, &moved(None)).await.map(drop),
            store.change_chat(held, &moved(Some(other.id))).await.map(drop),
            store.delete_folder(case.id).await,
        ] {
            assert!(matches!(&result, Err(StoreError::Held(said)) if said.contains("“Case”")), "{result:?}");
        }
        assert!(store.purge_trash(far).await.unwrap().is_empty());
        assert!(store.expired(far).await.unwrap().is_empty());
        // It goes on as a chat.
        let renamed = ChatPatch { title: Some("Evidence".to_owned()), ..moved(Some(case.id)) };
        assert_eq!(store.change_chat(held, &renamed).await.unwrap().title, "Evidence");
        ask(&store, held, None, "more").await;
        assert_eq!(store.restore_chat(thrown).await.unwrap().folder, Some(case.id));

        store.set_folder_keeping(case.id, Some(1), false).await.unwrap();
        assert_eq!(store.expired(far).await.unwrap(), [held, thrown]);
        store.erase_chat(held).await.unwrap();
        store.trash_chat(thrown, NOON).await.unwrap();
        assert_eq!(store.purge_trash(far).await.unwrap(), [thrown]);
        store.delete_folder(case.id).await.unwrap();
    }
}

#[tokio::test]
async fn keeping_is_set_for_folders_that_are_there() {
    let folder = tempdir().unwrap();
    let store = open(folder.path(), None).await;
    let gone = store.set_folder_keeping(FolderId::new(), Some(1), true).await;
    assert!(matches!(gone, Err(StoreError::NotFound(_))));
}

fn hub() -> (SecretInfo, Secret<Vec<u8>>) {
    let info = SecretInfo { id: "hub".to_owned(), last_four: "9xyz".to_owned(), at: NOON };
    (info, Secret::new(b"hf_unmistakable9xyz".to_vec()))
}

#[tokio::test]
async fn a_secret_is_kept_encrypted_replaced_and_removed() {
    let folder = tempdir().unwrap();
    let store = open(folder.path(), Some(KEY)).await;
    let (mut info, first) = hub();
    assert!(store.secret("hub").await.unwrap().is_none());
    store.put_secret(&info, &first).await.unwrap();
    store.close().await;
    drop(store);
    let store = open(folder.path(), Some(KEY)).await;
    assert_eq!(store.secret("hub").await.unwrap(), Some(first));
    assert_eq!(store.secrets().await.unwrap(), [info.clone()]);
    info.last_four = "0000".to_owned();
    store.put_secret(&info, &Secret::new(b"other0000".to_vec())).await.unwrap();
    assert_eq!(store.secret("hub").await.unwrap(), Some(Secret::new(b"other0000".to_vec())));
    assert_eq!(store.secrets().await.unwrap(), [info]);
    assert!(store.remove_secret("hub").await.unwrap());
    assert!(!store.remove_secret("hub").await.unwrap());
    assert!(store.secrets().await.unwrap().is_empty());
}

#[tokio::test]
async fn no_secret_is_kept_in_the_clear() {
    let folder = tempdir().unwrap();
    let store = open(folder.path(), None).await;
    let (info, value) = hub();
    assert!(matches!(store.put_secret(&info, &value).await, Err(StoreError::Unencrypted(_))));
    assert!(store.secrets().await.unwrap().is_empty());
    assert!(!holds(&bytes_after_close(&store, folder.path()).await, "hf_unmistakable"));
}
