//! What the content network sends: files, whole or in ranges, rightly or wrongly.

use std::{io, sync::atomic::Ordering, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use bytes::Bytes;
use futures_util::stream;

use super::{At, Fault, Shelf};

/// Bytes handed to the connection at a time.
const PIECE: usize = 16 * 1024;

pub(super) fn routes() -> Router<Shelf> {
    Router::new().route("/repos/{owner}/{name}/{revision}/{*path}", get(file))
}

async fn file(
    State(shelf): State<Shelf>,
    Path((owner, name, revision, path)): Path<(String, String, String, String)>,
    headers: HeaderMap,
) -> Response {
    let repository = shelf.repository(&owner, &name);
    let commit = repository.as_ref().and_then(|repository| repository.at(&revision));
    let Some(file) = commit.and_then(|commit| commit.files.iter().find(|file| file.path == path)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let fault = shelf.fault(At::Bytes);
    if let Some(Fault::Status { code, retry_after }) = &fault {
        let after = retry_after.iter().map(|after| (header::RETRY_AFTER, after.clone()));
        let status = StatusCode::from_u16(*code).unwrap();
        return (status, axum::response::AppendHeaders(after.collect::<Vec<_>>()), "Something is wrong here")
            .into_response();
    }
    if fault == Some(Fault::Nonsense) {
        return ([(header::CONTENT_TYPE, "text/html")], "<html>Please log in to this café’s network</html>")
            .into_response();
    }
    let bytes = falsified(&file.bytes, fault.as_ref());
    let etag = file.etag();
    let whole = (0, bytes.len() as u64);
    let range = match asked(&headers, &etag, whole.1) {
        _ if fault == Some(Fault::RefuseRange) && headers.contains_key(header::RANGE) => Asked::Beyond,
        _ if fault == Some(Fault::IgnoreRange) => Asked::Whole,
        Asked::Range(from, end) if fault == Some(Fault::WrongRange) => Asked::Range(from / 2, end),
        asked => asked,
    };
    let (status, (from, end)) = match range {
        Asked::Whole => (StatusCode::OK, whole),
        Asked::Range(from, end) => (StatusCode::PARTIAL_CONTENT, (from, end)),
        Asked::Beyond => {
            let unsatisfied = [(header::CONTENT_RANGE, format!("bytes */{}", whole.1))];
            return (StatusCode::RANGE_NOT_SATISFIABLE, unsatisfied).into_response();
        }
    };
    let mut response = Response::new(body(&shelf, bytes.slice(from as usize..end as usize), fault));
    *response.status_mut() = status;
    let mut say = |name, value: String| response.headers_mut().insert(name, value.parse().unwrap());
    say(header::CONTENT_LENGTH, (end - from).to_string());
    say(header::CONTENT_TYPE, "binary/octet-stream".to_owned());
    say(header::ACCEPT_RANGES, "bytes".to_owned());
    say(header::ETAG, etag);
    if status == StatusCode::PARTIAL_CONTENT {
        say(header::CONTENT_RANGE, format!("bytes {from}-{}/{}", end - 1, whole.1));
    }
    response
}

/// The file with what a fault makes of it.
fn falsified(bytes: &Bytes, fault: Option<&Fault>) -> Bytes {
    match fault {
        Some(Fault::Short { by }) => bytes.slice(..bytes.len() - *by as usize),
        Some(Fault::Long { by }) => [bytes, &vec![0x5a; *by as usize][..]].concat().into(),
        Some(Fault::Flip { at }) => {
            let mut bytes = bytes.to_vec();
            bytes[*at as usize] ^= 0b100;
            bytes.into()
        }
        _ => bytes.clone(),
    }
}

enum Asked {
    Whole,
    /// From here to before there.
    Range(u64, u64),
    /// There are no such bytes.
    Beyond,
}

/// The range that is asked for; the whole where there is none or the file is no longer the one that it was.
fn asked(headers: &HeaderMap, etag: &str, length: u64) -> Asked {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some((from, to)) = text(header::RANGE).and_then(|range| range.strip_prefix("bytes=")?.split_once('-')) else {
        return Asked::Whole;
    };
    if text(header::IF_RANGE).is_some_and(|known| known != etag) {
        return Asked::Whole;
    }
    let (Ok(from), end) = (from.parse::<u64>(), to.parse::<u64>().map_or(length, |to| length.min(to + 1))) else {
        return Asked::Whole;
    };
    if from >= length || end <= from { Asked::Beyond } else { Asked::Range(from, end) }
}

fn body(shelf: &Shelf, bytes: Bytes, fault: Option<Fault>) -> Body {
    let (piece, pause) = match fault {
        Some(Fault::Slow { piece, pause_ms }) => (piece, Duration::from_millis(pause_ms)),
        _ => (PIECE, Duration::ZERO),
    };
    let shelf = shelf.clone();
    Body::from_stream(stream::unfold((bytes, 0_u64), move |(mut left, sent)| {
        let (shelf, fault) = (shelf.clone(), fault.clone());
        async move {
            let mut piece = piece.min(left.len());
            match fault {
                Some(Fault::Cut { after }) if sent >= after => {
                    return Some((Err(io::Error::other("cut off")), (Bytes::new(), sent)));
                }
                Some(Fault::Stall { after }) if sent >= after => std::future::pending().await,
                Some(Fault::Cut { after } | Fault::Stall { after }) => piece = piece.min((after - sent) as usize),
                _ => {}
            }
            if left.is_empty() {
                return None;
            }
            if sent > 0 && !pause.is_zero() {
                tokio::time::sleep(pause).await;
            }
            let next = left.split_to(piece);
            let sent = sent + next.len() as u64;
            shelf.0.sent_bytes.fetch_add(next.len() as u64, Ordering::SeqCst);
            Some((Ok(next), (left, sent)))
        }
    }))
}
