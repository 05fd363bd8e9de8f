//! Measures a worker through the engine's own pipes: `speed WORKER MODEL [TOKENS [ROUNDS]]`.
//!
//! Prints one JSON object: for each round the worker's own figure and what arrives here (tokens after the first, per
//! second), and their medians. Greedy, no end but the limit, the prompt read anew in each round.

use std::{
    io::Write,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use domain::{Delta, Engine, EngineError, Model, Prompt, Role, Sampling, Turn, Usage};
use engine::{WorkerOptions, Workers};
use futures_util::StreamExt;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(worker), Some(model)) = (arguments.next(), arguments.next()) else {
        return Err("usage: speed WORKER MODEL [TOKENS [ROUNDS]]".into());
    };
    let tokens = arguments.next().map_or(Ok(128), |tokens| tokens.parse())?;
    let rounds = arguments.next().map_or(Ok(3), |rounds| rounds.parse::<u32>())?;
    let workers = Workers::new(worker.into(), WorkerOptions { idle: Duration::ZERO, ..WorkerOptions::default() });
    let started = Instant::now();
    let model = workers.load(vec![PathBuf::from(model)], None, Arc::new(|_| {})).await?;
    let load_ms = started.elapsed().as_secs_f64() * 1000.0;
    let mut measured = Vec::new();
    for round in 0..rounds {
        measured.push(answer(&model, tokens, round).await?);
    }
    let median = |of: fn(&Round) -> f64| {
        let mut values: Vec<f64> = measured.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let report = serde_json::json!({
        "load_ms": load_ms,
        "engine_build": model.facts().engine_build,
        "output_tokens": measured[0].usage.output_tokens,
        "worker_tokens_per_second": median(|round| round.usage.tokens_per_second),
        "arriving_tokens_per_second": median(|round| round.arriving),
        "worker_first_token_ms": median(|round| round.usage.first_token_ms),
        "arriving_first_token_ms": median(|round| round.first_token_ms),
        "rounds": measured.iter().map(|round| round.usage.tokens_per_second).collect::<Vec<_>>(),
    });
    writeln!(std::io::stdout(), "{report}")?;
    workers.shut_down().await;
    Ok(())
}

struct Round {
    usage: Usage,
    arriving: f64,
    first_token_ms: f64,
}

async fn answer(model: &Arc<dyn Model>, tokens: u32, round: u32) -> Result<Round, EngineError> {
    // Each round begins differently, so that no cached prefix is found.
    let text = format!("Round {round}. Tell me a long story about a bridge, a river and the people on both sides.");
    let turns = vec![Turn::said(Role::User, text)];
    let sampling = Sampling { temperature: 0.0, max_tokens: Some(tokens), ..model.facts().default_sampling };
    let asked = Instant::now();
    let mut stream = model.answer(Prompt { cache_key: format!("round {round}"), turns, open: None, sampling });
    let (mut first, mut last, mut after_first) = (None, asked, 0);
    while let Some(delta) = stream.next().await {
        match delta? {
            Delta::Piece { tokens, .. } => {
                last = Instant::now();
                match first {
                    None => first = Some(last),
                    Some(_) => after_first += tokens.len(),
                }
            }
            Delta::Finish { usage, .. } => {
                let first = first.unwrap_or(last);
                let arriving = after_first as f64 / (last - first).as_secs_f64();
                return Ok(Round { usage, arriving, first_token_ms: (first - asked).as_secs_f64() * 1000.0 });
            }
            Delta::Reading { .. } | Delta::ToolCall { .. } | Delta::Spent { .. } => {}
        }
    }
    Err(EngineError::Cancelled)
}
