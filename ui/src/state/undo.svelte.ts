/** The offer to bring back the chat that was deleted last. */
import type { ChatId, ChatSummary } from "../generated/wire";

export const UNDO_MS = 10_000;

export class Undo {
  chat = $state.raw<ChatSummary | null>(null);
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly restore: (chat: ChatId) => Promise<void>) {}

  offer(chat: ChatSummary): void {
    this.chat = chat;
    this.resume();
  }

  /** Waits while the pointer or the focus rests on the offer. */
  pause(): void {
    clearTimeout(this.timer);
  }

  resume(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.dismiss(), UNDO_MS);
  }

  dismiss(): void {
    clearTimeout(this.timer);
    this.chat = null;
  }

  async take(): Promise<ChatId | null> {
    const chat = this.chat;
    this.dismiss();
    if (!chat) return null;
    await this.restore(chat.id);
    return chat.id;
  }
}
