//! Downloads beside each other, paused, cancelled, gone on with.

use std::path::PathBuf;

use acceptance::{
    Session,
    hub::{At, Fault, Repository, models},
};
use serde_json::{Value, json};
use wire::{Download, DownloadState};

use crate::{Desk, FILE, REPO, desk, models_in};

#[tokio::test(flavor = "multi_thread")]
async fn two_downloads_of_one_file_are_one() {
    let mut desk = Desk::new().await;
    desk.hub.misbehave(At::Bytes, Fault::Slow { piece: 64 * 1024, pause_ms: 10 });
    let first = desk.session.start_download(models::STARTER, models::STARTER_FILE).await.unwrap();
    let second = desk.session.start_download(models::STARTER, models::STARTER_FILE).await.unwrap();
    assert_eq!(first.id, second.id);
    let ended = desk.session.download_ended(first.id).await;
    assert!(matches!(ended.state, DownloadState::Done { verified: true, .. }), "{:?}", ended.state);
    assert_eq!(desk.fetched().len(), 1);
    let third = desk.session.start_download(models::STARTER, models::STARTER_FILE).await.unwrap();
    let ended = desk.session.download_ended(third.id).await;
    assert!(matches!(ended.state, DownloadState::Done { .. }), "{:?}", ended.state);
    let paths = models_in(desk.folder.path());
    assert_eq!(paths.len(), 1, "{paths:?}");
    assert_eq!(desk.session.models().await.len(), 2, "the starter model and this one");
    desk.session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_few_run_and_the_others_wait_for_their_turn() {
    let repository = (0..4).fold(Repository::new("many/files-GGUF"), |repository, n| {
        repository.file(&format!("m{n}-Q4_0.gguf"), models::of_size(&format!("m{n}"), 1024 * 1024))
    });
    let mut desk = Desk::with(vec![repository]).await;
    desk.hub.misbehave(At::Bytes, Fault::Slow { piece: 64 * 1024, pause_ms: 20 });
    let mut ids = Vec::new();
    for n in 0..4 {
        ids.push(desk.session.start_download("many/files-GGUF", &format!("m{n}-Q4_0.gguf")).await.unwrap().id);
    }
    desk.session.download_until(ids[0], |one| one.received_bytes > 0).await;
    let all: Vec<Download> = desk.session.ok("download_list", Value::Null).await;
    let queued = all.iter().filter(|one| one.state == DownloadState::Queued).count();
    assert_eq!(queued, 2, "{all:?}");
    for id in ids {
        let ended = desk.session.download_ended(id).await;
        assert!(matches!(ended.state, DownloadState::Done { verified: true, .. }), "{:?}", ended.state);
    }
    desk.session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_keeps_what_arrived_and_the_rest_is_asked_for() {
    let mut desk = Desk::new().await;
    desk.hub.misbehave_times(1, At::Bytes, Fault::Stall { after: 1_000_000 });
    let started = desk.session.start_download(models::STARTER, models::STARTER_FILE).await.unwrap();
    desk.session.download_until(started.id, |one| one.received_bytes == 1_000_000).await;
    let paused: Download = desk.session.ok("download_pause", json!({"download": started.id})).await;
    assert_eq!((&paused.state, paused.received_bytes), (&DownloadState::Paused, 1_000_000));
    desk.session.ok::<Download>("download_resume", json!({"download": started.id})).await;
    let ended = desk.session.download_ended(started.id).await;
    assert!(matches!(ended.state, DownloadState::Done { verified: true, .. }), "{:?}", ended.state);
    let ranges: Vec<Option<String>> = desk.fetched().iter().map(|one| one.header("range").map(str::to_owned)).collect();
    assert_eq!(ranges.len(), 2, "{ranges:?}");
    assert!(ranges[1].as_deref().is_some_and(|range| range.starts_with("bytes=1000000-")), "{ranges:?}");
    desk.session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_restart_a_download_is_paused_and_goes_on_when_asked() {
    let mut desk = Desk::new().await;
    desk.hub.misbehave_times(1, At::Bytes, Fault::Stall { after: 2_000_000 });
    let started = desk.session.start_download(models::STARTER, models::STARTER_FILE).await.unwrap();
    desk.session.download_until(started.id, |one| one.received_bytes == 2_000_000).await;
    let requests = desk.hub.seen().len();
    desk.restart().await;
    let left: Vec<Download> = desk.session.ok("download_list", Value::Null).await;
    assert_eq!(left.len(), 1);
    assert_eq!((left[0].id, &left[0].state), (started.id, &DownloadState::Paused));
    assert_eq!(left[0].received_bytes, 2_000_000);
    assert!(desk.session.models().await.iter().all(|model| model.starter), "what is not whole is no model");
    assert_eq!(desk.hub.seen().len(), requests, "nothing goes on by itself after a start");
    desk.session.ok::<Download>("download_resume", json!({"download": started.id})).await;
    let ended = desk.session.download_ended(started.id).await;
    assert!(matches!(ended.state, DownloadState::Done { verified: true, .. }), "{:?}", ended.state);
    let asked = desk.fetched().last().and_then(|one| one.header("range").map(str::to_owned));
    assert!(asked.is_some_and(|range| range.starts_with("bytes=2000000-")));
    desk.session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_leaves_nothing_behind() {
    let mut desk = Desk::new().await;
    for paused in [false, true] {
        desk.hub.misbehave_times(1, At::Bytes, Fault::Stall { after: 1_000_000 });
        let started = desk.session.start_download(models::STARTER, models::STARTER_FILE).await.unwrap();
        desk.session.download_until(started.id, |one| one.received_bytes == 1_000_000).await;
        if paused {
            desk.session.ok::<Download>("download_pause", json!({"download": started.id})).await;
        }
        desk.session.ok::<Value>("download_cancel", json!({"download": started.id})).await;
        assert_eq!(desk.session.ok::<Vec<Download>>("download_list", Value::Null).await, []);
        assert_eq!(desk.kept(), Vec::<PathBuf>::new(), "paused: {paused}");
    }
    desk.restart().await;
    assert_eq!(desk.session.ok::<Vec<Download>>("download_list", Value::Null).await, []);
    desk.session.core.shut_down().await;
}

/// Two processes on one data folder want the same file at the same time.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_cores_that_want_one_file_one_fetches_it() {
    let (folder, hub, mut first) = desk(models::shelf()).await;
    // Five seconds: the other has to start and be refused meanwhile, however busy the machine is.
    hub.misbehave(At::Bytes, Fault::Slow { piece: 64 * 1024, pause_ms: 100 });
    let one = first.start_download(REPO, FILE).await.unwrap();
    first.download_until(one.id, |one| one.received_bytes > 0).await;
    let second = Session::open(folder.path()).await;
    let listed: Vec<Download> = second.ok("download_list", Value::Null).await;
    assert_eq!(
        listed.iter().map(|seen| (seen.id, &seen.state)).collect::<Vec<_>>(),
        [(one.id, &DownloadState::Elsewhere)]
    );
    let refused = second.start_download(REPO, FILE).await.unwrap_err();
    assert!(refused.message().starts_with("Another Drawbridge is downloading this model."), "{refused}");
    let ended = first.download_ended(one.id).await;
    assert!(matches!(ended.state, DownloadState::Done { verified: true, .. }), "{:?}", ended.state);
    assert_eq!(second.ok::<Vec<Download>>("download_list", Value::Null).await, [], "it is done there");
    let [file] = models_in(folder.path()).try_into().unwrap_or_else(|files| panic!("{files:?}"));
    assert!(std::fs::read(folder.path().join("models").join(file)).unwrap() == models::starter());
    assert_eq!(second.models().await.len(), 2, "the starter model and this one");
    first.core.shut_down().await;
    second.core.shut_down().await;
}
