//! A proxy on 127.0.0.1 that leads every connection to one port of this computer, whatever host was asked for. The
//! acceptance tests use it too.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// A proxy. It ends with the test's runtime.
pub(crate) struct ProxyDouble {
    pub(crate) port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl ProxyDouble {
    /// Speaks `CONNECT`.
    pub(crate) async fn http(target: u16) -> Self {
        Self::start(move |mut stream, asked| async move {
            note(&asked, read_head(&mut stream).await);
            stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").await.unwrap();
            lead(stream, target).await;
        })
        .await
    }

    /// Answers `CONNECT` with these bytes, whatever they are, and hangs up.
    pub(crate) async fn saying(bytes: &'static [u8]) -> Self {
        Self::start(move |mut stream, asked| async move {
            note(&asked, read_head(&mut stream).await);
            // Whoever hung up is the client's to report.
            let _ = stream.write_all(bytes).await;
            let _ = stream.shutdown().await;
        })
        .await
    }

    /// Speaks SOCKS 5 (RFC 1928), with a name and password (RFC 1929) where the client has them, and tells which name it
    /// was to look up. `refuse`: the code to refuse with.
    pub(crate) async fn socks(target: u16, refuse: Option<u8>) -> Self {
        Self::start(move |mut stream, asked| async move {
            let mut greeting = [0; 2];
            stream.read_exact(&mut greeting).await.unwrap();
            let mut methods = vec![0; greeting[1].into()];
            stream.read_exact(&mut methods).await.unwrap();
            let mut who = String::new();
            if methods.contains(&2) {
                stream.write_all(&[5, 2]).await.unwrap();
                stream.read_u8().await.unwrap();
                who = counted(&mut stream).await + ":" + &counted(&mut stream).await + "@";
                stream.write_all(&[1, 0]).await.unwrap();
            } else {
                stream.write_all(&[5, 0]).await.unwrap();
            }
            let mut request = [0; 4];
            stream.read_exact(&mut request).await.unwrap();
            assert_eq!(request, [5, 1, 0, 3], "the proxy looks up the name");
            let host = counted(&mut stream).await;
            let port = stream.read_u16().await.unwrap();
            note(&asked, format!("{who}{host}:{port}"));
            stream.write_all(&[5, refuse.unwrap_or(0), 0, 1, 0, 0, 0, 0, 0, 0]).await.unwrap();
            if refuse.is_none() {
                lead(stream, target).await;
            }
        })
        .await
    }

    async fn start<F: Future<Output = ()> + Send + 'static>(
        speak: impl Fn(TcpStream, Arc<Mutex<Vec<String>>>) -> F + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let double = Self { port: listener.local_addr().unwrap().port(), asked: Arc::default() };
        let asked = double.asked.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(speak(stream, asked.clone()));
            }
        });
        double
    }

    /// What it was asked, one connection an entry.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn note(asked: &Mutex<Vec<String>>, what: String) {
    asked.lock().unwrap().push(what);
}

async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

async fn counted(stream: &mut TcpStream) -> String {
    let mut bytes = vec![0; stream.read_u8().await.unwrap().into()];
    stream.read_exact(&mut bytes).await.unwrap();
    String::from_utf8(bytes).unwrap()
}

/// Carries bytes both ways until one side is done.
async fn lead(mut stream: TcpStream, target: u16) {
    let mut to = TcpStream::connect(("127.0.0.1", target)).await.unwrap();
    let _ = tokio::io::copy_bidirectional(&mut stream, &mut to).await;
}
