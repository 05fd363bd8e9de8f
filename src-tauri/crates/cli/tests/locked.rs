//! Chats that cannot be opened: their key is away, they are damaged, or newer than the program.
#![allow(clippy::unwrap_used)]

mod terminal;

use std::{path::Path, sync::Arc};

use app::{Platform, Profile, Quiet, beside};
use domain::SystemClock;
use terminal::Account;
use vault::MemoryKeychain;

/// An encrypted database, made with a keychain that is gone afterwards.
fn encrypted_chats(folder: &Path) {
    let beside = beside(Path::new(env!("CARGO_BIN_EXE_drawbridge-cli")));
    let profile = Profile {
        data_folder: folder.to_owned(),
        worker: beside.worker,
        starter_model: beside.starter_model,
        policy: policy::Sources::none(),
    };
    let platform = Platform {
        clock: Arc::new(SystemClock),
        host: Arc::new(Quiet),
        keychain: Arc::new(MemoryKeychain::default()),
        passphrase: None,
    };
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        app::open(profile, platform).await.unwrap().shut_down().await;
    });
}

fn database(account: &Account) -> Vec<u8> {
    std::fs::read(account.data_folder().join("drawbridge.db")).unwrap()
}

#[test]
fn without_the_key_a_question_is_answered_and_nothing_is_kept() {
    let account = Account::new();
    encrypted_chats(&account.data_folder());
    let before = database(&account);
    let ended = account.ask("What is Drawbridge?");
    assert!(ended.out.contains("Drawbridge"), "{ended:?}");
    assert!(ended.err.contains("This answer is not kept."), "{ended:?}");
    let json = account.run(["ask", "Who are you?", "--max-tokens", "5", "--json"]).done().json();
    assert_eq!(json["chat"], serde_json::Value::Null);
    assert!(json["not_kept_because"].is_string());
    assert!(before == database(&account), "the database was touched");
}

#[test]
fn without_the_key_the_chats_stay_shut() {
    let account = Account::new();
    encrypted_chats(&account.data_folder());
    let before = database(&account);
    for command in [&["chats", "list"][..], &["chats", "search", "x"], &["chats", "show", "x"], &["models", "list"]] {
        account.run(command).refused(4, "key");
    }
    assert!(before == database(&account), "the database was touched");
}

#[test]
fn a_damaged_database_is_left_as_it_is() {
    let account = Account::new();
    account.ask("What is Drawbridge?");
    let path = account.data_folder().join("drawbridge.db");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[100..4096].fill(0xa5); // the head of the schema; the file still says what it is
    std::fs::write(&path, &bytes).unwrap();
    account.run(["chats", "list"]).refused(4, "damaged");
    account.run(["ask", "Who are you?"]).refused(4, "damaged");
    assert!(bytes == database(&account), "the database was touched");
}
