//! Fills a folder with chats and measures search and opening: `fill FOLDER [MESSAGES] [LONGEST_CHAT] [--encrypted]`.
//! `./dev bench` runs it. A folder that is filled already is only measured.
#![allow(clippy::print_stdout)]

use std::{path::Path, sync::Arc, time::Instant};

use domain::{ChatId, MessageId, ModelId, Route, Sampling, Secret, SystemClock, Usage};
use sqlx::{ConnectOptions, Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use store::{Store, StoreError, StoreOptions};

const SHORT_CHAT: u32 = 50;

#[tokio::main]
async fn main() -> Result<(), StoreError> {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let encrypted = words.iter().position(|word| word == "--encrypted").map(|at| words.remove(at)).is_some();
    let Some(folder) = words.first() else {
        println!("fill FOLDER [MESSAGES] [LONGEST_CHAT] [--encrypted]");
        return Ok(());
    };
    let number = |at: usize, default: u32| words.get(at).and_then(|word| word.parse().ok()).unwrap_or(default);
    let (messages, longest) = (number(1, 100_000), number(2, 10_000));

    let options = StoreOptions {
        folder: Path::new(folder).to_owned(),
        key: encrypted.then(|| Secret::new([7; 32])),
        clock: Arc::new(SystemClock),
        max_pages: None,
    };
    let started = Instant::now();
    let store = Store::open(options.clone()).await?.store;
    println!("open                      {:8.1} ms", ms(started));
    if store.chats(false).await?.is_empty() {
        let started = Instant::now();
        fill(&options, messages, longest).await.map_err(|error| StoreError::Unexpected(error.to_string()))?;
        println!("fill {messages} messages     {:8.1} ms", ms(started));
    }
    store.close().await;
    drop(store);
    let started = Instant::now();
    let store = Store::open(options).await?.store;
    println!("open again                {:8.1} ms", ms(started));
    println!("size                      {:8.1} MB", store.size_bytes().await? as f64 / 1e6);
    measure_opening(&store).await?;
    measure_search(&store).await?;
    store.close().await;
    Ok(())
}

/// Writes rows in bulk, as the store would have written them one by one (its words have no script that is spaced).
async fn fill(options: &StoreOptions, messages: u32, longest: u32) -> Result<(), sqlx::Error> {
    let mut connect = SqliteConnectOptions::new().filename(options.folder.join(store::DATABASE));
    if let Some(key) = &options.key {
        let hex: String = key.reveal().iter().map(|byte| format!("{byte:02x}")).collect();
        connect = connect.pragma("key", format!("\"x'{hex}'\""));
    }
    let mut writer = connect.disable_statement_logging().connect().await?;
    let mut prose = Prose(1);
    let mut written = 0;
    while written < messages {
        let length = if written == 0 { longest } else { SHORT_CHAT }.min(messages - written);
        converse(&mut writer, &mut prose, i64::from(written), i64::from(length)).await?;
        written += length;
    }
    writer.close().await
}

/// A chat of so many messages, questions and answers in turn.
async fn converse(
    writer: &mut SqliteConnection,
    prose: &mut Prose,
    first: i64,
    length: i64,
) -> Result<(), sqlx::Error> {
    let (chat, at) = (ChatId::new().to_string(), 1_700_000_000_000 + first * 60_000);
    let ids: Vec<String> = (0..length).map(|_| MessageId::new().to_string()).collect();
    let mut step = writer.begin().await?;
    sqlx::query(
        "INSERT INTO chat (id, title, title_rank, pinned, settings, leaf, draft, created_at, updated_at)
         VALUES (?, ?, 1, 0, '{}', ?, '', ?, ?)",
    )
    .bind(&chat)
    .bind(prose.words(4))
    .bind(ids.last())
    .bind(at)
    .bind(at)
    .execute(&mut *step)
    .await?;
    for (depth, id) in (0..).zip(&ids) {
        let (number, asked) = (first + depth + 1, depth % 2 == 0);
        let text = prose.words(if asked { 12 } else { 60 });
        sqlx::query(
            "INSERT INTO message (number, id, chat, parent, depth, shown_child, role, text, reasoning, state, created_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', 'complete', ?)",
        )
        .bind(number)
        .bind(id)
        .bind(&chat)
        .bind((depth > 0).then_some(number - 1))
        .bind(depth)
        .bind((depth + 1 < length).then_some(number + 1))
        .bind(if asked { "user" } else { "assistant" })
        .bind(&text)
        .bind(at + depth)
        .execute(&mut *step)
        .await?;
        if !asked {
            answer(&mut step, number).await?;
        }
        for index in ["INSERT INTO word (rowid, text) VALUES (?, ?)", "INSERT INTO trigram (rowid, text) VALUES (?, ?)"]
        {
            sqlx::query(index).bind(number).bind(&text).execute(&mut *step).await?;
        }
    }
    step.commit().await
}

async fn answer(step: &mut SqliteConnection, number: i64) -> Result<(), sqlx::Error> {
    let facts = [
        serde_json::to_string(&Sampling::default()),
        serde_json::to_string(&Route::ThisComputer { reason: "The only place.".to_owned() }),
        serde_json::to_string(&Usage::default()),
    ];
    let [sampling, route, usage] = facts.map(|fact| fact.expect("BUG: the domain's values serialise"));
    sqlx::query(
        "INSERT INTO answer (message, model, model_name, engine_build, template_sha256, template_fallback, prompt_sha256,
             sampling, route, usage, tokens) VALUES (?, ?, 'bench', 'b1', '', 0, '', ?, ?, ?, ?)",
    )
    .bind(number)
    .bind(ModelId::new().to_string())
    .bind(sampling)
    .bind(route)
    .bind(usage)
    .bind(vec![1_u8; 320])
    .execute(step)
    .await?;
    Ok(())
}

async fn measure_opening(store: &Store) -> Result<(), StoreError> {
    let mut longest = (0, None);
    for chat in store.chats(false).await? {
        if let Some(leaf) = store.chat(chat.id).await?.leaf {
            let (_, _, count) = store.branch(chat.id, leaf, 1).await?;
            if count > longest.0 {
                longest = (count, Some((chat.id, leaf)));
            }
        }
    }
    let Some((chat, leaf)) = longest.1 else { return Ok(()) };
    for (what, limit) in [("last 60", 60), ("all", u32::MAX)] {
        let started = Instant::now();
        let (messages, _, count) = store.branch(chat, leaf, limit).await?;
        println!("branch of {count}, {what:<9} {:8.1} ms ({} messages)", ms(started), messages.len());
    }
    let started = Instant::now();
    let turns = store.turns(leaf).await?;
    println!("turns of {:<16} {:8.1} ms", turns.len(), ms(started));
    let started = Instant::now();
    let chats = store.chats(false).await?;
    println!("list of {:<17} {:8.1} ms", chats.len(), ms(started));
    Ok(())
}

/// Frequent and rare words, beginnings, pieces, several at once, and what is not there.
async fn measure_search(store: &Store) -> Result<(), StoreError> {
    let mut prose = Prose(99);
    let mut queries: Vec<String> = (0..100).map(|_| prose.words(1)).collect();
    queries.extend((0..40).map(|_| prose.words(2)));
    queries.extend((0..40).map(|_| prose.words(1)[1..].to_owned()));
    queries.extend((0..40).map(|_| prose.words(1).chars().take(2).collect()));
    queries.extend(["東京", "🙂", "nothinglikeit", "e", "a b c d"].map(str::to_owned));
    let mut times: Vec<(f64, &str)> = Vec::new();
    for query in &queries {
        let started = Instant::now();
        store.search(query, 50).await?;
        times.push((ms(started), query));
    }
    times.sort_by(|one, other| one.0.total_cmp(&other.0));
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!("search p50                {:8.1} ms", at(0.5).0);
    println!("search p95                {:8.1} ms", at(0.95).0);
    for (time, query) in times.iter().rev().take(5) {
        println!("search slowest            {time:8.1} ms ({query})");
    }
    Ok(())
}

fn ms(started: Instant) -> f64 {
    started.elapsed().as_secs_f64() * 1000.0
}

/// Words of a made-up language, some of them much more frequent than others; the same for the same seed.
struct Prose(u64);

impl Prose {
    fn next(&mut self) -> u64 {
        // SplitMix64 (Steele, Lea and Flood, 2014).
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn words(&mut self, count: usize) -> String {
        let mut text = String::new();
        for at in 0..count {
            if at > 0 {
                text.push(' ');
            }
            let share = (self.next() >> 11) as f64 / (1u64 << 53) as f64;
            // Zipf-like over 20,000 words.
            let mut rank = Prose(20_000f64.powf(share) as u64);
            for _ in 0..2 + rank.next() % 3 {
                let syllable = rank.next() as usize;
                text.push_str(["ka", "ro", "mi", "ten", "lu", "s", "ver", "di", "no", "pa"][syllable % 10]);
                text.push_str(["", "n", "l", "st"][syllable / 10 % 4]);
            }
        }
        text
    }
}
