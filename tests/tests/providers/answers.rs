//! A chat with a provider's model is a chat like any other.

use acceptance::provider::{Answer, Finish, Kind, ProviderDouble, Turn, Usage};
use domain::{CrossingOutcome, FinishReason, MessageState, Purpose, Route, Zone};
use serde_json::{Value, json};

use crate::{Office, questions};

fn reasoned() -> Answer {
    Answer {
        reasoning: vec!["It is ".to_owned(), "about the sea.".to_owned()],
        usage: Some(Usage { input: 120, cached: 20, cache_written: 0, output: 30, reasoning: 10 }),
        ..Answer::of(&["Die See ", "ist ruhig 🌊", "\n\nEnde."])
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_provider_streams_its_answer_with_figures_and_says_where_it_came_from() {
    let mut office = Office::open().await;
    for kind in Kind::ALL {
        let double = ProviderDouble::start(kind).await;
        let added = office.add(&format!("{kind:?}"), &double, kind, Zone::Cloud).await;
        double.script(vec![Turn::Answer(reasoned())]);
        let chat = office.chat_with(added.model).await;
        let answer = office.ask(chat, "How is the sea?").await;
        assert_eq!(answer.state, MessageState::Complete, "{kind:?} {answer:?}");
        assert_eq!(answer.text, "Die See ist ruhig 🌊\n\nEnde.", "{kind:?}");
        // Azure speaks Responses here as OpenAI does; whoever sends reasoning, it is kept apart.
        assert_eq!(answer.reasoning, "It is about the sea.", "{kind:?}");
        let facts = answer.answer.unwrap();
        assert_eq!(facts.finish, Some(FinishReason::EndOfTurn));
        let Route::Cloud { provider, reason } = &facts.route else { panic!("{:?}", facts.route) };
        assert_eq!((provider.as_str(), reason.as_str()), (format!("{kind:?}").as_str(), "You chose this model."));
        let usage = facts.usage;
        assert_eq!((usage.prompt_tokens, usage.cached_tokens, usage.output_tokens), (120, 20, 30), "{kind:?}");
        assert!(!usage.estimated && usage.first_token_ms > 0.0, "{kind:?} {usage:?}");
        assert!(facts.bill.is_some_and(|bill| bill.usd_micros > 0 && !bill.estimated), "{kind:?} {:?}", facts.bill);
        let sent = &questions(&double)[0];
        assert!(sent.body.to_string().contains("How is the sea?"), "{kind:?}");
        // Nothing is stored there that need not be, and nothing is offered to the model.
        if kind != Kind::Anthropic && kind != Kind::Compatible {
            assert_eq!(sent.body["store"], json!(false), "{kind:?} {}", sent.body);
        }
        assert!(sent.body.get("tools").is_none() && sent.body.get("previous_response_id").is_none());
        let crossing = office.session.crossings(20).await.into_iter().find(|one| one.purpose == Purpose::ProviderChat);
        let crossing = crossing.unwrap();
        assert_eq!(crossing.outcome, CrossingOutcome::Answered { status: 200 });
        assert!(crossing.bytes_out > 0 && crossing.rule.is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_conversation_goes_along_and_a_model_can_be_changed_in_the_middle() {
    let mut office = Office::open().await;
    let (first, second) = (ProviderDouble::start(Kind::Openai).await, ProviderDouble::start(Kind::Anthropic).await);
    let one = office.add("One", &first, Kind::Openai, Zone::Cloud).await;
    let two = office.add("Two", &second, Kind::Anthropic, Zone::Cloud).await;
    let chat = office.chat_with(one.model).await;
    let settings = json!({"system_prompt": "Be brief.", "temperature": 0.3});
    office.session.ok::<Value>("chat_change", json!({"chat": chat, "patch": {"settings": settings}})).await;
    first.script(vec![Turn::Answer(Answer::of(&["First answer."]))]);
    let answer = office.ask(chat, "First question.").await;
    office.session.ok::<Value>("chat_change", json!({"chat": chat, "patch": {"model": two.model}})).await;
    let answer = office.session.ask(chat, "Second question.", Some(answer.id)).await;
    assert_eq!(answer.answer.unwrap().model, two.model);
    let body = &questions(&second)[0].body;
    assert_eq!(body["system"], "Be brief.");
    let said: Vec<_> =
        body["messages"].as_array().unwrap().iter().map(|one| one["content"].as_str().unwrap()).collect();
    assert_eq!(said, ["First question.", "First answer.", "Second question."]);
    assert_eq!(body["temperature"], 0.3);
    assert_eq!(questions(&first)[0].body["instructions"], "Be brief.");
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_closes_the_connection_and_continue_goes_on() {
    let mut office = Office::open().await;
    let double = ProviderDouble::start(Kind::Anthropic).await;
    let added = office.add("Anthropic", &double, Kind::Anthropic, Zone::Cloud).await;
    let slow = Answer { pause_ms: 150, ..Answer::of(&["One ", "two ", "three ", "four ", "five ", "six ", "seven "]) };
    double.script(vec![Turn::Answer(slow), Turn::Answer(Answer::of(&["and the rest."]))]);
    let chat = office.chat_with(added.model).await;
    let sent = office.try_send(chat, "Count.").await.unwrap();
    let shown = office.session.shown(sent.answer.id, 4).await;
    office.session.ok::<Value>("answer_stop", json!({"message": sent.answer.id})).await;
    let stopped = office.session.ended(sent.answer.id).await;
    assert_eq!(stopped.state, MessageState::Stopped);
    assert!(stopped.text.starts_with(&shown) && !stopped.text.contains("seven"), "{stopped:?}");
    let facts = stopped.answer.unwrap();
    assert!(facts.usage.estimated && facts.bill.is_some_and(|bill| bill.estimated), "its cost is kept: {facts:?}");
    let deadline = tokio::time::Instant::now() + acceptance::PATIENCE;
    while !questions(&double)[0].closed_early {
        assert!(tokio::time::Instant::now() < deadline, "the connection stayed open");
        tokio::task::yield_now().await;
    }
    office.session.ok::<Value>("answer_continue", json!({"message": sent.answer.id})).await;
    let whole = office.session.ended(sent.answer.id).await;
    assert_eq!(whole.text, format!("{}and the rest.", stopped.text));
    let last = questions(&double).pop().unwrap();
    let said = last.body["messages"].as_array().unwrap().clone();
    assert_eq!((said.len(), &said[1]["role"], &said[2]["role"]), (3, &json!("assistant"), &json!("user")));
}

#[tokio::test(flavor = "multi_thread")]
async fn endings_are_called_what_they_are() {
    let mut office = Office::open().await;
    for kind in Kind::ALL {
        let double = ProviderDouble::start(kind).await;
        let added = office.add(&format!("{kind:?}"), &double, kind, Zone::Cloud).await;
        let cut = Answer { finish: Finish::Length, ..Answer::of(&["Cut off"]) };
        double.script(vec![
            Turn::Answer(cut),
            Turn::Refusal { text: vec!["I cannot ".to_owned(), "do that.".to_owned()] },
        ]);
        let chat = office.chat_with(added.model).await;
        let answer = office.ask(chat, "a").await;
        assert_eq!(answer.answer.unwrap().finish, Some(FinishReason::MaxTokens), "{kind:?}");
        let chat = office.chat_with(added.model).await;
        let answer = office.ask(chat, "b").await;
        assert_eq!(answer.answer.unwrap().finish, Some(FinishReason::Declined), "{kind:?}");
        if kind != Kind::Gemini {
            assert_eq!(answer.text, "I cannot do that.", "{kind:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_within_our_walls_is_asked_without_a_question_and_charges_nothing() {
    let mut office = Office::open().await;
    let double = ProviderDouble::start(Kind::Compatible).await;
    let added = office.add("vLLM", &double, Kind::Compatible, Zone::OurNetwork).await;
    let asked = office.asked();
    let chat = office.chat_with(added.model).await;
    let answer = office.ask(chat, "Hello?").await.answer.unwrap();
    assert!(matches!(answer.route, Route::OurNetwork { .. }), "{:?}", answer.route);
    assert_eq!((answer.bill, office.asked()), (None, asked));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_temporary_chat_crosses_and_leaves_no_trace_on_disk_but_figures() {
    let mut office = Office::open().await;
    let double = ProviderDouble::start(Kind::Openai).await;
    let added = office.add("OpenAI", &double, Kind::Openai, Zone::Cloud).await;
    let chat: domain::Chat =
        office.session.ok("chat_create", json!({"folder": null, "assistant": null, "temporary": true})).await;
    office.session.ok::<Value>("chat_change", json!({"chat": chat.id, "patch": {"model": added.model}})).await;
    let answer = office.ask(chat.id, "A whisper.").await;
    assert_eq!(answer.state, MessageState::Complete);
    let report: wire::UsageReport = office.session.ok("usage", crate::money::all_days()).await;
    assert_eq!(report.rows.iter().map(|row| row.answers).sum::<u32>(), 1);
    office.session.core.shut_down().await;
    for file in acceptance::files_under(office.data()) {
        let bytes = std::fs::read(office.data().join(&file)).unwrap();
        for word in ["A whisper.", &chat.id.to_string()] {
            assert!(!bytes.windows(word.len()).any(|part| part == word.as_bytes()), "{word} in {}", file.display());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_a_command_line_added_beside_the_window_is_asked() {
    let mut office = Office::open().await;
    let chat = office.session.new_chat().await;
    let beside = office.beside().await;
    let double = ProviderDouble::start(Kind::Compatible).await;
    let added = beside.add("vLLM", &double, Kind::Compatible, Zone::OurNetwork).await;
    let cards: Vec<wire::ProviderCard> = office.session.ok("provider_list", Value::Null).await;
    assert_eq!(cards[0].provider.id, added.id);
    office.session.ok::<Value>("chat_change", json!({"chat": chat, "patch": {"model": added.model}})).await;
    let answer = office.ask(chat, "Hello?").await;
    assert_eq!(answer.state, MessageState::Complete, "{answer:?}");
}
