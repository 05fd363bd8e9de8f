//! Doubles of all providers on loopback, for tests that are not written in Rust and for trying the application without
//! an account: `provider-double` prints a line of JSON with the addresses and keys of one of each kind, and serves until
//! its standard input closes.
//!
//! Each takes what it should do by `POST /__double/script`, e.g. `{"turns": [{"turn": "status", "code": 429,
//! "retry_after": "2"}]}`, and tells what arrived by `GET /__double/requests`.
//!
//! `provider-double --record FOLDER` writes the streams of `tests/fixtures/streams` instead.
#![allow(clippy::print_stdout)] // a test tool that speaks on stdout

use std::{fs, io, path::Path};

use acceptance::provider::{ENTRA, Kind, ProviderDouble, recorded};
use serde_json::{Map, Value, json};

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some("--record") {
        return record(Path::new(&arguments.next().expect("--record FOLDER")));
    }
    let mut doubles = Vec::new();
    let mut line = Map::new();
    for kind in Kind::ALL {
        let double = ProviderDouble::start(kind).await;
        let described = json!({"origin": double.origin(), "base_url": double.base_url(), "key": double.key()});
        line.insert(json!(kind).as_str().unwrap_or_default().to_owned(), described);
        doubles.push(double);
    }
    line.insert("entra".to_owned(), ENTRA.into());
    println!("{}", Value::Object(line));
    tokio::task::spawn_blocking(|| io::copy(&mut io::stdin(), &mut io::sink())).await.ok();
}

fn record(folder: &Path) {
    for stream in recorded() {
        let write = |end: &str, bytes: &[u8]| {
            let path = folder.join(format!("{}.{end}", stream.name));
            fs::write(&path, bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        };
        write("sse", &stream.stream);
        write("json", format!("{:#}\n", stream.expected).as_bytes());
    }
}
