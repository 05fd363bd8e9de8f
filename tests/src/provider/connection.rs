//! Bytes on a connection: requests as they come, answers as they are or as a fault makes them.

use std::{io, time::Duration};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::{
    gzip,
    reply::{Body, Reply},
    turn::{Fault, LineEnd},
};

/// How sending ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sent {
    /// All of it; the connection stays open.
    Whole,
    /// All that should be sent; the connection closes.
    Close,
    /// So much that the connection is now to be reset.
    Reset,
    /// The client went away.
    ClosedEarly,
}

/// Sends an answer while watching whether the client goes away. What it says meanwhile goes to `buffer`.
pub(super) async fn send(
    reader: &mut (impl AsyncRead + Unpin),
    writer: &mut (impl AsyncWrite + Unpin),
    buffer: &mut Vec<u8>,
    reply: &Reply,
    fault: Option<Fault>,
    own_lines: LineEnd,
) -> Sent {
    let gone = async { while reader.read_buf(buffer).await.is_ok_and(|read| read > 0) {} };
    tokio::select! {
        biased;
        sent = write(writer, reply, fault, own_lines) => sent.unwrap_or(Sent::ClosedEarly),
        () = gone => Sent::ClosedEarly,
    }
}

async fn write(
    writer: &mut (impl AsyncWrite + Unpin),
    reply: &Reply,
    fault: Option<Fault>,
    own_lines: LineEnd,
) -> io::Result<Sent> {
    let (pieces, pause_ms) = match &reply.body {
        Body::Whole(bytes) => (vec![bytes.clone()], 0),
        Body::Stream(events) => (events.written(own_lines), events.pause_ms),
    };
    match fault {
        None | Some(Fault::EarlyEof) => match &reply.body {
            Body::Whole(bytes) => {
                let mut message = head(reply, &format!("content-length: {}\r\n", bytes.len()));
                message.extend(bytes);
                put(writer, &message).await?;
            }
            Body::Stream(_) => {
                put(writer, &head(reply, CHUNKED)).await?;
                stream(writer, &pieces, pause_ms, b"0\r\n\r\n").await?;
            }
        },
        Some(fault) => return broken(writer, reply, &pieces, pause_ms, fault).await,
    }
    Ok(Sent::Whole)
}

const CHUNKED: &str = "transfer-encoding: chunked\r\n";

async fn broken(
    writer: &mut (impl AsyncWrite + Unpin),
    reply: &Reply,
    pieces: &[Vec<u8>],
    pause_ms: u64,
    fault: Fault,
) -> io::Result<Sent> {
    if fault == Fault::GzipBomb {
        put(writer, &head(reply, "transfer-encoding: chunked\r\ncontent-encoding: gzip\r\n")).await?;
        for piece in gzip::bomb() {
            put(writer, &chunk(&piece)).await?;
        }
        put(writer, b"0\r\n\r\n").await?;
        return Ok(Sent::Close);
    }
    put(writer, &head(reply, CHUNKED)).await?;
    let whole = pieces.concat();
    match fault {
        Fault::SlowLoris { pause_ms } => {
            let bytes: Vec<Vec<u8>> = whole.iter().map(|byte| vec![*byte]).collect();
            stream(writer, &bytes, pause_ms, b"0\r\n\r\n").await?;
            Ok(Sent::Close)
        }
        Fault::StallMidStream { after_events } => {
            stream(writer, &pieces[..after_events.min(pieces.len())], pause_ms, b"").await?;
            std::future::pending().await
        }
        Fault::StallAfterHeaders => std::future::pending().await,
        Fault::Reset { after_bytes } => {
            put(writer, &chunk(&whole[..after_bytes.min(whole.len())])).await?;
            Ok(Sent::Reset)
        }
        Fault::ChunkedLie => {
            for piece in pieces {
                let mut lie = format!("{:x}\r\n", piece.len() + 7).into_bytes();
                lie.extend(piece);
                put(writer, &lie).await?;
            }
            Ok(Sent::Close)
        }
        Fault::Endless => {
            put(writer, &chunk(b"data: {\"endless\":\"")).await?;
            let line = chunk(&[b'a'; 16 * 1024]);
            loop {
                put(writer, &line).await?;
            }
        }
        Fault::EarlyEof | Fault::GzipBomb => unreachable!("BUG: written elsewhere"),
    }
}

/// Chunks with a pause between them; the last goes out together with what ends the body.
async fn stream(
    writer: &mut (impl AsyncWrite + Unpin),
    pieces: &[Vec<u8>],
    pause_ms: u64,
    end: &[u8],
) -> io::Result<()> {
    for (place, piece) in pieces.iter().enumerate() {
        if place > 0 && pause_ms > 0 {
            tokio::time::sleep(Duration::from_millis(pause_ms)).await;
        }
        let mut bytes = chunk(piece);
        if place + 1 == pieces.len() {
            bytes.extend(end);
        }
        put(writer, &bytes).await?;
    }
    if pieces.is_empty() { put(writer, end).await } else { Ok(()) }
}

async fn put(writer: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> io::Result<()> {
    writer.write_all(bytes).await?;
    writer.flush().await
}

fn chunk(bytes: &[u8]) -> Vec<u8> {
    if bytes.is_empty() {
        return Vec::new();
    }
    [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}

fn head(reply: &Reply, framing: &str) -> Vec<u8> {
    let headers: String = reply.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("HTTP/1.1 {} {}\r\n{headers}{framing}\r\n", reply.status, reason(reply.status)).into_bytes()
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        307 => "Temporary Redirect",
        401 => "Unauthorized",
        429 => "Too Many Requests",
        500.. => "Server Error",
        _ => "Bad Request",
    }
}
