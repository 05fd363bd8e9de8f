/** Models on their way here, and those that have just arrived. */
import { SvelteMap, SvelteSet } from "svelte/reactivity";
import { type Backend, failureOf } from "../backend/backend";
import type { Download, DownloadId, DownloadWhat, Failure } from "../generated/wire";

/** Names what a download was asked for, before it has an id. */
export function keyOf(what: DownloadWhat): string {
  return what.kind === "offer" ? `${what.id} ${what.quantisation}` : `${what.repo}/${what.path}`;
}

export class Downloads {
  list = $state.raw<Download[]>([]);
  /** Arrived while this window was open, and not put away yet. */
  arrived = $state.raw<Download[]>([]);
  /** What is being asked for, by {@link keyOf}, and why it could not be begun. */
  readonly starting = new SvelteSet<string>();
  readonly refused = new SvelteMap<string, Failure>();
  /** What went wrong with the last act on a download. */
  readonly failures = new SvelteMap<DownloadId, Failure>();

  /** Those that are not in the library yet. */
  readonly underway = $derived(this.list.filter((download) => download.state.kind !== "done"));
  /** Hosts that bytes come from at this moment. */
  readonly hosts = $derived([...new Set(this.list.filter(({ state }) => state.kind === "running" || state.kind === "resolving").map(({ host }) => host))]);

  private seenDone = new Set<DownloadId>();

  constructor(
    private readonly backend: Backend,
    private readonly announce: (words: string) => void,
  ) {}

  /** The list as the core has it at the start: what had arrived before is no news. */
  begin(list: Download[]): void {
    for (const download of list) if (download.state.kind === "done") this.seenDone.add(download.id);
    this.list = list;
  }

  apply(list: Download[]): void {
    this.list = list;
    for (const download of list) {
      if (download.state.kind !== "done" || this.seenDone.has(download.id)) continue;
      this.seenDone.add(download.id);
      this.arrived = [...this.arrived, download];
      this.announce(`${download.name} has arrived`);
    }
  }

  /** The download of a file of a repository, where one is under way. */
  of(repo: string, path: string): Download | null {
    return this.underway.find((download) => download.repo === repo && download.path === path) ?? null;
  }

  async start(what: DownloadWhat): Promise<void> {
    const key = keyOf(what);
    if (this.starting.has(key)) return;
    this.starting.add(key);
    this.refused.delete(key);
    try {
      const download = await this.backend.call("download_start", { what });
      if (!this.list.some((known) => known.id === download.id)) this.apply([...this.list, download]);
      this.announce(`${download.name}: download begun`);
    } catch (thrown) {
      this.refused.set(key, failureOf(thrown));
    } finally {
      this.starting.delete(key);
    }
  }

  pause(download: DownloadId): Promise<void> {
    return this.acted(download, async () => this.put(await this.backend.call("download_pause", { download })));
  }

  resume(download: DownloadId): Promise<void> {
    return this.acted(download, async () => this.put(await this.backend.call("download_resume", { download })));
  }

  /** Ends it and removes what has arrived. */
  cancel(download: DownloadId): Promise<void> {
    return this.acted(download, async () => {
      await this.backend.call("download_cancel", { download });
      this.list = this.list.filter((known) => known.id !== download);
    });
  }

  /** Puts the news of an arrival away. */
  async putAway(download: DownloadId): Promise<void> {
    this.arrived = this.arrived.filter((known) => known.id !== download);
    await this.cancel(download);
  }

  private put(changed: Download): void {
    this.apply(this.list.map((known) => (known.id === changed.id ? changed : known)));
  }

  private async acted(download: DownloadId, act: () => Promise<void>): Promise<void> {
    this.failures.delete(download);
    try {
      await act();
    } catch (thrown) {
      this.failures.set(download, failureOf(thrown));
    }
  }
}
