/** Everything that the window shows, in one tree; fed by the core's events, changed by the user's acts. */
import { createContext } from "svelte";
import { type Backend, failureOf } from "../backend/backend";
import type { Boot, ChatId, Event, EventBatch, Failure, MessageId, ModelId, Settings } from "../generated/wire";
import { words } from "../words/figures";
import { Chats } from "./chats.svelte";
import { Computer } from "./computer.svelte";
import { Downloads } from "./downloads.svelte";
import { Drop } from "./drop.svelte";
import { Hub } from "./hub.svelte";
import { Images } from "./images.svelte";
import { Keys } from "./keys.svelte";
import { Library } from "./library.svelte";
import { applyLook } from "./look";
import { Presence } from "./presence";
import { Providers } from "./providers.svelte";
import { type Schedule, Streams, nextFrame } from "./streams.svelte";
import { type ChatFrom, Talk } from "./talk.svelte";

export type Screen = "chat" | "settings" | "models" | "trash" | "crossings" | "usage" | "policy" | "providers";
/** What the screen of models shows below what is on this computer. */
export type ModelsView = "recommended" | "search";
/** What the screen of crossings shows. */
export type CrossingsView = "ledger" | "log";
/** What the screen of usage shows. */
export type UsageView = "usage" | "budgets" | "prices";
/** A part of the settings to bring into view. */
export type SettingsPart = "network" | "keys" | "fallback" | null;
export type Panel = { kind: "settings" } | { kind: "details"; message: MessageId } | null;
export type Overlay = "search" | "shortcuts" | null;

/** Facts of this start. */
export type Facts = Pick<Boot, "version" | "platform" | "keeping" | "data_folder" | "managed">;

export class App {
  facts = $state.raw<Facts | null>(null);
  settings = $state.raw<Settings>(null as unknown as Settings);
  /** Why the chats could not be opened. */
  failure = $state.raw<Failure | null>(null);
  screen = $state<Screen>("chat");
  modelsView = $state<ModelsView>("recommended");
  crossingsView = $state<CrossingsView>("ledger");
  usageView = $state<UsageView>("usage");
  settingsPart = $state<SettingsPart>(null);
  panel = $state.raw<Panel>(null);
  overlay = $state<Overlay>(null);
  /** The side bar lies over the chat in a narrow window; there it is closed until asked for. */
  drawer = $state(false);
  narrow = $state(false);
  notices = $state.raw<string[]>([]);
  /** For the screen reader's ear: set to what just happened. */
  announcement = $state("");
  /** Counts requests to put the cursor into the composer, and to open the list of models. */
  focusComposer = $state(0);
  pickModel = $state(0);
  /** What the bridge's states mean is shown, beside the bridge in the side bar. */
  bridgeShown = $state(false);
  /** The bar that finds words in the open chat is shown; each request puts the cursor into it. */
  finding = $state(0);

  private detach: () => void = () => {};
  /** Counts the batches that may have changed a list. */
  private told = 0;

  readonly streams: Streams;
  readonly chats: Chats;
  readonly library: Library;
  readonly providers: Providers;
  readonly talk: Talk;
  readonly drop: Drop;
  readonly downloads: Downloads;
  readonly computer: Computer;
  readonly hub: Hub;
  readonly images: Images;
  readonly keys: Keys;
  readonly presence: Presence;
  readonly backend: Backend;

  readonly sidebarShown = $derived(this.narrow ? this.drawer : (this.settings?.sidebar_open ?? true));
  /** The provider's model that answers next; null where one of this computer does. */
  readonly there = $derived.by(() => {
    const own = this.talk.chat?.model ?? null;
    if (this.library.find(own)) return null;
    return this.providers.find(own) ?? this.providers.find(this.settings?.default_model ?? null);
  });
  /** The model in the library that answers next; null where a provider's does, or where there is none. */
  readonly model = $derived.by(() => (this.settings && !this.there ? this.library.answering(this.talk.chat, this.settings) : null));
  /** Whoever answers next, and whether images can be shown to it: a model of this computer reads text only. */
  readonly answerer = $derived.by(() => (this.there ? { name: this.there.model.title, sees: this.there.model.images } : this.model && { name: this.model.name, sees: false }));
  readonly mac = $derived(this.facts?.platform === "macos");

  constructor(
    backend: Backend,
    schedule: Schedule = nextFrame,
    /** Begins the page anew, with nothing of the old one left in it. */
    readonly reload: () => void = () => location.reload(),
  ) {
    this.backend = heedful(backend, () => this.facts && this.reload());
    backend = this.backend;
    this.streams = new Streams(schedule);
    this.chats = new Chats(backend);
    this.library = new Library(backend);
    this.providers = new Providers(backend);
    this.talk = new Talk(backend, this.streams);
    const announce = (words: string) => (this.announcement = words);
    this.downloads = new Downloads(backend, announce);
    this.computer = new Computer(backend, announce);
    this.images = new Images(backend);
    this.hub = new Hub(backend, announce);
    this.keys = new Keys(backend, ({ keeping }) => this.facts && (this.facts = { ...this.facts, keeping }));
    this.presence = new Presence(() => this.settings?.lock_minutes > 0 && void backend.call("present", null).catch(() => undefined));
    this.drop = new Drop(backend, this.talk, this.library, () => (this.screen = "chat"));
  }

  /** Attaches to the core and shows what was shown last. */
  async start(): Promise<void> {
    this.failure = null;
    try {
      this.detach();
      const watching = this.backend.watch((batch) => this.apply(batch)).then((detach) => (this.detach = detach));
      // Where the chats are closed there may be nothing to watch: what is said at the start tells why.
      await watching.catch(() => undefined);
      const boot = await this.backend.call("boot", null);
      await watching;
      this.settings = boot.settings;
      applyLook(boot.settings);
      this.chats.list = boot.chats;
      this.chats.folders = boot.folders;
      this.library.models = boot.models;
      this.library.assistants = boot.assistants;
      this.providers.cards = boot.providers;
      this.downloads.begin(boot.downloads);
      this.notices = boot.notices;
      this.facts = boot;
      void this.keys.load(); // the settings say what is wrong with it
      if (boot.last_chat && boot.chats.some((chat) => chat.id === boot.last_chat)) await this.talk.open(boot.last_chat);
    } catch (thrown) {
      this.failure = failureOf(thrown);
    }
  }

  apply(batch: EventBatch): void {
    if (batch.events.some((event) => event.kind !== "answer")) this.told += 1;
    for (const event of batch.events) this.applyOne(event);
  }

  private applyOne(event: Event): void {
    switch (event.kind) {
      case "answer":
        this.streams.apply(event.chat, event.message, event.event);
        this.talk.applyAnswer(event.message, event.event);
        if (event.event.kind === "ended" && event.chat === this.talk.chat?.id) this.announceEnd(event.event.message.text, event.event.message.state);
        break;
      case "chat":
      case "folders":
        this.chats.apply(event);
        if (event.kind === "chat") this.talk.applyChat(event.chat);
        break;
      case "chat_gone":
        this.chats.apply(event);
        this.images.forget(event.chat);
        if (this.talk.chat?.id === event.chat) {
          this.talk.clear();
          this.panel = null;
        }
        break;
      case "models":
      case "assistants":
        this.library.apply(event);
        break;
      case "providers":
        this.providers.cards = event.providers;
        break;
      case "downloads":
        this.downloads.apply(event.downloads);
        break;
      case "settings":
        this.settings = event.settings;
        applyLook(event.settings);
        break;
      case "files_over":
        this.drop.over = event.over;
        break;
      case "files_dropped":
        void this.drop.take(event.files);
        break;
      case "notice":
        this.notices = [...this.notices, event.text];
        break;
      case "menu":
        void this.act(event.action);
        break;
    }
  }

  /** What the window's menu, a notification, a shortcut or the palette asks for. */
  async act(action: string): Promise<void> {
    if (action.startsWith("chat:")) return this.openChat(action.slice("chat:".length));
    switch (action) {
      case "new_chat":
        return this.newChat();
      case "search":
      case "shortcuts":
        this.overlay = action;
        return;
      case "settings":
      case "models":
      case "trash":
      case "policy":
      case "providers":
        return this.go(action);
      case "temporary_chat":
        return this.newChat({ temporary: true });
      case "lock":
        return this.lock();
      case "crossings":
      case "log":
        return this.goCrossings(action === "log" ? "log" : "ledger");
      case "usage":
      case "budgets":
      case "prices":
        return this.goUsage(action);
      case "recommended":
      case "hub":
        return this.goModels(action === "hub" ? "search" : "recommended");
      case "network":
      case "keys":
        return this.goSettings(action);
      case "fallback":
        this.settingsPart = action;
        return this.go("providers");
      case "bridge":
        if (!this.sidebarShown) this.toggleSidebar();
        this.bridgeShown = true;
        return;
      case "open_model":
        await this.openModel();
        return;
      case "open_folder":
        this.goModels("recommended");
        return this.library.openFolder();
      case "export":
        await this.exportChat();
        return;
      case "sidebar":
        return this.toggleSidebar();
    }
  }

  go(screen: Screen): void {
    this.screen = screen;
    this.drawer = false;
    if (screen === "trash") void this.chats.loadTrash().catch((thrown: unknown) => this.say(failureOf(thrown).message));
  }

  goModels(view: ModelsView): void {
    this.modelsView = view;
    this.go("models");
  }

  goCrossings(view: CrossingsView): void {
    this.crossingsView = view;
    this.go("crossings");
  }

  goUsage(view: UsageView): void {
    this.usageView = view;
    this.go("usage");
  }

  goSettings(part: SettingsPart): void {
    this.settingsPart = part;
    this.go("settings");
  }

  /** A new chat in which this model answers. */
  async chatWith(model: ModelId): Promise<void> {
    await this.newChat();
    await this.talk.change({ model });
  }

  /** Takes over what a command line beside this window may have changed meanwhile. What cannot be read stays as it is. */
  async lookAgain(): Promise<void> {
    if (!this.settings || this.failure) return;
    const before = this.told;
    const read = Promise.all([this.backend.call("chat_list", { trash: false }), this.backend.call("model_list", null), this.backend.call("provider_list", null)]);
    await read.then(([chats, models, providers]) => {
      // Something newer came meanwhile: these lists may be from before it.
      if (this.told !== before) return this.lookAgain();
      this.chats.list = chats;
      this.library.models = models;
      this.providers.cards = providers;
    }).catch(() => undefined);
  }

  async openChat(chat: ChatId, message: MessageId | null = null): Promise<void> {
    this.go("chat");
    this.finding = 0;
    if (this.panel?.kind === "details") this.panel = null;
    await this.talk.open(chat, message);
    if (message === null) this.focusComposer += 1;
  }

  async newChat(from: ChatFrom = {}): Promise<void> {
    this.go("chat");
    this.finding = 0;
    this.panel = null;
    await this.talk.fresh(from);
    this.focusComposer += 1;
  }

  /** Ends a temporary chat, of which nothing is kept. */
  async forget(chat: ChatId): Promise<void> {
    if (await this.tried(() => this.chats.forget(chat))) this.say("The temporary chat is gone. Nothing of it was kept.");
  }

  /** Opens a GGUF file and lets it answer from here on, in this chat. */
  async openModel(): Promise<void> {
    const model = await this.library.open();
    if (model) await this.talk.change({ model: model.id });
    else if (this.library.failure && this.screen !== "models") this.talk.failure = this.library.failure;
  }

  /** Closes the chats; what is being written is kept first. */
  async lock(): Promise<void> {
    if (!this.keys.lockable) return this.say("Only the keychain opens your chats, and it would open them again at once. Set a passphrase first: Settings, Keys and encryption.");
    await this.talk.leave();
    if (await this.tried(() => this.backend.call("lock", null))) this.reload();
  }

  /** The file in which the organisation set this, or null where the user may change it. */
  managedBy(setting: string): string | null {
    const found = this.facts?.managed.locked.find((known) => known.setting === setting || setting.startsWith(`${known.setting}.`));
    return found?.file ?? null;
  }

  /** Why something that leaves the window is not allowed; empty where it is. */
  refusal(what: "copy" | "export"): string {
    if (this.facts?.managed[what] ?? true) return "";
    return what === "copy" ? "Your organisation does not allow copying" : "Your organisation does not allow exports";
  }

  async exportChat(): Promise<void> {
    const chat = this.talk.chat;
    if (this.refusal("export")) return this.say(`${this.refusal("export")}.`);
    if (!chat) return this.say("There is nothing to export yet: ask something first.");
    await this.tried(async () => {
      const path = await this.chats.export(chat.id, "markdown");
      if (path) this.say(`Exported to ${path}`);
    });
  }

  toggleSidebar(): void {
    if (this.narrow) this.drawer = !this.drawer;
    else void this.change({ sidebar_open: !this.settings.sidebar_open });
  }

  /** Changes settings; they show at once and go back if the core refuses. */
  async change(patch: Partial<Settings>): Promise<void> {
    const failure = await this.changed(patch);
    if (failure) this.say(failure.message);
  }

  /** As `change`, for a control that shows by itself why the core refused. */
  async changed(patch: Partial<Settings>): Promise<Failure | null> {
    const old = this.settings;
    this.settings = { ...old, ...patch };
    applyLook(this.settings);
    try {
      this.settings = await this.backend.call("settings_change", { patch });
      return null;
    } catch (thrown) {
      this.settings = old;
      applyLook(old);
      return failureOf(thrown);
    }
  }

  /** Does something whose failure has no better place than a notice. */
  async tried(act: () => Promise<unknown>): Promise<boolean> {
    try {
      await act();
      return true;
    } catch (thrown) {
      this.say(failureOf(thrown).message);
      return false;
    }
  }

  say(notice: string): void {
    if (!this.notices.includes(notice)) this.notices = [...this.notices, notice];
    this.announcement = notice;
  }

  unsay(notice: string): void {
    this.notices = this.notices.filter((known) => known !== notice);
  }

  private announceEnd(text: string, state: string): void {
    const how = state === "complete" ? "Answer complete" : state === "failed" ? "The answer broke off" : "Answer stopped";
    const n = words(text);
    this.announcement = `${how}, ${n} ${n === 1 ? "word" : "words"}`;
  }
}

/** Whatever is asked while the chats have been locked elsewhere ends in the lock screen, not in a sentence here. */
function heedful(backend: Backend, locked: () => unknown): Backend {
  return {
    watch: (onBatch) => backend.watch(onBatch),
    ready: () => backend.ready(),
    async call(name, args) {
      try {
        return await backend.call(name, args);
      } catch (thrown) {
        if (failureOf(thrown).code === "store_locked") locked();
        throw thrown;
      }
    },
  };
}

export const [getApp, setApp] = createContext<App>();
