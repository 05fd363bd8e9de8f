//! A process that has a worker answer, for `tests/orphan.rs`, which kills it: `parent WORKER MODEL`.

use std::{io::Write, path::PathBuf, sync::Arc, time::Duration};

use domain::{Engine, Prompt, Role, Turn};
use engine::{WorkerOptions, Workers};
use futures_util::StreamExt;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut arguments = std::env::args().skip(1).map(PathBuf::from);
    let (Some(worker), Some(model)) = (arguments.next(), arguments.next()) else { std::process::exit(64) };
    let workers = Workers::new(worker, WorkerOptions { idle: Duration::ZERO, ..WorkerOptions::default() });
    let Ok(model) = workers.load(vec![model], None, Arc::new(|_| {})).await else { std::process::exit(70) };
    let turns = vec![Turn::said(Role::User, "Tell me a story")];
    let sampling = model.facts().default_sampling;
    let mut answer = model.answer(Prompt { cache_key: "a".into(), turns, open: None, sampling });
    let _ = answer.next().await;
    let _ = writeln!(std::io::stdout(), "answering");
    loop {
        tokio::time::sleep(Duration::from_secs(600)).await;
    }
}
