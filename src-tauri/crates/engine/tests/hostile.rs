//! Five hundred damaged models, in one file and in several, each given to a real worker: it refuses or loads and
//! answers, it never hangs, and this process never notices.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

mod support;

use std::{collections::BTreeMap, path::Path, time::Duration};

use domain::{Engine, EngineError, Prompt, Role, Sampling, Turn};
use engine::WorkerOptions;
use futures_util::StreamExt;
use rand::{Rng, SeedableRng, rngs::StdRng};
use support::{House, built, no_progress, unreaped, whole};

const CASES: u64 = 400;
/// Models in three files.
const SPLIT_CASES: u64 = 100;

/// A place in the file; every order of magnitude is as likely, as the structure stands at the front.
fn place(random: &mut StdRng, bytes: usize) -> usize {
    let magnitude = random.random_range(0.0..(bytes as f64).log2());
    (magnitude.exp2() as usize).min(bytes - 1)
}

/// The file, damaged in one of four ways, and in words how.
fn damaged(sound: &[u8], seed: u64) -> (Vec<u8>, String) {
    let mut random = StdRng::seed_from_u64(seed);
    let mut file = sound.to_vec();
    let at = place(&mut random, file.len());
    let what = match seed % 4 {
        0 => {
            file.truncate(at);
            format!("cut at {at}")
        }
        1 => {
            let bits = random.random_range(1..=8);
            for _ in 0..bits {
                let at = place(&mut random, file.len());
                file[at] ^= 1 << random.random_range(0..8);
            }
            format!("{bits} bits flipped")
        }
        2 => {
            let extreme: u64 = [0, u64::MAX, 1 << 63, 1 << 40, 0xFFFF_FFFF][random.random_range(0..5)];
            let end = (at + 8).min(file.len());
            file[at..end].copy_from_slice(&extreme.to_le_bytes()[..end - at]);
            format!("{extreme:#x} at {at}")
        }
        _ => {
            let end = (at + random.random_range(1..4096)).min(file.len());
            random.fill(&mut file[at..end]);
            format!("noise at {at}..{end}")
        }
    };
    (file, format!("case {seed}: {what}"))
}

/// The parts of a split model, wronged in one of four ways, and in words how; a part that is none is missing.
fn wronged(parts: &[Vec<u8>], seed: u64) -> (Vec<Option<Vec<u8>>>, String) {
    let mut wronged: Vec<_> = parts.iter().cloned().map(Some).collect();
    let at = seed as usize % parts.len();
    let other = (at + 1) % parts.len();
    let what = match seed % 25 {
        0 => {
            wronged[at] = None;
            format!("part {at} is missing")
        }
        1 => {
            wronged.swap(at, other);
            format!("parts {at} and {other} change places")
        }
        2 => {
            wronged[other] = Some(parts[at].clone());
            format!("part {other} is part {at} again")
        }
        _ => {
            let (part, what) = damaged(&parts[at], seed);
            wronged[at] = Some(part);
            format!("part {at}, {what}")
        }
    };
    (wronged, format!("split case {seed}: {what}"))
}

/// How it went, in a word.
async fn tried(files: Vec<Option<Vec<u8>>>, what: String, program: &Path) -> (&'static str, String) {
    let options = WorkerOptions { idle: Duration::ZERO, threads: 1, ..WorkerOptions::default() };
    let house = House::new(program, "drawbridge-engine", options);
    let count = files.len();
    let path = |no: usize| house.folder.path().join(format!("model-{:05}-of-{count:05}.gguf", no + 1));
    for (no, file) in files.iter().enumerate() {
        if let Some(bytes) = file {
            std::fs::write(path(no), bytes).unwrap();
        }
    }
    let outcome = match house.workers.load((0..count).map(path).collect(), Some(256), no_progress()).await {
        Ok(model) => {
            let turns = vec![Turn::said(Role::User, "Hello")];
            let sampling = Sampling { max_tokens: Some(4), ..Sampling::default() };
            whole(&model, Prompt { cache_key: "a".into(), turns, open: None, sampling }).await.1.map(|_| ())
        }
        Err(error) => Err(error),
    };
    house.workers.shut_down().await;
    assert_eq!(house.there().len(), 0, "{what}: its worker is gone");
    match outcome {
        Ok(()) => ("answers", what),
        Err(EngineError::Crashed(reason)) => ("crashes", format!("{what}: {reason}")),
        Err(error) => ("refused", format!("{what}: {error}")),
    }
}

#[tokio::test]
async fn a_split_model_that_is_whole_answers() {
    let sound = starter();
    let parts = gguf::write::split(&sound, 3).unwrap().into_iter().map(Some).collect();
    let outcome = tried(parts, "sound".into(), &built("drawbridge-engine")).await;
    assert_eq!(outcome, ("answers", "sound".to_owned()));
}

#[tokio::test]
async fn five_hundred_damaged_models_end_with_a_sentence_or_an_answer() {
    let sound = starter();
    let parts = gguf::write::split(&sound, 3).unwrap();
    let program = built("drawbridge-engine");
    let single = (0..CASES).map(|seed| {
        let (file, what) = damaged(&sound, seed);
        (vec![Some(file)], what)
    });
    let split = (0..SPLIT_CASES).map(|seed| wronged(&parts, seed));
    let cases = futures_util::stream::iter(single.chain(split)).map(|(files, what)| {
        let case = tried(files, what.clone(), &program);
        async move { tokio::time::timeout(Duration::from_secs(120), case).await.map_err(|_| format!("{what} hangs")) }
    });
    let mut cases = cases.buffer_unordered(2);
    let mut outcomes: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    while let Some(outcome) = cases.next().await {
        let (kind, what) = outcome.unwrap();
        outcomes.entry(kind).or_default().push(what);
    }
    let of = |kind| outcomes.get(kind).map_or(&[][..], |cases| &cases[..]);
    println!("{} answer, {} are refused", of("answers").len(), of("refused").len());
    assert_eq!(of("crashes"), &[] as &[String], "a file that our reader passed must not bring llama.cpp down");
    assert!(of("refused").len() > 100 && of("answers").len() > 50, "{outcomes:#?}");
    assert_eq!(unreaped(), 0);
}

fn starter() -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../resources/starter-model/starter.gguf")).unwrap()
}
