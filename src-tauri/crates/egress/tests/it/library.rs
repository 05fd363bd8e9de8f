//! A library with a client of the gate goes where it was admitted, and nowhere else whatever it tries.

use domain::{CrossingOutcome, Purpose, Rules, Transport, TransportError};
use egress::Limits;
use http::Method;
use reqwest::Client;

use crate::{
    double::{Double, Reply},
    support::{IDLE, Stand, beyond, host, rules, stand, stand_within},
    tls::Authority,
};

const SEARCH: Purpose = Purpose::ModelSearch;

fn admit(stand: &Stand, url: &str) -> Box<dyn domain::Admission> {
    stand.gate.admit(SEARCH, &Method::GET, &url.parse().unwrap()).unwrap()
}

fn answered(status: u16) -> CrossingOutcome {
    CrossingOutcome::Answered { status }
}

/// The library's request found no way: nothing was looked up, nobody was reached.
async fn no_way(client: &Client, url: &str) {
    let error = client.get(url).bearer_auth("geheim").send().await.unwrap_err();
    assert!(format!("{error:?}").contains("NotAdmitted"), "{url}: {error:?}");
}

#[tokio::test]
async fn an_admitted_request_passes_and_is_on_record_once() {
    let hub = Double::plain(|_| Reply::ok("[]")).await;
    let stand = stand(rules(&[host("localhost", hub.port)]));
    let client = stand.gate.client(SEARCH).unwrap();
    let url = format!("http://localhost:{}/api/models", hub.port);
    let admission = admit(&stand, &url);
    let answer = client.get(format!("{url}?search=geheim")).send().await.unwrap();
    assert_eq!(answer.text().await.unwrap(), "[]");
    admission.close(answered(200));
    assert_eq!(stand.records.lines(), ["/api/models 200"]);
    let record = &stand.records.all()[0];
    assert_eq!((record.bytes_in, record.method.as_str(), record.purpose), (None, "GET", SEARCH));
    assert!(hub.heads()[0].contains("user-agent: drawbridge/test"));
}

#[tokio::test]
async fn what_nobody_admitted_reaches_nobody() {
    let authority = Authority::new();
    let plain = Double::plain(|_| Reply::ok("")).await;
    let tls = Double::tls(authority.server(&["localhost", "127.0.0.1"]), |_| Reply::ok("")).await;
    let allowed = [host("localhost", plain.port), host("127.0.0.1", plain.port), host("localhost", tls.port)];
    let stand = stand(Rules { ca_bundle: Some(authority.bundle()), ..rules(&allowed) });
    let client = stand.gate.client(SEARCH).unwrap();
    let tries = |plain: u16, tls: u16| {
        [
            format!("http://localhost:{plain}/"),
            format!("http://127.0.0.1:{plain}/"),
            format!("http://127.1:{plain}/"),
            format!("http://[::ffff:127.0.0.1]:{plain}/"),
            format!("http://0.0.0.0:{plain}/"),
            format!("https://localhost:{tls}/"),
            format!("https://127.0.0.1:{tls}/"),
            "https://example.org/".to_owned(),
            "https://93.184.216.34/".to_owned(),
        ]
    };
    for url in tries(plain.port, tls.port) {
        no_way(&client, &url).await;
    }
    // An admission opens one host and port, for one purpose.
    let admission = admit(&stand, &format!("https://localhost:{}/api", tls.port));
    for url in tries(plain.port, tls.port).iter().filter(|url| !url.starts_with("https://localhost")) {
        no_way(&client, url).await;
    }
    let other = stand.gate.client(Purpose::ModelDownload).unwrap();
    no_way(&other, &format!("https://localhost:{}/api", tls.port)).await;
    assert_eq!((plain.connections(), tls.connections()), (0, 0));
    assert_eq!(client.get(format!("https://localhost:{}/api", tls.port)).send().await.unwrap().status(), 200);
    drop(admission);
    assert_eq!(stand.records.lines(), ["/api failed"]);
}

#[tokio::test]
async fn an_admission_ends_and_with_it_the_way_also_over_a_connection_that_is_still_open() {
    let hub = Double::plain(|_| Reply::hang("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]")).await;
    let limits = Limits { idle: IDLE, ..Limits::default() };
    let stand = stand_within(rules(&[host("localhost", hub.port)]), limits);
    let client = stand.gate.client(SEARCH).unwrap();
    let url = format!("http://localhost:{}/", hub.port);
    let admission = admit(&stand, &url);
    client.get(&url).send().await.unwrap().text().await.unwrap();
    admission.close(answered(200));
    no_way(&client, &url).await;
    assert_eq!(hub.connections(), 1);
}

#[tokio::test]
async fn an_address_that_the_rules_do_not_name_is_not_admitted() {
    let stand = stand(rules(&[host("localhost", 9), beyond("127.0.0.1", 9)]));
    for url in ["https://example.org/a", "http://127.0.0.1:9/a", "http://ada@localhost:9/a"] {
        let error = stand.gate.admit(SEARCH, &Method::GET, &url.parse().unwrap()).err().unwrap();
        assert!(matches!(error, TransportError::Refused(_)), "{url}: {error:?}");
    }
    assert_eq!(stand.records.lines(), ["/a refused", "/a refused", "/a refused"]);
}

#[tokio::test]
async fn a_page_that_the_server_names_elsewhere_is_not_reached() {
    let other = Double::plain(|_| Reply::ok("[]")).await;
    let hub = Double::plain(|_| Reply::ok("[]")).await;
    let stand = stand(rules(&[host("localhost", hub.port), beyond("127.0.0.1", other.port)]));
    let client = stand.gate.client(SEARCH).unwrap();
    let _admission = admit(&stand, &format!("http://localhost:{}/", hub.port));
    no_way(&client, &format!("http://127.0.0.1:{}/?page=2", other.port)).await;
    assert_eq!(other.connections(), 0);
}

#[tokio::test]
async fn its_redirects_are_decisions_and_records_and_take_no_token_along() {
    let mirror = Double::plain(|_| Reply::ok("[]")).await;
    let there = format!("http://127.0.0.1:{}/there", mirror.port);
    let hub = Double::plain(move |head| match head.contains("/old") {
        true => Reply::redirect(307, "/new"),
        false => Reply::redirect(302, &there),
    })
    .await;
    let stand = stand(rules(&[host("localhost", hub.port), beyond("127.0.0.1", mirror.port)]));
    let client = stand.gate.client(SEARCH).unwrap();
    let url = format!("http://localhost:{}/old", hub.port);
    let admission = admit(&stand, &url);
    let answer = client.get(&url).bearer_auth("geheim").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    admission.close(answered(200));
    assert_eq!(stand.records.lines(), ["/old 307", "> /new 302", "> /there 200"]);
    assert!(hub.heads().iter().all(|head| head.contains("bearer geheim")));
    assert!(!mirror.heads()[0].contains("geheim"), "{}", mirror.heads()[0]);
}

#[tokio::test]
async fn a_redirect_that_is_refused_ends_the_request() {
    let other = Double::plain(|_| Reply::ok("[]")).await;
    let places = [
        format!("http://127.0.0.1:{}/", other.port),
        format!("http://ada:geheim@localhost:{}/", other.port),
        "https://example.org/".to_owned(),
        "/loop".to_owned(),
    ];
    for place in places {
        let to = place.clone();
        let hub = Double::plain(move |_| Reply::redirect(302, &to)).await;
        let stand = stand(rules(&[host("localhost", hub.port)]));
        let client = stand.gate.client(SEARCH).unwrap();
        let url = format!("http://localhost:{}/", hub.port);
        let admission = admit(&stand, &url);
        let error = client.get(&url).send().await.unwrap_err();
        assert!(error.is_redirect(), "{place}: {error:?}");
        admission.close(CrossingOutcome::Failed { reason: "the library said so".to_owned() });
        let lines = stand.records.lines();
        let loops = place == "/loop";
        assert_eq!(lines.len(), if loops { 7 } else { 2 }, "{place}: {lines:?}");
        assert!(lines.last().unwrap().ends_with("refused"), "{place}: {lines:?}");
        assert_eq!(hub.connections(), if loops { 6 } else { 1 }, "{place}");
        no_way(&client, &url).await;
    }
    assert_eq!(other.connections(), 0);
}

#[tokio::test]
async fn it_obeys_rules_that_came_after_it() {
    let hub = Double::plain(|_| Reply::ok("[]")).await;
    let allowed = rules(&[host("localhost", hub.port)]);
    let stand = stand(allowed.clone());
    let client = stand.gate.client(SEARCH).unwrap();
    let url = format!("http://localhost:{}/", hub.port);
    let _admission = admit(&stand, &url);
    for rules in [Rules { sealed: true, ..allowed.clone() }, Rules::default()] {
        stand.gate.change_rules(rules).unwrap();
        no_way(&client, &url).await;
    }
    let missing = Rules { ca_bundle: Some("/nowhere/ca.pem".into()), ..allowed.clone() };
    assert!(stand.gate.change_rules(missing).is_err());
    no_way(&client, &url).await;
    assert!(matches!(stand.gate.client(SEARCH), Err(TransportError::Refused(_))));
    stand.gate.change_rules(Rules { sealed: true, ..allowed.clone() }).unwrap();
    assert!(matches!(stand.gate.client(SEARCH), Err(TransportError::Refused(_))));
    assert_eq!(hub.connections(), 0);
    stand.gate.change_rules(allowed).unwrap();
    assert_eq!(client.get(&url).send().await.unwrap().status(), 200);
}
