//! Where Drawbridge goes is the user's to say: whoever controls the page can ask for another hub, host or proxy, and
//! gets none without an answer to a dialog that names it.

use std::path::Path;

use acceptance::{Session, hub::Hub};
use domain::{NetworkSettings, ProxyRule, Settings};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::oneshot;
use wire::{Failure, HubFound};

use crate::{assert_sentence, shelf};

/// A core as it is after the first start.
async fn fresh() -> (TempDir, Session) {
    let folder = tempfile::tempdir().unwrap();
    let session = Session::open(folder.path()).await;
    (folder, session)
}

/// Default settings with these changes.
fn network(changes: Value) -> Value {
    let mut network = json!(NetworkSettings::default());
    for (name, value) in changes.as_object().unwrap() {
        network[name] = value.clone();
    }
    json!({"patch": {"network": network}})
}

async fn change(session: &Session, changes: Value) -> Result<Settings, Failure> {
    session.call("settings_change", network(changes)).await
}

/// What was asked since the last look.
fn asked(session: &Session) -> Vec<String> {
    session.desktop.questions.lock().unwrap().drain(..).map(|question| question.text).collect()
}

fn say_no(session: &Session) {
    session.desktop.answers.lock().unwrap().push_back(Box::pin(async { false }));
}

/// The network settings on disk.
async fn on_disk(session: Session, folder: &Path) -> (Session, NetworkSettings) {
    session.core.shut_down().await;
    drop(session);
    let session = Session::open(folder).await;
    let boot: wire::Boot = session.ok("boot", Value::Null).await;
    (session, boot.settings.network)
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_reaches_further_is_asked_once_and_by_name() {
    let (folder, session) = fresh().await;
    let widenings = [
        (json!({"hub": "https://HUB.example.org/"}), &["hub.example.org instead of huggingface.co"][..]),
        (json!({"hub": "https://hugginɡface.co"}), &["xn--hugginface-mle.co"]),
        (json!({"download_hosts": ["*.hf.co", "cdn.example.org:9000"]}), &["cdn.example.org:9000"]),
        (json!({"download_hosts": ["*.example.org"]}), &["every host that ends in .example.org"]),
        (json!({"proxy": {"kind": "explicit", "url": "http://a.example.org:3128"}}), &["http://a.example.org:3128"]),
        (
            json!({
                "hub": "https://one.example.org", "download_hosts": ["two.example.org", "three.example.org"],
                "proxy": {"kind": "explicit", "url": "socks5h://four.example.org:1080"},
            }),
            &["one.example.org", "two.example.org", "three.example.org", "socks5h://four.example.org:1080"],
        ),
    ];
    for (changes, names) in widenings {
        let changed = change(&session, changes.clone()).await.unwrap();
        let asked = asked(&session);
        assert_eq!(asked.len(), 1, "{changes}: {asked:?}");
        assert_sentence("question", &asked[0]);
        for name in names {
            assert!(asked[0].contains(name), "{changes}: {}", asked[0]);
        }
        let kept = json!(changed.network).to_string();
        assert!(!kept.contains("HUB") && !kept.contains("hugginɡface"), "kept as it is used: {kept}");
        // Everything back at once narrows it.
        change(&session, json!({})).await.unwrap();
        assert_eq!(self::asked(&session), Vec::<String>::new());
    }
    let proxy = |host: &str| json!({"proxy": {"kind": "explicit", "url": format!("http://{host}:3128")}});
    change(&session, proxy("a.example.org")).await.unwrap();
    change(&session, proxy("b.example.org")).await.unwrap();
    assert!(asked(&session)[1].contains("http://b.example.org:3128 instead of http://a.example.org:3128"));
    let (session, kept) = on_disk(session, folder.path()).await;
    assert_eq!(kept.proxy, ProxyRule::Explicit { url: "http://b.example.org:3128".to_owned() });
    session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_no_everything_is_as_it_was() {
    let (folder, mut session) = fresh().await;
    let stranger = Hub::start(shelf::shelf()).await;
    say_no(&session);
    let patch = json!({"patch": {"theme": "dark", "network": stranger.settings()["network"]}});
    let answered: Settings = session.ok("settings_change", patch).await;
    assert_eq!(answered, Settings::default());
    assert_eq!(asked(&session).len(), 1);
    let kept;
    (session, kept) = on_disk(session, folder.path()).await;
    assert_eq!(kept, NetworkSettings::default());
    assert_eq!((stranger.connections(), stranger.strangers()), (0, 0), "nobody was asked");
    session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_narrows_or_stays_is_not_asked() {
    let (_folder, session) = fresh().await;
    let wide = json!({
        "hub": "https://hub.example.org", "download_hosts": ["a.example.org", "b.example.org"],
        "proxy": {"kind": "explicit", "url": "http://proxy.example.org:3128"},
    });
    change(&session, wide.clone()).await.unwrap();
    assert_eq!(asked(&session).len(), 1);
    let with = |name: &str, value: Value| {
        let mut changes = wide.clone();
        changes[name] = value;
        changes
    };
    for narrower in [
        wide.clone(),
        with("hub", json!("  https://HUB.example.org:443/")),
        with("download_hosts", json!(["A.example.org"])),
        with("proxy", json!({"kind": "system"})),
        with("proxy", json!({"kind": "direct"})),
        with("hub", json!("https://huggingface.co")),
        json!({}),
    ] {
        change(&session, narrower.clone()).await.unwrap();
        assert_eq!(asked(&session), Vec::<String>::new(), "{narrower}");
        change(&session, wide.clone()).await.unwrap();
        asked(&session);
    }
    session.ok::<Settings>("settings_change", json!({"patch": {"theme": "dark", "text_percent": 120}})).await;
    assert_eq!(asked(&session), Vec::<String>::new());
    session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_followed_is_refused_without_a_question() {
    let (folder, session) = fresh().await;
    let proxy = |url: &str| json!({"proxy": {"kind": "explicit", "url": url}});
    let many: Vec<String> = (0..40).map(|n| format!("cdn-{n}.example.org")).collect();
    for bad in [
        json!({"hub": ""}),
        json!({"hub": "http://hub.example.org"}),
        json!({"hub": "https://huggingface.co@hub.example.org"}),
        json!({"hub": format!("https://{}.example.org", "a.".repeat(200))}),
        json!({"download_hosts": ["https://cdn.example.org/x"]}),
        json!({"download_hosts": many}),
        proxy("ftp://proxy.example.org"),
        proxy("http://me:secret@proxy.example.org"),
    ] {
        let refused = change(&session, bad.clone()).await.unwrap_err();
        assert!(matches!(refused, Failure::InvalidInput { .. }), "{bad}: {refused:?}");
        assert_sentence(&bad.to_string(), refused.message());
        assert_eq!(asked(&session), Vec::<String>::new(), "{bad}");
    }
    let (session, kept) = on_disk(session, folder.path()).await;
    assert_eq!(kept, NetworkSettings::default());
    session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_question_at_a_time_and_nothing_changes_under_it() {
    let (_folder, session) = fresh().await;
    let (answer, waiting) = oneshot::channel();
    session.desktop.answers.lock().unwrap().push_back(Box::pin(async { waiting.await.unwrap() }));
    let asking = session.core.clone();
    let first = tokio::spawn(async move {
        asking.dispatch("settings_change", network(json!({"hub": "https://hub.example.org"}))).await
    });
    tokio::time::timeout(acceptance::PATIENCE, async {
        while session.desktop.questions.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("nothing was asked");
    for meanwhile in [
        json!({"hub": "https://evil.example.org"}),
        json!({"proxy": {"kind": "direct"}}),
        json!({"download_hosts": []}),
    ] {
        let refused = change(&session, meanwhile.clone()).await.unwrap_err();
        assert!(matches!(refused, Failure::PolicyForbids { .. }), "{meanwhile}: {refused:?}");
        assert_sentence("a second question", refused.message());
    }
    session.call::<Value>("settings_pick", json!({"setting": "certificates"})).await.unwrap_err();
    session.ok::<Settings>("settings_change", json!({"patch": {"theme": "dark"}})).await;
    answer.send(true).unwrap();
    let settings: Settings = serde_json::from_value(first.await.unwrap().unwrap()).unwrap();
    assert_eq!(settings.network.hub, "https://hub.example.org");
    assert_eq!(settings.theme, domain::Theme::Dark, "what was changed meanwhile stays");
    assert_eq!(asked(&session).len(), 1);
    session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_says_no_three_times_is_not_asked_again() {
    let (folder, session) = fresh().await;
    let hub = |n: usize| json!({"hub": format!("https://hub-{n}.example.org")});
    for round in 0..2 {
        say_no(&session);
        change(&session, hub(round)).await.unwrap();
    }
    change(&session, hub(2)).await.unwrap();
    change(&session, json!({})).await.unwrap();
    for round in 3..6 {
        say_no(&session);
        change(&session, hub(round)).await.unwrap();
    }
    assert_eq!(asked(&session).len(), 6);
    let refused = change(&session, hub(6)).await.unwrap_err();
    assert!(matches!(refused, Failure::PolicyForbids { .. }), "{refused:?}");
    assert_sentence("a fourth question", refused.message());
    assert_eq!(asked(&session), Vec::<String>::new());
    change(&session, json!({"download_hosts": []})).await.unwrap();
    let (session, kept) = on_disk(session, folder.path()).await;
    assert_eq!(kept, NetworkSettings { download_hosts: Vec::new(), ..NetworkSettings::default() });
    change(&session, hub(7)).await.unwrap();
    assert_eq!(asked(&session).len(), 1, "a new start asks again");
    session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_goes_nowhere_that_was_declined() {
    let (_folder, hub, session) = crate::desk(shelf::shelf()).await;
    let stranger = Hub::start(shelf::shelf()).await;
    asked(&session);
    say_no(&session);
    session.ok::<Settings>("settings_change", json!({"patch": stranger.settings()})).await;
    session.ok::<HubFound>("hub_search", json!({"query": "starter", "limit": 5})).await;
    assert_eq!(stranger.connections(), 0);
    assert!(!hub.seen().is_empty());
    session.core.shut_down().await;
}
