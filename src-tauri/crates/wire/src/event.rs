//! What the core tells its faces unasked.

use domain::{Assistant, ChatId, ChatSummary, Folder, Message, MessageId, ModelId, PartKind, Route, Settings};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Download, DroppedFile, ModelCard, ProviderCard};

/// What happens to an answer. Closed: a face that meets a value it does not know is out of date.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AnswerEvent {
    /// The model is on its way into memory.
    Loading {
        /// 0 to 1.
        share: f32,
    },
    /// It is answered elsewhere than it was begun: the chosen model failed before its first word.
    Routed {
        /// Model.
        model: ModelId,
        /// Its name.
        model_name: String,
        /// Where, and why there.
        route: Route,
    },
    /// The prompt is being read.
    Reading {
        /// Tokens read so far.
        read: u32,
        /// Tokens in all.
        total: u32,
    },
    /// More text.
    Text {
        /// Text or reasoning.
        part: PartKind,
        /// What is added at the end.
        text: String,
    },
    /// All text so far; replaces what the face has (first thing after a face attached or attached again).
    Snapshot {
        /// Answer.
        text: String,
        /// Reasoning.
        reasoning: String,
    },
    /// The message as it now stands, ended for whatever reason.
    Ended {
        /// Message.
        message: Box<Message>,
    },
}

/// Something changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// To an answer.
    Answer {
        /// Chat.
        chat: ChatId,
        /// Answer.
        message: MessageId,
        /// What.
        event: AnswerEvent,
    },
    /// A chat is new, has another title, place or time, or came back from the trash.
    Chat {
        /// As it is now.
        chat: ChatSummary,
    },
    /// A chat is gone from the list.
    ChatGone {
        /// Which.
        chat: ChatId,
    },
    /// All folders as they are now.
    Folders {
        /// In order.
        folders: Vec<Folder>,
    },
    /// All models as they are now.
    Models {
        /// Library.
        models: Vec<ModelCard>,
    },
    /// All providers as they are now.
    Providers {
        /// In the order in which they were added.
        providers: Vec<ProviderCard>,
    },
    /// All downloads as they are now; several times a second while bytes arrive.
    Downloads {
        /// Those under way first.
        downloads: Vec<Download>,
    },
    /// All assistants as they are now.
    Assistants {
        /// By name.
        assistants: Vec<Assistant>,
    },
    /// Settings as they are now.
    Settings {
        /// Settings.
        settings: Settings,
    },
    /// Files hang over the window, or no longer do.
    FilesOver {
        /// They do.
        over: bool,
    },
    /// Files were dropped on the window.
    FilesDropped {
        /// Files.
        files: Vec<DroppedFile>,
    },
    /// Something to say that belongs to no message.
    Notice {
        /// A sentence.
        text: String,
    },
    /// The user chose an entry of the window's menu or clicked a notification.
    Menu {
        /// `new_chat`, `search`, `settings`, `shortcuts`, `open_model`, `export`, or `chat:` with an id.
        action: String,
    },
}

/// Events in order, sent together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct EventBatch {
    /// Counts up by one from 0 for each watcher.
    #[ts(as = "f64")]
    pub seq: u64,
    /// Events.
    pub events: Vec<Event>,
}
