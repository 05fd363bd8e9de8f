/** The made-up library: models, downloads that advance by a timer, a hub, a measurement. */
import type { Commands, Download, DownloadState, DownloadWhat, Event, Failure, Machine, ModelCard, ModelId } from "../../generated/wire";
import { fit, listing, machine, offers, repos } from "./computer";
import { card, id } from "./scene";

type Handler<K extends keyof Commands> = (args: Commands[K]["args"]) => Commands[K]["value"] | Promise<Commands[K]["value"]>;

const TICK_MS = 100;
/** Of a whole download, with each tick. */
const SHARE_A_TICK = 0.02;

interface Held {
  models: ModelCard[];
  downloads: Download[];
}

export class FakeLibrary {
  private measured: boolean;

  constructor(
    private readonly held: Held,
    private readonly tell: (...events: Event[]) => void,
    private readonly now: () => number,
    query: URLSearchParams,
  ) {
    this.measured = !query.has("unmeasured");
    this.measureMs = Number(query.get("measure") ?? 10_000);
    this.still = query.has("still");
    if (held.downloads.some(({ state }) => state.kind === "running")) this.run();
  }
  private readonly measureMs: number;
  /** Only `step` lets things go on. */
  private readonly still: boolean;
  private timer: ReturnType<typeof setInterval> | undefined;

  private get machine(): Machine {
    return this.measured ? { ...machine, measured_at: this.now() - 2 * 86_400_000 } : { ...machine, speed: null, measured_at: null };
  }

  /** Lets downloads and checks go on by one step. */
  step(): void {
    for (const download of this.held.downloads) this.advance(download);
    if (this.held.models.some(({ status }) => status.kind === "verifying")) this.check();
    this.tell({ kind: "downloads", downloads: this.held.downloads });
    const busy = this.held.downloads.some(({ state }) => ["queued", "resolving", "running", "verifying"].includes(state.kind)) || this.held.models.some(({ status }) => status.kind === "verifying");
    if (!busy) {
      clearInterval(this.timer);
      this.timer = undefined;
    }
  }

  private run(): void {
    if (this.still) return;
    this.timer ??= setInterval(() => this.step(), TICK_MS);
  }

  private advance(download: Download): void {
    const { state, bytes } = download;
    if (state.kind === "queued") download.state = { kind: "resolving" };
    else if (state.kind === "resolving") download.state = { kind: "running", bytes_per_second: null, seconds_left: null };
    else if (state.kind === "running") {
      download.received_bytes = Math.min(bytes, download.received_bytes + Math.round(bytes * SHARE_A_TICK));
      const speed = 41_000_000;
      download.state = download.received_bytes < bytes ? { kind: "running", bytes_per_second: speed, seconds_left: (bytes - download.received_bytes) / speed } : { kind: "verifying", share: 0 };
    } else if (state.kind === "verifying") {
      if (state.share < 1) download.state = { kind: "verifying", share: Math.min(1, state.share + 0.1) };
      else this.arrive(download);
    }
  }

  private arrive(download: Download): void {
    const { name, quantisation, repo, path, host, bytes } = download;
    const model = card(name, bytes, {
      file_name: path.split("/").at(-1) ?? path,
      folder: "/home/ada/.local/share/drawbridge/models",
      origin: { kind: "hub", host, repo, revision: "4f2d1c0b9a8e7d6c5b4a39281706f5e4d3c2b1a0", path },
      verifiable: true,
      owned: true,
      verification: { at: this.now(), matched: true },
      fit: fit(bytes, this.measured),
      added_at: this.now(),
    });
    model.file.quantisation = quantisation;
    this.held.models.push(model);
    this.tell({ kind: "models", models: this.held.models });
    download.state = { kind: "done", model: model.id, verified: true };
  }

  private check(): void {
    this.held.models = this.held.models.map((model) => {
      if (model.status.kind !== "verifying") return model;
      if (model.status.share < 0.99) return { ...model, status: { kind: "verifying", share: model.status.share + 0.1 } };
      return { ...model, status: { kind: "ready" }, verification: { at: this.now(), matched: true } };
    });
    this.tell({ kind: "models", models: this.held.models });
  }

  private model(model: ModelId): ModelCard {
    const found = this.held.models.find((known) => known.id === model);
    if (!found) throw { code: "not_found", message: "This model is no longer in the library." } satisfies Failure;
    return found;
  }

  private download(download: string): Download {
    const found = this.held.downloads.find((known) => known.id === download);
    if (!found) throw { code: "not_found", message: "This download is no longer there." } satisfies Failure;
    return found;
  }

  private set(download: string, state: DownloadState): Download {
    const found = Object.assign(this.download(download), { state });
    this.tell({ kind: "downloads", downloads: this.held.downloads });
    return found;
  }

  private begin(what: DownloadWhat): Download {
    const blank = { id: id(), host: "huggingface.co", received_bytes: 0, state: { kind: "queued" }, started_at: this.now() } as const;
    if (what.kind === "file") {
      const file = listing(what.repo, this.measured).files.find(({ path }) => path === what.path);
      return { ...blank, name: (what.repo.split("/")[1] ?? what.repo).replace(/-GGUF$/, "").replaceAll("-", " "), quantisation: file?.quantisation ?? "", repo: what.repo, path: what.path, bytes: file?.bytes ?? 0 };
    }
    const offer = offers(this.measured).find((known) => known.id === what.id)!;
    if (offer.gated) throw { code: "key_rejected", message: `huggingface.co wants an account that accepted the licence of ${offer.name}. Signing in comes with a later version; nothing was downloaded.` } satisfies Failure;
    const file = offer.files.find(({ quantisation }) => quantisation === what.quantisation)!;
    return { ...blank, name: offer.name, quantisation: file.quantisation, repo: offer.repo, path: file.path, bytes: file.bytes };
  }

  readonly handlers = {
    model_list: (() => this.held.models) satisfies Handler<"model_list">,
    model_open: (() => null) satisfies Handler<"model_open">,
    model_drop: (() => []) satisfies Handler<"model_drop">,
    model_remove: (({ model, files }) => {
      const freed_bytes = files ? this.model(model).file.bytes : 0;
      this.held.models = this.held.models.filter((known) => known.id !== model);
      this.tell({ kind: "models", models: this.held.models });
      return { freed_bytes };
    }) satisfies Handler<"model_remove">,
    model_verify: (({ model }) => {
      this.model(model).status = { kind: "verifying", share: 0 };
      this.tell({ kind: "models", models: this.held.models });
      this.run();
      return this.model(model);
    }) satisfies Handler<"model_verify">,
    model_template: (() => ({ renders: true, text: "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\nWhat is a bridge?<|im_end|>\n<|im_start|>assistant\n" })) satisfies Handler<"model_template">,
    model_warm: (() => null) satisfies Handler<"model_warm">,
    model_folder: (() => ({ pack: true, models: [], refused: ["mmproj-f16.gguf was left out: it is a part for pictures, not a chat model."] })) satisfies Handler<"model_folder">,
    machine: (() => this.machine) satisfies Handler<"machine">,
    machine_measure: (async () => {
      await new Promise((done) => setTimeout(done, this.measureMs));
      this.measured = true;
      return { ...this.machine, measured_at: this.now() };
    }) satisfies Handler<"machine_measure">,
    catalogue: (() => offers(this.measured)) satisfies Handler<"catalogue">,
    hub_search: (({ query }) => ({ host: "huggingface.co", repos: /nothing/.test(query) ? [] : repos })) satisfies Handler<"hub_search">,
    hub_files: (({ repo }) => listing(repo, this.measured)) satisfies Handler<"hub_files">,
    download_list: (() => this.held.downloads) satisfies Handler<"download_list">,
    download_start: (({ what }) => {
      const download = this.begin(what);
      this.held.downloads.unshift(download);
      this.run();
      return download;
    }) satisfies Handler<"download_start">,
    download_pause: (({ download }) => this.set(download, { kind: "paused" })) satisfies Handler<"download_pause">,
    download_resume: (({ download }) => {
      this.run();
      return this.set(download, { kind: "resolving" });
    }) satisfies Handler<"download_resume">,
    download_cancel: (({ download }) => {
      this.held.downloads = this.held.downloads.filter((known) => known.id !== download);
      this.tell({ kind: "downloads", downloads: this.held.downloads });
      return null;
    }) satisfies Handler<"download_cancel">,
  };
}
