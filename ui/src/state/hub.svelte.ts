/** What was looked for on the hub, and what was found. Nothing is sent before `search` or `open` is called. */
import { SvelteMap } from "svelte/reactivity";
import { type Backend, failureOf } from "../backend/backend";
import type { Failure, HubFound, HubListing } from "../generated/wire";

const FOUND_AT_MOST = 30;

export type Listing = { kind: "loading" } | { kind: "shown"; listing: HubListing } | { kind: "failed"; failure: Failure };

export class Hub {
  /** What is typed; it stays here. */
  query = $state("");
  /** The words that `found` answers. */
  asked = $state("");
  searching = $state(false);
  found = $state.raw<HubFound | null>(null);
  failure = $state.raw<Failure | null>(null);
  /** Repositories that are unfolded. */
  readonly listings = new SvelteMap<string, Listing>();
  private turn = 0;

  constructor(
    private readonly backend: Backend,
    private readonly announce: (words: string) => void,
  ) {}

  async search(): Promise<void> {
    const query = this.query.trim();
    if (query === "") return;
    const turn = ++this.turn;
    this.searching = true;
    this.failure = null;
    try {
      const found = await this.backend.call("hub_search", { query, limit: FOUND_AT_MOST });
      if (turn !== this.turn) return;
      this.found = found;
      this.asked = query;
      this.listings.clear();
      this.announce(found.repos.length === 1 ? "1 repository found" : `${found.repos.length} repositories found`);
    } catch (thrown) {
      if (turn === this.turn) this.failure = failureOf(thrown);
    } finally {
      if (turn === this.turn) this.searching = false;
    }
  }

  /** Lists what a repository holds, or folds it again. */
  async toggle(repo: string): Promise<void> {
    if (this.listings.has(repo)) this.listings.delete(repo);
    else await this.open(repo);
  }

  async open(repo: string): Promise<void> {
    this.listings.set(repo, { kind: "loading" });
    const result: Listing = await this.backend.call("hub_files", { repo }).then(
      (listing) => ({ kind: "shown", listing }),
      (thrown: unknown) => ({ kind: "failed", failure: failureOf(thrown) }),
    );
    if (this.listings.has(repo)) this.listings.set(repo, result);
  }
}

/** The host of an address as a person reads it: "huggingface.co". */
export function hostOf(address: string): string {
  return URL.canParse(address) ? new URL(address).host : address;
}
