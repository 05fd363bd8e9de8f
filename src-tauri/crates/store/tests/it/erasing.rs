//! What is erased is in no file any more.

use std::path::Path;

use domain::{ChatId, Timestamp};
use store::{Store, StoreError};
use tempfile::tempdir;

use crate::fixture::*;

/// Words that no index shortens: each begins with letters of its own.
fn words(number: usize) -> [String; 4] {
    let letter = |shift: u32| char::from(b'a' + u8::try_from((number as u32 * 7 + shift) % 26).unwrap());
    ["question", "answer", "attached", "drafted"]
        .map(|kind| format!("{}{}{number}{kind}{}", letter(1), letter(9), letter(4)))
}

async fn talk(store: &Store, number: usize) -> ChatId {
    let [question_word, answer_word, attached, drafted] = words(number);
    let chat = new_chat(store).await;
    let mut asked = question(chat, None, &format!("{question_word} {}", "padding ".repeat(number * 40)));
    asked.attachments = vec![file("a.txt", &attached)];
    let asked = store.insert_question(&asked).await.unwrap();
    reply(store, chat, asked.id, &format!("{} {answer_word}", "filling ".repeat(number * 20))).await;
    store.save_draft(chat, &drafted).await.unwrap();
    store.add_draft_attachments(chat, &[(file("b.txt", &format!("{drafted}too")), None)]).await.unwrap();
    let (picture, files) = picture(drafted.as_bytes(), drafted.as_bytes());
    store.add_draft_attachments(chat, &[(picture.clone(), Some(files.clone()))]).await.unwrap();
    store.set_title(chat, &format!("{question_word} entitled"), domain::TitleSource::User).await.unwrap();
    chat
}

/// Chats of every size, and two daily backups.
async fn talks(folder: &Path, key: Option<[u8; 32]>) -> (Store, Vec<ChatId>) {
    let store = open(folder, key).await;
    let mut chats = Vec::new();
    for number in 0..40 {
        chats.push(talk(&store, number).await);
    }
    for day in 0..2 {
        store.backup_if_due(Timestamp(NOON.0 + day * DAY_MS)).await.unwrap().unwrap();
    }
    (store, chats)
}

fn odd(chats: &[ChatId]) -> Vec<ChatId> {
    chats.iter().skip(1).step_by(2).copied().collect()
}

#[tokio::test]
async fn no_file_of_the_folder_holds_a_word_of_what_was_erased() {
    let folder = tempdir().unwrap();
    let (store, chats) = talks(folder.path(), None).await;
    let erased = store.erase_chats(&odd(&chats)).await.unwrap();
    assert_eq!((erased.rewritten.len(), erased.removed.len(), erased.log_in_use), (2, 0, false));
    assert_eq!(backups(folder.path()), ["daily-2026-11-21.db", "daily-2026-11-22.db"]);
    let all: Vec<(std::path::PathBuf, Vec<u8>)> =
        files(folder.path()).into_iter().map(|file| (file.clone(), std::fs::read(file).unwrap())).collect();
    for (number, chat) in chats.iter().enumerate() {
        for word in words(number) {
            let holders: Vec<_> = all.iter().filter(|(_, bytes)| holds(bytes, &word)).map(|(file, _)| file).collect();
            let expected = if number % 2 == 1 { 0 } else { 3 };
            assert_eq!(holders.len(), expected, "{word}: {holders:?}");
        }
        let id = chat.to_string();
        let holders: Vec<_> = all.iter().filter(|(_, bytes)| holds(bytes, &id)).map(|(file, _)| file).collect();
        assert_eq!(holders.is_empty(), number % 2 == 1, "not even its id is left: {holders:?}");
    }
    for number in 0..40 {
        let found = store.search(&words(number)[0], 5).await.unwrap().len();
        assert_eq!(found > 0, number % 2 == 0);
    }
}

#[tokio::test]
async fn every_backup_opens_without_what_was_erased() {
    for key in BOTH {
        let folder = tempdir().unwrap();
        let (store, chats) = talks(folder.path(), key).await;
        let gone = odd(&chats);
        for chat in &gone {
            store.trash_chat(*chat, NOON).await.unwrap();
        }
        assert_eq!(store.purge_trash(Timestamp(NOON.0 + 1)).await.unwrap().len(), gone.len());
        for name in backups(folder.path()) {
            let other = tempdir().unwrap();
            std::fs::copy(folder.path().join("backups").join(name), database(other.path())).unwrap();
            let copy = open(other.path(), key).await;
            let kept: Vec<ChatId> = copy.chats(false).await.unwrap().iter().map(|chat| chat.id).collect();
            assert_eq!(kept.len(), 20);
            assert!(copy.chats(true).await.unwrap().is_empty() && !kept.iter().any(|chat| gone.contains(chat)));
            for number in 0..40 {
                let found = copy.search(&words(number)[1], 5).await.unwrap().len();
                assert_eq!(found > 0, number % 2 == 0);
            }
        }
    }
}

#[tokio::test]
async fn copies_of_an_older_version_or_past_opening_go_whole_where_they_could_hold_it() {
    for key in BOTH {
        let folder = tempdir().unwrap();
        let (store, chats) = talks(folder.path(), key).await;
        let kept = folder.path().join("backups");
        let old = kept.join("before-v3-2026-11-20.db");
        std::fs::copy(kept.join("daily-2026-11-21.db"), &old).unwrap();
        older(&old, key).await;
        let unreadable = kept.join("daily-2026-11-20.db");
        std::fs::write(&unreadable, "nobody knows what this is ".repeat(500)).unwrap();
        let late = new_chat(&store).await;
        let erased = store.erase_chat(late).await.unwrap();
        assert_eq!((erased.rewritten.len(), &erased.removed), (0, &vec![unreadable]));
        let erased = store.erase_chat(chats[0]).await.unwrap();
        assert_eq!((erased.rewritten.len(), erased.removed), (2, vec![old]));
    }
}

/// Makes a copy look as if an older version had made it.
async fn older(copy: &Path, key: Option<[u8; 32]>) {
    use sqlx::{ConnectOptions, Connection};
    let mut options = sqlx::sqlite::SqliteConnectOptions::new().filename(copy);
    if let Some(key) = key {
        let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        options = options.pragma("key", format!("\"x'{hex}'\""));
    }
    let mut connection = options.connect().await.unwrap();
    sqlx::raw_sql("PRAGMA user_version = 2").execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// As when the disk is full, or the process dies after the tables and before the copies.
#[tokio::test]
async fn erasing_that_was_cut_short_is_finished_by_the_next() {
    for key in BOTH {
        let folder = tempdir().unwrap();
        let (store, chats) = talks(folder.path(), key).await;
        let in_the_way = folder.path().join("backups/daily-2026-11-22.new");
        std::fs::create_dir(&in_the_way).unwrap();
        assert!(matches!(store.erase_chat(chats[3]).await, Err(StoreError::Unexpected(_))));
        assert!(store.chat(chats[3]).await.is_err(), "from the database it is gone");
        store.close().await;
        drop(store);
        std::fs::remove_dir(&in_the_way).unwrap();
        let store = open(folder.path(), key).await;
        assert!(store.purge_trash(NOON).await.unwrap().is_empty());
        for name in backups(folder.path()) {
            let other = tempdir().unwrap();
            std::fs::copy(folder.path().join("backups").join(name), database(other.path())).unwrap();
            assert!(open(other.path(), key).await.chat(chats[3]).await.is_err());
        }
        let again = store.erase_chat(chats[5]).await.unwrap();
        assert_eq!(again.rewritten.len(), 2);
    }
}
