//! A double of a model hub on loopback, in the wire format that Hugging Face documents: search, listings, hashes, and a
//! resolve address that sends on to a second listener, which stands for its content network. It serves real small GGUF
//! files, misbehaves where it is told to, and writes down every request.
//!
//! Shapes: <https://huggingface.co/docs/hub/api>; hashes and sizes as `huggingface_hub` reads them.

mod answer;
mod bytes;
mod fault;
pub mod models;
mod repository;

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use axum::{
    Router,
    extract::{Request, State},
    http::HeaderMap,
    middleware::{self, Next},
    response::Response,
    serve::ListenerExt,
};
use serde::Serialize;
use serde_json::{Value, json};
#[allow(clippy::disallowed_types)] // a double that listens on loopback
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use fault::{At, Fault, Rule};
pub use repository::{Repository, sha256};

/// A request that arrived.
#[derive(Debug, Clone, Serialize)]
pub struct Seen {
    /// `hub` or `cdn`.
    pub host: &'static str,
    /// Method.
    pub method: String,
    /// Path as it was sent.
    pub path: String,
    /// Query as it was sent.
    pub query: String,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Status of the answer.
    pub status: u16,
}

impl Seen {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

#[derive(Clone)]
struct Shelf(Arc<Inside>);

struct Inside {
    repositories: Mutex<Vec<Repository>>,
    rules: Mutex<Vec<Rule>>,
    seen: Mutex<Vec<Seen>>,
    hub: SocketAddr,
    cdn: SocketAddr,
    connections: AtomicUsize,
    sent_bytes: AtomicU64,
}

/// The double; its listeners close when it is dropped.
pub struct Hub {
    shelf: Shelf,
    stranger: SocketAddr,
    strangers: Arc<AtomicUsize>,
    listeners: Vec<JoinHandle<()>>,
}

impl Hub {
    /// A hub with these repositories.
    pub async fn start(repositories: Vec<Repository>) -> Self {
        let (hub, cdn, stranger) = (listen().await, listen().await, listen().await);
        let shelf = Shelf(Arc::new(Inside {
            repositories: Mutex::new(repositories),
            rules: Mutex::default(),
            seen: Mutex::default(),
            hub: hub.local_addr().unwrap(),
            cdn: cdn.local_addr().unwrap(),
            connections: AtomicUsize::new(0),
            sent_bytes: AtomicU64::new(0),
        }));
        let strangers = Arc::new(AtomicUsize::new(0));
        let address = stranger.local_addr().unwrap();
        let mut listeners = Vec::new();
        for (listener, name, routes) in [(hub, "hub", answer::routes()), (cdn, "cdn", bytes::routes())] {
            let note = middleware::from_fn_with_state((shelf.clone(), name), write_down);
            let routes = routes.with_state(shelf.clone()).layer(note);
            let counted = shelf.clone();
            let listener = listener.tap_io(move |_| {
                counted.0.connections.fetch_add(1, Ordering::SeqCst);
            });
            listeners.push(tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() }));
        }
        let counted = strangers.clone();
        let listener = stranger.tap_io(move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
        });
        listeners.push(tokio::spawn(async move { axum::serve(listener, Router::new()).await.unwrap() }));
        Self { shelf, stranger: address, strangers, listeners }
    }

    /// Address of the hub.
    pub fn url(&self) -> String {
        format!("http://{}", self.shelf.0.hub)
    }

    /// Host and port of the content network.
    pub fn cdn(&self) -> String {
        self.shelf.0.cdn.to_string()
    }

    /// Host and port of a server that nobody allowed.
    pub fn stranger(&self) -> String {
        self.stranger.to_string()
    }

    /// The settings of an application that uses this hub.
    pub fn settings(&self) -> Value {
        json!({"network": {
            "hub": self.url(), "download_hosts": [self.cdn()], "proxy": {"kind": "direct"}, "ca_bundle": "",
        }})
    }

    /// From now on this fault happens.
    pub fn misbehave(&self, at: At, fault: Fault) {
        self.add(Rule { at, fault, times: None });
    }

    /// This fault happens so many times.
    pub fn misbehave_times(&self, times: u32, at: At, fault: Fault) {
        self.add(Rule { at, fault, times: Some(times) });
    }

    /// Adds a fault; the first that fits a request is the one that happens.
    pub fn add(&self, rule: Rule) {
        self.shelf.0.rules.lock().unwrap().push(rule);
    }

    /// No fault happens any more.
    pub fn behave(&self) {
        self.shelf.0.rules.lock().unwrap().clear();
    }

    /// Every request so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.shelf.0.seen.lock().unwrap().clone()
    }

    /// Connections to the hub and its content network so far.
    pub fn connections(&self) -> usize {
        self.shelf.0.connections.load(Ordering::SeqCst)
    }

    /// Connections to the server that nobody allowed.
    pub fn strangers(&self) -> usize {
        self.strangers.load(Ordering::SeqCst)
    }

    /// Bytes of files handed to connections so far.
    pub fn sent_bytes(&self) -> u64 {
        self.shelf.0.sent_bytes.load(Ordering::SeqCst)
    }

    /// Changes a repository.
    pub fn change(&self, id: &str, change: impl FnOnce(&mut Repository)) {
        let mut repositories = self.shelf.0.repositories.lock().unwrap();
        change(repositories.iter_mut().find(|repository| repository.id == id).unwrap());
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.listeners.iter().for_each(JoinHandle::abort);
    }
}

impl Shelf {
    fn repository(&self, owner: &str, name: &str) -> Option<Repository> {
        let id = format!("{owner}/{name}");
        self.0.repositories.lock().unwrap().iter().find(|repository| repository.id == id).cloned()
    }

    /// The fault that is due at a place.
    fn fault(&self, at: At) -> Option<Fault> {
        fault::take(&mut self.0.rules.lock().unwrap(), at)
    }
}

#[allow(clippy::disallowed_types)] // a double that listens on loopback
async fn listen() -> TcpListener {
    TcpListener::bind(("127.0.0.1", 0)).await.unwrap()
}

async fn write_down(State((shelf, host)): State<(Shelf, &'static str)>, request: Request, next: Next) -> Response {
    let headers: &HeaderMap = request.headers();
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let mut seen = Seen {
        host,
        method: request.method().to_string(),
        path: request.uri().path().to_owned(),
        query: request.uri().query().unwrap_or_default().to_owned(),
        headers: headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        status: 0,
    };
    let response = next.run(request).await;
    seen.status = response.status().as_u16();
    shelf.0.seen.lock().unwrap().push(seen);
    response
}
