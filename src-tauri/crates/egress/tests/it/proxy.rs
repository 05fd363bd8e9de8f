//! Through a proxy, or not at all.

use domain::{HostRule, ProxyRule, Rules, TransportError};
use egress::Limits;

use crate::{
    double::{Double, Reply},
    proxy_double::ProxyDouble,
    support::{IDLE, Stand, get, host, rules, stand, stand_within},
    tls::Authority,
};

/// A host that no name server knows: only the proxy leads there.
const NAME: &str = "models.example.org";

fn through(proxy: &str, hosts: &[HostRule], authority: &Authority) -> Rules {
    let proxy = ProxyRule::Explicit { url: proxy.to_owned() };
    Rules { proxy, ca_bundle: Some(authority.bundle()), ..rules(hosts) }
}

async fn unreachable(stand: &Stand, url: &str) -> String {
    match stand.send(get(url)).await {
        Err(TransportError::Unreachable(sentence)) => sentence,
        Err(error) => panic!("{error:?}"),
        Ok(answer) => panic!("{}", answer.status()),
    }
}

#[tokio::test]
async fn a_proxy_gets_its_password_and_leads_to_the_host() {
    let authority = Authority::new();
    let server = Double::tls(authority.server(&[NAME]), |_| Reply::ok("through")).await;
    let proxy = ProxyDouble::http(server.port).await;
    let address = format!("http://ada:ge%3Aheim@127.0.0.1:{}", proxy.port);
    let stand = stand(through(&address, &[host(NAME, 443)], &authority));
    assert_eq!(stand.fetch(&format!("https://{NAME}/a")).await.unwrap(), (200, "through".to_owned()));
    let asked = &proxy.asked()[0];
    assert!(asked.starts_with(&format!("CONNECT {NAME}:443 HTTP/1.1\r\n")), "{asked}");
    assert!(asked.to_lowercase().contains("proxy-authorization: basic ywrhomdlomhlaw0=\r\n"), "{asked}");
    assert!(!server.heads()[0].contains("proxy-authorization"));
    let record = &stand.records.all()[0];
    assert_eq!((record.host.as_str(), record.proxy.clone()), (NAME, Some(format!("127.0.0.1:{}", proxy.port))));
}

#[tokio::test]
async fn a_socks_proxy_gets_its_password_and_looks_up_the_name() {
    let authority = Authority::new();
    let server = Double::tls(authority.server(&[NAME]), |_| Reply::ok("through")).await;
    let proxy = ProxyDouble::socks(server.port, None).await;
    let address = format!("socks5h://ada:geheim@127.0.0.1:{}", proxy.port);
    let stand = stand(through(&address, &[host(NAME, 443)], &authority));
    assert_eq!(stand.fetch(&format!("https://{NAME}/a")).await.unwrap(), (200, "through".to_owned()));
    assert_eq!(proxy.asked(), [format!("ada:geheim@{NAME}:443")]);
}

#[tokio::test]
async fn nothing_goes_past_a_proxy_that_is_dead() {
    let authority = Authority::new();
    // 0.0.0.0 leads to this computer and is no loopback address, so the proxy stands before it.
    let server = Double::tls(authority.server(&["0.0.0.0"]), |_| Reply::ok("direct")).await;
    let url = format!("https://0.0.0.0:{}/", server.port);
    let hosts = [host("0.0.0.0", server.port)];
    let direct = stand(Rules { ca_bundle: Some(authority.bundle()), ..rules(&hosts) });
    assert_eq!(direct.fetch(&url).await.unwrap().1, "direct", "the server is there");

    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    for scheme in ["http", "https", "socks5h"] {
        let before = server.connections();
        let stand = stand(through(&format!("{scheme}://ada:geheim@127.0.0.1:{free}"), &hosts, &authority));
        let sentence = unreachable(&stand, &url).await;
        assert!(sentence.contains(&format!("127.0.0.1:{free} cannot be reached")), "{scheme}: {sentence}");
        assert!(!format!("{sentence}{:?}{:?}", stand.gate, stand.records.all()).contains("geheim"));
        assert_eq!(server.connections(), before, "{scheme}");
        assert_eq!(stand.records.lines(), ["/ failed"]);
    }
}

#[tokio::test]
async fn a_proxy_that_says_no_is_told_apart_from_one_that_is_dead() {
    let authority = Authority::new();
    let server = Double::plain(|_| Reply::ok("")).await;
    let cases: [(&[u8], &str, &str); 5] = [
        (b"HTTP/1.1 407 Who are you\r\n\r\n", "", "wants a name and a password"),
        (b"HTTP/1.1 407 Who are you\r\n\r\n", "ada:geheim@", "does not take the name and password"),
        (b"HTTP/1.1 403 No\r\n\r\n", "", "did not let us through"),
        (b"\x16\x03\x01 what?\r\n\r\n", "", "did not let us through"),
        (b"", "", "did not let us through"),
    ];
    for (bytes, who, words) in cases {
        let proxy = ProxyDouble::saying(bytes).await;
        let stand = stand(through(&format!("http://{who}127.0.0.1:{}", proxy.port), &[host(NAME, 443)], &authority));
        let sentence = unreachable(&stand, &format!("https://{NAME}/")).await;
        let named = sentence.contains(&format!("127.0.0.1:{}", proxy.port));
        assert!(sentence.contains(words) && named && !sentence.contains("geheim"), "{sentence}");
    }
    let proxy = ProxyDouble::socks(server.port, Some(2)).await;
    let stand = stand(through(&format!("socks5h://127.0.0.1:{}", proxy.port), &[host(NAME, 443)], &authority));
    let sentence = unreachable(&stand, &format!("https://{NAME}/")).await;
    assert!(sentence.contains("did not let us through"), "{sentence}");
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_behind_a_proxy_names_both() {
    let (authority, other) = (Authority::new(), Authority::new());
    let server = Double::tls(other.server(&[NAME]), |_| Reply::ok("")).await;
    let proxy = ProxyDouble::http(server.port).await;
    let stand = stand(through(&format!("http://127.0.0.1:{}", proxy.port), &[host(NAME, 443)], &authority));
    let error = stand.send(get(&format!("https://{NAME}/"))).await.err().unwrap();
    let TransportError::Untrusted(sentence) = &error else { panic!("{error:?}") };
    assert!(sentence.contains(NAME) && sentence.contains(&format!("127.0.0.1:{}", proxy.port)), "{sentence}");
    assert!(server.heads().is_empty());
}

#[tokio::test]
async fn this_computer_is_reached_without_a_proxy() {
    let authority = Authority::new();
    let server = Double::plain(|_| Reply::ok("near")).await;
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let hosts = [host("localhost", server.port), host("127.0.0.1", server.port)];
    let stand = stand(through(&format!("http://127.0.0.1:{free}"), &hosts, &authority));
    for name in ["localhost", "127.0.0.1", "[::ffff:127.0.0.1]"] {
        assert_eq!(stand.fetch(&format!("http://{name}:{}/", server.port)).await.unwrap().1, "near", "{name}");
    }
}

#[tokio::test]
async fn a_change_of_proxy_takes_hold_at_once() {
    let authority = Authority::new();
    // The connection stays open, and another request over it would get no answer.
    let answer = |_: &str| Reply::hang("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
    let server = Double::tls(authority.server(&[NAME]), answer).await;
    let (first, second) = (ProxyDouble::http(server.port).await, ProxyDouble::http(server.port).await);
    let by = |proxy: &ProxyDouble| through(&format!("http://127.0.0.1:{}", proxy.port), &[host(NAME, 443)], &authority);
    let stand = stand_within(by(&first), Limits { idle: IDLE, ..Limits::default() });
    let url = format!("https://{NAME}/");
    stand.fetch(&url).await.unwrap();
    stand.gate.change_rules(by(&second)).unwrap();
    stand.fetch(&url).await.unwrap();
    assert_eq!((first.asked().len(), second.asked().len()), (1, 1));
}
