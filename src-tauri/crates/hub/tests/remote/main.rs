//! Search, listing and resolving against a hub on loopback that speaks the documented wire format.
#![allow(clippy::unwrap_used)]

mod double;
mod gate;

use std::{process::Command, sync::Arc, time::Duration};

use domain::{Machine, Secret};
use double::{Double, Gate, Reply, hub, json, status};
use hub::{Hub, HubError, HubOptions, Resolve};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

fn open(endpoint: &str, token: Option<&str>, gate: &Arc<Gate>) -> Hub {
    let options = HubOptions {
        endpoint: endpoint.into(),
        user_agent: "drawbridge-test/1".into(),
        token: token.map(|token| Secret::new(token.to_owned())),
        transport: Arc::clone(gate) as _,
    };
    Hub::open(options).unwrap()
}

async fn with(answer: impl Fn(&str) -> Reply + Send + Sync + 'static) -> (Double, Arc<Gate>, Hub) {
    let (double, gate) = (hub(answer).await, Arc::new(Gate::default()));
    let hub = open(&double.address, None, &gate);
    (double, gate, hub)
}

fn machine() -> Machine {
    Machine {
        processor: String::new(),
        cores: 8,
        memory_bytes: 16 << 30,
        available_bytes: 12 << 30,
        devices: vec![],
        disk_free_bytes: 1 << 40,
        speed: None,
        measured_at: None,
    }
}

fn about(more: &str) -> Reply {
    json(format!(r#"{{"_id":"1","id":"o/r-GGUF","sha":"{COMMIT}","cardData":{{"license":"apache-2.0"}}{more}}}"#))
}

fn entry(path: &str, bytes: u64, oid: &str) -> String {
    format!(
        r#"{{"type":"file","oid":"g","size":{bytes},"path":"{path}","lfs":{{"oid":"{oid}","size":{bytes},"pointerSize":134}}}}"#
    )
}

fn tree(entries: &[String]) -> Reply {
    json(format!("[{}]", entries.join(",")))
}

/// A repository with this tree.
fn repository(entries: Vec<String>) -> impl Fn(&str) -> Reply + Send + Sync {
    move |line: &str| if line.contains("/tree/") { tree(&entries) } else { about("") }
}

#[tokio::test]
async fn a_search_asks_for_gguf_by_downloads_and_says_what_it_found() {
    let (double, gate, hub) = with(|_| {
        json(
            r#"[{"_id":"1","id":"bartowski/Llama-GGUF","likes":5,"downloads":900,"gated":false,"lastModified":"2024-07-23T16:00:00.000Z","tags":["gguf","license:llama3.1"]},
                {"_id":"2","id":"meta/Llama","gated":"manual"},
                {"_id":"3","id":"legacy"},
                {"_id":"4","id":"o/..\\..\\evil"}]"#,
        )
    })
    .await;
    let found = hub.search(" llama & co ", 20).await.unwrap();
    assert_eq!(double.lines(), ["GET /api/models?search=llama+%26+co&filter=gguf&sort=downloads&limit=20&full=true"]);
    assert_eq!(gate.crossings().len(), 1);
    assert!(double.asked()[0].headers.contains("user-agent: drawbridge-test/1"));
    let [llama, gated] = &found[..] else { panic!("{found:?}") };
    assert_eq!((llama.repo.as_str(), llama.downloads, llama.likes), ("bartowski/Llama-GGUF", Some(900), Some(5)));
    assert_eq!(
        (llama.changed.as_deref(), llama.licence.as_deref(), llama.gated),
        (Some("2024-07-23"), Some("llama3.1"), false)
    );
    assert!(gated.gated && gated.licence.is_none());
}

#[tokio::test]
async fn a_listing_holds_models_only_and_pins_the_commit() {
    let oid = "ab".repeat(32);
    let entries = vec![
        entry("m-Q8_0-00002-of-00002.gguf", 4, &oid),
        entry("m-Q8_0-00001-of-00002.gguf", 5, &oid),
        entry("m-Q4_K_M.gguf", 6, "not a hash"),
        entry("mmproj-F16.gguf", 2, &oid),
        entry("../../m-Q4_K_M.gguf", 7, &oid),
        entry(r"..\\..\\m.gguf", 7, &oid),
        entry("CON.gguf", 7, &oid),
        entry(&format!("{}.gguf", "x".repeat(200)), 7, &oid),
        entry("m-Q2_K.gguf", 0, &oid),
        entry("README.md", 7, &oid),
        r#"{"type":"directory","path":"a.gguf","oid":"x"}"#.into(),
        r#"{"nonsense":true}"#.into(),
    ];
    let (double, gate, hub) = with(repository(entries)).await;
    let listing = hub.list("o/r-GGUF", &machine()).await.unwrap();
    assert_eq!((listing.repo.as_str(), listing.revision.as_str(), listing.gated), ("o/r-GGUF", COMMIT, false));
    assert_eq!(listing.licence.as_deref(), Some("apache-2.0"));
    let files: Vec<_> = listing
        .files
        .iter()
        .map(|f| (f.path.as_str(), f.parts, f.bytes, f.quantisation.as_str(), f.verifiable, f.projector))
        .collect();
    assert_eq!(
        files,
        [
            ("mmproj-F16.gguf", 1, 2, "F16", true, true),
            ("m-Q4_K_M.gguf", 1, 6, "Q4_K_M", false, false),
            ("m-Q8_0-00001-of-00002.gguf", 2, 9, "Q8_0", true, false),
        ]
    );
    let tree = format!("/api/models/o/r-GGUF/tree/{COMMIT}?recursive=true");
    assert_eq!(double.lines(), ["GET /api/models/o/r-GGUF".to_owned(), format!("GET {tree}")]);
    assert_eq!(gate.crossings(), ["/api/models/o/r-GGUF".to_owned(), tree]);
    assert!(double.asked().iter().all(|asked| asked.headers.contains("user-agent: drawbridge-test/1")));
}

#[tokio::test]
async fn pages_are_followed_on_this_hub_only_and_not_for_ever() {
    let (double, gate, hub) = with(|line: &str| match line {
        line if line.ends_with("cursor=two%3D") => tree(&[entry("b-Q4_0.gguf", 2, "")]),
        line if line.contains("/tree/") => Reply {
            headers: vec![("link", r#"<https://elsewhere.example/api?cursor=two%3D>; rel="next""#.into())],
            ..tree(&[entry("a-Q4_0.gguf", 1, "")])
        },
        _ => about(""),
    })
    .await;
    assert_eq!(hub.list("o/r-GGUF", &machine()).await.unwrap().files.len(), 2);
    assert_eq!(gate.crossings()[2], format!("/api/models/o/r-GGUF/tree/{COMMIT}?recursive=true&cursor=two%3D"));
    assert_eq!(double.asked().len(), 3);

    let endless = |line: &str| match line.contains("/tree/") {
        true => Reply { headers: vec![("link", r#"</?cursor=again>; rel="next""#.into())], ..tree(&[]) },
        false => about(""),
    };
    let (double, _, hub) = with(endless).await;
    assert!(matches!(hub.list("o/r-GGUF", &machine()).await, Err(HubError::Unavailable(_))));
    assert_eq!(double.asked().len(), 11);
}

#[tokio::test]
async fn a_search_goes_on_to_the_next_page_until_it_has_enough() {
    let page = |from: usize| {
        let found: Vec<_> = (from..from + 3).map(|no| format!(r#"{{"id":"o/m{no}"}}"#)).collect();
        let link = format!(r#"<https://elsewhere.example/?cursor={}>; rel="next""#, from + 3);
        Reply { headers: vec![("link", link)], ..json(format!(r#"[{},{{"nonsense":true}}]"#, found.join(","))) }
    };
    let (double, gate, hub) =
        with(move |line: &str| page(line.rsplit_once("&cursor=").map_or(0, |(_, cursor)| cursor.parse().unwrap())))
            .await;
    let found = hub.search("x", 7).await.unwrap();
    let names: Vec<_> = found.iter().map(|repo| repo.repo.as_str()).collect();
    assert_eq!(names, ["o/m0", "o/m1", "o/m2", "o/m3", "o/m4", "o/m5", "o/m6"]);
    assert_eq!((double.asked().len(), gate.crossings().len()), (3, 3), "each page is a request of its own");
    assert!(gate.crossings()[2].starts_with("/api/models?search=x&") && gate.crossings()[2].ends_with("&cursor=6"));
}

#[tokio::test]
async fn a_file_is_resolved_to_its_parts_sizes_and_hashes_at_a_commit() {
    let oid = "cd".repeat(32);
    let entries = vec![
        entry("Q8_0/m-Q8_0-00001-of-00002.gguf", 5, &oid),
        entry("Q8_0/m-Q8_0-00002-of-00002.gguf", 4, &oid),
        entry("m-Q4_K_M.gguf", 6, &oid),
    ];
    let (double, _, hub) = with(repository(entries)).await;
    let one = hub.resolve("o/r-GGUF", None, "M-q4_k_m.gguf").await.unwrap();
    assert_eq!(
        (one.repo.as_str(), one.revision.as_str(), one.licence.as_deref()),
        ("o/r-GGUF", COMMIT, Some("apache-2.0"))
    );
    assert_eq!(
        (one.parts[0].path.as_str(), one.parts[0].bytes, one.parts[0].sha256.as_ref()),
        ("m-Q4_K_M.gguf", 6, Some(&oid))
    );
    let split = hub.resolve("o/r-GGUF", Some(COMMIT), "Q8_0/m-Q8_0-00001-of-00002.gguf").await.unwrap();
    assert_eq!(split.parts.iter().map(|part| part.bytes).collect::<Vec<_>>(), [5, 4]);
    assert!(double.lines().contains(&format!("GET /api/models/o/r-GGUF/revision/{COMMIT}")));

    let missing = hub.resolve("o/r-GGUF", None, "m-Q5_K_M.gguf").await.unwrap_err();
    assert!(matches!(&missing, HubError::NotFound(sentence) if sentence.contains("m-Q4_K_M.gguf")), "{missing:?}");
    let other = hub.resolve("o/r-GGUF", Some(&"f".repeat(40)), "m-Q4_K_M.gguf").await.unwrap_err();
    assert!(matches!(other, HubError::Unavailable(_)), "{other:?}");
    let before = double.asked().len();
    for (repo, revision, path) in [
        ("r-GGUF", None, "m.gguf"),
        ("o/..", None, "m.gguf"),
        ("o/r", Some("../main"), "m.gguf"),
        ("o/r", None, "../m.gguf"),
        ("o/r", None, "a\\m.gguf"),
    ] {
        assert!(
            matches!(hub.resolve(repo, revision, path).await, Err(HubError::BadName(_))),
            "{repo} {revision:?} {path}"
        );
    }
    assert_eq!(double.asked().len(), before, "a bad name was asked for");
}

#[tokio::test]
async fn addresses_keep_the_path_of_a_mirror() {
    let gate = Arc::new(Gate::default());
    let hub = open("https://mirror.example.org:8443/hf/", None, &gate);
    assert_eq!(
        hub.file_uri("o/r", "refs/pr/1", "Q8_0/m-00001-of-00002.gguf").unwrap().to_string(),
        "https://mirror.example.org:8443/hf/o/r/resolve/refs%2Fpr%2F1/Q8_0/m-00001-of-00002.gguf"
    );
    assert_eq!(hub.host(), "mirror.example.org");
    for (repo, revision, path) in
        [("o", "main", "m"), ("o/r", "a b", "m"), ("o/r", "main", "a b"), ("o/r", "main", "..")]
    {
        assert!(matches!(hub.file_uri(repo, revision, path), Err(HubError::BadName(_))));
    }

    let double = double::hub(repository(vec![entry("m-Q4_0.gguf", 1, "")])).await;
    let hub = open(&format!("{}/hf", double.address), None, &gate);
    hub.list("o/r-GGUF", &machine()).await.unwrap();
    hub.search("x", 1).await.unwrap_err();
    assert!(double.lines().iter().all(|line| line.starts_with("GET /hf/api/models")), "{:?}", double.lines());
}

#[tokio::test]
async fn each_status_has_its_sentence_and_is_asked_for_once() {
    type Check = fn(&HubError) -> bool;
    type Case = (u16, &'static [(&'static str, &'static str)], Check);
    let account: Check =
        |e| matches!(e, HubError::AccountNeeded(s) if s.contains("/o/r-GGUF") && s.contains("licence"));
    let absent: Check = |e| matches!(e, HubError::NotFound(s) if s.contains("o/r-GGUF"));
    let wait: Check =
        |e| matches!(e, HubError::RateLimited { retry_after: Some(time) } if *time == Duration::from_secs(7));
    let later: Check = |e| matches!(e, HubError::Unavailable(s) if s.contains("50")) && e.passes();
    let cases: [Case; 8] = [
        (401, &[], account),
        (401, &[("x-error-code", "GatedRepo")], account),
        (403, &[], account),
        (401, &[("x-error-code", "RepoNotFound")], absent),
        (404, &[], absent),
        (429, &[("retry-after", "7")], wait),
        (500, &[], later),
        (503, &[], later),
    ];
    for (code, headers, check) in cases {
        let (double, gate, hub) = with(move |_| status(code, headers)).await;
        let error = hub.list("o/r-GGUF", &machine()).await.unwrap_err();
        assert!(check(&error), "{code} {headers:?}: {error:?}");
        assert_eq!((double.asked().len(), gate.crossings()), (1, vec!["/api/models/o/r-GGUF".to_owned()]));

        let (double, _, hub) =
            with(move |line| if line.contains("/tree/") { status(code, headers) } else { about("") }).await;
        let error = hub.resolve("o/r-GGUF", None, "m.gguf").await.unwrap_err();
        assert!(check(&error), "tree {code} {headers:?}: {error:?}");
        assert_eq!(double.asked().len(), 2);

        let (double, gate, hub) = with(move |_| status(code, headers)).await;
        let error = hub.search("x", 3).await.unwrap_err();
        assert!(
            matches!(
                (code, &error),
                (401 | 403, HubError::AccountNeeded(_) | HubError::NotFound(_))
                    | (404, HubError::NotFound(_))
                    | (429, HubError::RateLimited { retry_after: Some(_) })
                    | (500.., HubError::Unavailable(_))
            ),
            "search {code}: {error:?}"
        );
        assert_eq!((double.asked().len(), gate.crossings().len()), (1, 1));
    }
}

#[tokio::test]
async fn answers_without_sense_are_said_to_be_so() {
    for body in
        ["", "<html>login</html>", "{", "[1", "null", "{}", r#"{"id":"o/r","sha":"main"}"#, r#"{"id":"o/r","sha":7}"#]
    {
        let (_, gate, hub) = with(move |_| json(body)).await;
        let error = hub.list("o/r-GGUF", &machine()).await.unwrap_err();
        assert!(
            matches!(&error, HubError::Unavailable(sentence) if sentence.contains("no sense")),
            "{body}: {error:?}"
        );
        assert_eq!(gate.crossings(), ["/api/models/o/r-GGUF"]);
    }
    for body in ["", "<html>", "{}", "[", "7"] {
        let (_, _, hub) = with(move |line| if line.contains("/tree/") { json(body) } else { about("") }).await;
        let error = hub.list("o/r-GGUF", &machine()).await.unwrap_err();
        assert!(matches!(error, HubError::Unavailable(_)), "{body}: {error:?}");
        let (_, _, hub) = with(move |_| json(body)).await;
        assert!(matches!(hub.search("x", 3).await, Err(HubError::Unavailable(_))), "{body}");
    }
}

#[tokio::test]
async fn what_the_gate_refuses_is_not_asked() {
    let double = hub(|_| json("[]")).await;
    let gate = Arc::new(Gate::that_refuses());
    let hub = open(&double.address, None, &gate);
    let refused = HubError::Refused("Sealed.".into());
    assert_eq!(hub.search("x", 3).await.unwrap_err(), refused);
    assert_eq!(hub.list("o/r", &machine()).await.unwrap_err(), refused);
    assert_eq!(hub.resolve("o/r", None, "m.gguf").await.unwrap_err(), refused);
    assert!(double.asked().is_empty());
}

#[tokio::test]
async fn a_hub_that_is_not_there_can_be_asked_again() {
    let double = hub(|_| json("[]")).await;
    // A port that nobody listens on: this one has been given back.
    let away = { hub(|_| json("[]")).await.address.replace("127.0.0.1", "127.0.0.2") };
    drop(double);
    let gate = Arc::new(Gate::default());
    let error = open(&away, None, &gate).search("x", 3).await.unwrap_err();
    assert!(
        matches!(&error, HubError::Offline(sentence) if sentence.contains("127.0.0.2")) && error.passes(),
        "{error:?}"
    );
    assert_eq!(gate.crossings().len(), 1);
}

#[tokio::test]
async fn an_answer_that_does_not_come_to_an_end_is_not_waited_for() {
    // A longer answer is stated than is sent, and the connection stays open. From then on the clock is ours: where
    // nothing is left to do but wait, it jumps.
    let endless = || {
        tokio::time::pause();
        Reply { headers: vec![("x-keep-open", "yes".into())], ..json("[") }
    };
    let late = |error: HubError| matches!(&error, HubError::Offline(sentence) if sentence.contains("in time"));
    let (_, gate, hub) = with(move |_| endless()).await;
    assert!(late(hub.search("x", 1).await.unwrap_err()));
    tokio::time::resume();
    assert!(late(hub.list("o/r-GGUF", &machine()).await.unwrap_err()));
    tokio::time::resume();
    assert_eq!(gate.crossings().len(), 2);

    let (double, _, hub) = with(move |line| if line.contains("/tree/") { endless() } else { about("") }).await;
    assert!(late(hub.resolve("o/r-GGUF", None, "m.gguf").await.unwrap_err()));
    assert_eq!(double.asked().len(), 2);
}

#[tokio::test]
async fn a_token_is_sent_to_the_hub() {
    let double = hub(repository(vec![entry("m-Q4_0.gguf", 1, "")])).await;
    let gate = Arc::new(Gate::default());
    open(&double.address, Some(" hf_mine\n"), &gate).list("o/r-GGUF", &machine()).await.unwrap();
    assert!(double.asked().iter().all(|asked| asked.headers.contains("authorization: bearer hf_mine\r\n")));
    let before = double.asked().len();
    open(&double.address, Some(" "), &gate).list("o/r-GGUF", &machine()).await.unwrap();
    assert!(double.asked()[before..].iter().all(|asked| !asked.headers.contains("authorization")));
}

#[tokio::test]
async fn without_a_token_none_is_sent() {
    let (double, _, hub) = with(repository(vec![entry("m-Q4_0.gguf", 1, "")])).await;
    hub.list("o/r-GGUF", &machine()).await.unwrap();
    hub.search("x", 1).await.unwrap_err();
    assert_eq!(double.asked().len(), 3);
    assert!(double.asked().iter().all(|asked| !asked.headers.contains("authorization")), "{:?}", double.asked());
}

#[test]
fn without_a_token_none_is_sent_whatever_the_environment_holds() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("token"), "hf_leak").unwrap();
    let run = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "without_a_token_none_is_sent"])
        .env("HF_TOKEN", "hf_leak")
        .env("HF_TOKEN_PATH", folder.path().join("token"))
        .env("HF_HOME", folder.path())
        .env("HF_ENDPOINT", "http://127.0.0.1:9")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success() && said.contains("1 passed"), "{said}");
}
