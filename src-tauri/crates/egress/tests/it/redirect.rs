//! A redirect is a new decision, and takes no secret to another host.

use bytes::Bytes;
use domain::{Purpose, Transport, TransportError};
use http::Request;

use crate::{
    double::{Double, Reply},
    support::{Stand, beyond, get, host, read_until_end, rules, stand},
    tls::Authority,
};

/// Refused, with one sentence for everybody.
async fn refused(stand: &Stand, url: &str) -> String {
    match stand.send(get(url)).await {
        Err(TransportError::Refused(sentence)) => sentence,
        Err(error) => panic!("{error:?}"),
        Ok(answer) => panic!("{}", answer.status()),
    }
}

fn with_secrets(url: &str) -> Request<Bytes> {
    Request::get(url)
        .header("range", "bytes=5-")
        .header("if-range", "\"etag\"")
        .header("authorization", "Bearer geheim")
        .header("cookie", "session=geheim")
        .header("x-api-key", "geheim")
        .body(Bytes::new())
        .unwrap()
}

#[tokio::test]
async fn on_the_same_host_everything_goes_along() {
    for status in [301, 302, 303, 307, 308] {
        let server = Double::plain(move |head| match head.contains("/old") {
            true => Reply::redirect(status, "../new?signed=1"),
            false => Reply::raw("HTTP/1.1 206 Part\r\ncontent-length: 4\r\n\r\nrest"),
        })
        .await;
        let stand = stand(rules(&[host("localhost", server.port)]));
        let answer = stand.send(with_secrets(&format!("http://localhost:{}/a/old", server.port))).await.unwrap();
        assert_eq!(answer.status(), 206);
        assert_eq!(read_until_end(answer).await.0, "rest");
        let head = &server.heads()[1];
        assert!(head.starts_with("get /new?signed=1 "), "{head}");
        for line in ["range: bytes=5-", "if-range: \"etag\"", "authorization: bearer geheim", "cookie: session=geheim"]
        {
            assert!(head.contains(line), "{status}: {line} in {head}");
        }
        assert_eq!(stand.records.lines(), [format!("/a/old {status}"), "> /new 206".to_owned()]);
        assert_eq!(stand.records.all()[0].bytes_in, Some(0));
    }
}

#[tokio::test]
async fn to_another_host_no_secret_goes_along_and_does_not_come_back_either() {
    let cdn = Double::plain(|_| Reply::ok("bytes")).await;
    let there = format!("http://127.0.0.1:{}/bytes", cdn.port);
    let hub = Double::plain(move |_| Reply::redirect(302, &there)).await;
    let stand = stand(rules(&[host("localhost", hub.port), beyond("127.0.0.1", cdn.port)]));
    let answer = stand.send(with_secrets(&format!("http://localhost:{}/", hub.port))).await.unwrap();
    assert_eq!(read_until_end(answer).await, ("bytes".to_owned(), Ok(())));
    let head = &cdn.heads()[0];
    assert!(head.contains("range: bytes=5-\r\n") && head.contains("if-range: \"etag\"\r\n"), "{head}");
    assert!(head.contains("user-agent: drawbridge/test"), "{head}");
    assert!(!head.contains("geheim"), "{head}");
    assert!(hub.heads()[0].contains("authorization: bearer geheim"));
    assert_eq!(stand.records.lines(), ["/ 302", "> /bytes 200"]);
}

#[tokio::test]
async fn another_port_is_another_host() {
    let other = Double::plain(|_| Reply::ok("")).await;
    let there = format!("http://localhost:{}/", other.port);
    let hub = Double::plain(move |_| Reply::redirect(307, &there)).await;
    let stand = stand(rules(&[host("localhost", hub.port), host("localhost", other.port)]));
    stand.send(with_secrets(&format!("http://localhost:{}/", hub.port))).await.unwrap();
    assert!(!other.heads()[0].contains("geheim"));
}

#[tokio::test]
async fn a_host_that_nobody_listed_is_not_reached() {
    let other = Double::plain(|_| Reply::ok("")).await;
    let (port, there) = (other.port, format!("http://127.0.0.1:{}/", other.port));
    let hub = Double::plain(move |_| Reply::redirect(302, &there)).await;
    let allowed = rules(&[host("localhost", hub.port)]);
    let stand = stand(allowed);
    let sentence = refused(&stand, &format!("http://localhost:{}/", hub.port)).await;
    assert!(sentence.contains(&format!("127.0.0.1:{port}")), "{sentence}");
    assert_eq!(other.connections(), 0);
    assert_eq!(stand.records.lines(), ["/ 302", "> / refused"]);
}

#[tokio::test]
async fn hosts_beyond_a_redirect_are_reached_by_nothing_else() {
    let cdn = Double::plain(|_| Reply::ok("")).await;
    let stand = stand(rules(&[beyond("127.0.0.1", cdn.port)]));
    refused(&stand, &format!("http://127.0.0.1:{}/", cdn.port)).await;
    assert_eq!(cdn.connections(), 0);
}

#[tokio::test]
async fn encryption_is_not_given_up() {
    let authority = Authority::new();
    let plain = Double::plain(|_| Reply::ok("")).await;
    let there = format!("http://localhost:{}/", plain.port);
    let hub = Double::tls(authority.server(&["localhost"]), move |_| Reply::redirect(302, &there)).await;
    let mut rules = rules(&[host("localhost", hub.port), host("localhost", plain.port)]);
    rules.ca_bundle = Some(authority.bundle().to_owned());
    let stand = stand(rules);
    let sentence = refused(&stand, &format!("https://localhost:{}/", hub.port)).await;
    assert!(sentence.contains("without encryption"), "{sentence}");
    assert_eq!(plain.connections(), 0);
}

#[tokio::test]
async fn five_redirects_are_followed_and_a_sixth_is_not() {
    let server = Double::plain(|head| {
        let left: u32 = head.split(['/', ' ']).nth(2).unwrap().parse().unwrap();
        match left {
            0 => Reply::ok("arrived"),
            left => Reply::redirect(302, &format!("/{}", left - 1)),
        }
    })
    .await;
    let stand = stand(rules(&[host("localhost", server.port)]));
    let url = |hops: u32| format!("http://localhost:{}/{hops}", server.port);
    assert_eq!(stand.fetch(&url(5)).await.unwrap(), (200, "arrived".to_owned()));
    assert_eq!(stand.records.all().len(), 6);
    let before = server.connections();
    assert!(refused(&stand, &url(6)).await.contains("too often"));
    assert_eq!(server.connections() - before, 6);
    assert_eq!(stand.records.lines().last().unwrap(), "> /0 refused");
    assert_eq!(stand.records.all().len(), 6 + 7);
}

#[tokio::test]
async fn only_questions_are_sent_on() {
    let server = Double::plain(|_| Reply::redirect(307, "/new")).await;
    let stand = stand(rules(&[host("localhost", server.port)]));
    let request =
        Request::post(format!("http://localhost:{}/old", server.port)).body(Bytes::from_static(b"x")).unwrap();
    let error = stand.gate.send(Purpose::ModelSearch, request, 9).await.err().unwrap();
    assert!(matches!(error, TransportError::Refused(_)), "{error:?}");
    assert_eq!((server.connections(), stand.records.lines()), (1, vec!["/old 307".into(), "> /new refused".into()]));
}

#[tokio::test]
async fn an_address_that_is_none_is_not_followed_and_on_record() {
    let port = 9;
    for location in
        ["http://ada:geheim@localhost:9/", "ftp://localhost/", "file:///etc/passwd", "https://", "http://[::1/"]
    {
        let server = Double::plain(move |_| Reply::redirect(302, location)).await;
        let stand = stand(rules(&[host("localhost", server.port), host("localhost", port)]));
        let sentence = refused(&stand, &format!("http://localhost:{}/", server.port)).await;
        assert!(!sentence.contains("geheim"), "{sentence}");
        let [first, second] = &stand.records.lines()[..] else { panic!("{location}: {:?}", stand.records.lines()) };
        assert!(first == "/ 302" && second.starts_with("> ") && second.ends_with("refused"), "{location}: {second}");
        assert!(!format!("{:?}", stand.records.all()).contains("geheim"));
    }
}

#[tokio::test]
async fn a_redirect_that_names_no_address_is_an_answer() {
    let server = Double::plain(|_| Reply::raw("HTTP/1.1 302 Found\r\ncontent-length: 2\r\n\r\nhm")).await;
    let stand = stand(rules(&[host("localhost", server.port)]));
    assert_eq!(stand.fetch(&format!("http://localhost:{}/", server.port)).await.unwrap(), (302, "hm".to_owned()));
}
