//! A bad day: what is written is kept, the reason is a sentence, and another answers only where that was chosen.

use acceptance::provider::{Answer, ErrorBody, Fault, FilteredAt, Kind, ProviderDouble, Turn};
use domain::{Message, MessageState, Route, Zone};
use serde_json::{Value, json};
use wire::AnswerEvent;

use crate::{Added, Office, questions};

fn status(code: u16) -> Turn {
    Turn::Status { code, retry_after: None, body: ErrorBody::Own }
}

fn waits(code: u16, seconds: u32) -> Turn {
    Turn::Status { code, retry_after: Some(seconds.to_string()), body: ErrorBody::Own }
}

fn broken(fault: Fault) -> Turn {
    Turn::Broken { fault, answer: Answer::of(&["The text ", "so far ", "is kept ", "whatever ", "comes."]) }
}

fn error(message: &Message) -> String {
    message.answer.as_ref().unwrap().error.clone().unwrap_or_default()
}

async fn with(kind: Kind) -> (Office, ProviderDouble, Added) {
    let office = Office::open().await;
    let double = ProviderDouble::start(kind).await;
    let added = office.add(&format!("{kind:?}"), &double, kind, Zone::Cloud).await;
    office.settings(json!({"mode": "open"})).await;
    (office, double, added)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_status_of_every_provider_is_a_sentence_and_only_what_passes_is_asked_again() {
    for kind in Kind::ALL {
        let (mut office, double, added) = with(kind).await;
        for code in [400, 401, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 529] {
            let passes = matches!(code, 408 | 409 | 500..);
            let turn = if code == 429 { waits(429, 30) } else { status(code) };
            let mut script = vec![turn];
            if passes {
                script.push(Turn::Answer(Answer::of(&["After all."])));
            }
            double.script(script);
            let before = questions(&double).len();
            let chat = office.chat_with(added.model).await;
            let answer = office.ask(chat, "Hello?").await;
            let attempts = questions(&double).len() - before;
            if passes {
                assert_eq!((answer.text.as_str(), attempts), ("After all.", 2), "{kind:?} {code} {answer:?}");
            } else {
                assert_eq!((answer.state, attempts), (MessageState::Failed, 1), "{kind:?} {code} {answer:?}");
                let message = error(&answer);
                assert!(message.contains(&format!("{kind:?}")) && message.ends_with(['.', '”']), "{code}: {message}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_breaks_in_the_middle_the_text_so_far_is_kept_with_its_cost() {
    for kind in Kind::ALL {
        let (mut office, double, added) = with(kind).await;
        double.script(vec![Turn::ErrorEvent(Answer::of(&["The text ", "so far ", "is kept ", "whatever ", "comes."]))]);
        let chat = office.chat_with(added.model).await;
        let answer = office.ask(chat, "Hello?").await;
        assert_eq!(answer.state, MessageState::Failed, "{kind:?}");
        assert!(answer.text.starts_with("The text ") && !answer.text.ends_with("comes."), "{kind:?} {:?}", answer.text);
        let facts = answer.answer.as_ref().unwrap();
        assert!(facts.usage.output_tokens > 0 && facts.bill.is_some(), "{kind:?} {facts:?}");
        assert_eq!(questions(&double).len(), 1, "{kind:?}: nothing is asked again once a word was shown");
    }
    for fault in [Fault::EarlyEof, Fault::Reset { after_bytes: 700 }, Fault::ChunkedLie] {
        let (mut office, double, added) = with(Kind::Compatible).await;
        // What breaks before the first word is asked again, once.
        double.script(vec![broken(fault), broken(fault)]);
        let chat = office.chat_with(added.model).await;
        let answer = office.ask(chat, "Hello?").await;
        assert_eq!(answer.state, MessageState::Failed, "{fault:?} {answer:?}");
        assert!(error(&answer).contains("bro"), "{fault:?} {answer:?}");
        assert_eq!(questions(&double).len(), if answer.text.is_empty() { 2 } else { 1 }, "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_answer_is_refused_and_holds_up_nothing() {
    let (mut office, double, added) = with(Kind::Openai).await;
    for fault in [Fault::GzipBomb, Fault::Endless] {
        double.script(vec![broken(fault), broken(fault)]);
        let chat = office.chat_with(added.model).await;
        let answer = office.ask(chat, "Hello?").await;
        assert_eq!((answer.state, answer.text.as_str()), (MessageState::Failed, ""), "{fault:?}");
    }
    for at in [FilteredAt::Prompt, FilteredAt::Answer] {
        double.script(vec![Turn::Filtered { at }]);
        let before = questions(&double).len();
        let chat = office.chat_with(added.model).await;
        office.ask(chat, "Hello?").await;
        assert_eq!(questions(&double).len(), before + 1, "no other way round a filter is looked for");
    }
    double.script(vec![Turn::Redirect { to: "https://elsewhere.example.org/v1/responses".to_owned() }]);
    let chat = office.chat_with(added.model).await;
    let answer = office.ask(chat, "Hello?").await;
    assert_eq!(answer.state, MessageState::Failed);
    assert!(error(&answer).contains("not sent on to another address"), "{}", error(&answer));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_provider_answers_where_that_was_chosen_and_the_answer_says_so() {
    let (mut office, first, one) = with(Kind::Openai).await;
    let second = ProviderDouble::start(Kind::Anthropic).await;
    let two = office.add("Second", &second, Kind::Anthropic, Zone::Cloud).await;
    office.settings(json!({"fallbacks": [two.model]})).await;
    first.script(vec![waits(503, 60)]);
    let chat = office.chat_with(one.model).await;
    let sent = office.try_send(chat, "Hello?").await.unwrap();
    let mut routed = None;
    let answer = loop {
        match office.session.event().await {
            wire::Event::Answer { event: AnswerEvent::Routed { model, .. }, .. } => routed = Some(model),
            wire::Event::Answer { event: AnswerEvent::Ended { message }, .. } => break *message,
            _ => {}
        }
    };
    assert_eq!((answer.id, routed), (sent.answer.id, Some(two.model)));
    let facts = answer.answer.unwrap();
    assert_eq!((answer.state, facts.model), (MessageState::Complete, two.model));
    let Route::Cloud { provider, reason } = &facts.route else { panic!("{:?}", facts.route) };
    assert!(provider == "Second" && reason.contains("Openai") && reason.contains("not "), "{reason}");
    // A wrong key is no reason to let somebody else be paid.
    first.script(vec![status(401)]);
    let chat = office.chat_with(one.model).await;
    let before = questions(&second).len();
    let answer = office.ask(chat, "Hello?").await;
    assert_eq!((answer.state, questions(&second).len()), (MessageState::Failed, before));
    assert_eq!(answer.answer.unwrap().model, one.model);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fallback_that_the_chat_may_not_cross_to_is_passed_over() {
    let (mut office, first, one) = with(Kind::Openai).await;
    let second = ProviderDouble::start(Kind::Anthropic).await;
    let two = office.add("Second", &second, Kind::Anthropic, Zone::Cloud).await;
    office.settings(json!({"fallbacks": [two.model], "mode": "guarded"})).await;
    first.script(vec![waits(503, 60)]);
    let chat = office.chat_with(one.model).await;
    let answer = office.ask(chat, "Hello?").await;
    assert_eq!(answer.state, MessageState::Failed);
    assert!(questions(&second).is_empty(), "the user agreed to the first and was not asked about the second");
}

#[tokio::test(flavor = "multi_thread")]
async fn this_computer_answers_by_one_click_or_by_itself_where_chosen() {
    let (mut office, double, added) = with(Kind::Anthropic).await;
    double.script(vec![status(401), status(401)]);
    let chat = office.chat_with(added.model).await;
    let failed = office.ask(chat, "What is Drawbridge?").await;
    assert_eq!(failed.state, MessageState::Failed);
    let sent: wire::Sent = office.session.ok("answer_by", json!({"message": failed.id, "model": null})).await;
    let here = office.session.ended(sent.answer.id).await;
    assert!(matches!(here.answer.unwrap().route, Route::ThisComputer { .. }));
    office.settings(json!({"answer_here_on_failure": true})).await;
    let chat = office.chat_with(added.model).await;
    let by_itself = office.ask(chat, "What is Drawbridge?").await;
    assert_eq!(by_itself.state, MessageState::Complete, "{by_itself:?}");
    let Route::ThisComputer { reason } = by_itself.answer.unwrap().route else { panic!("it answered elsewhere") };
    assert!(reason.contains("does not accept the key"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_only_way_out_is_never_closed_and_one_that_has_a_substitute_rests() {
    let (mut office, double, added) = with(Kind::Openai).await;
    let again = || vec![waits(503, 60)];
    for _ in 0..4 {
        double.script(again());
        let chat = office.chat_with(added.model).await;
        office.ask(chat, "Hello?").await;
    }
    let before = questions(&double).len();
    let chat = office.chat_with(added.model).await;
    assert_eq!(office.ask(chat, "Hello?").await.state, MessageState::Complete);
    assert_eq!(questions(&double).len(), before + 1, "with nobody else to ask, it is asked");
    office.settings(json!({"answer_here_on_failure": true})).await;
    for _ in 0..3 {
        double.script(again());
        let chat = office.chat_with(added.model).await;
        office.ask(chat, "Hello?").await;
    }
    let before = questions(&double).len();
    let chat = office.chat_with(added.model).await;
    let answer = office.ask(chat, "Hello?").await;
    assert!(matches!(answer.answer.unwrap().route, Route::ThisComputer { .. }));
    assert_eq!(questions(&double).len(), before, "it rests");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_says_exactly_what_is_wrong() {
    let (office, double, added) = with(Kind::Openai).await;
    let trial = |office: &Office| {
        let core = office.session.core.clone();
        async move {
            let value = core.dispatch("provider_test", json!({"provider": added.id})).await.unwrap();
            serde_json::from_value::<wire::ProviderTrial>(value)
                .unwrap()
                .failure
                .map(|failure| failure.message().to_owned())
        }
    };
    office.paste(&format!("provider:{}", added.id), "sk-wrong-wrong-wrong-wrong").await;
    assert!(trial(&office).await.unwrap().contains("does not accept the key"));
    office.session.ok::<Value>("secret_remove", json!({"id": format!("provider:{}", added.id)})).await;
    assert!(trial(&office).await.unwrap().contains("has no key yet"));
    office.paste(&format!("provider:{}", added.id), double.key()).await;
    assert_eq!(trial(&office).await, None);
    drop(double);
    let message = trial(&office).await.unwrap();
    assert!(message.contains("refused the connection"), "{message}");
}
