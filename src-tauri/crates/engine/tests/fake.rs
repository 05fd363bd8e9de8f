//! The engine against workers that go wrong at every point, played by `examples/fake_worker.rs`.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

mod support;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use domain::{Delta, Engine, EngineError, FinishReason, LoadProgress, Model, Prompt, RenderSource, Sampling};
use engine::{WorkerOptions, Workers};
use futures_util::{StreamExt, stream::FuturesUnordered};
use support::{House, built, no_progress, whole};

/// Far from any limit, however busy the machine is.
fn patient() -> WorkerOptions {
    WorkerOptions { idle: Duration::ZERO, ..WorkerOptions::default() }
}

/// For workers that are to run into this limit.
fn quick_to_judge() -> WorkerOptions {
    WorkerOptions {
        hello: Duration::from_secs(1),
        ping: Duration::from_millis(50),
        hang: Duration::from_secs(1),
        ..patient()
    }
}

fn fake_with(fault: &str, options: WorkerOptions) -> House {
    House::new(&built("examples/fake_worker"), fault, options)
}

/// Workers that go wrong in the way of this name.
fn fake(fault: &str) -> House {
    fake_with(fault, patient())
}

async fn load(house: &House) -> Result<Arc<dyn Model>, EngineError> {
    house.workers.load(files(), None, no_progress()).await
}

fn files() -> Vec<PathBuf> {
    vec![Path::new("/nowhere/model.gguf").into()]
}

fn prompt(cache_key: &str, tokens: u32) -> Prompt {
    let sampling = Sampling { max_tokens: Some(tokens), ..Sampling::default() };
    Prompt { cache_key: cache_key.into(), turns: Vec::new(), open: None, sampling }
}

fn counted(tokens: u32) -> String {
    (0..tokens).map(|token| format!("{token} ")).collect()
}

#[tokio::test]
async fn an_answer_arrives_whole_and_in_order() {
    let fake = fake("good");
    let shares = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&shares);
    let model =
        fake.workers.load(files(), None, Arc::new(move |share| heard.lock().unwrap().push(share))).await.unwrap();
    assert_eq!(whole(&model, prompt("a", 200)).await, (counted(200), Ok(FinishReason::MaxTokens)));
    assert!(shares.lock().unwrap().iter().all(|share| (0.0..=1.0).contains(share)), "progress is a share");
    assert_eq!(model.measure(prompt("a", 1)).await.unwrap().context_tokens, 2048);
}

#[tokio::test]
async fn many_answers_at_once_do_not_mix() {
    let fake = fake("good");
    let model = load(&fake).await.unwrap();
    let mut all: FuturesUnordered<_> = (1..40).map(|tokens| whole_of(&model, tokens)).collect();
    while let Some((tokens, text)) = all.next().await {
        assert_eq!(text, counted(tokens));
    }
}

async fn whole_of(model: &Arc<dyn Model>, tokens: u32) -> (u32, String) {
    (tokens, whole(model, prompt(&tokens.to_string(), tokens)).await.0)
}

#[tokio::test]
async fn loads_of_the_same_files_share_one_worker() {
    let fake = fake("good");
    let loads: FuturesUnordered<_> = (0..8).map(|_| load(&fake)).collect();
    let models: Vec<_> = loads.collect().await;
    assert!(models.iter().all(Result::is_ok));
    assert_eq!(fake.there().len(), 1);
    assert!(fake.workers.loaded(&files()).is_some());
    fake.workers.vocabulary(files()).await.unwrap();
    assert_eq!(fake.there().len(), 2, "counting has a worker of its own");
}

#[tokio::test]
async fn another_context_waits_for_the_answer_under_way() {
    let fake = fake("good");
    let model = load(&fake).await.unwrap();
    let (answer, other) =
        tokio::join!(whole(&model, prompt("a", 300)), fake.workers.load(files(), Some(512), no_progress()));
    assert_eq!(answer, (counted(300), Ok(FinishReason::MaxTokens)));
    assert_eq!(other.unwrap().facts().context_tokens, 512);
    assert!(!model.is_alive());
    assert_eq!(fake.there().len(), 1);
}

#[tokio::test]
async fn dropping_a_load_ends_it_and_another_caller_keeps_it() {
    let fake = fake("slow-load");
    let (began, begun) = tokio::sync::oneshot::channel();
    let began = Mutex::new(Some(began));
    let progress: LoadProgress = Arc::new(move |share| {
        if share > 0.0
            && let Some(began) = began.lock().unwrap().take()
        {
            began.send(()).unwrap();
        }
    });
    let mut first = Box::pin(fake.workers.load(files(), None, progress));
    let mut second = Box::pin(load(&fake));
    tokio::select! {
        _ = &mut first => panic!("it loads for minutes"),
        _ = &mut second => panic!("it loads for minutes"),
        begun = begun => begun.unwrap(),
    }
    drop(first);
    assert!(futures_util::poll!(&mut second).is_pending(), "the second caller keeps what the first gave up");
    assert_eq!(fake.there().len(), 1);
    drop(second);
    for _ in 0..500 {
        tokio::time::sleep(Duration::from_millis(10)).await;
        if fake.there().is_empty() {
            return;
        }
    }
    panic!("nobody waits for it any more and it still loads");
}

#[tokio::test]
async fn a_dropped_stream_cancels_and_a_stopped_one_finishes() {
    let fake = fake("good");
    let model = load(&fake).await.unwrap();
    let mut dropped = model.answer(prompt("a", 1_000_000));
    dropped.next().await.unwrap().unwrap();
    assert_eq!(model.measure(prompt("m", 1)).await.unwrap().tokens, 1, "the worker is at it");
    drop(dropped);
    let stopping = whole(&model, prompt("b", 1_000_000));
    let (answer, ()) = tokio::join!(stopping, async { model.stop("b") });
    assert_eq!(answer.1, Ok(FinishReason::Stopped));
    assert_eq!(model.measure(prompt("m", 1)).await.unwrap().tokens, 0, "the worker is at neither any more");
}

#[tokio::test]
async fn a_worker_that_ignores_a_stop_is_not_waited_for() {
    let fake = fake("deaf-to-cancel");
    let model = load(&fake).await.unwrap();
    let mut stream = model.answer(prompt("a", 1_000_000));
    let mut pieces = 0;
    loop {
        match stream.next().await.unwrap().unwrap() {
            Delta::Piece { .. } => {
                pieces += 1;
                if pieces == 3 {
                    model.stop("a");
                }
            }
            Delta::Finish { reason, usage, .. } => {
                assert_eq!((reason, usage.output_tokens), (FinishReason::Stopped, pieces));
                break;
            }
            Delta::Reading { .. } | Delta::ToolCall { .. } | Delta::Spent { .. } => {}
        }
    }
}

#[tokio::test]
async fn a_death_while_answering_ends_every_stream_and_the_next_load_works() {
    let fake = fake("gone-at-answer");
    let model = load(&fake).await.unwrap();
    let measured = model.measure(prompt("m", 1));
    let (one, two, _) = tokio::join!(whole(&model, prompt("a", 9)), whole(&model, prompt("b", 9)), measured);
    for (text, end) in [one, two] {
        assert!(counted(3).starts_with(&text), "{text}");
        let Err(EngineError::Crashed(reason)) = end else { panic!("{end:?}") };
        assert_eq!(
            reason,
            "ended by signal 6 (SIGABRT); it found itself in a state that it cannot go on from \
             (ggml-cpu.c:9: GGML_ASSERT(luck) failed)"
        );
    }
    assert!(!model.is_alive());
    assert!(matches!(whole(&model, prompt("a", 1)).await.1, Err(EngineError::Crashed(_))), "a dead model says so");
    assert_eq!(whole(&load(&fake).await.unwrap(), prompt("a", 2)).await.0, counted(2));
}

#[tokio::test]
async fn a_worker_that_keeps_dying_is_given_up_on_with_a_sentence() {
    let fake = fake("gone-at-load");
    for _ in 0..4 {
        let error = load(&fake).await.err().unwrap();
        assert!(error.to_string().contains("GGML_ASSERT(n_layer > 0) failed"), "{error}");
    }
    let error = load(&fake).await.err().unwrap();
    assert_eq!(
        error.to_string(),
        "The engine cannot be started: it stopped 4 times within a few minutes. \
         Choose another model, or ask again in 5 min."
    );
}

#[tokio::test]
async fn every_way_of_going_wrong_ends_with_its_sentence_and_leaves_no_process() {
    let ways = [
        ("mute", "it started and said nothing for"),
        ("stranger", "the program found is not ours"),
        ("old", "the program found is not ours: it is \"drawbridge-engine 0.0.1 protocol 0\""),
        ("gone-at-start", "it left by itself with code 3"),
        ("no-model", "The model could not be read: no"),
        ("hangs-at-load", "it stopped responding and was ended"),
        ("hangs-at-answer", "it stopped responding and was ended"),
        ("no-pong", "it stopped responding and was ended"),
        ("gibberish-at-answer", "what it said could not be understood"),
        ("endless-frame-at-answer", "what it said could not be understood"),
        ("wrong-reply-at-answer", "what it said could not be understood"),
    ];
    let tried = ways.map(|(fault, sentence)| async move {
        let limited = ["mute", "hangs-at-load", "hangs-at-answer", "no-pong"].contains(&fault);
        let fake = fake_with(fault, if limited { quick_to_judge() } else { patient() });
        let error = match load(&fake).await {
            Ok(model) => whole(&model, prompt("a", 10)).await.1.unwrap_err(),
            Err(error) => error,
        };
        assert!(error.to_string().contains(sentence), "{fault}: {error}");
        assert_eq!(fake.there().len(), 0, "{fault}: it is gone and reaped");
    });
    futures_util::future::join_all(tried).await;
}

#[tokio::test]
async fn a_program_that_is_not_there_is_named() {
    let workers = Workers::new("/nowhere/drawbridge-engine".into(), patient());
    let error = workers.load(files(), None, no_progress()).await.err().unwrap().to_string();
    assert!(error.starts_with("The engine cannot be started: /nowhere/drawbridge-engine does not start"), "{error}");
}

#[tokio::test]
async fn an_idle_model_is_put_away_and_comes_back() {
    let fake = fake_with("good", WorkerOptions { idle: Duration::from_millis(500), ..patient() });
    let model = load(&fake).await.unwrap();
    assert_eq!(whole(&model, prompt("a", 700)).await.0, counted(700), "an answer longer than the limit is not idling");
    let error = loop {
        match model.measure(prompt("a", 1)).await {
            Ok(_) => tokio::time::sleep(Duration::from_millis(800)).await,
            Err(error) => break error,
        }
    };
    assert!(error.to_string().contains("was put away"), "{error}");
    assert_eq!(whole(&load(&fake).await.unwrap(), prompt("a", 2)).await.0, counted(2));
}

#[tokio::test]
async fn shutting_down_ends_everybody_even_the_deaf() {
    for fault in ["good", "deaf-at-end", "slow-load"] {
        let fake = fake(fault);
        let mut loading = std::pin::pin!(load(&fake));
        if fault == "slow-load" {
            let pending = futures_util::poll!(loading.as_mut()).is_pending();
            assert!(pending);
        } else {
            let model = loading.as_mut().await.unwrap();
            let mut stream = model.answer(prompt("a", 1_000_000));
            stream.next().await.unwrap().unwrap();
        }
        fake.workers.shut_down().await;
        assert_eq!(fake.there().len(), 0, "{fault}");
        assert_eq!(load(&fake).await.err(), Some(EngineError::Cancelled));
    }
}

#[tokio::test]
async fn a_prompt_that_no_frame_holds_is_too_long() {
    let fake = fake("good");
    let model = load(&fake).await.unwrap();
    let mut long = prompt("a", 1);
    long.cache_key = "x".repeat(17 * 1024 * 1024);
    let (_, end) = whole(&model, long).await;
    assert!(matches!(end, Err(EngineError::ContextTooLong { needed, limit: 2048 }) if needed > 4_000_000), "{end:?}");
    assert_eq!(whole(&model, prompt("a", 1)).await.0, counted(1), "the worker never saw it");
}

#[tokio::test]
async fn rendering_needs_no_model_and_leaves_no_worker() {
    let fake = fake("good");
    let source = RenderSource::Template { template: String::new(), bos: String::new(), eos: String::new() };
    assert_eq!(fake.workers.render(source.clone(), "{}".into()).await.unwrap(), "{}");
    fake.workers.shut_down().await;
    assert_eq!(fake.there().len(), 0);
    let error = fake_with("mute", quick_to_judge()).workers.render(source, "{}".into()).await.unwrap_err();
    assert!(matches!(error, EngineError::Unavailable(_)), "{error}");
}
