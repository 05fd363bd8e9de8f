//! A hub in memory that does what it is told to, right or wrong.

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use bytes::Bytes;
use domain::{Answered, BoxFuture, BoxStream, Purpose, Transport, TransportError};
use futures_core::Stream;
use http::{Method, Request, Response, Uri, header};
use hub::{HubError, RemoteFile, Resolve, Resolved};
use sha2::{Digest, Sha256};
use tokio::sync::Notify;

pub(crate) const REPO: &str = "owner/repo";
pub(crate) const REVISION: &str = "0123456789abcdef0123456789abcdef01234567";
const CHUNK_BYTES: usize = 1000;

/// What the server does to one request.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    None,
    /// Answers with this status and header.
    Status(u16, Option<(&'static str, &'static str)>),
    /// Sends everything, whatever range was asked for.
    IgnoreRange,
    /// Says that it sends from another byte, and does.
    WrongRange(i64),
    /// Says 206 and not what.
    NoRange,
    /// States another length of the whole file.
    Total(u64),
    /// Another ETag.
    Etag(&'static str),
    /// Ends as if complete after so many bytes.
    EndAfter(usize),
    /// Breaks off after so many bytes.
    BreakAfter(usize, TransportError),
    /// Says nothing more after so many bytes; tells [`Server::hung`].
    HangAfter(usize),
    /// Sends more than there is.
    Longer(usize),
    /// Flips a bit of this byte.
    Flip(usize),
    /// Cannot be reached.
    Away,
    /// The rules forbid it.
    Forbidden,
}

#[derive(Default)]
struct State {
    faults: VecDeque<Fault>,
    unresolvable: VecDeque<HubError>,
    /// Path and first byte of each request for bytes.
    requests: Vec<(String, u64)>,
    asked: usize,
}

pub(crate) struct Server {
    files: Vec<(String, Vec<u8>)>,
    stated: Vec<RemoteFile>,
    state: Mutex<State>,
    pub(crate) hung: Arc<Notify>,
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

impl Server {
    pub(crate) fn of(files: Vec<(&str, Vec<u8>)>) -> Arc<Self> {
        Arc::new(Self::stating(files, |_| {}))
    }

    /// Files, and what is stated of them.
    pub(crate) fn stating(files: Vec<(&str, Vec<u8>)>, state: impl Fn(&mut RemoteFile)) -> Self {
        let files: Vec<(String, Vec<u8>)> = files.into_iter().map(|(path, bytes)| (path.to_owned(), bytes)).collect();
        let stated = |(path, bytes): &(String, Vec<u8>)| {
            let mut file = RemoteFile { path: path.clone(), bytes: bytes.len() as u64, sha256: Some(sha256(bytes)) };
            state(&mut file);
            file
        };
        Self { stated: files.iter().map(stated).collect(), files, state: Mutex::default(), hung: Arc::default() }
    }

    pub(crate) fn will(&self, faults: impl IntoIterator<Item = Fault>) {
        self.state.lock().unwrap().faults.extend(faults);
    }

    pub(crate) fn will_not_resolve(&self, errors: impl IntoIterator<Item = HubError>) {
        self.state.lock().unwrap().unresolvable.extend(errors);
    }

    pub(crate) fn requests(&self) -> Vec<(String, u64)> {
        self.state.lock().unwrap().requests.clone()
    }

    /// Questions of any kind.
    pub(crate) fn asked(&self) -> usize {
        self.state.lock().unwrap().asked
    }

    fn answer(&self, request: &Request<Bytes>) -> Result<Answered, TransportError> {
        let prefix = format!("/{REPO}/resolve/{REVISION}/");
        let path = request.uri().path().strip_prefix(&prefix).expect("the resolve address").to_owned();
        let from: Option<u64> = request.headers().get(header::RANGE).map(|range| {
            range.to_str().unwrap().strip_prefix("bytes=").unwrap().strip_suffix('-').unwrap().parse().unwrap()
        });
        assert_eq!(request.headers()[header::ACCEPT_ENCODING], "identity");
        let mut state = self.state.lock().unwrap();
        state.asked += 1;
        state.requests.push((path.clone(), from.unwrap_or(0)));
        let fault = state.faults.pop_front().unwrap_or(Fault::None);
        let mut bytes = self.files.iter().find(|(name, _)| *name == path).expect("a file of ours").1.clone();
        drop(state);
        match fault {
            Fault::Away => return Err(TransportError::Unreachable("There is no network.".into())),
            Fault::Forbidden => return Err(TransportError::Refused("The rules forbid it.".into())),
            Fault::Flip(at) => bytes[at] ^= 1,
            Fault::Longer(more) => bytes.extend(vec![7; more]),
            _ => {}
        }
        Ok(respond(bytes, from, fault, self.hung.clone()))
    }
}

fn respond(bytes: Vec<u8>, from: Option<u64>, fault: Fault, hung: Arc<Notify>) -> Answered {
    let mut builder = Response::builder();
    builder = builder.header(header::ETAG, if let Fault::Etag(etag) = fault { etag } else { "\"first\"" });
    if let Fault::Status(status, extra) = fault {
        if let Some((name, value)) = extra {
            builder = builder.header(name, value);
        }
        return builder.status(status).body(body(b"<html>no</html>".to_vec(), End::Complete)).unwrap();
    }
    let total = if let Fault::Total(total) = fault { total } else { bytes.len() as u64 };
    let from = match from {
        Some(_) if matches!(fault, Fault::IgnoreRange) => None,
        Some(from) if from >= bytes.len() as u64 => {
            return builder.status(416).body(body(Vec::new(), End::Complete)).unwrap();
        }
        from => from,
    };
    let rest = match from {
        None => {
            builder = builder.status(200).header(header::CONTENT_LENGTH, total);
            bytes
        }
        Some(from) => {
            let from = if let Fault::WrongRange(by) = fault { from.checked_add_signed(by).unwrap() } else { from };
            builder = builder.status(206);
            if !matches!(fault, Fault::NoRange) {
                builder = builder.header(header::CONTENT_RANGE, format!("bytes {from}-{}/{total}", bytes.len() - 1));
            }
            bytes[usize::try_from(from).unwrap()..].to_vec()
        }
    };
    let cut = |mut rest: Vec<u8>, at: usize| {
        rest.truncate(at);
        rest
    };
    let body = match fault {
        Fault::EndAfter(at) => body(cut(rest, at), End::Complete),
        Fault::BreakAfter(at, error) => body(cut(rest, at), End::Broken(error)),
        Fault::HangAfter(at) => body(cut(rest, at), End::Never(hung)),
        _ => body(rest, End::Complete),
    };
    builder.body(body).unwrap()
}

enum End {
    Complete,
    Broken(TransportError),
    Never(Arc<Notify>),
}

struct Body {
    chunks: VecDeque<Bytes>,
    end: Option<End>,
}

fn body(bytes: Vec<u8>, end: End) -> BoxStream<Result<Bytes, TransportError>> {
    let chunks = bytes.chunks(CHUNK_BYTES).map(Bytes::copy_from_slice).collect();
    Box::pin(Body { chunks, end: Some(end) })
}

impl Stream for Body {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(chunk) = self.chunks.pop_front() {
            return Poll::Ready(Some(Ok(chunk)));
        }
        match &self.end {
            Some(End::Never(hung)) => {
                hung.notify_one();
                Poll::Pending
            }
            Some(End::Broken(error)) => {
                let error = error.clone();
                self.end = None;
                Poll::Ready(Some(Err(error)))
            }
            _ => Poll::Ready(None),
        }
    }
}

impl Transport for Server {
    fn send(
        &self,
        purpose: Purpose,
        request: Request<Bytes>,
        limit_bytes: u64,
    ) -> BoxFuture<'_, Result<Answered, TransportError>> {
        assert_eq!((purpose, request.method()), (Purpose::ModelDownload, &Method::GET));
        assert!(self.stated.iter().all(|file| file.bytes <= limit_bytes));
        Box::pin(async move { self.answer(&request) })
    }
}

impl Resolve for Server {
    fn resolve(&self, repo: &str, _: Option<&str>, _: &str) -> BoxFuture<'_, Result<Resolved, HubError>> {
        let mut state = self.state.lock().unwrap();
        state.asked += 1;
        let answer = match state.unresolvable.pop_front() {
            Some(error) => Err(error),
            None => Ok(Resolved {
                repo: repo.to_owned(),
                revision: REVISION.into(),
                parts: self.stated.clone(),
                licence: Some("apache-2.0".into()),
            }),
        };
        Box::pin(async move { answer })
    }

    fn file_uri(&self, repo: &str, revision: &str, path: &str) -> Result<Uri, HubError> {
        Ok(format!("https://hub.test/{repo}/resolve/{revision}/{path}").parse().unwrap())
    }

    fn host(&self) -> String {
        "hub.test".into()
    }
}
