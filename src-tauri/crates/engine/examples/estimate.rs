//! How well the measurement of this computer foretells a model's speed: `estimate WORKER MODEL [ROUNDS]`.
//!
//! Measures the computer and the model in turns and prints one JSON object with medians: what the figures promise
//! (weight bytes for each token written, two operations for each weight and token read), what the model does, and
//! the ratio of the two. The embeddings of a model that has them apart from its output are not multiplied, so a
//! small model is a little faster than its file.

use std::{io::Write, path::PathBuf, sync::Arc, time::Duration};

use domain::{Delta, Engine, EngineError, Prompt, Role, Sampling, Turn, Usage};
use engine::{WorkerOptions, Workers};
use futures_util::StreamExt;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(worker), Some(model)) = (arguments.next(), arguments.next()) else {
        return Err("usage: estimate WORKER MODEL [ROUNDS]".into());
    };
    let rounds = arguments.next().map_or(Ok(3), |rounds| rounds.parse::<u32>())?;
    let file = PathBuf::from(model);
    let bytes = file.metadata()?.len() as f64;
    // Q4_K_M: 4.85 bits for each weight in the middle.
    let weights = bytes * 8.0 / 4.85;
    let options = WorkerOptions { idle: Duration::ZERO, ..WorkerOptions::default() };
    let (mut promised, mut did) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let workers = Workers::new(worker.clone().into(), options.clone());
        let (speed, _) = workers.measure_machine().await?;
        promised.push((speed.generation_bytes_per_second / bytes, speed.prompt_flops / (2.0 * weights)));
        let usage = answer(&workers, file.clone()).await?;
        did.push((usage.tokens_per_second, f64::from(usage.prompt_tokens) / usage.first_token_ms * 1_000.0));
        workers.shut_down().await;
    }
    let (written, read) = (median(&promised, |pair| pair.0), median(&promised, |pair| pair.1));
    let (wrote, took_in) = (median(&did, |pair| pair.0), median(&did, |pair| pair.1));
    let report = serde_json::json!({
        "written_per_second": { "promised": written, "measured": wrote, "ratio": written / wrote },
        "read_per_second": { "promised": read, "measured": took_in, "ratio": read / took_in },
        "rounds": rounds,
    });
    writeln!(std::io::stdout(), "{report}")?;
    Ok(())
}

fn median(pairs: &[(f64, f64)], of: fn(&(f64, f64)) -> f64) -> f64 {
    let mut values: Vec<f64> = pairs.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

async fn answer(workers: &Workers, file: PathBuf) -> Result<Usage, EngineError> {
    let model = workers.load(vec![file], None, Arc::new(|_| {})).await?;
    let turns = vec![Turn::said(Role::User, "word ".repeat(500))];
    let sampling = Sampling { temperature: 0.0, max_tokens: Some(48), ..model.facts().default_sampling };
    let mut stream = model.answer(Prompt { cache_key: "estimate".into(), turns, open: None, sampling });
    while let Some(delta) = stream.next().await {
        if let Delta::Finish { usage, .. } = delta? {
            return Ok(usage);
        }
    }
    Err(EngineError::Cancelled)
}
