//! A process that is killed at any byte, and one that goes on where it was.

use std::{fs, sync::Arc};

use hub::DownloadStage;
use tokio::sync::Notify;

use crate::{
    house::{House, NAME, is_verified, kept, model, parts, plan, run, runtime},
    server::{Fault, Server},
};

/// Starts or resumes, lets so many bytes come, and drops everything as a kill would.
fn killed_after(house: &House, server: &Arc<Server>, bytes: usize) {
    server.will([Fault::HangAfter(bytes)]);
    let runtime = runtime();
    let downloads = runtime.block_on(async {
        let downloads = house.open(server);
        match downloads.list().first() {
            Some(report) => downloads.resume(report.id).await.unwrap(),
            None => downloads.start(plan(NAME)).await.unwrap(),
        };
        server.hung.notified().await;
        downloads
    });
    // The tasks go first, so that none of them gets to write anything down.
    drop(runtime);
    drop(downloads);
}

#[test]
fn killed_a_hundred_times_it_still_arrives_whole() {
    let file = model(100_000, 1);
    let (house, server) = (House::new(), Server::of(vec![(NAME, file.clone())]));
    for kill in 0..100 {
        killed_after(&house, &server, 900 + kill % 7);
        assert!(house.files().is_empty(), "{kill}");
    }
    let kept_bytes = fs::metadata(kept(&house.models()).unwrap()).unwrap().len();
    assert!(kept_bytes > 40_000, "what arrives is written soon: {kept_bytes}");
    run(async {
        let before = server.asked();
        let downloads = house.open(&server);
        let found = downloads.list().remove(0);
        assert_eq!(
            (found.stage, found.received_bytes, found.bytes),
            (DownloadStage::Paused, kept_bytes, file.len() as u64)
        );
        assert_eq!(server.asked(), before, "nothing crosses by itself");
        downloads.resume(found.id).await.unwrap();
        assert!(is_verified(&house.end(&downloads, found.id).await));
        assert_eq!(server.requests().last().unwrap().1, kept_bytes, "it goes on where it was");
        assert_eq!(server.asked(), server.requests().len() + 1, "the commit is pinned: the hub was asked for it once");
    });
    assert_eq!(fs::read(house.model()).unwrap(), file);
    house.assert_swept();
}

#[test]
fn killed_at_any_byte_it_goes_on() {
    let file = model(3000, 2);
    for at in (0..file.len()).step_by(97).chain([1, file.len() - 1]) {
        let (house, server) = (House::new(), Server::of(vec![(NAME, file.clone())]));
        killed_after(&house, &server, at);
        run(async {
            let downloads = house.open(&server);
            let found = downloads.list().remove(0);
            assert!(found.received_bytes <= at as u64);
            downloads.resume(found.id).await.unwrap();
            assert!(is_verified(&house.end(&downloads, found.id).await), "{at}");
        });
        assert_eq!(fs::read(house.model()).unwrap(), file, "{at}");
        house.assert_swept();
    }
}

#[test]
fn bytes_that_a_power_failure_spoilt_are_found_and_fetched_again() {
    let file = model(20_000, 3);
    for spoil in [0, 5000, 9999] {
        let (house, server) = (House::new(), Server::of(vec![(NAME, file.clone())]));
        killed_after(&house, &server, 10_000);
        let part = kept(&house.models()).unwrap();
        let mut bytes = fs::read(&part).unwrap();
        bytes.resize(10_000, 0);
        bytes[spoil] ^= 0x40;
        fs::write(&part, bytes).unwrap();
        run(async {
            let downloads = house.open(&server);
            let id = downloads.list()[0].id;
            downloads.resume(id).await.unwrap();
            assert!(is_verified(&house.end(&downloads, id).await));
        });
        assert_eq!(server.requests().iter().map(|(_, from)| *from).collect::<Vec<_>>(), [0, 10_000, 0]);
        assert_eq!(fs::read(house.model()).unwrap(), file);
    }
}

#[test]
fn without_a_stated_hash_only_what_is_on_the_disk_for_good_is_trusted() {
    let file = model(20_000, 4);
    let server = Arc::new(Server::stating(vec![(NAME, file.clone())], |file| file.sha256 = None));
    let house = House::new();
    killed_after(&house, &server, 10_000);
    let part = kept(&house.models()).unwrap();
    fs::write(&part, vec![0; 10_000]).unwrap();
    run(async {
        let downloads = house.open(&server);
        let id = downloads.list()[0].id;
        downloads.resume(id).await.unwrap();
        let report = house.end(&downloads, id).await;
        assert!(matches!(report.stage, DownloadStage::Done { verified: false, .. }), "{report:?}");
    });
    assert_eq!(fs::read(house.model()).unwrap(), file);
}

#[test]
fn killed_between_its_place_and_the_library_it_is_compared_and_taken_over() {
    let file = model(5000, 5);
    let (house, server) = (House::new(), Server::of(vec![(NAME, file.clone())]));
    killed_after(&house, &server, 1000);
    fs::create_dir_all(house.model().parent().unwrap()).unwrap();
    fs::write(house.model(), &file).unwrap();
    run(async {
        let downloads = house.open(&server);
        let id = downloads.list()[0].id;
        downloads.resume(id).await.unwrap();
        assert!(is_verified(&house.end(&downloads, id).await));
    });
    assert_eq!(server.requests().len(), 1, "nothing was fetched again");
    assert_eq!(house.files(), [house.model()]);
    house.assert_swept();
}

/// Lets a model come to its place, and kills before the library's answer.
fn killed_before_the_library_answers(house: &House, server: &Arc<Server>, name: &str) {
    let told = Arc::new(Notify::new());
    *house.mute.lock().unwrap() = Some(told.clone());
    let runtime = runtime();
    let downloads = runtime.block_on(async {
        let downloads = house.open(server);
        downloads.start(plan(name)).await.unwrap();
        told.notified().await;
        downloads
    });
    drop(runtime);
    drop(downloads);
    *house.mute.lock().unwrap() = None;
}

fn split_model(stated: bool) -> Arc<Server> {
    let files = parts(2, 3000);
    let names = ["m-00001-of-00002.gguf", "m-00002-of-00002.gguf"];
    let state = |file: &mut hub::RemoteFile| file.sha256 = file.sha256.take().filter(|_| stated);
    Arc::new(Server::stating(names.into_iter().zip(files).collect(), state))
}

#[test]
fn killed_between_its_place_and_the_librarys_answer_it_is_removed_when_it_is_cancelled() {
    for stated in [true, false] {
        let (house, server) = (House::new(), split_model(stated));
        killed_before_the_library_answers(&house, &server, "m-00001-of-00002.gguf");
        assert_eq!(house.files().len(), 2);
        run(async {
            let downloads = house.open(&server);
            let found = downloads.list().remove(0);
            assert_eq!(found.received_bytes, found.bytes, "all of it is here");
            *house.holds.lock().unwrap() = Err("The library cannot be read.".into());
            let refused = downloads.cancel(found.id).await.unwrap_err();
            assert_eq!((refused.to_string().as_str(), house.files().len()), ("The library cannot be read.", 2));
            *house.holds.lock().unwrap() = Ok(false);
            downloads.cancel(found.id).await.unwrap();
        });
        assert_eq!(house.files(), [] as [std::path::PathBuf; 0], "no library knows them");
        house.assert_swept();
    }
}

#[test]
fn a_model_that_the_library_took_stays_though_its_download_was_killed_and_cancelled() {
    let (house, server) = (House::new(), split_model(true));
    killed_before_the_library_answers(&house, &server, "m-00001-of-00002.gguf");
    *house.holds.lock().unwrap() = Ok(true);
    run(async {
        let downloads = house.open(&server);
        downloads.cancel(downloads.list()[0].id).await.unwrap();
        assert!(downloads.list().is_empty());
    });
    assert_eq!(house.files().len(), 2);
    house.assert_swept();
}

#[test]
fn killed_half_way_into_its_place_it_goes_on_or_goes() {
    for (stated, cancelled) in [(true, true), (true, false), (false, true), (false, false)] {
        let (house, server) = (House::new(), split_model(stated));
        killed_before_the_library_answers(&house, &server, "m-00001-of-00002.gguf");
        // The first part is moved last: as if it had not come to that.
        let first = house.files().remove(0);
        let record =
            fs::read_dir(house.models().join(".partial")).unwrap().flatten().find(|entry| entry.path().is_dir());
        fs::rename(&first, record.unwrap().path().join("m-00001-of-00002.gguf.part")).unwrap();
        run(async {
            let downloads = house.open(&server);
            let id = downloads.list()[0].id;
            if cancelled {
                downloads.cancel(id).await.unwrap();
                return;
            }
            downloads.resume(id).await.unwrap();
            let report = house.end(&downloads, id).await;
            assert!(matches!(report.stage, DownloadStage::Done { verified, .. } if verified == stated), "{report:?}");
        });
        assert_eq!(house.files().len(), if cancelled { 0 } else { 2 });
        assert_eq!(server.requests().len(), 2, "nothing is fetched again");
        house.assert_swept();
    }
}

#[test]
fn another_file_of_another_size_in_its_place_is_not_taken_for_its_own() {
    let (house, server) = (House::new(), Server::of(vec![(NAME, model(5000, 6))]));
    killed_before_the_library_answers(&house, &server, NAME);
    fs::write(house.model(), "mine").unwrap();
    run(async {
        let downloads = house.open(&server);
        downloads.cancel(downloads.list()[0].id).await.unwrap();
    });
    assert_eq!(fs::read_to_string(house.model()).unwrap(), "mine");
    house.assert_swept();
}

#[test]
fn a_record_that_cannot_be_read_is_left_as_it_is() {
    for content in ["", "{", "{\"schema\": 2, \"more\": 1}", "{\"schema\": 1}"] {
        let (house, server) = (House::new(), Server::of(vec![(NAME, model(5000, 6))]));
        killed_after(&house, &server, 1000);
        let record = kept(&house.models()).unwrap().with_file_name("download.json");
        fs::write(&record, content).unwrap();
        run(async { assert!(house.open(&server).list().is_empty()) });
        assert_eq!(fs::read_to_string(&record).unwrap(), content);
    }
}

#[test]
fn a_folder_in_which_nothing_was_begun_is_swept() {
    let (house, server) = (House::new(), Server::of(vec![(NAME, model(5000, 6))]));
    let folder = house.models().join(".partial").join(domain::DownloadId::new().to_string());
    fs::create_dir_all(&folder).unwrap();
    run(async { assert!(house.open(&server).list().is_empty()) });
    house.assert_swept();
}
