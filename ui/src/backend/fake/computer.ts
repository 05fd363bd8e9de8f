/** The made-up computer and the models that can be had for it. */
import type { Crossing, Fit, HubFile, HubListing, HubRepo, Machine, Offer, OfferKind } from "../../generated/wire";

const GB = 1e9;
const MEMORY = 16 * GB;

export const machine: Machine = {
  processor: "12th Gen Intel Core i7-1260P",
  cores: 12,
  memory_bytes: MEMORY,
  available_bytes: 10.4 * GB,
  devices: [{ name: "Intel Iris Xe (Vulkan)", memory_bytes: MEMORY, unified: true }],
  disk_free_bytes: 212 * GB,
  speed: { generation_bytes_per_second: 52 * GB, prompt_flops: 4.1e11, threads: 8 },
  measured_at: 0,
};

/** How a model of this size would run here; `active` where only a part of it is read for each token. */
export function fit(bytes: number, measured: boolean, active = bytes): Fit {
  const needed_bytes = Math.round(bytes * 1.12 + 0.6 * GB);
  const verdict = needed_bytes > MEMORY ? "too_large" : needed_bytes > 0.62 * MEMORY ? "tight" : "fits";
  const tokens_per_second = (52 * GB) / active;
  const speed = measured && verdict !== "too_large" ? { tokens_per_second, first_token_seconds: 60 / tokens_per_second, source: "estimated" as const } : null;
  return { verdict, needed_bytes, context_tokens: 8_192, speed };
}

/** Bytes of a weight in each quantisation. */
const sizes: [string, number][] = [
  ["Q3_K_M", 0.49],
  ["Q4_K_M", 0.61],
  ["Q5_K_M", 0.72],
  ["Q6_K", 0.83],
  ["Q8_0", 1.07],
];

type Facts = [id: string, name: string, maker: string, family: string, kind: OfferKind, billions: number, context: number, licence: string, languages: string, good_at: string, gated?: boolean];

const facts: Facts[] = [
  ["smollm2-360m", "SmolLM2 360M Instruct", "Hugging Face", "SmolLM", "chat", 0.36, 8_192, "Free for any use, business too (Apache 2.0)", "English", "Very quick small tasks: titles, rewriting a sentence"],
  ["llama-3.2-3b", "Llama 3.2 3B Instruct", "Meta", "Llama 3.2", "chat", 3.21, 131_072, "Meta's own: free up to 700 million monthly users, with forbidden uses and a duty to name Llama", "8 languages", "Short answers and rewriting", true],
  ["qwen3-4b", "Qwen3 4B Instruct 2507", "Qwen", "Qwen 3", "chat", 4.02, 262_144, "Free for any use, business too (Apache 2.0)", "More than 100 languages", "Everyday questions, summaries, code in small pieces"],
  ["falcon3-7b", "Falcon 3 7B Instruct", "TII", "Falcon 3", "chat", 7.46, 32_768, "TII's own: free, business too, with a policy of acceptable use", "English, French, Spanish, Portuguese", "Science, mathematics and clear prose"],
  ["qwen3-8b", "Qwen3 8B", "Qwen", "Qwen 3", "chat", 8.19, 40_960, "Free for any use, business too (Apache 2.0)", "More than 100 languages", "Reasoning in steps, longer documents"],
  ["mistral-small-24b", "Mistral Small 3.2 24B", "Mistral AI", "Mistral Small", "chat", 23.6, 131_072, "Free for any use, business too (Apache 2.0)", "24 languages", "Reasoning, code and long instructions"],
  ["llama-3.3-70b", "Llama 3.3 70B Instruct", "Meta", "Llama 3.3", "chat", 70.6, 131_072, "Meta's own: free up to 700 million monthly users, with forbidden uses and a duty to name Llama", "8 languages", "The hardest questions, for computers with much memory", true],
  ["gemma-3-4b-it", "Gemma 3 4B", "Google", "Gemma 3", "vision", 4.3, 131_072, "Google's own: free, business too, with a list of forbidden uses", "More than 140 languages", "Describing pictures, reading screenshots"],
  ["nomic-embed", "Nomic Embed Text v1.5", "Nomic", "Nomic Embed", "embedding", 0.137, 2_048, "Free for any use, business too (Apache 2.0)", "English", "Finding passages by meaning"],
];

export function offers(measured: boolean): Offer[] {
  return facts.map(([id, name, maker, family, kind, billions, context_tokens, licence, languages, good_at, gated = false]) => {
    const repo = `${maker.replace(/\s/g, "").toLowerCase()}/${name.replace(/\s/g, "-")}-GGUF`;
    const files = sizes.map(([quantisation, each]) => {
      const bytes = Math.round(billions * each * GB);
      return { quantisation, path: `${name.replace(/\s/g, "-").toLowerCase()}-${quantisation.toLowerCase()}.gguf`, bytes, about: true, fit: fit(bytes, measured) };
    });
    const best = files.findIndex(({ quantisation, fit: one }) => quantisation === "Q4_K_M" && one.verdict !== "too_large");
    const small = files.findIndex(({ fit: one }) => one.verdict !== "too_large");
    const advised = best >= 0 ? best : small >= 0 ? small : null;
    const best_because = id === "qwen3-4b" ? "The strongest of those that write faster than you read here and leave half of the memory to other programs." : null;
    return { id, name, maker, family, kind, repo, parameters: billions * GB, context_tokens, licence, languages, good_at, gated, files, advised, best_because };
  });
}

export const repos: HubRepo[] = [
  { repo: "bartowski/Qwen2.5-7B-Instruct-GGUF", downloads: 1_284_000, likes: 348, changed: "2025-09-19", gated: false, licence: "apache-2.0" },
  { repo: "Qwen/Qwen3-8B-GGUF", downloads: 642_300, likes: 121, changed: "2025-05-21", gated: false, licence: "apache-2.0" },
  { repo: "meta-llama/Llama-3.2-3B-Instruct-GGUF", downloads: 98_400, likes: 87, changed: "2024-10-24", gated: true, licence: "llama3.2" },
  { repo: "somebody/an-experiment-with-a-remarkably-long-name-that-goes-on-Q4-GGUF", downloads: 12, likes: null, changed: null, gated: false, licence: null },
];

export function listing(repo: string, measured: boolean): HubListing {
  const found = repos.find((known) => known.repo === repo);
  const stem = (repo.split("/")[1] ?? repo).replace(/-GGUF$/, "");
  const file = (quantisation: string, bytes: number, more: Partial<HubFile> = {}): HubFile => ({ path: `${stem}-${quantisation}.gguf`, parts: 1, quantisation, bytes, verifiable: true, projector: false, fit: fit(bytes, measured), ...more });
  const files = repo.startsWith("somebody") ? [] : [file("Q2_K", 3.02 * GB), file("Q4_K_M", 4.68 * GB), file("Q5_K_M", 5.44 * GB), file("Q8_0", 8.1 * GB, { verifiable: false }), file("F16", 15.2 * GB, { path: `F16/${stem}-F16-00001-of-00003.gguf`, parts: 3 })];
  return { repo, revision: "4f2d1c0b9a8e7d6c5b4a39281706f5e4d3c2b1a0", licence: found?.licence ?? null, gated: found?.gated ?? false, files };
}

export function crossed(now: number): Crossing[] {
  const one = (ago: number, more: Partial<Crossing>): Crossing => ({ id: crypto.randomUUID(), at: now - ago, purpose: "model_search", method: "GET", scheme: "https", host: "huggingface.co", port: 443, path: "/api/models", redirected: false, bytes_out: 0, bytes_in: 18_240, outcome: { kind: "answered", status: 200 }, ...more });
  return [
    one(30_000, { purpose: "provider_chat", method: "POST", host: "api.anthropic.com", path: "/v1/messages", proxy: "proxy.example.org:3128", bytes_out: 1_840, bytes_in: 9_210 }),
    one(60_000, { purpose: "model_download", host: "cas-bridge.xethub.hf.co", path: "/xet-bridge-us/68b3f1/qwen3-4b-instruct-q4_k_m.gguf", redirected: true, bytes_in: 2_497_000_000, outcome: { kind: "answered", status: 206 } }),
    one(61_000, { purpose: "model_download", path: "/Qwen/Qwen3-4B-GGUF/resolve/4f2d1c0b/qwen3-4b-instruct-q4_k_m.gguf", bytes_in: 0, outcome: { kind: "answered", status: 302 } }),
    one(65_000, { path: "/api/models/Qwen/Qwen3-4B-GGUF/revision/main", bytes_in: null }),
    one(26 * 3_600_000, { host: "tracker.example.net", path: "/pixel", redirected: true, bytes_in: 0, outcome: { kind: "refused", reason: "This host is not among those that a download may come from." } }),
    one(27 * 3_600_000, { bytes_in: 0, outcome: { kind: "failed", reason: "The name of the host could not be looked up." } }),
  ];
}
