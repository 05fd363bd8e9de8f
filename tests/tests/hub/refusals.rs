//! What is refused: hosts that nobody listed, addresses that are none, names that lead elsewhere, hubs that say no.

use acceptance::{
    files_under,
    hub::{At, Fault, models},
};
use domain::{CrossingOutcome, HubListing};
use serde_json::{Value, json};
use wire::{Download, DownloadState, Failure, HubFound};

use crate::{FILE, REPO, assert_sentence, desk, expect_failure, faults::status, models_in};

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
        let last = session.crossings(1).await;
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
                assert_eq!(retry_seconds, Some(7.0), "{what}");
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
        let refused = session.call::<Value>("settings_change", json!({"patch": settings})).await.unwrap_err();
        assert_sentence(address, refused.message());
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
