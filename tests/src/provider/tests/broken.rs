//! Connections that break.

use std::{
    io::{self, Read},
    time::Duration,
};

use flate2::read::DeflateDecoder;
use tokio::io::AsyncReadExt;

use super::{asked, until};
use crate::provider::{Answer, Fault, Kind, ProviderDouble, Turn, gzip};

async fn broken(kind: Kind, fault: Fault) -> ProviderDouble {
    let double = ProviderDouble::start(kind).await;
    double.script(vec![Turn::Broken { fault, answer: Answer::default() }]);
    double
}

/// Waits until the double has seen that its client went away.
async fn closed_early(double: &ProviderDouble) {
    while !double.requests()[0].closed_early {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn a_stall_lasts_until_the_client_goes() {
    for kind in Kind::ALL {
        let double = broken(kind, Fault::StallAfterHeaders).await;
        let mut stream = asked(&double).await;
        let text = until(&mut stream, |text| text.contains("\r\n\r\n")).await;
        assert!(text.contains("text/event-stream") && text.ends_with("\r\n\r\n"), "{text}");
        drop(stream);
        closed_early(&double).await;
    }
    let double = broken(Kind::Compatible, Fault::StallMidStream { after_events: 2 }).await;
    let mut stream = asked(&double).await;
    until(&mut stream, |text| text.contains("The sea ")).await;
    assert!(!double.requests()[0].closed_early);
    drop(stream);
    closed_early(&double).await;
}

#[tokio::test]
async fn a_reset_is_one() {
    for kind in Kind::ALL {
        let double = broken(kind, Fault::Reset { after_bytes: 20 }).await;
        let mut stream = asked(&double).await;
        let error = stream.read_to_end(&mut Vec::new()).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    }
}

#[tokio::test]
async fn a_stream_may_end_without_its_last_event() {
    let ends = ["response.completed", "finish_reason\":\"stop", "message_stop", "finishReason", "[DONE]"];
    for (kind, end) in Kind::ALL.into_iter().zip(ends) {
        let double = broken(kind, Fault::EarlyEof).await;
        let text = until(&mut asked(&double).await, |text| text.ends_with("0\r\n\r\n")).await;
        assert!(text.contains("today.") && !text.contains(end), "{text}");
        assert!(until(&mut asked(&double).await, |text| text.ends_with("0\r\n\r\n")).await.contains(end));
    }
}

#[tokio::test]
async fn chunks_lie_and_bytes_come_alone() {
    let double = broken(Kind::Anthropic, Fault::ChunkedLie).await;
    let mut text = String::new();
    asked(&double).await.read_to_string(&mut text).await.unwrap();
    let (length, rest) = text.split_once("\r\n\r\n").unwrap().1.split_once("\r\n").unwrap();
    let first = &rest[..rest.find("\n\n").unwrap() + 2];
    assert_eq!(usize::from_str_radix(length, 16).unwrap(), first.len() + 7);

    let double = broken(Kind::Anthropic, Fault::SlowLoris { pause_ms: 1 }).await;
    let mut stream = asked(&double).await;
    until(&mut stream, |text| text.contains("1\r\ne\r\n1\r\nv\r\n1\r\ne\r\n1\r\nn\r\n1\r\nt\r\n")).await;
}

#[tokio::test]
async fn a_line_may_never_end() {
    let double = broken(Kind::Gemini, Fault::Endless).await;
    let mut stream = asked(&double).await;
    let text = until(&mut stream, |text| text.len() > 1024 * 1024).await;
    let whole_chunks = &text[..text.rfind("\r\n4000\r\n").unwrap()];
    let line = whole_chunks.split_once("data: ").unwrap().1.replace("\r\n4000\r\n", "");
    assert!(line.starts_with("{\"endless\":\"aaa") && !line.contains('\n'));
    drop(stream);
    closed_early(&double).await;
}

#[tokio::test]
async fn a_bomb_is_small_and_grows() {
    let double = broken(Kind::Openai, Fault::GzipBomb).await;
    let mut stream = asked(&double).await;
    let text = until(&mut stream, |text| text.contains("\r\n\r\n")).await;
    assert!(text.contains("content-encoding: gzip"), "{text}");

    let parts: Vec<Vec<u8>> = gzip::bomb().collect();
    assert!(parts.iter().map(Vec::len).sum::<usize>() < 2 * 1024 * 1024);
    let begun = parts[..3].concat();
    let mut line = vec![0; 2 * 1024 * 1024];
    DeflateDecoder::new(&begun[10..]).read_exact(&mut line).unwrap();
    assert!(line.starts_with(b"data: {\"bomb\":\"aaa") && !line.contains(&b'\n'));
}
