//! Hubs that do wrong.

use std::{fs, sync::Arc, time::Duration};

use domain::TransportError;
use hub::{DownloadReport, DownloadStage, HubError};

use crate::{
    house::{House, NAME, error, is_verified, model, plan, run},
    server::{Fault, Server},
};

const BYTES: u64 = 30_000;

/// Downloads from a server that does this, then all right; checks that there is the right file or none, and that
/// cancelling leaves nothing behind but a finished model.
fn against(server: &Arc<Server>, file: &[u8], faults: Vec<Fault>) -> DownloadReport {
    let house = House::new();
    server.will(faults);
    let report = run(async {
        let downloads = house.open(server);
        let id = downloads.start(plan(NAME)).await.unwrap().id;
        let report = house.end(&downloads, id).await;
        downloads.cancel(id).await.unwrap();
        assert!(downloads.list().is_empty());
        report
    });
    if matches!(report.stage, DownloadStage::Done { .. }) {
        assert_eq!(house.files(), [house.model()]);
        assert_eq!(fs::read(house.model()).unwrap(), file);
    } else {
        assert_eq!(house.files(), Vec::<std::path::PathBuf>::new());
    }
    house.assert_swept();
    report
}

fn whole(faults: Vec<Fault>) -> Arc<Server> {
    let file = model(BYTES, 1);
    let server = Server::of(vec![(NAME, file.clone())]);
    let told = format!("{faults:?}");
    let report = against(&server, &file, faults);
    assert!(is_verified(&report), "{told}: {report:?}");
    server
}

fn failed(faults: Vec<Fault>) -> HubError {
    let file = model(BYTES, 1);
    error(&against(&Server::of(vec![(NAME, file.clone())]), &file, faults)).clone()
}

fn begun() -> Fault {
    Fault::BreakAfter(10_000, TransportError::Broken("The connection broke.".into()))
}

fn froms(server: &Server) -> Vec<u64> {
    server.requests().into_iter().map(|(_, from)| from).collect()
}

#[test]
fn broken_silent_and_short_answers_are_gone_on_with() {
    let broken = |at, error: fn(String) -> TransportError| Fault::BreakAfter(at, error("It broke.".into()));
    for error in [TransportError::Broken, TransportError::Silent, TransportError::Unreachable] {
        let server = whole(vec![broken(10_000, error), broken(0, error), broken(5000, error)]);
        assert_eq!(froms(&server), [0, 10_000, 10_000, 15_000]);
    }
    assert_eq!(froms(&whole(vec![Fault::EndAfter(10_000), Fault::EndAfter(1)])), [0, 10_000, 10_001]);
}

#[test]
fn a_server_that_ignores_ranges_sends_it_all_again() {
    let server = whole(vec![begun(), Fault::IgnoreRange]);
    assert_eq!(froms(&server), [0, 10_000]);
    whole(vec![begun(), Fault::IgnoreRange, begun(), Fault::IgnoreRange, begun(), Fault::IgnoreRange]);
}

#[test]
fn a_wrong_piece_is_not_taken() {
    for fault in [Fault::WrongRange(-1), Fault::WrongRange(1), Fault::WrongRange(-10_000), Fault::NoRange] {
        assert_eq!(froms(&whole(vec![begun(), fault.clone()])), [0, 10_000, 0]);
        let error = failed(vec![begun(), fault.clone(), begun(), fault]);
        assert!(matches!(error, HubError::Mismatch(_)), "{error:?}");
    }
}

#[test]
fn a_file_that_changes_is_begun_once_more() {
    for fault in [Fault::Etag("\"second\""), Fault::Total(BYTES), Fault::Status(416, None)] {
        assert_eq!(froms(&whole(vec![begun(), fault.clone()])), [0, 10_000, 0]);
        let error = failed(vec![begun(), fault.clone(), begun(), fault]);
        assert!(matches!(error, HubError::Mismatch(_)), "{error:?}");
    }
}

#[test]
fn wrong_bytes_are_fetched_once_more_and_never_kept() {
    whole(vec![Fault::Flip(0)]);
    whole(vec![begun(), Fault::Flip(20_000)]);
    let error = failed(vec![Fault::Flip(25_000), Fault::Flip(25_000)]);
    assert!(matches!(&error, HubError::Mismatch(sentence) if sentence.contains("SHA-256")), "{error:?}");
}

#[test]
fn lies_about_length_do_no_harm() {
    whole(vec![Fault::Longer(5000)]);
    whole(vec![Fault::Total(100)]);
    whole(vec![Fault::EndAfter(0); 4]);
    let error = failed(vec![Fault::EndAfter(0); 5]);
    assert!(matches!(error, HubError::Mismatch(_)), "{error:?}");
}

#[test]
fn without_a_hash_the_size_decides() {
    let file = model(BYTES, 1);
    let server = || Arc::new(Server::stating(vec![(NAME, file.clone())], |file| file.sha256 = None));
    let report = against(&server(), &file, vec![begun(), Fault::IgnoreRange]);
    assert!(matches!(report.stage, DownloadStage::Done { verified: false, .. }), "{report:?}");
    let report = against(&server(), &file, vec![Fault::Longer(1), Fault::Longer(1)]);
    assert!(matches!(error(&report), HubError::Mismatch(_)));
}

#[test]
fn a_hub_that_is_busy_is_waited_for() {
    for status in [408, 429, 500, 502, 503, 504, 529] {
        whole(vec![Fault::Status(status, None); 3]);
        whole(vec![begun(), Fault::Status(status, None)]);
    }
}

#[test]
fn a_hub_that_says_no_is_believed() {
    for status in [301, 302, 400, 401, 403, 404, 410, 451] {
        let error = failed(vec![Fault::Status(status, None)]);
        assert!(!error.passes(), "{status}: {error:?}");
        failed(vec![begun(), Fault::Status(status, None)]);
    }
    assert!(matches!(failed(vec![Fault::Status(401, None)]), HubError::AccountNeeded(_)));
    assert!(matches!(failed(vec![Fault::Forbidden]), HubError::Refused(_)));
}

#[test]
fn nothing_that_is_no_model_stays() {
    let file = vec![b'<'; 5000];
    let report = against(&Server::of(vec![(NAME, file.clone())]), &file, vec![]);
    assert!(matches!(error(&report), HubError::Unusable(_)), "{report:?}");
    assert_eq!(report.received_bytes, 0);
}

#[test]
fn as_long_as_the_network_is_away_it_waits_longer_each_time() {
    let (house, server) = (House::new(), Server::of(vec![(NAME, model(BYTES, 1))]));
    server.will(vec![Fault::Away; 40]);
    server.will([Fault::BreakAfter(100, TransportError::Broken("It broke.".into())), Fault::Away]);
    let waited = run(async {
        let downloads = house.open(&server);
        let begin = tokio::time::Instant::now();
        let id = downloads.start(plan(NAME)).await.unwrap().id;
        assert!(is_verified(&house.end(&downloads, id).await));
        begin.elapsed()
    });
    let wait = |stage: &DownloadStage| match stage {
        DownloadStage::Waiting { retry, .. } => Some(retry.as_secs()),
        _ => None,
    };
    let waits: Vec<u64> = house.stages.lock().unwrap().iter().filter_map(wait).collect();
    assert!(waited >= Duration::from_secs(waits.iter().sum()));
    let mut expected = vec![1, 2, 4, 8, 16, 32];
    expected.extend([60; 34]);
    expected.extend([1, 2]);
    assert_eq!(waits, expected);
}

#[test]
fn a_hub_is_waited_for_as_long_as_it_asks() {
    for (text, seconds) in [("90", 90), ("0", 1), ("Sun, 06 Nov 1994 08:49:37 GMT", 30), ("999999", 3600)] {
        let (house, server) = (House::new(), Server::of(vec![(NAME, model(BYTES, 1))]));
        server.will([Fault::Status(429, Some(("retry-after", text)))]);
        run(async {
            let downloads = house.open(&server);
            let id = downloads.start(plan(NAME)).await.unwrap().id;
            let waiting =
                house.until(&downloads, id, |report| matches!(report.stage, DownloadStage::Waiting { .. })).await;
            assert!(
                matches!(waiting.stage, DownloadStage::Waiting { retry, .. } if retry.as_secs() == seconds),
                "{text}"
            );
            assert!(is_verified(&house.end(&downloads, id).await));
        });
    }
}

#[test]
fn a_hub_that_cannot_be_asked_is_waited_for_or_believed() {
    let (house, server) = (House::new(), Server::of(vec![(NAME, model(BYTES, 1))]));
    server.will_not_resolve([HubError::Offline("Away.".into()), HubError::Unavailable("Busy.".into())]);
    run(async {
        let downloads = house.open(&server);
        let id = downloads.start(plan(NAME)).await.unwrap().id;
        assert!(is_verified(&house.end(&downloads, id).await));
        downloads.cancel(id).await.unwrap();
        server.will_not_resolve([HubError::AccountNeeded("No.".into())]);
        let id = downloads.start(plan(NAME)).await.unwrap().id;
        assert_eq!(error(&house.end(&downloads, id).await), &HubError::AccountNeeded("No.".into()));
    });
}
