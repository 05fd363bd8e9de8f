//! Measures Stop: `stops MODEL [TIMES]`, a line of JSON with percentiles in milliseconds.
//!
//! - `shown_ms`: from `answer_stop` in the core to the event that ends the answer in the window.
//! - `free_ms`: from the cancel in the engine to the worker's first word on a question that is asked at once: its
//!   template is rendered and its prompt's turn has come.
//!
//! Each while an answer is written and while a long prompt is read, at moments that have nothing to do with the
//! worker's own pace.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use acceptance::{Session, target_folder};
use domain::{Chat, Delta, Engine, Model, Prompt, Role, Sampling, Turn};
use engine::{WorkerOptions, Workers};
use futures_util::StreamExt;
use serde_json::{Value, json};
use wire::{AnswerEvent, Event};

#[derive(Clone, Copy, PartialEq)]
enum During {
    Writing,
    Reading,
}

/// Questions that share no beginning, so that none finds another's prompt read already.
fn question(during: During, round: u32) -> String {
    match during {
        During::Writing => format!("{round} Begin."),
        During::Reading => format!("{round} {}", "word ".repeat(1_500)),
    }
}

/// Moments over a third of a second, the same in every run.
fn pause(round: u32) -> Duration {
    Duration::from_millis(u64::from(round) * 137 % 331)
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let model = PathBuf::from(arguments.next().expect("stops MODEL [TIMES]"));
    let times: u32 = arguments.next().map_or(20, |times| times.parse().unwrap());
    let mut shown = Vec::new();
    let mut free = Vec::new();
    for during in [During::Writing, During::Reading] {
        shown.push(in_the_window(&model, during, times).await);
        free.push(in_the_worker(&model, during, times).await);
    }
    let both = |figures: &[Value]| json!({ "writing": figures[0], "reading": figures[1] });
    println!("{}", json!({ "times": times, "shown_ms": both(&shown), "free_ms": both(&free) }));
}

async fn in_the_window(model: &Path, during: During, times: u32) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let mut session = Session::open(folder.path()).await;
    let card = session.core.import(model).await.unwrap();
    let mut taken = Vec::new();
    for round in 0..times {
        let chat = session.new_chat().await;
        let patch = json!({ "model": card.id, "settings": { "temperature": 0.0 } });
        session.ok::<Chat>("chat_change", json!({ "chat": chat, "patch": patch })).await;
        let answer = session.send(chat, &question(during, round), None).await.answer.id;
        let mut begun = false;
        while !begun {
            begun = match session.event().await {
                Event::Answer { message, event: AnswerEvent::Reading { read, .. }, .. } => {
                    message == answer && during == During::Reading && read > 0
                }
                Event::Answer { message, event: AnswerEvent::Text { .. }, .. } => message == answer,
                _ => false,
            };
        }
        tokio::time::sleep(pause(round)).await;
        let asked = Instant::now();
        session.ok::<Value>("answer_stop", json!({ "message": answer })).await;
        session.ended(answer).await;
        taken.push(asked.elapsed());
    }
    session.core.shut_down().await;
    percentiles(taken)
}

async fn in_the_worker(model: &Path, during: During, times: u32) -> Value {
    let options = WorkerOptions { idle: Duration::ZERO, ..WorkerOptions::default() };
    let workers = Workers::new(target_folder().join("drawbridge-engine"), options);
    let model: Arc<dyn Model> = workers.load(vec![model.to_owned()], Some(4_096), Arc::new(|_| {})).await.unwrap();
    let mut taken = Vec::new();
    for round in 0..times {
        let prompt = |cache_key: &str, text: String| Prompt {
            cache_key: cache_key.to_owned(),
            turns: vec![Turn::said(Role::User, text)],
            open: None,
            sampling: Sampling { temperature: 0.0, max_tokens: Some(400), ..model.facts().default_sampling },
        };
        let mut answer = model.answer(prompt("stopped", question(during, round)));
        loop {
            match answer.next().await.unwrap().unwrap() {
                Delta::Reading { read, .. } if during == During::Reading && read > 0 => break,
                Delta::Piece { .. } => break,
                Delta::Reading { .. } | Delta::ToolCall { .. } | Delta::Spent { .. } => {}
                Delta::Finish { .. } => panic!("it ended before it was stopped"),
            }
        }
        tokio::time::sleep(pause(round)).await;
        let asked = Instant::now();
        model.stop("stopped");
        let mut next = model.answer(prompt("next", format!("{round} And now?")));
        next.next().await.unwrap().unwrap();
        taken.push(asked.elapsed());
    }
    workers.shut_down().await;
    percentiles(taken)
}

fn percentiles(mut taken: Vec<Duration>) -> Value {
    taken.sort_unstable();
    let at = |share: f64| taken[((taken.len() - 1) as f64 * share).round() as usize].as_secs_f64() * 1_000.0;
    json!({ "p50": at(0.5), "p95": at(0.95), "max": at(1.0) })
}
