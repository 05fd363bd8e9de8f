//! The engine with the real worker and the starter model, and everything done to them that can happen to them.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

mod support;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use domain::{Engine, EngineError, FinishReason, Model, Prompt, RenderSource, Role, Turn};
use engine::WorkerOptions;
use rand::{Rng, SeedableRng, rngs::StdRng};
use rustix::process::{Signal, kill_process};
use support::{House, built, no_progress, watched, whole};

fn starter() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../resources/starter-model/starter.gguf").canonicalize().unwrap()
}

/// One thread: a machine that runs other tests beside must not slow a team that waits for each other.
fn options() -> WorkerOptions {
    WorkerOptions { idle: Duration::ZERO, threads: 1, ..WorkerOptions::default() }
}

fn house() -> House {
    house_with(options())
}

fn house_with(options: WorkerOptions) -> House {
    House::new(&built("drawbridge-engine"), "drawbridge-engine", options)
}

impl House {
    async fn starter(&self) -> Arc<dyn Model> {
        self.workers.load(vec![starter()], None, no_progress()).await.unwrap()
    }

    fn send(&self, signal: Signal) {
        let there = self.there();
        assert_eq!(there.len(), 1, "one model, one worker");
        kill_process(there[0], signal).unwrap();
    }
}

fn question(model: &Arc<dyn Model>, text: &str) -> Prompt {
    let turns = vec![Turn::said(Role::User, text)];
    Prompt { cache_key: "chat".into(), turns, open: None, sampling: model.facts().default_sampling }
}

fn story(model: &Arc<dyn Model>) -> Prompt {
    question(model, "Tell me a story")
}

#[tokio::test]
async fn an_unloaded_model_is_gone_and_comes_back_when_asked() {
    let house = house();
    let model = house.starter().await;
    house.workers.unload(&[starter()]).await;
    assert!(!model.is_alive() && house.there().is_empty());
    assert!(house.workers.loaded(&[starter()]).is_none());
    let again = house.starter().await;
    let (text, _) = whole(&again, story(&again)).await;
    assert!(!text.is_empty());
}

#[tokio::test]
async fn fifty_kills_cost_nothing_that_was_shown_and_the_next_answer_works() {
    let house = house();
    let model = house.starter().await;
    let mut pieces = 0;
    let (full, end) = watched(&model, story(&model), |count| pieces = count).await;
    assert_eq!(end, Ok(FinishReason::EndOfTurn));
    let mut random = StdRng::seed_from_u64(0x50);
    let (mut kills, mut tries) = (0, 0);
    while kills < 50 {
        tries += 1;
        assert!(tries < 500, "{kills} kills came in time out of {tries}");
        let model = house.starter().await;
        let moment = random.random_range(0..pieces);
        if moment == 0 {
            house.send(Signal::KILL);
        }
        let mut killed = moment == 0;
        let (text, end) = watched(&model, story(&model), |count| {
            if count == moment {
                house.send(Signal::KILL);
                killed = true;
            }
        })
        .await;
        match end {
            // The worker may have been ahead of us and have said everything before it died.
            Ok(_) => assert_eq!(text, full),
            Err(EngineError::Crashed(reason)) => {
                assert_eq!(reason, "ended by signal 9 (SIGKILL); it may have run out of memory");
                assert!(full.starts_with(&text), "kill {kills} after {moment} pieces: {text:?}");
                kills += 1;
            }
            other => panic!("kill {kills} after {moment} pieces: {other:?}"),
        }
        while killed && model.is_alive() {
            tokio::time::sleep(Duration::from_millis(1)).await; // dead, and the news is on its way
        }
        let again = house.starter().await;
        assert_eq!(whole(&again, story(&again)).await.0, full, "after kill {kills}");
    }
    house.workers.shut_down().await;
    assert_eq!((house.there().len(), support::unreaped()), (0, 0), "none is left, not even as a zombie");
}

#[tokio::test]
async fn a_worker_that_stands_still_is_ended_and_replaced() {
    let house =
        house_with(WorkerOptions { ping: Duration::from_millis(100), hang: Duration::from_secs(2), ..options() });
    let model = house.starter().await;
    house.send(Signal::STOP);
    let (text, end) = whole(&model, story(&model)).await;
    assert_eq!((text.as_str(), end), ("", Err(EngineError::Crashed("it stopped responding and was ended".into()))));
    let again = house.starter().await;
    assert_eq!(whole(&again, story(&again)).await.1, Ok(FinishReason::EndOfTurn));
}

#[tokio::test]
async fn a_model_file_deleted_while_loaded_still_answers_and_is_missed_at_the_next_load() {
    let house = house();
    let file = house.folder.path().join("model.gguf");
    std::fs::copy(starter(), &file).unwrap();
    let model = house.workers.load(vec![file.clone()], None, no_progress()).await.unwrap();
    let (before, _) = whole(&model, story(&model)).await;
    std::fs::remove_file(&file).unwrap();
    let mut other = story(&model);
    other.cache_key = "another chat".into();
    assert_eq!(whole(&model, other).await, (before, Ok(FinishReason::EndOfTurn)));
    let error = house.workers.load(vec![file.clone()], Some(512), no_progress()).await.err().unwrap();
    assert_eq!(error, EngineError::ModelMissing(file));
}

#[tokio::test]
async fn a_relative_path_means_the_same_file_to_the_worker() {
    let house = house();
    let here = std::env::current_dir().unwrap();
    let up = here.ancestors().skip(1).map(|_| "..").collect::<PathBuf>();
    let relative = up.join(starter().strip_prefix("/").unwrap());
    let model = house.workers.load(vec![relative.clone()], None, no_progress()).await.unwrap();
    assert_eq!(whole(&model, story(&model)).await.1, Ok(FinishReason::EndOfTurn));
    let request = r#"{"messages":[{"role":"user","content":"Hi"}]}"#.to_owned();
    let rendered = house.workers.render(RenderSource::Model(relative), request).await.unwrap();
    assert!(rendered.contains("Hi"), "{rendered}");
}

#[tokio::test]
async fn a_stop_ends_the_answer_with_what_was_written() {
    let house = house();
    let model = house.starter().await;
    let full = whole(&model, story(&model)).await.0;
    let (text, end) = watched(&model, story(&model), |count| {
        if count == 1 {
            model.stop("chat");
        }
    })
    .await;
    assert!(full.starts_with(&text), "{text:?}");
    assert!(matches!(end, Ok(FinishReason::Stopped | FinishReason::EndOfTurn)), "{end:?}");
    assert_eq!(whole(&model, story(&model)).await.0, full);
}

#[tokio::test]
async fn every_thread_of_a_loaded_worker_stands_behind_the_wall_round_calls() {
    let house = house_with(WorkerOptions { threads: 2, ..options() });
    let model = house.starter().await;
    whole(&model, story(&model)).await.1.unwrap();
    let tasks = format!("/proc/{}/task", house.there()[0].as_raw_nonzero());
    let mut threads = 0;
    for task in std::fs::read_dir(tasks).unwrap() {
        let status = std::fs::read_to_string(task.unwrap().path().join("status")).unwrap();
        let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
        assert_eq!((field("Seccomp:"), field("NoNewPrivs:")), ("2".into(), "1".into()), "{status}");
        threads += 1;
    }
    assert!(threads > 2, "the I/O thread and those that compute are among them");
}

#[tokio::test]
async fn a_computer_is_measured_behind_the_walls_and_the_worker_goes() {
    let house = house();
    let (speed, devices) = house.workers.measure_machine().await.unwrap();
    // From a slow laptop's memory to a fast graphics processor's; a figure in another unit falls outside.
    assert!((1e8..1e14).contains(&speed.generation_bytes_per_second), "{speed:?}");
    assert!((1e8..1e16).contains(&speed.prompt_flops), "{speed:?}");
    assert!((1..=1024).contains(&speed.threads), "{speed:?}");
    assert!(devices.iter().all(|device| !device.name.is_empty()), "{devices:?}");
    house.workers.shut_down().await;
    assert_eq!((house.there().len(), support::unreaped()), (0, 0));
}

fn is_walled_in(worker: rustix::process::Pid) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/status", worker.as_raw_nonzero())).unwrap_or_default();
    status.contains("Seccomp:\t2")
}

#[tokio::test]
async fn a_measurement_that_dies_says_so_and_one_that_is_dropped_ends_its_worker() {
    let house = house();
    let killed = async {
        let measuring = house.workers.measure_machine();
        let kill = async {
            while !house.there().first().is_some_and(|worker| is_walled_in(*worker)) {
                tokio::time::sleep(Duration::from_millis(1)).await; // until it is at work
            }
            house.send(Signal::KILL);
        };
        futures_util::join!(measuring, kill).0
    };
    let reason = "ended by signal 9 (SIGKILL); it may have run out of memory";
    assert_eq!(killed.await, Err(EngineError::Crashed(reason.into())));

    let measuring = house.workers.measure_machine();
    tokio::select! {
        biased;
        measured = measuring => panic!("it cannot be done yet: {measured:?}"),
        () = async { while house.there().is_empty() { tokio::task::yield_now().await } } => {}
    }
    while !house.there().is_empty() {
        tokio::time::sleep(Duration::from_millis(1)).await; // nextest ends a test that waits in vain
    }
}
