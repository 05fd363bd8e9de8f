/**
 * Answers under way. Pieces of text are gathered in plain strings as they arrive and become visible once a frame, so
 * that a fast model costs one update a frame and not one a token.
 */
import { SvelteMap } from "svelte/reactivity";
import type { AnswerEvent, ChatId, Message, MessageId } from "../generated/wire";

export type Progress = { kind: "waiting" } | { kind: "loading"; share: number } | { kind: "reading"; read: number; total: number } | { kind: "writing" };

/** An answer under way, whole so far. */
export class Live {
  text = $state("");
  reasoning = $state("");
  progress = $state.raw<Progress>({ kind: "waiting" });
  /** When something last arrived, in milliseconds since 1970. */
  heardAt = $state(0);
  /** When the first piece of reasoning and the first of text were seen, for the running time of the reasoning. */
  reasoningSince = $state<number | null>(null);
  writingSince = $state<number | null>(null);
  unseenText = "";
  unseenReasoning = "";
  unseenProgress: Progress | null = null;

  constructor(
    readonly chat: ChatId,
    text: string,
    reasoning: string,
    now: number,
  ) {
    this.heardAt = now;
    this.text = text;
    this.reasoning = reasoning;
  }
}

/** When to show what has arrived: the next frame, or a quarter of a second later where nobody looks. */
export type Schedule = (flush: () => void) => void;

export const nextFrame: Schedule = (flush) => {
  if (document.hidden) setTimeout(flush, 250);
  else requestAnimationFrame(flush);
};

/** Ended answers that are remembered, so that a reply that was overtaken by the end does not bring them back to life. */
const REMEMBERED = 64;

export class Streams {
  readonly live = new SvelteMap<MessageId, Live>();
  /** Chats with an answer under way. */
  readonly chats = $derived(new Set([...this.live.values()].map((live) => live.chat)));
  private ended = new Map<MessageId, Message>();
  private dirty = new Set<Live>();
  private scheduled = false;

  constructor(
    private readonly schedule: Schedule = nextFrame,
    private readonly now: () => number = Date.now,
  ) {}

  /** An answer goes on from this text: said before the core is asked to continue it. */
  resume(message: Message): void {
    this.ended.delete(message.id);
    this.live.set(message.id, new Live(message.chat, message.text, message.reasoning, this.now()));
  }

  /** The core would not continue it after all. */
  abandon(message: MessageId): void {
    this.live.delete(message);
  }

  apply(chat: ChatId, message: MessageId, event: AnswerEvent): void {
    if (event.kind === "ended") {
      this.live.delete(message);
      this.remember(event.message);
      return;
    }
    // Who answers is the message's own matter; here are its words.
    if (this.ended.has(message) || event.kind === "routed") return;
    const live = this.live.get(message) ?? new Live(chat, "", "", this.now());
    if (!this.live.has(message)) this.live.set(message, live);
    switch (event.kind) {
      case "loading":
        live.unseenProgress = { kind: "loading", share: event.share };
        break;
      case "reading":
        live.unseenProgress = { kind: "reading", read: event.read, total: event.total };
        break;
      case "text":
        live.unseenProgress = { kind: "writing" };
        if (event.part === "text") live.unseenText += event.text;
        else live.unseenReasoning += event.text;
        break;
      case "snapshot":
        live.text = event.text;
        live.reasoning = event.reasoning;
        live.unseenText = "";
        live.unseenReasoning = "";
        if (event.text !== "" || event.reasoning !== "") live.unseenProgress = { kind: "writing" };
        break;
    }
    this.dirty.add(live);
    if (!this.scheduled) {
      this.scheduled = true;
      this.schedule(() => this.flush());
    }
  }

  /** The newest of what is known of a message: a reply may be older than the events that overtook it. */
  newest(message: Message): Message {
    const ended = this.ended.get(message.id);
    if (ended && message.state === "streaming") return { ...ended, siblings: message.siblings };
    if (message.state === "streaming" && message.role === "assistant" && !this.live.has(message.id)) {
      this.live.set(message.id, new Live(message.chat, message.text, message.reasoning, this.now()));
    }
    return message;
  }

  private flush(): void {
    this.scheduled = false;
    for (const live of this.dirty) {
      live.heardAt = this.now();
      if (live.unseenReasoning !== "") {
        live.reasoningSince ??= this.now();
        live.reasoning += live.unseenReasoning;
        live.unseenReasoning = "";
      }
      if (live.unseenText !== "") {
        live.writingSince ??= this.now();
        live.text += live.unseenText;
        live.unseenText = "";
      }
      if (live.unseenProgress) live.progress = live.unseenProgress;
      live.unseenProgress = null;
    }
    this.dirty.clear();
  }

  private remember(message: Message): void {
    this.ended.set(message.id, message);
    for (const oldest of this.ended.keys()) {
      if (this.ended.size <= REMEMBERED) break;
      this.ended.delete(oldest);
    }
  }
}
