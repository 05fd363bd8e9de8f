//! What goes wrong in the world must cost nothing that was shown, and must be said in a sentence.
#![allow(clippy::unwrap_used)]

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use acceptance::{Session, no_keychain, target_folder};
use domain::{ChatSummary, Message, MessageId, MessageState};
use serde_json::{Value, json};
use wire::{ChatView, Failure, Sent};

fn random_below(limit: u64) -> u64 {
    use std::hash::{BuildHasher, Hasher};
    std::collections::hash_map::RandomState::new().build_hasher().finish() % limit
}

fn headless(folder: &Path) -> Child {
    Command::new(target_folder().join("headless")).arg(folder).stdout(Stdio::piped()).spawn().unwrap()
}

/// What a headless core showed, with the moment.
struct Shown {
    line: Value,
    at: Instant,
}

/// Reads what a core shows until it has shown `lines` lines, waits a moment, kills it, and returns all it showed.
fn kill_after(mut child: Child, lines: usize, moment: Duration) -> (Vec<Shown>, Instant) {
    let (send, receive) = std::sync::mpsc::channel();
    let out = BufReader::new(child.stdout.take().unwrap());
    let reader = std::thread::spawn(move || {
        for line in out.lines().map_while(Result::ok) {
            if let Ok(line) = serde_json::from_str(&line) {
                let _ = send.send(Shown { line, at: Instant::now() });
            }
        }
    });
    let mut shown = Vec::new();
    while shown.len() < lines {
        shown.push(receive.recv_timeout(acceptance::PATIENCE).expect("the headless core shows nothing"));
    }
    let until = Instant::now() + moment;
    while let Some(left) = until.checked_duration_since(Instant::now()) {
        match receive.recv_timeout(left) {
            Ok(more) => shown.push(more),
            Err(_) => break,
        }
    }
    child.kill().unwrap();
    let killed = Instant::now();
    child.wait().unwrap();
    reader.join().unwrap();
    shown.extend(receive.try_iter());
    (shown, killed)
}

async fn messages(session: &Session) -> Vec<Message> {
    let mut all = Vec::new();
    for chat in session.ok::<Vec<ChatSummary>>("chat_list", json!({"trash": false})).await {
        let text = session.core.exported(chat.id, wire::ExportFormat::Json).await.unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        all.extend(serde_json::from_value::<Vec<Message>>(value["messages"].clone()).unwrap());
    }
    all
}

/// Invariant I4 under SIGKILL, at a hundred random moments on one data folder that only ever grows.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_core_loses_no_question_and_no_token_older_than_250_ms() {
    let folder = tempfile::tempdir().unwrap();
    let story = {
        let mut session = Session::open(folder.path()).await;
        let chat = session.new_chat().await;
        let story = session.ask(chat, "Tell me a story", None).await.text;
        session.core.shut_down().await;
        story
    };
    for round in 0..100 {
        let path = folder.path().to_owned();
        let (shown, killed) = tokio::task::spawn_blocking(move || {
            kill_after(headless(&path), 1, Duration::from_millis(random_below(400)))
        })
        .await
        .unwrap();
        let session = Session::open(folder.path()).await;
        let kept = messages(&session).await;
        let by_id = |id: &Value| {
            let id: MessageId = serde_json::from_value(id.clone()).unwrap();
            kept.iter().find(|message| message.id == id)
        };
        let mut due = std::collections::HashMap::<String, String>::new();
        for Shown { line, at } in &shown {
            if let Some(question) = line.get("sent") {
                assert!(by_id(question).is_some(), "round {round}: a question that was acknowledged is gone");
            } else if let Some(ended) = line.get("ended") {
                assert_eq!(by_id(ended).unwrap().text, line["text"].as_str().unwrap(), "round {round}");
            } else if killed.saturating_duration_since(*at) > Duration::from_millis(250) {
                due.entry(line["answer"].to_string()).or_default().push_str(line["text"].as_str().unwrap());
            }
        }
        for (answer, text) in due {
            let message = by_id(&serde_json::from_str(&answer).unwrap()).unwrap();
            assert!(message.text.starts_with(&text), "round {round}: {:?} does not begin with {text:?}", message.text);
        }
        for message in kept.iter().filter(|message| message.answer.is_some()) {
            assert!(story.starts_with(&message.text), "round {round}: {:?}", message.text);
            let expected = if message.text == story { None } else { Some(MessageState::Interrupted) };
            assert!(expected.is_none_or(|state| message.state == state), "round {round}: {:?}", message.state);
        }
        session.core.shut_down().await;
    }
    let mut session = Session::open(folder.path()).await;
    let open =
        messages(&session).await.into_iter().filter(|message| message.state == MessageState::Interrupted).take(5);
    for message in open.collect::<Vec<_>>() {
        let sent: Sent = session.ok("answer_continue", json!({"message": message.id})).await;
        assert_eq!(session.ended(sent.answer.id).await.text, story, "an interrupted answer goes on to the same end");
    }
    session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_worker_costs_a_message_and_the_answer_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = Session::open(folder.path()).await;
    let chat = session.new_chat().await;
    let story = session.ask(chat, "Tell me a story", None).await.text;
    let mut broken = 0;
    for _ in 0..10 {
        let chat = session.new_chat().await;
        let sent = session.send(chat, "Tell me a story", None).await;
        let shown = session.shown(sent.answer.id, 1 + random_below(60) as usize).await;
        kill_workers();
        let ended = session.ended(sent.answer.id).await;
        assert!(ended.text.starts_with(&shown) && story.starts_with(&ended.text), "{:?}", ended.text);
        if ended.state == MessageState::Failed {
            broken += 1;
            let error = ended.answer.unwrap().error.unwrap();
            assert!(error.contains("stopped unexpectedly") && error.contains("What was written is kept"), "{error}");
            let again: Sent = session.ok("answer_continue", json!({"message": sent.answer.id})).await;
            assert_eq!(session.ended(again.answer.id).await.text, story);
        }
    }
    assert!(broken > 0, "no kill came in time to break an answer off");
    session.core.shut_down().await;
}

/// Kills the workers that this test process started.
fn kill_workers() {
    let me = std::process::id().to_string();
    let _ = Command::new("pkill").args(["-9", "-P", &me, "drawbridge-eng"]).status();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_cores_share_a_folder_and_neither_interrupts_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = Session::open(folder.path()).await;
    let chat = first.new_chat().await;
    let sent = first.send(chat, "Tell me a story", None).await;
    let second = Session::open(folder.path()).await;
    let ended = first.ended(sent.answer.id).await;
    assert_eq!(ended.state, MessageState::Complete, "the start of a second core left the first one's answer alone");
    let view: ChatView = second.ok("chat_open", json!({"chat": chat, "message": null})).await;
    assert_eq!(view.messages.last().unwrap().text, ended.text);
    second.core.shut_down().await;
    first.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn shutting_down_in_mid_answer_keeps_what_was_shown() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = Session::open(folder.path()).await;
    let chat = session.new_chat().await;
    let sent = session.send(chat, "Tell me a story", None).await;
    let shown = session.shown(sent.answer.id, 20).await;
    session.core.shut_down().await;
    let session = Session::open(folder.path()).await;
    let view: ChatView = session.ok("chat_open", json!({"chat": chat, "message": null})).await;
    let answer = view.messages.last().unwrap();
    assert!(answer.text.starts_with(&shown), "{:?} does not begin with {shown:?}", answer.text);
    session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paste_of_ten_megabytes_is_kept_and_refused_with_figures() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = Session::open(folder.path()).await;
    let chat = session.new_chat().await;
    let paste = "All work and no play. ".repeat(10 * 1024 * 1024 / 22);
    let answer = session.ask(chat, &paste, None).await;
    assert_eq!(answer.state, MessageState::Failed);
    let error = answer.answer.unwrap().error.unwrap();
    assert!(error.contains("tokens") && error.contains("2048"), "{error}");
    let view: ChatView = session.ok("chat_open", json!({"chat": chat, "message": null})).await;
    assert_eq!(view.messages[0].text, paste);
    assert_eq!(
        session.ask(chat, "What is the capital of Norway?", None).await.state,
        MessageState::Complete,
        "the chat goes on"
    );
    session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_longer_than_the_context_leaves_out_its_start_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = Session::open(folder.path()).await;
    let chat = session.new_chat().await;
    session.ok::<domain::Chat>("chat_change", json!({"chat": chat, "patch": {"settings": {"max_tokens": 24}}})).await;
    let mut parent = None;
    for _ in 0..8 {
        parent = Some(session.ask(chat, &"Count to twenty ".repeat(60), parent).await.id);
    }
    let meter: wire::ContextMeter = session
        .ok("context_measure", json!({"chat": chat, "text": "What is the capital of Norway?", "parent": parent}))
        .await;
    assert!(meter.left_out > 0 && meter.used <= meter.limit, "{meter:?}");
    let answer = session.ask(chat, "What is the capital of Norway?", parent).await;
    assert_eq!(answer.state, MessageState::Complete, "{:?}", answer.answer);
    session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_file_that_goes_away_is_named_and_its_chat_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.gguf");
    std::fs::copy(acceptance::starter_model(), &path).unwrap();
    let mut session = Session::open(folder.path()).await;
    let card = session.core.import(&path).await.unwrap();
    let chat = session.new_chat().await;
    session.ok::<domain::Chat>("chat_change", json!({"chat": chat, "patch": {"model": card.id}})).await;
    let first = session.ask(chat, "Hello", None).await;
    assert_eq!(first.state, MessageState::Complete);
    std::fs::remove_file(&path).unwrap();
    let second = session.ask(chat, "Hello", Some(first.id)).await;
    assert_eq!(second.state, MessageState::Failed);
    let error = second.answer.unwrap().error.unwrap();
    assert!(error.contains("mine.gguf") && error.contains("not there"), "{error}");
    session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_and_truncated_models_are_refused_in_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let whole = std::fs::read(acceptance::starter_model()).unwrap();
    let session = Session::open(folder.path()).await;
    for (name, bytes) in
        [("cut.gguf", &whole[..whole.len() / 2]), ("text.gguf", &b"hello"[..]), ("empty.gguf", &[][..])]
    {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let refused = session.core.import(&path).await;
        let Err(Failure::ModelUnreadable { message }) = &refused else { panic!("{name}: {refused:?}") };
        assert!(message.contains(name) && message.ends_with("The file is left as it is."), "{message}");
        assert_eq!(std::fs::read(&path).unwrap(), bytes);
    }
    session.core.shut_down().await;
}

/// Opens a folder that holds a database of the test's making, and expects a refusal that leaves it as it is.
async fn refused(bytes: &[u8], keychain: vault::MemoryKeychain) -> Failure {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("drawbridge.db");
    std::fs::write(&database, bytes).unwrap();
    let failure = Session::open_with(folder.path(), Arc::new(keychain)).await.err().expect("it was opened");
    assert_eq!(std::fs::read(&database).unwrap(), bytes, "the file was changed");
    failure
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_cannot_be_read_is_left_alone() {
    let noise: Vec<u8> = (0..64 * 1024_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let locked = refused(&noise, no_keychain()).await;
    assert!(matches!(locked, Failure::StoreLocked { .. }), "{locked:?}");
    let mut broken = b"SQLite format 3\0".to_vec();
    broken.extend_from_slice(&noise);
    let damaged = refused(&broken, no_keychain()).await;
    assert!(matches!(damaged, Failure::StoreDamaged { .. }), "{damaged:?}");
}
