//! An administrator's policy, obeyed; and the log of what happened, checked.
#![allow(clippy::unwrap_used)]

use std::{fs, path::Path, sync::Arc};

use acceptance::{Desktop, hub, no_keychain, platform, profile};
use app::{Door, Hooks, Profile};
use domain::{Chat, Settings};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use vault::MemoryKeychain;
use wire::{AuditCheck, AuditPage, Boot, CopyText, Exported, Failure, LedgerPage, Mode, Nothing, PolicyView, Security};

struct Office {
    folder: tempfile::TempDir,
    door: Arc<Door>,
    desktop: Arc<Desktop>,
}

/// A profile whose policy lies in the folder `policy` beside its data.
fn managed(folder: &Path) -> Profile {
    let sources = policy::Sources {
        managed: vec![folder.join("policy")],
        recommended: vec![folder.join("recommended")],
        owner_uid: own_uid(folder),
        unchecked: folder.to_owned(),
        ..policy::Sources::none()
    };
    Profile { policy: sources, ..profile(&folder.join("data")) }
}

fn own_uid(folder: &Path) -> u32 {
    std::os::unix::fs::MetadataExt::uid(&fs::metadata(folder).unwrap())
}

fn write(folder: &Path, name: &str, value: &Value) {
    use std::os::unix::fs::PermissionsExt;
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::set_permissions(path.parent().unwrap(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(&path, serde_json::to_string_pretty(value).unwrap()).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
}

impl Office {
    fn with(policy: &Value) -> Self {
        Self::with_keychain(policy, MemoryKeychain::default())
    }

    fn with_keychain(policy: &Value, keychain: MemoryKeychain) -> Self {
        let (folder, desktop) = (tempfile::tempdir().unwrap(), Arc::new(Desktop::default()));
        write(folder.path(), "policy/10.json", policy);
        let door = Door::begin(managed(folder.path()), platform(desktop.clone(), Arc::new(keychain)), Hooks::default());
        Self { folder, door, desktop }
    }

    async fn call<T: DeserializeOwned>(&self, command: &str, args: Value) -> Result<T, Failure> {
        Ok(serde_json::from_value(self.door.dispatch(command, args).await?).unwrap())
    }

    async fn ok<T: DeserializeOwned>(&self, command: &str, args: Value) -> T {
        self.call(command, args).await.unwrap_or_else(|failure| panic!("{command}: {failure:?}"))
    }

    async fn forbidden(&self, command: &str, args: Value) -> String {
        match self.call::<Value>(command, args).await {
            Err(Failure::PolicyForbids { message }) => message,
            other => panic!("{command}: {other:?}"),
        }
    }

    async fn answered(&self) -> (Chat, domain::MessageId) {
        let chat: Chat = self.ok("chat_create", json!({"folder": null, "assistant": null})).await;
        let sent: wire::Sent = self
            .ok("chat_send", json!({"chat": chat.id, "text": "What is Drawbridge?", "parent": null, "edit_of": null}))
            .await;
        let deadline = tokio::time::Instant::now() + acceptance::PATIENCE;
        loop {
            let view: wire::ChatView = self.ok("chat_open", json!({"chat": chat.id, "message": null})).await;
            let answer = view.messages.iter().find(|message| message.id == sent.answer.id).unwrap();
            if answer.state != domain::MessageState::Streaming {
                return (chat, answer.id);
            }
            assert!(tokio::time::Instant::now() < deadline, "no answer came");
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sealed_computer_reaches_nothing_and_says_who_said_so() {
    let hub = hub::Hub::start(hub::models::shelf()).await;
    let office = Office::with(&json!({"mode": "sealed", "sealed.lock": true, "ui.banner": "Confidential"}));
    let boot: Boot = office.ok("boot", Value::Null).await;
    assert_eq!(boot.mode, Mode::Sealed);
    assert!(boot.managed.managed && boot.managed.banner.as_deref() == Some("Confidential"));
    office.ok::<Settings>("settings_change", json!({"patch": hub.settings()})).await;
    office.forbidden("hub_search", json!({"query": "llama", "limit": 5})).await;
    assert!(hub.seen().is_empty(), "{:?}", hub.seen());
    let ledger: LedgerPage =
        office.ok("ledger", json!({"before": null, "purpose": null, "host": "", "refused": true, "limit": 9})).await;
    assert!(matches!(ledger.entries[0].crossing.outcome, domain::CrossingOutcome::Refused { .. }));
    let view: PolicyView = office.ok("policy", Value::Null).await;
    assert_eq!(view.entries.len(), 3);
    assert!(view.problems.is_empty(), "{:?}", view.problems);
    office.door.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistake_in_a_security_key_seals_and_names_file_and_line() {
    let hub = hub::Hub::start(hub::models::shelf()).await;
    let office = Office::with(&json!({"ui.banner": "Example Ltd", "egress.allowed_hosts": "huggingface.co"}));
    let boot: Boot = office.ok("boot", Value::Null).await;
    assert_eq!(boot.mode, Mode::Sealed);
    assert!(boot.managed.problems.iter().any(|problem| problem.contains("10.json:3:")), "{:?}", boot.managed.problems);
    office.ok::<Settings>("settings_change", json!({"patch": hub.settings()})).await;
    office.forbidden("hub_search", json!({"query": "llama", "limit": 5})).await;
    office.door.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_hosts_on_the_list_are_reached() {
    let hub = hub::Hub::start(hub::models::shelf()).await;
    let settings = hub.settings();
    let address: http::Uri = settings["network"]["hub"].as_str().unwrap().parse().unwrap();
    let allowed = format!("{}:{}", address.host().unwrap(), address.port_u16().unwrap());
    for (hosts, reached) in [(vec![allowed], true), (vec!["example.org".to_owned()], false)] {
        let office = Office::with(&json!({"egress.allowed_hosts": hosts}));
        office.ok::<Settings>("settings_change", json!({"patch": settings})).await;
        let found = office.call::<Value>("hub_search", json!({"query": "starter", "limit": 5})).await;
        assert_eq!(found.is_ok(), reached, "{found:?}");
        office.door.shut_down().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_managed_cannot_be_changed_and_is_not_kept_as_the_users_own() {
    let office = Office::with(&json!({"egress.proxy": "http://proxy.example.org:3128", "lock.idle_minutes": 15}));
    let boot: Boot = office.ok("boot", Value::Null).await;
    assert_eq!(boot.settings.lock_minutes, 15);
    assert!(
        matches!(&boot.settings.network.proxy, domain::ProxyRule::Explicit { url } if url.contains("proxy.example.org"))
    );
    let locked: Vec<&str> = boot.managed.locked.iter().map(|setting| setting.setting.as_str()).collect();
    assert_eq!(locked, ["network.proxy", "lock_minutes"]);
    let message = office.forbidden("settings_change", json!({"patch": {"lock_minutes": 0}})).await;
    assert!(message.contains("10.json"), "{message}");
    office.ok::<Settings>("settings_change", json!({"patch": {"theme": "dark"}})).await;
    office.door.shut_down().await;

    fs::remove_file(office.folder.path().join("policy/10.json")).unwrap();
    write(office.folder.path(), "recommended/10.json", &json!({"lock.idle_minutes": 30}));
    let door = Door::begin(
        managed(office.folder.path()),
        platform(office.desktop.clone(), Arc::new(no_keychain())),
        Hooks::default(),
    );
    // Another keychain: the chats are locked, and the policy is not what locks them.
    assert!(matches!(door.core().await.err(), Some(Failure::StoreLocked { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn exports_copies_and_models_are_what_the_policy_allows() {
    let office = Office::with(&json!({
        "export.allowed": false, "clipboard.copy": false, "models.allowed_sha256": [], "models.allow_unsigned": false,
    }));
    let (chat, answer) = office.answered().await;
    let view: wire::ChatView = office.ok("chat_open", json!({"chat": chat.id, "message": null})).await;
    let broken = view.messages.iter().find(|message| message.id == answer).unwrap();
    assert!(broken.answer.as_ref().unwrap().error.as_ref().unwrap().contains("not on the list"), "{broken:?}");
    office.forbidden("chat_export", json!({"chat": chat.id, "format": "markdown"})).await;
    office.forbidden("message_copy", json!({"message": answer})).await;
    office.forbidden("backup_make", json!({"passphrase": "correct horse"})).await;
    let file = office.folder.path().join("own.gguf");
    fs::copy(acceptance::starter_model(), &file).unwrap();
    *office.desktop.picked.lock().unwrap() = vec![file];
    office.forbidden("model_open", Value::Null).await;
    office.door.shut_down().await;

    let sha256 = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(fs::read(acceptance::starter_model()).unwrap()));
    let office = Office::with(&json!({"models.allowed_sha256": [sha256]}));
    let (chat, answer) = office.answered().await;
    let copied: CopyText = office.ok("message_copy", json!({"message": answer})).await;
    assert!(copied.text.contains("Drawbridge"));
    *office.desktop.save_to.lock().unwrap() = Some(office.folder.path().join("chat.md"));
    assert!(
        office.ok::<Option<Exported>>("chat_export", json!({"chat": chat.id, "format": "markdown"})).await.is_some()
    );
    office.door.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_encryption_is_required_nothing_is_written_before_a_passphrase() {
    let office = Office::with_keychain(&json!({"storage.encryption": "required"}), no_keychain());
    let refused = office.call::<Value>("boot", Value::Null).await;
    assert!(matches!(refused, Err(Failure::PassphraseNeeded { .. })), "{refused:?}");
    assert!(!office.folder.path().join("data/drawbridge.db").exists());
    let security: Security = office.ok("passphrase_set", json!({"passphrase": "correct horse"})).await;
    assert_eq!(security.keeping, wire::Keeping::Encrypted);
    let boot: Boot = office.ok("boot", Value::Null).await;
    assert_eq!(boot.keeping, wire::Keeping::Encrypted);
    office.door.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_windows_that_choose_the_first_passphrase_one_does_and_the_other_opens_with_it() {
    let office = Office::with_keychain(&json!({"storage.encryption": "required"}), no_keychain());
    let (desktop, keychain) = (Arc::new(Desktop::default()), Arc::new(no_keychain()));
    let second = Door::begin(managed(office.folder.path()), platform(desktop, keychain), Hooks::default());
    let chosen = ["correct horse", "battery staple"];
    let (first, other) = tokio::join!(
        office.door.dispatch("passphrase_set", json!({"passphrase": chosen[0]})),
        second.dispatch("passphrase_set", json!({"passphrase": chosen[1]})),
    );
    let (refused, passphrase, later) = match (first, other) {
        (Ok(_), Err(refused)) => (refused, chosen[0], &second),
        (Err(refused), Ok(_)) => (refused, chosen[1], &office.door),
        both => panic!("{both:?}"),
    };
    assert!(refused.message().contains("changed by another window"), "{refused:?}");
    let boot = later.dispatch("boot", Value::Null).await;
    assert!(matches!(boot, Err(Failure::StoreLocked { .. })), "{boot:?}");
    later.dispatch("unlock", json!({"kind": "passphrase", "passphrase": passphrase})).await.unwrap();
    office.ok::<Boot>("boot", Value::Null).await;
    second.shut_down().await;
    office.door.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_tells_what_happened_without_a_word_of_it_and_shows_tampering() {
    let office = Office::with(&json!({"ui.banner": "Example Ltd"}));
    let (chat, _) = office.answered().await;
    office.ok::<Security>("passphrase_set", json!({"passphrase": "correct horse"})).await;
    office.ok::<Nothing>("lock", Value::Null).await;
    let wrong = office.call::<Value>("unlock", json!({"kind": "passphrase", "passphrase": "wrong horse"})).await;
    assert!(matches!(wrong, Err(Failure::WrongKey { .. })));
    office.ok::<Nothing>("unlock", json!({"kind": "passphrase", "passphrase": "correct horse"})).await;
    office.ok::<Settings>("settings_change", json!({"patch": {"unload_minutes": 5}})).await;
    office.ok::<Nothing>("chat_delete", json!({"chat": chat.id})).await;
    office.ok::<Nothing>("chat_erase", json!({"chat": chat.id})).await;

    let page: AuditPage = office.ok("audit", json!({"before": null, "event": null, "limit": 100})).await;
    let mut kinds: Vec<&str> = page.records.iter().map(|record| record.event.as_str()).collect();
    kinds.reverse();
    let expected = [
        "policy_loaded",
        "opened",
        "answered",
        "way_set",
        "locked",
        "closed",
        "checkpoint",
        "unlock_failed",
        "policy_loaded",
        "opened",
        "unlocked",
        "reconfigured",
        "deleted",
        "erased",
    ];
    assert_eq!(kinds, expected);
    let folder = office.folder.path().join("data/audit");
    let text: String =
        fs::read_dir(&folder).unwrap().map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap()).collect();
    for secret in ["What is Drawbridge?", "horse", &chat.id.to_string()] {
        assert!(!text.contains(secret), "{secret}");
    }

    let target = office.folder.path().join("handed-out.jsonl");
    *office.desktop.save_to.lock().unwrap() = Some(target.clone());
    office.ok::<Option<Exported>>("audit_export", json!({"format": "jsonl"})).await.unwrap();
    let check: AuditCheck = office.ok("audit_check", Value::Null).await;
    assert!(check.intact && check.signed_to.is_some(), "{check:?}");
    let verdict = audit::verify(std::slice::from_ref(&target), check.public_key.as_deref(), None);
    assert_eq!(verdict.code, audit::Code::Intact, "{verdict:?}");
    let tampered = fs::read_to_string(&target).unwrap().replace("\"by the user\"", "\"by nobody!!\"");
    fs::write(&target, tampered).unwrap();
    assert_eq!(audit::verify(&[target], check.public_key.as_deref(), None).code, audit::Code::Altered);
    office.door.shut_down().await;
}

fn provider(kind: &str, base_url: &str, zone: &str) -> Value {
    json!({
        "provider": null, "kind": kind, "name": "A provider", "base_url": base_url, "zone": zone, "region": "",
        "retention": "", "api": "responses", "api_version": "", "auth": "key", "headers": [], "models": [],
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn only_listed_providers_are_reached_whatever_they_are_called_here() {
    let policy = json!({
        "providers.allowed": ["anthropic", "vllm"],
        "providers.endpoints": {"vllm": "https://vllm.corp.example/v1"},
    });
    let office = Office::with(&policy);
    for (kind, base_url, zone) in [
        ("openai", "https://api.openai.com/v1", "cloud"),
        ("anthropic", "https://anthropic.evil.example/v1", "cloud"),
        ("compatible", "https://other.corp.example/v1", "our_network"),
    ] {
        let message = office.forbidden("provider_save", provider(kind, base_url, zone)).await;
        assert!(message.contains("list of allowed providers") && message.contains("10.json"), "{message}");
    }
    for (kind, base_url, zone) in [
        ("anthropic", "https://api.anthropic.com/v1", "cloud"),
        ("compatible", "https://vllm.corp.example/v1", "our_network"),
        ("compatible", "http://127.0.0.1:11434/v1", "this_computer"),
    ] {
        let card: wire::ProviderCard = office.ok("provider_save", provider(kind, base_url, zone)).await;
        assert_eq!(card.forbidden, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_that_cannot_be_done_yet_lets_nothing_cross_to_the_cloud() {
    for policy in [
        json!({"pii.level": "standard"}),
        json!({"secrets.action": "block"}),
        json!({"providers.zero_retention_only": true}),
    ] {
        let office = Office::with(&policy);
        office.forbidden("provider_save", provider("anthropic", "https://api.anthropic.com/v1", "cloud")).await;
        let inside = provider("compatible", "https://vllm.corp.example/v1", "our_network");
        office.ok::<Value>("provider_save", inside).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_managed_bridge_stays_where_it_is() {
    let office = Office::with(&json!({"mode": "sealed", "sealed.lock": true}));
    let boot: Boot = office.ok("boot", Value::Null).await;
    assert_eq!((boot.mode, boot.settings.mode), (Mode::Sealed, Mode::Sealed));
    for mode in ["guarded", "open"] {
        office.forbidden("settings_change", json!({"patch": {"mode": mode}})).await;
    }
    let office = Office::with(&json!({"mode": "guarded"}));
    office.forbidden("settings_change", json!({"patch": {"mode": "open"}})).await;
}
