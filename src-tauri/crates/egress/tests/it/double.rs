//! A server that answers as a test says, and remembers who came.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};

/// What a server does with a request.
pub(crate) struct Reply {
    bytes: Vec<u8>,
    /// Keep the connection and say nothing more.
    hang: bool,
}

impl Reply {
    /// Bytes as they are, then the end of the connection.
    pub(crate) fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self { bytes: bytes.into(), hang: false }
    }

    /// Bytes as they are, then silence.
    pub(crate) fn hang(bytes: impl Into<Vec<u8>>) -> Self {
        Self { bytes: bytes.into(), hang: true }
    }

    pub(crate) fn ok(body: &str) -> Self {
        Self::raw(format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len()))
    }

    pub(crate) fn redirect(status: u16, location: &str) -> Self {
        let head = format!("HTTP/1.1 {status} Moved\r\nlocation: {location}\r\n");
        Self::raw(format!("{head}content-length: 0\r\nconnection: close\r\n\r\n"))
    }
}

/// A server on 127.0.0.1. It ends with the test's runtime.
pub(crate) struct Double {
    pub(crate) port: u16,
    connections: Arc<AtomicUsize>,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Double {
    pub(crate) async fn plain(answer: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        Self::start(None, answer).await
    }

    pub(crate) async fn tls(config: ServerConfig, answer: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        Self::start(Some(TlsAcceptor::from(Arc::new(config))), answer).await
    }

    async fn start(tls: Option<TlsAcceptor>, answer: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let double =
            Self { port: listener.local_addr().unwrap().port(), connections: Arc::default(), heads: Arc::default() };
        let (connections, heads, answer) = (double.connections.clone(), double.heads.clone(), Arc::new(answer));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                let (tls, heads, answer) = (tls.clone(), heads.clone(), answer.clone());
                tokio::spawn(async move {
                    match tls {
                        None => serve(stream, &heads, &*answer).await,
                        // A handshake that fails is the client's to report.
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                serve(stream, &heads, &*answer).await;
                            }
                        }
                    }
                });
            }
        });
        double
    }

    /// How often somebody connected.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// The heads of all requests, in lower case.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    heads: &Mutex<Vec<String>>,
    answer: &(dyn Fn(&str) -> Reply + Send + Sync),
) {
    let head = read_head(&mut stream).await;
    if head.is_empty() {
        return;
    }
    heads.lock().unwrap().push(head.to_lowercase());
    let reply = answer(&head);
    // Whoever hung up is the client's to report.
    let _ = stream.write_all(&reply.bytes).await;
    let _ = stream.flush().await;
    if reply.hang {
        std::future::pending::<()>().await;
    }
    let _ = stream.shutdown().await;
}

async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return String::new(),
        }
    }
    String::from_utf8(head).unwrap()
}

/// A proxy on 127.0.0.1 that leads every connection to one port of this computer, whatever host was asked for.
pub(crate) struct ProxyDouble {
    pub(crate) port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl ProxyDouble {
    /// Speaks `CONNECT`. `refuse`: the status line to refuse with.
    pub(crate) async fn http(target: u16, refuse: Option<&'static str>) -> Self {
        Self::start(move |mut stream| async move {
            let head = read_head(&mut stream).await;
            match refuse {
                Some(status) => stream.write_all(format!("HTTP/1.1 {status}\r\n\r\n").as_bytes()).await.unwrap(),
                None => {
                    stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").await.unwrap();
                    lead(stream, target).await;
                }
            }
            head
        })
        .await
    }

    /// Speaks SOCKS 5 (RFC 1928) with a name and password (RFC 1929), and tells which name it was to look up.
    pub(crate) async fn socks(target: u16) -> Self {
        Self::start(move |mut stream| async move {
            let mut greeting = vec![0; 2];
            stream.read_exact(&mut greeting).await.unwrap();
            let mut methods = vec![0; greeting[1].into()];
            stream.read_exact(&mut methods).await.unwrap();
            stream.write_all(&[5, 2]).await.unwrap();
            stream.read_u8().await.unwrap();
            let user = counted(&mut stream).await;
            let password = counted(&mut stream).await;
            stream.write_all(&[1, 0]).await.unwrap();
            let mut request = [0; 4];
            stream.read_exact(&mut request).await.unwrap();
            assert_eq!(request, [5, 1, 0, 3], "the proxy looks up the name");
            let host = counted(&mut stream).await;
            let port = stream.read_u16().await.unwrap();
            stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await.unwrap();
            lead(stream, target).await;
            format!("{user}:{password}@{host}:{port}")
        })
        .await
    }

    async fn start<F: Future<Output = String> + Send>(
        speak: impl Fn(TcpStream) -> F + Send + Sync + Clone + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let double = Self { port: listener.local_addr().unwrap().port(), asked: Arc::default() };
        let asked = double.asked.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (asked, speak) = (asked.clone(), speak.clone());
                tokio::spawn(async move {
                    let what = speak(stream).await;
                    asked.lock().unwrap().push(what);
                });
            }
        });
        double
    }

    /// What it was asked, one connection an entry.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn counted(stream: &mut TcpStream) -> String {
    let mut bytes = vec![0; stream.read_u8().await.unwrap().into()];
    stream.read_exact(&mut bytes).await.unwrap();
    String::from_utf8(bytes).unwrap()
}

/// Carries bytes both ways, apart from the conversation that comes back.
async fn lead(mut stream: TcpStream, target: u16) {
    let mut to = TcpStream::connect(("127.0.0.1", target)).await.unwrap();
    tokio::spawn(async move { tokio::io::copy_bidirectional(&mut stream, &mut to).await });
}
