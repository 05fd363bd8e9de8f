//! A hub on loopback that answers what a test says, and a gate that lets through and takes notes.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use domain::{Answered, BoxFuture, Purpose, Transport, TransportError};
use http::{Request, Response, Uri};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// What the hub was asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// Method, path and query.
    pub(crate) line: String,
    /// Headers, as they came.
    pub(crate) headers: String,
}

/// What the hub answers.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

pub(crate) fn json(body: impl Into<String>) -> Reply {
    Reply { status: 200, headers: vec![("content-type", "application/json".into())], body: body.into() }
}

pub(crate) fn status(status: u16, headers: &[(&'static str, &str)]) -> Reply {
    Reply {
        status,
        headers: headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(),
        body: "{}".into(),
    }
}

/// A hub.
pub(crate) struct Double {
    pub(crate) address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Double {
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.line).collect()
    }
}

/// Listens on a free port; `answer` gets `GET /path?query`.
#[allow(clippy::disallowed_types, reason = "a double of a hub on loopback")]
pub(crate) async fn hub(answer: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Double {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&asked);
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                match stream.read_u8().await {
                    Ok(byte) => head.push(byte),
                    Err(_) => break,
                }
            }
            let head = String::from_utf8_lossy(&head).into_owned();
            let (first, headers) = head.split_once("\r\n").unwrap_or_default();
            let line = first.trim_end_matches(" HTTP/1.1").to_owned();
            let Reply { status, headers: more, body } = answer(&line);
            notes.lock().unwrap().push(Asked { line, headers: headers.to_ascii_lowercase() });
            let more: String = more.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
            let keeps_open = more.contains("x-keep-open");
            let length = if keeps_open { body.len() + 1 } else { body.len() };
            let reply =
                format!("HTTP/1.1 {status} S\r\n{more}content-length: {length}\r\nconnection: close\r\n\r\n{body}");
            // A client that has read enough may be gone.
            let _gone = stream.write_all(reply.as_bytes()).await;
            if keeps_open {
                kept.push(stream);
            }
        }
    });
    Double { address, asked }
}

/// A gate.
#[derive(Default)]
pub(crate) struct Gate {
    refuses: bool,
    crossings: Mutex<Vec<String>>,
}

impl Gate {
    pub(crate) fn that_refuses() -> Self {
        Self { refuses: true, ..Self::default() }
    }

    /// Paths and queries that were sent, in order.
    pub(crate) fn crossings(&self) -> Vec<String> {
        self.crossings.lock().unwrap().clone()
    }
}

fn path(uri: &Uri) -> &str {
    uri.path_and_query().unwrap().as_str()
}

impl Transport for Gate {
    fn send(
        &self,
        purpose: Purpose,
        request: Request<Bytes>,
        limit_bytes: u64,
    ) -> BoxFuture<'_, Result<Answered, TransportError>> {
        assert_eq!(purpose, Purpose::ModelSearch);
        assert!(limit_bytes <= 16 << 20, "what is read of an answer has a limit");
        if self.refuses {
            return Box::pin(async { Err(TransportError::Refused("Sealed.".into())) });
        }
        self.crossings.lock().unwrap().push(path(request.uri()).to_owned());
        Box::pin(fetch(request))
    }
}

/// The least that fetches a page from the double.
#[allow(clippy::disallowed_types, reason = "stands for the gate, to a double on loopback")]
async fn fetch(request: Request<Bytes>) -> Result<Answered, TransportError> {
    let authority = request.uri().authority().unwrap().as_str();
    let away = |error: std::io::Error| TransportError::Unreachable(format!("{authority}: {error}"));
    let mut stream = tokio::net::TcpStream::connect(authority).await.map_err(away)?;
    let headers: String =
        request.headers().iter().map(|(name, value)| format!("{name}: {}\r\n", value.to_str().unwrap())).collect();
    let head = format!("{} {} HTTP/1.1\r\nhost: {authority}\r\n{headers}\r\n", request.method(), path(request.uri()));
    stream.write_all(head.as_bytes()).await.map_err(away)?;
    let mut text = String::new();
    stream.read_to_string(&mut text).await.map_err(away)?;
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    let status: u16 = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let mut response = Response::builder().status(status);
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        response = response.header(name, value);
    }
    let chunks: Vec<_> = body.as_bytes().chunks(7).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
    Ok(response.body(Box::pin(futures_util::stream::iter(chunks)) as _).unwrap())
}
