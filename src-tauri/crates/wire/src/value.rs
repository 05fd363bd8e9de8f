//! Arguments and values of the commands.

use domain::{
    Assistant, AssistantId, AttachmentId, AttachmentInfo, Chat, ChatId, ChatPatch, ChatSummary, Folder, FolderId,
    Message, MessageId, ModelFile, ModelId, Rating, Sampling, Settings, SettingsPatch, Timestamp,
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

macro_rules! values {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $ty:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
        #[serde(deny_unknown_fields)]
        pub struct $name { $($(#[$field_doc])* pub $field: $ty,)* }
    )*};
}

/// No arguments, or no value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(type = "null")]
pub struct Nothing;

/// Where the bridge stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Up: nothing crosses.
    Sealed,
    /// Asks before a chat's first crossing.
    #[default]
    Guarded,
    /// Down: rules decide.
    Open,
}

/// How the chats are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Keeping {
    /// Encrypted, with the key in the operating system's keychain.
    Encrypted,
    /// In the clear, because there is no keychain; the reason is a sentence.
    Plain {
        /// Why.
        reason: String,
    },
}

/// A file format of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// For people.
    Markdown,
    /// For programs: every branch, every figure.
    Json,
}

/// A folder that can be opened in the file manager.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum KnownFolder {
    /// Database, backups, settings.
    Data,
    /// Logs.
    Logs,
}

/// How a model in the library is doing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ModelStatus {
    /// On disk.
    Ready,
    /// On its way into memory.
    Loading {
        /// 0 to 1.
        share: f32,
    },
    /// In memory.
    Loaded {
        /// Context in use, in tokens.
        context_tokens: u32,
    },
    /// The file is not there.
    Missing,
    /// The last attempt failed; a sentence says how.
    Failed {
        /// Why.
        reason: String,
    },
}

values! {
    /// What the window needs to draw its first frame.
    Boot {
        /// Version of the application.
        version: String,
        /// `linux`, `macos` or `windows`.
        platform: String,
        /// Settings.
        settings: Settings,
        /// Chats, newest first.
        chats: Vec<ChatSummary>,
        /// Folders in order.
        folders: Vec<Folder>,
        /// Library.
        models: Vec<ModelCard>,
        /// Assistants.
        assistants: Vec<Assistant>,
        /// Bridge.
        mode: Mode,
        /// How chats are kept.
        keeping: Keeping,
        /// Sentences to show once after this start: answers that were cut off, a backup that was made.
        notices: Vec<String>,
        /// Folder of the data, for people to read.
        data_folder: String,
        /// The chat that was open last.
        last_chat: Option<ChatId>,
    }

    /// Which chats.
    ChatList {
        /// Those in the trash.
        trash: bool,
    }
    /// A chat.
    ChatRef {
        /// Which.
        chat: ChatId,
    }
    /// A chat to open.
    ChatOpen {
        /// Which.
        chat: ChatId,
        /// A message that must be among those returned, on its own branch (from a search); else the shown branch's end.
        message: Option<MessageId>,
    }
    /// A chat with the end of its shown branch.
    ChatView {
        /// Chat.
        chat: Chat,
        /// Messages, oldest first.
        messages: Vec<Message>,
        /// There are older ones.
        more: bool,
        /// Files attached to what is being written.
        attachments: Vec<AttachmentInfo>,
        /// Messages of the whole branch.
        count: u32,
    }
    /// Older messages.
    ChatBefore {
        /// Chat.
        chat: ChatId,
        /// The oldest message that is known.
        before: MessageId,
        /// How many at most.
        limit: u32,
    }
    /// Some messages.
    Messages {
        /// Messages, oldest first.
        messages: Vec<Message>,
        /// There are older ones.
        more: bool,
    }
    /// A new chat.
    ChatCreate {
        /// In this folder.
        folder: Option<FolderId>,
        /// From this assistant.
        assistant: Option<AssistantId>,
    }
    /// A change.
    ChatChange {
        /// Chat.
        chat: ChatId,
        /// What changes.
        patch: ChatPatch,
    }
    /// What is written in the composer.
    ChatDraft {
        /// Chat.
        chat: ChatId,
        /// Text.
        text: String,
    }
    /// A chat to write to a file.
    ChatExport {
        /// Chat.
        chat: ChatId,
        /// Format.
        format: ExportFormat,
    }
    /// A file that was written.
    Exported {
        /// Its path, for people to read.
        path: String,
    }
    /// A question.
    ChatSend {
        /// Chat.
        chat: ChatId,
        /// Text.
        text: String,
        /// What it follows: null at the start of the chat.
        parent: Option<MessageId>,
        /// Take the attachments from this message too: its edited version is being sent.
        edit_of: Option<MessageId>,
    }
    /// A question and its answer, just begun.
    Sent {
        /// Question.
        question: Message,
        /// Answer, still empty.
        answer: Message,
    }
    /// A message.
    MessageRef {
        /// Which.
        message: MessageId,
    }
    /// A rating.
    MessageRate {
        /// Answer.
        message: MessageId,
        /// Null takes it back.
        rating: Option<Rating>,
    }
    /// Text for the clipboard or to read.
    CopyText {
        /// Text.
        text: String,
    }
    /// A search.
    Search {
        /// Words as the user typed them.
        query: String,
        /// How many at most.
        limit: u32,
    }
    /// A new folder.
    FolderCreate {
        /// Name.
        name: String,
    }
    /// Another name.
    FolderRename {
        /// Folder.
        folder: FolderId,
        /// Name.
        name: String,
    }
    /// A folder.
    FolderRef {
        /// Which.
        folder: FolderId,
    }
    /// Files that were dropped on the window, by the tokens of [`crate::Event::FilesDropped`].
    AttachmentDrop {
        /// Chat.
        chat: ChatId,
        /// Tokens.
        tokens: Vec<String>,
    }
    /// A long pasted text.
    AttachmentPaste {
        /// Chat.
        chat: ChatId,
        /// Text.
        text: String,
    }
    /// An attachment.
    AttachmentRef {
        /// Chat.
        chat: ChatId,
        /// Which.
        attachment: AttachmentId,
    }
    /// What would be sent.
    ContextMeasure {
        /// Chat.
        chat: ChatId,
        /// Text in the composer.
        text: String,
        /// What it would follow.
        parent: Option<MessageId>,
    }
    /// How full the context would be.
    ContextMeter {
        /// Tokens of the prompt.
        used: u32,
        /// Tokens of the context.
        limit: u32,
        /// Counted by the model's own tokenizer and template; else an estimate.
        exact: bool,
        /// Messages at the start of the chat that would be left out.
        left_out: u32,
    }
    /// A model in the library.
    ModelCard {
        /// Id.
        id: ModelId,
        /// Name.
        name: String,
        /// It came with the application and is a demonstration.
        starter: bool,
        /// Header.
        file: ModelFile,
        /// File name, for people to read.
        file_name: String,
        /// Folder, for people to read.
        folder: String,
        /// SHA-256 in hex, once computed.
        sha256: Option<String>,
        /// State.
        status: ModelStatus,
        /// Sampler where the chat sets nothing.
        default_sampling: Sampling,
        /// Added.
        added_at: Timestamp,
    }
    /// Files that were dropped on the window.
    ModelDrop {
        /// Tokens.
        tokens: Vec<String>,
    }
    /// A model.
    ModelRef {
        /// Which.
        model: ModelId,
    }
    /// An assistant.
    AssistantRef {
        /// Which.
        assistant: AssistantId,
    }
    /// A change of settings.
    SettingsChange {
        /// The fields that change.
        #[ts(as = "SettingsPartial")]
        patch: SettingsPatch,
    }
    /// A folder to open.
    FolderReveal {
        /// Which.
        folder: KnownFolder,
    }
    /// A link to open.
    LinkOpen {
        /// `http`, `https` or `mailto`.
        url: String,
    }
    /// A file that was dropped on the window. Its path stays in the core.
    DroppedFile {
        /// Stands for the path.
        token: String,
        /// File name.
        name: String,
        /// Size.
        #[ts(as = "f64")]
        bytes: u64,
        /// It is a GGUF file by its first bytes.
        model: bool,
    }
}

/// For the TypeScript type alone: any part of [`Settings`].
#[derive(TS)]
#[ts(type = "Partial<Settings>")]
#[allow(dead_code)]
pub struct SettingsPartial;
