//! Arguments and values of the commands.

use domain::{
    Assistant, AssistantId, AttachmentId, AttachmentInfo, Bill, Chat, ChatId, ChatPatch, ChatSummary, Crossing,
    DownloadId, Fit, Folder, FolderId, HubRepo, Message, MessageId, Mode, ModelFile, ModelId, ModelOrigin, OpenaiApi,
    Provider, ProviderAuth, ProviderId, ProviderKind, ProviderModel, Purpose, Rating, Sampling, Settings,
    SettingsPatch, Timestamp, Verification, Zone,
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::Failure;

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

/// How the chats are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Keeping {
    /// Encrypted.
    Encrypted,
    /// In the clear, because there is no keychain; the reason is a sentence.
    Plain {
        /// Why.
        reason: String,
    },
}

/// What opens encrypted chats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// The operating system's keychain, by itself.
    Keychain,
    /// A passphrase.
    Passphrase,
    /// The printed recovery code.
    Recovery,
    /// The organisation's key file.
    Administrator,
}

/// What a person typed and nobody else should read: it prints as nothing.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(transparent)]
#[ts(type = "string")]
pub struct Typed(pub String);

impl std::fmt::Debug for Typed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Typed(…)")
    }
}

/// How to open what is locked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Unlock {
    /// Ask the keychain again.
    Keychain,
    /// By passphrase.
    Passphrase {
        /// As typed.
        passphrase: Typed,
    },
    /// By recovery code.
    Recovery {
        /// As typed; case, spaces and hyphens do not matter.
        code: Typed,
    },
    /// By the organisation's key file, which the user picks.
    Administrator,
}

/// Where a key or token is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SecretPlace {
    /// In the operating system's keychain.
    Keychain,
    /// In the encrypted database, for want of a keychain.
    Store,
}

/// Who set something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PolicyOrigin {
    /// The administrator: nobody can change it here.
    Managed {
        /// The file, or the registry key.
        file: String,
        /// The line; null where values have names and no lines.
        line: Option<u32>,
    },
    /// The administrator recommends it; the user's own choice goes before.
    Recommended {
        /// The file, or the registry key.
        file: String,
        /// The line; null where values have names and no lines.
        line: Option<u32>,
    },
}

/// A file format of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum AuditFormat {
    /// As it is kept; can be verified on another computer.
    Jsonl,
    /// Open Cybersecurity Schema Framework, for security tools.
    Ocsf,
    /// Common Event Format in syslog frames, for older ones.
    Cef,
    /// For a spreadsheet.
    Csv,
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
    /// Downloaded models.
    Models,
}

/// A setting that is a path. The page can clear it; only the user's own pick sets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PathSetting {
    /// File of certificates.
    Certificates,
    /// Folder of downloaded models.
    ModelsFolder,
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
    /// Its files are being compared with the stated hashes.
    Verifying {
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

/// What to download.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DownloadWhat {
    /// A model of the catalogue.
    Offer {
        /// Its id there.
        id: String,
        /// Quantisation.
        quantisation: String,
    },
    /// A file of a repository.
    File {
        /// `owner/name`.
        repo: String,
        /// Commit that was listed.
        revision: String,
        /// Path of the first part.
        path: String,
    },
}

/// How a download is doing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DownloadState {
    /// Waits for its turn.
    Queued,
    /// Asks the hub for sizes, hashes and the commit.
    Resolving,
    /// Bytes arrive.
    Running {
        /// In the last seconds; none before there is a figure.
        bytes_per_second: Option<f64>,
        /// At this speed.
        seconds_left: Option<f64>,
    },
    /// The network is away or the hub is busy: it goes on by itself.
    Waiting {
        /// Why.
        reason: String,
        /// Seconds until it tries again.
        retry_seconds: f64,
    },
    /// The user paused it, or the application ended meanwhile.
    Paused,
    /// Another Drawbridge works on it: the command line beside the window, or the other way round.
    Elsewhere,
    /// All bytes are here and their hashes are compared.
    Verifying {
        /// 0 to 1.
        share: f32,
    },
    /// In the library.
    Done {
        /// As this model.
        model: ModelId,
        /// The hub stated hashes and they matched.
        verified: bool,
    },
    /// It cannot go on by itself. What arrived is kept where it is of use.
    Failed {
        /// What happened.
        failure: Failure,
        /// Trying again can help.
        retry: bool,
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
        /// Providers, in the order in which they were added.
        providers: Vec<ProviderCard>,
        /// Downloads, those under way first.
        downloads: Vec<Download>,
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
        /// What the organisation manages.
        managed: Managed,
    }
    /// What an administrator's policy says about this window.
    Managed {
        /// There is a policy in force.
        managed: bool,
        /// A sentence to show at all times.
        banner: Option<String>,
        /// Settings that the user cannot change, and the file that set each.
        locked: Vec<ManagedSetting>,
        /// Answers may be copied.
        copy: bool,
        /// Chats may be exported.
        export: bool,
        /// What is wrong with the policy, as sentences with file and line.
        problems: Vec<String>,
    }
    /// A setting that the user cannot change.
    ManagedSetting {
        /// Name of the setting; dots lead into it: `network.proxy`.
        setting: String,
        /// The file that set it.
        file: String,
    }
    /// The whole policy.
    PolicyView {
        /// What it says, by key.
        entries: Vec<PolicyEntry>,
        /// What is wrong with it, as sentences with file and line.
        problems: Vec<String>,
        /// SHA-256 of what is managed, in hex; as the log names it.
        sha256: String,
    }
    /// One key of the policy.
    PolicyEntry {
        /// Key.
        key: String,
        /// Value as JSON.
        value: String,
        /// What it governs, as a sentence.
        words: String,
        /// Who set it.
        origin: PolicyOrigin,
        /// Where it is set as well and does not hold, because a later file took its place; earliest first.
        replaces: Vec<PolicyOrigin>,
    }

    /// How the chats are kept, and which ways lead in.
    Security {
        /// How.
        keeping: Keeping,
        /// Ways in.
        ways: Vec<WayIn>,
        /// Why the keychain cannot be used; null where it can.
        keychain_trouble: Option<String>,
        /// It can be locked: something other than the keychain opens it again.
        can_lock: bool,
        /// The organisation decides where the key is kept.
        managed: bool,
    }
    /// A way in.
    WayIn {
        /// Which.
        way: Way,
        /// The keychain's name, or who holds the organisation's key; empty for the others.
        detail: String,
    }
    /// A new passphrase.
    PassphraseSet {
        /// As typed.
        passphrase: Typed,
    }
    /// Whether the keychain opens the chats by itself.
    KeychainUse {
        /// It does.
        on: bool,
    }
    /// A recovery code, to print.
    RecoveryCode {
        /// In groups.
        code: Typed,
    }
    /// A change of key.
    KeyChange {
        /// The passphrase, where there is one: it is carried over.
        passphrase: Option<Typed>,
    }
    /// A backup to write.
    BackupMake {
        /// It opens with this.
        passphrase: Typed,
    }
    /// A backup to put in place.
    BackupRestore {
        /// It opens with this.
        passphrase: Typed,
    }
    /// A backup is in place.
    Restored {
        /// When it was made.
        made_at: Timestamp,
        /// Chats in it.
        chats: u32,
        /// Where what was here before is kept, for people to read.
        kept: String,
    }
    /// A key or token.
    SecretRef {
        /// Its id, of [`SecretInfo`].
        id: String,
    }
    /// A key or token, without its value.
    SecretInfo {
        /// Id.
        id: String,
        /// Name for people.
        name: String,
        /// Its last four characters, where it is kept.
        last_four: Option<String>,
        /// Where it is kept, or would be.
        place: SecretPlace,
    }
    /// How a folder keeps its chats.
    FolderKeep {
        /// Folder.
        folder: FolderId,
        /// Days after a chat's last message that it is erased; null keeps it.
        retention_days: Option<u32>,
        /// Nothing in it may be deleted.
        legal_hold: bool,
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
        /// It never touches the disk, and is gone with the window.
        #[serde(default)]
        temporary: bool,
    }
    /// A provider as it can be chosen from a list.
    ProviderPreset {
        /// Its id in the list.
        id: String,
        /// Name.
        name: String,
        /// What it speaks.
        kind: ProviderKind,
        /// Address; empty where everybody has their own.
        base_url: String,
        /// How it is told who asks.
        auth: ProviderAuth,
        /// It answers without a key too.
        key_optional: bool,
        /// How far away it is.
        zone: Zone,
        /// What it is, and where its key is made.
        note: String,
        /// Page where keys are made.
        keys_page: Option<String>,
        /// Where it computes, as it publishes.
        region: Option<String>,
        /// What it keeps, as it publishes.
        retention: Option<String>,
        /// Page that says so.
        retention_source: Option<String>,
    }
    /// A provider with what is known of it beside its settings.
    ProviderCard {
        /// Its settings.
        provider: Provider,
        /// A key is kept; its last four characters, or none of them where it is short.
        key: Option<String>,
        /// The key was given for another address and is not sent to this one.
        key_elsewhere: bool,
        /// Headers whose value is kept.
        headers_set: Vec<String>,
        /// Why it is left alone at the moment: it failed again and again, or asked us to wait.
        resting: Option<String>,
        /// An administrator forbids it: a sentence.
        forbidden: Option<String>,
    }
    /// Settings of a provider, new or changed.
    ProviderSave {
        /// Which; a new one where it is not set.
        provider: Option<ProviderId>,
        /// What it speaks.
        kind: ProviderKind,
        /// Name for people.
        name: String,
        /// Address.
        base_url: String,
        /// How far away it is.
        zone: Zone,
        /// Where it computes.
        region: String,
        /// What it keeps.
        retention: String,
        /// Which of OpenAI's formats.
        api: OpenaiApi,
        /// `api-version` of Azure; empty for its `v1` address.
        api_version: String,
        /// How it is told who asks.
        auth: ProviderAuth,
        /// Names of headers that go along.
        headers: Vec<String>,
        /// Its models that can be chosen; those without an id here are new.
        models: Vec<ProviderModelSave>,
    }
    /// A model of a provider, new or changed.
    ProviderModelSave {
        /// Which; a new one where it is not set.
        id: Option<ModelId>,
        /// What the provider calls it.
        name: String,
        /// Name for people; the provider's where it is empty.
        title: String,
        /// Tokens that it holds.
        context_tokens: Option<u32>,
        /// Longest answer in tokens.
        max_output_tokens: Option<u32>,
        /// It takes images.
        images: bool,
        /// It reasons before it answers.
        reasoning: bool,
    }
    /// A provider.
    ProviderRef {
        /// Which.
        provider: ProviderId,
    }
    /// What trying a connection found.
    ProviderTrial {
        /// What is wrong; null where nothing is.
        failure: Option<Failure>,
        /// The models that it offers, those for chatting only where that can be told.
        models: Vec<ProviderModel>,
        /// From request to answer, in milliseconds.
        took_ms: f64,
        /// What else is to be known, as sentences.
        notes: Vec<String>,
    }
    /// An answer by a certain model.
    AnswerBy {
        /// The answer, or its question.
        message: MessageId,
        /// The model; the default one of this computer where it is not set.
        model: Option<ModelId>,
    }
    /// A price.
    Price {
        /// What the provider speaks, or `mistral`, `groq`, `openrouter` and others of the table.
        provider: String,
        /// Id of the model; names that begin with it and go on with a date or a version are meant too.
        model: String,
        /// US dollars for a million tokens of the prompt.
        input: f64,
        /// The same for tokens from the provider's cache; as `input` where it is not set.
        cached_input: Option<f64>,
        /// The same for tokens written into it; as `input` where it is not set.
        cache_write: Option<f64>,
        /// The same for tokens of the answer, reasoning included.
        output: f64,
        /// Public page that says so; empty for the user's own.
        source: String,
        /// Day on which it was seen, `YYYY-MM-DD`.
        seen: String,
        /// The user wrote it.
        own: bool,
    }
    /// A price to forget: the bundled one holds again, or none.
    PriceRef {
        /// Provider.
        provider: String,
        /// Model.
        model: String,
    }
    /// What may still be spent.
    BudgetState {
        /// Which provider; all together where it is not set.
        provider: Option<ProviderId>,
        /// For a month; otherwise for a day.
        month: bool,
        /// Limit in millionths of a US dollar.
        #[ts(as = "f64")]
        limit_usd_micros: u64,
        /// Spent or reserved.
        #[ts(as = "f64")]
        spent_usd_micros: u64,
    }
    /// Which days.
    UsageQuery {
        /// From this day on, `YYYY-MM-DD`, local time.
        from: String,
        /// To the end of this day.
        to: String,
        /// Minutes that local time is ahead of UTC.
        offset_minutes: i32,
    }
    /// What was asked and spent.
    UsageReport {
        /// By day, every day of the question, then by model and folder; one row each.
        rows: Vec<UsageRow>,
        /// What may still be spent now.
        budgets: Vec<BudgetState>,
        /// Names of the folders and providers in the rows, by id; those that are gone have none.
        names: Vec<UsageName>,
    }
    /// The name of something in the rows.
    UsageName {
        /// Id.
        id: String,
        /// Name.
        name: String,
    }
    /// What was asked of one model on one day in one folder.
    UsageRow {
        /// `YYYY-MM-DD`.
        day: String,
        /// Provider; null for the engine of this computer.
        provider: Option<ProviderId>,
        /// Model.
        model: ModelId,
        /// Its name.
        model_name: String,
        /// Folder.
        folder: Option<FolderId>,
        /// Where.
        zone: Zone,
        /// Attempts that ended with an answer, whole or stopped.
        answers: u32,
        /// Attempts that failed.
        errors: u32,
        /// Answers in the place of a provider that failed.
        fallbacks: u32,
        /// Tokens of the prompts.
        #[ts(as = "f64")]
        prompt_tokens: u64,
        /// Of these, from a cache.
        #[ts(as = "f64")]
        cached_tokens: u64,
        /// Tokens of the answers.
        #[ts(as = "f64")]
        output_tokens: u64,
        /// Of these, of reasoning.
        #[ts(as = "f64")]
        reasoning_tokens: u64,
        /// Millionths of a US dollar.
        #[ts(as = "f64")]
        usd_micros: u64,
        /// Some of it was counted as the dearest known price.
        price_unknown: bool,
        /// Median from request to first token.
        first_token_ms: Option<f64>,
        /// Thumbs up.
        up: u32,
        /// Thumbs down.
        down: u32,
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
    /// A pasted picture.
    AttachmentPasteImage {
        /// Chat.
        chat: ChatId,
        /// The file in base64 (RFC 4648 §4).
        data: String,
    }
    /// A picture to be shown.
    AttachmentShow {
        /// Chat.
        chat: ChatId,
        /// Which.
        attachment: AttachmentId,
        /// As it is kept and sent; else small.
        whole: bool,
    }
    /// A picture for the window.
    ShownImage {
        /// As a data URL (RFC 2397).
        url: String,
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
        /// Older images of which only the names would go, to a model that sees images: all together are too large.
        images_left_out: u32,
        /// Where it would be answered.
        zone: Zone,
        /// What it may cost, where somebody charges for it: the prompt and an answer of usual length.
        bill: Option<Bill>,
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
        /// Where it came from.
        origin: ModelOrigin,
        /// Its source stated hashes.
        verifiable: bool,
        /// The last comparison with them.
        verification: Option<Verification>,
        /// How it runs here.
        fit: Fit,
        /// Its files were downloaded or installed by Drawbridge: removing it can free their space.
        owned: bool,
        /// Added.
        added_at: Timestamp,
    }
    /// A model to remove.
    ModelRemove {
        /// Which.
        model: ModelId,
        /// Its files too.
        files: bool,
    }
    /// A model was removed.
    ModelRemoved {
        /// Space that became free.
        #[ts(as = "f64")]
        freed_bytes: u64,
    }
    /// What a model's template makes of a short conversation.
    TemplateTrial {
        /// It rendered.
        renders: bool,
        /// The rendered text, or what went wrong.
        text: String,
    }
    /// What was added from a folder.
    FolderInstalled {
        /// It was a model pack, and every file had its stated SHA-256.
        pack: bool,
        /// Models.
        models: Vec<ModelCard>,
        /// A sentence for each file that was not added.
        refused: Vec<String>,
    }
    /// A search of the hub.
    HubSearch {
        /// Words.
        query: String,
        /// How many at most.
        limit: u32,
    }
    /// What a search found.
    HubFound {
        /// Host that was asked.
        host: String,
        /// Repositories, most downloaded first.
        repos: Vec<HubRepo>,
    }
    /// A repository to list.
    HubFiles {
        /// `owner/name`.
        repo: String,
    }
    /// A download to begin.
    DownloadStart {
        /// What.
        what: DownloadWhat,
    }
    /// A download.
    DownloadRef {
        /// Which.
        download: DownloadId,
    }
    /// A download.
    Download {
        /// Id.
        id: DownloadId,
        /// Name for people.
        name: String,
        /// Quantisation; empty where it is not known.
        quantisation: String,
        /// `owner/name`.
        repo: String,
        /// Path of the first part in the repository.
        path: String,
        /// Host of the hub.
        host: String,
        /// Size, all parts; an estimate before the hub said it.
        #[ts(as = "f64")]
        bytes: u64,
        /// Bytes that are here.
        #[ts(as = "f64")]
        received_bytes: u64,
        /// State.
        state: DownloadState,
        /// Begun.
        started_at: Timestamp,
    }
    /// Which attempts to cross.
    Ledger {
        /// Before this one; the newest where it is null.
        #[ts(as = "Option<f64>")]
        before: Option<u64>,
        /// For this purpose.
        purpose: Option<Purpose>,
        /// Hosts that contain this; empty for all.
        host: String,
        /// Only those that were refused.
        refused: bool,
        /// How many at most.
        limit: u32,
    }
    /// Some attempts to cross, newest first.
    LedgerPage {
        /// Attempts.
        entries: Vec<LedgerEntry>,
        /// There are older ones.
        more: bool,
    }
    /// An attempt to cross.
    LedgerEntry {
        /// Number of its (last) record in the log.
        #[ts(as = "f64")]
        seq: u64,
        /// What crossed, or did not.
        crossing: Crossing,
        /// The chat that crossed, where it was one that is kept.
        chat: Option<CrossedChat>,
    }
    /// A chat that crossed.
    CrossedChat {
        /// How the log names it.
        reference: String,
        /// The chat; null where it is in the trash or erased.
        chat: Option<ChatId>,
        /// Its title, which may be empty; null where it is erased.
        title: Option<String>,
    }
    /// Which records of the log.
    AuditQuery {
        /// Before this one; the newest where it is null.
        #[ts(as = "Option<f64>")]
        before: Option<u64>,
        /// Of this kind; all where it is null.
        event: Option<String>,
        /// How many at most.
        limit: u32,
    }
    /// Some records of the log, newest first.
    AuditPage {
        /// Records.
        records: Vec<AuditRecord>,
        /// There are older ones.
        more: bool,
        /// The kinds of record that there are.
        events: Vec<String>,
    }
    /// A record of the log.
    AuditRecord {
        /// Number, from 0.
        #[ts(as = "f64")]
        seq: u64,
        /// When.
        at: Timestamp,
        /// What kind.
        event: String,
        /// What it says, in the order of the record.
        facts: Vec<AuditFact>,
        /// SHA-256 of the record, in hex.
        hash: String,
    }
    /// A field of a record.
    AuditFact {
        /// Name.
        name: String,
        /// Value, as text or JSON.
        value: String,
    }
    /// What verifying the log found.
    AuditCheck {
        /// Every record is as it was written.
        intact: bool,
        /// What was found, as a sentence.
        words: String,
        /// Records that were read.
        #[ts(as = "f64")]
        records: u64,
        /// The last record that a signature covers; null where none does.
        #[ts(as = "Option<f64>")]
        signed_to: Option<u64>,
        /// The key to verify with on another computer, in hex; null where nothing is signed.
        public_key: Option<String>,
    }
    /// The log, to write to a file.
    AuditExport {
        /// Format.
        format: AuditFormat,
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
    /// A path to pick.
    PathPick {
        /// For which setting.
        setting: PathSetting,
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
