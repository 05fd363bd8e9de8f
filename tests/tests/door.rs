//! The door before the chats: locked and opened in each way, with the real store, slots and worker.
#![allow(clippy::unwrap_used)]

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use acceptance::{Desktop, no_keychain, platform, profile};
use app::{Door, Hooks};
use domain::{Chat, ChatSummary};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use vault::{MemoryKeychain, VaultError};
use wire::{Boot, Failure, Keeping, Nothing, RecoveryCode, Security, Typed, Way};

const PASSPHRASE: &str = "correct horse battery";
const WORDS: &str = "quagmire zephyr xylophone";

struct House {
    door: Arc<Door>,
    desktop: Arc<Desktop>,
    keychain: Arc<MemoryKeychain>,
    renewed: Arc<AtomicU32>,
}

impl House {
    fn open(folder: &Path, keychain: MemoryKeychain) -> Self {
        Self::open_with(folder, Arc::new(keychain))
    }

    fn open_with(folder: &Path, keychain: Arc<MemoryKeychain>) -> Self {
        let (desktop, renewed) = (Arc::new(Desktop::default()), Arc::new(AtomicU32::new(0)));
        let counted = renewed.clone();
        let hooks = Hooks {
            renew: Box::new(move || {
                counted.fetch_add(1, Ordering::SeqCst);
            }),
            ..Hooks::default()
        };
        let door = Door::begin(profile(folder), platform(desktop.clone(), keychain.clone()), hooks);
        Self { door, desktop, keychain, renewed }
    }

    async fn call<T: DeserializeOwned>(&self, command: &str, args: Value) -> Result<T, Failure> {
        Ok(serde_json::from_value(self.door.dispatch(command, args).await?).unwrap())
    }

    async fn ok<T: DeserializeOwned>(&self, command: &str, args: Value) -> T {
        self.call(command, args).await.unwrap_or_else(|failure| panic!("{command}: {failure:?}"))
    }

    async fn refused(&self, command: &str, args: Value) -> Failure {
        self.call::<Value>(command, args).await.expect_err(command)
    }

    /// A chat with a question that stands in its draft.
    async fn with_chat(&self) -> Chat {
        let chat: Chat = self.ok("chat_create", json!({"folder": null, "assistant": null})).await;
        self.ok::<Nothing>("chat_draft", json!({"chat": chat.id, "text": WORDS})).await;
        chat
    }

    async fn draft(&self, chat: &Chat) -> String {
        let view: wire::ChatView = self.ok("chat_open", json!({"chat": chat.id, "message": null})).await;
        view.chat.draft
    }

    async fn set_passphrase(&self, passphrase: &str) -> Security {
        self.ok("passphrase_set", json!({"passphrase": passphrase})).await
    }

    async fn unlock(&self, passphrase: &str) -> Result<Nothing, Failure> {
        self.call("unlock", json!({"kind": "passphrase", "passphrase": passphrase})).await
    }

    async fn ways(&self) -> Vec<Way> {
        self.ok::<Security>("security", Value::Null).await.ways.into_iter().map(|way| way.way).collect()
    }
}

fn holds(folder: &Path, words: &str) -> bool {
    acceptance::files_under(folder).iter().any(|file| {
        let bytes = std::fs::read(folder.join(file)).unwrap_or_default();
        bytes.windows(words.len()).any(|window| window == words.as_bytes())
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn locked_it_answers_nothing_and_forgets_the_key_and_the_passphrase_opens_it() {
    let folder = tempfile::tempdir().unwrap();
    let house = House::open(folder.path(), MemoryKeychain::default());
    let chat = house.with_chat().await;
    let refused = house.refused("lock", Value::Null).await;
    assert!(refused.message().starts_with("Set a passphrase"), "{refused:?}");

    let security = house.set_passphrase(PASSPHRASE).await;
    assert!(security.can_lock && security.keeping == Keeping::Encrypted, "{security:?}");
    assert_eq!(house.ways().await, [Way::Keychain, Way::Passphrase]);
    house.ok::<Nothing>("lock", Value::Null).await;
    assert_eq!(house.renewed.load(Ordering::SeqCst), 1, "the page begins anew");
    for (command, args) in [("boot", Value::Null), ("chat_list", json!({"trash": false})), ("security", Value::Null)] {
        let refused = house.refused(command, args).await;
        let Failure::StoreLocked { ways, by_user: true, .. } = refused else { panic!("{command}: {refused:?}") };
        assert_eq!(ways, [Way::Passphrase], "the keychain would open to whoever sits there");
    }
    assert!(matches!(house.refused("unlock", json!({"kind": "keychain"})).await, Failure::InvalidInput { .. }));
    let wrong = house.unlock("correct horse").await;
    assert!(matches!(wrong, Err(Failure::WrongKey { .. })), "{wrong:?}");
    assert!(matches!(house.refused("boot", Value::Null).await, Failure::StoreLocked { by_user: true, .. }));
    house.door.retry();
    assert!(matches!(house.refused("boot", Value::Null).await, Failure::StoreLocked { .. }), "it stays locked");

    house.unlock(PASSPHRASE).await.unwrap();
    assert_eq!(house.draft(&chat).await, WORDS);
    house.door.shut_down().await;
    assert!(!holds(folder.path(), WORDS) && !holds(folder.path(), PASSPHRASE));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_under_way_is_kept_when_it_locks() {
    let folder = tempfile::tempdir().unwrap();
    let house = House::open(folder.path(), MemoryKeychain::default());
    house.set_passphrase(PASSPHRASE).await;
    let chat: Chat = house.ok("chat_create", json!({"folder": null, "assistant": null})).await;
    let sent: wire::Sent = house
        .ok("chat_send", json!({"chat": chat.id, "text": "Tell me a story", "parent": null, "edit_of": null}))
        .await;
    house.ok::<Nothing>("lock", Value::Null).await;
    house.unlock(PASSPHRASE).await.unwrap();
    let view: wire::ChatView = house.ok("chat_open", json!({"chat": chat.id, "message": null})).await;
    let answer = view.messages.iter().find(|message| message.id == sent.answer.id).unwrap();
    assert_ne!(answer.state, domain::MessageState::Streaming);
    house.door.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_keychain_leaves_the_passphrase_and_the_code_and_never_an_empty_database() {
    let folder = tempfile::tempdir().unwrap();
    let house = House::open(folder.path(), MemoryKeychain::default());
    let chat = house.with_chat().await;
    house.set_passphrase(PASSPHRASE).await;
    let code: RecoveryCode = house.ok("recovery_make", Value::Null).await;
    house.door.shut_down().await;

    for keychain in [MemoryKeychain::default(), no_keychain(), MemoryKeychain::broken(VaultError::Locked("x".into()))] {
        let house = House::open(folder.path(), keychain);
        let refused = house.refused("boot", Value::Null).await;
        let Failure::StoreLocked { message, ways, by_user: false } = &refused else { panic!("{refused:?}") };
        assert!(message.contains("untouched"), "{message}");
        assert!(ways.contains(&Way::Passphrase) && ways.contains(&Way::Recovery));
        house.unlock(PASSPHRASE).await.unwrap();
        assert_eq!(house.draft(&chat).await, WORDS);
        house.door.shut_down().await;
    }
    let house = House::open(folder.path(), no_keychain());
    let Typed(code) = code.code;
    let mistyped = json!({"kind": "recovery", "code": code.replacen(|c: char| c != '-', "?", 1)});
    assert!(matches!(house.refused("unlock", mistyped).await, Failure::WrongKey { .. }));
    house.ok::<Nothing>("unlock", json!({"kind": "recovery", "code": code.to_lowercase()})).await;
    assert_eq!(house.draft(&chat).await, WORDS);
    house.door.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_chats_are_encrypted_by_a_passphrase_and_no_file_holds_a_word_after_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let house = House::open(folder.path(), no_keychain());
    let chat = house.with_chat().await;
    let boot: Boot = house.ok("boot", Value::Null).await;
    assert!(matches!(boot.keeping, Keeping::Plain { .. }));
    let short = house.refused("passphrase_set", json!({"passphrase": "short"})).await;
    assert!(matches!(short, Failure::InvalidInput { .. }), "{short:?}");

    let security = house.set_passphrase(PASSPHRASE).await;
    assert_eq!(security.keeping, Keeping::Encrypted);
    let boot: Boot = house.ok("boot", Value::Null).await;
    assert!(boot.notices.iter().any(|notice| notice.contains("encrypted now")), "{:?}", boot.notices);
    assert_eq!(house.draft(&chat).await, WORDS);
    house.door.shut_down().await;
    assert!(!holds(folder.path(), WORDS));

    let house = House::open(folder.path(), no_keychain());
    assert!(matches!(house.refused("boot", Value::Null).await, Failure::StoreLocked { by_user: false, .. }));
    house.unlock(PASSPHRASE).await.unwrap();
    assert_eq!(house.draft(&chat).await, WORDS);
    house.door.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_key_leaves_nothing_that_the_old_one_opens() {
    let folder = tempfile::tempdir().unwrap();
    let house = House::open(folder.path(), MemoryKeychain::default());
    let chat = house.with_chat().await;
    house.set_passphrase(PASSPHRASE).await;
    let code: RecoveryCode = house.ok("recovery_make", Value::Null).await;
    assert!(matches!(house.refused("key_change", json!({"passphrase": null})).await, Failure::InvalidInput { .. }));
    let wrong = house.refused("key_change", json!({"passphrase": "another one"})).await;
    assert!(matches!(wrong, Failure::WrongKey { .. }), "{wrong:?}");
    let security: Security = house.ok("key_change", json!({"passphrase": PASSPHRASE})).await;
    assert_eq!(security.ways.iter().map(|way| way.way).collect::<Vec<_>>(), [Way::Keychain, Way::Passphrase]);
    assert_eq!(house.draft(&chat).await, WORDS);
    house.ok::<Nothing>("lock", Value::Null).await;
    house.unlock(PASSPHRASE).await.unwrap();
    house.ok::<Nothing>("lock", Value::Null).await;
    let Typed(code) = code.code;
    assert!(matches!(
        house.refused("unlock", json!({"kind": "recovery", "code": code})).await,
        Failure::InvalidInput { .. }
    ));
    house.unlock(PASSPHRASE).await.unwrap();
    house.door.shut_down().await;

    let house = House::open_with(folder.path(), house.keychain);
    assert_eq!(house.draft(&chat).await, WORDS, "the keychain opens by itself");
    house.door.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keychain_can_be_left_out_and_taken_in_again_and_the_last_way_stays() {
    let folder = tempfile::tempdir().unwrap();
    let house = House::open(folder.path(), MemoryKeychain::default());
    house.with_chat().await;
    assert!(matches!(house.refused("keychain_use", json!({"on": false})).await, Failure::InvalidInput { .. }));
    house.set_passphrase(PASSPHRASE).await;
    house.ok::<Security>("keychain_use", json!({"on": false})).await;
    assert_eq!(house.ways().await, [Way::Passphrase]);
    assert!(matches!(house.refused("passphrase_remove", Value::Null).await, Failure::InvalidInput { .. }));
    house.door.shut_down().await;

    let house = House::open_with(folder.path(), house.keychain);
    assert!(matches!(house.refused("boot", Value::Null).await, Failure::StoreLocked { .. }), "it asks at every start");
    house.unlock(PASSPHRASE).await.unwrap();
    house.ok::<Security>("keychain_use", json!({"on": true})).await;
    house.ok::<Security>("passphrase_remove", Value::Null).await;
    assert_eq!(house.ways().await, [Way::Keychain]);
    house.door.shut_down().await;
    let house = House::open_with(folder.path(), house.keychain);
    assert_eq!(house.ok::<Vec<ChatSummary>>("chat_list", json!({"trash": false})).await.len(), 1);
    house.door.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_windows_that_change_keys_neither_undoes_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let first = House::open(folder.path(), MemoryKeychain::default());
    let chat = first.with_chat().await;
    let second = House::open_with(folder.path(), first.keychain.clone());
    assert_eq!(second.draft(&chat).await, WORDS);

    first.set_passphrase(PASSPHRASE).await;
    let refused = second.refused("recovery_make", Value::Null).await;
    assert!(refused.message().contains("changed by another window"), "{refused:?}");
    let code: RecoveryCode = second.ok("recovery_make", Value::Null).await;
    assert_eq!(second.ways().await, [Way::Keychain, Way::Passphrase, Way::Recovery]);

    // Another key needs the chats for itself, and what that left behind is in nobody's way.
    second.door.dispatch("security", Value::Null).await.unwrap();
    first.refused("keychain_use", json!({"on": false})).await;
    let refused = first.refused("key_change", json!({"passphrase": PASSPHRASE})).await;
    assert!(matches!(refused, Failure::StoreInUse { .. }), "{refused:?}");
    first.ok::<Security>("keychain_use", json!({"on": false})).await;
    assert_eq!(first.ways().await, [Way::Passphrase, Way::Recovery]);
    second.door.shut_down().await;
    first.door.shut_down().await;

    let house = House::open_with(folder.path(), first.keychain);
    assert!(matches!(house.refused("boot", Value::Null).await, Failure::StoreLocked { .. }));
    house.ok::<Nothing>("unlock", json!({"kind": "recovery", "code": code.code})).await;
    assert_eq!(house.draft(&chat).await, WORDS);
    house.ok::<Nothing>("lock", Value::Null).await;
    house.unlock(PASSPHRASE).await.unwrap();
    house.ok::<Security>("key_change", json!({"passphrase": PASSPHRASE})).await;
    assert_eq!(house.ways().await, [Way::Passphrase], "the old code opens nothing any more");
    house.door.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_lay_in_the_keychain_by_itself_is_taken_over_and_taken_out() {
    let folder = tempfile::tempdir().unwrap();
    let house = House::open(folder.path(), MemoryKeychain::default());
    let chat = house.with_chat().await;
    house.door.shut_down().await;
    // As it was before there were slots.
    let slots = vault::KeySlots::read(folder.path()).unwrap().unwrap();
    let key = slots.open_with_keychain(&*house.keychain).await.unwrap().remove(0);
    let bytes = domain::Secret::new(key.reveal().to_vec());
    vault::Keychain::set(&*house.keychain, "data key", &bytes).await.unwrap();
    for place in ["keyslots.json", "backups/keyslots.json"] {
        std::fs::remove_file(folder.path().join(place)).unwrap();
    }

    let house = House::open_with(folder.path(), house.keychain);
    assert_eq!(house.draft(&chat).await, WORDS);
    assert_eq!(vault::Keychain::get(&*house.keychain, "data key").await, Ok(None));
    house.set_passphrase(PASSPHRASE).await;
    house.ok::<Security>("keychain_use", json!({"on": false})).await;
    house.door.shut_down().await;
    let house = House::open_with(folder.path(), house.keychain);
    assert!(matches!(house.refused("boot", Value::Null).await, Failure::StoreLocked { .. }), "nothing else opens it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_pasted_kept_and_never_shown() {
    let (folder, key) = (tempfile::tempdir().unwrap(), "hf_0123456789abcdefghijWXYZ");
    for keychain in [MemoryKeychain::default(), no_keychain()] {
        let folder = folder.path().join(
            vault::Keychain::backend(&keychain) + if vault::can_keep(&keychain).await.is_ok() { "a" } else { "b" },
        );
        let house = House::open(&folder, keychain);
        house.with_chat().await;
        if house.ways().await.is_empty() {
            *house.desktop.clipboard.lock().unwrap() = Some(key.to_owned());
            let refused = house.refused("secret_paste", json!({"id": "hub"})).await;
            assert!(matches!(refused, Failure::KeychainUnavailable { .. }), "{refused:?}");
            house.set_passphrase(PASSPHRASE).await;
        }
        *house.desktop.clipboard.lock().unwrap() = Some(format!(" {key}\n"));
        let kept: wire::SecretInfo = house.ok("secret_paste", json!({"id": "hub"})).await;
        assert_eq!(kept.last_four.as_deref(), Some("WXYZ"));
        assert_eq!(*house.desktop.clipboard.lock().unwrap(), None, "the clipboard is emptied");
        for command in ["secrets", "boot", "security", "diagnostics"] {
            let answer = house.door.dispatch(command, Value::Null).await.unwrap().to_string();
            assert!(!answer.contains(&key[..20]), "{command}");
        }
        assert!(!holds(&folder, key));
        let gone: wire::SecretInfo = house.ok("secret_remove", json!({"id": "hub"})).await;
        assert_eq!(gone.last_four, None);
        house.door.shut_down().await;
        assert!(!holds(&folder, key));
    }
}
