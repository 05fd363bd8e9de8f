// Generated from src-tauri/crates/wire by `./dev types`. Do not edit.

/**
 * What is known of an answer beside its text.
 */
export type Answer = { 
/**
 * Model in the library; it may have been removed since.
 */
model: ModelId, 
/**
 * Its name at the time.
 */
model_name: string, 
/**
 * Where it came from and why.
 */
route: Route, 
/**
 * Why it ended; none while it runs or where it broke off.
 */
finish: FinishReason | null, 
/**
 * The error that broke it off, as a sentence.
 */
error: string | null, 
/**
 * Figures; zero until the end.
 */
usage: Usage, 
/**
 * By what exactly it was made.
 */
provenance: Provenance, 
/**
 * What it cost; none where nobody charges.
 */
bill: Bill | null, };

/**
 * An answer by a certain model.
 */
export type AnswerBy = { 
/**
 * The answer, or its question.
 */
message: MessageId, 
/**
 * The model; the default one of this computer where it is not set.
 */
model: ModelId | null, };

/**
 * What happens to an answer. Closed: a face that meets a value it does not know is out of date.
 */
export type AnswerEvent = { "kind": "loading", 
/**
 * 0 to 1.
 */
share: number, } | { "kind": "routed", 
/**
 * Model.
 */
model: ModelId, 
/**
 * Its name.
 */
model_name: string, 
/**
 * Where, and why there.
 */
route: Route, } | { "kind": "reading", 
/**
 * Tokens read so far.
 */
read: number, 
/**
 * Tokens in all.
 */
total: number, } | { "kind": "text", 
/**
 * Text or reasoning.
 */
part: PartKind, 
/**
 * What is added at the end.
 */
text: string, } | { "kind": "snapshot", 
/**
 * Answer.
 */
text: string, 
/**
 * Reasoning.
 */
reasoning: string, } | { "kind": "ended", 
/**
 * Message.
 */
message: Message, };

/**
 * A saved set of settings.
 */
export type Assistant = { 
/**
 * Id.
 */
id: AssistantId, 
/**
 * Name.
 */
name: string, 
/**
 * Settings that a chat begun with it starts from.
 */
settings: ChatSettings, };

/**
 * An assistant to save: a new one, or a new version of one.
 */
export type AssistantDraft = { 
/**
 * The one to replace.
 */
id: AssistantId | null, 
/**
 * Name.
 */
name: string, 
/**
 * Settings.
 */
settings: ChatSettings, };

/**
 * A saved set of system prompt and sampling.
 */
export type AssistantId = string;

/**
 * An assistant.
 */
export type AssistantRef = { 
/**
 * Which.
 */
assistant: AssistantId, };

/**
 * Files that were dropped on the window, by the tokens of [`crate::Event::FilesDropped`].
 */
export type AttachmentDrop = { 
/**
 * Chat.
 */
chat: ChatId, 
/**
 * Tokens.
 */
tokens: Array<string>, };

/**
 * An attached file.
 */
export type AttachmentId = string;

/**
 * An attached file without its content.
 */
export type AttachmentInfo = { 
/**
 * Id.
 */
id: AttachmentId, 
/**
 * File name, without folders.
 */
name: string, 
/**
 * Length in bytes of the text, or of the picture as it is kept.
 */
bytes: number, 
/**
 * Where it is a picture.
 */
image: ImageFacts | null, };

/**
 * A long pasted text.
 */
export type AttachmentPaste = { 
/**
 * Chat.
 */
chat: ChatId, 
/**
 * Text.
 */
text: string, };

/**
 * A pasted picture.
 */
export type AttachmentPasteImage = { 
/**
 * Chat.
 */
chat: ChatId, 
/**
 * The file in base64 (RFC 4648 §4).
 */
data: string, };

/**
 * An attachment.
 */
export type AttachmentRef = { 
/**
 * Chat.
 */
chat: ChatId, 
/**
 * Which.
 */
attachment: AttachmentId, };

/**
 * A picture to be shown.
 */
export type AttachmentShow = { 
/**
 * Chat.
 */
chat: ChatId, 
/**
 * Which.
 */
attachment: AttachmentId, 
/**
 * As it is kept and sent; else small.
 */
whole: boolean, };

/**
 * What verifying the log found.
 */
export type AuditCheck = { 
/**
 * Every record is as it was written.
 */
intact: boolean, 
/**
 * What was found, as a sentence.
 */
words: string, 
/**
 * Records that were read.
 */
records: number, 
/**
 * The last record that a signature covers; null where none does.
 */
signed_to: number | null, 
/**
 * The key to verify with on another computer, in hex; null where nothing is signed.
 */
public_key: string | null, };

/**
 * The log, to write to a file.
 */
export type AuditExport = { 
/**
 * Format.
 */
format: AuditFormat, };

/**
 * A field of a record.
 */
export type AuditFact = { 
/**
 * Name.
 */
name: string, 
/**
 * Value, as text or JSON.
 */
value: string, };

/**
 * A file format of the log.
 */
export type AuditFormat = "jsonl" | "ocsf" | "cef" | "csv";

/**
 * Some records of the log, newest first.
 */
export type AuditPage = { 
/**
 * Records.
 */
records: Array<AuditRecord>, 
/**
 * There are older ones.
 */
more: boolean, 
/**
 * The kinds of record that there are.
 */
events: Array<string>, };

/**
 * Which records of the log.
 */
export type AuditQuery = { 
/**
 * Before this one; the newest where it is null.
 */
before: number | null, 
/**
 * Of this kind; all where it is null.
 */
event: string | null, 
/**
 * How many at most.
 */
limit: number, };

/**
 * A record of the log.
 */
export type AuditRecord = { 
/**
 * Number, from 0.
 */
seq: number, 
/**
 * When.
 */
at: Timestamp, 
/**
 * What kind.
 */
event: string, 
/**
 * What it says, in the order of the record.
 */
facts: Array<AuditFact>, 
/**
 * SHA-256 of the record, in hex.
 */
hash: string, };

/**
 * A backup to write.
 */
export type BackupMake = { 
/**
 * It opens with this.
 */
passphrase: Typed, };

/**
 * A backup to put in place.
 */
export type BackupRestore = { 
/**
 * It opens with this.
 */
passphrase: Typed, };

/**
 * What a provider's answer cost.
 */
export type Bill = { 
/**
 * Millionths of a US dollar.
 */
usd_micros: number, 
/**
 * The price of this very model is in the table; otherwise it was counted as the dearest that is.
 */
price_known: boolean, 
/**
 * The tokens are our own count, not the provider's.
 */
estimated: boolean, };

/**
 * What the window needs to draw its first frame.
 */
export type Boot = { 
/**
 * Version of the application.
 */
version: string, 
/**
 * `linux`, `macos` or `windows`.
 */
platform: string, 
/**
 * Settings.
 */
settings: Settings, 
/**
 * Chats, newest first.
 */
chats: Array<ChatSummary>, 
/**
 * Folders in order.
 */
folders: Array<Folder>, 
/**
 * Library.
 */
models: Array<ModelCard>, 
/**
 * Providers, in the order in which they were added.
 */
providers: Array<ProviderCard>, 
/**
 * Downloads, those under way first.
 */
downloads: Array<Download>, 
/**
 * Assistants.
 */
assistants: Array<Assistant>, 
/**
 * Bridge.
 */
mode: Mode, 
/**
 * How chats are kept.
 */
keeping: Keeping, 
/**
 * Sentences to show once after this start: answers that were cut off, a backup that was made.
 */
notices: Array<string>, 
/**
 * Folder of the data, for people to read.
 */
data_folder: string, 
/**
 * The chat that was open last.
 */
last_chat: ChatId | null, 
/**
 * What the organisation manages.
 */
managed: Managed, };

/**
 * What may be spent at providers.
 */
export type Budget = { 
/**
 * The provider; all of them together where it is not set.
 */
provider: ProviderId | null, 
/**
 * Millionths of a US dollar from midnight to midnight, local time; unlimited where it is not set.
 */
day_usd_micros: number | null, 
/**
 * The same from the first of the month.
 */
month_usd_micros: number | null, };

/**
 * What may still be spent.
 */
export type BudgetState = { 
/**
 * Which provider; all together where it is not set.
 */
provider: ProviderId | null, 
/**
 * For a month; otherwise for a day.
 */
month: boolean, 
/**
 * Limit in millionths of a US dollar.
 */
limit_usd_micros: number, 
/**
 * Spent or reserved.
 */
spent_usd_micros: number, };

/**
 * A chat without its messages.
 */
export type Chat = { 
/**
 * Id.
 */
id: ChatId, 
/**
 * Title; empty until somebody gave one.
 */
title: string, 
/**
 * Who gave it.
 */
title_source: TitleSource, 
/**
 * Folder, if any.
 */
folder: FolderId | null, 
/**
 * Pinned to the top of the list.
 */
pinned: boolean, 
/**
 * The model that answers; the default model where it is not set.
 */
model: ModelId | null, 
/**
 * The assistant that it was begun with.
 */
assistant: AssistantId | null, 
/**
 * Settings of this chat.
 */
settings: ChatSettings, 
/**
 * The last message of the branch that is shown.
 */
leaf: MessageId | null, 
/**
 * What is written in the composer and not sent.
 */
draft: string, 
/**
 * Born.
 */
created_at: Timestamp, 
/**
 * Last message.
 */
updated_at: Timestamp, 
/**
 * In the trash since.
 */
deleted_at: Timestamp | null, 
/**
 * It is kept in memory only, and is gone with the window.
 */
temporary: boolean, };

/**
 * Older messages.
 */
export type ChatBefore = { 
/**
 * Chat.
 */
chat: ChatId, 
/**
 * The oldest message that is known.
 */
before: MessageId, 
/**
 * How many at most.
 */
limit: number, };

/**
 * A change.
 */
export type ChatChange = { 
/**
 * Chat.
 */
chat: ChatId, 
/**
 * What changes.
 */
patch: ChatPatch, };

/**
 * A new chat.
 */
export type ChatCreate = { 
/**
 * In this folder.
 */
folder: FolderId | null, 
/**
 * From this assistant.
 */
assistant: AssistantId | null, 
/**
 * It never touches the disk, and is gone with the window.
 */
temporary: boolean, };

/**
 * What is written in the composer.
 */
export type ChatDraft = { 
/**
 * Chat.
 */
chat: ChatId, 
/**
 * Text.
 */
text: string, };

/**
 * A chat to write to a file.
 */
export type ChatExport = { 
/**
 * Chat.
 */
chat: ChatId, 
/**
 * Format.
 */
format: ExportFormat, };

/**
 * A chat.
 */
export type ChatId = string;

/**
 * Which chats.
 */
export type ChatList = { 
/**
 * Those in the trash.
 */
trash: boolean, };

/**
 * A chat to open.
 */
export type ChatOpen = { 
/**
 * Which.
 */
chat: ChatId, 
/**
 * A message that must be among those returned, on its own branch (from a search); else the shown branch's end.
 */
message: MessageId | null, };

/**
 * A change to a chat; `None` leaves a field as it is, `Some(None)` empties it.
 */
export type ChatPatch = { 
/**
 * New title, by the user.
 */
title?: string, 
/**
 * Pin or unpin.
 */
pinned?: boolean, 
/**
 * Move to a folder, or out of one.
 */
folder?: FolderId | null, 
/**
 * Another model, or the default one.
 */
model?: ModelId | null, 
/**
 * Another assistant, or none.
 */
assistant?: AssistantId | null, 
/**
 * All settings at once.
 */
settings?: ChatSettings, };

/**
 * A chat.
 */
export type ChatRef = { 
/**
 * Which.
 */
chat: ChatId, };

/**
 * A question.
 */
export type ChatSend = { 
/**
 * Chat.
 */
chat: ChatId, 
/**
 * Text.
 */
text: string, 
/**
 * What it follows: null at the start of the chat.
 */
parent: MessageId | null, 
/**
 * Take the attachments from this message too: its edited version is being sent.
 */
edit_of: MessageId | null, };

/**
 * What the user set for one chat; `None` is the model's own default.
 */
export type ChatSettings = { 
/**
 * System prompt; empty means none.
 */
system_prompt: string, 
/**
 * Temperature, 0 to 2; 0 is greedy.
 */
temperature: number | null, 
/**
 * Keep the k likeliest tokens; 0 keeps all.
 */
top_k: number | null, 
/**
 * Nucleus sampling, 0 to 1.
 */
top_p: number | null, 
/**
 * Drop tokens less likely than this share of the likeliest, 0 to 1.
 */
min_p: number | null, 
/**
 * Penalty on tokens of the last 64; 1 is off.
 */
repeat_penalty: number | null, 
/**
 * Seed of the sampler; a fresh one for each answer where it is not set.
 */
seed: number | null, 
/**
 * Longest answer in tokens; until the context is full where it is not set.
 */
max_tokens: number | null, 
/**
 * Context size in tokens; the model's own, within memory, where it is not set.
 */
context_tokens: number | null, };

/**
 * A line in the list of chats.
 */
export type ChatSummary = { 
/**
 * Id.
 */
id: ChatId, 
/**
 * Title; empty until somebody gave one.
 */
title: string, 
/**
 * Folder, if any.
 */
folder: FolderId | null, 
/**
 * Pinned to the top of the list.
 */
pinned: boolean, 
/**
 * Something unsent is written in it.
 */
has_draft: boolean, 
/**
 * Born.
 */
created_at: Timestamp, 
/**
 * Last message.
 */
updated_at: Timestamp, 
/**
 * In the trash since.
 */
deleted_at: Timestamp | null, 
/**
 * It is kept in memory only, and is gone with the window.
 */
temporary: boolean, };

/**
 * A chat with the end of its shown branch.
 */
export type ChatView = { 
/**
 * Chat.
 */
chat: Chat, 
/**
 * Messages, oldest first.
 */
messages: Array<Message>, 
/**
 * There are older ones.
 */
more: boolean, 
/**
 * Files attached to what is being written.
 */
attachments: Array<AttachmentInfo>, 
/**
 * Messages of the whole branch.
 */
count: number, };

/**
 * What would be sent.
 */
export type ContextMeasure = { 
/**
 * Chat.
 */
chat: ChatId, 
/**
 * Text in the composer.
 */
text: string, 
/**
 * What it would follow.
 */
parent: MessageId | null, };

/**
 * How full the context would be.
 */
export type ContextMeter = { 
/**
 * Tokens of the prompt.
 */
used: number, 
/**
 * Tokens of the context.
 */
limit: number, 
/**
 * Counted by the model's own tokenizer and template; else an estimate.
 */
exact: boolean, 
/**
 * Messages at the start of the chat that would be left out.
 */
left_out: number, 
/**
 * Older images of which only the names would go, to a model that sees images: all together are too large.
 */
images_left_out: number, 
/**
 * Where it would be answered.
 */
zone: Zone, 
/**
 * What it may cost, where somebody charges for it: the prompt and an answer of usual length.
 */
bill: Bill | null, };

/**
 * Text for the clipboard or to read.
 */
export type CopyText = { 
/**
 * Text.
 */
text: string, };

/**
 * A chat that crossed.
 */
export type CrossedChat = { 
/**
 * How the log names it.
 */
reference: string, 
/**
 * The chat; null where it is in the trash or erased.
 */
chat: ChatId | null, 
/**
 * Its title, which may be empty; null where it is erased.
 */
title: string | null, };

/**
 * One attempt to cross, or its beginning: an attempt that is let through is on record before its first byte leaves
 * ([`CrossingOutcome::Begun`]), and again under the same id when it failed or its last byte arrived. It holds no query
 * string, no header and no body.
 */
export type Crossing = { 
/**
 * Joins the beginning and the end.
 */
id: CrossingId, 
/**
 * When it began.
 */
at: Timestamp, 
/**
 * Why.
 */
purpose: Purpose, 
/**
 * `GET`, `POST`, `HEAD`.
 */
method: string, 
/**
 * `http` or `https`.
 */
scheme: string, 
/**
 * Host as it was asked for.
 */
host: string, 
/**
 * Port.
 */
port: number, 
/**
 * Path without query.
 */
path: string, 
/**
 * It followed a redirect of the crossing before it.
 */
redirected: boolean, 
/**
 * The rule that let it through; none where none did.
 */
rule?: string | null, 
/**
 * The proxy in between: host and port; none where there was none.
 */
proxy?: string | null, 
/**
 * Bytes of the request's body.
 */
bytes_out: number, 
/**
 * Bytes of the answer's body that were read; not known where a library read them by itself.
 */
bytes_in: number | null, 
/**
 * What became of it.
 */
outcome: CrossingOutcome, };

/**
 * An attempt to cross.
 */
export type CrossingId = string;

/**
 * What became of an attempt to cross.
 */
export type CrossingOutcome = { "kind": "refused", 
/**
 * Why.
 */
reason: string, } | { "kind": "begun" } | { "kind": "answered", 
/**
 * HTTP status.
 */
status: number, } | { "kind": "failed", 
/**
 * What happened.
 */
reason: string, };

/**
 * A device that computes.
 */
export type Device = { 
/**
 * As its driver names it.
 */
name: string, 
/**
 * Its memory.
 */
memory_bytes: number, 
/**
 * Its memory is the computer's.
 */
unified: boolean, };

/**
 * A download.
 */
export type Download = { 
/**
 * Id.
 */
id: DownloadId, 
/**
 * Name for people.
 */
name: string, 
/**
 * Quantisation; empty where it is not known.
 */
quantisation: string, 
/**
 * `owner/name`.
 */
repo: string, 
/**
 * Path of the first part in the repository.
 */
path: string, 
/**
 * Host of the hub.
 */
host: string, 
/**
 * Size, all parts; an estimate before the hub said it.
 */
bytes: number, 
/**
 * Bytes that are here.
 */
received_bytes: number, 
/**
 * State.
 */
state: DownloadState, 
/**
 * Begun.
 */
started_at: Timestamp, };

/**
 * A download of a model.
 */
export type DownloadId = string;

/**
 * A download.
 */
export type DownloadRef = { 
/**
 * Which.
 */
download: DownloadId, };

/**
 * A download to begin.
 */
export type DownloadStart = { 
/**
 * What.
 */
what: DownloadWhat, };

/**
 * How a download is doing.
 */
export type DownloadState = { "kind": "queued" } | { "kind": "resolving" } | { "kind": "running", 
/**
 * In the last seconds; none before there is a figure.
 */
bytes_per_second: number | null, 
/**
 * At this speed.
 */
seconds_left: number | null, } | { "kind": "waiting", 
/**
 * Why.
 */
reason: string, 
/**
 * Seconds until it tries again.
 */
retry_seconds: number, } | { "kind": "paused" } | { "kind": "elsewhere" } | { "kind": "verifying", 
/**
 * 0 to 1.
 */
share: number, } | { "kind": "done", 
/**
 * As this model.
 */
model: ModelId, 
/**
 * The hub stated hashes and they matched.
 */
verified: boolean, } | { "kind": "failed", 
/**
 * What happened.
 */
failure: Failure, 
/**
 * Trying again can help.
 */
retry: boolean, };

/**
 * What to download.
 */
export type DownloadWhat = { "kind": "offer", 
/**
 * Its id there.
 */
id: string, 
/**
 * Quantisation.
 */
quantisation: string, } | { "kind": "file", 
/**
 * `owner/name`.
 */
repo: string, 
/**
 * Commit that was listed.
 */
revision: string, 
/**
 * Path of the first part.
 */
path: string, };

/**
 * A file that was dropped on the window. Its path stays in the core.
 */
export type DroppedFile = { 
/**
 * Stands for the path.
 */
token: string, 
/**
 * File name.
 */
name: string, 
/**
 * Size.
 */
bytes: number, 
/**
 * It is a GGUF file by its first bytes.
 */
model: boolean, };

/**
 * Something changed.
 */
export type Event = { "kind": "answer", 
/**
 * Chat.
 */
chat: ChatId, 
/**
 * Answer.
 */
message: MessageId, 
/**
 * What.
 */
event: AnswerEvent, } | { "kind": "chat", 
/**
 * As it is now.
 */
chat: ChatSummary, } | { "kind": "chat_gone", 
/**
 * Which.
 */
chat: ChatId, } | { "kind": "folders", 
/**
 * In order.
 */
folders: Array<Folder>, } | { "kind": "models", 
/**
 * Library.
 */
models: Array<ModelCard>, } | { "kind": "providers", 
/**
 * In the order in which they were added.
 */
providers: Array<ProviderCard>, } | { "kind": "downloads", 
/**
 * Those under way first.
 */
downloads: Array<Download>, } | { "kind": "assistants", 
/**
 * By name.
 */
assistants: Array<Assistant>, } | { "kind": "settings", 
/**
 * Settings.
 */
settings: Settings, } | { "kind": "files_over", 
/**
 * They do.
 */
over: boolean, } | { "kind": "files_dropped", 
/**
 * Files.
 */
files: Array<DroppedFile>, } | { "kind": "notice", 
/**
 * A sentence.
 */
text: string, } | { "kind": "menu", 
/**
 * `new_chat`, `search`, `settings`, `shortcuts`, `open_model`, `export`, or `chat:` with an id.
 */
action: string, };

/**
 * Events in order, sent together.
 */
export type EventBatch = { 
/**
 * Counts up by one from 0 for each watcher.
 */
seq: number, 
/**
 * Events.
 */
events: Array<Event>, };

/**
 * A file format of an export.
 */
export type ExportFormat = "markdown" | "json";

/**
 * A file that was written.
 */
export type Exported = { 
/**
 * Its path, for people to read.
 */
path: string, };

/**
 * What went wrong, with what a face acts on, and a sentence that says what happened and what is kept.
 */
export type Failure = { "code": "model_missing", 
/**
 * Sentence.
 */
message: string, } | { "code": "model_unreadable", 
/**
 * Sentence.
 */
message: string, } | { "code": "context_too_long", 
/**
 * Sentence.
 */
message: string, 
/**
 * Tokens needed.
 */
needed: number, 
/**
 * Tokens there are.
 */
limit: number, } | { "code": "disk_full", 
/**
 * Sentence.
 */
message: string, } | { "code": "out_of_memory", 
/**
 * Sentence.
 */
message: string, } | { "code": "engine_crashed", 
/**
 * Sentence.
 */
message: string, } | { "code": "store_locked", 
/**
 * Sentence.
 */
message: string, 
/**
 * What opens them.
 */
ways: Array<Way>, 
/**
 * They were locked by somebody or by time; nothing is wrong.
 */
by_user: boolean, } | { "code": "passphrase_needed", 
/**
 * Sentence.
 */
message: string, } | { "code": "wrong_key", 
/**
 * Sentence.
 */
message: string, } | { "code": "keychain_unavailable", 
/**
 * Sentence.
 */
message: string, } | { "code": "store_in_use", 
/**
 * Sentence.
 */
message: string, } | { "code": "store_damaged", 
/**
 * Sentence.
 */
message: string, } | { "code": "store_too_new", 
/**
 * Sentence.
 */
message: string, } | { "code": "busy", 
/**
 * Sentence.
 */
message: string, 
/**
 * Chat.
 */
chat: ChatId, } | { "code": "offline", 
/**
 * Sentence.
 */
message: string, } | { "code": "policy_forbids", 
/**
 * Sentence.
 */
message: string, } | { "code": "key_rejected", 
/**
 * Sentence.
 */
message: string, } | { "code": "rate_limited", 
/**
 * Sentence.
 */
message: string, 
/**
 * Seconds that it asks for.
 */
retry_seconds: number | null, } | { "code": "provider_unavailable", 
/**
 * Sentence.
 */
message: string, } | { "code": "quota_exhausted", 
/**
 * Sentence.
 */
message: string, } | { "code": "content_refused", 
/**
 * Sentence.
 */
message: string, } | { "code": "budget_reached", 
/**
 * Sentence.
 */
message: string, } | { "code": "consent_needed", 
/**
 * Sentence.
 */
message: string, } | { "code": "sealed", 
/**
 * Sentence.
 */
message: string, } | { "code": "checksum_mismatch", 
/**
 * Sentence.
 */
message: string, } | { "code": "invalid_input", 
/**
 * Sentence.
 */
message: string, } | { "code": "not_found", 
/**
 * Sentence.
 */
message: string, } | { "code": "cancelled", 
/**
 * Sentence.
 */
message: string, } | { "code": "unexpected", 
/**
 * Sentence.
 */
message: string, };

/**
 * Why an answer ended.
 */
export type FinishReason = "end_of_turn" | "max_tokens" | "context_full" | "stopped" | "declined";

/**
 * Whether and how a model runs here, at a context of a given size.
 */
export type Fit = { 
/**
 * Verdict.
 */
verdict: Fits, 
/**
 * Weights, cache and working memory.
 */
needed_bytes: number, 
/**
 * Context that this was computed for, in tokens.
 */
context_tokens: number, 
/**
 * Speed; none before this computer was measured, and for what does not fit.
 */
speed: Speed | null, };

/**
 * Whether a model runs here.
 */
export type Fits = "fits" | "tight" | "too_large";

/**
 * A folder of chats.
 */
export type Folder = { 
/**
 * Id.
 */
id: FolderId, 
/**
 * Name.
 */
name: string, 
/**
 * Place in the list, from 0.
 */
position: number, 
/**
 * Days after its last message that a chat in it is erased; never where it is not set.
 */
retention_days: number | null, 
/**
 * Nothing in it may be deleted or moved out.
 */
legal_hold: boolean, };

/**
 * A new folder.
 */
export type FolderCreate = { 
/**
 * Name.
 */
name: string, };

/**
 * A folder of chats.
 */
export type FolderId = string;

/**
 * What was added from a folder.
 */
export type FolderInstalled = { 
/**
 * It was a model pack, and every file had its stated SHA-256.
 */
pack: boolean, 
/**
 * Models.
 */
models: Array<ModelCard>, 
/**
 * A sentence for each file that was not added.
 */
refused: Array<string>, };

/**
 * How a folder keeps its chats.
 */
export type FolderKeep = { 
/**
 * Folder.
 */
folder: FolderId, 
/**
 * Days after a chat's last message that it is erased; null keeps it.
 */
retention_days: number | null, 
/**
 * Nothing in it may be deleted.
 */
legal_hold: boolean, };

/**
 * A folder.
 */
export type FolderRef = { 
/**
 * Which.
 */
folder: FolderId, };

/**
 * Another name.
 */
export type FolderRename = { 
/**
 * Folder.
 */
folder: FolderId, 
/**
 * Name.
 */
name: string, };

/**
 * A folder to open.
 */
export type FolderReveal = { 
/**
 * Which.
 */
folder: KnownFolder, };

/**
 * A file of a repository, or all parts of a split one.
 */
export type HubFile = { 
/**
 * Path in the repository; the first part of a split one.
 */
path: string, 
/**
 * Parts; 1 where it is not split.
 */
parts: number, 
/**
 * Quantisation read from the name; empty where it says none.
 */
quantisation: string, 
/**
 * Size, all parts.
 */
bytes: number, 
/**
 * The hub states a SHA-256 for every part.
 */
verifiable: boolean, 
/**
 * A projector for pictures, not a chat model.
 */
projector: boolean, 
/**
 * How it would run here, judged by its size alone.
 */
fit: Fit, };

/**
 * A repository to list.
 */
export type HubFiles = { 
/**
 * `owner/name`.
 */
repo: string, };

/**
 * What a search found.
 */
export type HubFound = { 
/**
 * Host that was asked.
 */
host: string, 
/**
 * Repositories, most downloaded first.
 */
repos: Array<HubRepo>, };

/**
 * What a repository holds.
 */
export type HubListing = { 
/**
 * `owner/name`.
 */
repo: string, 
/**
 * Commit that was listed: downloads are of this one.
 */
revision: string, 
/**
 * Licence as the hub names it.
 */
licence: string | null, 
/**
 * The hub asks for an account that accepted the licence.
 */
gated: boolean, 
/**
 * GGUF files, smallest first.
 */
files: Array<HubFile>, };

/**
 * A repository that a search found.
 */
export type HubRepo = { 
/**
 * `owner/name`.
 */
repo: string, 
/**
 * Downloads in the last month.
 */
downloads: number | null, 
/**
 * Hearts.
 */
likes: number | null, 
/**
 * Day of the last change, `YYYY-MM-DD`.
 */
changed: string | null, 
/**
 * The hub asks for an account that accepted the licence.
 */
gated: boolean, 
/**
 * Licence as the hub names it.
 */
licence: string | null, };

/**
 * A search of the hub.
 */
export type HubSearch = { 
/**
 * Words.
 */
query: string, 
/**
 * How many at most.
 */
limit: number, };

/**
 * What is known of a picture beside its dots.
 */
export type ImageFacts = { 
/**
 * How it is written.
 */
format: ImageFormat, 
/**
 * Width in pixels.
 */
width: number, 
/**
 * Height in pixels.
 */
height: number, };

/**
 * How a picture is written. Others are read and kept as one of these.
 */
export type ImageFormat = "png" | "jpeg";

/**
 * How the chats are kept.
 */
export type Keeping = { "kind": "encrypted" } | { "kind": "plain", 
/**
 * Why.
 */
reason: string, };

/**
 * A change of key.
 */
export type KeyChange = { 
/**
 * The passphrase, where there is one: it is carried over.
 */
passphrase: Typed | null, };

/**
 * Whether the keychain opens the chats by itself.
 */
export type KeychainUse = { 
/**
 * It does.
 */
on: boolean, };

/**
 * A folder that can be opened in the file manager.
 */
export type KnownFolder = "data" | "logs" | "models";

/**
 * Which attempts to cross.
 */
export type Ledger = { 
/**
 * Before this one; the newest where it is null.
 */
before: number | null, 
/**
 * For this purpose.
 */
purpose: Purpose | null, 
/**
 * Hosts that contain this; empty for all.
 */
host: string, 
/**
 * Only those that were refused.
 */
refused: boolean, 
/**
 * How many at most.
 */
limit: number, };

/**
 * An attempt to cross.
 */
export type LedgerEntry = { 
/**
 * Number of its (last) record in the log.
 */
seq: number, 
/**
 * What crossed, or did not.
 */
crossing: Crossing, 
/**
 * The chat that crossed, where it was one that is kept.
 */
chat: CrossedChat | null, };

/**
 * Some attempts to cross, newest first.
 */
export type LedgerPage = { 
/**
 * Attempts.
 */
entries: Array<LedgerEntry>, 
/**
 * There are older ones.
 */
more: boolean, };

/**
 * A link to open.
 */
export type LinkOpen = { 
/**
 * `http`, `https` or `mailto`.
 */
url: string, };

/**
 * How much is logged.
 */
export type LogLevel = "error" | "warn" | "info" | "debug";

/**
 * This computer.
 */
export type Machine = { 
/**
 * Processor as the system names it.
 */
processor: string, 
/**
 * Physical cores.
 */
cores: number, 
/**
 * Memory that programs of this user can have in all (a container's limit counts).
 */
memory_bytes: number, 
/**
 * Memory that is free or can be freed now.
 */
available_bytes: number, 
/**
 * Devices that this build can use beside the processor.
 */
devices: Array<Device>, 
/**
 * Free space where downloads go.
 */
disk_free_bytes: number, 
/**
 * Measured speed.
 */
speed: MachineSpeed | null, 
/**
 * When it was measured.
 */
measured_at: Timestamp | null, };

/**
 * What a ten-second measurement found.
 */
export type MachineSpeed = { 
/**
 * Weight bytes (Q4_K) that a matrix-vector product goes through in a second: bounds tokens generated.
 */
generation_bytes_per_second: number, 
/**
 * Multiplications and additions of a matrix-matrix product in a second: bounds prompt tokens read.
 */
prompt_flops: number, 
/**
 * Threads that were used for generating.
 */
threads: number, };

/**
 * What an administrator's policy says about this window.
 */
export type Managed = { 
/**
 * There is a policy in force.
 */
managed: boolean, 
/**
 * A sentence to show at all times.
 */
banner: string | null, 
/**
 * Settings that the user cannot change, and the file that set each.
 */
locked: Array<ManagedSetting>, 
/**
 * Answers may be copied.
 */
copy: boolean, 
/**
 * Chats may be exported.
 */
export: boolean, 
/**
 * What is wrong with the policy, as sentences with file and line.
 */
problems: Array<string>, };

/**
 * A setting that the user cannot change.
 */
export type ManagedSetting = { 
/**
 * Name of the setting; dots lead into it: `network.proxy`.
 */
setting: string, 
/**
 * The file that set it.
 */
file: string, };

/**
 * A message.
 */
export type Message = { 
/**
 * Id.
 */
id: MessageId, 
/**
 * Its chat.
 */
chat: ChatId, 
/**
 * The message before it.
 */
parent: MessageId | null, 
/**
 * Who speaks.
 */
role: Role, 
/**
 * The text, as far as it is written.
 */
text: string, 
/**
 * A model's reasoning, as far as it is written.
 */
reasoning: string, 
/**
 * How far it is.
 */
state: MessageState, 
/**
 * Attached files (on a user's message).
 */
attachments: Array<AttachmentInfo>, 
/**
 * What is known of an answer (on a model's message).
 */
answer: Answer | null, 
/**
 * What the user thinks of it.
 */
rating: Rating | null, 
/**
 * All messages with the same parent, oldest first, itself included: the branches.
 */
siblings: Array<MessageId>, 
/**
 * Born.
 */
created_at: Timestamp, };

/**
 * A message, of the user or of a model.
 */
export type MessageId = string;

/**
 * A rating.
 */
export type MessageRate = { 
/**
 * Answer.
 */
message: MessageId, 
/**
 * Null takes it back.
 */
rating: Rating | null, };

/**
 * A message.
 */
export type MessageRef = { 
/**
 * Which.
 */
message: MessageId, };

/**
 * How far a message is.
 */
export type MessageState = "streaming" | "complete" | "stopped" | "interrupted" | "failed";

/**
 * Some messages.
 */
export type Messages = { 
/**
 * Messages, oldest first.
 */
messages: Array<Message>, 
/**
 * There are older ones.
 */
more: boolean, };

/**
 * Where the bridge stands, from up to down.
 */
export type Mode = "sealed" | "guarded" | "open";

/**
 * A model in the library.
 */
export type ModelCard = { 
/**
 * Id.
 */
id: ModelId, 
/**
 * Name.
 */
name: string, 
/**
 * It came with the application and is a demonstration.
 */
starter: boolean, 
/**
 * Header.
 */
file: ModelFile, 
/**
 * File name, for people to read.
 */
file_name: string, 
/**
 * Folder, for people to read.
 */
folder: string, 
/**
 * SHA-256 in hex, once computed.
 */
sha256: string | null, 
/**
 * State.
 */
status: ModelStatus, 
/**
 * Sampler where the chat sets nothing.
 */
default_sampling: Sampling, 
/**
 * Where it came from.
 */
origin: ModelOrigin, 
/**
 * Its source stated hashes.
 */
verifiable: boolean, 
/**
 * The last comparison with them.
 */
verification: Verification | null, 
/**
 * How it runs here.
 */
fit: Fit, 
/**
 * Its files were downloaded or installed by Drawbridge: removing it can free their space.
 */
owned: boolean, 
/**
 * Added.
 */
added_at: Timestamp, };

/**
 * Files that were dropped on the window.
 */
export type ModelDrop = { 
/**
 * Tokens.
 */
tokens: Array<string>, };

/**
 * What the file's header says.
 */
export type ModelFile = { 
/**
 * Name that the header gives, else the file's.
 */
name: string, 
/**
 * Architecture, such as `llama` or `qwen3`.
 */
architecture: string, 
/**
 * Weights, counted from the tensors.
 */
parameters: number, 
/**
 * Quantisation as people write it, such as `Q4_K_M`.
 */
quantisation: string, 
/**
 * Context that the model was trained for, in tokens.
 */
context_tokens: number, 
/**
 * All parts of the model together.
 */
bytes: number, 
/**
 * It has a chat template of its own.
 */
has_template: boolean, 
/**
 * Licence as the header states it.
 */
licence: string | null, 
/**
 * Weights that one token uses: fewer than `parameters` in a mixture of experts. 0 where it is not known.
 */
active_parameters: number, 
/**
 * Bytes that one token of context takes in memory, at 16 bits a value. 0 where it is not known.
 */
kv_bytes_per_token: number, };

/**
 * A model in the library.
 */
export type ModelId = string;

/**
 * Where a model came from.
 */
export type ModelOrigin = { "kind": "starter" } | { "kind": "file" } | { "kind": "hub", 
/**
 * Host of the hub.
 */
host: string, 
/**
 * `owner/name`.
 */
repo: string, 
/**
 * Commit.
 */
revision: string, 
/**
 * Path of the first part in the repository.
 */
path: string, } | { "kind": "pack", 
/**
 * The pack's own name for itself.
 */
id: string, };

/**
 * A model.
 */
export type ModelRef = { 
/**
 * Which.
 */
model: ModelId, };

/**
 * A model to remove.
 */
export type ModelRemove = { 
/**
 * Which.
 */
model: ModelId, 
/**
 * Its files too.
 */
files: boolean, };

/**
 * A model was removed.
 */
export type ModelRemoved = { 
/**
 * Space that became free.
 */
freed_bytes: number, };

/**
 * How a model in the library is doing.
 */
export type ModelStatus = { "kind": "ready" } | { "kind": "loading", 
/**
 * 0 to 1.
 */
share: number, } | { "kind": "verifying", 
/**
 * 0 to 1.
 */
share: number, } | { "kind": "loaded", 
/**
 * Context in use, in tokens.
 */
context_tokens: number, } | { "kind": "missing" } | { "kind": "failed", 
/**
 * Why.
 */
reason: string, };

/**
 * How models are fetched.
 */
export type NetworkSettings = { 
/**
 * Address of the hub: `https://huggingface.co`, a mirror, or an organisation's own.
 */
hub: string, 
/**
 * Hosts that the hub may send a download on to: `cdn.example.org`, `*.example.org`, `10.0.0.7:9000`.
 */
download_hosts: Array<string>, 
/**
 * Proxy.
 */
proxy: ProxyRule, 
/**
 * File of certificates (PEM) that are trusted beside the system's; empty for none.
 */
ca_bundle: string, };

/**
 * No arguments, or no value.
 */
export type Nothing = null;

/**
 * A model of the bundled catalogue, judged for this computer.
 */
export type Offer = { 
/**
 * Names it in the catalogue.
 */
id: string, 
/**
 * Name for people.
 */
name: string, 
/**
 * Who made it.
 */
maker: string, 
/**
 * Family, such as `Qwen 3`.
 */
family: string, 
/**
 * What it is for.
 */
kind: OfferKind, 
/**
 * Repository on the hub, `owner/name`.
 */
repo: string, 
/**
 * Weights.
 */
parameters: number, 
/**
 * Context that it was trained for, in tokens.
 */
context_tokens: number, 
/**
 * Licence in a few plain words.
 */
licence: string, 
/**
 * Languages in a few words.
 */
languages: string, 
/**
 * What it is good at, in a few words.
 */
good_at: string, 
/**
 * The hub asks for an account that accepted the licence.
 */
gated: boolean, 
/**
 * Quantisations, smallest first.
 */
files: Array<OfferFile>, 
/**
 * Place in `files` of the one that suits this computer best; none where none fits.
 */
advised: number | null, 
/**
 * Why this model is the best one for this computer; set on one model at most.
 */
best_because: string | null, };

/**
 * One quantisation of an offered model.
 */
export type OfferFile = { 
/**
 * Quantisation, such as `Q4_K_M`.
 */
quantisation: string, 
/**
 * Path in the repository; the first part of a split one.
 */
path: string, 
/**
 * Size, all parts.
 */
bytes: number, 
/**
 * The size is computed from weights and quantisation, and the hub will say it exactly.
 */
about: boolean, 
/**
 * How it would run here.
 */
fit: Fit, };

/**
 * What a model is for.
 */
export type OfferKind = "chat" | "vision" | "embedding";

/**
 * Which of OpenAI's two formats is spoken.
 */
export type OpenaiApi = "responses" | "chat_completions";

/**
 * What kind of text a part of an answer is.
 */
export type PartKind = "text" | "reasoning";

/**
 * A new passphrase.
 */
export type PassphraseSet = { 
/**
 * As typed.
 */
passphrase: Typed, };

/**
 * A path to pick.
 */
export type PathPick = { 
/**
 * For which setting.
 */
setting: PathSetting, };

/**
 * A setting that is a path. The page can clear it; only the user's own pick sets it.
 */
export type PathSetting = "certificates" | "models_folder";

/**
 * One key of the policy.
 */
export type PolicyEntry = { 
/**
 * Key.
 */
key: string, 
/**
 * Value as JSON.
 */
value: string, 
/**
 * What it governs, as a sentence.
 */
words: string, 
/**
 * Who set it.
 */
origin: PolicyOrigin, 
/**
 * Where it is set as well and does not hold, because a later file took its place; earliest first.
 */
replaces: Array<PolicyOrigin>, };

/**
 * Who set something.
 */
export type PolicyOrigin = { "kind": "managed", 
/**
 * The file, or the registry key.
 */
file: string, 
/**
 * The line; null where values have names and no lines.
 */
line: number | null, } | { "kind": "recommended", 
/**
 * The file, or the registry key.
 */
file: string, 
/**
 * The line; null where values have names and no lines.
 */
line: number | null, };

/**
 * The whole policy.
 */
export type PolicyView = { 
/**
 * What it says, by key.
 */
entries: Array<PolicyEntry>, 
/**
 * What is wrong with it, as sentences with file and line.
 */
problems: Array<string>, 
/**
 * SHA-256 of what is managed, in hex; as the log names it.
 */
sha256: string, };

/**
 * A price.
 */
export type Price = { 
/**
 * What the provider speaks, or `mistral`, `groq`, `openrouter` and others of the table.
 */
provider: string, 
/**
 * Id of the model; names that begin with it and go on with a date or a version are meant too.
 */
model: string, 
/**
 * US dollars for a million tokens of the prompt.
 */
input: number, 
/**
 * The same for tokens from the provider's cache; as `input` where it is not set.
 */
cached_input: number | null, 
/**
 * The same for tokens written into it; as `input` where it is not set.
 */
cache_write: number | null, 
/**
 * The same for tokens of the answer, reasoning included.
 */
output: number, 
/**
 * Public page that says so; empty for the user's own.
 */
source: string, 
/**
 * Day on which it was seen, `YYYY-MM-DD`.
 */
seen: string, 
/**
 * The user wrote it.
 */
own: boolean, };

/**
 * A price to forget: the bundled one holds again, or none.
 */
export type PriceRef = { 
/**
 * Provider.
 */
provider: string, 
/**
 * Model.
 */
model: string, };

/**
 * By what exactly an answer was made.
 */
export type Provenance = { 
/**
 * SHA-256 of the model file, in hex; filled in the background for a file not hashed yet.
 */
model_sha256: string | null, 
/**
 * Version and build flags of the engine.
 */
engine_build: string, 
/**
 * SHA-256 of the chat template, in hex.
 */
template_sha256: string, 
/**
 * SHA-256 of the rendered prompt, in hex.
 */
prompt_sha256: string, 
/**
 * Sampler with the seed that was used.
 */
sampling: Sampling, 
/**
 * The model has no chat template of its own and ChatML stood in.
 */
template_fallback: boolean, };

/**
 * A server elsewhere that answers.
 */
export type Provider = { 
/**
 * Id.
 */
id: ProviderId, 
/**
 * What it speaks.
 */
kind: ProviderKind, 
/**
 * Short name for the command line, unique: lower-case letters, figures and hyphens.
 */
handle: string, 
/**
 * Name for people.
 */
name: string, 
/**
 * Address up to and without `/chat/completions`, `/messages`, `/models`; no slash at its end.
 */
base_url: string, 
/**
 * How far away it is.
 */
zone: Zone, 
/**
 * Where it computes, in the user's words; may be empty.
 */
region: string, 
/**
 * What it keeps, in the user's words; may be empty.
 */
retention: string, 
/**
 * Which of OpenAI's formats ([`ProviderKind::Openai`] and [`ProviderKind::Azure`]).
 */
api: OpenaiApi, 
/**
 * `api-version` of [`ProviderKind::Azure`]; empty for its `v1` address.
 */
api_version: string, 
/**
 * How it is told who asks.
 */
auth: ProviderAuth, 
/**
 * Names of headers that go along with every request; their values are secrets.
 */
headers: Array<string>, 
/**
 * File (PEM) with a certificate and its key that the server wants to see; empty for none.
 */
client_certificate: string, 
/**
 * Its models that can be chosen.
 */
models: Array<ProviderModel>, 
/**
 * Added.
 */
added_at: Timestamp, };

/**
 * How a provider is told who asks.
 */
export type ProviderAuth = "key" | "bearer" | "none";

/**
 * A provider with what is known of it beside its settings.
 */
export type ProviderCard = { 
/**
 * Its settings.
 */
provider: Provider, 
/**
 * A key is kept; its last four characters, or none of them where it is short.
 */
key: string | null, 
/**
 * The key was given for another address and is not sent to this one.
 */
key_elsewhere: boolean, 
/**
 * Headers whose value is kept.
 */
headers_set: Array<string>, 
/**
 * Why it is left alone at the moment: it failed again and again, or asked us to wait.
 */
resting: string | null, 
/**
 * An administrator forbids it: a sentence.
 */
forbidden: string | null, };

/**
 * A provider of models.
 */
export type ProviderId = string;

/**
 * What a provider's server speaks.
 */
export type ProviderKind = "openai" | "azure" | "anthropic" | "gemini" | "compatible";

/**
 * A model of a provider.
 */
export type ProviderModel = { 
/**
 * Id here.
 */
id: ModelId, 
/**
 * What the provider calls it; with Azure the deployment.
 */
name: string, 
/**
 * Name for people.
 */
title: string, 
/**
 * Tokens that it holds; not known where it is not set.
 */
context_tokens: number | null, 
/**
 * Longest answer in tokens; not known where it is not set.
 */
max_output_tokens: number | null, 
/**
 * It takes images.
 */
images: boolean, 
/**
 * It reasons before it answers.
 */
reasoning: boolean, };

/**
 * A model of a provider, new or changed.
 */
export type ProviderModelSave = { 
/**
 * Which; a new one where it is not set.
 */
id: ModelId | null, 
/**
 * What the provider calls it.
 */
name: string, 
/**
 * Name for people; the provider's where it is empty.
 */
title: string, 
/**
 * Tokens that it holds.
 */
context_tokens: number | null, 
/**
 * Longest answer in tokens.
 */
max_output_tokens: number | null, 
/**
 * It takes images.
 */
images: boolean, 
/**
 * It reasons before it answers.
 */
reasoning: boolean, };

/**
 * A provider as it can be chosen from a list.
 */
export type ProviderPreset = { 
/**
 * Its id in the list.
 */
id: string, 
/**
 * Name.
 */
name: string, 
/**
 * What it speaks.
 */
kind: ProviderKind, 
/**
 * Address; empty where everybody has their own.
 */
base_url: string, 
/**
 * How it is told who asks.
 */
auth: ProviderAuth, 
/**
 * It answers without a key too.
 */
key_optional: boolean, 
/**
 * How far away it is.
 */
zone: Zone, 
/**
 * What it is, and where its key is made.
 */
note: string, 
/**
 * Page where keys are made.
 */
keys_page: string | null, 
/**
 * Where it computes, as it publishes.
 */
region: string | null, 
/**
 * What it keeps, as it publishes.
 */
retention: string | null, 
/**
 * Page that says so.
 */
retention_source: string | null, };

/**
 * A provider.
 */
export type ProviderRef = { 
/**
 * Which.
 */
provider: ProviderId, };

/**
 * Settings of a provider, new or changed.
 */
export type ProviderSave = { 
/**
 * Which; a new one where it is not set.
 */
provider: ProviderId | null, 
/**
 * What it speaks.
 */
kind: ProviderKind, 
/**
 * Name for people.
 */
name: string, 
/**
 * Address.
 */
base_url: string, 
/**
 * How far away it is.
 */
zone: Zone, 
/**
 * Where it computes.
 */
region: string, 
/**
 * What it keeps.
 */
retention: string, 
/**
 * Which of OpenAI's formats.
 */
api: OpenaiApi, 
/**
 * `api-version` of Azure; empty for its `v1` address.
 */
api_version: string, 
/**
 * How it is told who asks.
 */
auth: ProviderAuth, 
/**
 * Names of headers that go along.
 */
headers: Array<string>, 
/**
 * Its models that can be chosen; those without an id here are new.
 */
models: Array<ProviderModelSave>, };

/**
 * What trying a connection found.
 */
export type ProviderTrial = { 
/**
 * What is wrong; null where nothing is.
 */
failure: Failure | null, 
/**
 * The models that it offers, those for chatting only where that can be told.
 */
models: Array<ProviderModel>, 
/**
 * From request to answer, in milliseconds.
 */
took_ms: number, 
/**
 * What else is to be known, as sentences.
 */
notes: Array<string>, };

/**
 * What stands between us and the internet.
 */
export type ProxyRule = { "kind": "direct" } | { "kind": "system" } | { "kind": "explicit", 
/**
 * `http://`, `https://` or `socks5h://` with host and port. A name and password in it are secret.
 */
url: string, };

/**
 * Why something crosses. Closed: what is not here cannot cross.
 */
export type Purpose = "model_search" | "model_download" | "provider_chat" | "provider_models";

/**
 * What the user thinks of an answer.
 */
export type Rating = { 
/**
 * Up or down.
 */
thumb: Thumb, 
/**
 * Why, in the user's words; may be empty.
 */
reason: string, };

/**
 * A recovery code, to print.
 */
export type RecoveryCode = { 
/**
 * In groups.
 */
code: Typed, };

/**
 * A backup is in place.
 */
export type Restored = { 
/**
 * When it was made.
 */
made_at: Timestamp, 
/**
 * Chats in it.
 */
chats: number, 
/**
 * Where what was here before is kept, for people to read.
 */
kept: string, };

/**
 * Who speaks.
 */
export type Role = "system" | "user" | "assistant";

/**
 * Where an answer came from and why.
 */
export type Route = { "place": "this_computer", 
/**
 * A sentence for the person.
 */
reason: string, } | { "place": "our_network", 
/**
 * The provider's name at the time.
 */
provider: string, 
/**
 * A sentence for the person.
 */
reason: string, } | { "place": "cloud", 
/**
 * The provider's name at the time.
 */
provider: string, 
/**
 * A sentence for the person.
 */
reason: string, };

/**
 * How the next token is chosen; every value set.
 */
export type Sampling = { 
/**
 * Temperature; 0 is greedy.
 */
temperature: number, 
/**
 * Keep the k likeliest tokens; 0 keeps all.
 */
top_k: number, 
/**
 * Nucleus sampling.
 */
top_p: number, 
/**
 * Drop tokens less likely than this share of the likeliest.
 */
min_p: number, 
/**
 * Penalty on tokens of the last 64; 1 is off.
 */
repeat_penalty: number, 
/**
 * Seed.
 */
seed: number, 
/**
 * Longest answer in tokens; until the context is full where it is not set.
 */
max_tokens: number | null, };

/**
 * A search.
 */
export type Search = { 
/**
 * Words as the user typed them.
 */
query: string, 
/**
 * How many at most.
 */
limit: number, };

/**
 * A message that was found, best first.
 */
export type SearchHit = { 
/**
 * Chat.
 */
chat: ChatId, 
/**
 * Its title.
 */
chat_title: string, 
/**
 * Message; none where only the title matches.
 */
message: MessageId | null, 
/**
 * Who speaks.
 */
role: Role, 
/**
 * The text around the first hit.
 */
snippet: Array<SnippetPart>, 
/**
 * When it was said.
 */
at: Timestamp, };

/**
 * A key or token, without its value.
 */
export type SecretInfo = { 
/**
 * Id.
 */
id: string, 
/**
 * Name for people.
 */
name: string, 
/**
 * Its last four characters, where it is kept.
 */
last_four: string | null, 
/**
 * Where it is kept, or would be.
 */
place: SecretPlace, };

/**
 * Where a key or token is kept.
 */
export type SecretPlace = "keychain" | "store";

/**
 * A key or token.
 */
export type SecretRef = { 
/**
 * Its id, of [`SecretInfo`].
 */
id: string, };

/**
 * How the chats are kept, and which ways lead in.
 */
export type Security = { 
/**
 * How.
 */
keeping: Keeping, 
/**
 * Ways in.
 */
ways: Array<WayIn>, 
/**
 * Why the keychain cannot be used; null where it can.
 */
keychain_trouble: string | null, 
/**
 * It can be locked: something other than the keychain opens it again.
 */
can_lock: boolean, 
/**
 * The organisation decides where the key is kept.
 */
managed: boolean, };

/**
 * What sends a message.
 */
export type SendKey = "enter" | "mod_enter";

/**
 * A question and its answer, just begun.
 */
export type Sent = { 
/**
 * Question.
 */
question: Message, 
/**
 * Answer, still empty.
 */
answer: Message, };

/**
 * Settings of the application.
 */
export type Settings = { 
/**
 * Colours.
 */
theme: Theme, 
/**
 * Size of text in percent, 80 to 200.
 */
text_percent: number, 
/**
 * What sends a message.
 */
send_key: SendKey, 
/**
 * Model of a new chat; the starter model where it is not set.
 */
default_model: ModelId | null, 
/**
 * Tell when a long answer ends and the window is not in front.
 */
notify: boolean, 
/**
 * Minutes after which an idle model leaves memory; 0 keeps it.
 */
unload_minutes: number, 
/**
 * Minutes without anybody there after which the chats are locked; 0 never locks. It needs a way in beside the
 * keychain.
 */
lock_minutes: number, 
/**
 * Lock when the computer goes to sleep.
 */
lock_on_sleep: boolean, 
/**
 * How much is logged.
 */
log_level: LogLevel, 
/**
 * The card of the first run has been put away.
 */
doors_dismissed: boolean, 
/**
 * The side bar is shown.
 */
sidebar_open: boolean, 
/**
 * How models are fetched.
 */
network: NetworkSettings, 
/**
 * Folder of downloaded models; one in the data folder where it is empty.
 */
models_folder: string, 
/**
 * Where the bridge stands.
 */
mode: Mode, 
/**
 * What may be spent at providers.
 */
budgets: Array<Budget>, 
/**
 * Where a provider fails before its first word, the default model of this computer answers without a question.
 */
answer_here_on_failure: boolean, 
/**
 * Providers' models that are asked in turn where the chosen one fails, each only where the chat may go there.
 */
fallbacks: Array<ModelId>, };

/**
 * A change of settings.
 */
export type SettingsChange = { 
/**
 * The fields that change.
 */
patch: SettingsPartial, };

/**
 * For the TypeScript type alone: any part of [`Settings`].
 */
export type SettingsPartial = Partial<Settings>;

/**
 * A picture for the window.
 */
export type ShownImage = { 
/**
 * As a data URL (RFC 2397).
 */
url: string, };

/**
 * A piece of a snippet.
 */
export type SnippetPart = { 
/**
 * Text.
 */
text: string, 
/**
 * It is what was searched for.
 */
hit: boolean, };

/**
 * How fast a model is here.
 */
export type Speed = { 
/**
 * Tokens written in a second.
 */
tokens_per_second: number, 
/**
 * Seconds until the first token of an answer to a prompt of 1,000 tokens; none where nothing says.
 */
first_token_seconds: number | null, 
/**
 * Whence.
 */
source: SpeedSource, };

/**
 * Where a speed comes from.
 */
export type SpeedSource = "estimated" | "measured";

/**
 * What a model's template makes of a short conversation.
 */
export type TemplateTrial = { 
/**
 * It rendered.
 */
renders: boolean, 
/**
 * The rendered text, or what went wrong.
 */
text: string, };

/**
 * Colours.
 */
export type Theme = "system" | "light" | "dark";

/**
 * Up or down.
 */
export type Thumb = "up" | "down";

/**
 * Milliseconds since 1970-01-01T00:00:00Z.
 */
export type Timestamp = number;

/**
 * Who gave a chat its title. A later source never overwrites an earlier one of higher rank.
 */
export type TitleSource = "none" | "words" | "model" | "user";

/**
 * What a person typed and nobody else should read: it prints as nothing.
 */
export type Typed = string;

/**
 * How to open what is locked.
 */
export type Unlock = { "kind": "keychain" } | { "kind": "passphrase", 
/**
 * As typed.
 */
passphrase: Typed, } | { "kind": "recovery", 
/**
 * As typed; case, spaces and hyphens do not matter.
 */
code: Typed, } | { "kind": "administrator" };

/**
 * What an answer cost.
 */
export type Usage = { 
/**
 * Tokens of the prompt, template included.
 */
prompt_tokens: number, 
/**
 * Of these, tokens that were still in the cache from an earlier turn.
 */
cached_tokens: number, 
/**
 * Tokens of the answer, reasoning included.
 */
output_tokens: number, 
/**
 * From request to first token.
 */
first_token_ms: number, 
/**
 * Tokens of the answer per second, after the first.
 */
tokens_per_second: number, 
/**
 * Time spent reasoning.
 */
reasoning_ms: number, 
/**
 * Of the output, tokens of reasoning, where the provider counts them.
 */
reasoning_tokens: number, 
/**
 * Of the prompt, tokens that were written into a provider's cache, where it charges for that.
 */
cache_write_tokens: number, 
/**
 * The tokens are an estimate of ours: the provider gave no figures.
 */
estimated: boolean, };

/**
 * The name of something in the rows.
 */
export type UsageName = { 
/**
 * Id.
 */
id: string, 
/**
 * Name.
 */
name: string, };

/**
 * Which days.
 */
export type UsageQuery = { 
/**
 * From this day on, `YYYY-MM-DD`, local time.
 */
from: string, 
/**
 * To the end of this day.
 */
to: string, 
/**
 * Minutes that local time is ahead of UTC.
 */
offset_minutes: number, };

/**
 * What was asked and spent.
 */
export type UsageReport = { 
/**
 * By day, every day of the question, then by model and folder; one row each.
 */
rows: Array<UsageRow>, 
/**
 * What may still be spent now.
 */
budgets: Array<BudgetState>, 
/**
 * Names of the folders and providers in the rows, by id; those that are gone have none.
 */
names: Array<UsageName>, };

/**
 * What was asked of one model on one day in one folder.
 */
export type UsageRow = { 
/**
 * `YYYY-MM-DD`.
 */
day: string, 
/**
 * Provider; null for the engine of this computer.
 */
provider: ProviderId | null, 
/**
 * Model.
 */
model: ModelId, 
/**
 * Its name.
 */
model_name: string, 
/**
 * Folder.
 */
folder: FolderId | null, 
/**
 * Where.
 */
zone: Zone, 
/**
 * Attempts that ended with an answer, whole or stopped.
 */
answers: number, 
/**
 * Attempts that failed.
 */
errors: number, 
/**
 * Answers in the place of a provider that failed.
 */
fallbacks: number, 
/**
 * Tokens of the prompts.
 */
prompt_tokens: number, 
/**
 * Of these, from a cache.
 */
cached_tokens: number, 
/**
 * Tokens of the answers.
 */
output_tokens: number, 
/**
 * Of these, of reasoning.
 */
reasoning_tokens: number, 
/**
 * Millionths of a US dollar.
 */
usd_micros: number, 
/**
 * Some of it was counted as the dearest known price.
 */
price_unknown: boolean, 
/**
 * Median from request to first token.
 */
first_token_ms: number | null, 
/**
 * Thumbs up.
 */
up: number, 
/**
 * Thumbs down.
 */
down: number, };

/**
 * What comparing a model's files with the stated hashes found.
 */
export type Verification = { 
/**
 * When.
 */
at: Timestamp, 
/**
 * Every file has the stated SHA-256.
 */
matched: boolean, };

/**
 * What opens encrypted chats.
 */
export type Way = "keychain" | "passphrase" | "recovery" | "administrator";

/**
 * A way in.
 */
export type WayIn = { 
/**
 * Which.
 */
way: Way, 
/**
 * The keychain's name, or who holds the organisation's key; empty for the others.
 */
detail: string, };

/**
 * How far away a provider is, as the user vouches. The order is the distance.
 */
export type Zone = "this_computer" | "our_network" | "cloud";

/** Each command's arguments and value. */
export interface Commands {
  /** Opens what is locked. */
  unlock: { args: Unlock; value: Nothing };
  /** Locks: what is being answered is kept, the chats are closed, their key is forgotten. */
  lock: { args: Nothing; value: Nothing };
  /** Somebody is there: the time until it locks by itself begins anew. */
  present: { args: Nothing; value: Nothing };
  /** How the chats are kept and which ways lead in. */
  security: { args: Nothing; value: Security };
  /** Sets or replaces the passphrase. Chats that are kept in the clear are encrypted with it. */
  passphrase_set: { args: PassphraseSet; value: Security };
  /** Takes the passphrase away, where another way in stays. */
  passphrase_remove: { args: Nothing; value: Security };
  /** Makes a recovery code in place of any before. It is shown this once. */
  recovery_make: { args: Nothing; value: RecoveryCode };
  /** Lets the keychain open the chats by itself, or no more. */
  keychain_use: { args: KeychainUse; value: Security };
  /** Encrypts everything anew under another key. The recovery code of before opens nothing any more. */
  key_change: { args: KeyChange; value: Security };
  /** Writes a backup that opens with a passphrase, on any computer, to a file that the user picks; null where they picked none. */
  backup_make: { args: BackupMake; value: Exported | null };
  /** Puts a backup that the user picks in the place of what is here; that is kept beside it. Null where they picked none. */
  backup_restore: { args: BackupRestore; value: Restored | null };
  /** What the window needs to draw its first frame. */
  boot: { args: Nothing; value: Boot };
  /** The chats, newest first; or those in the trash. */
  chat_list: { args: ChatList; value: Array<ChatSummary> };
  /** A chat with the end of the branch that is shown. */
  chat_open: { args: ChatOpen; value: ChatView };
  /** Messages of the shown branch before one. */
  chat_before: { args: ChatBefore; value: Messages };
  /** A new, empty chat. */
  chat_create: { args: ChatCreate; value: Chat };
  /** Changes title, pin, folder, model, assistant or settings. */
  chat_change: { args: ChatChange; value: Chat };
  /** Keeps what is written in the composer. */
  chat_draft: { args: ChatDraft; value: Nothing };
  /** Moves a chat to the trash. */
  chat_delete: { args: ChatRef; value: Nothing };
  /** Brings a chat back from the trash. */
  chat_restore: { args: ChatRef; value: Chat };
  /** Erases a chat that is in the trash. */
  chat_erase: { args: ChatRef; value: Nothing };
  /** Erases everything in the trash. */
  trash_empty: { args: Nothing; value: Nothing };
  /** Writes a chat to a file that the user picks; null where they picked none. */
  chat_export: { args: ChatExport; value: Exported | null };
  /** Keeps the user's message, then begins the answer. Returns both messages; the answer goes on as events. */
  chat_send: { args: ChatSend; value: Sent };
  /** Another answer to the same question, as a branch. */
  answer_again: { args: MessageRef; value: Sent };
  /** Goes on with an answer that was broken off. */
  answer_continue: { args: MessageRef; value: Sent };
  /** Stops an answer and keeps what is written. */
  answer_stop: { args: MessageRef; value: Nothing };
  /** Shows the branch through this message. */
  branch_show: { args: MessageRef; value: ChatView };
  /** Thumb up or down, with a reason; or neither. */
  message_rate: { args: MessageRate; value: Message };
  /** A message as text to put on the clipboard: an answer carries a mark that a model wrote it. */
  message_copy: { args: MessageRef; value: CopyText };
  /** Searches every message and title. */
  search: { args: Search; value: Array<SearchHit> };
  /** A new folder. */
  folder_create: { args: FolderCreate; value: Folder };
  /** Another name for a folder. */
  folder_rename: { args: FolderRename; value: Folder };
  /** Removes a folder; its chats stay. */
  folder_delete: { args: FolderRef; value: Nothing };
  /** Says how long a folder keeps its chats, and whether nothing in it may be deleted. */
  folder_keep: { args: FolderKeep; value: Folder };
  /** Lets the user pick texts and pictures and attaches them to what is being written in a chat. */
  attachment_pick: { args: ChatRef; value: Array<AttachmentInfo> };
  /** Attaches files that were dropped on the window. */
  attachment_drop: { args: AttachmentDrop; value: Array<AttachmentInfo> };
  /** Attaches a long pasted text. */
  attachment_paste: { args: AttachmentPaste; value: AttachmentInfo };
  /** Attaches a pasted picture. */
  attachment_paste_image: { args: AttachmentPasteImage; value: AttachmentInfo };
  /** An attached picture, of a question or of what is being written. */
  attachment_show: { args: AttachmentShow; value: ShownImage };
  /** Takes an attachment off what is being written. */
  attachment_remove: { args: AttachmentRef; value: Nothing };
  /** How full the context would be if this were sent. */
  context_measure: { args: ContextMeasure; value: ContextMeter };
  /** The models in the library. */
  model_list: { args: Nothing; value: Array<ModelCard> };
  /** Lets the user pick a GGUF file and adds it; null where they picked none. */
  model_open: { args: Nothing; value: ModelCard | null };
  /** Adds GGUF files that were dropped on the window. */
  model_drop: { args: ModelDrop; value: Array<ModelCard> };
  /** Takes a model off the library; its files go too where they were downloaded and the user says so. */
  model_remove: { args: ModelRemove; value: ModelRemoved };
  /** Compares a model's files with the hashes that its source stated; progress comes as [`ModelStatus::Verifying`]. */
  model_verify: { args: ModelRef; value: ModelCard };
  /** Says what a model's template makes of a short conversation, without loading its weights. */
  model_template: { args: ModelRef; value: TemplateTrial };
  /** Loads a model ahead of the first question. */
  model_warm: { args: ModelRef; value: Nothing };
  /** Lets the user pick a folder, and adds the GGUF files in it or installs the model pack that it is; null where they picked none. */
  model_folder: { args: Nothing; value: FolderInstalled | null };
  /** This computer. */
  machine: { args: Nothing; value: Machine };
  /** Measures this computer for about ten seconds. */
  machine_measure: { args: Nothing; value: Machine };
  /** The bundled catalogue, judged for this computer. */
  catalogue: { args: Nothing; value: Array<Offer> };
  /** Searches the hub for GGUF models. */
  hub_search: { args: HubSearch; value: HubFound };
  /** What a repository of the hub holds. */
  hub_files: { args: HubFiles; value: HubListing };
  /** Downloads, those under way first. */
  download_list: { args: Nothing; value: Array<Download> };
  /** Begins to download a model. */
  download_start: { args: DownloadStart; value: Download };
  /** Pauses a download; what arrived is kept. */
  download_pause: { args: DownloadRef; value: Download };
  /** Goes on with a download that was paused or broke off. */
  download_resume: { args: DownloadRef; value: Download };
  /** Ends a download and removes what arrived; also takes a finished one off the list. */
  download_cancel: { args: DownloadRef; value: Nothing };
  /** Every attempt to cross, newest first. */
  ledger: { args: Ledger; value: LedgerPage };
  /** The log, newest first. */
  audit: { args: AuditQuery; value: AuditPage };
  /** Verifies the whole log. */
  audit_check: { args: Nothing; value: AuditCheck };
  /** Writes the log to a file that the user picks; null where they picked none. */
  audit_export: { args: AuditExport; value: Exported | null };
  /** Writes the latest signed checkpoint to a file that the user picks, to keep elsewhere; null where they picked none. */
  audit_checkpoint: { args: Nothing; value: Exported | null };
  /** The keys and tokens that can be kept, without their values. */
  secrets: { args: Nothing; value: Array<SecretInfo> };
  /** Takes a key or token from the clipboard, keeps it, and empties the clipboard. */
  secret_paste: { args: SecretRef; value: SecretInfo };
  /** Forgets a key or token. */
  secret_remove: { args: SecretRef; value: SecretInfo };
  /** What an administrator's policy says, and what is wrong with it. */
  policy: { args: Nothing; value: PolicyView };
  /** The providers that can be chosen from a list. */
  provider_presets: { args: Nothing; value: Array<ProviderPreset> };
  /** The providers. */
  provider_list: { args: Nothing; value: Array<ProviderCard> };
  /** Adds or changes a provider; asks the user outside the page where that lets something reach another address. */
  provider_save: { args: ProviderSave; value: ProviderCard };
  /** Removes a provider with its key. What it answered stays. */
  provider_remove: { args: ProviderRef; value: Nothing };
  /** Asks a provider for its models, and says exactly what is wrong where it does not answer. */
  provider_test: { args: ProviderRef; value: ProviderTrial };
  /** Lets the user pick the client certificate of a provider; null where they picked none. */
  provider_certificate: { args: ProviderRef; value: ProviderCard | null };
  /** Sends the provider no client certificate any more. */
  provider_certificate_remove: { args: ProviderRef; value: ProviderCard };
  /** Another answer to the same question, by a certain model, as a branch. */
  answer_by: { args: AnswerBy; value: Sent };
  /** The prices that are known, the user's own first. */
  price_list: { args: Nothing; value: Array<Price> };
  /** Keeps a price of the user's own. */
  price_set: { args: Price; value: Array<Price> };
  /** Forgets a price of the user's own. */
  price_forget: { args: PriceRef; value: Array<Price> };
  /** What was asked and spent, by day, model and folder. */
  usage: { args: UsageQuery; value: UsageReport };
  /** Writes the same to a file (CSV) that the user picks; null where they picked none. */
  usage_export: { args: UsageQuery; value: Exported | null };
  /** The saved assistants. */
  assistant_list: { args: Nothing; value: Array<Assistant> };
  /** Saves an assistant. */
  assistant_save: { args: AssistantDraft; value: Assistant };
  /** Removes an assistant; chats begun with it keep their settings. */
  assistant_delete: { args: AssistantRef; value: Nothing };
  /** Changes settings. */
  settings_change: { args: SettingsChange; value: Settings };
  /** Lets the user pick a file or a folder for a setting; null where they picked none. */
  settings_pick: { args: PathPick; value: Settings | null };
  /** Versions, platform, sizes and the last log lines, without message text, as text to copy. */
  diagnostics: { args: Nothing; value: CopyText };
  /** Opens the folder of the data or of the logs in the file manager. */
  folder_reveal: { args: FolderReveal; value: Nothing };
  /** Opens a link of an answer in the browser, after a click. */
  link_open: { args: LinkOpen; value: Nothing };
  /** The licences of what the application is made of. */
  licences: { args: Nothing; value: CopyText };
}
