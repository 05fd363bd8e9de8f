//! Files that are damaged, locked, foreign or from the future are refused and stay as they are.

use std::path::Path;

use sqlx::Connection;
use store::{Store, StoreError};
use tempfile::tempdir;

use crate::fixture::*;

/// A closed database with some chats; its bytes.
async fn sample(folder: &Path, key: Option<[u8; 32]>) -> Vec<u8> {
    let store = open(folder, key).await;
    let chat = new_chat(&store).await;
    let mut parent = None;
    for number in 0..20 {
        let asked = ask(&store, chat, parent, &format!("question {number} {}", "padding ".repeat(40))).await;
        parent = Some(reply(&store, chat, asked.id, &format!("answer {number} {}", "filling ".repeat(40))).await.id);
    }
    bytes_after_close(&store, folder).await
}

/// As after a crash: the next start looks at every page.
fn forget_clean_end(folder: &Path) {
    std::fs::remove_file(folder.join("clean")).unwrap();
}

async fn refused(folder: &Path, key: Option<[u8; 32]>) -> StoreError {
    let before = std::fs::read(database(folder)).unwrap();
    let error = try_open(folder, key).await.map(drop).expect_err("it must be refused");
    assert!(std::fs::read(database(folder)).unwrap() == before, "the file was touched: {error}");
    error
}

#[tokio::test]
async fn without_the_key_or_with_another_nothing_opens() {
    let folder = tempdir().unwrap();
    sample(folder.path(), Some(KEY)).await;
    assert!(matches!(refused(folder.path(), None).await, StoreError::Locked(_)));
    assert!(matches!(refused(folder.path(), Some([8; 32])).await, StoreError::Damaged(_)));
    assert_eq!(open(folder.path(), Some(KEY)).await.chats(false).await.unwrap().len(), 1);

    let plain = tempdir().unwrap();
    sample(plain.path(), None).await;
    assert!(matches!(refused(plain.path(), Some(KEY)).await, StoreError::Locked(_)));
}

#[tokio::test]
async fn the_future_and_other_programs_are_refused() {
    for (sql, is_future) in [("PRAGMA user_version = 99", true), ("PRAGMA application_id = 1", false)] {
        let folder = tempdir().unwrap();
        sample(folder.path(), None).await;
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(database(folder.path()));
        let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        let error = refused(folder.path(), None).await;
        assert_eq!(matches!(error, StoreError::TooNew(_)), is_future, "{error}");
        assert_eq!(matches!(error, StoreError::Damaged(_)), !is_future, "{error}");
    }
}

#[tokio::test]
async fn a_file_cut_short_or_full_of_noise_is_refused() {
    for key in BOTH {
        let folder = tempdir().unwrap();
        let whole = sample(folder.path(), key).await;
        for length in [1, 15, 100, 1000, 4096, 4097, 3 * 4096, whole.len() / 2, whole.len() - 4096, whole.len() - 1] {
            std::fs::write(database(folder.path()), &whole[..length]).unwrap();
            let error = refused(folder.path(), key).await;
            assert!(matches!(error, StoreError::Damaged(_) | StoreError::Locked(_)), "{length}: {error}");
        }
        std::fs::write(database(folder.path()), "not a database at all ".repeat(1000)).unwrap();
        assert!(matches!(refused(folder.path(), key).await, StoreError::Damaged(_) | StoreError::Locked(_)));
        std::fs::write(database(folder.path()), &whole).unwrap();
        assert!(try_open(folder.path(), key).await.is_ok());
    }
}

#[tokio::test]
async fn a_damaged_header_is_called_damage_or_does_no_harm() {
    let folder = tempdir().unwrap();
    let whole = sample(folder.path(), None).await;
    for place in 16..100 {
        let mut bytes = whole.clone();
        bytes[place] ^= 0xa5;
        std::fs::write(database(folder.path()), &bytes).unwrap();
        match try_open(folder.path(), None).await.map(drop) {
            Ok(()) | Err(StoreError::Damaged(_) | StoreError::TooNew(_)) => {}
            Err(error) => panic!("byte {place}: {error}"),
        }
    }
}

/// Encryption is also a checksum: every flipped bit is found before anything is read from it.
#[tokio::test]
async fn every_flipped_bit_of_an_encrypted_database_is_found() {
    let folder = tempdir().unwrap();
    let whole = sample(folder.path(), Some(KEY)).await;
    forget_clean_end(folder.path());
    for step in 0..200 {
        let mut bytes = whole.clone();
        let at = (step * 7919 + 3) * whole.len() / (200 * 7919);
        bytes[at] ^= 1 << (step % 8);
        std::fs::write(database(folder.path()), &bytes).unwrap();
        let error = refused(folder.path(), Some(KEY)).await;
        assert!(matches!(error, StoreError::Damaged(_)), "byte {at}: {error}");
    }
    std::fs::write(database(folder.path()), &whole).unwrap();
    assert!(try_open(folder.path(), Some(KEY)).await.is_ok());
}

/// Of an encrypted database every length but the whole is found, whether or not it ends with a page.
#[tokio::test]
async fn every_truncation_of_an_encrypted_database_is_found() {
    let folder = tempdir().unwrap();
    let whole = sample(folder.path(), Some(KEY)).await;
    forget_clean_end(folder.path());
    let pages = whole.len() / 4096;
    for step in 1..=200 {
        let length = if step % 2 == 0 { (step * pages / 201).max(1) * 4096 } else { step * whole.len() / 201 };
        std::fs::write(database(folder.path()), &whole[..length]).unwrap();
        let error = refused(folder.path(), Some(KEY)).await;
        assert!(matches!(error, StoreError::Damaged(_)), "{length}: {error}");
    }
    std::fs::write(database(folder.path()), &whole).unwrap();
    assert!(try_open(folder.path(), Some(KEY)).await.is_ok());
}

/// After a proper end the start is quick and reads no more than it needs; damage is then found by whoever meets it,
/// as an error and never as wrong text.
#[tokio::test]
async fn a_bit_flipped_after_a_proper_end_never_becomes_wrong_text() {
    let folder = tempdir().unwrap();
    let whole = sample(folder.path(), Some(KEY)).await;
    let truth = everything(&open(folder.path(), Some(KEY)).await).await.unwrap();
    for step in 0..60 {
        let copy = tempdir().unwrap();
        let mut bytes = whole.clone();
        bytes[(step * 7919 + 11) * whole.len() / (60 * 7919)] ^= 1 << (step % 8);
        std::fs::write(database(copy.path()), &bytes).unwrap();
        std::fs::write(copy.path().join("clean"), "").unwrap();
        let read = match try_open(copy.path(), Some(KEY)).await {
            Ok(opened) => everything(&opened.store).await,
            Err(error) => Err(error),
        };
        match read {
            Ok(read) => assert_eq!(read, truth, "step {step}"),
            Err(error) => assert!(matches!(error, StoreError::Damaged(_)), "step {step}: {error}"),
        }
    }
}

async fn everything(store: &Store) -> Result<Vec<String>, StoreError> {
    let mut all = Vec::new();
    for chat in store.chats(false).await? {
        for message in store.tree(chat.id).await? {
            all.push(format!("{:?}{:?}", message.text, message.answer));
        }
    }
    Ok(all)
}

#[tokio::test]
async fn a_start_that_was_cut_short_before_anything_was_kept_begins_anew() {
    for key in BOTH {
        let folder = tempdir().unwrap();
        std::fs::write(database(folder.path()), "").unwrap();
        assert_eq!(store::kind(folder.path()).unwrap(), store::DatabaseKind::Missing);
        new_chat(&open(folder.path(), key).await).await;
    }
}

#[tokio::test]
async fn settings_that_cannot_be_read_are_an_error_and_stay() {
    let folder = tempdir().unwrap();
    let store = open(folder.path(), None).await;
    store.put_value("settings", "{\"theme\": \"sepia\"}").await.unwrap();
    let error = store.settings().await.unwrap_err();
    assert!(matches!(&error, StoreError::Damaged(said) if !said.contains("sepia")), "{error}");
    assert_eq!(store.value("settings").await.unwrap().as_deref(), Some("{\"theme\": \"sepia\"}"));
}
