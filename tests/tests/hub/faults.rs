//! What a hub or a network may do wrong while a model is fetched. After each: the right bytes or no file, and a sentence.

use std::time::Duration;

use acceptance::{
    Session,
    hub::{At, Fault, Hub, Seen, models, sha256},
};
use domain::HubListing;
use serde_json::{Value, json};
use tempfile::TempDir;
use wire::{Download, DownloadState};

use crate::{FILE, REPO, assert_sentence, desk, expect_failure, models_in};

/// How often (0: always), where and what.
type Faults = Vec<(u32, At, Fault)>;

/// Downloads the starter model from a hub that does these things wrong in turn.
async fn download_through(faults: &[(u32, At, Fault)]) -> (TempDir, Hub, Download) {
    let (folder, hub, mut session) = desk(models::shelf()).await;
    for (times, at, fault) in faults {
        match times {
            0 => hub.misbehave(*at, fault.clone()),
            times => hub.misbehave_times(*times, *at, fault.clone()),
        }
    }
    let what = json!({"kind": "file", "repo": REPO, "revision": revision(&hub), "path": FILE});
    let started: Download = session.ok("download_start", json!({"what": what})).await;
    let ended = session.download_ended(started.id).await;
    session.core.shut_down().await;
    (folder, hub, ended)
}

fn revision(hub: &Hub) -> String {
    let mut sha = String::new();
    hub.change(REPO, |repository| sha.clone_from(&repository.newest().sha));
    sha
}

pub(crate) fn status(code: u16) -> Fault {
    Fault::Status { code, retry_after: None }
}

/// What passes ends with the right bytes.
#[tokio::test(flavor = "multi_thread")]
async fn what_passes_ends_with_the_right_bytes() {
    let cut = (1, At::Bytes, Fault::Cut { after: 1_000_000 });
    let soon = Fault::Status { code: 429, retry_after: Some("1".to_owned()) };
    let cases: Vec<(&str, Faults)> = vec![
        ("the connection breaks three times", vec![(3, At::Bytes, Fault::Cut { after: 700_000 })]),
        ("it breaks before the first byte", vec![(1, At::Bytes, Fault::Cut { after: 0 })]),
        ("ranges are ignored", vec![cut.clone(), (0, At::Bytes, Fault::IgnoreRange)]),
        ("another range comes than was asked for", vec![cut.clone(), (1, At::Bytes, Fault::WrongRange)]),
        ("a range is refused", vec![cut.clone(), (1, At::Bytes, Fault::RefuseRange)]),
        ("the file is said to be shorter", vec![(1, At::Bytes, Fault::Short { by: 5_000 })]),
        ("the file is said to be longer", vec![(1, At::Bytes, Fault::Long { by: 5_000 })]),
        ("a bit is wrong the first time", vec![(1, At::Bytes, Fault::Flip { at: 1_500_000 })]),
        ("the network sends 503", vec![(1, At::Bytes, status(503))]),
        ("the hub sends 500", vec![(1, At::Resolve, status(500))]),
        ("the hub is busy listing", vec![(1, At::Listing, status(503))]),
        ("the hub asks to wait", vec![(1, At::Resolve, soon)]),
        ("breaks, then 502", vec![cut, (1, At::Resolve, status(502))]),
        ("a café’s log-in page comes instead", vec![(1, At::Bytes, Fault::Nonsense)]),
        ("the file is always said to be longer", vec![(0, At::Bytes, Fault::Long { by: 5_000 })]),
    ];
    for (name, faults) in cases {
        let (folder, _hub, ended) = download_through(&faults).await;
        assert!(matches!(ended.state, DownloadState::Done { verified: true, .. }), "{name}: {:?}", ended.state);
        let [file] = models_in(folder.path()).try_into().unwrap_or_else(|files| panic!("{name}: {files:?}"));
        let bytes = std::fs::read(folder.path().join("models").join(file)).unwrap();
        assert!(bytes == models::starter(), "{name}: the bytes are others");
    }
}

/// What does not pass ends with no file and a sentence.
#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_pass_ends_with_no_file_and_a_sentence() {
    let cases: Vec<(&str, Faults, &str)> = vec![
        ("a bit is wrong every time", vec![(0, At::Bytes, Fault::Flip { at: 9 })], "checksum_mismatch"),
        ("401 for the file", vec![(0, At::Resolve, status(401))], "key_rejected"),
        ("403 for the file", vec![(0, At::Resolve, status(403))], "key_rejected"),
        ("404 for the file", vec![(0, At::Resolve, status(404))], "not_found"),
        ("404 for the listing", vec![(0, At::Listing, status(404))], "not_found"),
        ("403 from the content network", vec![(0, At::Bytes, status(403))], "key_rejected"),
    ];
    for (name, faults, kind) in cases {
        let (folder, _hub, ended) = download_through(&faults).await;
        expect_failure(name, folder.path(), &ended, kind);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_asks_to_wait_is_left_alone_for_as_long() {
    let (_folder, hub, mut session) = desk(models::shelf()).await;
    hub.misbehave(At::Resolve, Fault::Status { code: 429, retry_after: Some("600".to_owned()) });
    let started = session.start_download(REPO, FILE).await.unwrap();
    let waits = session.download_until(started.id, |one| matches!(one.state, DownloadState::Waiting { .. })).await;
    let DownloadState::Waiting { reason, retry_seconds } = waits.state else { panic!("{waits:?}") };
    assert_sentence("429", &reason);
    assert!(retry_seconds > 590.0 && retry_seconds <= 600.0, "{retry_seconds}");
    // Whoever does not want to wait says so.
    hub.behave();
    session.ok::<Download>("download_resume", json!({"download": started.id})).await;
    let ended = session.download_ended(started.id).await;
    assert!(matches!(ended.state, DownloadState::Done { verified: true, .. }), "{:?}", ended.state);
    session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_hub_states_wrongly_ends_with_no_file() {
    let (folder, hub, mut session) = desk(models::shelf()).await;
    hub.change(REPO, |repository| repository.find(FILE).sha256 = Some(sha256(b"another file")));
    let started = session.start_download(REPO, FILE).await.unwrap();
    let ended = session.download_ended(started.id).await;
    expect_failure("a wrong hash", folder.path(), &ended, "checksum_mismatch");
    session.ok::<Value>("download_cancel", json!({"download": started.id})).await;

    hub.change(REPO, |repository| repository.find(FILE).sha256 = Some("../../etc/passwd".to_owned()));
    let listing: HubListing = session.ok("hub_files", json!({"repo": REPO})).await;
    assert!(listing.files.iter().any(|file| file.path == FILE && !file.verifiable), "{listing:?}");

    let started = session.start_download(models::NO_MODEL, "text-Q4_0.gguf").await.unwrap();
    let ended = session.download_ended(started.id).await;
    expect_failure("no model", folder.path(), &ended, "model_unreadable");

    let started = session.start_download(models::GATED, "gated-Q4_K_M.gguf").await.unwrap();
    let ended = session.download_ended(started.id).await;
    expect_failure("behind a licence", folder.path(), &ended, "key_rejected");
    session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_without_a_stated_hash_says_so() {
    let (_folder, _hub, mut session) = desk(models::shelf()).await;
    let started = session.start_download(models::UNHASHED, "unhashed-Q8_0.gguf").await.unwrap();
    let ended = session.download_ended(started.id).await;
    let DownloadState::Done { model, verified: false } = ended.state else { panic!("{:?}", ended.state) };
    let card = session.models().await.into_iter().find(|card| card.id == model).unwrap();
    assert!(!card.verifiable && card.verification.is_none(), "{card:?}");
    session.core.shut_down().await;
}

/// The file behind the address changes while it is fetched: at another commit nobody notices, at the same one the
/// stated hash decides.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_changes_meanwhile_is_never_half_of_each() {
    for behind_our_back in [false, true] {
        let (folder, hub, mut session) = desk(models::shelf()).await;
        hub.misbehave_times(1, At::Bytes, Fault::Stall { after: 1_000_000 });
        let started = session.start_download(REPO, FILE).await.unwrap();
        session.download_until(started.id, |one| one.received_bytes == 1_000_000).await;
        session.ok::<Download>("download_pause", json!({"download": started.id})).await;
        let other = models::of_size("another model", 3_000_000);
        hub.change(REPO, |repository| match behind_our_back {
            false => repository.commit(FILE, other.clone()),
            true => repository.find(FILE).bytes = other.clone().into(),
        });
        session.ok::<Download>("download_resume", json!({"download": started.id})).await;
        let ended = session.download_ended(started.id).await;
        if behind_our_back {
            expect_failure("changed in place", folder.path(), &ended, "checksum_mismatch");
        } else {
            assert!(matches!(ended.state, DownloadState::Done { verified: true, .. }), "{:?}", ended.state);
            let [file] = models_in(folder.path()).try_into().unwrap();
            assert!(std::fs::read(folder.path().join("models").join(file)).unwrap() == models::starter());
        }
        session.core.shut_down().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_falls_silent_is_left_and_asked_again() {
    let (folder, hub, mut session) = desk(models::shelf()).await;
    hub.misbehave_times(1, At::Bytes, Fault::Stall { after: 1_000_000 });
    let started = session.start_download(REPO, FILE).await.unwrap();
    session.download_until(started.id, |one| one.received_bytes == 1_000_000).await;
    // The gate waits a minute, so nobody hears anything for longer than a test usually has patience.
    let done = async {
        loop {
            let all: Vec<Download> = session.ok("download_list", Value::Null).await;
            match &all[0].state {
                DownloadState::Done { verified, .. } => return *verified,
                DownloadState::Failed { failure, .. } => panic!("{failure}"),
                _ => tokio::time::sleep(Duration::from_millis(250)).await,
            }
        }
    };
    assert!(tokio::time::timeout(3 * acceptance::PATIENCE, done).await.expect("it never went on"));
    assert_eq!(models_in(folder.path()).len(), 1);
    let ranges: Vec<Option<String>> =
        hub.seen().iter().filter(|one| one.host == "cdn").map(|one| one.header("range").map(str::to_owned)).collect();
    assert!(ranges.last().unwrap().as_deref().is_some_and(|range| range.starts_with("bytes=1000000-")), "{ranges:?}");
    session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_opens_a_gated_model_and_goes_to_its_own_hub_and_no_further() {
    const TOKEN: &str = "hf_0123456789abcdefghijWXYZ";
    let (folder, hub) = (tempfile::tempdir().unwrap(), Hub::start(models::shelf()).await);
    let keychain = std::sync::Arc::new(vault::MemoryKeychain::default());
    let mut session = Session::open_with(folder.path(), keychain).await.unwrap();
    session.use_hub(&hub).await;
    *session.desktop.clipboard.lock().unwrap() = Some(TOKEN.to_owned());
    session.ok::<Value>("secret_paste", json!({"id": "hub"})).await;
    let card = session.downloaded(models::GATED, "gated-Q4_K_M.gguf").await;
    assert!(card.verification.is_some_and(|one| one.matched));
    let given = |seen: &Seen| seen.header("authorization").is_some_and(|value| value.contains(TOKEN));
    let (to_hub, beyond): (Vec<Seen>, Vec<Seen>) = hub.seen().into_iter().partition(|seen| seen.host == "hub");
    assert!(to_hub.iter().any(given) && !beyond.is_empty());
    assert!(!beyond.iter().any(given), "it went further: {beyond:?}");

    session.ok::<Value>("model_remove", json!({"model": card.id, "files": true})).await;
    let other = Hub::start(models::shelf()).await;
    session.use_hub(&other).await;
    let started = session.start_download(models::GATED, "gated-Q4_K_M.gguf").await.unwrap();
    let ended = session.download_ended(started.id).await;
    expect_failure("another hub", folder.path(), &ended, "key_rejected");
    assert!(!other.seen().iter().any(given), "another hub got the token");
    session.core.shut_down().await;
}
