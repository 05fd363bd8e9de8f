//! The trash, and what erasing leaves.

use domain::Timestamp;
use tempfile::tempdir;

use crate::fixture::*;

#[tokio::test]
async fn the_trash_is_a_list_of_its_own_and_gives_back() {
    let folder = tempdir().unwrap();
    let store = open(folder.path(), None).await;
    let (kept, thrown) = (new_chat(&store).await, new_chat(&store).await);
    store.trash_chat(thrown, NOON).await.unwrap();
    store.trash_chat(thrown, Timestamp(NOON.0 + DAY_MS)).await.unwrap();
    let ids = async |trash| store.chats(trash).await.unwrap().iter().map(|chat| chat.id).collect::<Vec<_>>();
    assert_eq!((ids(false).await, ids(true).await), (vec![kept], vec![thrown]));
    assert_eq!(store.chat(thrown).await.unwrap().deleted_at, Some(NOON), "the first time counts");
    assert_eq!(store.restore_chat(thrown).await.unwrap().deleted_at, None);
    assert!(ids(true).await.is_empty());
}

#[tokio::test]
async fn a_purge_erases_what_was_thrown_away_before() {
    let folder = tempdir().unwrap();
    let store = open(folder.path(), None).await;
    let (old, new, kept) = (new_chat(&store).await, new_chat(&store).await, new_chat(&store).await);
    store.trash_chat(old, NOON).await.unwrap();
    store.trash_chat(new, Timestamp(NOON.0 + 1)).await.unwrap();
    assert_eq!(store.purge_trash(Timestamp(NOON.0 + 1)).await.unwrap(), [old]);
    assert!(store.chat(old).await.is_err());
    assert!(store.chat(new).await.is_ok() && store.chat(kept).await.is_ok());
}

#[tokio::test]
async fn an_erased_chat_leaves_no_word_in_the_database_or_its_log() {
    let folder = tempdir().unwrap();
    let store = open(folder.path(), None).await;
    let kept = new_chat(&store).await;
    ask(&store, kept, None, "the heron stays").await;
    let gone = new_chat(&store).await;
    let mut new = question(gone, None, "zebrafinch secretsentence");
    new.attachments = vec![file("okapi.txt", "quetzalcoatl")];
    let asked = store.insert_question(&new).await.unwrap();
    let answer = begin(&store, gone, asked.id).await;
    store.append_parts(answer.id, &[text("platypus", &[1])]).await.unwrap();
    store.finish_answer(answer.id, ending(domain::MessageState::Complete)).await.unwrap();
    store.save_draft(gone, "axolotl").await.unwrap();
    store.erase_chat(gone).await.unwrap();
    assert!(store.search("zebrafinch", 5).await.unwrap().is_empty());
    assert_eq!(store.search("heron", 5).await.unwrap().len(), 1);
    for name in ["drawbridge.db", "drawbridge.db-wal"] {
        let bytes = std::fs::read(folder.path().join(name)).unwrap();
        for word in ["zebrafinch", "ebrafinch", "secretsentence", "quetzalcoatl", "okapi", "platypus", "axolotl"] {
            assert!(!holds(&bytes, word), "{word} in {name}");
        }
    }
    let bytes = bytes_after_close(&store, folder.path()).await;
    assert!(holds(&bytes, "heron") && !holds(&bytes, "zebrafinch"));
}
