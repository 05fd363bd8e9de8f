/** Tells the core that somebody is there: at most once in a while, and only for what a person did. */

export const PRESENT_EVERY_MS = 20_000;

/** What of an event says that it is real. */
interface Act {
  type: string;
  screenX?: number;
  screenY?: number;
}

export class Presence {
  private told = -Infinity;
  private at = "";

  constructor(
    private readonly tell: () => unknown,
    private readonly now: () => number = () => Date.now(),
  ) {}

  /** A key, a press, a turn of the wheel or a movement of the pointer. */
  noticed(act: Act): void {
    if (!this.real(act)) return;
    const now = this.now();
    if (now - this.told < PRESENT_EVERY_MS) return;
    this.told = now;
    this.tell();
  }

  /** Engines report a movement where the page moved under a pointer that rests; the pointer's place on the screen tells. */
  private real({ type, screenX, screenY }: Act): boolean {
    if (type !== "pointermove") return true;
    const at = `${screenX} ${screenY}`;
    const moved = this.at !== "" && at !== this.at;
    this.at = at;
    return moved;
  }
}
