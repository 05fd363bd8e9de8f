//! A key goes into its header and is nowhere else.

use acceptance::provider::{ErrorBody, Kind, ProviderDouble, Turn};
use domain::Zone;
use serde_json::{Value, json};

use crate::{Office, questions};

fn holds(bytes: &[u8], needle: &str) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle.as_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_used_keys_leaves_none_in_any_file_answer_event_or_sentence() {
    let mut office = Office::open().await;
    const TEAM: &str = "team-token-0123456789abcdef";
    let mut said = String::new();
    let mut keys = vec![TEAM.to_owned()];
    for kind in Kind::ALL {
        let double = ProviderDouble::start(kind).await;
        keys.push(double.key().to_owned());
        let mut added = office.add(&format!("{kind:?}"), &double, kind, Zone::Cloud).await;
        added.save["headers"] = json!(["X-Team"]);
        let card: Value = office.session.ok("provider_save", added.save.clone()).await;
        office.paste(&format!("provider:{}:header:X-Team", added.id), TEAM).await;
        let chat = office.chat_with(added.model).await;
        let answer = office.ask(chat, "Hello?").await;
        double.script(vec![Turn::Status { code: 401, retry_after: None, body: ErrorBody::Own }]);
        let failed = office.session.ask(chat, "Again?", Some(answer.id)).await;
        let sent = &questions(&double)[0];
        assert_eq!(sent.header("x-team"), Some(TEAM), "{kind:?}");
        let in_headers = sent.headers.iter().any(|(_, value)| value.contains(double.key()));
        assert!(in_headers && !sent.query.contains(double.key()) && !sent.path.contains(double.key()), "{kind:?}");
        let all = (card, answer, failed, office.session.ok::<Value>("provider_list", Value::Null).await);
        said.push_str(&format!("{all:?}"));
    }
    for (command, args) in [
        ("boot", Value::Null),
        ("secrets", Value::Null),
        ("diagnostics", Value::Null),
        ("usage", crate::money::all_days()),
        ("ledger", json!({"before": null, "purpose": null, "host": "", "refused": false, "limit": 1000})),
    ] {
        said.push_str(&office.session.ok::<Value>(command, args).await.to_string());
    }
    office.session.core.shut_down().await;
    for key in &keys {
        assert!(!said.contains(key.as_str()), "a page saw {key}");
        for file in acceptance::files_under(office.data()) {
            let bytes = std::fs::read(office.data().join(&file)).unwrap();
            assert!(!holds(&bytes, key), "{key} in {}", file.display());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn removing_a_provider_removes_its_key() {
    let office = Office::open().await;
    let double = ProviderDouble::start(Kind::Gemini).await;
    let added = office.add("Gemini", &double, Kind::Gemini, Zone::Cloud).await;
    office.session.ok::<Value>("provider_remove", json!({"provider": added.id})).await;
    let secrets: Vec<wire::SecretInfo> = office.session.ok("secrets", Value::Null).await;
    assert!(secrets.iter().all(|secret| !secret.id.starts_with("provider:")), "{secrets:?}");
    let again = office.add("Gemini", &double, Kind::Gemini, Zone::Cloud).await;
    assert_ne!(again.id, added.id);
}
