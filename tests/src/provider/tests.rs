//! What the doubles send, byte by byte. That it is right is for the official clients to say: `tests/clients`.

mod broken;
mod images;
mod recorded;
mod safe;
mod spoken;

use serde_json::{Value, json};
#[allow(clippy::disallowed_types)] // a client of a double on loopback
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{ENTRA, Kind, ProviderDouble};

/// A request that the double of this kind takes.
pub(super) fn question(kind: Kind) -> (&'static str, Value) {
    let messages = json!([{"role": "user", "content": "How is the sea?"}]);
    match kind {
        Kind::Openai => ("/v1/responses", json!({"model": "gpt-5.5", "input": "How is the sea?", "stream": true})),
        Kind::Azure => {
            let path = "/openai/deployments/ours/chat/completions?api-version=2024-10-21";
            (path, json!({"messages": messages, "stream": true}))
        }
        Kind::Compatible => {
            ("/v1/chat/completions", json!({"model": "qwen3:8b", "messages": messages, "stream": true}))
        }
        Kind::Anthropic => {
            let model = "claude-opus-5-5";
            ("/v1/messages", json!({"model": model, "max_tokens": 9, "messages": messages, "stream": true}))
        }
        Kind::Gemini => {
            let path = "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse";
            (path, json!({"contents": [{"role": "user", "parts": [{"text": "How is the sea?"}]}]}))
        }
    }
}

/// The header with this key, as this kind wants it.
fn header(kind: Kind, key: &str) -> String {
    match kind {
        Kind::Openai | Kind::Compatible => format!("authorization: Bearer {key}"),
        Kind::Azure if key == ENTRA => format!("authorization: Bearer {key}"),
        Kind::Azure => format!("api-key: {key}"),
        Kind::Anthropic => format!("x-api-key: {key}\r\nanthropic-version: 2023-06-01"),
        Kind::Gemini => format!("x-goog-api-key: {key}"),
    }
}

/// A request in bytes.
fn request(kind: Kind, key: &str, method: &str, path: &str, body: &Value) -> Vec<u8> {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let length = body.len();
    format!("{method} {path} HTTP/1.1\r\nhost: x\r\n{}\r\ncontent-length: {length}\r\n\r\n{body}", header(kind, key))
        .into_bytes()
}

/// A connection on which this was sent.
#[allow(clippy::disallowed_types)] // a client of a double on loopback
async fn sent(double: &ProviderDouble, request: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(double.address).await.unwrap();
    stream.write_all(request).await.unwrap();
    stream
}

/// A connection on which the question of this kind was asked.
#[allow(clippy::disallowed_types)] // a client of a double on loopback
async fn asked(double: &ProviderDouble) -> TcpStream {
    let (path, body) = question(double.inside.kind);
    sent(double, &request(double.inside.kind, double.key(), "POST", path, &body)).await
}

/// Status and the rest of an answer that ends with its body's length.
async fn send(double: &ProviderDouble, key: &str, method: &str, path: &str, body: &Value) -> (u16, String) {
    let mut stream = sent(double, &request(double.inside.kind, key, method, path, body)).await;
    let text = until(&mut stream, complete).await;
    (text[9..12].parse().unwrap(), text)
}

/// Reads until this holds.
#[allow(clippy::disallowed_types)] // a client of a double on loopback
async fn until(stream: &mut TcpStream, enough: impl Fn(&str) -> bool) -> String {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if enough(&text) {
            return text.into_owned();
        }
        assert!(stream.read_buf(&mut bytes).await.unwrap() > 0, "it ended: {}", String::from_utf8_lossy(&bytes));
    }
}

fn complete(text: &str) -> bool {
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    match head.split_once("content-length: ") {
        Some((_, length)) => body.len() >= length.lines().next().unwrap().parse().unwrap(),
        None => body.ends_with("0\r\n\r\n"),
    }
}
