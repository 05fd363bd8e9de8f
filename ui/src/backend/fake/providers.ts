/** The made-up providers: two in the cloud, one in the user's network, one on this computer. */
import type { Commands, Event, Failure, Provider, ProviderCard, ProviderModel, ProviderModelSave, ProviderPreset, ProviderTrial, Route, SecretInfo, Settings } from "../../generated/wire";
import { id } from "./scene";

type Handler<K extends keyof Commands> = (args: Commands[K]["args"]) => Commands[K]["value"] | Promise<Commands[K]["value"]>;

const model = (own: string, name: string, title: string, more: Partial<ProviderModel> = {}): ProviderModel => ({ id: own, name, title, context_tokens: 200_000, max_output_tokens: 32_000, images: true, reasoning: false, ...more });

const offered: Record<string, ProviderModel[]> = {
  openai: [
    model("openai/gpt-6-sol", "gpt-6-sol", "GPT-6 Sol", { context_tokens: 400_000, reasoning: true }),
    model("openai/gpt-6-luna", "gpt-6-luna", "GPT-6 Luna"),
    ...Array.from({ length: 13 }, (_, n) => model(`openai/older-${n}`, `gpt-5.${n}`, `GPT-5.${n}`, { context_tokens: null, max_output_tokens: null })),
  ],
  anthropic: [
    model("anthropic/claude-opus-5", "claude-opus-5", "Claude Opus 5", { reasoning: true }),
    model("anthropic/claude-sonnet-5", "claude-sonnet-5", "Claude Sonnet 5", { reasoning: true }),
    model("anthropic/claude-haiku-5", "claude-haiku-5", "Claude Haiku 5"),
  ],
  azure: [],
  gemini: [model("gemini/gemini-4-pro", "gemini-4-pro", "Gemini 4 Pro"), model("gemini/gemini-4-flash", "gemini-4-flash", "Gemini 4 Flash")],
  compatible: [model("vllm/qwen3-32b", "Qwen/Qwen3-32B", "Qwen3 32B", { context_tokens: 40_960, max_output_tokens: null, images: false })],
};

export const presets: ProviderPreset[] = [
  ["openai", "OpenAI", "openai", "https://api.openai.com/v1", "key", false, "cloud", "OpenAI’s own models; a key is made on its platform site under “API keys” and is paid for by use.", "https://platform.openai.com/api-keys", "Processed worldwide by default.", "Logs against abuse are kept for up to 30 days."],
  ["azure", "Azure OpenAI", "azure", "", "key", false, "cloud", "OpenAI’s models in your organisation’s Azure resource; the model is the name of a deployment.", "https://portal.azure.com/", null, null],
  ["anthropic", "Anthropic", "anthropic", "https://api.anthropic.com/v1", "key", false, "cloud", "Anthropic’s Claude models; a key is made in the Claude Console under “API keys”.", "https://platform.claude.com/settings/keys", "Processed worldwide by default; a workspace can be held to the US.", "Kept as its commercial retention policy says."],
  ["gemini", "Google Gemini", "gemini", "https://generativelanguage.googleapis.com/v1beta", "key", false, "cloud", "Google’s Gemini models; a key is made in Google AI Studio.", "https://aistudio.google.com/app/apikey", null, null],
  ["vllm", "vLLM", "compatible", "http://127.0.0.1:8000/v1", "bearer", true, "our_network", "A vLLM server, usually on a machine of your own network; the key is whatever it was started with.", null, null, null],
  ["ollama", "Ollama", "compatible", "http://127.0.0.1:11434/v1", "none", true, "this_computer", "Models that Ollama runs on this computer; no key is needed.", null, null, null],
  ["lm-studio", "LM Studio", "compatible", "http://127.0.0.1:1234/v1", "bearer", true, "this_computer", "Models that LM Studio serves on this computer; a key is needed only if its server asks for one.", null, null, null],
].map((row) => {
  const [own, name, kind, base_url, auth, key_optional, zone, note, keys_page, region, retention] = row;
  return { id: own, name, kind, base_url, auth, key_optional, zone, note, keys_page, region, retention, retention_source: retention === null ? null : "https://docs.example.com/retention" } as ProviderPreset;
});

function card(preset: string, more: Partial<Provider>, key: string | null, rest: Partial<ProviderCard> = {}): ProviderCard {
  const from = presets.find((known) => known.id === preset)!;
  const provider: Provider = {
    id: `provider-${preset}`,
    kind: from.kind,
    handle: preset,
    name: from.name,
    base_url: from.base_url,
    zone: from.zone,
    region: from.region ?? "",
    retention: from.retention ?? "",
    api: "responses",
    api_version: "",
    auth: from.auth,
    headers: [],
    client_certificate: "",
    models: [],
    added_at: 0,
    ...more,
  };
  return { provider, key, key_elsewhere: false, headers_set: [], resting: null, forbidden: null, ...rest };
}

/** What a lived-in application has set up. */
export function setUp(): ProviderCard[] {
  const few = (kind: string, many: number) => structuredClone(offered[kind]!.slice(0, many));
  const house = model("openai/gpt-6-house", "ft:gpt-6-sol:house", "GPT-6 house tune");
  return [
    card("anthropic", { models: few("anthropic", 3), region: "Workspace held to the US" }, "x7Qa"),
    card("openai", { models: [...few("openai", 2), house] }, "p3Lm"),
    card("vllm", { base_url: "http://vllm.example.internal:8000/v1", models: few("compatible", 1), retention: "Nothing is kept", headers: ["X-Team"] }, null, { headers_set: ["X-Team"] }),
    card("ollama", { models: [model("ollama/mistral-small", "mistral-small:24b", "Mistral Small 24B", { context_tokens: 32_768, max_output_tokens: null, images: false })] }, null),
  ];
}

interface Held {
  providers: ProviderCard[];
  settings: Settings;
}

export class FakeProviders {
  /** `troubles` in the query puts every provider into another trouble. */
  constructor(
    private readonly held: Held,
    private readonly tell: (...events: Event[]) => void,
    query: URLSearchParams,
  ) {
    if (!query.has("troubles")) return;
    const [anthropic, openai, vllm] = held.providers;
    Object.assign(anthropic!, { resting: "It failed several times or asked to wait, and is left alone for 48 s." });
    Object.assign(openai!, { key_elsewhere: true });
    Object.assign(vllm!, { forbidden: "Your organisation does not allow vllm.example.internal." });
  }

  readonly handlers = {
    provider_presets: (() => presets) satisfies Handler<"provider_presets">,
    provider_list: (() => this.held.providers) satisfies Handler<"provider_list">,
    provider_save: (({ provider, models, ...rest }) => {
      if (!/^https?:\/\/[^/]+/.test(rest.base_url)) throw { code: "invalid_input", message: `“${rest.base_url}” is no address of a provider. It looks like https://api.example.org/v1. Nothing was changed.` } satisfies Failure;
      const old = this.held.providers.find((known) => known.provider.id === provider);
      const handle = rest.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
      const from: Provider = old?.provider ?? { id: id(), handle, client_certificate: "", added_at: Date.now(), ...rest, models: [] };
      const moved = old !== undefined && new URL(old.provider.base_url).origin !== new URL(rest.base_url).origin;
      const next: ProviderCard = { key: null, headers_set: [], resting: null, forbidden: null, ...old, key_elsewhere: old?.key != null && (moved || old.key_elsewhere), provider: { ...from, ...rest, models: models.map(modelOf) } };
      return this.keep(next);
    }) satisfies Handler<"provider_save">,
    provider_remove: (({ provider }) => {
      this.held.providers = this.held.providers.filter((known) => known.provider.id !== provider);
      this.tell({ kind: "providers", providers: this.held.providers });
      return null;
    }) satisfies Handler<"provider_remove">,
    provider_test: (({ provider }) => this.trial(this.card(provider))) satisfies Handler<"provider_test">,
    provider_certificate: (({ provider }) => this.certificate(provider, "/home/ada/corp/client.pem")) satisfies Handler<"provider_certificate">,
    provider_certificate_remove: (({ provider }) => this.certificate(provider, "")) satisfies Handler<"provider_certificate_remove">,
  };

  /** The keys, for the list of all keys. */
  list(): SecretInfo[] {
    return this.held.providers.filter(({ provider }) => provider.auth !== "none").map(info);
  }

  /** Keeps or forgets a key or a header's value; null where this id belongs to no provider. */
  put(own: string, last_four: string | null): SecretInfo | null {
    const [, provider, , header] = /^provider:([^:]+)(:header:(.+))?$/.exec(own) ?? [];
    if (!provider) return null;
    const old = this.card(provider);
    const others = old.headers_set.filter((name) => name !== header);
    if (header) this.keep({ ...old, headers_set: last_four === null ? others : [...others, header] });
    else this.keep({ ...old, key: last_four, key_elsewhere: false });
    return { ...info(this.card(provider)), id: own, last_four };
  }

  /** The provider's model of this id. */
  find(wanted: string | null): { provider: Provider; model: ProviderModel } | null {
    for (const { provider } of this.held.providers) {
      const found = provider.models.find((known) => known.id === wanted);
      if (found) return { provider, model: found };
    }
    return null;
  }

  private card(provider: string): ProviderCard {
    const found = this.held.providers.find((known) => known.provider.id === provider);
    if (!found) throw { code: "not_found", message: "This provider is not there any more." } satisfies Failure;
    return found;
  }

  private keep(next: ProviderCard): ProviderCard {
    const known = this.held.providers.some(({ provider }) => provider.id === next.provider.id);
    this.held.providers = known ? this.held.providers.map((old) => (old.provider.id === next.provider.id ? next : old)) : [...this.held.providers, next];
    this.tell({ kind: "providers", providers: this.held.providers });
    return next;
  }

  private certificate(provider: string, client_certificate: string): ProviderCard {
    const old = this.card(provider);
    return this.keep({ ...old, provider: { ...old.provider, client_certificate } });
  }

  private trial({ provider, key, key_elsewhere }: ProviderCard): ProviderTrial {
    const failed = (failure: Failure): ProviderTrial => ({ failure, models: [], took_ms: 84, notes: [] });
    const { name, base_url, kind } = provider;
    if (this.held.settings.mode === "sealed") throw { code: "sealed", message: "The bridge is up, so nothing was sent. Lower it to try the connection." } satisfies Failure;
    if (base_url.includes("nowhere")) return failed({ code: "offline", message: `The name ${new URL(base_url).host} could not be looked up. Check the address, and that you are in the right network.` });
    if (kind !== "compatible" && (key === null || key_elsewhere)) return failed({ code: "key_rejected", message: `${name} has no key yet. Paste one in the settings. Nothing was sent.` });
    const notes = kind === "azure" ? ["Azure does not list deployments: add each by its name."] : [];
    return { failure: null, models: offered[kind] ?? [], took_ms: 312, notes };
  }
}

/** Where an answer of this provider came from. */
export function routeOf({ zone, name }: Provider, reason: string): Route {
  return zone === "this_computer" ? { place: zone, reason: `${name}, on this computer. ${reason}` } : { place: zone, provider: name, reason };
}

const info = ({ provider, key }: ProviderCard): SecretInfo => ({ id: `provider:${provider.id}`, name: `Key for ${provider.name}`, last_four: key, place: "keychain" });

function modelOf(save: ProviderModelSave): ProviderModel {
  const known = Object.values(offered).flat().find((one) => one.name === save.name);
  return { ...save, id: save.id ?? known?.id ?? id(), title: save.title || save.name };
}
