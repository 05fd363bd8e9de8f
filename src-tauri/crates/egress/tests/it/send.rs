//! One request, one answer, and what can go wrong between.

use std::time::Duration;

use bytes::Bytes;
use domain::{CrossingOutcome, Purpose, Rules, Transport, TransportError};
use egress::Limits;
use futures_util::StreamExt;
use http::Request;

use crate::{
    double::{Double, Reply},
    support::{IDLE, get, host, read_until_end, rules, stand, stand_within},
};

#[tokio::test]
async fn an_answer_arrives_whole_and_leaves_one_record_without_its_query() {
    let server = Double::plain(|_| Reply::ok("the bytes")).await;
    let stand = stand(rules(&[host("localhost", server.port)]));
    let mut request = get(&format!("http://LOCALHOST.:{}/a/b?secret=1#there", server.port));
    request.headers_mut().insert("authorization", "Bearer token".parse().unwrap());
    request.headers_mut().insert("host", "elsewhere.example.org".parse().unwrap());
    request.headers_mut().insert("proxy-authorization", "Basic eA==".parse().unwrap());
    let answer = stand.send(request).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(stand.records.all().is_empty(), "the body is still to come");
    assert_eq!(read_until_end(answer).await, ("the bytes".to_owned(), Ok(())));

    let head = &server.heads()[0];
    assert!(head.starts_with("get /a/b?secret=1 http/1.1\r\n"), "{head}");
    let port = server.port;
    for line in [
        &format!("host: localhost:{port}"),
        "user-agent: drawbridge/test",
        "accept-encoding: identity",
        "authorization: bearer token",
    ] {
        assert!(head.contains(&format!("{line}\r\n")), "{line} in {head}");
    }
    assert!(!head.contains("proxy-authorization") && !head.contains("cookie") && !head.contains("referer"), "{head}");

    let [record] = &stand.records.all()[..] else { panic!("{:?}", stand.records.all()) };
    assert_eq!((record.method.as_str(), record.scheme.as_str(), record.host.as_str()), ("GET", "http", "localhost"));
    assert_eq!((record.port, record.path.as_str(), record.redirected), (port, "/a/b", false));
    assert_eq!((record.bytes_out, record.bytes_in, record.at.0), (0, Some(9), 43_200_000));
    assert_eq!(record.outcome, CrossingOutcome::Answered { status: 200 });
}

#[tokio::test]
async fn a_status_of_400_or_more_is_an_answer_and_a_body_that_is_sent_is_counted() {
    let server = Double::plain(|_| Reply::raw("HTTP/1.1 503 Later\r\ncontent-length: 2\r\n\r\nno")).await;
    let stand = stand(rules(&[host("localhost", server.port)]));
    let request = Request::post(format!("http://localhost:{}/paths", server.port)).body(Bytes::from_static(b"12345"));
    let answer = stand.gate.send(Purpose::ModelSearch, request.unwrap(), 10).await.unwrap();
    assert_eq!(answer.status(), 503);
    assert_eq!(read_until_end(answer).await, ("no".to_owned(), Ok(())));
    assert_eq!((stand.records.all()[0].bytes_out, stand.records.all()[0].bytes_in), (5, Some(2)));
}

#[tokio::test]
async fn what_the_rules_do_not_name_reaches_nobody_and_is_on_record() {
    let server = Double::plain(|_| Reply::ok("")).await;
    let port = server.port;
    let sealed = Rules { sealed: true, ..rules(&[host("localhost", port)]) };
    let cases = [
        (rules(&[]), format!("http://localhost:{port}/")),
        (rules(&[host("localhost", port)]), format!("http://127.0.0.1:{port}/")),
        (rules(&[host("localhost", port + 1)]), format!("http://localhost:{port}/")),
        (rules(&[host("localhost", port)]), format!("http://ada:geheim@localhost:{port}/")),
        (rules(&[host("0.0.0.0", port)]), format!("http://0.0.0.0:{port}/")),
        (sealed, format!("http://localhost:{port}/")),
        (Rules::default(), format!("http://localhost:{port}/")),
    ];
    for (rules, url) in cases {
        let stand = stand(rules);
        let error = stand.send(get(&url)).await.err().unwrap();
        assert!(matches!(error, TransportError::Refused(_)), "{url}: {error:?}");
        assert_eq!(stand.records.lines(), ["/ refused"], "{url}");
        assert_eq!(stand.records.all()[0].bytes_in, Some(0));
        assert!(!format!("{error}{:?}", stand.records.all()).contains("geheim"));
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn at_most_the_limit_is_passed_on() {
    let server = Double::plain(|_| Reply::ok("0123456789")).await;
    let stand = stand(rules(&[host("localhost", server.port)]));
    for (limit, expected) in [(10, Ok(())), (9, Err(TransportError::TooLarge { limit_bytes: 9 }))] {
        let request = get(&format!("http://localhost:{}/", server.port));
        let answer = stand.gate.send(Purpose::ModelDownload, request, limit).await.unwrap();
        assert_eq!(read_until_end(answer).await, ("0123456789"[..limit as usize].to_owned(), expected));
    }
    assert_eq!(stand.records.lines(), ["/ 200", "/ failed"]);
}

#[tokio::test]
async fn an_answer_that_ends_early_passes_on_what_came_and_says_that_it_broke() {
    let replies = [
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nonly this\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nonly this\r\nnonsense",
    ];
    for reply in replies {
        let server = Double::plain(move |_| Reply::raw(reply)).await;
        let stand = stand(rules(&[host("localhost", server.port)]));
        let answer = stand.send(get(&format!("http://localhost:{}/", server.port))).await.unwrap();
        let (text, end) = read_until_end(answer).await;
        assert_eq!(text, "only this", "{reply}");
        assert!(matches!(end, Err(TransportError::Broken(_))), "{reply}: {end:?}");
        assert_eq!((stand.records.lines(), stand.records.all()[0].bytes_in), (vec!["/ failed".to_owned()], Some(9)));
    }
}

#[tokio::test]
async fn an_answer_that_goes_on_after_its_end_ends_where_it_said() {
    let server = Double::plain(|_| Reply::raw("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nthisand more")).await;
    let stand = stand(rules(&[host("localhost", server.port)]));
    let url = format!("http://localhost:{}/", server.port);
    assert_eq!(stand.fetch(&url).await.unwrap(), (200, "this".to_owned()));
}

#[tokio::test]
async fn nonsense_and_a_closed_door_before_the_head_are_told_apart_from_nobody_there() {
    for reply in ["", "SSH-2.0-OpenSSH_9.6\r\n", "HTTP/1.1 200 OK\r\ncontent-le"] {
        let server = Double::plain(move |_| Reply::raw(reply)).await;
        let stand = stand(rules(&[host("localhost", server.port)]));
        let error = stand.send(get(&format!("http://localhost:{}/", server.port))).await.err().unwrap();
        assert!(matches!(error, TransportError::Broken(_)), "{reply}: {error:?}");
        assert_eq!(stand.records.lines(), ["/ failed"]);
    }
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let stand = stand(rules(&[host("127.0.0.1", free)]));
    let error = stand.send(get(&format!("http://127.0.0.1:{free}/"))).await.err().unwrap();
    assert_eq!(
        error,
        TransportError::Unreachable(format!("127.0.0.1:{free} refused the connection: nothing answers there."))
    );
    assert_eq!(stand.records.lines(), ["/ failed"]);
}

#[tokio::test]
async fn a_name_that_cannot_be_looked_up_is_said_so() {
    // Nobody is asked for a name under `invalid`.
    let stand = stand(rules(&[host("models.invalid", 443)]));
    let error = stand.send(get("https://models.invalid/")).await.err().unwrap();
    let sentence = "The name models.invalid could not be looked up. Is this computer online?";
    assert_eq!(error, TransportError::Unreachable(sentence.to_owned()));
    assert_eq!(stand.records.lines(), ["/ failed"]);
}

/// A full queue of a listener that takes nobody: what it is sent is dropped, as a firewall does.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_host_that_answers_no_packet_is_given_up_by_the_limit_for_connections() {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let connect = || tokio::net::TcpStream::connect(address);
    let _queued = (connect().await.unwrap(), connect().await.unwrap());
    let stand =
        stand_within(rules(&[host("127.0.0.1", address.port())]), Limits { connect: IDLE, ..Limits::default() });
    let error = stand.send(get(&format!("http://{address}/"))).await.err().unwrap();
    let sentence = format!("{address} could not be reached within 2 seconds. Is this computer online?");
    assert_eq!(error, TransportError::Unreachable(sentence));
    assert_eq!(stand.records.lines(), ["/ failed"]);
}

#[tokio::test]
async fn a_server_that_falls_silent_is_given_up() {
    let limits = Limits { idle: IDLE, ..Limits::default() };
    let mute = Double::plain(|_| Reply::hang("")).await;
    let stand = stand_within(rules(&[host("localhost", mute.port)]), limits);
    let error = stand.send(get(&format!("http://localhost:{}/", mute.port))).await.err().unwrap();
    assert_eq!(error, TransportError::Silent(format!("localhost:{} was silent for 2 seconds.", mute.port)));

    let halting = Double::plain(|_| Reply::hang("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf")).await;
    let stand = stand_within(rules(&[host("localhost", halting.port)]), limits);
    let answer = stand.send(get(&format!("http://localhost:{}/", halting.port))).await.unwrap();
    let (text, end) = read_until_end(answer).await;
    assert_eq!(text, "half");
    assert!(matches!(end, Err(TransportError::Silent(_))), "{end:?}");
    assert_eq!((stand.records.lines(), stand.records.all()[0].bytes_in), (vec!["/ failed".to_owned()], Some(4)));
}

#[tokio::test]
async fn whoever_stops_reading_or_waiting_leaves_one_record() {
    let halting = Double::plain(|_| Reply::hang("HTTP/1.1 206 Part\r\ncontent-length: 9\r\n\r\nhalf")).await;
    let stand = stand(rules(&[host("localhost", halting.port)]));
    let url = format!("http://localhost:{}/", halting.port);
    let mut answer = stand.send(get(&url)).await.unwrap();
    assert_eq!(answer.body_mut().next().await.unwrap().unwrap(), "half");
    drop(answer);
    assert_eq!((stand.records.lines(), stand.records.all()[0].bytes_in), (vec!["/ 206".to_owned()], Some(4)));

    let mute = Double::plain(|_| Reply::hang("")).await;
    let stand = crate::support::stand(rules(&[host("localhost", mute.port)]));
    let url = format!("http://localhost:{}/", mute.port);
    let mut sending = Box::pin(stand.send(get(&url)));
    while mute.heads().is_empty() {
        let step = tokio::time::timeout(Duration::from_millis(5), &mut sending).await;
        assert!(step.is_err(), "a mute server answered");
    }
    drop(sending);
    assert_eq!(stand.records.lines(), ["/ failed"]);
}

#[tokio::test]
async fn bytes_arrive_as_they_were_sent_packed_or_not() {
    let server =
        Double::plain(|_| Reply::raw("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 8\r\n\r\nnot gzip"))
            .await;
    let stand = stand(rules(&[host("localhost", server.port)]));
    let url = format!("http://localhost:{}/", server.port);
    assert_eq!(stand.fetch(&url).await.unwrap(), (200, "not gzip".to_owned()));
}

#[tokio::test]
async fn other_rules_end_what_they_forbid_and_leave_alone_what_they_allow() {
    let server = Double::plain(|head| match head.contains("/mute") {
        true => Reply::hang(""),
        false => Reply::hang("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf"),
    })
    .await;
    let allowed = rules(&[host("localhost", server.port)]);
    let stand = stand(allowed.clone());
    let url = |path: &str| format!("http://localhost:{}{path}", server.port);
    let mut answer = stand.send(get(&url("/half"))).await.unwrap();
    assert_eq!(answer.body_mut().next().await.unwrap().unwrap(), "half");

    stand.gate.change_rules(allowed.clone()).unwrap();
    let step = tokio::time::timeout(Duration::from_millis(50), answer.body_mut().next()).await;
    assert!(step.is_err(), "the rules still allow it: {step:?}");

    let mute = url("/mute");
    let waiting = stand.send(get(&mute));
    let sealing = async {
        while server.heads().len() < 2 {
            tokio::task::yield_now().await;
        }
        stand.gate.change_rules(Rules { sealed: true, ..allowed }).unwrap();
    };
    let (waited, ()) = tokio::join!(waiting, sealing);
    assert!(matches!(waited.err().unwrap(), TransportError::Refused(_)));
    let end = answer.body_mut().next().await.unwrap();
    assert!(matches!(end, Err(TransportError::Refused(_))), "{end:?}");
    assert!(answer.body_mut().next().await.is_none());
    assert_eq!(stand.records.lines(), ["/mute failed", "/half failed"]);
    assert!(stand.send(get(&url("/half"))).await.is_err());
    assert_eq!(server.connections(), 2);
}
