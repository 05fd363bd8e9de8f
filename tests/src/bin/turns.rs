//! Measures two turns of a chat through the whole core: `turns MODEL [TOKENS]`, a line of JSON.
//!
//! - `second_turn`: time to first token of the second turn against the time that its new tokens alone should take at
//!   the speed of the first turn's prompt.
//! - `token_way_ms`: from a piece's arrival in the core (after the pipe, which costs about 0.1 ms) to the batch that
//!   carries it to the window; at most one tick of 33 ms and what we add to it.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::Instant,
};

use acceptance::Session;
use domain::{Chat, Usage};
use serde_json::json;
use tracing::{Event as Trace, Subscriber, field::Visit};
use tracing_subscriber::{Layer, layer::Context, prelude::*};
use wire::{AnswerEvent, Event};

/// When each piece arrived: bytes of the answer so far, moment.
#[derive(Clone, Default)]
struct Arrivals(Arc<Mutex<Vec<(u64, Instant)>>>);

impl<S: Subscriber> Layer<S> for Arrivals {
    fn on_event(&self, event: &Trace<'_>, _: Context<'_, S>) {
        struct Bytes(u64);
        impl Visit for Bytes {
            fn record_debug(&mut self, _: &tracing::field::Field, _: &dyn std::fmt::Debug) {}
            fn record_u64(&mut self, _: &tracing::field::Field, value: u64) {
                self.0 = value;
            }
        }
        if event.metadata().target() == "token_way" {
            let mut bytes = Bytes(0);
            event.record(&mut bytes);
            let mut all = self.0.lock().unwrap();
            let so_far = all.last().map_or(0, |(bytes, _)| *bytes);
            all.push((so_far + bytes.0, Instant::now()));
        }
    }
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let model = arguments.next().expect("turns MODEL [TOKENS]");
    let tokens: u32 = arguments.next().map_or(64, |tokens| tokens.parse().unwrap());
    let arrivals = Arrivals::default();
    tracing_subscriber::registry().with(arrivals.clone()).init();
    let folder = tempfile::tempdir().unwrap();
    let mut session = Session::open(folder.path()).await;
    let card = session.core.import(Path::new(&model)).await.unwrap();
    let chat = session.new_chat().await;
    let settings = json!({"temperature": 0.0, "max_tokens": tokens, "system_prompt": "word ".repeat(400)});
    session.ok::<Chat>("chat_change", json!({"chat": chat, "patch": {"model": card.id, "settings": settings}})).await;
    session.ask(chat, "warm up", None).await;

    let other = session.new_chat().await;
    let settings = json!({"temperature": 0.0, "max_tokens": tokens, "system_prompt": "text ".repeat(400)});
    session.ok::<Chat>("chat_change", json!({"chat": other, "patch": {"model": card.id, "settings": settings}})).await;
    let first = session.ask(other, "Begin.", None).await;
    arrivals.0.lock().unwrap().clear();
    let sent = session.send(other, &"go on ".repeat(20), Some(first.id)).await;
    let mut shown = Vec::new();
    let mut bytes = 0;
    let second = loop {
        match session.event().await {
            Event::Answer { message, event: AnswerEvent::Text { text, .. }, .. } if message == sent.answer.id => {
                bytes += text.len() as u64;
                shown.push((bytes, Instant::now()));
            }
            Event::Answer { message, event: AnswerEvent::Ended { message: ended }, .. }
                if message == sent.answer.id =>
            {
                break *ended;
            }
            _ => {}
        }
    };
    let usage = |message: &domain::Message| message.answer.as_ref().unwrap().usage;
    println!(
        "{}",
        json!({ "second_turn": second_turn(usage(&first), usage(&second)), "token_way_ms": token_way(&arrivals, &shown) })
    );
    session.core.shut_down().await;
}

fn second_turn(first: Usage, second: Usage) -> serde_json::Value {
    let read = f64::from(first.prompt_tokens - first.cached_tokens);
    let new = f64::from(second.prompt_tokens - second.cached_tokens);
    let expected_ms = first.first_token_ms / read * new;
    json!({
        "first": first, "second": second, "new_tokens": new, "expected_ms": expected_ms,
        "over_ms": second.first_token_ms - expected_ms,
    })
}

/// Percentiles of the delay of each piece.
fn token_way(arrivals: &Arrivals, shown: &[(u64, Instant)]) -> serde_json::Value {
    let arrived = arrivals.0.lock().unwrap();
    let mut delays: Vec<f64> = arrived
        .iter()
        .filter_map(|(bytes, at)| {
            let (_, seen) = shown.iter().find(|(so_far, _)| so_far >= bytes)?;
            Some(seen.saturating_duration_since(*at).as_secs_f64() * 1000.0)
        })
        .collect();
    delays.sort_by(f64::total_cmp);
    let at = |share: f64| delays.get(((delays.len() as f64 - 1.0) * share) as usize).copied();
    json!({ "pieces": delays.len(), "p50": at(0.5), "p95": at(0.95), "max": at(1.0) })
}
