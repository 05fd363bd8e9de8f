//! Which key a database gets, whatever the keychain does.
#![allow(clippy::unwrap_used)]

use domain::Secret;
use tempfile::tempdir;
use vault::{DataKey, Database, Keychain, MemoryKeychain, VaultError, data_key};

const NAME: &str = "data key";

async fn ask(keychain: &MemoryKeychain, database: Database) -> Result<DataKey, VaultError> {
    data_key(keychain, tempdir().unwrap().path(), database).await
}

#[tokio::test]
async fn the_first_start_makes_a_key_and_later_ones_find_it() {
    let keychain = MemoryKeychain::default();
    let DataKey::Key(key) = ask(&keychain, Database::Missing).await.unwrap() else { panic!("no key") };
    assert_ne!(*key.reveal(), [0; 32]);
    assert_eq!(ask(&keychain, Database::Encrypted).await.unwrap(), DataKey::Key(key.clone()));
    // Another data folder takes the same key rather than put a new one in its place.
    assert_eq!(ask(&keychain, Database::Missing).await.unwrap(), DataKey::Key(key));
}

#[tokio::test]
async fn starts_at_the_same_moment_agree_on_one_key() {
    let (keychain, folder) = (MemoryKeychain::default(), tempdir().unwrap());
    let start = || data_key(&keychain, folder.path(), Database::Missing);
    let (first, second) = tokio::join!(start(), start());
    assert_eq!(first.unwrap(), second.unwrap());
}

#[tokio::test]
async fn an_encrypted_database_never_gets_a_new_key() {
    let keychain = MemoryKeychain::default();
    assert_eq!(ask(&keychain, Database::Encrypted).await, Err(VaultError::KeyMissing));
    assert!(keychain.get(NAME).await.unwrap().is_none(), "nothing was written");
    for fault in [
        VaultError::Unavailable("gone".to_owned()),
        VaultError::Locked("locked".to_owned()),
        VaultError::Denied("denied".to_owned()),
        VaultError::Silent(60),
    ] {
        keychain.fail(fault.clone());
        assert_eq!(ask(&keychain, Database::Encrypted).await, Err(fault));
    }
}

#[tokio::test]
async fn without_a_keychain_that_keeps_a_first_database_is_plain_and_says_why() {
    for keychain in [
        MemoryKeychain::broken(VaultError::Unavailable("no D-Bus".to_owned())),
        MemoryKeychain::broken(VaultError::Locked("prompt".to_owned())),
        MemoryKeychain::forgetful(),
    ] {
        let DataKey::Plain { reason } = ask(&keychain, Database::Missing).await.unwrap() else { panic!("a key") };
        assert!(reason.starts_with("Chats are kept unencrypted. ") && reason.ends_with('.'), "{reason}");
    }
}

#[tokio::test]
async fn what_stands_under_the_name_and_is_no_key_stays() {
    let keychain = MemoryKeychain::default();
    keychain.set(NAME, &Secret::new(b"short".to_vec())).await.unwrap();
    assert_eq!(ask(&keychain, Database::Encrypted).await, Err(VaultError::KeyMalformed));
    assert!(matches!(ask(&keychain, Database::Missing).await.unwrap(), DataKey::Plain { .. }));
    assert_eq!(keychain.get(NAME).await.unwrap().unwrap().reveal(), b"short");
}

#[tokio::test]
async fn a_plain_database_stays_plain_and_asks_no_keychain() {
    let keychain = MemoryKeychain::broken(VaultError::Silent(60));
    assert!(matches!(ask(&keychain, Database::Plain).await.unwrap(), DataKey::Plain { .. }));
}

#[tokio::test]
async fn a_keychain_that_is_mended_works_again() {
    let keychain = MemoryKeychain::broken(VaultError::Silent(60));
    keychain.mend();
    keychain.set("name", &Secret::new(vec![1])).await.unwrap();
    assert_eq!(keychain.get("name").await.unwrap(), Some(Secret::new(vec![1])));
    keychain.delete("name").await.unwrap();
    assert_eq!(keychain.get("name").await.unwrap(), None);
}
