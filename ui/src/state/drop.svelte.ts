/** Files over the window, and what becomes of them when they are let go. */
import { type Backend, failureOf } from "../backend/backend";
import type { DroppedFile } from "../generated/wire";
import type { Library } from "./library.svelte";
import type { Talk } from "./talk.svelte";

export class Drop {
  over = $state(false);

  constructor(
    private readonly backend: Backend,
    private readonly talk: Talk,
    private readonly library: Library,
    private readonly show: () => void,
  ) {}

  /** Models go to the library and answer in this chat; everything else is attached to what is being written. */
  async take(files: DroppedFile[]): Promise<void> {
    this.over = false;
    this.show();
    const models = files.filter((file) => file.model).map((file) => file.token);
    const texts = files.filter((file) => !file.model).map((file) => file.token);
    try {
      if (models.length > 0) {
        const card = await this.library.drop(models);
        if (card) await this.talk.change({ model: card.id });
        else this.talk.failure = this.library.failure;
      }
      if (texts.length > 0) await this.talk.attach((chat) => this.backend.call("attachment_drop", { chat, tokens: texts }));
    } catch (thrown) {
      this.talk.failure = failureOf(thrown);
    }
  }
}
