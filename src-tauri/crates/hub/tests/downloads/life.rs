//! What people do with downloads, and where models come to lie.

use std::{fs, sync::Arc};

use hub::{DownloadPlan, DownloadStage, HubError, Layout};

use crate::{
    house::{House, NAME, error, is_verified, kept, model, parts, plan, run},
    server::{Fault, REPO, REVISION, Server, sha256},
};

#[tokio::test(start_paused = true)]
async fn what_is_finished_is_told_whole() {
    let file = model(10_000, 1);
    let (house, server) = (House::new(), Server::of(vec![(NAME, file.clone())]));
    let downloads = house.open(&server);
    let begun = downloads.start(plan(NAME)).await.unwrap();
    assert_eq!((begun.bytes, begun.received_bytes, begun.host.as_str()), (1, 0, "hub.test"));
    let done = house.end(&downloads, begun.id).await;
    assert!(is_verified(&done));
    assert_eq!((done.bytes, done.received_bytes), (file.len() as u64, file.len() as u64));
    let finished = house.finished.lock().unwrap().remove(0);
    assert_eq!((finished.id, &finished.first, finished.verified), (begun.id, &house.model(), true));
    assert_eq!(
        (finished.repo.as_str(), finished.revision.as_str(), finished.host.as_str()),
        (REPO, REVISION, "hub.test")
    );
    assert_eq!((finished.licence.as_deref(), finished.name.as_str()), (Some("apache-2.0"), "Model"));
    assert_eq!(finished.files[0].1.sha256, Some(sha256(&file)));
    assert!(Layout::new(house.models()).owns(&finished.first));
    house.assert_swept();
}

#[tokio::test(start_paused = true)]
async fn pausing_keeps_what_arrived_and_resuming_goes_on_there() {
    let file = model(10_000, 1);
    let (house, server) = (House::new(), Server::of(vec![(NAME, file.clone())]));
    server.will([Fault::HangAfter(4000)]);
    let downloads = house.open(&server);
    let id = downloads.start(plan(NAME)).await.unwrap().id;
    server.hung.notified().await;
    for _ in 0..2 {
        let paused = downloads.pause(id).await.unwrap();
        assert_eq!((paused.stage, paused.received_bytes), (DownloadStage::Paused, 4000));
    }
    assert_eq!(fs::read(kept(&house.models()).unwrap()).unwrap(), file[..4000]);
    assert!(matches!(downloads.resume(id).await.unwrap().stage, DownloadStage::Queued));
    assert!(is_verified(&house.end(&downloads, id).await));
    assert_eq!(server.requests()[1].1, 4000);
    assert!(is_verified(&downloads.pause(id).await.unwrap()) && is_verified(&downloads.resume(id).await.unwrap()));
}

#[tokio::test(start_paused = true)]
async fn a_wait_can_be_cut_short_or_paused() {
    let (house, server) = (House::new(), Server::of(vec![(NAME, model(10_000, 1))]));
    server.will([Fault::Status(429, Some(("retry-after", "3000"))), Fault::Away]);
    let downloads = house.open(&server);
    let id = downloads.start(plan(NAME)).await.unwrap().id;
    let waiting = |report: &hub::DownloadReport| matches!(report.stage, DownloadStage::Waiting { .. });
    house.until(&downloads, id, waiting).await;
    downloads.resume(id).await.unwrap();
    house.until(&downloads, id, waiting).await;
    assert_eq!(downloads.pause(id).await.unwrap().stage, DownloadStage::Paused);
    downloads.resume(id).await.unwrap();
    assert!(is_verified(&house.end(&downloads, id).await));
}

#[tokio::test(start_paused = true)]
async fn speed_and_time_left_are_told_while_bytes_arrive() {
    let (house, server) = (House::new(), Server::of(vec![(NAME, model(10_000, 1))]));
    server.will([Fault::HangAfter(3000)]);
    let downloads = house.open(&server);
    let id = downloads.start(plan(NAME)).await.unwrap().id;
    let figures = |report: &hub::DownloadReport| match report.stage {
        DownloadStage::Running { bytes_per_second: Some(rate), seconds_left } => Some((rate, seconds_left)),
        _ => None,
    };
    let running = house.until(&downloads, id, |report| figures(report).is_some_and(|(rate, _)| rate > 0.0)).await;
    assert!(figures(&running).unwrap().1.unwrap() > 0.0);
    // Nothing comes any more, and the figure does not stand still.
    house.until(&downloads, id, |report| figures(report) == Some((0.0, None))).await;
}

#[tokio::test(start_paused = true)]
async fn cancelling_leaves_nothing_behind_wherever_it_is() {
    for at in [0, 1, 999, 5000, 9999] {
        let (house, server) = (House::new(), Server::of(vec![(NAME, model(10_000, 1))]));
        server.will([Fault::HangAfter(at)]);
        let downloads = house.open(&server);
        let id = downloads.start(plan(NAME)).await.unwrap().id;
        server.hung.notified().await;
        if at == 999 {
            downloads.pause(id).await.unwrap();
        }
        downloads.cancel(id).await.unwrap();
        assert!(downloads.list().is_empty() && house.files().is_empty());
        assert!(matches!(downloads.cancel(id).await, Err(HubError::NotFound(_))));
        assert!(matches!(downloads.pause(id).await, Err(HubError::NotFound(_))));
        house.assert_swept();
    }
}

#[tokio::test(start_paused = true)]
async fn cancelling_at_any_moment_ends_with_a_whole_model_or_nothing() {
    // Without a pause of its own the task runs as far as it likes between two polls: every yield is a moment.
    for moment in 0..60 {
        let file = model(200_000, 1);
        let (house, server) = (House::new(), Server::of(vec![(NAME, file.clone())]));
        let downloads = house.open(&server);
        let id = downloads.start(plan(NAME)).await.unwrap().id;
        for _ in 0..moment {
            tokio::task::yield_now().await;
        }
        downloads.cancel(id).await.unwrap();
        match house.files().as_slice() {
            [] => assert!(house.finished.lock().unwrap().is_empty()),
            [model] => assert_eq!(fs::read(model).unwrap(), file),
            files => panic!("{files:?}"),
        }
        house.assert_swept();
    }
}

#[tokio::test(start_paused = true)]
async fn the_same_file_is_downloaded_once() {
    let (house, server) = (House::new(), Server::of(vec![(NAME, model(10_000, 1))]));
    server.will([Fault::HangAfter(100)]);
    let downloads = house.open(&server);
    let (one, two) = tokio::join!(downloads.start(plan(NAME)), downloads.start(plan(NAME)));
    let id = one.unwrap().id;
    assert_eq!(id, two.unwrap().id);
    server.hung.notified().await;
    assert_eq!(downloads.start(plan(NAME)).await.unwrap().id, id);
    downloads.pause(id).await.unwrap();
    assert_eq!(downloads.start(plan(NAME)).await.unwrap().id, id, "one that rests goes on");
    assert!(is_verified(&house.end(&downloads, id).await));

    let again = downloads.start(plan(NAME)).await.unwrap();
    assert_ne!(again.id, id);
    assert!(is_verified(&house.end(&downloads, again.id).await));
    assert_eq!(downloads.list().len(), 1);
    assert_eq!(server.requests().len(), 2, "the file that is there is taken over");
    assert_eq!(house.finished.lock().unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn so_many_at_once_and_the_others_after_them() {
    let names = ["a.gguf", "b.gguf", "c.gguf"];
    let house = House::new();
    let servers: Vec<Arc<Server>> =
        names.iter().map(|name| Server::of(vec![(*name, model(5000, name.as_bytes()[0]))])).collect();
    let downloads = house.open_in(house.models(), &servers[0], 1);
    servers[0].will([Fault::HangAfter(100)]);
    let first = downloads.start(plan(names[0])).await.unwrap().id;
    servers[0].hung.notified().await;
    let mut ids = Vec::new();
    for (name, server) in names.iter().zip(&servers).skip(1) {
        downloads.change(server.clone(), server.clone());
        let report = downloads.start(plan(name)).await.unwrap();
        assert_eq!(report.stage, DownloadStage::Queued);
        ids.push(report.id);
        // The way out is chosen when its turn comes.
        downloads.pause(report.id).await.unwrap();
    }
    assert!(servers[1].asked() + servers[2].asked() == 0);
    downloads.pause(first).await.unwrap();
    for (id, server) in ids.into_iter().zip(&servers[1..]) {
        downloads.change(server.clone(), server.clone());
        downloads.resume(id).await.unwrap();
        assert!(is_verified(&house.end(&downloads, id).await));
    }
    assert_eq!(house.files().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_split_model_is_one_download_and_appears_when_all_of_it_is_there() {
    let names = ["Q8/m-00001-of-00003.gguf", "Q8/m-00002-of-00003.gguf", "Q8/m-00003-of-00003.gguf"];
    let files: Vec<_> = names.into_iter().zip(parts(3, 8000)).collect();
    let (house, server) = (House::new(), Server::of(files.clone()));
    server.will([Fault::None, Fault::None, Fault::HangAfter(4000)]);
    let downloads = house.open(&server);
    let id = downloads.start(plan(names[0])).await.unwrap().id;
    server.hung.notified().await;
    assert!(house.files().is_empty());
    downloads.pause(id).await.unwrap();
    downloads.resume(id).await.unwrap();
    assert!(is_verified(&house.end(&downloads, id).await));
    let folder = house.models().join(REPO);
    assert_eq!(house.files(), names.map(|name| folder.join(name)));
    assert_eq!(gguf::parts(&folder.join(names[0])).unwrap().len(), 3);
    assert_eq!(server.requests().len(), 4, "whole parts are not fetched again");
    house.assert_swept();
}

#[tokio::test(start_paused = true)]
async fn parts_that_do_not_belong_together_are_refused() {
    let mut split = parts(3, 8000);
    let swapped = vec![("m-00001-of-00002.gguf", split.remove(1)), ("m-00002-of-00002.gguf", split.remove(0))];
    let alone = vec![("m-00001-of-00001.gguf", split.remove(0))];
    for files in [swapped, alone] {
        let house = House::new();
        let first = files[0].0;
        let server = Server::of(files);
        let downloads = house.open(&server);
        let id = downloads.start(plan(first)).await.unwrap().id;
        assert!(matches!(error(&house.end(&downloads, id).await), HubError::Unusable(_)));
        assert!(house.files().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn another_file_of_that_name_stays_and_the_new_one_lies_beside_it() {
    let (house, server) = (House::new(), Server::of(vec![(NAME, model(10_000, 1))]));
    let mine = model(10_000, 9);
    fs::create_dir_all(house.model().parent().unwrap()).unwrap();
    fs::write(house.model(), &mine).unwrap();
    let downloads = house.open(&server);
    let id = downloads.start(plan(NAME)).await.unwrap().id;
    assert!(is_verified(&house.end(&downloads, id).await));
    let beside = house.models().join(REPO).join(&REVISION[..12]).join(NAME);
    assert_eq!(house.finished.lock().unwrap()[0].first, beside);
    assert_eq!(fs::read(house.model()).unwrap(), mine);

    fs::write(&beside, &mine).unwrap();
    let id = downloads.start(plan(NAME)).await.unwrap().id;
    assert!(matches!(error(&house.end(&downloads, id).await), HubError::Disk(_)));
    fs::remove_file(&beside).unwrap();
    downloads.resume(id).await.unwrap();
    assert!(is_verified(&house.end(&downloads, id).await));
}

#[tokio::test(start_paused = true)]
async fn a_file_that_comes_to_lie_there_meanwhile_is_not_overwritten() {
    let (house, server) = (House::new(), Server::of(vec![(NAME, model(10_000, 1))]));
    server.will([Fault::EndAfter(9000), Fault::Away]);
    let downloads = house.open(&server);
    let id = downloads.start(plan(NAME)).await.unwrap().id;
    house.until(&downloads, id, |report| matches!(report.stage, DownloadStage::Waiting { .. })).await;
    let mine = model(10_000, 9);
    fs::create_dir_all(house.model().parent().unwrap()).unwrap();
    fs::write(house.model(), &mine).unwrap();
    assert!(is_verified(&house.end(&downloads, id).await));
    assert_eq!(fs::read(house.model()).unwrap(), mine);
    assert_eq!(house.files().len(), 2);
    house.assert_swept();
}

#[tokio::test(start_paused = true)]
async fn a_library_that_says_no_can_be_asked_again() {
    for stated in [true, false] {
        let house = House::new();
        let state = |file: &mut hub::RemoteFile| file.sha256 = file.sha256.take().filter(|_| stated);
        let server = Arc::new(Server::stating(vec![(NAME, model(10_000, 1))], state));
        let downloads = house.open(&server);
        *house.full.lock().unwrap() = Some("The library is full.".into());
        let id = downloads.start(plan(NAME)).await.unwrap().id;
        assert_eq!(error(&house.end(&downloads, id).await), &HubError::Disk("The library is full.".into()));
        *house.full.lock().unwrap() = None;
        downloads.resume(id).await.unwrap();
        assert!(
            matches!(house.end(&downloads, id).await.stage, DownloadStage::Done { verified, .. } if verified == stated)
        );
        assert_eq!((server.requests().len(), house.files()), (1, vec![house.model()]));
        house.assert_swept();

        fs::remove_file(house.model()).unwrap();
        *house.full.lock().unwrap() = Some("The library is full.".into());
        let id = downloads.start(plan(NAME)).await.unwrap().id;
        house.end(&downloads, id).await;
        assert!(house.model().exists());
        downloads.cancel(id).await.unwrap();
        assert!(house.files().is_empty(), "nothing is left that no library knows");
    }
}

#[tokio::test(start_paused = true)]
async fn shutting_down_writes_down_how_it_stands() {
    let (house, server) = (House::new(), Server::of(vec![(NAME, model(10_000, 1))]));
    server.will([Fault::HangAfter(4000)]);
    let downloads = house.open(&server);
    let id = downloads.start(plan(NAME)).await.unwrap().id;
    server.hung.notified().await;
    downloads.shut_down().await;
    downloads.shut_down().await;
    assert_eq!(downloads.list()[0].stage, DownloadStage::Paused);
    assert!(downloads.resume(id).await.is_err(), "its task has ended");
    let again = house.open(&server);
    assert_eq!((again.list()[0].id, again.list()[0].received_bytes), (id, 4000));
    again.resume(id).await.unwrap();
    assert!(is_verified(&house.end(&again, id).await));
}

#[test]
fn dropping_it_writes_down_how_it_stands() {
    let (house, server) = (House::new(), Server::of(vec![(NAME, model(10_000, 1))]));
    server.will([Fault::HangAfter(4000)]);
    run(async {
        let downloads = house.open(&server);
        downloads.start(plan(NAME)).await.unwrap();
        server.hung.notified().await;
        drop(downloads);
        let mut tries = 0;
        while house.open(&server).list()[0].stage != DownloadStage::Paused {
            tries += 1;
            assert!(tries < 1_000_000, "the task never let go");
            tokio::task::yield_now().await;
        }
    });
    let record = fs::read_to_string(kept(&house.models()).unwrap().with_file_name("download.json")).unwrap();
    assert!(record.contains("\"synced_bytes\": 4000"), "{record}");
}

#[tokio::test(start_paused = true)]
async fn hostile_names_touch_nothing() {
    let (house, server) = (House::new(), Server::of(vec![(NAME, model(1000, 1))]));
    let downloads = house.open(&server);
    let bad = [
        "../x",
        "..",
        ".",
        "",
        "/",
        "\\",
        "a\\b",
        "..\\..\\x",
        "C:\\x",
        "a:b",
        "nul",
        "CON",
        ".hidden",
        "a b",
        "a\0",
        "a\n",
        "é",
        "%2e%2e",
        "~",
        "COM1",
        "a?b",
        "a*",
        "-/../..",
    ];
    let mut tried = 0;
    for name in bad {
        for path in
            [format!("{name}.gguf/x.gguf"), format!("{name}/x.gguf"), format!("x/{name}"), format!("../{name}.gguf")]
        {
            let refused = downloads.start(plan(&path)).await;
            assert!(matches!(refused, Err(HubError::BadName(_))), "{path:?}: {refused:?}");
            tried += 1;
        }
        for repo in
            [name.to_owned(), format!("{name}/x"), format!("x/{name}"), format!("packs/{name}"), format!("{name}/x/y")]
        {
            let refused = downloads.start(DownloadPlan { repo: repo.clone(), ..plan(NAME) }).await;
            assert!(matches!(refused, Err(HubError::BadName(_))), "{repo:?}");
            tried += 1;
        }
        let revision = Some(name.to_owned());
        assert!(downloads.start(DownloadPlan { revision, ..plan(NAME) }).await.is_err(), "{name:?}");
    }
    assert!(tried > 200);
    assert!(downloads.list().is_empty() && server.asked() == 0 && house.files().is_empty());
    house.assert_swept();
}

#[tokio::test(start_paused = true)]
async fn hostile_names_that_the_hub_states_touch_nothing() {
    let hostile =
        ["../../evil.gguf", "a/../../evil.gguf", "..\\evil.gguf", "/etc/evil.gguf", "evil.js", "nul.gguf", ".gguf"];
    for name in hostile {
        let house = House::new();
        let server = Arc::new(Server::stating(vec![(NAME, model(1000, 1))], |file| file.path = name.into()));
        let downloads = house.open(&server);
        let id = downloads.start(plan(NAME)).await.unwrap().id;
        assert!(matches!(error(&house.end(&downloads, id).await), HubError::BadName(_)), "{name}");
        downloads.cancel(id).await.unwrap();
        assert!(server.requests().is_empty() && house.files().is_empty());
        assert_eq!(fs::read_dir(house.root()).unwrap().count(), 1);
        house.assert_swept();
    }
}
