//! What a hub, a network or a disk may do wrong while a model is fetched. After each: the right bytes or no file, and a
//! sentence.
#![allow(clippy::unwrap_used)]

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use acceptance::{
    Session, files_under,
    hub::{At, Fault, Hub, Repository, models, sha256},
    target_folder,
};
use domain::{Crossing, CrossingOutcome, HubListing};
use serde_json::{Value, json};
use tempfile::TempDir;
use wire::{Download, DownloadState, Failure, HubFound};

const REPO: &str = models::STARTER;
const FILE: &str = models::STARTER_FILE;

fn random_below(limit: u64) -> u64 {
    use std::hash::{BuildHasher, Hasher};
    std::collections::hash_map::RandomState::new().build_hasher().finish() % limit
}

async fn desk(repositories: Vec<Repository>) -> (TempDir, Hub, Session) {
    let (folder, hub) = (tempfile::tempdir().unwrap(), Hub::start(repositories).await);
    let session = Session::open(folder.path()).await;
    session.use_hub(&hub).await;
    (folder, hub, session)
}

fn models_in(folder: &Path) -> Vec<PathBuf> {
    files_under(&folder.join("models"))
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "gguf"))
        .collect()
}

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

fn status(code: u16) -> Fault {
    Fault::Status { code, retry_after: None }
}

/// What passes ends with the right bytes.
#[tokio::test(flavor = "multi_thread")]
async fn what_passes_ends_with_the_right_bytes() {
    let cut = (1, At::Bytes, Fault::Cut { after: 1_000_000 });
    let soon = Fault::Status { code: 429, retry_after: Some("1".to_owned()) };
    let cases: Vec<(&str, Vec<(u32, At, Fault)>)> = vec![
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
    ];
    for (name, faults) in cases {
        let (folder, _hub, ended) = download_through(&faults).await;
        assert!(matches!(ended.state, DownloadState::Done { verified: true, .. }), "{name}: {:?}", ended.state);
        let [file] = models_in(folder.path()).try_into().unwrap_or_else(|files| panic!("{name}: {files:?}"));
        let bytes = std::fs::read(folder.path().join("models").join(file)).unwrap();
        assert!(bytes == models::starter(), "{name}: the bytes are others");
    }
}

fn expect_failure(name: &str, folder: &Path, ended: &Download, kind: &str) {
    let DownloadState::Failed { failure, .. } = &ended.state else { panic!("{name}: {:?}", ended.state) };
    let value = json!(failure);
    assert_eq!(value["code"], kind, "{name}: {failure}");
    assert_sentence(name, failure.message());
    assert_eq!(models_in(folder), Vec::<PathBuf>::new(), "{name}");
}

/// People can read it, and it holds nothing of the works.
fn assert_sentence(name: &str, sentence: &str) {
    assert!(sentence.ends_with('.') && sentence.len() > 20, "{name}: {sentence:?}");
    let works = ["Error(", "reqwest", "hyper", "Some(", "None", "Signature", "::"];
    assert!(!works.iter().any(|word| sentence.contains(word)), "{name}: {sentence:?}");
}

/// What does not pass ends with no file and a sentence.
#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_pass_ends_with_no_file_and_a_sentence() {
    let cases: Vec<(&str, Vec<(u32, At, Fault)>, &str)> = vec![
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
async fn a_redirect_to_where_nobody_allowed_goes_nowhere() {
    let (folder, hub, mut session) = desk(models::shelf()).await;
    let started = session.start_download(models::SPLIT, "starter-00001-of-00003.gguf").await.unwrap();
    session.download_ended(started.id).await;
    let elsewhere = [
        ("plain http to another machine", "http://cdn.example.org{path}".to_owned()),
        ("https to a host that is not listed", "https://elsewhere.example.org{path}".to_owned()),
        ("a server on this computer that is not listed", format!("http://{}{{path}}", hub.stranger())),
        ("another scheme", "ftp://{cdn}{path}".to_owned()),
        ("a name before the host", "http://someone@{cdn}{path}".to_owned()),
    ];
    for (name, to) in elsewhere {
        hub.behave();
        hub.misbehave(At::Resolve, Fault::Redirect { to });
        let fetched = hub.seen().iter().filter(|one| one.host == "cdn").count();
        let started = session.start_download(REPO, FILE).await.unwrap();
        let ended = session.download_ended(started.id).await;
        let DownloadState::Failed { failure, .. } = &ended.state else { panic!("{name}: {:?}", ended.state) };
        assert!(matches!(failure, Failure::PolicyForbids { .. }), "{name}: {failure:?}");
        assert_sentence(name, failure.message());
        let last: Vec<Crossing> = session.ok("crossings", json!({"limit": 1})).await;
        assert!(matches!(last[0].outcome, CrossingOutcome::Refused { .. }), "{name}: {:?}", last[0]);
        assert_eq!(hub.seen().iter().filter(|one| one.host == "cdn").count(), fetched, "{name}");
        session.ok::<Value>("download_cancel", json!({"download": started.id})).await;
    }
    assert_eq!(hub.strangers(), 0, "a refused host sees no connection");
    assert_eq!(models_in(folder.path()).len(), 3, "only the parts from before");

    hub.behave();
    hub.misbehave(At::Resolve, Fault::Redirect { to: "http://{hub}{path}".to_owned() });
    let before = hub.seen().len();
    let started = session.start_download(REPO, FILE).await.unwrap();
    let turning = |one: &Download| !matches!(one.state, DownloadState::Queued | DownloadState::Resolving);
    session.download_until(started.id, turning).await;
    let asked = session.download_until(started.id, |one| !matches!(one.state, DownloadState::Running { .. })).await;
    let sentence = match asked.state {
        DownloadState::Failed { failure, .. } => failure.message().to_owned(),
        DownloadState::Waiting { reason, .. } => reason,
        other => panic!("{other:?}"),
    };
    assert_sentence("a redirect that turns in circles", &sentence);
    assert!(hub.seen().len() - before <= 20, "it turned {} times", hub.seen().len() - before);
    session.ok::<Value>("download_cancel", json!({"download": started.id})).await;
    session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_is_off_the_list_sees_no_connection() {
    let (folder, hub, mut session) = desk(models::shelf()).await;
    let mut settings = hub.settings();
    settings["network"]["download_hosts"] = json!([]);
    session.ok::<Value>("settings_change", json!({"patch": settings})).await;
    let started = session.start_download(REPO, FILE).await.unwrap();
    let ended = session.download_ended(started.id).await;
    expect_failure("no host listed", folder.path(), &ended, "policy_forbids");
    assert!(hub.seen().iter().all(|one| one.host == "hub"));
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
async fn searching_and_listing_fail_with_a_sentence() {
    let (_folder, hub, session) = desk(models::shelf()).await;
    let later = Fault::Status { code: 429, retry_after: Some("7".to_owned()) };
    let cases = [
        (status(401), "key_rejected"),
        (status(403), "key_rejected"),
        (status(404), "not_found"),
        (later, "rate_limited"),
        (status(500), "provider_unavailable"),
        (status(503), "provider_unavailable"),
        (Fault::Nonsense, "provider_unavailable"),
        (Fault::Redirect { to: "http://cdn.example.org{path}".to_owned() }, "policy_forbids"),
        (Fault::Redirect { to: format!("http://{}{{path}}", hub.stranger()) }, "policy_forbids"),
    ];
    for (fault, kind) in cases {
        hub.behave();
        hub.misbehave(At::Search, fault.clone());
        hub.misbehave(At::Listing, fault.clone());
        let searched = session.call::<HubFound>("hub_search", json!({"query": "x", "limit": 5})).await.map(|_| ());
        let listed = session.call::<HubListing>("hub_files", json!({"repo": REPO})).await.map(|_| ());
        for (what, outcome) in [("search", searched), ("listing", listed)] {
            let failure = outcome.expect_err(what);
            assert_eq!(json!(failure)["code"], kind, "{what}, {fault:?}: {failure:?}");
            assert_sentence(what, failure.message());
            if let Failure::RateLimited { retry_seconds, .. } = failure {
                // hf-hub does not pass on how long a search should wait.
                assert_eq!(retry_seconds, (what == "listing").then_some(7.0));
            }
        }
    }
    assert_eq!(hub.strangers(), 0);
    hub.behave();
    let unknown = session.call::<HubListing>("hub_files", json!({"repo": "no/such-repo"})).await.unwrap_err();
    assert!(matches!(unknown, Failure::KeyRejected { .. } | Failure::NotFound { .. }), "{unknown:?}");
    session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_is_away_is_said_to_be_away() {
    let (_folder, hub, session) = desk(models::shelf()).await;
    drop(hub);
    let refused = session.call::<HubFound>("hub_search", json!({"query": "x", "limit": 5})).await.unwrap_err();
    assert!(matches!(refused, Failure::Offline { .. }), "{refused:?}");
    assert_sentence("search", refused.message());
    session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_that_nobody_can_follow_are_refused_and_change_nothing() {
    let (_folder, hub, session) = desk(models::shelf()).await;
    for address in ["", "huggingface.co", "ftp://example.org", "https://", "http://hub.example.org"] {
        let mut settings = hub.settings();
        settings["network"]["hub"] = json!(address);
        let changed = session.call::<Value>("settings_change", json!({"patch": settings})).await;
        if let Err(failure) = changed {
            assert_sentence(address, failure.message());
        } else {
            // Accepted, and still nothing goes there by plain http.
            let refused = session.call::<HubFound>("hub_search", json!({"query": "x", "limit": 1})).await.unwrap_err();
            assert!(matches!(refused, Failure::PolicyForbids { .. }), "{address}: {refused:?}");
        }
        session.use_hub(&hub).await;
        session.ok::<HubFound>("hub_search", json!({"query": "x", "limit": 1})).await;
    }
    session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_names_are_not_listed_and_not_written() {
    let (folder, hub, session) = desk(models::shelf()).await;
    let listing: HubListing = session.ok("hub_files", json!({"repo": models::HOSTILE})).await;
    assert_eq!(listing.files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(), ["harmless-Q4_0.gguf"]);
    let before = files_under(folder.path());
    let asked = hub.seen().len();
    for name in models::hostile_names() {
        for (repo, path) in [(models::HOSTILE, name.as_str()), (name.as_str(), "x.gguf"), ("../..", name.as_str())] {
            let what = json!({"kind": "file", "repo": repo, "revision": listing.revision, "path": path});
            let refused = session.call::<Download>("download_start", json!({"what": what})).await;
            match refused {
                Err(Failure::InvalidInput { message }) => assert_sentence(&name, &message),
                other => panic!("{repo} {path:?}: {other:?}"),
            }
        }
    }
    for revision in ["../../main", "main/../x", "", "a b", &"f".repeat(4000)] {
        let what = json!({"kind": "file", "repo": REPO, "revision": revision, "path": FILE});
        let refused = session.call::<Download>("download_start", json!({"what": what})).await;
        assert!(refused.is_err(), "{revision:?}: {refused:?}");
    }
    assert_eq!(files_under(folder.path()), before, "nothing was written");
    assert_eq!(hub.seen().len(), asked, "nobody was asked");
    session.core.shut_down().await;
}

/// Runs the downloader until it has shown so many bytes more, waits a moment, kills it. Gives what it showed last, and
/// whether it had ended by itself.
fn run_and_kill(folder: &Path, file: &str, moment: Duration) -> (Download, bool) {
    let program = target_folder().join("downloader");
    let mut child = Command::new(program).arg(folder).args([REPO, file]).stdout(Stdio::piped()).spawn().unwrap();
    let (send, receive) = std::sync::mpsc::channel();
    let out = BufReader::new(child.stdout.take().unwrap());
    let reader = std::thread::spawn(move || {
        for line in out.lines().map_while(Result::ok) {
            if let Ok(download) = serde_json::from_str::<Download>(&line) {
                let _ = send.send(download);
            }
        }
    });
    let mut last = receive.recv_timeout(acceptance::PATIENCE).expect("the downloader shows nothing");
    while !matches!(last.state, DownloadState::Running { .. } | DownloadState::Done { .. }) {
        assert!(!matches!(last.state, DownloadState::Failed { .. }), "{:?}", last.state);
        last = receive.recv_timeout(acceptance::PATIENCE).expect("the downloader does not come to run");
    }
    std::thread::sleep(moment); // the moment of the kill is what this is about
    child.kill().unwrap();
    let code = child.wait().unwrap().code();
    reader.join().unwrap();
    (receive.try_iter().last().unwrap_or(last), code.is_some())
}

/// SIGKILL at thirty random moments of downloads on one folder: each goes on from what had arrived, and ends with the
/// right bytes.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_download_goes_on_and_ends_with_the_right_bytes() {
    let whole = models::of_size("a model of some size", 24 * 1024 * 1024);
    let (folder, hub, session) = desk(vec![Repository::new(REPO).file(FILE, whole.clone())]).await;
    hub.misbehave(At::Bytes, Fault::Slow { piece: 48 * 1024, pause_ms: 1 });
    session.core.shut_down().await;
    let (mut kills, mut from_the_start) = (0, 0);
    while kills < 30 {
        let path = folder.path().to_owned();
        let moment = Duration::from_millis(random_below(150));
        let (last, ended) = tokio::task::spawn_blocking(move || run_and_kill(&path, FILE, moment)).await.unwrap();
        if !ended {
            kills += 1;
        }
        let session = Session::open(folder.path()).await;
        let models = session.models().await;
        match models.iter().find(|model| !model.starter) {
            Some(card) => {
                let bytes = std::fs::read(Path::new(&card.folder).join(&card.file_name)).unwrap();
                assert!(bytes == whole, "after {kills} kills the bytes are others");
                assert!(card.verification.is_some_and(|one| one.matched));
                session.ok::<Value>("model_remove", json!({"model": card.id, "files": true})).await;
                for left in session.ok::<Vec<Download>>("download_list", Value::Null).await {
                    session.ok::<Value>("download_cancel", json!({"download": left.id})).await;
                }
            }
            None => {
                assert_eq!(models_in(folder.path()), Vec::<PathBuf>::new(), "what is not whole has no model's name");
                let left: Vec<Download> = session.ok("download_list", Value::Null).await;
                assert_eq!(left.len(), 1, "{left:?}");
                assert_eq!(left[0].state, DownloadState::Paused);
                from_the_start += u32::from(last.received_bytes > 2_000_000 && left[0].received_bytes == 0);
            }
        }
        session.core.shut_down().await;
    }
    hub.behave();
    let mut session = Session::open(folder.path()).await;
    let left: Vec<Download> = session.ok("download_list", Value::Null).await;
    let last = match left.first() {
        Some(left) => session.ok::<Download>("download_resume", json!({"download": left.id})).await,
        None => session.start_download(REPO, FILE).await.unwrap(),
    };
    let ended = session.download_ended(last.id).await;
    assert!(matches!(ended.state, DownloadState::Done { verified: true, .. }), "{:?}", ended.state);
    let [file] = models_in(folder.path()).try_into().unwrap();
    assert!(std::fs::read(folder.path().join("models").join(file)).unwrap() == whole);
    assert_eq!(from_the_start, 0, "a download that had come far began again");
    session.core.shut_down().await;
}
