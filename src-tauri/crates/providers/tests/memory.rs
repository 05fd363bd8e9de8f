//! What a stream may hold in memory, whatever a provider sends: bytes that live at once, counted by the allocator of
//! this process. One test, so that nothing else is counted.
#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use domain::{
    Answered, BoxFuture, BoxStream, Delta, EngineError, Model, ModelId, OpenaiApi, Prompt, Provider, ProviderAuth,
    ProviderId, ProviderKind, ProviderModel, Purpose, Role, Sampling, Timestamp, Transport, TransportError, Turn, Zone,
};
use futures_util::StreamExt;
use http::{Request, Response};
use peak_alloc::PeakAlloc;
use providers::{Chosen, Connection, Remote, Wait};
use serde_json::{Value, json};

#[global_allocator]
static COUNTED: PeakAlloc = PeakAlloc;

/// Most that a stream may hold.
const MOST: usize = 8 << 20;
/// What a hostile server sends, and in pieces of this many bytes, as they come off a socket.
const FLOOD: usize = 64 << 20;
const CHUNK: usize = 64 << 10;

type Chunks = Box<dyn Iterator<Item = Bytes> + Send>;

/// Sends a flood that is made while it is read.
struct Flood(Mutex<Option<Chunks>>);

impl Transport for Flood {
    fn send(&self, _: Purpose, _: Request<Bytes>, _: u64) -> BoxFuture<'_, Result<Answered, TransportError>> {
        let chunks = self.0.lock().unwrap().take().unwrap_or_else(|| Box::new(std::iter::empty()));
        Box::pin(async move {
            let body: BoxStream<Result<Bytes, TransportError>> = Box::pin(futures_util::stream::iter(chunks.map(Ok)));
            Ok(Response::builder().header("content-type", "text/event-stream").body(body).unwrap())
        })
    }
}

const FORMATS: [(ProviderKind, OpenaiApi); 4] = [
    (ProviderKind::Openai, OpenaiApi::ChatCompletions),
    (ProviderKind::Openai, OpenaiApi::Responses),
    (ProviderKind::Anthropic, OpenaiApi::Responses),
    (ProviderKind::Gemini, OpenaiApi::Responses),
];

fn remote((kind, api): (ProviderKind, OpenaiApi), chunks: Chunks) -> Remote {
    let model = ProviderModel {
        id: ModelId::new(),
        name: "m".to_owned(),
        title: String::new(),
        context_tokens: None,
        max_output_tokens: None,
        images: false,
        reasoning: false,
    };
    let provider = Provider {
        id: ProviderId::new(),
        kind,
        handle: "x".to_owned(),
        name: "X".to_owned(),
        base_url: "https://api.example.org/v1".to_owned(),
        zone: Zone::Cloud,
        region: String::new(),
        retention: String::new(),
        api,
        api_version: String::new(),
        auth: ProviderAuth::None,
        headers: Vec::new(),
        client_certificate: String::new(),
        models: Vec::new(),
        added_at: Timestamp(0),
    };
    let transport = Arc::new(Flood(Mutex::new(Some(chunks))));
    let connection = Connection { provider, key: None, headers: Vec::new(), transport, chat: None };
    Remote::new(connection, model, Chosen::default(), Wait::default())
}

/// An event that says this text, in each format.
fn piece((kind, api): (ProviderKind, OpenaiApi), text: &str) -> String {
    let data = match (kind, api) {
        (ProviderKind::Anthropic, _) => {
            json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}})
        }
        (ProviderKind::Gemini, _) => json!({"candidates": [{"content": {"parts": [{"text": text}]}}]}),
        (_, OpenaiApi::Responses) => json!({"type": "response.output_text.delta", "delta": text}),
        _ => json!({"choices": [{"index": 0, "delta": {"content": text}}]}),
    };
    event(&data)
}

fn event(data: &Value) -> String {
    format!("event: {}\ndata: {data}\n\n", data["type"].as_str().unwrap_or("x"))
}

/// A text over and over, up to so many bytes, cut as a socket cuts it.
fn flood(text: impl Into<Bytes>, bytes: usize) -> Chunks {
    let text: Bytes = text.into();
    let times = (CHUNK / text.len()).max(1);
    let chunk = Bytes::from(text.repeat(times));
    Box::new((0..bytes.div_ceil(chunk.len())).flat_map(move |_| {
        let chunk = chunk.clone();
        (0..chunk.len().div_ceil(CHUNK)).map(move |n| chunk.slice(n * CHUNK..chunk.len().min((n + 1) * CHUNK)))
    }))
}

fn prompt() -> Prompt {
    let turns = vec![Turn::said(Role::User, "How is the sea?")];
    Prompt { cache_key: "chat".to_owned(), turns, open: None, sampling: Sampling::default() }
}

/// Most bytes that lived at once while this was read, and bytes of text that came out. `halting`: whoever reads takes
/// one piece and then nothing until the flood has nowhere to go.
async fn read(remote: &Remote, halting: bool) -> (usize, usize) {
    COUNTED.reset_peak_usage();
    let before = COUNTED.current_usage();
    let mut answer = remote.answer(prompt());
    let mut heard = 0;
    let mut count = |delta: &Result<Delta, EngineError>| {
        if let Ok(Delta::Piece { text, .. }) = delta {
            heard += text.len();
        }
    };
    if halting {
        count(&answer.next().await.unwrap());
        for _ in 0..10_000 {
            tokio::task::yield_now().await;
        }
    } else {
        while let Some(delta) = answer.next().await {
            count(&delta);
        }
    }
    let most = COUNTED.peak_usage() - before;
    // What an aborted task held is given back when its turn comes.
    drop(answer);
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    (most, heard)
}

#[tokio::test(start_paused = true)]
async fn no_stream_holds_more_than_8_mebibytes() {
    for format in FORMATS {
        let tiny = piece(format, "word ");
        let large = piece(format, &"x".repeat(1 << 20));
        let many = event(&json!({"type": "x", "all": vec![json!({"a": 0}); 9_900]}));
        let keys: serde_json::Map<String, Value> = (0..9_000).map(|n| (format!("{n:0>200}"), json!({}))).collect();
        let cases: [(&str, Chunks, bool, usize); 10] = [
            ("tiny pieces of text", flood(tiny.clone(), FLOOD / 16), false, 1 << 17),
            ("pieces of text", flood(piece(format, &"x".repeat(1_000)), FLOOD), false, FLOOD / 2),
            ("large pieces of text", flood(large.clone(), FLOOD / 4), false, FLOOD / 8),
            ("tiny pieces that nobody takes", flood(tiny, FLOOD), true, 1),
            ("large pieces that nobody takes", flood(large, FLOOD), true, 1),
            ("a line without end", flood("x", FLOOD), false, 0),
            ("an event without end", flood("data: xxxxxxxxxxxxxxxx\n", FLOOD), false, 0),
            (
                "10,000 events that are no JSON",
                flood(format!("data: {{\"a\":{}\n\n", "[".repeat(1_000)), 10_000 * 1_012),
                false,
                0,
            ),
            ("events of many values", flood(many, FLOOD / 16), false, 0),
            ("events of many fields", flood(event(&json!({"type": "x", "all": keys})), FLOOD / 16), false, 0),
        ];
        for (name, chunks, halting, least) in cases {
            let remote = remote(format, chunks);
            let (most, heard) = read(&remote, halting).await;
            assert!(most > 0, "{format:?}, {name}: nothing was counted");
            assert!(heard >= least, "{format:?}, {name}: only {heard} bytes of text were heard");
            assert!(most <= MOST, "{format:?}, {name}: {most} bytes");
        }
    }
}
