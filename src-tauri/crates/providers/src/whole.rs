//! Answers in one piece: a list, a count.

use bytes::Bytes;
use domain::{FaultKind, ProviderFault, Purpose};
use futures_util::StreamExt;
use http::Request;
use serde_json::Value;

use crate::{connection::Connection, fault};

/// Asks, and reads the JSON that comes. `limit_bytes`: the longest that is read; `wanted`: what it is, for sentences.
pub(crate) async fn answer(
    connection: &Connection,
    purpose: Purpose,
    request: Request<Bytes>,
    limit_bytes: u64,
    wanted: &str,
) -> Result<Value, ProviderFault> {
    let name = &connection.provider.name;
    let sent = connection.transport.send(purpose, request, limit_bytes).await;
    let (head, mut chunks) = sent.map_err(fault::of_transport)?.into_parts();
    let mut body = Vec::new();
    while let Some(chunk) = chunks.next().await {
        body.extend_from_slice(&chunk.map_err(fault::of_transport)?);
    }
    if !head.status.is_success() {
        return Err(fault::of_answer(name, head.status, &head.headers, &String::from_utf8_lossy(&body)));
    }
    serde_json::from_slice(&body).map_err(|_| {
        let page = head.headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let what = if page.starts_with("text/html") { "a web page".to_owned() } else { format!("no {wanted}") };
        ProviderFault::new(
            FaultKind::Broken,
            format!("What {name} answered is {what}. Is the address right, and does this network want you to log in?"),
        )
    })
}
