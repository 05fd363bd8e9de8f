//! A transport in memory that answers as it was told, bytes cut as they were told.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use domain::{Answered, BoxFuture, Purpose, Transport, TransportError};
use http::{HeaderMap, Request, Response};
use serde_json::Value;
use tokio::time::Instant;

/// A piece of an answer's body.
#[derive(Debug, Clone)]
pub(crate) enum Piece {
    Bytes(Vec<u8>),
    Wait(Duration),
    Fail(TransportError),
    /// Nothing comes, and the connection stays open.
    Silence,
}

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Turn {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<Piece>,
    refused: Option<TransportError>,
}

impl Turn {
    pub(crate) fn stream(body: impl Into<Vec<u8>>) -> Self {
        Self::of(vec![Piece::Bytes(body.into())])
    }

    /// Cut into pieces of so many bytes.
    pub(crate) fn cut(body: &[u8], size: usize) -> Self {
        Self::of(body.chunks(size).map(|piece| Piece::Bytes(piece.to_vec())).collect())
    }

    pub(crate) fn of(body: Vec<Piece>) -> Self {
        Self { status: 200, headers: vec![("content-type", "text/event-stream".to_owned())], body, refused: None }
    }

    pub(crate) fn status(status: u16, body: &str) -> Self {
        let headers = vec![("content-type", "application/json".to_owned())];
        Self { status, headers, body: vec![Piece::Bytes(body.as_bytes().to_vec())], refused: None }
    }

    pub(crate) fn unreachable(error: TransportError) -> Self {
        Self { refused: Some(error), ..Self::of(Vec::new()) }
    }

    pub(crate) fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.retain(|(old, _)| *old != name);
        self.headers.push((name, value.to_owned()));
        self
    }
}

/// What was asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) purpose: Purpose,
    pub(crate) uri: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
    pub(crate) at: Instant,
}

/// A transport that gives its turns in order.
#[derive(Debug, Default)]
pub(crate) struct Double {
    turns: Mutex<VecDeque<Turn>>,
    asked: Mutex<Vec<Asked>>,
    open: Arc<AtomicUsize>,
    taken: Arc<AtomicUsize>,
}

/// A body that is being read.
struct Open(Arc<AtomicUsize>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Double {
    pub(crate) fn new(turns: impl IntoIterator<Item = Turn>) -> Arc<Self> {
        Arc::new(Self { turns: Mutex::new(turns.into_iter().collect()), ..Self::default() })
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// Bodies that somebody still holds.
    pub(crate) fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }

    /// Bytes of bodies that were taken.
    pub(crate) fn taken(&self) -> usize {
        self.taken.load(Ordering::SeqCst)
    }
}

impl Transport for Double {
    fn send(
        &self,
        purpose: Purpose,
        request: Request<Bytes>,
        _: u64,
    ) -> BoxFuture<'_, Result<Answered, TransportError>> {
        let (head, body) = request.into_parts();
        self.asked.lock().unwrap().push(Asked {
            purpose,
            uri: head.uri.to_string(),
            headers: head.headers,
            body: serde_json::from_slice(&body).unwrap_or_default(),
            at: Instant::now(),
        });
        let turn = self.turns.lock().unwrap().pop_front().expect("nothing more was to be asked");
        let (open, taken) = (self.open.clone(), self.taken.clone());
        Box::pin(async move {
            if let Some(error) = turn.refused {
                return Err(error);
            }
            open.fetch_add(1, Ordering::SeqCst);
            let state = (VecDeque::from(turn.body), Open(open), taken);
            let body = futures_util::stream::unfold(state, |(mut pieces, open, taken)| async move {
                loop {
                    match pieces.pop_front()? {
                        Piece::Bytes(bytes) => {
                            taken.fetch_add(bytes.len(), Ordering::SeqCst);
                            return Some((Ok(Bytes::from(bytes)), (pieces, open, taken)));
                        }
                        Piece::Wait(time) => tokio::time::sleep(time).await,
                        Piece::Fail(error) => return Some((Err(error), (pieces, open, taken))),
                        Piece::Silence => std::future::pending().await,
                    }
                }
            });
            let mut answer = Response::builder().status(turn.status);
            for (name, value) in turn.headers {
                answer = answer.header(name, value);
            }
            Ok(answer.body(Box::pin(body) as domain::BoxStream<_>).unwrap())
        })
    }
}
