//! Every key × absent, valid, invalid, of the wrong type, locked against what is recommended.

use policy::{KEYS, Key, Kind, Mode, Status};
use serde_json::{Value as Json, json};

use crate::Computer;

/// What they say of a thing that does not exist is obeyed, whatever it is.
const ONLY_FORBID: [&str; 4] = ["pii.level", "pii.entities", "secrets.action", "mcp.allowed_commands_sha256"];

/// A value that can be obeyed, if there is one.
fn valid(key: &Key) -> Option<Json> {
    key.obeyed_example().map(|text| serde_json::from_str(text).unwrap())
}

/// The right type and a wrong value; a flag has none.
fn invalid(kind: Kind) -> Option<Json> {
    match kind {
        Kind::Flag => None,
        Kind::Choice(_) => Some(json!("perhaps")),
        Kind::Count { most, .. } => Some(json!(u64::from(most) + 1)),
        Kind::Text(_) => Some(json!("")),
        Kind::Texts(_) => Some(json!(["\n"])),
        Kind::Table(_) => Some(json!({"name": "\n"})),
        Kind::Choices(_) => Some(json!({"iban": "perhaps"})),
    }
}

fn wrong_types(kind: Kind) -> Vec<Json> {
    let all = [json!(null), json!(true), json!(1), json!(1.5), json!("1"), json!([1]), json!({"name": 1})];
    let fits = |json: &Json| match kind {
        Kind::Flag => json.is_boolean(),
        Kind::Count { .. } => json.is_u64(),
        // "1" is a wrong value of the right type.
        Kind::Choice(_) | Kind::Text(_) => json.is_string(),
        Kind::Texts(_) | Kind::Table(_) | Kind::Choices(_) => false,
    };
    all.into_iter().filter(|json| !fits(json)).collect()
}

fn managed(key: &Key, value: &Json) -> Computer {
    let computer = Computer::new();
    computer.file("managed/10.json", json!({ key.name: value }).to_string());
    computer
}

fn assert_refused(key: &Key, value: &Json) {
    let policy = managed(key, value).policy();
    let [problem] = policy.problems() else { panic!("{} {value}: {:?}", key.name, policy.problems()) };
    assert_eq!((problem.key.as_deref(), problem.line), (Some(key.name), Some(1)), "{value}");
    assert_eq!(problem.column, Some(key.name.len() + 5), "the value is pointed at: {problem}");
    assert_eq!(policy.fails_closed(), key.security, "{} {value}", key.name);
    if key.security {
        assert_eq!((policy.mode(), policy.sealed_lock()), (Some(Mode::Sealed), true));
        assert!(policy.is_managed() && policy.is_locked("mode") && policy.is_locked("sealed.lock"));
    }
    // What the key itself governs is cautious, and nothing else is.
    let set: Vec<_> = policy.entries().into_iter().map(|entry| (entry.key, entry.value)).collect();
    let cautious = key.cautious.map(|text| (key.name, text.to_owned()));
    assert_eq!(set, Vec::from_iter(cautious), "{value}");
}

#[test]
fn absent_keys_set_nothing() {
    let computer = Computer::new();
    let policy = computer.file("managed/10.json", "{}").policy();
    assert!(policy.problems().is_empty() && !policy.is_managed() && !policy.fails_closed());
    for key in KEYS {
        assert!(policy.origin(key.name).is_none() && !policy.is_locked(key.name), "{}", key.name);
    }
    assert_eq!(policy.sha256(), None);
}

#[test]
fn valid_values_are_set_and_locked() {
    let mut hashes = std::collections::BTreeSet::new();
    for key in KEYS {
        let Some(value) = valid(key) else { continue };
        let computer = managed(key, &value);
        let policy = computer.policy();
        assert_eq!(computer.problems(), [""; 0], "{}", key.name);
        let [entry] = &policy.entries()[..] else { panic!("{}: {:?}", key.name, policy.entries()) };
        assert_eq!((entry.key, &entry.value), (key.name, &domain::canonical_json(&value)));
        assert_eq!((entry.origin.managed, entry.origin.line), (true, Some(1)));
        assert!(policy.is_locked(key.name) && policy.is_managed() && !policy.fails_closed());
        assert!(hashes.insert(policy.sha256().unwrap()), "{} has the hash of another policy", key.name);
    }
}

#[test]
fn invalid_values_are_refused() {
    for key in KEYS {
        if let Some(value) = invalid(key.kind) {
            assert_refused(key, &value);
        }
    }
}

#[test]
fn values_of_a_wrong_type_are_refused() {
    for key in KEYS {
        for value in wrong_types(key.kind) {
            assert_refused(key, &value);
        }
    }
}

#[test]
fn what_does_not_exist_cannot_be_asked_for() {
    for key in KEYS {
        let Status::Absent { thing, example: obeyed, .. } = key.status else { continue };
        // An example that only forbids is obeyed, and has a row above.
        if obeyed == Some(key.example)
            || ONLY_FORBID.contains(&key.name)
            || matches!(key.name, "tls.min" | "updates.channel" | "override.user_may_send")
        {
            continue;
        }
        assert_refused(key, &serde_json::from_str(key.example).unwrap());
        let problems = managed(key, &serde_json::from_str(key.example).unwrap()).problems();
        assert!(problems[0].contains(thing) && problems[0].contains("not exist in this version"), "{problems:?}");
    }
    for (name, value) in [("tls.min", "1.3"), ("updates.channel", "url"), ("override.user_may_send", "yes")] {
        assert_refused(policy::key(name).unwrap(), &json!(value));
    }
    assert_refused(policy::key("mcp.enabled").unwrap(), &json!(true));
    assert_refused(policy::key("audit.content").unwrap(), &json!(true));
}

#[test]
fn what_is_managed_wins_over_what_is_recommended() {
    for key in KEYS.iter().filter(|key| key.recommendable) {
        let Some(value) = valid(key) else { continue };
        let computer = Computer::new();
        computer.file("recommended/10.json", json!({ key.name: value }).to_string());
        let recommended = computer.policy();
        assert!(!recommended.is_locked(key.name) && !recommended.is_managed(), "{}", key.name);
        assert_eq!(recommended.origin(key.name).map(|origin| origin.managed), Some(false));
        assert!(!recommended.sealed_lock(), "a default cannot lock");
        assert_eq!(recommended.sha256(), None, "a default does not bind");

        computer.file("managed/10.json", format!("{{\n  {:?}: {value}\n}}", key.name));
        let policy = computer.policy();
        assert!(policy.is_locked(key.name), "{}", key.name);
        assert_eq!(policy.origin(key.name).map(|origin| (origin.managed, origin.line)), Some((true, Some(2))));
        assert_eq!(policy.sha256(), managed(key, &value).policy().sha256(), "a default changes no hash");
    }
}

#[test]
fn what_can_only_bind_is_no_default() {
    for key in KEYS.iter().filter(|key| !key.recommendable) {
        let Some(value) = valid(key) else { continue };
        let computer = Computer::new();
        computer.file("recommended/10.json", json!({ key.name: value }).to_string());
        let [problem] = &computer.problems()[..] else { panic!("{}: {:?}", key.name, computer.problems()) };
        assert!(problem.contains(&format!("10.json:1:2: \"{}\" can only bind", key.name)), "{problem}");
        let policy = computer.policy();
        assert!(policy.entries().is_empty() && !policy.fails_closed(), "{}", key.name);
    }
}

#[test]
fn a_name_that_is_not_known_seals_where_it_binds() {
    for name in ["colour", "export.alowed", "egress.allowed-hosts", ""] {
        let computer = Computer::new();
        computer.file("managed/10.json", json!({ name: true }).to_string());
        assert!(computer.policy().fails_closed(), "{name}");
        let computer = Computer::new();
        computer.file("recommended/10.json", json!({ name: true }).to_string());
        assert_eq!((computer.problems().len(), computer.policy().fails_closed()), (1, false), "{name}");
    }
}

#[test]
fn a_bad_default_is_left_out_and_seals_nothing() {
    for key in KEYS {
        let computer = Computer::new();
        computer.file("recommended/10.json", json!({ key.name: null }).to_string());
        let policy = computer.policy();
        assert_eq!((policy.problems().len(), policy.fails_closed(), policy.entries().len()), (1, false, 0));
    }
}

#[test]
fn getters_say_what_the_files_say() {
    let computer = Computer::new();
    let sha256 = "2C26B46B68FFC68FF99B453C1D30413413422D706483BFA0F98A5E886266E7AE";
    let recipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
    let all = json!({
        "mode": "guarded", "sealed.lock": true, "egress.allowed_hosts": ["*.hf.co"], "egress.proxy": "direct",
        "egress.ca_bundle": "/ca.pem", "models.dir": "/srv", "models.allowed_sha256": [sha256],
        "models.allow_unsigned": false, "export.allowed": false, "clipboard.copy": false,
        "storage.encryption": "required", "keys.store": "os+passphrase", "keys.administrator_recipient": recipient,
        "lock.idle_minutes": 15, "audit.enabled": true, "audit.retention_days": 30, "retention.max_days": 365,
        "ui.banner": "Confidential", "updates.channel": "file",
    });
    let policy = computer.file("managed/10.json", all.to_string()).policy();
    assert_eq!(computer.problems(), [""; 0]);
    assert_eq!((policy.mode(), policy.sealed_lock()), (Some(Mode::Guarded), true));
    assert_eq!(policy.allowed_hosts(), Some(&["*.hf.co".to_owned()][..]));
    assert_eq!((policy.proxy(), policy.ca_bundle()), (Some("direct"), Some("/ca.pem")));
    assert_eq!(policy.models_dir(), Some("/srv"));
    assert_eq!(policy.allowed_sha256(), Some(&[sha256.to_lowercase()][..]));
    assert!(!policy.allow_unsigned() && !policy.export_allowed() && !policy.clipboard_copy());
    assert!(policy.encryption_required());
    assert_eq!(policy.keys_store(), Some(policy::KeysStore::OsAndPassphrase));
    assert_eq!(policy.administrator_recipient(), Some(recipient));
    assert_eq!((policy.lock_idle_minutes(), policy.audit_enabled()), (Some(15), Some(true)));
    assert_eq!((policy.audit_retention_days(), policy.retention_max_days()), (Some(30), Some(365)));
    assert_eq!(policy.banner(), Some("Confidential"));
    assert_eq!(policy.updates_channel(), Some(policy::UpdatesChannel::File));

    let nothing = policy::Policy::default();
    assert_eq!((nothing.mode(), nothing.sealed_lock(), nothing.allowed_hosts()), (None, false, None));
    assert!(nothing.allow_unsigned() && nothing.export_allowed() && nothing.clipboard_copy());
    assert!(!nothing.encryption_required() && nothing.audit_enabled().is_none());
}
