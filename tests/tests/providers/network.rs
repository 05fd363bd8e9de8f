//! A network that comes and goes, and one that wants a login first.

use std::sync::Mutex;

use acceptance::provider::{Answer, ErrorBody, Kind, ProviderDouble, Turn};
use domain::{Message, MessageState, Route, Zone};
use serde_json::json;
#[allow(clippy::disallowed_types)] // a double that listens on loopback
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use wire::{ProviderCard, ProviderTrial};

use crate::{Added, Office, questions};

/// The way to a double, which can be cut and mended.
struct Line {
    port: u16,
    target: String,
    carrying: Mutex<Option<JoinHandle<()>>>,
}

impl Line {
    async fn to(double: &ProviderDouble) -> Self {
        let target = double.origin().trim_start_matches("http://").to_owned();
        let mut line = Self { port: 0, target, carrying: Mutex::default() };
        line.port = line.listen().await;
        line
    }

    #[allow(clippy::disallowed_types)] // a double that listens on loopback
    async fn listen(&self) -> u16 {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await.unwrap();
        let (port, target) = (listener.local_addr().unwrap().port(), self.target.clone());
        let carrying = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let target = target.clone();
                connections.spawn(async move {
                    let mut to = TcpStream::connect(target).await.unwrap();
                    let _ = tokio::io::copy_bidirectional(&mut stream, &mut to).await;
                });
            }
        });
        *self.carrying.lock().unwrap() = Some(carrying);
        port
    }

    /// Ends all connections; nobody listens any more.
    async fn cut(&self) {
        let carrying = self.carrying.lock().unwrap().take().expect("it was cut already");
        carrying.abort();
        let _ = carrying.await;
    }

    async fn mend(&self) {
        self.listen().await;
    }
}

/// A provider at the end of a line.
async fn at_the_end_of_a_line() -> (Office, ProviderDouble, Line, Added) {
    let office = Office::open().await;
    let double = ProviderDouble::start(Kind::Openai).await;
    let line = Line::to(&double).await;
    let mut added = office.add("Far away", &double, Kind::Openai, Zone::Cloud).await;
    added.save["provider"] = json!(added.id);
    added.save["base_url"] = json!(format!("http://127.0.0.1:{}/v1", line.port));
    let card: ProviderCard = office.session.ok("provider_save", added.save.clone()).await;
    // The key was for the other address.
    office.paste(&format!("provider:{}", added.id), double.key()).await;
    added.model = card.provider.models[0].id;
    office.settings(json!({"mode": "open"})).await;
    (office, double, line, added)
}

fn error(message: &Message) -> String {
    message.answer.as_ref().unwrap().error.clone().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_cut_keeps_the_text_with_its_cost_and_the_next_question_goes_through() {
    let (mut office, double, line, added) = at_the_end_of_a_line().await;
    let pieces = vec!["word ".to_owned(); 2_000];
    double.script(vec![Turn::Answer(Answer { text: pieces, pause_ms: 20, ..Answer::default() })]);
    let chat = office.chat_with(added.model).await;
    let sent = office.try_send(chat, "Hello?").await.unwrap();
    let seen = office.session.shown(sent.answer.id, 30).await;
    line.cut().await;
    let broken = office.session.ended(sent.answer.id).await;
    assert_eq!(broken.state, MessageState::Failed);
    assert!(broken.text.starts_with(&seen) && broken.text.len() < 10_000, "what was shown is kept");
    let message = error(&broken);
    assert!(message.contains("broke while the answer was arriving"), "{message}");
    let facts = broken.answer.as_ref().unwrap();
    assert!(facts.usage.estimated && facts.usage.output_tokens > 0 && facts.usage.prompt_tokens > 0, "{facts:?}");
    assert!(facts.bill.is_some_and(|bill| bill.usd_micros > 0 && bill.estimated), "{facts:?}");
    assert_eq!(questions(&double).len(), 1, "nothing is asked again once a word was shown");
    line.mend().await;
    let again = office.session.ask(chat, "And now?", Some(broken.id)).await;
    assert_eq!((again.state, again.text.as_str()), (MessageState::Complete, "The sea is calm today."), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_only_provider_is_asked_however_often_the_network_was_away_and_answers_when_it_is_back() {
    let (mut office, double, line, added) = at_the_end_of_a_line().await;
    line.cut().await;
    for _ in 0..5 {
        let chat = office.chat_with(added.model).await;
        let answer = office.ask(chat, "Hello?").await;
        let message = error(&answer);
        assert_eq!((answer.state, answer.text.as_str()), (MessageState::Failed, ""), "{message}");
        assert!(message.contains(&format!("127.0.0.1:{} refused the connection", line.port)), "{message}");
        assert!(answer.answer.unwrap().bill.is_none_or(|bill| bill.usd_micros == 0), "nothing was sent");
    }
    line.mend().await;
    let chat = office.chat_with(added.model).await;
    assert_eq!(office.ask(chat, "Hello?").await.state, MessageState::Complete);
    assert_eq!(questions(&double).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn offline_is_said_of_the_network_only_after_three_times_and_this_computer_answers_meanwhile() {
    let (mut office, _double, line, added) = at_the_end_of_a_line().await;
    office.settings(json!({"answer_here_on_failure": true})).await;
    line.cut().await;
    let mut reasons = Vec::new();
    for _ in 0..4 {
        let chat = office.chat_with(added.model).await;
        let answer = office.ask(chat, "What is Drawbridge?").await;
        let Route::ThisComputer { reason } = answer.answer.unwrap().route else { panic!("it answered elsewhere") };
        reasons.push(reason);
    }
    assert!(reasons[..3].iter().all(|reason| reason.contains("refused the connection")), "{reasons:?}");
    assert!(reasons[3].contains("offline a moment ago, so no cloud provider was asked"), "{reasons:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_cannot_be_looked_up_is_said_so() {
    let mut office = Office::open().await;
    office.settings(json!({"mode": "open"})).await;
    let save = json!({
        "provider": null, "kind": "openai", "name": "Nowhere", "base_url": "https://api.invalid/v1", "zone": "cloud",
        "region": "", "retention": "", "api": "responses", "api_version": "", "auth": "key", "headers": [],
        "models": [{"id": null, "name": "gpt-5", "title": "", "context_tokens": null, "max_output_tokens": null,
            "images": false, "reasoning": true}],
    });
    let card: ProviderCard = office.session.ok("provider_save", save).await;
    office.paste(&format!("provider:{}", card.provider.id), "sk-proj-double-key-0123456789").await;
    let wanted = "The name api.invalid could not be looked up. Is this computer online?";
    let trial: ProviderTrial = office.session.ok("provider_test", json!({"provider": card.provider.id})).await;
    assert_eq!(trial.failure.map(|failure| failure.message().to_owned()).as_deref(), Some(wanted));
    let chat = office.chat_with(card.provider.models[0].id).await;
    let answer = office.ask(chat, "Hello?").await;
    assert_eq!((answer.state, error(&answer).as_str()), (MessageState::Failed, wanted));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_wants_a_login_is_said_so_and_gets_no_key_at_its_own_address() {
    let (mut office, double, _line, added) = at_the_end_of_a_line().await;
    let portal = ProviderDouble::start(Kind::Openai).await;
    let page = || Turn::Status { code: 200, retry_after: None, body: ErrorBody::Html };
    let redirect = || Turn::Redirect { to: format!("{}/login?for=api", portal.origin()) };
    // The second is for a second attempt.
    for turns in [vec![redirect(), redirect()], vec![page(), page()]] {
        double.script(turns);
        let chat = office.chat_with(added.model).await;
        let answer = office.ask(chat, "Hello?").await;
        let message = error(&answer);
        assert_eq!((answer.state, answer.text.as_str()), (MessageState::Failed, ""), "{message}");
        assert!(message.contains("want you to log in first"), "{message}");
    }
    assert!(portal.requests().is_empty(), "nothing is sent to where a network sends us on to");
}
