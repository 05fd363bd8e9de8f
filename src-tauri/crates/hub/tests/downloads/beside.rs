//! Two processes with one folder of models: the window, and the command line beside it.

use hub::{DownloadStage, HubError};

use crate::{
    house::{House, NAME, error, is_verified, model, plan},
    server::{Fault, Server},
};

#[tokio::test(start_paused = true)]
async fn one_that_rests_is_whoevers_goes_on_with_it() {
    let (house, server) = (House::new(), Server::of(vec![(NAME, model(10_000, 1))]));
    let window = house.open(&server);
    let terminal = house.open(&server);
    server.will([Fault::HangAfter(4000)]);
    let id = terminal.start(plan(NAME)).await.unwrap().id;
    server.hung.notified().await;
    terminal.pause(id).await.unwrap();
    let seen = window.list().remove(0);
    assert_eq!((seen.id, &seen.stage, seen.received_bytes), (id, &DownloadStage::Paused, 4000), "begun later");

    let same = window.start(plan(NAME)).await.unwrap();
    assert_eq!(same.id, id, "it is gone on with, and not begun a second time");
    assert!(is_verified(&house.end(&window, id).await));
    assert_eq!(server.requests().last().unwrap().1, 4000);
    assert!(terminal.list().is_empty(), "it was finished elsewhere");
    assert!(matches!(terminal.resume(id).await, Err(HubError::NotFound(_))));
    house.assert_swept();
}

#[tokio::test(start_paused = true)]
async fn one_that_another_process_works_on_is_shown_and_left_to_it() {
    let (house, server) = (House::new(), Server::of(vec![(NAME, model(10_000, 1))]));
    let terminal = house.open(&server);
    server.will([Fault::HangAfter(4000)]);
    let id = terminal.start(plan(NAME)).await.unwrap().id;
    server.hung.notified().await;

    let window = house.open(&server);
    let seen = window.list().remove(0);
    assert_eq!((seen.id, &seen.stage), (id, &DownloadStage::Elsewhere));
    assert_eq!(terminal.list()[0].bytes, seen.bytes, "what the hub stated is known here too");
    for refused in [
        window.start(plan(NAME)).await.map(drop),
        window.pause(id).await.map(drop),
        window.resume(id).await.map(drop),
        window.cancel(id).await,
    ] {
        assert_eq!(refused, Err(HubError::Elsewhere));
    }
    assert_eq!(server.requests().len(), 1);

    terminal.pause(id).await.unwrap();
    assert_eq!(terminal.list()[0].received_bytes, 4000, "it was not disturbed");
    assert_eq!(window.list()[0].stage, DownloadStage::Paused);
    window.cancel(id).await.unwrap();
    assert!(window.list().is_empty() && terminal.list().is_empty());
    assert!(matches!(terminal.cancel(id).await, Err(HubError::NotFound(_))));
    house.assert_swept();
}

#[tokio::test(start_paused = true)]
async fn whoever_goes_on_begins_where_the_other_left_it() {
    let (house, server) = (House::new(), Server::of(vec![(NAME, model(10_000, 1))]));
    let (window, terminal) = (house.open(&server), house.open(&server));
    server.will([Fault::HangAfter(1000), Fault::HangAfter(2000), Fault::HangAfter(3000)]);
    let id = window.start(plan(NAME)).await.unwrap().id;
    for downloads in [&terminal, &window, &terminal] {
        server.hung.notified().await;
        assert_eq!((window.list().len(), terminal.list().len()), (1, 1));
        // Whichever of the two works on it.
        if window.pause(id).await.is_err() {
            terminal.pause(id).await.unwrap();
        }
        downloads.resume(id).await.unwrap();
    }
    assert!(is_verified(&house.end(&terminal, id).await));
    assert_eq!(server.requests().iter().map(|(_, from)| *from).collect::<Vec<_>>(), [0, 1000, 3000, 6000]);
    assert_eq!(server.asked(), 5, "the hub was asked for the commit once");
    assert_eq!(std::fs::read(house.model()).unwrap(), model(10_000, 1));
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_shown_to_whoever_saw_it_until_another_process_goes_on() {
    let (house, server) = (House::new(), Server::of(vec![(NAME, model(10_000, 1))]));
    let (window, terminal) = (house.open(&server), house.open(&server));
    server.will([Fault::Status(404, None), Fault::HangAfter(1000)]);
    let id = window.start(plan(NAME)).await.unwrap().id;
    assert!(matches!(error(&house.end(&window, id).await), HubError::NotFound(_)));
    // It is answered once the task has ended and let go.
    error(&window.pause(id).await.unwrap());
    assert_eq!(terminal.list()[0].stage, DownloadStage::Paused);
    assert!(matches!(window.list()[0].stage, DownloadStage::Failed { .. }), "and is not forgotten by looking");
    terminal.resume(id).await.unwrap();
    server.hung.notified().await;
    assert_eq!(window.list()[0].stage, DownloadStage::Elsewhere);
    terminal.shut_down().await;
    assert_eq!(window.list()[0].stage, DownloadStage::Paused);
}

#[tokio::test(start_paused = true)]
async fn what_another_process_does_is_told() {
    let (house, server) = (House::new(), Server::of(vec![(NAME, model(10_000, 1))]));
    let (window, terminal) = (house.open(&server), house.open(&server));
    let mut changes = house.changes();
    server.will([Fault::HangAfter(4000)]);
    let id = terminal.start(plan(NAME)).await.unwrap().id;
    while window.known().first().is_none_or(|seen| seen.stage != DownloadStage::Elsewhere) {
        changes.changed().await.unwrap();
    }
    terminal.pause(id).await.unwrap();
    while window.known()[0].stage != DownloadStage::Paused {
        changes.changed().await.unwrap();
    }
    terminal.cancel(id).await.unwrap();
    while !window.known().is_empty() {
        changes.changed().await.unwrap();
    }
}
