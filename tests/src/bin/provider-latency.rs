//! What our way adds to a provider's answer, against a bare client that only reads the stream, on the same double in
//! turns: the gate with its record and the reader of the format; and with them the whole core, to the window's event.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a benchmark

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use acceptance::{
    Session,
    provider::{Answer, Kind, ProviderDouble, Turn},
};
use domain::{
    ChatId, Delta, Model, ModelId, OpenaiApi, Prompt, Provider, ProviderAuth, ProviderId, ProviderKind, ProviderModel,
    Role, Sampling, Secret, Timestamp, Zone,
};
use futures_util::StreamExt;
use providers::{Chosen, Connection, Remote, Wait};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const ROUNDS: usize = 40;
const PIECES: usize = 100;

/// To the first piece, and to the last.
type Took = (Duration, Duration);

fn script() -> Vec<Turn> {
    let piece = "word ".to_owned();
    vec![Turn::Answer(Answer { text: vec![piece; PIECES], pause_ms: 2, ..Answer::default() })]
}

#[allow(clippy::disallowed_types)] // the bare client of the comparison, to loopback
async fn bare(double: &ProviderDouble) -> Took {
    let authority = double.origin().trim_start_matches("http://").to_owned();
    let body =
        json!({"model": "qwen3:8b", "messages": [{"role": "user", "content": "Hello?"}], "stream": true}).to_string();
    let began = Instant::now();
    let mut stream = tokio::net::TcpStream::connect(&authority).await.unwrap();
    let head = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: {authority}\r\nauthorization: Bearer {}\r\ncontent-type: \
         application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        double.key(),
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let (mut first, mut seen, mut buffer) = (None, Vec::new(), [0; 16 * 1024]);
    loop {
        let read = stream.read(&mut buffer).await.unwrap();
        seen.extend_from_slice(&buffer[..read]);
        let has = |needle: &[u8]| seen.windows(needle.len()).any(|part| part == needle);
        if first.is_none() && has(b"word ") {
            first = Some(began.elapsed());
        }
        if read == 0 || has(b"[DONE]") {
            return (first.unwrap(), began.elapsed());
        }
    }
}

fn remote(double: &ProviderDouble, transport: Arc<dyn domain::Transport>) -> Remote {
    let model = ProviderModel {
        id: ModelId::new(),
        name: "qwen3:8b".to_owned(),
        title: String::new(),
        context_tokens: None,
        max_output_tokens: None,
        images: false,
        reasoning: false,
    };
    let provider = Provider {
        id: ProviderId::new(),
        kind: ProviderKind::Compatible,
        handle: "double".to_owned(),
        name: "Double".to_owned(),
        base_url: double.base_url(),
        zone: Zone::ThisComputer,
        region: String::new(),
        retention: String::new(),
        api: OpenaiApi::ChatCompletions,
        api_version: String::new(),
        auth: ProviderAuth::Key,
        headers: Vec::new(),
        client_certificate: String::new(),
        models: vec![model.clone()],
        added_at: Timestamp(0),
    };
    let key = Some(Secret::new(double.key().to_owned()));
    let connection = Connection { provider, key, headers: Vec::new(), transport, chat: None };
    Remote::new(connection, model, Chosen::default(), Wait::default())
}

async fn through_the_gate(model: &Remote) -> Took {
    let turn = domain::Turn::said(Role::User, "Hello?");
    let prompt = Prompt { cache_key: "x".to_owned(), turns: vec![turn], open: None, sampling: Sampling::default() };
    let began = Instant::now();
    let (mut first, mut deltas) = (None, model.answer(prompt));
    loop {
        match deltas.next().await.unwrap().unwrap() {
            Delta::Piece { .. } if first.is_none() => first = Some(began.elapsed()),
            Delta::Finish { .. } => return (first.unwrap(), began.elapsed()),
            _ => {}
        }
    }
}

async fn through_the_core(session: &mut Session, chat: ChatId) -> Took {
    let began = Instant::now();
    let sent = session.send(chat, "Hello?", None).await;
    session.shown(sent.answer.id, 1).await;
    let first = began.elapsed();
    session.ended(sent.answer.id).await;
    (first, began.elapsed())
}

/// Prints what was added to the bare way: medians.
fn print(name: &str, took: &[Took], bare: &[Took]) {
    let median = |all: &[Took], of: fn(&Took) -> Duration| {
        let mut all: Vec<f64> = all.iter().map(|took| of(took).as_secs_f64() * 1_000.0).collect();
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    };
    let first = median(took, |took| took.0) - median(bare, |took| took.0);
    let rest = |took: &Took| took.1 - took.0;
    let piece = (median(took, rest) - median(bare, rest)) / PIECES as f64;
    println!("{name}: {first:+.2} ms to the first piece, {piece:+.3} ms a piece");
}

#[tokio::main]
async fn main() {
    let double = ProviderDouble::start(Kind::Compatible).await;
    let folder = tempfile::tempdir().unwrap();
    let mut session = Session::open_with(folder.path(), Arc::new(vault::MemoryKeychain::default())).await.unwrap();
    let save = json!({
        "provider": null, "kind": "compatible", "name": "Double", "base_url": double.base_url(), "zone": "this_computer",
        "region": "", "retention": "", "api": "responses", "api_version": "", "auth": "key", "headers": [],
        "models": [{"id": null, "name": "qwen3:8b", "title": "", "context_tokens": null, "max_output_tokens": null,
            "images": false, "reasoning": false}],
    });
    let card: wire::ProviderCard = session.ok("provider_save", save).await;
    *session.desktop.clipboard.lock().unwrap() = Some(double.key().to_owned());
    session.ok::<Value>("secret_paste", json!({"id": format!("provider:{}", card.provider.id)})).await;
    let gate = remote(&double, session.core.transport());
    let (mut plain, mut gated, mut whole) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        double.script(script());
        let one = bare(&double).await;
        double.script(script());
        let two = through_the_gate(&gate).await;
        let chat = session.new_chat().await;
        let patch = json!({"chat": chat, "patch": {"model": card.provider.models[0].id}});
        session.ok::<Value>("chat_change", patch).await;
        double.script(script());
        let three = through_the_core(&mut session, chat).await;
        if round > 0 {
            plain.push(one);
            gated.push(two);
            whole.push(three);
        }
    }
    print("gate and reader", &gated, &plain);
    print("the whole core", &whole, &plain);
    session.core.shut_down().await;
}
