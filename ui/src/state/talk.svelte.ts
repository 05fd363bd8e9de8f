/** The chat that is open: its shown branch, its composer, and what can be done with them. */
import { type Backend, failureOf } from "../backend/backend";
import type {
  AnswerEvent,
  AssistantId,
  AttachmentInfo,
  Chat,
  ChatId,
  ChatPatch,
  ChatSummary,
  ChatView,
  ContextMeter,
  Failure,
  FolderId,
  Message,
  MessageId,
  ModelId,
  Rating,
  Sent,
} from "../generated/wire";
import { after, before, replaced } from "./branch";
import { Later } from "./later";
import type { Streams } from "./streams.svelte";

/** What a new chat starts from. */
export interface ChatFrom {
  folder?: FolderId | null;
  assistant?: AssistantId | null;
  /** It never touches the disk. */
  temporary?: boolean;
}

const SAVE_DRAFT_AFTER_MS = 400;
const MEASURE_AFTER_MS = 350;
const OLDER_AT_ONCE = 60;
const WHOLE_AT_ONCE = 500;

export class Talk {
  /** Null while nothing of a new chat has been kept. */
  chat = $state.raw<Chat | null>(null);
  messages = $state.raw<Message[]>([]);
  more = $state(false);
  attachments = $state.raw<AttachmentInfo[]>([]);
  draft = $state("");
  meter = $state.raw<ContextMeter | null>(null);
  sending = $state(false);
  /** How often files are being picked or read just now. */
  attaching = $state(0);
  /** What went wrong with the last thing that was asked here; shown above the composer. */
  failure = $state.raw<Failure | null>(null);
  /** A message to bring into view, from a search. */
  target = $state<MessageId | null>(null);
  /** The question that is being asked in other words; kept here because the list recycles its rows. */
  editing = $state<MessageId | null>(null);
  /** Counts openings, so that the transcript starts anew even on the same chat. */
  opening = $state(0);

  readonly leaf = $derived(this.messages.at(-1)?.id ?? null);
  readonly running = $derived(this.messages.find((message) => message.state === "streaming")?.id ?? null);

  /** Who answers in place of whom was asked, of answers under way. */
  private readonly routes = new Map<MessageId, Extract<AnswerEvent, { kind: "routed" }>>();
  private creating: Promise<Chat> | null = null;
  private loadingOlder = false;
  private turn = 0;
  private savedDraft = "";
  private readonly draftLater = new Later(SAVE_DRAFT_AFTER_MS, () => this.saveDraft());
  private readonly measureLater = new Later(MEASURE_AFTER_MS, () => this.measure());

  constructor(
    private readonly backend: Backend,
    private readonly streams: Streams,
  ) {}

  /** Shows a chat, at a message of it where one is given. */
  async open(chat: ChatId, message: MessageId | null = null): Promise<void> {
    await this.leave();
    const turn = ++this.turn;
    await this.tried(async () => {
      const view = await this.backend.call("chat_open", { chat, message });
      if (turn !== this.turn) return; // another chat was asked for meanwhile
      this.show(view);
      this.target = message;
      this.opening += 1;
    });
  }

  /** Begins a new chat. Nothing is kept before there is something to keep. */
  async fresh(from: ChatFrom = {}): Promise<void> {
    await this.leave();
    this.clear();
    if (from.folder || from.assistant || from.temporary) await this.tried(() => this.kept(from));
  }

  /** Shows nothing, for a chat that is gone. */
  clear(): void {
    this.turn += 1;
    this.draftLater.cancel();
    this.measureLater.cancel();
    this.chat = null;
    this.creating = null;
    this.messages = [];
    this.more = false;
    this.attachments = [];
    this.draft = "";
    this.savedDraft = "";
    this.meter = null;
    this.failure = null;
    this.target = null;
    this.editing = null;
    this.opening += 1;
  }

  /** The chat in the store, made now if this is its first content. */
  kept(from: ChatFrom = {}): Promise<Chat> {
    if (this.chat) return Promise.resolve(this.chat);
    this.creating ??= this.backend
      .call("chat_create", { folder: from.folder ?? null, assistant: from.assistant ?? null, temporary: from.temporary ?? false })
      .then((chat) => (this.chat = chat))
      .finally(() => (this.creating = null));
    return this.creating;
  }

  write(text: string): void {
    this.draft = text;
    this.draftLater.soon();
    this.measureLater.soon();
  }

  /** Sends what is written. It stays in the composer until the core has kept it. */
  async send(text = this.draft): Promise<boolean> {
    if (this.sending || (text.trim() === "" && this.attachments.length === 0)) return false;
    this.draftLater.cancel();
    return this.during(async () => {
      const chat = await this.kept();
      const files = new Set(this.attachments.map((file) => file.id));
      const sent = await this.backend.call("chat_send", { chat: chat.id, text, parent: this.leaf, edit_of: null });
      // Another chat may have been opened meanwhile: what is written there stays.
      if (this.chat?.id !== chat.id) return;
      if (this.draft.startsWith(text)) this.draft = this.draft.slice(text.length).trimStart();
      this.draftLater.soon();
      this.attachments = this.attachments.filter((file) => !files.has(file.id));
      this.put([...this.messages], sent);
    });
  }

  /** Asks an earlier question anew, in other words: a branch. */
  edit(question: Message, text: string): Promise<boolean> {
    return this.during(async () => {
      const args = { chat: question.chat, text, parent: question.parent, edit_of: question.id };
      this.put(before(this.messages, question.id), await this.backend.call("chat_send", args));
    });
  }

  /** Another answer to the question of this one, or the first one to a question that has none: a branch. */
  again(message: Message): Promise<boolean> {
    return this.during(async () => {
      const sent = await this.backend.call("answer_again", { message: message.id });
      this.put(before(this.messages, sent.question.id), sent);
    });
  }

  /** Another answer to the question of this one, by a certain model: a branch. Null is the default model of this computer. */
  by(message: Message, model: ModelId | null): Promise<boolean> {
    return this.during(async () => {
      const sent = await this.backend.call("answer_by", { message: message.id, model });
      this.put(before(this.messages, sent.question.id), sent);
    });
  }

  /** Lets an answer that broke off go on. */
  continue(answer: Message): Promise<boolean> {
    return this.during(async () => {
      this.streams.resume(answer);
      try {
        const sent = await this.backend.call("answer_continue", { message: answer.id });
        this.put(before(this.messages, sent.question.id), sent);
      } catch (thrown) {
        this.streams.abandon(answer.id);
        throw thrown;
      }
    });
  }

  async stop(): Promise<void> {
    const message = this.running;
    if (message) await this.tried(() => this.backend.call("answer_stop", { message }));
  }

  /** Shows the branch through another version of a message. */
  async branch(message: MessageId): Promise<void> {
    await this.tried(async () => {
      const { draft } = this;
      this.show(await this.backend.call("branch_show", { message }));
      this.draft = draft;
    });
  }

  async rate(message: MessageId, rating: Rating | null): Promise<void> {
    await this.tried(async () => {
      const { rating: kept } = await this.backend.call("message_rate", { message, rating });
      const old = this.messages.find((known) => known.id === message);
      if (old) this.messages = replaced(this.messages, { ...old, rating: kept });
    });
  }

  async older(limit = OLDER_AT_ONCE): Promise<void> {
    const [first] = this.messages;
    if (!this.more || this.loadingOlder || !this.chat || !first) return;
    this.loadingOlder = true;
    const chat = this.chat.id;
    await this.tried(async () => {
      const page = await this.backend.call("chat_before", { chat, before: first.id, limit });
      if (this.chat?.id !== chat || this.messages[0]?.id !== first.id) return;
      this.messages = [...page.messages, ...this.messages];
      this.more = page.more;
    });
    this.loadingOlder = false;
  }

  /** Loads the branch to its beginning, for what looks through all of it. */
  async wholeBranch(): Promise<void> {
    const chat = this.chat?.id;
    for (let known = -1; this.more && this.chat?.id === chat && this.messages.length !== known; ) {
      known = this.messages.length;
      await this.older(WHOLE_AT_ONCE);
    }
  }

  async change(patch: ChatPatch): Promise<void> {
    await this.tried(async () => {
      const chat = await this.kept();
      const changed = await this.backend.call("chat_change", { chat: chat.id, patch });
      if (this.chat?.id === changed.id) this.chat = changed;
      this.measureLater.soon();
    });
  }

  async attach(take: (chat: ChatId) => Promise<AttachmentInfo[]>): Promise<void> {
    this.attaching += 1;
    await this.tried(async () => {
      const chat = await this.kept();
      const files = await take(chat.id);
      if (this.chat?.id === chat.id) this.attachments = [...this.attachments, ...files];
      this.measureLater.soon();
    });
    this.attaching -= 1;
  }

  /** Attaches a picture of the clipboard; `data` is its file in base64. */
  pasteImage(data: string): Promise<void> {
    return this.attach(async (chat) => [await this.backend.call("attachment_paste_image", { chat, data })]);
  }

  async detach(file: AttachmentInfo): Promise<void> {
    await this.tried(async () => {
      const chat = await this.kept();
      await this.backend.call("attachment_remove", { chat: chat.id, attachment: file.id });
      this.attachments = this.attachments.filter((known) => known.id !== file.id);
      this.measureLater.soon();
    });
  }

  /** What the core tells of an answer; its end changes the list, and that another model answers than was asked. */
  applyAnswer(message: MessageId, event: AnswerEvent): void {
    if (event.kind === "routed") {
      this.routes.set(message, event);
      this.messages = this.messages.map((known) => this.routed(known));
    }
    if (event.kind !== "ended") return;
    this.routes.delete(message);
    if (!this.messages.some((known) => known.id === message)) return;
    this.messages = replaced(this.messages, event.message);
    this.measureLater.soon();
  }

  applyChat(summary: ChatSummary): void {
    if (this.chat?.id !== summary.id) return;
    const { title, folder, pinned, updated_at, deleted_at } = summary;
    this.chat = { ...this.chat, title, folder, pinned, updated_at, deleted_at };
  }

  /** Keeps the draft of the chat that is being left. */
  async leave(): Promise<void> {
    this.measureLater.cancel();
    if (this.draftLater.cancel()) await this.saveDraft();
  }

  private show(view: ChatView): void {
    this.chat = view.chat;
    this.creating = null;
    this.messages = view.messages.map((message) => this.routed(this.streams.newest(message)));
    this.more = view.more;
    this.attachments = view.attachments;
    this.draft = view.chat.draft;
    this.savedDraft = view.chat.draft;
    this.meter = null;
    this.failure = null;
    this.target = null;
    this.editing = null;
    this.measureLater.soon();
  }

  private put(start: Message[], sent: Sent): void {
    if (this.chat?.id !== sent.question.chat) return;
    this.messages = after(start, [sent.question, this.routed(this.streams.newest(sent.answer))]);
  }

  /** An answer under way with whoever answers in the end: that may be known before the message itself. */
  private routed(message: Message): Message {
    const route = this.routes.get(message.id);
    if (!route || !message.answer || message.state !== "streaming") return message;
    return { ...message, answer: { ...message.answer, model: route.model, model_name: route.model_name, route: route.route } };
  }

  private async saveDraft(): Promise<void> {
    const text = this.draft;
    if (text === this.savedDraft || (text.trim() === "" && !this.chat)) return;
    try {
      const chat = await this.kept();
      await this.backend.call("chat_draft", { chat: chat.id, text });
      this.savedDraft = text;
    } catch (thrown) {
      this.failure = failureOf(thrown);
    }
  }

  private async measure(): Promise<void> {
    const { chat } = this;
    if (!chat || this.running) return;
    const args = { chat: chat.id, text: this.draft, parent: this.leaf };
    // A meter that cannot be read is not worth a sentence: it is left away.
    const meter = await this.backend.call("context_measure", args).catch(() => null);
    if (this.chat?.id === args.chat) this.meter = meter;
  }

  private async during(act: () => Promise<void>): Promise<boolean> {
    this.sending = true;
    const done = await this.tried(act);
    this.sending = false;
    return done;
  }

  private async tried(act: () => Promise<unknown>): Promise<boolean> {
    try {
      this.failure = null;
      await act();
      return true;
    } catch (thrown) {
      this.failure = failureOf(thrown);
      return false;
    }
  }
}
