//! Several processes at one folder, played by several stores: a file lock does not mind which process holds it.

use domain::MessageState;
use tempfile::tempdir;

use crate::fixture::*;

#[tokio::test]
async fn a_second_process_leaves_the_first_ones_answer_alone_until_it_is_dead() {
    for key in BOTH {
        let folder = tempdir().unwrap();
        let first = open(folder.path(), key).await;
        let chat = new_chat(&first).await;
        let asked = ask(&first, chat, None, "?").await;
        let answer = begin(&first, chat, asked.id).await;
        first.append_parts(answer.id, &[text("so far", &[1])]).await.unwrap();

        let second = try_open(folder.path(), key).await.unwrap();
        assert_eq!(second.interrupted, 0);
        assert_ne!(second.store.lease(), first.lease());
        assert_eq!(second.store.message(answer.id).await.unwrap().state, MessageState::Streaming);
        ask(&second.store, chat, None, "from the second").await;
        first.append_parts(answer.id, &[text(", and on", &[2])]).await.unwrap();
        second.store.close().await;
        drop(second);

        drop(first); // no proper end
        let third = try_open(folder.path(), key).await.unwrap();
        assert_eq!(third.interrupted, 1);
        let kept = third.store.message(answer.id).await.unwrap();
        assert_eq!((kept.state, kept.text.as_str()), (MessageState::Interrupted, "so far, and on"));
        assert_eq!(third.store.tokens(answer.id).await.unwrap(), [1, 2]);
        assert_eq!(third.store.search("so far", 5).await.unwrap().len(), 1);
        assert_eq!(std::fs::read_dir(folder.path().join("leases")).unwrap().count(), 1, "dead leases are swept");
    }
}

#[tokio::test]
async fn only_the_last_process_to_end_declares_a_proper_end() {
    let folder = tempdir().unwrap();
    let clean = folder.path().join("clean");
    let first = open(folder.path(), None).await;
    let second = open(folder.path(), None).await;
    second.close().await;
    drop(second);
    assert!(!clean.exists(), "the first one goes on");
    first.close().await;
    drop(first);
    assert!(clean.exists());
    let _third = open(folder.path(), None).await;
    assert!(!clean.exists());
}

#[test]
fn one_window_a_folder() {
    let folder = tempdir().unwrap();
    let held = store::lock_window(folder.path()).unwrap();
    assert!(held.is_some());
    assert!(store::lock_window(folder.path()).unwrap().is_none());
    drop(held);
    assert!(store::lock_window(folder.path()).unwrap().is_some());
}
