/** What the made-up core holds at its start. */
import type { Assistant, Chat, ChatSettings, Download, Folder, Message, ModelCard, Provider, ProviderCard, ProviderModel, Sampling, Settings, Usage } from "../../generated/wire";
import { imageOf } from "./attachments";
import { fit } from "./computer";
import { routeOf, setUp } from "./providers";
import { answerTo } from "./texts";

let births = 0;
/** An id in the shape of a UUIDv7, rising with each call. */
export function id(): string {
  births += 1;
  return `0198a000-0000-7000-8000-${births.toString(16).padStart(12, "0")}`;
}

export const sampling: Sampling = { temperature: 0.7, top_k: 40, top_p: 0.95, min_p: 0.05, repeat_penalty: 1, seed: 7, max_tokens: null };

export const noSettings: ChatSettings = {
  system_prompt: "",
  temperature: null,
  top_k: null,
  top_p: null,
  min_p: null,
  repeat_penalty: null,
  seed: null,
  max_tokens: null,
  context_tokens: null,
};

export const settings: Settings = {
  theme: "system",
  text_percent: 100,
  send_key: "enter",
  default_model: null,
  notify: true,
  unload_minutes: 15,
  lock_minutes: 0,
  lock_on_sleep: false,
  log_level: "info",
  doors_dismissed: false,
  sidebar_open: true,
  network: { hub: "https://huggingface.co", download_hosts: ["*.hf.co", "*.huggingface.co"], proxy: { kind: "system" }, ca_bundle: "" },
  models_folder: "",
  mode: "guarded",
  budgets: [],
  answer_here_on_failure: false,
  fallbacks: [],
};

export const starter: ModelCard = {
  id: id(),
  name: "Starter model",
  starter: true,
  file: { name: "Drawbridge starter", architecture: "llama", parameters: 1_540_000, quantisation: "F16", context_tokens: 512, bytes: 3_120_000, has_template: true, licence: "CC0-1.0", active_parameters: 1_540_000, kv_bytes_per_token: 2_048 },
  file_name: "starter.gguf",
  folder: "/usr/lib/drawbridge/starter-model",
  sha256: null,
  status: { kind: "loaded", context_tokens: 512 },
  default_sampling: sampling,
  origin: { kind: "starter" },
  verifiable: false,
  verification: null,
  fit: { verdict: "fits", needed_bytes: 48_000_000, context_tokens: 512, speed: { tokens_per_second: 940, first_token_seconds: 0.03, source: "measured" } },
  owned: false,
  added_at: 0,
};

/** A model of the library, opened from this computer unless `more` says otherwise. */
export function card(name: string, bytes: number, more: Partial<ModelCard> = {}): ModelCard {
  return {
    ...starter,
    id: id(),
    name,
    starter: false,
    file: { name, architecture: "qwen3", parameters: Math.round(bytes * 1.61), quantisation: "Q4_K_M", context_tokens: 32_768, bytes, has_template: true, licence: "apache-2.0", active_parameters: 0, kv_bytes_per_token: 147_456 },
    file_name: `${name.toLowerCase().replaceAll(" ", "-")}-q4_k_m.gguf`,
    folder: "/home/ada/Models",
    sha256: "3f0a8c7e2b5d4f6a9c1e8b7d6a5f4c3b2e1d0f9a8b7c6d5e4f3a2b1c0d9e8f7a",
    status: { kind: "ready" },
    origin: { kind: "file" },
    added_at: Date.now() - 3 * 86_400_000,
    fit: { ...fit(bytes, true), context_tokens: 8_192 },
    ...more,
  };
}

const DAY = 86_400_000;
const hub = (path: string) => ({ kind: "hub", host: "huggingface.co", repo: "Qwen/Qwen3-4B-GGUF", revision: "4f2d1c0b9a8e7d6c5b4a39281706f5e4d3c2b1a0", path }) as const;
const owned = { folder: "/home/ada/.local/share/drawbridge/models", verifiable: true, owned: true } as const;

const qwen = card("Qwen3 4B Instruct", 2_497_000_000, {
  ...owned,
  origin: hub("Qwen3-4B-Q4_K_M.gguf"),
  verification: { at: Date.now() - 3 * DAY, matched: true },
  default_sampling: { ...sampling, temperature: 0.6, top_k: 20, min_p: 0 },
});
qwen.fit.speed = { tokens_per_second: 23.4, first_token_seconds: 2.8, source: "measured" };

const gone = card("Ministral 8B Instruct", 4_910_000_000, { folder: "/media/stick", sha256: null, status: { kind: "missing" } });
gone.file.licence = null;

/** Every state that a model and a download can be in. */
function crowded(now: number): Pick<Scene, "models" | "downloads"> {
  const loading = card("Gemma 3 1B", 806_000_000, { status: { kind: "loading", share: 0.43 } });
  const verifying = card("Phi 4 mini", 2_490_000_000, { ...owned, origin: hub("phi-4-mini-q4_k_m.gguf"), status: { kind: "verifying", share: 0.27 } });
  const differs = card("SmolLM2 1.7B", 1_060_000_000, { ...owned, origin: hub("smollm2-1.7b-q4_k_m.gguf"), verification: { at: now - DAY, matched: false } });
  const failed = card("Experiment 2B", 1_300_000_000, { status: { kind: "failed", reason: "The header names an architecture that this engine does not know (rwkv9)." } });
  const download = (name: string, bytes: number, received_bytes: number, state: Download["state"]): Download => ({ id: id(), name, quantisation: "Q4_K_M", repo: `somebody/${name.replaceAll(" ", "-")}-GGUF`, path: `${name}.gguf`, host: "huggingface.co", bytes, received_bytes, state, started_at: now - 70_000 });
  return {
    models: [starter, qwen, gone, loading, verifying, differs, failed],
    downloads: [
      download("Falcon 3 7B Instruct", 4_570_000_000, 2_880_000_000, { kind: "running", bytes_per_second: 41_000_000, seconds_left: 42 }),
      download("Llama 3.1 8B", 4_920_000_000, 1_200_000_000, { kind: "waiting", reason: "The network is away.", retry_seconds: 15 }),
      download("Mistral Nemo 12B", 7_480_000_000, 3_100_000_000, { kind: "paused" }),
      download("Qwen3 14B", 9_000_000_000, 9_000_000_000, { kind: "verifying", share: 0.61 }),
      download("DeepSeek R1 Distill 7B", 4_680_000_000, 1_900_000_000, { kind: "failed", failure: { code: "disk_full", message: "The disk is full: 2.8 GB more are needed in /home/ada/.local/share/drawbridge/models. What arrived is kept." }, retry: true }),
      download("OLMo 2 7B", 4_470_000_000, 0, { kind: "queued" }),
    ],
  };
}

export interface Scene {
  chats: Chat[];
  folders: Folder[];
  messages: Message[];
  models: ModelCard[];
  downloads: Download[];
  providers: ProviderCard[];
  assistants: Assistant[];
  settings: Settings;
  lastChat: string | null;
}

export function chatOf(title: string, at: number, more: Partial<Chat> = {}): Chat {
  return {
    id: id(),
    title,
    title_source: title === "" ? "none" : "words",
    folder: null,
    pinned: false,
    model: null,
    assistant: null,
    settings: noSettings,
    leaf: null,
    draft: "",
    created_at: at,
    updated_at: at,
    deleted_at: null,
    temporary: false,
    ...more,
  };
}

export function question(chat: string, parent: string | null, text: string, at: number): Message {
  const own = id();
  return { id: own, chat, parent, role: "user", text, reasoning: "", state: "complete", attachments: [], answer: null, rating: null, siblings: [own], created_at: at };
}

export function answer(chat: string, parent: string, model: ModelCard, at: number): Message {
  const own = id();
  const usage: Usage = { prompt_tokens: 0, cached_tokens: 0, output_tokens: 0, first_token_ms: 0, tokens_per_second: 0, reasoning_ms: 0, reasoning_tokens: 0, cache_write_tokens: 0, estimated: false };
  return {
    ...question(chat, parent, "", at),
    id: own,
    siblings: [own],
    role: "assistant",
    state: "streaming",
    answer: {
      model: model.id,
      model_name: model.name,
      route: { place: "this_computer", reason: "You chose this model." },
      bill: null,
      finish: null,
      error: null,
      usage,
      provenance: { model_sha256: model.sha256, engine_build: "llama.cpp b9000 AVX2 FMA", template_sha256: "9e1f", prompt_sha256: "51ab", sampling, template_fallback: false },
    },
  };
}

/** An answer by a provider's model, still empty. */
export function answerThere(chat: string, parent: string, provider: Provider, model: ProviderModel, at: number): Message {
  const made = answer(chat, parent, starter, at);
  const { provenance } = made.answer!;
  return {
    ...made,
    answer: {
      ...made.answer!,
      model: model.id,
      model_name: model.title,
      route: routeOf(provider, "You chose this model."),
      provenance: { ...provenance, model_sha256: null, engine_build: `${provider.name}, ${model.name}`, template_sha256: "" },
    },
  };
}

/** A finished answer with its figures. */
export function ended(message: Message, text: string, reasoning = ""): Message {
  const tokens = Math.max(1, Math.round(text.length / 4.2));
  const figures: Usage = { ...message.answer!.usage, prompt_tokens: 212, cached_tokens: 180, output_tokens: tokens, first_token_ms: 412, tokens_per_second: 23.4, reasoning_ms: reasoning === "" ? 0 : 3_400 };
  if (message.answer!.route.place === "cloud") {
    const bill = { usd_micros: 3_140, price_known: message.answer!.model !== "openai/gpt-6-house", estimated: false };
    return { ...message, text, reasoning, state: "complete", answer: { ...message.answer!, finish: "end_of_turn", usage: { ...figures, reasoning_tokens: reasoning === "" ? 0 : 96, tokens_per_second: 61 }, bill } };
  }
  return { ...message, text, reasoning, state: "complete", answer: { ...message.answer!, finish: "end_of_turn", usage: figures } };
}

const HOUR = 3_600_000;

/** `first`: nothing yet. `chat`: a lived-in application. `error`, `stopped`: an answer that broke off. `long`: many messages. `images`: questions with images. */
export function scene(name: string, now: number): Scene {
  if (name === "first") return { chats: [], folders: [], messages: [], models: [starter], downloads: [], providers: [], assistants: [], settings, lastChat: null };
  const work: Folder = { id: id(), name: "Board", position: 0, retention_days: name === "protected" ? 2_190 : null, legal_hold: name === "managed" };
  const main = chatOf("Where messages are kept", now - HOUR / 2, { model: name === "images" ? "anthropic/claude-opus-5" : qwen.id });
  const titles: [string, number, Partial<Chat>][] = [
    ["Contract terms, plain English", 30 * HOUR, { pinned: true }],
    ["Quarterly summary", 20 * HOUR, { folder: work.id }],
    ["Why is the cache cold after deploy", 2 * HOUR, {}],
    ["Rewrite: onboarding mail", 26 * HOUR, { draft: "Now shorter" }],
    ["Regex for order numbers", 27 * HOUR, {}],
    ["Trip to Lisbon, three days", 29 * HOUR, {}],
    ["GDPR article 30, what to record", 5 * 24 * HOUR, {}],
    ["SQL: customers without orders", 6 * 24 * HOUR, {}],
  ];
  const others = titles.map(([title, ago, more]) => chatOf(title, now - ago, more));
  const messages = talk(name, main.id, now);
  main.leaf = messages.at(-1)?.id ?? null;
  const reviewer: Assistant = { id: id(), name: "Plain words", settings: { ...noSettings, system_prompt: "Answer in short, plain sentences.", temperature: 0.3 } };
  return {
    chats: [main, ...others],
    folders: [work],
    messages,
    models: [starter, qwen, gone],
    downloads: [],
    providers: setUp(),
    assistants: [reviewer],
    settings: { ...settings, doors_dismissed: true },
    lastChat: main.id,
    ...(name === "models" ? crowded(now) : {}),
  };
}

/** What went on at providers: in the cloud, in the user's network, in the place of another, declined or broken off. */
function across(chat: string, leaf: string, now: number, broken: boolean): Message[] {
  const [anthropic, openai, vllm] = setUp().map(({ provider }) => provider);
  const all: Message[] = [];
  const turn = (text: string, provider: Provider, words: string, more: (made: Message) => Message = (made) => made) => {
    const asked = question(chat, all.at(-1)?.id ?? leaf, text, now - HOUR / 3);
    all.push(asked, more(ended(answerThere(chat, asked.id, provider, provider.models.at(-1)!, now - HOUR / 3), words)));
  };
  turn("What does article 30 ask of a small company?", anthropic!, "A record of what is processed, why, and how long it is kept. Fewer than 250 people exempts only what is occasional.");
  turn("And in German law?", anthropic!, "The same, by direct effect; the national act adds details for employees’ data.");
  turn("Shorter, please.", vllm!, "Keep a list: what, why, how long.");
  turn("Translate that into Finnish.", openai!, "Pidä luetteloa: mitä, miksi, kuinka kauan.", (made) => ({ ...made, answer: { ...made.answer!, usage: { ...made.answer!.usage, estimated: true }, bill: { ...made.answer!.bill!, estimated: true } } }));
  if (!broken) return all;
  turn("And into Swedish.", anthropic!, "För en förteckning: vad,", (made) => ({ ...made, state: "failed", answer: { ...made.answer!, finish: null, error: "Anthropic ended the connection in the middle of the answer." } }));
  return all;
}

function talk(name: string, chat: string, now: number): Message[] {
  const all: Message[] = [];
  const ask = (text: string) => {
    const asked = question(chat, all.at(-1)?.id ?? null, text, now - HOUR / 2);
    all.push(asked);
    return asked;
  };
  const reply = (text: string, reasoning = "") => {
    const made = ended(answer(chat, all.at(-1)!.id, qwen, now - HOUR / 2), text, reasoning);
    all.push(made);
    return made;
  };
  if (name === "long") {
    for (let n = 1; n <= 400; n += 1) {
      ask(`Question ${n}: what is kept, and where?`);
      reply(`${n}. ${answerTo(n % 3 === 0 ? "table" : n % 7 === 0 ? "code" : "x")}`);
    }
    return all;
  }
  ask("Show me a table of what stays and what may cross.");
  const first = reply(answerTo("table"));
  all[1] = { ...first, siblings: [id(), first.id, id()], rating: { thumb: "up", reason: "" } };
  ask("And a function that reads our order numbers.");
  const second = reply(answerTo("code"), "Order numbers here are four digits of the year, a dash and five digits. A named group for each keeps the caller readable.");
  if (name === "error") {
    const error = "The engine ended unexpectedly (signal 9, killed). What was written is kept, and the next question starts a new engine.";
    all[3] = { ...second, text: second.text.slice(0, 260), state: "failed", answer: { ...second.answer!, finish: null, error } };
  }
  if (name === "images") {
    const [anthropic] = setUp().map(({ provider }) => provider);
    const asked = ask("What do these two say of the summer?");
    asked.attachments = [imageOf("Survey results.png"), imageOf("The shore at Nida.jpg", "tall"), { id: id(), name: "orders.csv", bytes: 18_400, image: null }];
    all.push(ended(answerThere(chat, asked.id, anthropic!, anthropic!.models[0]!, now - HOUR / 3), "The last bar stands out: **July** brought almost twice the usual visitors. The second image shows where they went, a shore in evening light."));
    const wide = ask("");
    wide.attachments = [imageOf("Survey results, page 2.png")];
    all.push(ended(answerThere(chat, wide.id, anthropic!, anthropic!.models[0]!, now - HOUR / 4), "The same figures, by month."));
  }
  if (name === "across" || name === "across-error") return [...all, ...across(chat, second.id, now, name === "across-error")];
  if (name === "stopped") {
    all[3] = { ...second, text: second.text.slice(0, 300), state: "stopped", answer: { ...second.answer!, finish: "stopped" } };
  }
  return all;
}
