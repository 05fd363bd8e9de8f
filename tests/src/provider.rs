//! Doubles of the providers on loopback, which speak each one's documented format, its errors and half-broken streams
//! included, and write down every request. What the next requests get is said as a list of [`Turn`]s; where it is
//! empty, a short answer comes.
//!
//! A model or deployment whose name starts with `no-such` does not exist. Scripts come from Rust, or by HTTP:
//! `POST /__double/script` takes `{"turns": […]}` and `{"lists": […]}`, `GET /__double/requests` tells what arrived.

mod chat;
mod check;
mod connection;
mod control;
mod dialect;
mod error;
mod gemini;
mod gzip;
mod images;
mod lists;
mod messages;
mod recorded;
mod reply;
mod request;
mod responses;
mod route;
mod said;
mod tls;
mod turn;

#[cfg(test)]
mod tests;

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use serde::{Deserialize, Serialize};
#[allow(clippy::disallowed_types)] // a double that listens on loopback
use tokio::net::{TcpListener, TcpStream};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt},
    task::{JoinHandle, JoinSet},
};
use tokio_rustls::TlsAcceptor;

use connection::Sent;
use reply::Reply;
use route::Wanted;
use tls::Tls;

pub use recorded::{Recorded, recorded};
pub use request::Seen;
pub use tls::Certificate;
pub use turn::{Answer, Dialect, ErrorBody, Fault, FilteredAt, Finish, LineEnd, Style, Turn, Usage};

/// The token of Microsoft Entra that the double of Azure takes instead of its key.
pub const ENTRA: &str = "entra-token-of-a-test";

/// Whose double it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// OpenAI: Responses and Chat Completions.
    Openai,
    /// Azure OpenAI, at its dated and its `v1` addresses.
    Azure,
    /// Anthropic: Messages.
    Anthropic,
    /// Google Gemini.
    Gemini,
    /// A server that speaks Chat Completions: its reasoning comes as `reasoning_content`, and it wants no key, but
    /// takes no wrong one.
    Compatible,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Openai, Self::Azure, Self::Anthropic, Self::Gemini, Self::Compatible];

    fn lines(self) -> LineEnd {
        if self == Self::Gemini { LineEnd::CrLf } else { LineEnd::Lf }
    }
}

struct Inside {
    kind: Kind,
    script: Mutex<VecDeque<Turn>>,
    lists: Mutex<VecDeque<Turn>>,
    requests: Mutex<Vec<Seen>>,
}

/// The double; its listener and connections close when it is dropped.
pub struct ProviderDouble {
    inside: Arc<Inside>,
    address: SocketAddr,
    tls: Option<Tls>,
    listener: JoinHandle<()>,
}

impl ProviderDouble {
    /// A double on a free port.
    pub async fn start(kind: Kind) -> Self {
        Self::listen(kind, None).await
    }

    /// A double on a free port that speaks TLS.
    pub async fn start_tls(kind: Kind, certificate: Certificate) -> Self {
        Self::listen(kind, Some(tls::speak(certificate))).await
    }

    #[allow(clippy::disallowed_types)] // a double that listens on loopback
    async fn listen(kind: Kind, tls: Option<Tls>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (script, lists, requests) = (Mutex::default(), Mutex::default(), Mutex::default());
        let inside = Arc::new(Inside { kind, script, lists, requests });
        let acceptor = tls.as_ref().map(|tls| tls.acceptor.clone());
        let listener = tokio::spawn(accept(listener, acceptor, inside.clone()));
        Self { inside, address, tls, listener }
    }

    /// Scheme, host and port; `localhost` where it speaks TLS.
    pub fn origin(&self) -> String {
        match self.tls {
            None => format!("http://{}", self.address),
            Some(_) => format!("https://localhost:{}", self.address.port()),
        }
    }

    /// The certificate (PEM) to trust so that a good double is trusted; empty where it speaks no TLS.
    pub fn ca_pem(&self) -> &str {
        self.tls.as_ref().map_or("", |tls| &tls.trusted)
    }

    /// A certificate and its key (PEM) that a double with [`Certificate::Mutual`] takes from a client.
    pub fn client_pem(&self) -> &str {
        self.tls.as_ref().map_or("", |tls| &tls.client)
    }

    /// The address that a provider's settings name: up to and without `/chat/completions`, `/messages` or `/models`.
    pub fn base_url(&self) -> String {
        let path = match self.inside.kind {
            Kind::Openai | Kind::Anthropic | Kind::Compatible => "/v1",
            Kind::Azure => "/openai/v1",
            Kind::Gemini => "/v1beta",
        };
        self.origin() + path
    }

    /// The key that it takes.
    pub fn key(&self) -> &'static str {
        self.inside.kind.key()
    }

    /// What the next requests for answers get, in this order, after what they get already.
    pub fn script(&self, turns: Vec<Turn>) {
        self.inside.script.lock().unwrap().extend(turns);
    }

    /// What the next requests for lists of models and counts of tokens get instead of them: statuses and redirects.
    pub fn script_lists(&self, turns: Vec<Turn>) {
        self.inside.lists.lock().unwrap().extend(turns);
    }

    /// What arrived so far.
    pub fn requests(&self) -> Vec<Seen> {
        self.inside.requests.lock().unwrap().clone()
    }
}

impl Drop for ProviderDouble {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

impl Kind {
    /// The header by which a provider's support finds a request again.
    fn request_id(self) -> Option<(&'static str, String)> {
        match self {
            Self::Openai | Self::Compatible => Some(("x-request-id", "req_double1".to_owned())),
            Self::Azure => Some(("apim-request-id", "double-1".to_owned())),
            Self::Anthropic => Some(("request-id", "req_double1".to_owned())),
            Self::Gemini => None,
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::Openai => "sk-proj-double-key-0123456789",
            Self::Azure => "azuredoublekey0123456789abcdef",
            Self::Anthropic => "sk-ant-api03-double-key",
            Self::Gemini => "AIzaSyDoubleKey0123456789",
            Self::Compatible => "sk-compatible-double",
        }
    }
}

#[allow(clippy::disallowed_types)] // a double that listens on loopback
async fn accept(listener: TcpListener, acceptor: Option<TlsAcceptor>, inside: Arc<Inside>) {
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (acceptor, inside) = (acceptor.clone(), inside.clone());
        connections.spawn(async move {
            match acceptor {
                None => serve(stream, |stream| stream, inside).await,
                // A client that does not trust the certificate goes away.
                Some(acceptor) => {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        serve(stream, |stream| stream.get_ref().0, inside).await;
                    }
                }
            }
        });
        while connections.try_join_next().is_some() {}
    }
}

/// Answers requests until one side is done. `socket` is what lies below the connection.
#[allow(clippy::disallowed_types)] // a double that listens on loopback
async fn serve<S: AsyncRead + AsyncWrite + Unpin>(stream: S, socket: fn(&S) -> &TcpStream, inside: Arc<Inside>) {
    let (mut reader, mut writer) = tokio::io::split(stream);
    let mut buffer = Vec::new();
    let lines = inside.kind.lines();
    while let Some(seen) = request::read(&mut reader, &mut buffer).await {
        if let Some(reply) = control::reply(&inside, &seen) {
            connection::send(&mut reader, &mut writer, &mut buffer, &reply, None, lines).await;
            continue;
        }
        let (mut reply, fault) = inside.reply(&seen);
        reply.headers.extend(inside.kind.request_id());
        let place = inside.note(Seen { status: reply.status, ..seen });
        match connection::send(&mut reader, &mut writer, &mut buffer, &reply, fault, lines).await {
            Sent::Whole => {}
            Sent::Close => break,
            Sent::Reset => return socket(&reader.unsplit(writer)).set_zero_linger().unwrap(),
            Sent::ClosedEarly => {
                inside.requests.lock().unwrap()[place].closed_early = true;
                return;
            }
        }
    }
    writer.shutdown().await.ok();
}

impl Inside {
    fn note(&self, seen: Seen) -> usize {
        let mut requests = self.requests.lock().unwrap();
        requests.push(seen);
        requests.len() - 1
    }

    fn reply(&self, request: &Seen) -> (Reply, Option<Fault>) {
        match route::wanted(self.kind, self.kind.key(), request) {
            Err(trouble) => (error::reply(self.kind, &trouble), None),
            Ok(Wanted::Answer(format)) => {
                let turn = self.script.lock().unwrap().pop_front().unwrap_or_else(|| Turn::Answer(Answer::default()));
                route::reply(self.kind, format, request, &turn)
            }
            Ok(wanted) => {
                let turn = self.lists.lock().unwrap().pop_front();
                let instead = turn.and_then(|turn| route::instead(self.kind, &turn));
                (instead.unwrap_or_else(|| self.list(wanted, request)), None)
            }
        }
    }

    fn list(&self, wanted: Wanted, request: &Seen) -> Reply {
        match wanted {
            Wanted::Models => lists::models(self.kind, request),
            Wanted::Model(name) => lists::model(self.kind, &name),
            Wanted::Count(format) | Wanted::Answer(format) => lists::count(format, request),
        }
    }
}
