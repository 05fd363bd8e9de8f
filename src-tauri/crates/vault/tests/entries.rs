//! Which key a database gets, whatever the keychain does.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use domain::Secret;
use tempfile::tempdir;
use vault::{
    Cost, Database, Entry, Key, KeyRule, KeySlots, KeyStore, Keychain, MemoryKeychain, VaultError, Way, enter,
    retire_old_key,
};

/// What a passphrase costs where nobody attacks.
const CHEAP: Cost = Cost { memory_kib: 8, passes: 1 };

async fn ask(keychain: &MemoryKeychain, folder: &Path, database: Database) -> Entry {
    enter(keychain, folder, database, &KeyRule::default()).await.unwrap()
}

fn opened(entry: Entry) -> (Key, KeySlots) {
    match entry {
        Entry::Open { mut keys, slots } if keys.len() == 1 => (keys.remove(0), slots),
        other => panic!("{other:?}"),
    }
}

fn faults() -> [VaultError; 4] {
    [
        VaultError::Unavailable("gone".to_owned()),
        VaultError::Locked("locked".to_owned()),
        VaultError::Denied("denied".to_owned()),
        VaultError::Silent(60),
    ]
}

#[tokio::test]
async fn the_first_start_makes_a_key_and_later_ones_find_it() {
    let (keychain, folder, other) = (MemoryKeychain::default(), tempdir().unwrap(), tempdir().unwrap());
    let (key, _) = opened(ask(&keychain, folder.path(), Database::Missing).await);
    assert_ne!(*key.reveal(), [0; 32]);
    assert_eq!(opened(ask(&keychain, folder.path(), Database::Encrypted).await).0, key);
    // A start that was cut short before there was a database uses what it had made.
    assert_eq!(opened(ask(&keychain, folder.path(), Database::Missing).await).0, key);
    assert_ne!(opened(ask(&keychain, other.path(), Database::Missing).await).0, key, "each folder has its own");
    assert_eq!(opened(ask(&keychain, folder.path(), Database::Encrypted).await).0, key);
}

#[tokio::test]
async fn starts_at_the_same_moment_agree_on_one_key() {
    let (keychain, folder) = (MemoryKeychain::default(), tempdir().unwrap());
    let start = || ask(&keychain, folder.path(), Database::Missing);
    let (first, second) = tokio::join!(start(), start());
    assert_eq!(opened(first).0, opened(second).0);
}

#[tokio::test]
async fn an_encrypted_database_never_gets_a_new_key() {
    let (keychain, folder) = (MemoryKeychain::default(), tempdir().unwrap());
    let (key, mut slots) = opened(ask(&keychain, folder.path(), Database::Missing).await);
    slots.set_passphrase(&key, &Secret::new("correct horse".to_owned()), CHEAP).unwrap();
    slots.write(folder.path()).unwrap();
    let file = std::fs::read(folder.path().join("keyslots.json")).unwrap();
    for fault in faults() {
        keychain.fail(fault.clone());
        let Entry::Locked { reason, ways } = ask(&keychain, folder.path(), Database::Encrypted).await else {
            panic!("{fault:?}")
        };
        assert!(reason.starts_with(&fault.to_string()) && reason.contains("untouched"), "{reason}");
        assert!(ways.contains(&Way::Passphrase));
        keychain.mend();
    }
    keychain.wipe();
    let entry = ask(&keychain, folder.path(), Database::Encrypted).await;
    assert!(matches!(&entry, Entry::Locked { reason, .. } if reason.contains("was reset")), "{entry:?}");
    assert_eq!(std::fs::read(folder.path().join("keyslots.json")).unwrap(), file, "nothing was changed");
    assert_eq!(slots.open_with_passphrase(&Secret::new("correct horse".to_owned())), Ok(vec![key]));
}

#[tokio::test]
async fn without_a_keychain_that_keeps_a_first_database_is_plain_and_says_why() {
    for keychain in [
        MemoryKeychain::broken(VaultError::Unavailable("no D-Bus".to_owned())),
        MemoryKeychain::broken(VaultError::Locked("prompt".to_owned())),
        MemoryKeychain::forgetful(),
    ] {
        let folder = tempdir().unwrap();
        let Entry::Plain { reason } = ask(&keychain, folder.path(), Database::Missing).await else { panic!("a key") };
        assert!(reason.starts_with("Chats are kept unencrypted. ") && reason.ends_with('.'), "{reason}");
        let required = KeyRule { encryption_required: true, ..KeyRule::default() };
        let entry = enter(&keychain, folder.path(), Database::Missing, &required).await.unwrap();
        assert!(matches!(entry, Entry::PassphraseFirst { .. }), "{entry:?}");
        assert!(!folder.path().join("keyslots.json").exists());
    }
}

#[tokio::test]
async fn an_organisation_that_wants_a_passphrase_gets_one_and_its_own_key_opens_too() {
    let (keychain, folder) = (MemoryKeychain::default(), tempdir().unwrap());
    let rule = KeyRule { store: KeyStore::Passphrase, ..KeyRule::default() };
    let entry = enter(&keychain, folder.path(), Database::Missing, &rule).await.unwrap();
    assert!(matches!(entry, Entry::PassphraseFirst { .. }), "{entry:?}");

    let identity = age::x25519::Identity::generate();
    let rule = KeyRule { recipient: Some(identity.to_public().to_string()), ..KeyRule::default() };
    let (key, slots) = opened(enter(&keychain, folder.path(), Database::Missing, &rule).await.unwrap());
    let file = format!("# made for a test\n{}\n", age::secrecy::ExposeSecret::expose_secret(&identity.to_string()));
    assert_eq!(slots.open_with_identity(&file), Ok(vec![key]));
    let other = age::x25519::Identity::generate().to_string();
    let other = age::secrecy::ExposeSecret::expose_secret(&other);
    assert_eq!(slots.open_with_identity(other), Err(VaultError::WrongKeyFile));
    assert_eq!(slots.open_with_identity("no key"), Err(VaultError::WrongKeyFile));

    let bad = KeyRule { recipient: Some("age1nonsense".to_owned()), ..KeyRule::default() };
    let refused = enter(&keychain, tempdir().unwrap().path(), Database::Missing, &bad).await;
    assert_eq!(refused, Err(VaultError::BadRecipient("age1nonsense".to_owned())));
}

#[tokio::test]
async fn a_key_that_lies_in_the_keychain_by_itself_gets_slots_and_goes_once_they_opened_the_chats() {
    let (keychain, folder) = (MemoryKeychain::default(), tempdir().unwrap());
    keychain.set("data key", &Secret::new(vec![7; 32])).await.unwrap();
    let (key, slots) = opened(ask(&keychain, folder.path(), Database::Encrypted).await);
    assert_eq!(*key.reveal(), [7; 32]);
    assert!(slots.holds(&key) && KeySlots::read(folder.path()).unwrap() == Some(slots));
    assert!(keychain.get("data key").await.unwrap().is_some(), "nobody has said yet that it opens the chats");

    // Killed here, the next start finds both.
    let (again, mut slots) = opened(ask(&keychain, folder.path(), Database::Encrypted).await);
    assert!(again == key && slots.is_adopted());
    let mut late = slots.clone();
    retire_old_key(&keychain, folder.path(), &mut slots, &key).await.unwrap();
    assert!(keychain.get("data key").await.unwrap().is_none() && !slots.is_adopted());
    // Killed between the two steps, or in two processes at once: the item is gone and the file says that it is not.
    assert_eq!(retire_old_key(&keychain, folder.path(), &mut late, &key).await, Err(VaultError::SlotsChanged));
    let (again, slots) = opened(ask(&keychain, folder.path(), Database::Encrypted).await);
    assert!(again == key && !slots.is_adopted());
}

#[tokio::test]
async fn a_kill_after_the_old_key_went_is_made_good_and_another_folder_s_key_stays() {
    let (keychain, folder) = (MemoryKeychain::default(), tempdir().unwrap());
    keychain.set("data key", &Secret::new(vec![7; 32])).await.unwrap();
    let (key, _) = opened(ask(&keychain, folder.path(), Database::Encrypted).await);
    keychain.delete("data key").await.unwrap();
    let (_, mut slots) = opened(ask(&keychain, folder.path(), Database::Encrypted).await);
    assert!(slots.is_adopted());
    keychain.set("data key", &Secret::new(vec![8; 32])).await.unwrap();
    keychain.fail(VaultError::Locked("prompt".to_owned()));
    let refused = retire_old_key(&keychain, folder.path(), &mut slots, &key).await;
    assert!(matches!(refused, Err(VaultError::Locked(_))) && slots.is_adopted());
    keychain.mend();
    retire_old_key(&keychain, folder.path(), &mut slots, &key).await.unwrap();
    assert!(keychain.get("data key").await.unwrap().is_some(), "it is not the key of these chats");
    assert_eq!(KeySlots::read(folder.path()).unwrap().map(|slots| slots.is_adopted()), Some(false));
}

#[tokio::test]
async fn lost_slots_are_told_from_a_lost_key_and_make_nothing_new() {
    let (keychain, folder) = (MemoryKeychain::default(), tempdir().unwrap());
    let entry = ask(&keychain, folder.path(), Database::Encrypted).await;
    assert_eq!(
        entry,
        Entry::Locked { reason: format!("{} Your chats are untouched.", VaultError::SlotsGone), ways: Vec::new() }
    );
    keychain.set("data key", &Secret::new(b"short".to_vec())).await.unwrap();
    let entry = ask(&keychain, folder.path(), Database::Encrypted).await;
    assert!(matches!(entry, Entry::Locked { .. }), "{entry:?}");
    assert_eq!(keychain.get("data key").await.unwrap().unwrap().reveal(), b"short");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was written");
}

#[tokio::test]
async fn a_plain_database_stays_plain_and_asks_no_keychain() {
    let keychain = MemoryKeychain::broken(VaultError::Silent(60));
    let folder = tempdir().unwrap();
    assert!(matches!(ask(&keychain, folder.path(), Database::Plain).await, Entry::Plain { .. }));
}

#[tokio::test]
async fn another_keychain_is_named() {
    let (was, now) = (MemoryKeychain::named("KWallet"), MemoryKeychain::named("GNOME"));
    let folder = tempdir().unwrap();
    let (_, slots) = opened(ask(&was, folder.path(), Database::Missing).await);
    let changed = VaultError::KeychainChanged { was: "KWallet".to_owned(), now: "GNOME".to_owned() };
    assert_eq!(slots.open_with_keychain(&now).await, Err(changed));
}

#[tokio::test]
async fn a_keychain_that_is_another_of_the_same_make_lost_its_key_or_holds_another_is_told_apart() {
    let (was, now, folder) = (MemoryKeychain::default(), MemoryKeychain::default(), tempdir().unwrap());
    let (key, slots) = opened(ask(&was, folder.path(), Database::Missing).await);
    let changed = VaultError::KeychainChanged { was: String::new(), now: String::new() };
    assert_eq!(slots.open_with_keychain(&now).await, Err(changed.clone()), "it never kept anything of ours");
    ask(&now, tempdir().unwrap().path(), Database::Missing).await;
    assert_eq!(slots.open_with_keychain(&now).await, Err(changed), "it keeps another folder's");
    let text: serde_json::Value = serde_json::from_str(&slots.to_text()).unwrap();
    let item = text["generations"][0]["slots"][0]["item"].as_str().unwrap();
    for other in [vec![9; 32], vec![9; 5], Vec::new()] {
        was.set(item, &Secret::new(other)).await.unwrap();
        assert_eq!(slots.open_with_keychain(&was).await, Err(VaultError::KeyReplaced));
        let entry = ask(&was, folder.path(), Database::Encrypted).await;
        assert!(matches!(entry, Entry::Locked { .. }), "never a new key: {entry:?}");
    }
    slots.forget_keychain(&was).await.unwrap();
    assert_eq!(slots.open_with_keychain(&was).await, Err(VaultError::KeyMissing));
    was.fail(VaultError::Locked("prompt".to_owned()));
    assert_eq!(slots.open_with_keychain(&was).await, Err(VaultError::Locked("prompt".to_owned())));
    assert!(KeySlots::read(folder.path()).unwrap().unwrap().holds(&key), "nothing was changed");
}
