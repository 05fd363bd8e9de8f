//! The file of the slots: what opens, what does not, and what becomes of a damaged one.
#![allow(clippy::unwrap_used)]

use std::{fs, path::Path};

use domain::Secret;
use serde_json::json;
use sha2::Digest as _;
use tempfile::tempdir;
use vault::{Cost, Key, KeySlots, MemoryKeychain, VaultError, Way, WayKind, new_key};

const CHEAP: Cost = Cost { memory_kib: 8, passes: 1 };

const RECIPIENT: &str = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";

fn passphrase(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

fn slots(key: &Key) -> KeySlots {
    let mut slots = KeySlots::new(key);
    slots.set_passphrase(key, &passphrase("correct horse"), CHEAP).unwrap();
    slots
}

fn places(folder: &Path) -> [std::path::PathBuf; 2] {
    [folder.join("keyslots.json"), folder.join("backups/keyslots.json")]
}

#[test]
fn each_way_opens_and_a_wrong_one_says_so() {
    let key = new_key();
    let mut slots = slots(&key);
    let code = slots.make_recovery(&key).unwrap();
    assert_eq!(slots.ways(), [Way::Passphrase, Way::Recovery]);
    assert_eq!(slots.open_with_passphrase(&passphrase("correct horse")), Ok(vec![key.clone()]));
    assert_eq!(slots.open_with_passphrase(&passphrase("Correct horse")), Err(VaultError::WrongPassphrase));
    assert_eq!(slots.open_with_recovery(&code.reveal().to_lowercase()), Ok(vec![key.clone()]));
    let newer = slots.make_recovery(&key).unwrap();
    assert_eq!(slots.open_with_recovery(&code.reveal()), Err(VaultError::WrongRecoveryCode), "a newer one was made");
    let mistyped = newer.reveal().replacen(|c: char| c != '-', "?", 1);
    assert_eq!(slots.open_with_recovery(&mistyped), Err(VaultError::MistypedCode));
    assert_eq!(slots.open_with_identity("AGE-SECRET-KEY-1"), Err(VaultError::NoSuchWay("a key file")));
    slots.set_passphrase(&key, &passphrase("battery staple"), CHEAP).unwrap();
    assert_eq!(slots.open_with_passphrase(&passphrase("correct horse")), Err(VaultError::WrongPassphrase));
    assert_eq!(slots.ways().len(), 2, "the new one is in the old one's place");
}

#[test]
fn the_same_passphrase_typed_on_another_system_opens() {
    let key = new_key();
    // Composed and decomposed letters, a ligature, full width, the angstrom sign.
    let typings = ["Gr\u{fc}\u{df}e \u{e9} fin A\u{30a}", "Gru\u{308}\u{df}e e\u{301} \u{fb01}n \u{212b}"];
    for (set, typed) in [(typings[0], typings[1]), (typings[1], typings[0]), ("abc 123", "\u{ff41}bc\u{a0}\u{ff11}23")]
    {
        let mut slots = KeySlots::new(&key);
        slots.set_passphrase(&key, &passphrase(set), CHEAP).unwrap();
        assert_eq!(slots.open_with_passphrase(&passphrase(typed)), Ok(vec![key.clone()]), "{typed}");
        assert_eq!(slots.open_with_passphrase(&passphrase("Grusse e fin A")), Err(VaultError::WrongPassphrase));
    }
}

#[test]
fn the_last_way_in_stays_and_another_key_changes_nothing() {
    let key = new_key();
    let mut slots = slots(&key);
    assert_eq!(slots.remove(&key, WayKind::Passphrase), Err(VaultError::LastWay));
    assert_eq!(slots.set_passphrase(&new_key(), &passphrase("another"), CHEAP), Err(VaultError::ForeignKey));
    slots.make_recovery(&key).unwrap();
    slots.remove(&key, WayKind::Passphrase).unwrap();
    assert_eq!(slots.ways(), [Way::Recovery]);
    assert!(slots.holds(&key) && !slots.holds(&new_key()));
}

#[tokio::test]
async fn a_change_of_key_has_both_until_one_is_kept() {
    let (old, new, keychain) = (new_key(), new_key(), MemoryKeychain::default());
    let mut both = slots(&old);
    both.add_keychain(&old, &keychain).await.unwrap();
    let mut others = slots(&new);
    others.add_keychain(&new, &keychain).await.unwrap();
    both.add_generation(&old, others);
    let folder = tempdir().unwrap();
    both.write(folder.path()).unwrap();
    let mut both = KeySlots::read(folder.path()).unwrap().unwrap();
    let opened = both.open_with_passphrase(&passphrase("correct horse")).unwrap();
    assert_eq!(opened, [old.clone(), new.clone()]);
    assert_eq!(both.open_with_keychain(&keychain).await.unwrap(), [old.clone(), new.clone()]);
    // The way that only the old key has is no way to the new one, and the last way to another key stays.
    both.make_recovery(&old).unwrap();
    assert_eq!((both.ways().len(), both.ways_to(&old).len(), both.ways_to(&new).len()), (3, 3, 2));
    both.remove(&new, WayKind::Keychain).unwrap();
    assert_eq!((both.ways_to(&old).len(), both.ways_to(&new)), (2, vec![Way::Passphrase]));
    both.remove(&old, WayKind::Passphrase).unwrap();
    assert_eq!((both.ways_to(&old), both.ways_to(&new)), (vec![Way::Recovery], vec![Way::Passphrase]));
    assert_eq!(both.remove(&new, WayKind::Passphrase), Err(VaultError::LastWay));
    both.add_keychain(&new, &keychain).await.unwrap();
    assert!(both.keep_only(&new) && !both.keep_only(&new));
    assert_eq!(both.open_with_keychain(&keychain).await.unwrap(), [new]);
    assert!(!both.holds(&old));
}

#[test]
fn every_changed_bit_and_every_cut_is_noticed_and_the_copy_opens() {
    let (key, folder) = (new_key(), tempdir().unwrap());
    let mut whole = slots(&key);
    whole.write(folder.path()).unwrap();
    let [own, copy] = places(folder.path());
    let good = fs::read(&own).unwrap();
    assert_eq!(fs::read(&copy).unwrap(), good);
    let check = |damaged: &[u8], what: &str| {
        match String::from_utf8(damaged.to_vec()).map(|text| KeySlots::from_text(&text)) {
            // White space is the same slots.
            Ok(Ok(read)) => {
                assert_eq!(read.open_with_passphrase(&passphrase("correct horse")), Ok(vec![key.clone()]))
            }
            Ok(Err(VaultError::SlotsDamaged)) | Err(_) => {}
            other => panic!("{what}: {other:?}"),
        }
        // The copy opens; not each time, because that writes.
        if what.ends_with("37") {
            fs::write(&own, damaged).unwrap();
            assert_eq!(KeySlots::read(folder.path()).unwrap().as_ref(), Some(&whole), "{what}: the copy is there");
        }
    };
    for at in 0..good.len() {
        let mut flipped = good.clone();
        flipped[at] ^= 1 << (at % 8);
        check(&flipped, &format!("bit {at}"));
    }
    for end in 0..good.len() - 2 {
        check(&good[..end], &format!("cut at {end}"));
    }
}

#[test]
fn a_newer_file_is_left_as_it_is() {
    let folder = tempdir().unwrap();
    slots(&new_key()).write(folder.path()).unwrap();
    let [own, _] = places(folder.path());
    let generations = json!([{"check": "of another form"}]);
    let sum = hex::encode(sha2::Sha256::digest(domain::canonical_json(&json!([2, generations]))));
    let newer = json!({"schema": 2, "sum": sum, "generations": generations, "more": true}).to_string();
    fs::write(&own, &newer).unwrap();
    assert_eq!(KeySlots::read(folder.path()), Err(VaultError::SlotsTooNew));
    assert_eq!(fs::read_to_string(&own).unwrap(), newer);
}

#[test]
fn a_passphrase_that_asks_for_all_memory_is_not_set() {
    let key = new_key();
    let mut greedy = KeySlots::new(&key);
    for cost in [Cost { memory_kib: u32::MAX, passes: 3 }, Cost { memory_kib: 8, passes: u32::MAX }] {
        let set = greedy.set_passphrase(&key, &passphrase("correct horse"), cost);
        assert!(matches!(set, Err(VaultError::SlotsAbsurd(_))), "{set:?}");
    }
    assert_eq!(greedy.ways(), []);
}

#[test]
fn there_is_room_for_some_administrators_and_each_opens() {
    let (key, mut slots) = (new_key(), KeySlots::new(&new_key()));
    assert_eq!(slots.set_administrator(&key, RECIPIENT), Err(VaultError::ForeignKey));
    let mut slots = KeySlots::new(&key);
    let identities: Vec<_> = (0..8).map(|_| age::x25519::Identity::generate()).collect();
    for identity in identities.iter().chain(&identities) {
        slots.set_administrator(&key, &identity.to_public().to_string()).unwrap();
    }
    assert_eq!(slots.ways().len(), 8, "each once");
    assert_eq!(slots.set_administrator(&key, RECIPIENT), Err(VaultError::TooManyAdministrators(8)));
    let slots = KeySlots::from_text(&slots.to_text()).unwrap();
    for identity in &identities {
        let text = identity.to_string();
        assert_eq!(slots.open_with_identity(age::secrecy::ExposeSecret::expose_secret(&text)), Ok(vec![key.clone()]));
    }
}

#[cfg(unix)]
#[test]
fn only_its_owner_reads_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempdir().unwrap();
    slots(&new_key()).write(folder.path()).unwrap();
    for place in places(folder.path()) {
        assert_eq!(fs::metadata(place).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
