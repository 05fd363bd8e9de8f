/** A list that is fetched page by page, newest first. */
import { failureOf } from "../backend/backend";
import type { Failure } from "../generated/wire";

export interface Page<T> {
  items: T[];
  more: boolean;
}

export class Pages<T extends { seq: number }> {
  /** Null before the first page is here. */
  items = $state.raw<T[] | null>(null);
  more = $state(false);
  loading = $state(false);
  failure = $state.raw<Failure | null>(null);
  private turn = 0;

  constructor(private readonly read: (before: number | null) => Promise<Page<T>>) {}

  /** From the newest on. What is shown stays until the new page is here. */
  begin(): Promise<void> {
    return this.load(null);
  }

  /** The next page of older ones. */
  older(): Promise<void> {
    const last = this.items?.at(-1);
    return this.loading || !this.more || !last ? Promise.resolve() : this.load(last.seq);
  }

  private async load(before: number | null): Promise<void> {
    const turn = ++this.turn;
    this.loading = true;
    try {
      const page = await this.read(before);
      if (turn !== this.turn) return; // asked for anew meanwhile
      this.items = before === null ? page.items : [...(this.items ?? []), ...page.items];
      this.more = page.more;
      this.failure = null;
    } catch (thrown) {
      if (turn === this.turn) this.failure = failureOf(thrown);
    }
    if (turn === this.turn) this.loading = false;
  }
}
