//! A request, read from a connection.

use serde::Serialize;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt};

/// Longest head and longest body that are read.
const LIMIT: usize = 64 * 1024 * 1024;

/// A request that arrived.
#[derive(Debug, Clone, Serialize)]
pub struct Seen {
    /// Method.
    pub method: String,
    /// Path as it was sent.
    pub path: String,
    /// Query as it was sent.
    pub query: String,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body, where it is JSON.
    pub body: Value,
    /// Status of the answer; 0 where the connection broke before one.
    pub status: u16,
    /// The client went away before the end of the answer.
    pub closed_early: bool,
}

impl Seen {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The value of a parameter of the query, as it was sent.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(known, _)| *known == name)
            .map(|pair| pair.1)
    }
}

/// The next request; `None` where the client is done. `buffer` holds what came beyond the last one.
pub(super) async fn read(stream: &mut (impl AsyncRead + Unpin), buffer: &mut Vec<u8>) -> Option<Seen> {
    let head_bytes = loop {
        if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        more(stream, buffer).await?;
    };
    let head = String::from_utf8_lossy(&buffer[..head_bytes]).into_owned();
    buffer.drain(..head_bytes);
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let (path, query) = (path.to_owned(), query.to_owned());
    let mut seen = Seen { method, path, query, headers, body: Value::Null, status: 0, closed_early: false };
    let length = seen.header("content-length").map_or(0, |text| text.parse().unwrap());
    while buffer.len() < length {
        more(stream, buffer).await?;
    }
    seen.body = serde_json::from_slice(&buffer[..length]).unwrap_or_default();
    buffer.drain(..length);
    Some(seen)
}

async fn more(stream: &mut (impl AsyncRead + Unpin), buffer: &mut Vec<u8>) -> Option<()> {
    let read = stream.read_buf(buffer).await.ok()?;
    (read > 0 && buffer.len() < LIMIT).then_some(())
}
