//! Nothing crosses unasked.

use acceptance::provider::{Kind, ProviderDouble};
use domain::Zone;
use serde_json::{Value, json};
use wire::{ChatView, Failure, ProviderCard};

use crate::{Office, questions};

#[tokio::test(flavor = "multi_thread")]
async fn a_no_sends_nothing_and_keeps_nothing_and_a_yes_holds_for_the_chat() {
    let mut office = Office::open().await;
    let double = ProviderDouble::start(Kind::Anthropic).await;
    let added = office.add("Anthropic", &double, Kind::Anthropic, Zone::Cloud).await;
    let chat = office.chat_with(added.model).await;
    office.will_say(false);
    let refused = office.try_send(chat, "A secret plan of ours.").await.unwrap_err();
    assert!(
        matches!(&refused, Failure::ConsentNeeded { message } if message.contains("Nothing was sent")),
        "{refused:?}"
    );
    assert!(questions(&double).is_empty());
    let view: ChatView = office.session.ok("chat_open", json!({"chat": chat, "message": null})).await;
    assert!(view.messages.is_empty());
    let asked = office.asked();
    let answer = office.ask(chat, "A secret plan of ours.").await;
    assert_eq!(office.asked(), asked + 1);
    let question = office.session.desktop.questions.lock().unwrap().last().cloned().unwrap();
    for part in ["Anthropic", "127.0.0.1", "EU", "your question", "Price: "] {
        assert!(format!("{question:?}").contains(part), "{part} in {question:?}");
    }
    assert!(!question.text.contains("secret plan"), "the dialog does not repeat the text");
    office.session.ask(chat, "And more of it.", Some(answer.id)).await;
    assert_eq!(office.asked(), asked + 1, "asked once a chat");
    let other = office.chat_with(added.model).await;
    office.ask(other, "Something else.").await;
    assert_eq!(office.asked(), asked + 2, "another chat is another question");
}

#[tokio::test(flavor = "multi_thread")]
async fn sealed_lets_nothing_out_and_open_asks_nobody() {
    let mut office = Office::open().await;
    let double = ProviderDouble::start(Kind::Openai).await;
    let added = office.add("OpenAI", &double, Kind::Openai, Zone::Cloud).await;
    let chat = office.chat_with(added.model).await;
    let before = double.requests().len();
    office.settings(json!({"mode": "sealed"})).await;
    assert!(matches!(office.try_send(chat, "Hello?").await, Err(Failure::Sealed { .. })));
    let trial: wire::ProviderTrial = office.session.ok("provider_test", json!({"provider": added.id})).await;
    assert!(matches!(trial.failure, Some(Failure::Sealed { .. })), "{trial:?}");
    assert_eq!(double.requests().len(), before);
    // Lowering it is a question of its own.
    office.will_say(false);
    office.settings(json!({"mode": "open"})).await;
    assert!(matches!(office.try_send(chat, "Hello?").await, Err(Failure::Sealed { .. })));
    office.settings(json!({"mode": "open"})).await;
    let asked = office.asked();
    office.ask(chat, "Hello?").await;
    assert_eq!(office.asked(), asked);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_address_is_another_provider_no_key_and_no_agreement_go_along() {
    let mut office = Office::open().await;
    let (double, other) = (ProviderDouble::start(Kind::Openai).await, ProviderDouble::start(Kind::Openai).await);
    let added = office.add("OpenAI", &double, Kind::Openai, Zone::Cloud).await;
    let chat = office.chat_with(added.model).await;
    let answer = office.ask(chat, "Hello?").await;
    let mut save = added.save.clone();
    save["base_url"] = json!(other.base_url());
    office.will_say(false);
    let refused = office.session.call::<ProviderCard>("provider_save", save.clone()).await;
    assert!(matches!(refused, Err(Failure::ConsentNeeded { .. })), "{refused:?}");
    let card: ProviderCard = office.session.ok("provider_save", save).await;
    assert!(card.key_elsewhere);
    let asked = office.asked();
    let args = json!({"chat": chat, "text": "And now?", "parent": answer.id, "edit_of": null});
    let failed = office.session.ok::<wire::Sent>("chat_send", args).await;
    let failed = office.session.ended(failed.answer.id).await;
    assert_eq!(office.asked(), asked + 1, "the agreement was with another");
    assert!(failed.answer.unwrap().error.unwrap().contains("has no key yet"));
    assert!(other.requests().is_empty(), "the key does not go to another address");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_cannot_send_a_chat_by_its_own_word() {
    let office = Office::open().await;
    for evil in [
        json!({"base_url": "http://api.example.org/v1", "zone": "cloud"}),
        json!({"base_url": "https://user:pass@api.example.org", "zone": "cloud"}),
        json!({"base_url": "https://api.example.org", "zone": "this_computer"}),
        json!({"base_url": "https://api.example.org", "zone": "cloud", "headers": ["Authorization"]}),
    ] {
        let mut save = json!({
            "provider": null, "kind": "compatible", "name": "Evil", "base_url": "", "zone": "cloud", "region": "",
            "retention": "", "api": "responses", "api_version": "", "auth": "none", "headers": [], "models": [],
        });
        save.as_object_mut().unwrap().extend(evil.as_object().unwrap().clone());
        let refused = office.session.call::<Value>("provider_save", save).await;
        assert!(matches!(refused, Err(Failure::InvalidInput { .. })), "{evil} {refused:?}");
    }
    assert_eq!(office.asked(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_says_which_chat_crossed_by_a_reference_and_of_a_temporary_one_nothing() {
    let mut office = Office::open().await;
    let double = ProviderDouble::start(Kind::Openai).await;
    let added = office.add("OpenAI", &double, Kind::Openai, Zone::Cloud).await;
    let chat = office.chat_with(added.model).await;
    office.ask(chat, "Hello?").await;
    let temporary: domain::Chat =
        office.session.ok("chat_create", json!({"folder": null, "assistant": null, "temporary": true})).await;
    office.session.ok::<Value>("chat_change", json!({"chat": temporary.id, "patch": {"model": added.model}})).await;
    office.ask(temporary.id, "Hello?").await;
    let args = json!({"before": null, "event": "crossing", "limit": 100});
    let page: wire::AuditPage = office.session.ok("audit", args).await;
    let asked = |fact: &&wire::AuditRecord| format!("{fact:?}").contains("/v1/responses");
    let asked: Vec<_> = page.records.iter().filter(asked).collect();
    let named = asked.iter().filter(|record| record.facts.iter().any(|fact| fact.name == "chat")).count();
    // Each question is on record when it begins and when it ends.
    assert_eq!((asked.len(), named), (4, 2), "{asked:?}");
    assert!(!format!("{asked:?}").contains(&chat.to_string()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_crossed_names_its_chat_while_that_is_kept() {
    let mut office = Office::open().await;
    let double = ProviderDouble::start(Kind::Anthropic).await;
    let added = office.add("Anthropic", &double, Kind::Anthropic, Zone::Cloud).await;
    let chat = office.chat_with(added.model).await;
    office.ask(chat, "Tides of the estuary").await;
    let args = json!({"before": null, "purpose": "provider_chat", "host": "", "refused": false, "limit": 9});
    let crossed = async |office: &Office| -> wire::CrossedChat {
        let page: wire::LedgerPage = office.session.ok("ledger", args.clone()).await;
        page.entries[0].chat.clone().unwrap()
    };
    let named = crossed(&office).await;
    assert_eq!((named.chat, named.title.as_deref()), (Some(chat), Some("Tides of the estuary")));
    office.session.ok::<Value>("chat_delete", json!({"chat": chat})).await;
    let thrown_away = crossed(&office).await;
    assert_eq!((thrown_away.chat, thrown_away.title), (None, named.title));
    office.session.ok::<Value>("chat_erase", json!({"chat": chat})).await;
    let erased = crossed(&office).await;
    assert_eq!((erased.chat, erased.title, erased.reference), (None, None, named.reference));
    let list: wire::LedgerPage = office
        .session
        .ok("ledger", json!({"before": null, "purpose": "provider_models", "host": "", "refused": false, "limit": 9}))
        .await;
    assert!(list.entries[0].chat.is_none(), "a list of models is no chat's");
}
