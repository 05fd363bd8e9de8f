//! A proxy between us and a provider: what goes through it is on record with it, what it refuses is said, and nothing
//! goes past it.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use acceptance::provider::{Certificate, Kind, ProviderDouble};
use domain::{Crossing, Message, MessageState, ModelId, Settings};
use serde_json::{Value, json};
use wire::{Failure, LedgerPage, ProviderCard};

use crate::{Office, proxy_double::ProxyDouble, questions};

/// This computer, by an address that counts as another computer's: a proxy stands before it, and without one the double
/// would be reached all the same.
const ELSEWHERE: &str = "0.0.0.0";
/// A host that no name server knows: only a proxy leads there.
const NAME: &str = "provider.example";

/// A core and a provider that is not on this computer, as far as it knows.
struct Street {
    office: Office,
    model: ModelId,
}

impl Street {
    async fn open(base_url: &str, certificate: &str) -> Self {
        let office = Office::open().await;
        office.trust_pem(certificate).await;
        office.settings(json!({"mode": "open"})).await;
        let save = json!({
            "provider": null, "kind": "openai", "name": "Double", "base_url": base_url, "zone": "cloud", "region": "",
            "retention": "", "api": "responses", "api_version": "", "auth": "key", "headers": [],
            "models": [{"id": null, "name": "gpt-5", "title": "", "context_tokens": null, "max_output_tokens": null,
                "images": false, "reasoning": true}],
        });
        let card: ProviderCard = office.session.ok("provider_save", save).await;
        office.paste(&format!("provider:{}", card.provider.id), "sk-proj-double-key-0123456789").await;
        Self { office, model: card.provider.models[0].id }
    }

    async fn to(host: &str) -> (Self, ProviderDouble) {
        let double = ProviderDouble::start_tls(Kind::Openai, Certificate::Good).await;
        let street = Self::open(&double.base_url().replace("localhost", host), double.ca_pem()).await;
        (street, double)
    }

    async fn set_proxy(&self, url: &str) -> Result<Settings, Failure> {
        let now: Settings = self.office.session.ok("settings_change", json!({"patch": {}})).await;
        let mut network = json!(now.network);
        network["proxy"] = json!({"kind": "explicit", "url": url});
        self.office.session.call("settings_change", json!({"patch": {"network": network}})).await
    }

    async fn ask(&mut self) -> Message {
        let chat = self.office.chat_with(self.model).await;
        self.office.ask(chat, "How is the sea today?").await
    }

    /// Asks in vain, and why.
    async fn fail(&mut self) -> String {
        let answer = self.ask().await;
        assert_eq!((answer.state, answer.text.as_str()), (MessageState::Failed, ""), "{answer:?}");
        answer.answer.unwrap().error.unwrap()
    }

    /// The last attempt on record.
    async fn crossing(&self) -> Crossing {
        let args = json!({"before": null, "purpose": "provider_chat", "host": "", "refused": false, "limit": 1});
        let page: LedgerPage = self.office.session.ok("ledger", args).await;
        page.entries[0].crossing.clone()
    }
}

fn port(double: &ProviderDouble) -> u16 {
    double.origin().rsplit_once(':').unwrap().1.parse().unwrap()
}

/// Nobody listens there.
#[allow(clippy::disallowed_types)] // a port of loopback
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_comes_through_the_proxy_of_the_settings_and_the_record_names_it() {
    let (mut street, double) = Street::to(ELSEWHERE).await;
    assert_eq!(street.ask().await.text, "The sea is calm today.", "the provider is there without a proxy");
    assert_eq!(street.crossing().await.proxy, None);
    let proxy = ProxyDouble::http(port(&double)).await;
    street.set_proxy(&format!("http://127.0.0.1:{}", proxy.port)).await.unwrap();
    assert_eq!(street.ask().await.text, "The sea is calm today.");
    let crossing = street.crossing().await;
    assert_eq!((crossing.host.as_str(), crossing.port), (ELSEWHERE, port(&double)));
    assert_eq!(crossing.proxy, Some(format!("127.0.0.1:{}", proxy.port)));
    let asked = &proxy.asked()[0];
    assert!(asked.starts_with(&format!("CONNECT {ELSEWHERE}:{} HTTP/1.1", port(&double))), "{asked}");
    assert!(!asked.contains(double.key()) && !asked.contains("sea"), "the proxy carries and does not read: {asked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_refuses_is_named_and_nothing_goes_past_it() {
    let (mut street, double) = Street::to(ELSEWHERE).await;
    let cases: [(&[u8], &str); 4] = [
        (
            b"HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic\r\n\r\n",
            "wants a name and a password",
        ),
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", "did not let us through"),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "did not let us through"),
        (b"", "did not let us through"),
    ];
    for (bytes, words) in cases {
        let proxy = ProxyDouble::saying(bytes).await;
        street.set_proxy(&format!("http://127.0.0.1:{}", proxy.port)).await.unwrap();
        let sentence = street.fail().await;
        assert!(sentence.contains(words), "{sentence}");
        assert!(sentence.contains(&format!("The proxy 127.0.0.1:{}", proxy.port)), "{sentence}");
        assert!(!proxy.asked().is_empty());
        assert_eq!(
            street.crossing().await.proxy,
            Some(format!("127.0.0.1:{}", proxy.port)),
            "the attempt is on record"
        );
    }
    for scheme in ["http", "https", "socks5h"] {
        let dead = free_port();
        street.set_proxy(&format!("{scheme}://127.0.0.1:{dead}")).await.unwrap();
        let sentence = street.fail().await;
        assert!(sentence.contains(&format!("The proxy 127.0.0.1:{dead} cannot be reached")), "{scheme}: {sentence}");
    }
    assert!(double.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socks_proxy_looks_up_the_name_or_refuses_to() {
    let (mut street, double) = Street::to(NAME).await;
    let proxy = ProxyDouble::socks(port(&double), None).await;
    street.set_proxy(&format!("socks5h://127.0.0.1:{}", proxy.port)).await.unwrap();
    assert_eq!(street.ask().await.text, "The sea is calm today.");
    assert_eq!(proxy.asked(), [format!("{NAME}:{}", port(&double))]);
    assert_eq!(street.crossing().await.proxy, Some(format!("127.0.0.1:{}", proxy.port)));
    let refusing = ProxyDouble::socks(port(&double), Some(2)).await;
    street.set_proxy(&format!("socks5h://127.0.0.1:{}", refusing.port)).await.unwrap();
    let sentence = street.fail().await;
    assert!(sentence.contains(&format!("The proxy 127.0.0.1:{} did not let us through", refusing.port)), "{sentence}");
    assert_eq!(questions(&double).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_for_proxies_is_named_and_not_taken() {
    let (mut street, double) = Street::to(ELSEWHERE).await;
    let listener = ProxyDouble::saying(b"").await;
    let address = format!("http://127.0.0.1:{}/proxy.pac", listener.port);
    for script in [address.as_str(), "http://ada:geheim@wpad.example.org/wpad.dat", "file:///etc/proxy.pac"] {
        let message = street.set_proxy(script).await.unwrap_err().message().to_owned();
        assert!(message.contains("is a PAC file") && message.contains("Enter the proxy itself"), "{message}");
        assert!(!message.contains("geheim"), "{message}");
    }
    let message = street.set_proxy("http://ada:geheim@127.0.0.1:3128").await.unwrap_err().message().to_owned();
    assert!(message.contains("name and password") && !message.contains("geheim"), "{message}");
    assert_eq!(street.ask().await.state, MessageState::Complete, "the settings are as they were");
    assert!(listener.asked().is_empty());
    assert_eq!(questions(&double).len(), 1);
}

/// What the environment of a child says to it: where the provider is, whose certificate is good, and what its answer or
/// its failure has in it.
const ADDRESS: &str = "DRAWBRIDGE_TEST_ADDRESS";
const AUTHORITY: &str = "DRAWBRIDGE_TEST_AUTHORITY";
const WANTED: &str = "DRAWBRIDGE_TEST_WANTED";

/// What must be nowhere: the password, as it is written in an address and in a header.
const SECRETS: [&str; 3] = ["ge:heim", "ge%3Aheim", "YWRhOmdlOmhlaW0="];

/// The environment belongs to a process and is read by it once, so each case is this test again, in a child.
#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_of_the_environment_gets_its_password_and_nobody_else_sees_it() {
    if let Some(address) = told(ADDRESS) {
        return child(&address).await;
    }
    let double = ProviderDouble::start_tls(Kind::Openai, Certificate::Good).await;
    let address = double.base_url().replace("localhost", ELSEWHERE);
    let through = ProxyDouble::http(port(&double)).await;
    let stern = ProxyDouble::saying(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").await;
    let unasked = ProxyDouble::saying(b"").await;
    for (variable, proxy, path, wanted) in [
        ("HTTPS_PROXY", &through, "", "The sea is calm today."),
        ("all_proxy", &stern, "", "does not take the name and password"),
        ("https_proxy", &unasked, "/proxy.pac", "is a PAC file"),
        ("auto_proxy", &unasked, "/finds-proxies", "is a PAC file"),
    ] {
        let name = "proxies::a_proxy_of_the_environment_gets_its_password_and_nobody_else_sees_it";
        let mut again = Command::new(std::env::current_exe().unwrap());
        again.args([name, "--exact", "--nocapture"]);
        for of_ours in ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "AUTO_PROXY", "NO_PROXY"] {
            again.env_remove(of_ours).env_remove(of_ours.to_lowercase());
        }
        again.env(variable, format!("http://ada:ge%3Aheim@127.0.0.1:{}{path}", proxy.port));
        again.envs([(ADDRESS, address.as_str()), (AUTHORITY, double.ca_pem()), (WANTED, wanted)]);
        let output = tokio::task::spawn_blocking(move || again.output()).await.unwrap().unwrap();
        let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.contains("1 passed"), "{variable}: {said}");
        assert!(SECRETS.iter().all(|secret| !said.contains(secret)), "{said}");
    }
    let header = format!("proxy-authorization: basic {}", SECRETS[2].to_lowercase());
    for proxy in [&through, &stern] {
        assert!(proxy.asked()[0].to_lowercase().contains(&header), "{:?}", proxy.asked());
    }
    assert!(unasked.asked().is_empty(), "no script is fetched, and nothing is sent to where it lies");
    assert_eq!(questions(&double).len(), 1);
    assert!(questions(&double)[0].header("proxy-authorization").is_none());
}

/// What the parent says to a child.
#[allow(clippy::disallowed_methods)] // a test that starts itself again
fn told(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

async fn child(address: &str) {
    let wanted = told(WANTED).unwrap();
    let mut street = Street::open(address, &told(AUTHORITY).unwrap()).await;
    let logs = app::start_logs(street.office.data()).unwrap();
    street.office.settings(json!({"log_level": "debug"})).await;
    let answer = street.ask().await;
    let error = answer.answer.as_ref().and_then(|facts| facts.error.clone()).unwrap_or_default();
    assert!(answer.text.contains(&wanted) || error.contains(&wanted), "{answer:?}");
    let crossing = street.crossing().await;
    assert_eq!(crossing.proxy.is_some(), !wanted.contains("PAC"), "{crossing:?}");
    let mut said = format!("{answer:?}");
    for (command, args) in [
        ("boot", Value::Null),
        ("diagnostics", Value::Null),
        ("ledger", json!({"before": null, "purpose": null, "host": "", "refused": false, "limit": 1000})),
    ] {
        said.push_str(&street.office.session.ok::<Value>(command, args).await.to_string());
    }
    street.office.session.core.shut_down().await;
    drop(logs);
    let files = acceptance::files_under(street.office.data());
    let log = |file: &&PathBuf| file.starts_with("logs");
    assert!(files.iter().filter(log).any(|file| !read(&street, file).is_empty()), "{files:?}");
    for secret in SECRETS {
        assert!(!said.contains(secret), "a page saw {secret}");
        for file in acceptance::files_under(street.office.data()) {
            let bytes = std::fs::read(street.office.data().join(&file)).unwrap();
            assert!(
                !bytes.windows(secret.len()).any(|part| part == secret.as_bytes()),
                "{secret} in {}",
                file.display()
            );
        }
    }
}

fn read(street: &Street, file: &Path) -> Vec<u8> {
    std::fs::read(street.office.data().join(file)).unwrap()
}
