/** A core in memory, for development and tests: the same commands, the same events, a model that recites. */
import type { AttachmentInfo, Boot, Chat, ChatSummary, ChatView, Commands, ContextMeter, Event, EventBatch, Failure, Message, MessageId, Sent } from "../../generated/wire";
import type { Backend, CommandName } from "../backend";
import { FakeAttachments } from "./attachments";
import { FakeDoor } from "./door";
import { FakeLibrary } from "./library";
import { FakeProviders } from "./providers";
import { FakeRecord } from "./record";
import { type Scene, answer, answerThere, chatOf, ended, id, question, scene } from "./scene";
import { answerTo } from "./texts";
import { FakeUsage } from "./usage";

type Handlers = { [K in CommandName]: (args: Commands[K]["args"]) => Commands[K]["value"] | Promise<Commands[K]["value"]> };

interface Running {
  message: MessageId;
  rest: string;
  timer: ReturnType<typeof setInterval>;
}

const CHARACTERS_A_TICK = 6;
const TICK_MS = 33;

export class FakeCore implements Backend {
  readonly held: Scene;
  /** Every command that was called, for tests. */
  readonly calls: { name: CommandName; args: unknown }[] = [];
  /** Set by a test: the next call of this command fails so. */
  readonly failNext = new Map<CommandName, Failure>();
  /** Set by a test: the next call of this command does nothing and answers so. */
  readonly answerNext = new Map<CommandName, unknown>();
  readonly library: FakeLibrary;
  readonly door: FakeDoor;
  readonly record: FakeRecord;
  readonly usage: FakeUsage;
  readonly providers: FakeProviders;
  readonly attachments: FakeAttachments;
  private readonly running = new Map<MessageId, Running>();
  private onBatch: (batch: EventBatch) => void = () => {};
  private seq = 0;

  constructor(
    name = "first",
    private readonly query = new URLSearchParams(),
    private readonly now: () => number = Date.now,
  ) {
    this.held = scene(name, now());
    this.library = new FakeLibrary(this.held, (...events) => this.tell(...events), now, query);
    this.providers = new FakeProviders(this.held, (...events) => this.tell(...events), query);
    this.attachments = new FakeAttachments(this.held.messages.flatMap((message) => message.attachments), query);
    this.door = new FakeDoor(name, now, this.providers);
    this.record = new FakeRecord(name, now, query, this.held.chats[0]?.id ?? null);
    this.usage = new FakeUsage(this.held, now, query);
    this.handlers = { ...this.library.handlers, ...this.door.handlers, ...this.providers.handlers, ...this.record.handlers, ...this.usage.handlers, ...this.attachments.handlers, ...this.chatHandlers() };
  }

  async call<K extends CommandName>(name: K, args: Commands[K]["args"]): Promise<Commands[K]["value"]> {
    this.calls.push({ name, args });
    const failure = this.failNext.get(name);
    this.failNext.delete(name);
    if (failure) throw failure;
    await Promise.resolve();
    if (this.answerNext.has(name)) {
      const answer = this.answerNext.get(name) as Commands[K]["value"];
      this.answerNext.delete(name);
      return answer;
    }
    return structuredClone(await this.handlers[name](args));
  }

  watch(onBatch: (batch: EventBatch) => void): Promise<() => void> {
    this.onBatch = onBatch;
    return Promise.resolve(() => (this.onBatch = () => {}));
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }

  tell(...events: Event[]): void {
    this.onBatch({ seq: this.seq++, events: structuredClone(events) });
  }

  private chat(chat: string): Chat {
    const found = this.held.chats.find((known) => known.id === chat);
    if (!found) throw { code: "not_found", message: "This chat is no longer there." } satisfies Failure;
    return found;
  }

  private message(message: MessageId): Message {
    const found = this.held.messages.find((known) => known.id === message);
    if (!found) throw { code: "not_found", message: "This message is no longer there." } satisfies Failure;
    return found;
  }

  private put(message: Message): Message {
    const at = this.held.messages.findIndex((known) => known.id === message.id);
    if (at < 0) this.held.messages.push(message);
    else this.held.messages[at] = message;
    return message;
  }

  private tellChat(chat: Chat): Chat {
    this.tell({ kind: "chat", chat: summary(chat) });
    return chat;
  }

  private branch(leaf: MessageId | null): Message[] {
    const all: Message[] = [];
    for (let at = leaf; at !== null; ) {
      const message = this.message(at);
      all.unshift(message);
      at = message.parent;
    }
    return all;
  }

  private view(chat: Chat): ChatView {
    const all = this.branch(chat.leaf);
    return { chat, messages: all.slice(-60), more: all.length > 60, attachments: this.attachments.of(chat.id), count: all.length };
  }

  /** Adds a message as a version among its siblings. */
  private add(message: Message): Message {
    const siblings = this.held.messages.filter((known) => known.parent === message.parent && known.chat === message.chat).map((known) => known.id);
    const all = [...siblings, message.id];
    for (const known of siblings) this.put({ ...this.message(known), siblings: all });
    return this.put({ ...message, siblings: all });
  }

  /** `by` is the model that was asked for, null the default one of this computer; else the chat's own answers. */
  private begin(asked: Message, by?: string | null): Sent {
    const chat = this.chat(asked.chat);
    const wanted = by === undefined ? chat.model : by;
    const there = this.providers.find(wanted);
    const model = this.held.models.find((known) => known.id === wanted) ?? this.held.models[0]!;
    const reply = this.add(there ? answerThere(chat.id, asked.id, there.provider, there.model, this.now()) : answer(chat.id, asked.id, model, this.now()));
    chat.leaf = reply.id;
    chat.updated_at = this.now();
    this.tellChat(chat);
    this.recite(reply, answerTo(asked.text));
    return { question: this.message(asked.id), answer: reply };
  }

  private recite(message: Message, rest: string): void {
    const timer = setInterval(() => this.tick(message.id), TICK_MS);
    this.running.set(message.id, { message: message.id, rest, timer });
  }

  private tick(message: MessageId): void {
    const running = this.running.get(message);
    if (!running) return;
    const kept = this.message(message);
    if (running.rest === "") return this.end(message, "complete");
    const thinking = running.rest.startsWith("<think>");
    let rest = thinking ? running.rest.slice("<think>".length) : running.rest;
    const close = rest.indexOf("</think>");
    const reasoning = thinking || close >= 0;
    const piece = rest.slice(0, close >= 0 ? Math.min(close || CHARACTERS_A_TICK, CHARACTERS_A_TICK) : CHARACTERS_A_TICK);
    rest = rest.slice(piece.length).replace(/^<\/think>/, "");
    running.rest = rest;
    this.put(reasoning ? { ...kept, reasoning: kept.reasoning + piece } : { ...kept, text: kept.text + piece });
    this.tell({ kind: "answer", chat: kept.chat, message, event: { kind: "text", part: reasoning ? "reasoning" : "text", text: piece } });
  }

  private end(message: MessageId, state: "complete" | "stopped"): void {
    const running = this.running.get(message);
    if (!running) return;
    clearInterval(running.timer);
    this.running.delete(message);
    const kept = this.message(message);
    const whole = ended(kept, kept.text, kept.reasoning);
    if (state === "stopped") this.unsaid.set(message, running.rest);
    const done = this.put(state === "complete" ? whole : { ...whole, state, answer: { ...whole.answer!, finish: "stopped" } });
    this.tell({ kind: "answer", chat: kept.chat, message, event: { kind: "ended", message: done } });
  }
  /** What a stopped answer would have said. */
  private readonly unsaid = new Map<MessageId, string>();

  private readonly handlers: Handlers;

  private chatHandlers = (): Omit<Handlers, keyof FakeLibrary["handlers"] | keyof FakeDoor["handlers"] | keyof FakeRecord["handlers"] | keyof FakeUsage["handlers"] | keyof FakeProviders["handlers"] | keyof FakeAttachments["handlers"]> => ({
    boot: () => this.boot(),
    chat_list: ({ trash }) => this.held.chats.filter((chat) => (chat.deleted_at !== null) === trash).map(summary),
    chat_open: ({ chat, message }) => {
      const opened = this.chat(chat);
      if (message) opened.leaf = this.leafUnder(message);
      return this.view(opened);
    },
    chat_before: ({ before, limit }) => {
      const older = this.branch(this.message(before).parent);
      return { messages: older.slice(-limit), more: older.length > limit };
    },
    chat_create: ({ folder, assistant, temporary }) => {
      const from = this.held.assistants.find((known) => known.id === assistant);
      const chat = chatOf("", this.now(), { folder, assistant, temporary, ...(from ? { settings: from.settings } : {}) });
      this.held.chats.unshift(chat);
      return this.tellChat(chat);
    },
    chat_change: ({ chat, patch }) => this.tellChat(Object.assign(this.chat(chat), patch)),
    chat_draft: ({ chat, text }) => {
      this.chat(chat).draft = text;
      this.tellChat(this.chat(chat));
      return null;
    },
    chat_delete: ({ chat }) => {
      const found = this.chat(chat);
      const hold = this.held.folders.find((folder) => folder.id === found.folder && folder.legal_hold);
      if (hold) throw { code: "policy_forbids", message: `This chat is in “${hold.name}”, which is under legal hold. Nothing was deleted.` } satisfies Failure;
      if (found.temporary) this.erase((known) => known.id === chat);
      found.deleted_at = this.now();
      this.tell({ kind: "chat_gone", chat });
      return null;
    },
    chat_restore: ({ chat }) => {
      this.chat(chat).deleted_at = null;
      return this.tellChat(this.chat(chat));
    },
    chat_erase: ({ chat }) => this.erase((known) => known.id === chat),
    trash_empty: () => this.erase((known) => known.deleted_at !== null),
    chat_export: ({ chat, format }) => ({ path: `/home/ada/${this.chat(chat).title || "New chat"}.${format === "json" ? "json" : "md"}` }),
    chat_send: ({ chat, text, parent, edit_of }) => {
      const attachments = edit_of ? this.message(edit_of).attachments : this.attachments.of(chat);
      this.refuseUnseen(chat, attachments);
      if (!edit_of) this.attachments.clear(chat);
      const asked = this.add({ ...question(chat, parent, text, this.now()), attachments });
      const head = this.chat(chat);
      head.draft = "";
      if (head.title === "") Object.assign(head, { title: text.slice(0, 48), title_source: "words" });
      return this.begin(asked);
    },
    answer_again: ({ message }) => {
      const old = this.message(message);
      return this.begin(old.role === "user" ? old : this.message(old.parent!));
    },
    answer_by: ({ message, model }) => {
      const old = this.message(message);
      return this.begin(old.role === "user" ? old : this.message(old.parent!), model);
    },
    answer_continue: ({ message }) => {
      const old = this.message(message);
      const open = this.put({ ...old, state: "streaming", answer: { ...old.answer!, finish: null, error: null } });
      this.recite(open, this.unsaid.get(message) ?? " And so it goes on.");
      return { question: this.message(open.parent!), answer: open };
    },
    answer_stop: ({ message }) => {
      this.end(message, "stopped");
      return null;
    },
    branch_show: ({ message }) => {
      const chat = this.chat(this.message(message).chat);
      chat.leaf = this.leafUnder(message);
      return this.view(chat);
    },
    message_rate: ({ message, rating }) => this.put({ ...this.message(message), rating }),
    message_copy: ({ message }) => ({ text: `${this.message(message).text}\n\n(Written by a model.)` }),
    search: ({ query, limit }) => this.search(query).slice(0, limit),
    folder_create: ({ name }) => {
      const folder = { id: id(), name, position: this.held.folders.length, retention_days: null, legal_hold: false };
      this.held.folders.push(folder);
      this.tell({ kind: "folders", folders: this.held.folders });
      return folder;
    },
    folder_rename: ({ folder, name }) => {
      const found = this.held.folders.find((known) => known.id === folder)!;
      found.name = name;
      this.tell({ kind: "folders", folders: this.held.folders });
      return found;
    },
    folder_delete: ({ folder }) => {
      this.held.folders = this.held.folders.filter((known) => known.id !== folder);
      this.tell({ kind: "folders", folders: this.held.folders });
      return null;
    },
    folder_keep: ({ folder, retention_days, legal_hold }) => {
      const found = Object.assign(this.held.folders.find((known) => known.id === folder)!, { retention_days, legal_hold });
      this.tell({ kind: "folders", folders: this.held.folders });
      return found;
    },
    context_measure: ({ chat, text, parent }) => {
      const letters = this.branch(parent).reduce((sum, message) => sum + message.text.length, text.length);
      const limit = Number(this.query.get("limit") ?? 8192);
      return { used: Math.min(limit, 38 + Math.round(letters / 4)), limit, exact: !this.query.has("about"), left_out: Number(this.query.get("left") ?? 0), images_left_out: 0, ...this.dues(chat) };
    },
    assistant_list: () => this.held.assistants,
    assistant_save: (draft) => {
      const saved = { ...draft, id: draft.id ?? id() };
      this.held.assistants = [...this.held.assistants.filter((known) => known.id !== saved.id), saved];
      this.tell({ kind: "assistants", assistants: this.held.assistants });
      return saved;
    },
    assistant_delete: ({ assistant }) => {
      this.held.assistants = this.held.assistants.filter((known) => known.id !== assistant);
      this.tell({ kind: "assistants", assistants: this.held.assistants });
      return null;
    },
    settings_change: ({ patch }) => Object.assign(this.held.settings, patch),
    diagnostics: () => ({ text: "Drawbridge 0.1.0 on a made-up computer" }),
    settings_pick: ({ setting }) => {
      if (setting === "certificates") this.held.settings.network.ca_bundle = "/etc/ssl/organisation.pem";
      else this.held.settings.models_folder = "/media/models";
      return { ...this.held.settings };
    },
    folder_reveal: () => null,
    link_open: () => null,
    licences: () => ({ text: "Apache-2.0\n\nThe licences of everything that Drawbridge is made of." }),
  });

  private boot(): Boot {
    if (this.query.get("scene") === "damaged") {
      throw { code: "store_damaged", message: "The database of your chats is damaged. It was left exactly as it is, and the last backups lie beside it in the folder “backups”." } satisfies Failure;
    }
    if (this.door.failure) throw this.door.failure;
    const { chats, folders, models, providers, downloads, assistants, settings, lastChat } = this.held;
    return {
      version: "0.1.0",
      platform: "linux",
      settings,
      chats: chats.filter((chat) => chat.deleted_at === null).map(summary),
      folders,
      models,
      providers,
      downloads,
      assistants,
      mode: settings.mode,
      keeping: this.door.keeping,
      notices: this.query.has("notice") ? ["One answer was cut off when Drawbridge last ended. What was written is kept."] : [],
      data_folder: "/home/ada/.local/share/drawbridge",
      last_chat: lastChat,
      managed: this.record.managed,
    };
  }

  /** Where the next answer of a chat would come from, and what it may cost. */
  private dues(chat: string): Pick<ContextMeter, "zone" | "bill"> {
    const there = this.providers.find(this.chat(chat).model);
    const zone = there?.provider.zone ?? "this_computer";
    return { zone, bill: zone === "cloud" ? { usd_micros: 4_180, price_known: there!.model.id !== "openai/gpt-6-house", estimated: true } : null };
  }

  /** A question with an image goes to no model that sees none. */
  private refuseUnseen(chat: string, attachments: AttachmentInfo[]): void {
    if (!attachments.some((file) => file.image) || this.providers.find(this.chat(chat).model)?.model.images) return;
    throw { code: "invalid_input", message: "This model reads text only. Choose one that sees images, or take the image off. Nothing was sent." } satisfies Failure;
  }

  private leafUnder(message: MessageId): MessageId {
    const child = this.held.messages.findLast((known) => known.parent === message);
    return child ? this.leafUnder(child.id) : message;
  }

  private erase(which: (chat: Chat) => boolean): null {
    this.held.chats = this.held.chats.filter((chat) => !which(chat));
    return null;
  }

  private search(query: string) {
    const wanted = query.trim().toLowerCase();
    if (wanted === "") return [];
    return this.held.messages.flatMap((message) => {
      const at = message.text.toLowerCase().indexOf(wanted);
      if (at < 0) return [];
      const from = Math.max(0, at - 40);
      const end = at + wanted.length;
      const snippet = [
        { text: (from > 0 ? "…" : "") + message.text.slice(from, at), hit: false },
        { text: message.text.slice(at, end), hit: true },
        { text: message.text.slice(end, end + 60), hit: false },
      ];
      return [{ chat: message.chat, chat_title: this.chat(message.chat).title, message: message.id, role: message.role, snippet, at: message.created_at }];
    });
  }
}

function summary(chat: Chat): ChatSummary {
  const { id: own, title, folder, pinned, created_at, updated_at, deleted_at, temporary } = chat;
  return { id: own, title, folder, pinned, has_draft: chat.draft !== "", created_at, updated_at, deleted_at, temporary };
}

export function fake(query: URLSearchParams): Backend {
  return new FakeCore(query.get("scene") ?? "chat", query);
}
