//! What the tests share: folders, clocks, chats.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use domain::{
    Answer, Attachment, AttachmentId, Chat, ChatId, ChatSettings, Clock, Content, ImageFacts, ImageFormat, Message,
    MessageId, MessageState, ModelId, Part, PartKind, Provenance, Route, Secret, Timestamp, TitleSource, Usage,
};
use store::{Ending, ImageFiles, NewAnswer, NewQuestion, Opened, Store, StoreError, StoreOptions};

pub(crate) const KEY: [u8; 32] = [7; 32];
pub(crate) const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// 2026-11-21T00:00:00Z.
pub(crate) const NOON: Timestamp = Timestamp(1_795_219_200_000);

struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        NOON
    }
}

pub(crate) const OTHER_KEY: [u8; 32] = [9; 32];

/// Both ways of keeping chats.
pub(crate) const BOTH: [Option<[u8; 32]>; 2] = [None, Some(KEY)];

pub(crate) fn options(folder: &Path, key: Option<[u8; 32]>) -> StoreOptions {
    StoreOptions { folder: folder.to_owned(), key: key.map(Secret::new), clock: Arc::new(Fixed), max_pages: None }
}

pub(crate) async fn try_open(folder: &Path, key: Option<[u8; 32]>) -> Result<Opened, StoreError> {
    Store::open(options(folder, key)).await
}

pub(crate) async fn open(folder: &Path, key: Option<[u8; 32]>) -> Store {
    try_open(folder, key).await.unwrap().store
}

pub(crate) fn database(folder: &Path) -> PathBuf {
    folder.join(store::DATABASE)
}

pub(crate) fn chat() -> Chat {
    Chat {
        id: ChatId::new(),
        title: String::new(),
        title_source: TitleSource::None,
        folder: None,
        pinned: false,
        model: None,
        assistant: None,
        settings: ChatSettings::default(),
        leaf: None,
        draft: String::new(),
        created_at: NOON,
        updated_at: NOON,
        deleted_at: None,
        temporary: false,
    }
}

pub(crate) async fn new_chat(store: &Store) -> ChatId {
    let chat = chat();
    store.create_chat(&chat).await.unwrap();
    chat.id
}

pub(crate) fn question(chat: ChatId, parent: Option<MessageId>, text: &str) -> NewQuestion {
    NewQuestion {
        id: MessageId::new(),
        chat,
        parent,
        text: text.to_owned(),
        attachments: Vec::new(),
        keeps_draft: false,
        at: NOON,
    }
}

pub(crate) async fn ask(store: &Store, chat: ChatId, parent: Option<MessageId>, text: &str) -> Message {
    store.insert_question(&question(chat, parent, text)).await.unwrap()
}

pub(crate) fn answer() -> Answer {
    Answer {
        model: ModelId::new(),
        model_name: "Starter model".to_owned(),
        route: Route::ThisComputer { reason: "It is the only place.".to_owned() },
        finish: None,
        error: None,
        usage: Usage::default(),
        provenance: Provenance { engine_build: "b1".to_owned(), ..Provenance::default() },
        bill: None,
    }
}

pub(crate) fn new_answer(chat: ChatId, parent: MessageId) -> NewAnswer {
    NewAnswer { id: MessageId::new(), chat, parent, answer: answer(), at: NOON }
}

pub(crate) async fn begin(store: &Store, chat: ChatId, parent: MessageId) -> Message {
    store.begin_answer(&new_answer(chat, parent)).await.unwrap()
}

pub(crate) fn text(text: &str, tokens: &[i32]) -> Part {
    Part { kind: PartKind::Text, text: text.to_owned(), tokens: tokens.to_vec() }
}

pub(crate) fn reasoning(text: &str, tokens: &[i32]) -> Part {
    Part { kind: PartKind::Reasoning, text: text.to_owned(), tokens: tokens.to_vec() }
}

pub(crate) fn ending(state: MessageState) -> Ending {
    Ending {
        bill: None,
        state,
        finish: None,
        error: None,
        usage: Usage { output_tokens: 3, ..Usage::default() },
        provenance: Provenance { prompt_sha256: "ab".to_owned(), ..Provenance::default() },
        at: Timestamp(NOON.0 + 5),
    }
}

/// A whole answer.
pub(crate) async fn reply(store: &Store, chat: ChatId, parent: MessageId, words: &str) -> Message {
    let message = begin(store, chat, parent).await;
    store.append_parts(message.id, &[text(words, &[1, 2])]).await.unwrap();
    store.finish_answer(message.id, ending(MessageState::Complete)).await.unwrap()
}

/// An attached picture with its files.
pub(crate) fn picture(data: &[u8], preview: &[u8]) -> (Attachment, ImageFiles) {
    let facts = ImageFacts { format: ImageFormat::Png, width: 640, height: 480 };
    let content = Content::Image { facts, bytes: data.len() as u64 };
    let picture = Attachment { id: AttachmentId::new(), name: "okapi.png".to_owned(), content };
    (picture, ImageFiles { data: data.to_vec(), preview: preview.to_vec() })
}

pub(crate) fn file(name: &str, text: &str) -> Attachment {
    Attachment { id: AttachmentId::new(), name: name.to_owned(), content: Content::Text(text.to_owned()) }
}

/// The database, its log folded in, as bytes.
pub(crate) async fn bytes_after_close(store: &Store, folder: &Path) -> Vec<u8> {
    store.close().await;
    std::fs::read(database(folder)).unwrap()
}

pub(crate) fn holds(bytes: &[u8], needle: &str) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle.as_bytes())
}

/// All files below a folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { all.extend(files(&path)) } else { all.push(path) }
    }
    all
}

/// The files among the backups.
pub(crate) fn backups(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder.join("backups")) else { return Vec::new() };
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// A store with something in every table, and a daily backup. Closed.
pub(crate) async fn lived_in(folder: &Path, key: Option<[u8; 32]>) -> Vec<String> {
    let store = open(folder, key).await;
    let shelf = store.create_folder("Shelf").await.unwrap();
    store.set_folder_keeping(shelf.id, Some(90), false).await.unwrap();
    for number in 0..3 {
        let mut new = chat();
        new.folder = Some(shelf.id);
        store.create_chat(&new).await.unwrap();
        let mut asked = question(new.id, None, &format!("unmistakable heron {number}"));
        asked.attachments = vec![file("notes.md", "an unmistakable attachment")];
        let asked = store.insert_question(&asked).await.unwrap();
        reply(&store, new.id, asked.id, "an unmistakable answer").await;
        store.save_draft(new.id, "an unmistakable draft").await.unwrap();
    }
    store.backup_if_due(NOON).await.unwrap().unwrap();
    let all = everything(&store).await;
    store.close().await;
    all
}

/// What a store holds, as text.
pub(crate) async fn everything(store: &Store) -> Vec<String> {
    let mut all = vec![format!("{:?}{:?}", store.folders().await.unwrap(), store.secrets().await.unwrap())];
    for summary in store.chats(false).await.unwrap() {
        all.push(format!("{:?}", store.chat(summary.id).await.unwrap()));
        for message in store.tree(summary.id).await.unwrap() {
            let files = store.question_attachments(message.id).await.unwrap();
            all.push(format!("{message:?}{files:?}{:?}", store.tokens(message.id).await.unwrap()));
        }
    }
    for words in ["heron", "mistakab"] {
        let found = store.search(words, 50).await.unwrap();
        assert!(!found.is_empty(), "{words}");
        all.push(format!("{found:?}"));
    }
    all
}
