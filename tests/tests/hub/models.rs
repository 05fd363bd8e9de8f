//! Found, listed, fetched, asked; and what is on record of it.

use std::path::{Path, PathBuf};

use acceptance::{
    files_under,
    hub::{At, Fault, Hub, Repository, models},
};
use domain::{Chat, CrossingOutcome, HubListing, ModelOrigin};
use serde_json::{Value, json};
use wire::{Download, DownloadState, Failure, HubFound, ModelRemoved};

use crate::{Desk, file_of};

#[tokio::test(flavor = "multi_thread")]
async fn a_model_is_found_fetched_verified_and_answers() {
    let mut desk = Desk::new().await;
    let found: HubFound = desk.session.ok("hub_search", json!({"query": "starter", "limit": 10})).await;
    assert!(found.host.starts_with("127.0.0.1"), "{}", found.host);
    assert_eq!(found.repos.iter().map(|repo| repo.repo.as_str()).collect::<Vec<_>>(), [models::STARTER]);
    assert_eq!((found.repos[0].downloads, found.repos[0].gated), (Some(9000), false));
    assert_eq!(found.repos[0].licence.as_deref(), Some("apache-2.0"));

    let all: HubFound = desk.session.ok("hub_search", json!({"query": "", "limit": 100})).await;
    assert!(all.repos.windows(2).all(|pair| pair[0].downloads >= pair[1].downloads), "most downloaded first");
    let gated = |repo: &domain::HubRepo| repo.gated == (repo.repo == models::GATED);
    assert!(all.repos.len() == models::shelf().len() && all.repos.iter().all(gated), "{:?}", all.repos);

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

    let crossings = desk.session.crossings(1000).await;
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
    let kept: String = files_under(&desk.folder.path().join("audit"))
        .iter()
        .map(|file| std::fs::read_to_string(desk.folder.path().join("audit").join(file)).unwrap())
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
    assert_eq!(desk.session.crossings(10).await, []);
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
    // What memory and speed are judged by is that of the whole model, not of its first part.
    let starter = desk.session.models().await.into_iter().find(|model| model.starter).unwrap().file;
    let (active, all) = (card.file.active_parameters as f64, starter.active_parameters as f64);
    assert!((active / all - 1.0).abs() < 0.15, "{active} of {all}");
    assert_eq!(card.file.kv_bytes_per_token, starter.kv_bytes_per_token);
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
