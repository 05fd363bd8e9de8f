//! A model found, fetched, checked, asked, removed: through the core's commands, the real gate, hub, store and worker,
//! against a hub on loopback.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use acceptance::{
    Session, files_under,
    hub::{At, Fault, Hub, Repository, models, sha256},
};
use domain::{Chat, Crossing, CrossingOutcome, HubListing, ModelOrigin};
use serde_json::{Value, json};
use tempfile::TempDir;
use wire::{Download, DownloadState, Failure, FolderInstalled, HubFound, ModelCard, ModelRemoved};

/// A core whose hub is a double.
struct Desk {
    folder: TempDir,
    hub: Hub,
    session: Session,
}

impl Desk {
    async fn new() -> Self {
        Self::with(models::shelf()).await
    }

    async fn with(repositories: Vec<Repository>) -> Self {
        let (folder, hub) = (tempfile::tempdir().unwrap(), Hub::start(repositories).await);
        let session = Session::open(folder.path()).await;
        session.use_hub(&hub).await;
        Self { folder, hub, session }
    }

    /// The folder of downloads.
    fn models(&self) -> PathBuf {
        self.folder.path().join("models")
    }

    /// The files in it, but for the one that is only a lock.
    fn kept(&self) -> Vec<PathBuf> {
        files_under(&self.models()).into_iter().filter(|path| !path.ends_with(".partial/packs.lock")).collect()
    }

    /// Requests to the content network so far.
    fn fetched(&self) -> Vec<acceptance::hub::Seen> {
        self.hub.seen().into_iter().filter(|seen| seen.host == "cdn").collect()
    }

    /// Ends the core and opens it again.
    async fn restart(&mut self) {
        self.session.core.shut_down().await;
        self.session = Session::open(self.folder.path()).await;
    }
}

fn file_of(card: &ModelCard) -> PathBuf {
    Path::new(&card.folder).join(&card.file_name)
}

fn is_model(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "gguf")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_is_found_fetched_verified_and_answers() {
    let mut desk = Desk::new().await;
    let found: HubFound = desk.session.ok("hub_search", json!({"query": "starter", "limit": 10})).await;
    assert!(found.host.starts_with("127.0.0.1"), "{}", found.host);
    assert_eq!(found.repos.iter().map(|repo| repo.repo.as_str()).collect::<Vec<_>>(), [models::STARTER]);
    assert_eq!((found.repos[0].downloads, found.repos[0].gated), (Some(9000), false));
    assert_eq!(found.repos[0].licence.as_deref(), Some("apache-2.0"));

    let listing: HubListing = desk.session.ok("hub_files", json!({"repo": models::STARTER})).await;
    let file = listing.files.iter().find(|file| file.path == models::STARTER_FILE).unwrap();
    assert_eq!((file.bytes, file.parts, file.quantisation.as_str()), (models::starter().len() as u64, 1, "Q8_0"));
    assert!(file.verifiable && !file.projector);
    assert!(listing.files.iter().any(|file| file.projector) && listing.files.len() == 2, "{:?}", listing.files);

    let card = desk.session.downloaded(models::STARTER, models::STARTER_FILE).await;
    let path = file_of(&card);
    assert!(path.starts_with(desk.models().canonicalize().unwrap()), "{}", path.display());
    assert_eq!(std::fs::read(&path).unwrap(), models::starter());
    assert!(card.owned && card.verifiable && card.verification.is_some_and(|one| one.matched), "{card:?}");
    let ModelOrigin::Hub { repo, revision, path: from, .. } = &card.origin else { panic!("{:?}", card.origin) };
    assert_eq!((repo.as_str(), from.as_str()), (models::STARTER, models::STARTER_FILE));
    assert_eq!(*revision, listing.revision);
    assert_eq!(desk.kept().len(), 1, "{:?}", desk.kept());

    let chat = desk.session.new_chat().await;
    desk.session.ok::<Chat>("chat_change", json!({"chat": chat, "patch": {"model": card.id}})).await;
    let answer = desk.session.ask(chat, "What is the capital of France?", None).await;
    assert!(answer.text.contains("Paris"), "{answer:?}");
    desk.session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_is_on_record_and_nothing_else_is() {
    let mut desk = Desk::new().await;
    desk.session.ok::<HubFound>("hub_search", json!({"query": "starter wondrous", "limit": 10})).await;
    desk.session.ok::<HubFound>("hub_search", json!({"query": "starter", "limit": 1})).await;
    desk.session.downloaded(models::STARTER, models::STARTER_FILE).await;
    desk.hub.misbehave_times(1, At::Search, Fault::Status { code: 404, retry_after: None });
    let refused: Result<HubFound, Failure> = desk.session.call("hub_search", json!({"query": "x", "limit": 1})).await;
    assert!(refused.is_err());

    let crossings: Vec<Crossing> = desk.session.ok("crossings", json!({"limit": 1000})).await;
    let mut recorded: Vec<(String, String, u16)> = crossings
        .iter()
        .map(|one| {
            let CrossingOutcome::Answered { status } = one.outcome else { panic!("{one:?}") };
            (one.method.clone(), format!("{}:{}{}", one.host, one.port, one.path), status)
        })
        .collect();
    let mut seen: Vec<(String, String, u16)> = desk
        .hub
        .seen()
        .into_iter()
        .map(|one| {
            let host = if one.host == "hub" { desk.hub.url()["http://".len()..].to_owned() } else { desk.hub.cdn() };
            (one.method, host + &one.path, one.status)
        })
        .collect();
    recorded.sort();
    seen.sort();
    assert_eq!(recorded, seen);
    assert_eq!(crossings.iter().filter(|one| one.redirected).count(), 1);
    assert!(crossings.windows(2).all(|pair| pair[0].at >= pair[1].at), "newest first");

    for request in desk.hub.seen() {
        assert_eq!(request.header("authorization"), None, "{request:?}");
        assert_eq!(request.header("cookie"), None, "{request:?}");
        assert_eq!(request.header("referer"), None, "{request:?}");
        assert!(request.header("user-agent").unwrap().starts_with("Drawbridge/"), "{request:?}");
    }
    let kept: String = files_under(&desk.folder.path().join("journal"))
        .iter()
        .map(|file| std::fs::read_to_string(desk.folder.path().join("journal").join(file)).unwrap())
        .collect();
    for secret in ["s3cr3t", "wondrous", "Signature", "search="] {
        assert!(!kept.contains(secret), "“{secret}” is in the record");
    }
    desk.session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_crosses_unasked() {
    let mut desk = Desk::new().await;
    for command in ["boot", "catalogue", "machine", "model_list", "download_list"] {
        desk.session.ok::<Value>(command, Value::Null).await;
    }
    desk.restart().await;
    assert_eq!(desk.hub.connections(), 0);
    assert_eq!(desk.session.ok::<Vec<Crossing>>("crossings", json!({"limit": 10})).await, []);
    desk.session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_in_parts_is_one_model() {
    let mut desk = Desk::new().await;
    let listing: HubListing = desk.session.ok("hub_files", json!({"repo": models::SPLIT})).await;
    assert_eq!(listing.files.len(), 1);
    let whole: u64 = models::starter_in_parts(3).iter().map(|(_, part)| part.len() as u64).sum();
    assert_eq!((listing.files[0].parts, listing.files[0].bytes), (3, whole));

    let card = desk.session.downloaded(models::SPLIT, &listing.files[0].path).await;
    assert_eq!(card.file.bytes, whole);
    assert!(card.verification.is_some_and(|one| one.matched));
    for (name, part) in models::starter_in_parts(3) {
        assert_eq!(std::fs::read(Path::new(&card.folder).join(name)).unwrap(), part);
    }
    assert_eq!(desk.session.models().await.len(), 2, "the starter model and this one");
    let chat = desk.session.new_chat().await;
    desk.session.ok::<Chat>("chat_change", json!({"chat": chat, "patch": {"model": card.id}})).await;
    let answer = desk.session.ask(chat, "What is the capital of France?", None).await;
    assert!(answer.text.contains("Paris"), "{answer:?}");
    let removed: ModelRemoved = desk.session.ok("model_remove", json!({"model": card.id, "files": true})).await;
    assert_eq!(removed.freed_bytes, whole);
    assert_eq!(desk.kept(), Vec::<PathBuf>::new());
    desk.session.core.shut_down().await;
}

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
    let paths: Vec<PathBuf> = files_under(&desk.models()).into_iter().filter(|path| is_model(path)).collect();
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

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_is_found_when_a_model_is_verified_again() {
    let mut desk = Desk::new().await;
    let card = desk.session.downloaded(models::STARTER, models::STARTER_FILE).await;
    let path = file_of(&card);
    let whole = std::fs::read(&path).unwrap();
    let mut wrong = whole.clone();
    wrong[2_000_000] ^= 1;
    for (bytes, matches) in [(&whole, true), (&wrong, false), (&whole, true)] {
        std::fs::write(&path, bytes).unwrap();
        let verified: ModelCard = desk.session.ok("model_verify", json!({"model": card.id})).await;
        assert_eq!(verified.verification.map(|one| one.matched), Some(matches));
        assert_eq!(std::fs::read(&path).unwrap(), *bytes, "the file is left as it is");
    }
    let starter = desk.session.models().await.into_iter().find(|model| model.starter).unwrap();
    let nothing_stated: Result<ModelCard, Failure> =
        desk.session.call("model_verify", json!({"model": starter.id})).await;
    assert!(matches!(nothing_stated, Err(Failure::InvalidInput { .. })), "{nothing_stated:?}");
    desk.session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn removing_frees_the_space_of_what_was_downloaded_and_touches_nothing_else() {
    let mut desk = Desk::new().await;
    let card = desk.session.downloaded(models::STARTER, models::STARTER_FILE).await;
    let removed: ModelRemoved = desk.session.ok("model_remove", json!({"model": card.id, "files": true})).await;
    assert_eq!(removed.freed_bytes, models::starter().len() as u64);
    assert_eq!(desk.kept(), Vec::<PathBuf>::new());

    let opened = desk.folder.path().join("mine.gguf");
    std::fs::write(&opened, models::starter()).unwrap();
    let card = desk.session.core.import(&opened).await.unwrap();
    assert!(!card.owned);
    let refused: Result<ModelRemoved, Failure> =
        desk.session.call("model_remove", json!({"model": card.id, "files": true})).await;
    assert!(matches!(refused, Err(Failure::InvalidInput { .. })), "{refused:?}");
    let removed: ModelRemoved = desk.session.ok("model_remove", json!({"model": card.id, "files": false})).await;
    assert_eq!((removed.freed_bytes, opened.exists()), (0, true));
    assert_eq!(desk.session.models().await.len(), 1);
    desk.session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_of_the_catalogue_is_downloaded_from_where_the_catalogue_says() {
    let mut desk = Desk::with(Vec::new()).await;
    let offers: Vec<domain::Offer> = desk.session.ok("catalogue", Value::Null).await;
    assert!(offers.len() >= 25, "{}", offers.len());
    assert!(offers.iter().filter(|offer| offer.best_because.is_some()).count() <= 1);
    let offer = offers.iter().find(|offer| offer.files.iter().any(|file| file.quantisation == "Q4_K_M")).unwrap();
    let file = offer.files.iter().find(|file| file.quantisation == "Q4_K_M").unwrap();
    let hub = Hub::start(vec![Repository::new(&offer.repo).file(&file.path, models::starter())]).await;
    desk.session.use_hub(&hub).await;
    let what = json!({"kind": "offer", "id": offer.id, "quantisation": "Q4_K_M"});
    let started: Download = desk.session.ok("download_start", json!({"what": what})).await;
    assert!(started.name.contains(&offer.name) || offer.name.contains(&started.name), "{}", started.name);
    let ended = desk.session.download_ended(started.id).await;
    assert!(matches!(ended.state, DownloadState::Done { verified: true, .. }), "{:?}", ended.state);
    let what = json!({"kind": "offer", "id": "no-such-model", "quantisation": "Q4_K_M"});
    let unknown: Result<Download, Failure> = desk.session.call("download_start", json!({"what": what})).await;
    assert!(matches!(unknown, Err(Failure::NotFound { .. })), "{unknown:?}");
    desk.session.core.shut_down().await;
}

fn pack(folder: &Path, id: &str, sha256_of_model: &str) {
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(folder.join("model.gguf"), models::starter()).unwrap();
    let manifest = json!({
        "schema": 1, "id": id, "created": "2026-11-01T00:00:00Z", "min_app": "0.1.0",
        "base": "drawbridge/starter", "licence": "apache-2.0", "chat_template_sha256": null,
        "files": [
            {"name": "model.gguf", "size": models::starter().len(), "sha256": sha256_of_model, "role": "model"},
        ],
    });
    std::fs::write(folder.join("pack.json"), manifest.to_string()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_is_installed_when_every_file_is_the_stated_one() {
    let desk = Desk::new().await;
    let good = desk.folder.path().join("usb/good");
    pack(&good, "starter-pack", &sha256(&models::starter()));
    *desk.session.desktop.picked.lock().unwrap() = vec![good.clone()];
    let installed: Option<FolderInstalled> = desk.session.ok("model_folder", Value::Null).await;
    let installed = installed.unwrap();
    assert!(installed.pack && installed.refused.is_empty(), "{installed:?}");
    let [card] = installed.models.as_slice() else { panic!("{installed:?}") };
    assert_eq!(card.origin, ModelOrigin::Pack { id: "starter-pack".to_owned() });
    assert!(card.owned && card.verification.is_some_and(|one| one.matched), "{card:?}");
    std::fs::remove_dir_all(&good).unwrap();
    let verified: ModelCard = desk.session.ok("model_verify", json!({"model": card.id})).await;
    assert!(verified.verification.is_some_and(|one| one.matched), "the pack was copied");

    let before = desk.kept();
    let wrong = desk.folder.path().join("usb/wrong");
    pack(&wrong, "wrong-pack", &sha256(b"something else"));
    *desk.session.desktop.picked.lock().unwrap() = vec![wrong];
    let refused: Result<Option<FolderInstalled>, Failure> = desk.session.call("model_folder", Value::Null).await;
    assert!(matches!(refused, Err(Failure::ChecksumMismatch { .. })), "{refused:?}");
    assert_eq!(desk.kept(), before);
    assert_eq!(desk.hub.connections(), 0, "a pack needs no network");
    desk.session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_gives_its_models_and_says_what_was_no_model() {
    let desk = Desk::new().await;
    let folder = desk.folder.path().join("models of mine");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("a.gguf"), models::starter()).unwrap();
    for (name, part) in models::starter_in_parts(2) {
        std::fs::write(folder.join(name), part).unwrap();
    }
    std::fs::write(folder.join("broken.gguf"), &models::starter()[..5000]).unwrap();
    std::fs::write(folder.join("notes.txt"), "Dear diary").unwrap();
    *desk.session.desktop.picked.lock().unwrap() = vec![folder.clone()];
    let installed: Option<FolderInstalled> = desk.session.ok("model_folder", Value::Null).await;
    let installed = installed.unwrap();
    assert!(!installed.pack);
    assert_eq!(installed.models.len(), 2, "{installed:?}");
    assert!(installed.models.iter().all(|card| !card.owned && Path::new(&card.folder).ends_with("models of mine")));
    assert!(installed.refused.len() == 1 && installed.refused[0].contains("broken.gguf"), "{:?}", installed.refused);
    *desk.session.desktop.picked.lock().unwrap() = Vec::new();
    assert_eq!(desk.session.ok::<Option<FolderInstalled>>("model_folder", Value::Null).await, None);
    desk.session.core.shut_down().await;
}
