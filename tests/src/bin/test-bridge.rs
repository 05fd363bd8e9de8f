//! The core over HTTP on loopback, so that the built interface runs against the real core in any browser. A tool for
//! tests: dialogs are answered by whoever holds the token, and it is in no release.
//!
//! `test-bridge [DATA_FOLDER]` prints one line of JSON, `{"url": …, "token": …}`, and serves until its standard input
//! closes. `url` opens the interface; `POST /cmd/NAME` runs a command (422 with a failure), `GET /watch?token=` sends
//! events, `POST /test/{pick,save,drop,menu}` play the desktop.
#![allow(clippy::print_stdout, clippy::disallowed_types, clippy::unwrap_used)] // a test tool that listens on loopback and speaks on stdout

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use acceptance::{Desktop, platform, profile};
use app::{Door, Hooks};
use axum::{
    Json, Router,
    body::Bytes,
    extract::{Query, Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response, Sse, sse},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
};

/// As strict as the window's, but that commands go to this origin.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
    font-src 'self'; connect-src 'self'; worker-src 'self' blob:; frame-src 'none'; object-src 'none'; form-action 'none'; base-uri 'none'";

#[derive(Clone)]
struct Bridge {
    door: Arc<Door>,
    desktop: Arc<Desktop>,
    token: Arc<str>,
}

#[tokio::main]
async fn main() {
    let temporary = tempfile::tempdir().unwrap();
    let data_folder = std::env::args_os().nth(1).map_or_else(|| temporary.path().to_owned(), PathBuf::from);
    let desktop = Arc::new(Desktop::default());
    let keychain = Arc::new(acceptance::no_keychain());
    let door = Door::begin(profile(&data_folder), platform(desktop.clone(), keychain), Hooks::default());
    let token: Arc<str> = domain::ChatId::new().to_string().into();

    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}/?bridge=1#token={token}", listener.local_addr().unwrap());
    println!("{}", json!({ "url": url, "token": &*token }));

    let bridge = Bridge { door: door.clone(), desktop, token };
    let guarded = Router::new()
        .route("/cmd/{name}", post(command))
        .route("/watch", get(watch))
        .route(
            "/test/pick",
            post(async |State(bridge): State<Bridge>, Json(paths): Json<Vec<PathBuf>>| {
                *bridge.desktop.picked.lock().unwrap() = paths
            }),
        )
        .route(
            "/test/save",
            post(async |State(bridge): State<Bridge>, Json(path): Json<PathBuf>| {
                *bridge.desktop.save_to.lock().unwrap() = Some(path)
            }),
        )
        .route(
            "/test/drop",
            post(async |State(bridge): State<Bridge>, Json(paths): Json<Vec<PathBuf>>| {
                bridge.door.core().await.unwrap().files_dropped(paths)
            }),
        )
        .route(
            "/test/menu",
            post(async |State(bridge): State<Bridge>, Json(action): Json<String>| {
                bridge.door.core().await.unwrap().menu(&action)
            }),
        )
        .route_layer(middleware::from_fn_with_state(bridge.clone(), only_with_the_token))
        .with_state(bridge);
    let served = axum::serve(listener, guarded.fallback(page)).into_future();
    tokio::select! {
        result = served => result.unwrap(),
        () = whoever_started_us_is_gone() => {}
    }
    door.shut_down().await;
}

async fn whoever_started_us_is_gone() {
    let mut rest = Vec::new();
    let _ = tokio::task::spawn_blocking(move || std::io::Read::read_to_end(&mut std::io::stdin(), &mut rest)).await;
}

#[derive(Deserialize)]
struct Token {
    token: Option<String>,
}

async fn only_with_the_token(
    State(bridge): State<Bridge>,
    Query(query): Query<Token>,
    headers: HeaderMap,
    request: Request,
    next: Next,
) -> Response {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    if bearer.or(query.token.as_deref()) == Some(&*bridge.token) {
        next.run(request).await
    } else {
        StatusCode::FORBIDDEN.into_response()
    }
}

async fn command(
    State(bridge): State<Bridge>,
    axum::extract::Path(name): axum::extract::Path<String>,
    body: Bytes,
) -> Response {
    let args = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap_or(Value::Null) };
    match bridge.door.dispatch(&name, args).await {
        Ok(value) => Json(value).into_response(),
        Err(failure) => (StatusCode::UNPROCESSABLE_ENTITY, Json(failure)).into_response(),
    }
}

async fn watch(State(bridge): State<Bridge>) -> Response {
    let (send, batches) = unbounded_channel();
    bridge.door.retry();
    let watching = bridge.door.watch(Arc::new(move |batch| {
        let _ = send.send(batch);
    }));
    let watch = match watching.await {
        Ok(watch) => watch,
        Err(failure) => return (StatusCode::UNPROCESSABLE_ENTITY, Json(failure)).into_response(),
    };
    let next = async |(watch, mut batches): (app::Watch, UnboundedReceiver<wire::EventBatch>)| {
        let batch = batches.recv().await?;
        Some((sse::Event::default().json_data(batch), (watch, batches)))
    };
    Sse::new(futures_util::stream::unfold((watch, batches), next)).keep_alive(sse::KeepAlive::default()).into_response()
}

/// The built interface.
async fn page(request: Request) -> Response {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/dist").canonicalize().unwrap();
    let asked = request.uri().path().trim_start_matches('/');
    let file = root.join(if asked.is_empty() { "index.html" } else { asked });
    let Some(file) = file.canonicalize().ok().filter(|file| file.starts_with(&root)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let kind = match file.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    };
    let bytes = tokio::fs::read(file).await.unwrap();
    ([(header::CONTENT_TYPE, kind), (header::CONTENT_SECURITY_POLICY, POLICY)], bytes).into_response()
}
