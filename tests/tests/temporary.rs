//! A temporary chat: answered like any other, found while it is open, and never on the disk.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use acceptance::{Session, files_under};
use domain::{Chat, ChatSummary, MessageState, SearchHit};
use serde_json::{Value, json};
use wire::{ChatView, Exported, Failure, Nothing};

/// Words that stand nowhere else.
const WORDS: &str = "quagmire zephyr xylophone";

/// The files under a folder that hold these words.
fn files_with(folder: &Path, words: &str) -> Vec<String> {
    let holds = |file: &Path| {
        let bytes = std::fs::read(folder.join(file)).unwrap_or_default();
        bytes.windows(words.len()).any(|window| window == words.as_bytes())
    };
    files_under(folder).iter().filter(|file| holds(file)).map(|file| file.display().to_string()).collect()
}

async fn temporary_chat(session: &Session) -> Chat {
    session.ok("chat_create", json!({"folder": null, "assistant": null, "temporary": true})).await
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_answered_and_found_and_no_file_ever_holds_a_word_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = Session::open(folder.path()).await;
    let chat = temporary_chat(&session).await;
    assert!(chat.temporary);
    session.ok::<Nothing>("chat_draft", json!({"chat": chat.id, "text": WORDS})).await;
    let pasted = format!("{WORDS} ").repeat(200);
    session.ok::<Value>("attachment_paste", json!({"chat": chat.id, "text": pasted})).await;

    let sent = session.send(chat.id, WORDS, None).await;
    assert_eq!(files_with(folder.path(), WORDS), [""; 0], "while it is being answered");
    let answer = session.ended(sent.answer.id).await;
    assert_eq!(answer.state, MessageState::Complete);
    let again: wire::Sent = session.ok("answer_again", json!({"message": answer.id})).await;
    session.ended(again.answer.id).await;

    let view: ChatView = session.ok("chat_open", json!({"chat": chat.id, "message": null})).await;
    assert!(view.chat.temporary);
    assert_eq!(view.messages.len(), 2);
    let hits: Vec<SearchHit> = session.ok("search", json!({"query": "quagmire", "limit": 9})).await;
    assert!(!hits.is_empty());
    let listed: Vec<ChatSummary> = session.ok("chat_list", json!({"trash": false})).await;
    assert!(listed.iter().any(|line| line.id == chat.id && line.temporary));

    session.core.shut_down().await;
    assert_eq!(files_with(folder.path(), WORDS), [""; 0]);

    let session = Session::open(folder.path()).await;
    let boot: wire::Boot = session.ok("boot", Value::Null).await;
    assert!(boot.chats.is_empty() && boot.last_chat.is_none());
    let gone = session.call::<ChatView>("chat_open", json!({"chat": chat.id, "message": null})).await;
    assert!(matches!(gone, Err(Failure::NotFound { .. })), "{gone:?}");
    session.core.shut_down().await;
}

/// What the test above looks for, it would find.
#[tokio::test(flavor = "multi_thread")]
async fn a_chat_that_is_kept_in_the_clear_is_found_on_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = Session::open(folder.path()).await;
    let chat = session.new_chat().await;
    session.ask(chat, WORDS, None).await;
    assert!(!files_with(folder.path(), WORDS).is_empty());
    session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deleted_it_is_gone_at_once_and_exported_it_is_a_file_of_the_users() {
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let mut session = Session::open(folder.path()).await;
    let chat = temporary_chat(&session).await;
    session.ask(chat.id, WORDS, None).await;

    let target = elsewhere.path().join("kept.md");
    *session.desktop.save_to.lock().unwrap() = Some(target.clone());
    let exported: Option<Exported> = session.ok("chat_export", json!({"chat": chat.id, "format": "markdown"})).await;
    assert!(exported.is_some() && std::fs::read_to_string(target).unwrap().contains(WORDS));

    session.ok::<Nothing>("chat_delete", json!({"chat": chat.id})).await;
    let trash: Vec<ChatSummary> = session.ok("chat_list", json!({"trash": true})).await;
    assert!(trash.is_empty(), "there is no trash in memory");
    let hits: Vec<SearchHit> = session.ok("search", json!({"query": "quagmire", "limit": 9})).await;
    assert!(hits.is_empty());
    session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_lies_in_no_folder() {
    let folder = tempfile::tempdir().unwrap();
    let session = Session::open(folder.path()).await;
    let made: domain::Folder = session.ok("folder_create", json!({"name": "Work"})).await;
    let chat: Chat = session.ok("chat_create", json!({"folder": made.id, "assistant": null, "temporary": true})).await;
    assert_eq!(chat.folder, None);
    let moved = session.call::<Chat>("chat_change", json!({"chat": chat.id, "patch": {"folder": made.id}})).await;
    assert!(matches!(moved, Err(Failure::InvalidInput { .. })), "{moved:?}");
    session.core.shut_down().await;
}
