//! Models in a terminal: `drawbridge-cli models …` as it is built, against a hub on loopback.
#![allow(clippy::unwrap_used)]

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use acceptance::{
    Session, files_under,
    hub::{At, Fault, Hub, Repository, models, sha256},
    terminal::{Ended, drawbridge_cli},
};
use serde_json::{Value, json};
use tempfile::TempDir;

/// An account with a hub in its settings.
struct Account {
    home: TempDir,
    hub: Hub,
}

impl Account {
    async fn new() -> Self {
        Self::with(models::shelf()).await
    }

    async fn with(repositories: Vec<Repository>) -> Self {
        let account = Self { home: tempfile::tempdir().unwrap(), hub: Hub::start(repositories).await };
        let session = Session::open(&account.data()).await;
        session.use_hub(&account.hub).await;
        session.core.shut_down().await;
        account
    }

    fn data(&self) -> PathBuf {
        self.home.path().join("data/drawbridge")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = drawbridge_cli(self.home.path(), None);
        command.arg("models").args(arguments);
        command
    }

    async fn run(&self, arguments: &[&str]) -> Ended {
        Ended::of(self.command(arguments)).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_is_searched_downloaded_verified_and_removed() {
    let account = Account::new().await;
    let found = account.run(&["search", "starter"]).await.done();
    assert_eq!(found.out, "drawbridge/starter-GGUF: 9000 downloads, 1 like, changed 2026-10-01, apache-2.0\n");
    let found = account.run(&["search", "--limit", "2", "--json", "gguf"]).await.done().json();
    assert_eq!(found["repos"].as_array().unwrap().len(), 2);
    let listed = account.run(&["files", models::STARTER]).await.done();
    assert!(listed.out.contains("Q8_0") && listed.out.contains("projector"), "{listed:?}");

    let downloaded = account.run(&["download", models::STARTER]).await.done();
    assert!(downloaded.out.contains("is in the library: llama Q8_0"), "{downloaded:?}");
    assert!(downloaded.out.contains("Every file has the SHA-256 that 127.0.0.1"), "{downloaded:?}");
    assert_eq!(downloaded.err.lines().filter(|line| !line.contains("unencrypted")).count(), 0, "{downloaded:?}");
    let library = account.run(&["list", "--json"]).await.done().json();
    let card = library.as_array().unwrap().iter().find(|card| card["origin"]["kind"] == "hub").unwrap().clone();
    let file = Path::new(card["folder"].as_str().unwrap()).join(card["file_name"].as_str().unwrap());
    assert!(std::fs::read(&file).unwrap() == models::starter());

    let id = card["id"].as_str().unwrap();
    let verified = account.run(&["verify", id]).await.done();
    assert!(verified.out.ends_with("every file has the SHA-256 that its source stated.\n"), "{verified:?}");
    let mut wrong = models::starter();
    wrong[2_000_000] ^= 1;
    std::fs::write(&file, &wrong).unwrap();
    account.run(&["verify", file.to_str().unwrap()]).await.refused(7, "does not match");
    let verified = account.run(&["verify", "--json", id]).await;
    assert_eq!((verified.code, &verified.json()["verification"]["matched"]), (Some(7), &json!(false)));

    let removed = account.run(&["remove", "--files", id]).await.done();
    assert!(removed.out.ends_with("is off the library. 3.1 MB are free again.\n"), "{removed:?}");
    assert!(!files_under(&account.data().join("models")).iter().any(|path| path.ends_with(models::STARTER_FILE)));
    account.run(&["remove", id]).await.refused(5, "There is no model");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_pauses_and_the_same_command_goes_on() {
    let account = Account::new().await;
    for signal in ["-INT", "-TERM"] {
        account.hub.misbehave_times(1, At::Bytes, Fault::Stall { after: 1_000_000 });
        let child = account.command(&["download", models::STARTER, "--quantisation", "q8_0"]).spawn().unwrap();
        let arrived = async {
            // What the hub sent may still be on its way: it counts once it is in the file.
            let folder = account.data().join("models");
            let bytes = |path: &PathBuf| folder.join(path).metadata().map_or(0, |data| data.len());
            let is_part = |path: &&PathBuf| path.extension().is_some_and(|extension| extension == "part");
            while files_under(&folder).iter().filter(is_part).map(bytes).sum::<u64>() == 0 {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(acceptance::PATIENCE, arrived).await.expect("the download does not come to run");
        Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        let ended: Ended = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap().into()).await.unwrap();
        ended.refused(130, "paused and what arrived is kept");
        assert_eq!(ended.out, "");
        account.hub.behave();

        let done = account.run(&["download", models::STARTER, "--quantisation", "Q8_0", "--json"]).await.done();
        assert_eq!(done.json()["verification"]["matched"], true);
        let last = account.hub.seen().into_iter().rfind(|one| one.host == "cdn").unwrap();
        let range = last.header("range").unwrap_or_default();
        let from: u64 = range.trim_start_matches("bytes=").split('-').next().unwrap().parse().unwrap_or(0);
        // The last bytes may still have been on their way when the signal came.
        assert!(from > 0 && from <= 1_000_000, "{signal}: {range:?}");
        account.run(&["remove", "--files", done.json()["id"].as_str().unwrap()]).await.done();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_an_open_window_a_download_is_of_whoever_works_on_it() {
    let account = Account::new().await;
    let mut window = Session::open(&account.data()).await;
    let download = ["download", models::STARTER, "--quantisation", "q8_0", "--json"];
    account.hub.misbehave_times(1, At::Bytes, Fault::Stall { after: 1_000_000 });
    let begun = window.start_download(models::STARTER, models::STARTER_FILE).await.unwrap();
    window.download_until(begun.id, |one| one.received_bytes > 0).await;
    account.run(&download).await.refused(1, "Another Drawbridge is downloading this model");

    let _: wire::Download = window.ok("download_pause", serde_json::json!({"download": begun.id})).await;
    let asked = account.hub.seen().len();
    let done = account.run(&download).await.done();
    assert_eq!(done.json()["verification"]["matched"], true);
    let bytes = account.hub.seen().into_iter().skip(asked).find(|one| one.host == "cdn").unwrap();
    assert!(bytes.header("range").is_some_and(|range| range != "bytes=0-"), "it went on where the window left it");
    let left: Vec<wire::Download> = window.ok("download_list", Value::Null).await;
    assert_eq!(left, [], "it is done, and the window does not hold on to it");
    window.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_refusal_has_its_code_and_a_sentence() {
    let several = Repository::new("many/models-GGUF")
        .file("m-Q4_0.gguf", models::of_size("m", 1024))
        .file("m-Q8_0.gguf", models::of_size("m", 2048));
    let account = Account::with(models::shelf().into_iter().chain([several]).collect()).await;
    let ended = account.run(&["download", "many/models-GGUF"]).await;
    ended.refused(2, "Say which with --quantisation or --file.");
    assert!(ended.err.contains("m-Q4_0.gguf") && ended.err.contains("m-Q8_0.gguf"), "{ended:?}");
    account
        .run(&["download", "many/models-GGUF", "--quantisation", "Q2_K"])
        .await
        .refused(5, "no model of quantisation");
    account.run(&["download", "many/models-GGUF", "--file", "x.gguf"]).await.refused(5, "no GGUF file “x.gguf”");
    account.run(&["download", "no-such-model"]).await.refused(5, "The catalogue has no model");
    account.run(&["download", models::GATED]).await.refused(6, "licence");
    let resting =
        || files_under(&account.data().join("models")).iter().filter(|it| it.ends_with("download.json")).count();
    let before = resting();
    account.run(&["download", models::NO_MODEL]).await.refused(3, "GGUF");
    assert_eq!(resting(), before, "there is nothing to go on with");
    account.run(&["verify", "no such model"]).await.refused(5, "There is no model “no such model”");
    account.run(&["remove", "Starter model"]).await.refused(2, "stays");
    account.run(&["search"]).await.refused(2, "required");

    account.hub.change(models::STARTER, |repository| {
        repository.find(models::STARTER_FILE).sha256 = Some(sha256(b"another file"));
    });
    account.run(&["download", models::STARTER]).await.refused(7, "");
    assert!(!files_under(&account.data().join("models")).iter().any(|path| path.ends_with(models::STARTER_FILE)));
    let Account { home, hub } = account;
    drop(hub);
    let account = Account { home, hub: Hub::start(Vec::new()).await };
    account.run(&["search", "starter"]).await.refused(6, "127.0.0.1");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_environment_moves_no_request_and_leaks_no_token() {
    let account = Account::new().await;
    let elsewhere = Hub::start(models::shelf()).await;
    let cache = account.home.path().join("huggingface");
    std::fs::create_dir_all(account.home.path().join(".cache/huggingface")).unwrap();
    std::fs::write(account.home.path().join(".cache/huggingface/token"), "hf_secretsecretsecret").unwrap();
    let with = |arguments: &[&str]| {
        let mut command = account.command(arguments);
        command
            .env("HF_TOKEN", "hf_secretsecretsecret")
            .env("HUGGING_FACE_HUB_TOKEN", "hf_secretsecretsecret")
            .env("HF_TOKEN_PATH", account.home.path().join(".cache/huggingface/token"))
            .env("HF_ENDPOINT", elsewhere.url())
            .env("HF_HUB_ENDPOINT", elsewhere.url())
            .env("HF_HOME", &cache)
            .env("http_proxy", elsewhere.url())
            .env("ALL_PROXY", elsewhere.url());
        command
    };
    Ended::of(with(&["search", "starter"])).await.done();
    Ended::of(with(&["download", models::STARTER])).await.done();
    let seen = account.hub.seen();
    assert!(seen.len() >= 4, "{seen:?}");
    for request in &seen {
        assert_eq!(request.header("authorization"), None, "{request:?}");
        assert!(!format!("{request:?}").contains("hf_secret"), "{request:?}");
    }
    assert_eq!(elsewhere.connections(), 0);
    assert!(!cache.exists(), "{:?}", files_under(&cache));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_and_a_pack_are_imported() {
    let account = Account::new().await;
    let folder = account.home.path().join("folder");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("a.gguf"), models::starter()).unwrap();
    std::fs::write(folder.join("broken.gguf"), b"GGUF").unwrap();
    let imported = account.run(&["import", folder.to_str().unwrap()]).await.done();
    assert!(imported.out.contains("is in the library") && imported.err.contains("broken.gguf"), "{imported:?}");

    let pack = account.home.path().join("pack");
    std::fs::create_dir(&pack).unwrap();
    std::fs::write(pack.join("m.gguf"), models::starter()).unwrap();
    let manifest = |hash: &str| {
        json!({
            "schema": 1, "id": "small", "created": "2026-11-01T00:00:00Z", "min_app": "0.1.0", "base": "x",
            "licence": "apache-2.0", "chat_template_sha256": null,
            "files": [{"name": "m.gguf", "size": models::starter().len(), "sha256": hash, "role": "model"}],
        })
    };
    std::fs::write(pack.join("pack.json"), manifest(&sha256(b"other")).to_string()).unwrap();
    account.run(&["import", pack.to_str().unwrap()]).await.refused(7, "");
    std::fs::write(pack.join("pack.json"), manifest(&sha256(&models::starter())).to_string()).unwrap();
    let imported = account.run(&["import", pack.to_str().unwrap(), "--json"]).await.done().json();
    assert_eq!((&imported["pack"], &imported["models"][0]["origin"]["id"]), (&json!(true), &json!("small")));
    assert_eq!(account.hub.connections(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_catalogue_is_read_without_a_network() {
    let account = Account::new().await;
    let text = account.run(&["catalogue"]).await.done().out;
    let offers = account.run(&["catalogue", "--json"]).await.done().json();
    for offer in offers.as_array().unwrap() {
        assert!(text.contains(&format!("{}: {}", offer["id"].as_str().unwrap(), offer["name"].as_str().unwrap())));
    }
    assert_eq!(account.hub.connections(), 0);
}
