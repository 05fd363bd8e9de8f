//! A chat with the real starter model, the real worker and a real database.
#![allow(clippy::unwrap_used)]

use acceptance::Session;
use domain::{Chat, FinishReason, Message, MessageState, Role, SearchHit, Thumb, TitleSource};
use serde_json::{Value, json};
use wire::{ChatView, ContextMeter, CopyText, Exported, Failure, Nothing, Sent};

const ABOUT: &str = "Drawbridge is a desktop app for chatting with language models. Models run on your own computer, and your chats stay there too. If you allow it, hard questions can also go to a cloud model.";

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_answered_kept_and_found_again() {
    let folder = folder();
    let mut session = Session::open(folder.path()).await;
    let chat = session.new_chat().await;
    let answer = session.ask(chat, "What is Drawbridge?", None).await;
    assert_eq!(answer.text, ABOUT);
    assert_eq!(answer.state, MessageState::Complete);
    let facts = answer.answer.clone().unwrap();
    assert_eq!(facts.finish, Some(FinishReason::EndOfTurn));
    assert_eq!(facts.model_name, "Starter model");
    assert!(facts.usage.output_tokens > 10 && facts.usage.prompt_tokens > 5, "{:?}", facts.usage);
    assert!(!facts.provenance.template_sha256.is_empty() && !facts.provenance.prompt_sha256.is_empty());
    session.core.shut_down().await;

    let session = Session::open(folder.path()).await;
    let boot: wire::Boot = session.ok("boot", Value::Null).await;
    assert_eq!(boot.last_chat, Some(chat));
    assert_eq!(boot.chats[0].title, "What is Drawbridge?");
    let view: ChatView = session.ok("chat_open", json!({"chat": chat, "message": null})).await;
    assert_eq!(
        view.messages.iter().map(|message| message.text.as_str()).collect::<Vec<_>>(),
        ["What is Drawbridge?", ABOUT]
    );
    session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_turn_reads_only_what_is_new_and_remembers_the_first() {
    let folder = folder();
    let mut session = Session::open(folder.path()).await;
    let chat = session.new_chat().await;
    let first = session.ask(chat, "My name is Anna.", None).await;
    let second = session.ask(chat, "What is my name?", Some(first.id)).await;
    assert!(second.text.contains("Anna"), "{}", second.text);
    let (one, two) = (first.answer.unwrap().usage, second.answer.unwrap().usage);
    assert!(two.cached_tokens >= one.prompt_tokens, "{two:?} after {one:?}");
    session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_keeps_what_was_shown_and_continue_ends_with_the_same_words() {
    let folder = folder();
    let mut session = Session::open(folder.path()).await;
    let whole = {
        let chat = session.new_chat().await;
        session.ask(chat, "Tell me a story", None).await.text
    };
    let chat = session.new_chat().await;
    let sent = session.send(chat, "Tell me a story", None).await;
    let shown = session.shown(sent.answer.id, 40).await;
    session.ok::<Nothing>("answer_stop", json!({"message": sent.answer.id})).await;
    let stopped = session.ended(sent.answer.id).await;
    assert_eq!(stopped.state, MessageState::Stopped);
    assert!(stopped.text.starts_with(&shown) && whole.starts_with(&stopped.text) && stopped.text.len() < whole.len());
    let again: Sent = session.ok("answer_continue", json!({"message": sent.answer.id})).await;
    assert_eq!(again.answer.id, sent.answer.id);
    let ended = session.ended(sent.answer.id).await;
    assert_eq!((ended.state, ended.text), (MessageState::Complete, whole));
    session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn edit_and_regenerate_make_branches_and_lose_nothing() {
    let folder = folder();
    let mut session = Session::open(folder.path()).await;
    let chat = session.new_chat().await;
    let france = session.ask(chat, "What is the capital of France?", None).await;
    let again: Sent = session.ok("answer_again", json!({"message": france.id})).await;
    let again = session.ended(again.answer.id).await;
    assert_eq!(again.siblings, [france.id, again.id]);
    let edited: Sent = session
        .ok(
            "chat_send",
            json!({"chat": chat, "text": "What is the capital of Norway?", "parent": null, "edit_of": france.parent}),
        )
        .await;
    let norway = session.ended(edited.answer.id).await;
    assert!(norway.text.contains("Oslo"), "{}", norway.text);
    assert_eq!(edited.question.siblings.len(), 2);
    let view: ChatView = session.ok("branch_show", json!({"message": france.id})).await;
    assert_eq!(view.messages.last().unwrap().id, france.id);
    assert!(view.messages.last().unwrap().text.contains("Paris"));
    let view: ChatView = session.ok("chat_open", json!({"chat": chat, "message": null})).await;
    assert_eq!(view.messages.last().unwrap().id, france.id, "the branch that was shown last is shown again");
    session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_is_busy_while_it_answers_and_says_so() {
    let folder = folder();
    let mut session = Session::open(folder.path()).await;
    let chat = session.new_chat().await;
    let sent = session.send(chat, "Tell me a story", None).await;
    let refused =
        session.call::<Sent>("chat_send", json!({"chat": chat, "text": "x", "parent": null, "edit_of": null})).await;
    assert!(matches!(refused, Err(Failure::Busy { .. })), "{refused:?}");
    session.ended(sent.answer.id).await;
    session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_chats_answer_at_once() {
    let folder = folder();
    let mut session = Session::open(folder.path()).await;
    let (one, two) = (session.new_chat().await, session.new_chat().await);
    let story = session.send(one, "Tell me a story", None).await;
    let capital = session.send(two, "What is the capital of Norway?", None).await;
    let mut ended = Vec::<Message>::new();
    while ended.len() < 2 {
        if let wire::Event::Answer { event: wire::AnswerEvent::Ended { message }, .. } = session.event().await {
            ended.push(*message);
        }
    }
    let text = |id| ended.iter().find(|message| message.id == id).unwrap().text.clone();
    assert!(text(capital.answer.id).contains("Oslo"));
    assert!(text(story.answer.id).contains("the keeper raised the bridge"));
    session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reloaded_window_gets_the_answer_so_far_and_then_the_rest() {
    let folder = folder();
    let mut session = Session::open(folder.path()).await;
    let chat = session.new_chat().await;
    let sent = session.send(chat, "Tell me a story", None).await;
    session.shown(sent.answer.id, 30).await;
    let (send, mut receive) = tokio::sync::mpsc::unbounded_channel();
    let _watch = session.core.watch(std::sync::Arc::new(move |batch| {
        let _ = send.send(batch);
    }));
    let mut text = String::new();
    let mut whole = None;
    while whole.is_none() {
        for event in receive.recv().await.unwrap().events {
            match event {
                wire::Event::Answer { event: wire::AnswerEvent::Snapshot { text: so_far, .. }, .. } => text = so_far,
                wire::Event::Answer { event: wire::AnswerEvent::Text { text: more, .. }, .. } => text += &more,
                wire::Event::Answer { event: wire::AnswerEvent::Ended { message }, .. } => whole = Some(message.text),
                _ => {}
            }
        }
    }
    assert_eq!(Some(text), whole);
    session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chats_are_named_found_moved_deleted_and_brought_back() {
    let folder = folder();
    let mut session = Session::open(folder.path()).await;
    let chat = session.new_chat().await;
    session.ask(chat, "What is the capital of Norway?", None).await;
    let renamed: Chat = session
        .ok("chat_change", json!({"chat": chat, "patch": {"title": "  Fjords \n and more ", "pinned": true}}))
        .await;
    assert_eq!(
        (renamed.title.as_str(), renamed.title_source, renamed.pinned),
        ("Fjords and more", TitleSource::User, true)
    );
    let kept: domain::Folder = session.ok("folder_create", json!({"name": "North"})).await;
    let moved: Chat = session.ok("chat_change", json!({"chat": chat, "patch": {"folder": kept.id}})).await;
    assert_eq!(moved.folder, Some(kept.id));
    let hits: Vec<SearchHit> = session.ok("search", json!({"query": "osl", "limit": 10})).await;
    assert_eq!(hits[0].chat, chat);
    assert!(
        hits[0].snippet.iter().any(|part| part.hit && part.text.to_lowercase().starts_with("osl")),
        "{:?}",
        hits[0].snippet
    );
    session.ok::<Nothing>("chat_delete", json!({"chat": chat})).await;
    assert!(session.ok::<Vec<SearchHit>>("search", json!({"query": "oslo", "limit": 10})).await.is_empty());
    assert_eq!(session.ok::<Vec<domain::ChatSummary>>("chat_list", json!({"trash": true})).await.len(), 1);
    session.ok::<Chat>("chat_restore", json!({"chat": chat})).await;
    session.ok::<Nothing>("folder_delete", json!({"folder": kept.id})).await;
    let chats: Vec<domain::ChatSummary> = session.ok("chat_list", json!({"trash": false})).await;
    assert_eq!((chats[0].id, chats[0].folder), (chat, None));
    let refused = session.call::<Nothing>("chat_erase", json!({"chat": chat})).await;
    assert!(matches!(refused, Err(Failure::InvalidInput { .. })), "a chat that is not in the trash is not erased");
    session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attachments_are_read_counted_sent_and_kept() {
    let folder = folder();
    let mut session = Session::open(folder.path()).await;
    let chat = session.new_chat().await;
    let file = folder.path().join("notes.txt");
    std::fs::write(&file, "The bridge was built in 1871.\n".repeat(5)).unwrap();
    let empty: ContextMeter =
        session.ok("context_measure", json!({"chat": chat, "text": "When?", "parent": null})).await;
    session.desktop.picked.lock().unwrap().push(file);
    let attached: Vec<domain::AttachmentInfo> = session.ok("attachment_pick", json!({"chat": chat})).await;
    assert_eq!(attached[0].name, "notes.txt");
    let full: ContextMeter =
        session.ok("context_measure", json!({"chat": chat, "text": "When?", "parent": null})).await;
    assert!(empty.exact && full.exact && full.used > empty.used + 20, "{empty:?} {full:?}");
    let answer = session.ask(chat, "When?", None).await;
    assert_eq!(answer.answer.unwrap().usage.prompt_tokens, full.used, "the meter says what is sent");
    let view: ChatView = session.ok("chat_open", json!({"chat": chat, "message": null})).await;
    assert_eq!((view.messages[0].attachments[0].name.as_str(), view.attachments.len()), ("notes.txt", 0));

    let picture = folder.path().join("picture.png");
    std::fs::write(&picture, b"\x89PNG\r\n\x1a\n\0\0").unwrap();
    session.desktop.picked.lock().unwrap().push(picture);
    let refused = session.call::<Vec<domain::AttachmentInfo>>("attachment_pick", json!({"chat": chat})).await;
    assert!(refused.is_err_and(|failure| failure.message().contains("is a damaged picture")));
    session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn drafts_settings_and_assistants_come_back() {
    let folder = folder();
    let session = Session::open(folder.path()).await;
    let chat = session.new_chat().await;
    session.ok::<Nothing>("chat_draft", json!({"chat": chat, "text": "half a thou"})).await;
    let settings = json!({"system_prompt": "Be brief.", "temperature": 0.2, "seed": 7});
    session.ok::<Chat>("chat_change", json!({"chat": chat, "patch": {"settings": settings}})).await;
    let bad =
        session.call::<Chat>("chat_change", json!({"chat": chat, "patch": {"settings": {"temperature": 9}}})).await;
    assert!(bad.is_err_and(|failure| failure.message().contains("Temperature")));
    let assistant: domain::Assistant =
        session.ok("assistant_save", json!({"id": null, "name": "Brief", "settings": settings})).await;
    session.ok::<domain::Settings>("settings_change", json!({"patch": {"theme": "dark"}})).await;
    session.core.shut_down().await;

    let session = Session::open(folder.path()).await;
    let view: ChatView = session.ok("chat_open", json!({"chat": chat, "message": null})).await;
    assert_eq!((view.chat.draft.as_str(), view.chat.settings.seed), ("half a thou", Some(7)));
    let from: Chat = session.ok("chat_create", json!({"folder": null, "assistant": assistant.id})).await;
    assert_eq!(from.settings.system_prompt, "Be brief.");
    let boot: wire::Boot = session.ok("boot", Value::Null).await;
    assert_eq!(boot.settings.theme, domain::Theme::Dark);
    session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_and_exports_say_that_a_model_wrote_them() {
    let folder = folder();
    let mut session = Session::open(folder.path()).await;
    let chat = session.new_chat().await;
    let answer = session.ask(chat, "What is the capital of Norway?", None).await;
    let copy: CopyText = session.ok("message_copy", json!({"message": answer.id})).await;
    assert!(copy.text.starts_with(&answer.text) && copy.text.contains("language model"), "{}", copy.text);
    let question: CopyText = session.ok("message_copy", json!({"message": answer.parent})).await;
    assert_eq!(question.text, "What is the capital of Norway?");
    for (format, sign) in [("markdown", "(model, on this computer)"), ("json", "written by a language model")] {
        let path = folder.path().join(format);
        *session.desktop.save_to.lock().unwrap() = Some(path.clone());
        session.ok::<Option<Exported>>("chat_export", json!({"chat": chat, "format": format})).await.unwrap();
        let text = std::fs::read_to_string(path).unwrap();
        assert!(text.contains(sign) && text.contains(&answer.text), "{text}");
    }
    session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ratings_are_kept_and_taken_back() {
    let folder = folder();
    let mut session = Session::open(folder.path()).await;
    let chat = session.new_chat().await;
    let answer = session.ask(chat, "Hello", None).await;
    let rated: Message = session
        .ok("message_rate", json!({"message": answer.id, "rating": {"thumb": "down", "reason": "too short"}}))
        .await;
    assert_eq!(rated.rating.map(|rating| (rating.thumb, rating.reason)), Some((Thumb::Down, "too short".to_owned())));
    let back: Message = session.ok("message_rate", json!({"message": answer.id, "rating": null})).await;
    assert_eq!((back.rating, back.role), (None, Role::Assistant));
    session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_web_and_mail_links_are_opened() {
    let folder = folder();
    let session = Session::open(folder.path()).await;
    for bad in [
        "file:///etc/passwd",
        "javascript:alert(1)",
        "smb://host/share",
        "https://a b",
        "data:text/html,x",
        "",
        "https://a\n",
    ] {
        assert!(session.call::<Nothing>("link_open", json!({"url": bad})).await.is_err(), "{bad}");
    }
    session.ok::<Nothing>("link_open", json!({"url": "https://example.org/"})).await;
    assert_eq!(*session.desktop.opened.lock().unwrap(), ["https://example.org/"]);
    session.core.shut_down().await;
}
