//! Providers in a terminal: `drawbridge-cli providers …`, `ask` and `usage` as they are built, against doubles on
//! loopback. The chats are encrypted with a passphrase, for there is no keychain in a test and a key is kept nowhere in
//! clear.
#![cfg(unix)] // secrets come from file descriptors
#![allow(clippy::unwrap_used)]

use std::{
    io::{Read, Write},
    path::PathBuf,
    process::{Command, Stdio},
    sync::Arc,
};

use acceptance::{
    Desktop, files_under, no_keychain, platform, profile,
    provider::{Answer, ErrorBody, Kind, ProviderDouble, Turn, Usage},
    terminal::{Ended, drawbridge_cli},
};
use app::{Door, Hooks, Platform};
use domain::Secret;
use serde_json::{Value, json};
use tempfile::TempDir;

const PASSPHRASE: &str = "correct horse battery";
#[cfg(target_os = "linux")]
const KEY_PROMPT: &str = "Key, which is not shown";
const WRONG: &str = "sk-wrong-0123456789abcdefghij";

/// An account whose chats a passphrase opens.
struct Account {
    home: TempDir,
}

impl Account {
    async fn new() -> Self {
        let account = Self { home: tempfile::tempdir().unwrap() };
        account.write("passphrase", PASSPHRASE);
        account.write("key", "");
        let door =
            Door::begin(profile(&account.data()), platform(Arc::default(), Arc::new(no_keychain())), Hooks::default());
        door.dispatch("passphrase_set", json!({"passphrase": PASSPHRASE})).await.unwrap();
        door.shut_down().await;
        account
    }

    fn data(&self) -> PathBuf {
        self.home.path().join("data/drawbridge")
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.home.path().join(name), format!("{text}\n")).unwrap();
    }

    /// Changes what only the window changes.
    async fn in_the_window(&self, command: &str, args: Value) {
        let desktop = Arc::new(Desktop::default());
        let platform = Platform {
            passphrase: Some(Secret::new(PASSPHRASE.to_owned())),
            ..platform(desktop, Arc::new(no_keychain()))
        };
        let core = app::open(profile(&self.data()), platform).await.unwrap();
        core.dispatch(command, args).await.unwrap();
        core.shut_down().await;
    }

    /// The program with the passphrase at descriptor 8 and the key at descriptor 9.
    fn command(&self, arguments: &[&str]) -> Command {
        self.by(r#"exec "$0" --passphrase-fd 8 "$@" 8<"$HOME/passphrase" 9<"$HOME/key""#, arguments)
    }

    /// The program, as a line of the shell starts it.
    fn by(&self, line: &str, arguments: &[&str]) -> Command {
        let mut command = drawbridge_cli(self.home.path(), Some(line));
        command.args(arguments);
        command
    }

    async fn run(&self, arguments: &[&str]) -> Ended {
        Ended::of(self.command(arguments)).await
    }

    /// Adds a double with a key, as a server in the cloud.
    async fn add(&self, preset: &str, name: &str, double: &ProviderDouble, key: &str) -> Ended {
        self.write("key", key);
        let url = double.base_url();
        self.run(&["providers", "add", preset, "--name", name, "--url", &url, "--key-fd", "9", "--allow"]).await
    }
}

/// Requests for answers that a double got.
fn questions(double: &ProviderDouble) -> usize {
    double.requests().iter().filter(|seen| seen.method == "POST").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_is_added_listed_asked_paid_and_removed_and_its_key_is_nowhere() {
    let account = Account::new().await;
    let double = ProviderDouble::start(Kind::Openai).await;
    let listed = account.run(&["providers", "list"]).await.done();
    assert!(listed.out.is_empty() && listed.err.contains("openai, azure, anthropic"), "{listed:?}");
    let mut said = Vec::new();

    let added = account.add("openai", "OpenAI", &double, double.key()).await.done();
    assert!(added.out.starts_with("OpenAI (cloud) is added as “openai”."), "{added:?}");
    assert!(added.err.contains("Let chats reach 127.0.0.1"), "what the flag says yes to is shown: {added:?}");
    let listed = account.run(&["providers", "list"]).await.done();
    assert!(listed.out.contains("openai:gpt-4.1") && !listed.out.contains("whisper"), "{listed:?}");
    let cards = account.run(&["providers", "list", "--json"]).await.done();
    assert_eq!(cards.json()[0]["provider"]["handle"], "openai");
    let tried = account.run(&["providers", "test", "openai"]).await.done();
    assert!(tried.out.contains("gpt-4.1") && tried.err.contains("It answered after"), "{tried:?}");

    account
        .in_the_window(
            "price_set",
            json!({"provider": "openai", "model": "gpt-4.1", "input": 2.0, "cached_input": null, "cache_write": null,
                   "output": 10.0, "source": "", "seen": "", "own": true}),
        )
        .await;
    let usage = Some(Usage { input: 1_000, output: 100, ..Usage::default() });
    double.script(vec![Turn::Answer(Answer { usage, ..Answer::of(&["The sea ", "is calm."]) })]);
    let asked = account.run(&["ask", "--model", "openai:gpt-4.1", "--cross", "How is the sea?"]).await.done();
    assert_eq!(asked.out, "The sea is calm.\n");
    assert!(asked.err.contains("Let this chat cross to OpenAI?"), "{asked:?}");
    assert!(asked.err.contains("Answered by OpenAI (cloud), 1000 + 100 tokens, $0.0030."), "{asked:?}");
    let again = account.run(&["ask", "--model", "openai:gpt-4.1", "--cross", "--json", "And now?"]).await.done();
    let json = again.json();
    assert_eq!(
        (&json["place"], &json["provider"], &json["model"]),
        (&json!("cloud"), &json!("OpenAI"), &json!("GPT-4.1"))
    );
    assert_eq!(json["bill"]["price_known"], true);

    let used = account.run(&["usage"]).await.done();
    assert!(used.out.contains("OpenAI (cloud)") && used.out.lines().count() == 2, "{used:?}");
    let csv = account.run(&["usage", "--csv"]).await.done();
    assert!(csv.out.starts_with("day,place,provider") && csv.out.contains("\"OpenAI\""), "{csv:?}");
    let report = account.run(&["usage", "--json", "--from", "2020-01-01", "--to", "2020-01-31"]).await.done();
    assert_eq!(report.json()["rows"], json!([]));
    account.run(&["usage", "--from", "soon"]).await.refused(2, "look like 2026-11-01");
    let removed = account.run(&["providers", "remove", "openai"]).await.done();
    assert!(removed.out.starts_with("OpenAI is removed, and its key with it."), "{removed:?}");
    account.run(&["providers", "test", "openai"]).await.refused(5, "There is no provider “openai”.");

    said.extend([added, listed, cards, tried, asked, again, used, csv, removed]);
    let (key, said) = (double.key(), format!("{said:?}"));
    assert!(!said.contains(key), "the key was written out");
    for file in files_under(&account.data()) {
        let bytes = std::fs::read(account.data().join(&file)).unwrap();
        let found = bytes.windows(key.len()).any(|window| window == key.as_bytes());
        assert!(!found, "the key is in {}", file.display());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_is_named_and_a_key_that_is_none_adds_nothing() {
    let account = Account::new().await;
    let double = ProviderDouble::start(Kind::Anthropic).await;
    let added = account.add("anthropic", "Anthropic", &double, WRONG).await;
    added.refused(6, "It is kept all the same; `drawbridge-cli providers test anthropic`");
    assert!(added.err.to_lowercase().contains("key") && !format!("{added:?}").contains(WRONG), "{added:?}");
    let tried = account.run(&["providers", "test", "anthropic"]).await;
    tried.refused(6, "key");
    let tried = account.run(&["providers", "test", "anthropic", "--json"]).await;
    assert_eq!((tried.code, &tried.json()["failure"]["code"]), (Some(6), &json!("key_rejected")));

    let spaced = account.add("anthropic", "Other", &double, "two words here").await;
    spaced.refused(2, "What was given is no key for Other");
    let listed = account.run(&["providers", "list", "--json"]).await.done().json();
    assert_eq!(listed.as_array().unwrap().len(), 1, "{listed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_terminal_nothing_is_allowed_that_no_flag_allows() {
    let account = Account::new().await;
    let double = ProviderDouble::start(Kind::Compatible).await;
    let url = double.base_url();
    let add = ["providers", "add", "compatible", "--name", "Servers", "--url", &url, "--no-key"];
    account.run(&add).await.refused(6, "`--allow` says yes to exactly this.");
    let mut with_variable = account.command(&["providers", "add", "openai"]);
    with_variable.env("OPENAI_API_KEY", "sk-0123456789abcdefghij");
    Ended::of(with_variable).await.refused(2, "`--key-fd N` reads it");
    account.run(&["providers", "add", "openai", "--key", "sk-0123456789abcdefghij"]).await.refused(2, "--key");
    account.run(&["providers", "add", "nobody"]).await.refused(2, "none of the providers that are known: openai");
    account.run(&["providers", "add", "compatible"]).await.refused(2, "--url");
    assert_eq!(account.run(&["providers", "list", "--json"]).await.done().json(), json!([]));

    account.run(&[&add[..], &["--allow", "--model", "our-tune"]].concat()).await.done();
    let before = double.requests().len();
    let ask = ["ask", "--model", "servers:our-tune", "A secret plan of ours."];
    let refused = account.run(&ask).await;
    refused.refused(6, "`--cross` says yes to exactly this.");
    for part in ["To: our-tune at 127.0.0.1", "What: your question", "Price: ", "Nothing was sent"] {
        assert!(refused.err.contains(part), "{part} in {refused:?}");
    }
    assert_eq!(double.requests().len(), before, "something was sent");
    assert_eq!(account.run(&["chats", "list", "--json"]).await.done().json(), json!([]), "an empty chat is left");

    account.run(&["ask", "--model", "servers:other", "Hello"]).await.refused(5, "providers models servers --add other");
    account.run(&["ask", "--model", "nobody:x", "Hello"]).await.refused(5, "There are: servers.");
    let models = account.run(&["providers", "models", "servers", "--add", "other"]).await.done();
    assert_eq!(models.out, "servers:our-tune\nservers:other\n");

    account.in_the_window("settings_change", json!({"patch": {"mode": "sealed"}})).await;
    account.run(&[&ask[..], &["--cross"]].concat()).await.refused(6, "The bridge is up");
    account.run(&["providers", "test", "servers"]).await.refused(6, "The bridge is up");
    assert_eq!(questions(&double), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_gets_its_header_its_token_and_a_picture_without_its_metadata() {
    let account = Account::new().await;
    let double = ProviderDouble::start(Kind::Azure).await;
    let url = double.base_url();
    account.write("key", double.key());
    account.write("header", "tenant-7731");
    let add = ["providers", "add", "azure", "--url", &url, "--key-fd", "9", "--model", "our-deployment", "--allow"];
    let more = ["--entra", "--images", "--header", "X-Tenant=7", "--zone", "our-network"];
    let line = r#"exec "$0" --passphrase-fd 8 "$@" 7<"$HOME/header" 8<"$HOME/passphrase" 9<"$HOME/key""#;
    let added = Ended::of(account.by(line, &[&add[..], &more].concat())).await;
    assert!(added.out.contains("is added as"), "{added:?}");

    let mut png = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(9, 7, image::Rgb([200, 10, 10])).write_to(&mut png, image::ImageFormat::Png).unwrap();
    let (picture, notes) = (account.home.path().join("red.png"), account.home.path().join("notes.txt"));
    std::fs::write(&picture, png.into_inner()).unwrap();
    std::fs::write(&notes, "Ebb at nine.\n").unwrap();
    let (picture, notes) = (picture.to_str().unwrap(), notes.to_str().unwrap());
    let ask = ["ask", "--model", "azure-openai:our-deployment", "--attach", picture, "--attach", notes];
    account.run(&[&ask[..], &["What colour?"]].concat()).await.done();
    let seen = double.requests().into_iter().rfind(|seen| seen.method == "POST").unwrap();
    assert_eq!(seen.header("x-tenant"), Some("tenant-7731"));
    assert_eq!(seen.header("authorization"), Some(format!("Bearer {}", double.key()).as_str()));
    let body = seen.body.to_string();
    assert!(body.contains("data:image/png;base64,") && body.contains("Ebb at nine."), "{body}");

    let here = ["ask", "--attach", picture, "What colour?"];
    account.run(&here).await.refused(2, "reads text only");
    let wrong = ["providers", "add", "openai", "--header", "X-Tenant=tenant-7731"];
    account.run(&wrong).await.refused(2, "never the value itself");
}

/// What a terminal showed when the program ran in one, and its code: each text is typed once the one before it is shown.
#[cfg(target_os = "linux")] // elsewhere `script` takes other flags
async fn typed(account: &Account, arguments: &[&str], typed: &[(&'static str, String)]) -> (Option<i32>, String) {
    let line = r#"exec script -qec "tty; exec $0 --passphrase-fd 8 $*" /dev/null 8<"$HOME/passphrase""#;
    let mut command = account.by(line, arguments);
    command.stdin(Stdio::piped());
    let typed = typed.to_vec();
    let run = move || {
        let mut child = command.spawn().unwrap();
        let (mut keys, mut screen) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (mut shown, mut bytes) = (Vec::new(), [0; 1024]);
        let mut typed = typed.into_iter().peekable();
        while let Ok(read @ 1..) = screen.read(&mut bytes) {
            shown.extend_from_slice(&bytes[..read]);
            let text = String::from_utf8_lossy(&shown);
            if let Some((after, keystrokes)) = typed.next_if(|(after, _)| text.contains(after)) {
                if after == KEY_PROMPT {
                    wait_until_unseen(text.lines().next().unwrap());
                }
                keys.write_all(keystrokes.as_bytes()).unwrap();
            }
        }
        (child.wait().unwrap().code(), String::from_utf8_lossy(&shown).into_owned())
    };
    tokio::task::spawn_blocking(run).await.unwrap()
}

/// The prompt stands there a moment before the terminal shows no keys any more; no hand is as fast as a test.
#[cfg(target_os = "linux")]
fn wait_until_unseen(terminal: &str) {
    let state = || Command::new("stty").args(["-a", "-F", terminal]).output().unwrap().stdout;
    while !String::from_utf8(state()).unwrap().split_whitespace().any(|word| word == "-echo") {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn at_a_terminal_the_key_is_typed_unseen_and_a_crossing_is_asked_for() {
    let account = Account::new().await;
    let double = ProviderDouble::start(Kind::Openai).await;
    let url = double.base_url();
    let key = (KEY_PROMPT, format!("{}\n", double.key()));
    let add = ["providers", "add", "openai", "--url", &url];
    let (code, shown) = typed(&account, &add, &[key.clone(), ("Allow? [y/N]", "\n".to_owned())]).await;
    assert!(code == Some(6) && double.requests().is_empty(), "{shown}");
    let (code, shown) = typed(&account, &add, &[key, ("Allow? [y/N]", "y\n".to_owned())]).await;
    assert!(code == Some(0) && shown.contains("is added as “openai”"), "{shown}");
    assert!(shown.contains("Keys are made at https://") && !shown.contains(double.key()), "{shown}");

    let ask = ["ask", "--model", "openai:gpt-4.1", "Hello"];
    let (code, shown) = typed(&account, &ask, &[("Send across? [y/N]", "no\n".to_owned())]).await;
    assert!(code == Some(6) && shown.contains("Nothing was sent") && questions(&double) == 0, "{shown}");
    let (code, shown) = typed(&account, &ask, &[("Send across? [y/N]", "\u{3}".to_owned())]).await;
    assert!(code == Some(130) && questions(&double) == 0, "Ctrl+C is no yes: {shown}");
    assert_eq!(account.run(&["chats", "list", "--json"]).await.done().json(), json!([]));
    let (code, shown) = typed(&account, &ask, &[("Send across? [y/N]", "yes\n".to_owned())]).await;
    assert!(code == Some(0) && shown.contains("The sea is calm today.") && questions(&double) > 0, "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_fails_says_why_and_what_was_written_is_kept() {
    let account = Account::new().await;
    let double = ProviderDouble::start(Kind::Gemini).await;
    account.add("gemini", "Gemini", &double, double.key()).await.done();
    let cards = account.run(&["providers", "list", "--json"]).await.done().json();
    let model = format!("gemini:{}", cards[0]["provider"]["models"][0]["name"].as_str().unwrap());
    let ask = ["ask", "--model", &model, "--cross", "How is the sea?"];

    double.script(vec![Turn::Status { code: 403, retry_after: None, body: ErrorBody::Own }]);
    let refused = account.run(&ask).await;
    refused.refused(6, "Gemini");
    assert_eq!(refused.out, "");
    double.script(vec![Turn::ErrorEvent(Answer::of(&["The sea ", "is calm ", "today ", "it seems."]))]);
    let broken = account.run(&ask).await;
    assert!(broken.code == Some(1) && broken.out.starts_with("The sea "), "{broken:?}");
    assert!(broken.err.contains("Answered by Gemini (cloud)"), "what broke off may cost something: {broken:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_that_is_used_up_sends_nothing_and_stands_in_the_report() {
    let account = Account::new().await;
    let double = ProviderDouble::start(Kind::Openai).await;
    account.add("openai", "OpenAI", &double, double.key()).await.done();
    account
        .in_the_window(
            "settings_change",
            json!({"patch": {"budgets": [{"provider": null, "day_usd_micros": 1, "month_usd_micros": 5_000_000}]}}),
        )
        .await;
    let asked = account.run(&["ask", "--model", "openai:gpt-4.1", "--cross", "How is the sea?"]).await;
    asked.refused(6, "Nothing was sent");
    assert!(asked.err.contains("budget"), "{asked:?}");
    assert_eq!(questions(&double), 0);
    let used = account.run(&["usage"]).await.done();
    assert!(used.out.contains("Budget for all providers, this month: $0 of $5.00"), "{used:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_chats_shut_no_provider_is_asked() {
    let account = Account::new().await;
    let double = ProviderDouble::start(Kind::Openai).await;
    account.add("openai", "OpenAI", &double, double.key()).await.done();
    let before = double.requests().len();
    let ask = ["ask", "--model", "openai:gpt-4.1", "--cross", "How is the sea?"];
    let asked = Ended::of(account.by(r#"exec "$0" "$@""#, &ask)).await;
    asked.refused(4, "A provider and its key are known only there. Nothing was sent.");
    assert_eq!(double.requests().len(), before);
}
