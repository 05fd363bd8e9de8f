//! A store in memory does all that one on disk does, and leaves nothing.

use domain::{MessageState, Secret};
use store::{SecretInfo, Store, StoreError};
use tempfile::tempdir;

use crate::fixture::*;

#[tokio::test]
async fn chats_in_memory_stream_and_are_found_and_erased() {
    let store = Store::open_in_memory().await.unwrap();
    assert!(!store.is_encrypted() && store.size_bytes().await.unwrap() == 0);
    let chat = new_chat(&store).await;
    let asked = ask(&store, chat, None, "an ephemeral heron").await;
    let answer = begin(&store, chat, asked.id).await;
    store.append_parts(answer.id, &[text("wades", &[1])]).await.unwrap();
    assert_eq!(store.message(answer.id).await.unwrap().text, "wades");
    store.finish_answer(answer.id, ending(MessageState::Complete)).await.unwrap();
    assert_eq!(store.search("heron", 5).await.unwrap().len(), 1);
    assert_eq!(store.branch(chat, answer.id, 10).await.unwrap().0.len(), 2);
    assert_eq!(store.turns(answer.id).await.unwrap().len(), 2);
    assert_eq!(store.backup_if_due(NOON).await.unwrap(), None);
    assert!(!store.restore_ballast());
    store.erase_chat(chat).await.unwrap();
    assert!(store.search("heron", 5).await.unwrap().is_empty() && store.chats(false).await.unwrap().is_empty());
    let info = SecretInfo { id: "hub".to_owned(), last_four: String::new(), at: NOON };
    let secret = store.put_secret(&info, &Secret::new(vec![1])).await;
    assert!(matches!(secret, Err(StoreError::Unencrypted(_))));
    store.close().await;
    assert!(store.chats(false).await.is_err());
}

/// A write that fails gives its connection up; the chats must not go with it.
#[tokio::test]
async fn a_write_that_fails_leaves_the_chats_in_memory_as_they_were() {
    let store = Store::open_in_memory().await.unwrap();
    let chat = new_chat(&store).await;
    ask(&store, chat, None, "before").await;
    for _ in 0..20 {
        assert!(store.begin_answer(&new_answer(chat, domain::MessageId::new())).await.is_err());
        assert!(store.create_chat(&store.chat(chat).await.unwrap()).await.is_err(), "its id is taken");
    }
    ask(&store, chat, None, "after").await;
    assert_eq!(store.tree(chat).await.unwrap().len(), 2);
    // Many at once wait for one another.
    let writes = (0..50).map(|_| ask(&store, chat, None, "at once"));
    futures_util::future::join_all(writes).await;
    assert_eq!(store.tree(chat).await.unwrap().len(), 52);
}

#[tokio::test]
async fn two_stores_in_memory_know_nothing_of_each_other() {
    let (one, other) = (Store::open_in_memory().await.unwrap(), Store::open_in_memory().await.unwrap());
    new_chat(&one).await;
    assert!(other.chats(false).await.unwrap().is_empty());
}

const CHILD: &str = "DRAWBRIDGE_STORE_TEST_MEMORY";

/// In a process of its own: no file is made where it stands, and it holds none open.
#[cfg(target_os = "linux")]
#[test]
fn nothing_reaches_the_disk() {
    let folder = tempdir().unwrap();
    let run = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "memory::child", "--nocapture"])
        .current_dir(folder.path())
        .env(CHILD, "1")
        .envs(["TMPDIR", "HOME", "SQLITE_TMPDIR"].map(|name| (name, folder.path())))
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    assert!(String::from_utf8_lossy(&run.stdout).contains("looked at"), "the child did not run");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn child() {
    #[allow(clippy::disallowed_methods)] // the parent's word
    if std::env::var(CHILD).is_err() {
        return;
    }
    let store = Store::open_in_memory().await.unwrap();
    let chat = new_chat(&store).await;
    let mut parent = None;
    // More than any cache holds, so that a store that spills would.
    for _ in 0..200 {
        parent = Some(ask(&store, chat, parent, &"spill ".repeat(10_000)).await.id);
    }
    assert_eq!(store.search("spill", 50).await.unwrap().len(), 50);
    let open: Vec<std::path::PathBuf> = std::fs::read_dir("/proc/self/fd")
        .unwrap()
        .filter_map(|entry| std::fs::read_link(entry.unwrap().path()).ok())
        .filter(|target| target.is_absolute() && !["/dev", "/proc"].iter().any(|place| target.starts_with(place)))
        .collect();
    assert!(open.is_empty(), "{open:?}");
    use std::io::Write;
    writeln!(std::io::stdout(), "looked at {} megabytes", 200 * 60_000 / 1_000_000).unwrap();
}
