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
provenance: Provenance, };

/**
 * What happens to an answer. Closed: a face that meets a value it does not know is out of date.
 */
export type AnswerEvent = { "kind": "loading", 
/**
 * 0 to 1.
 */
share: number, } | { "kind": "reading", 
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
 * An attached file without its text.
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
 * Length of the text in bytes.
 */
bytes: number, };

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
last_chat: ChatId | null, };

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
deleted_at: Timestamp | null, };

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
assistant: AssistantId | null, };

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
deleted_at: Timestamp | null, };

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
left_out: number, };

/**
 * Text for the clipboard or to read.
 */
export type CopyText = { 
/**
 * Text.
 */
text: string, };

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
models: Array<ModelCard>, } | { "kind": "assistants", 
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
chat: ChatId, } | { "code": "invalid_input", 
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
export type FinishReason = "end_of_turn" | "max_tokens" | "context_full" | "stopped";

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
position: number, };

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
 * How the chats are kept.
 */
export type Keeping = { "kind": "encrypted" } | { "kind": "plain", 
/**
 * Why.
 */
reason: string, };

/**
 * A folder that can be opened in the file manager.
 */
export type KnownFolder = "data" | "logs";

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
 * Where the bridge stands.
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
licence: string | null, };

/**
 * A model in the library.
 */
export type ModelId = string;

/**
 * A model.
 */
export type ModelRef = { 
/**
 * Which.
 */
model: ModelId, };

/**
 * How a model in the library is doing.
 */
export type ModelStatus = { "kind": "ready" } | { "kind": "loading", 
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
 * No arguments, or no value.
 */
export type Nothing = null;

/**
 * What kind of text a part of an answer is.
 */
export type PartKind = "text" | "reasoning";

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
sidebar_open: boolean, };

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
reasoning_ms: number, };

/** Each command's arguments and value. */
export interface Commands {
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
  /** Lets the user pick text files and attaches them to what is being written in a chat. */
  attachment_pick: { args: ChatRef; value: Array<AttachmentInfo> };
  /** Attaches files that were dropped on the window. */
  attachment_drop: { args: AttachmentDrop; value: Array<AttachmentInfo> };
  /** Attaches a long pasted text. */
  attachment_paste: { args: AttachmentPaste; value: AttachmentInfo };
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
  /** Takes a model off the library. Its file stays. */
  model_remove: { args: ModelRef; value: Nothing };
  /** Loads a model ahead of the first question. */
  model_warm: { args: ModelRef; value: Nothing };
  /** The saved assistants. */
  assistant_list: { args: Nothing; value: Array<Assistant> };
  /** Saves an assistant. */
  assistant_save: { args: AssistantDraft; value: Assistant };
  /** Removes an assistant; chats begun with it keep their settings. */
  assistant_delete: { args: AssistantRef; value: Nothing };
  /** Changes settings. */
  settings_change: { args: SettingsChange; value: Settings };
  /** Versions, platform, sizes and the last log lines, without message text, as text to copy. */
  diagnostics: { args: Nothing; value: CopyText };
  /** Opens the folder of the data or of the logs in the file manager. */
  folder_reveal: { args: FolderReveal; value: Nothing };
  /** Opens a link of an answer in the browser, after a click. */
  link_open: { args: LinkOpen; value: Nothing };
  /** The licences of what the application is made of. */
  licences: { args: Nothing; value: CopyText };
}
