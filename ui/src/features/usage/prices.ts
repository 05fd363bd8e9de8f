/** The list of prices: names, search, and what was typed into one. Pure. */
import type { Price, Provider, ProviderPreset } from "../../generated/wire";
import { amountOf } from "../../words/money";

/** Names of those that prices are given for, by the id under which the list has them. */
export type Vendors = ReadonlyMap<string, string>;

/** Always offered: whoever the bundled list knows. */
const bundled: [string, string][] = [
  ["openai", "OpenAI"],
  ["azure", "Azure OpenAI"],
  ["anthropic", "Anthropic"],
  ["gemini", "Google Gemini"],
  ["mistral", "Mistral"],
  ["groq", "Groq"],
  ["openrouter", "OpenRouter"],
];

/** The id under which the list has a provider. Servers that speak as OpenAI does go by the preset of their host, else by their handle. */
export function vendorOf({ kind, base_url, handle }: Pick<Provider, "kind" | "base_url" | "handle">, presets: Pick<ProviderPreset, "id" | "base_url">[]): string {
  if (kind !== "compatible") return kind;
  return presets.find((preset) => authority(preset.base_url) === authority(base_url))?.id ?? handle;
}

/** Host and port. */
function authority(address: string): string {
  return address.replace(/^.*?:\/\//, "").split(/[/?]/)[0]!;
}

/** Everybody that a price can be given for: the list's own, and the user's providers. */
export function vendorsOf(prices: Price[], providers: Provider[], presets: ProviderPreset[]): Vendors {
  const all = new Map([...prices.map(({ provider }): [string, string] => [provider, provider]), ...bundled]);
  for (const provider of providers.filter(({ kind }) => kind === "compatible")) {
    const id = vendorOf(provider, presets);
    if (!bundled.some(([known]) => known === id)) all.set(id, provider.name);
  }
  return new Map([...all].sort(([, a], [, b]) => a.localeCompare(b)));
}

export function vendorName(vendors: Vendors, id: string): string {
  return vendors.get(id) ?? id;
}

/** Prices that hold every typed word, by provider and model; the user's own come first. */
export function found(prices: Price[], query: string, vendors: Vendors): Price[] {
  const wanted = query.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  return prices
    .filter(({ provider, model }) => {
      const text = `${provider} ${vendorName(vendors, provider)} ${model}`.toLocaleLowerCase();
      return wanted.every((word) => text.includes(word));
    })
    .sort((a, b) => Number(b.own) - Number(a.own) || vendorName(vendors, a.provider).localeCompare(vendorName(vendors, b.provider)) || a.model.localeCompare(b.model, undefined, { numeric: true }));
}

/** What a page is called beside a price: its host. */
export function hostOf(source: string): string {
  return /^https?:\/\/(?:www\.)?([^/:?#]+)/i.exec(source)?.[1] ?? source;
}

/** The fields of a price as they were typed. */
export interface Typed {
  provider: string;
  model: string;
  input: string;
  cached: string;
  written: string;
  output: string;
}

export type TypedField = Exclude<keyof Typed, "provider">;

/** A price, or what is wrong with each field. */
export function priceOf(typed: Typed, today: string): { price: Price; wrong: null } | { price: null; wrong: Partial<Record<TypedField, string>> } {
  const wrong: Partial<Record<TypedField, string>> = {};
  const model = typed.model.trim();
  if (model === "") wrong.model = "Say which model: its id as the provider writes it.";
  const amount = (field: "input" | "cached" | "written" | "output", needed: boolean): number | null => {
    const read = amountOf(typed[field]);
    if (read.kind === "amount") return read.micros / 1_000_000;
    if (read.kind === "unclear") wrong[field] = "Write dollars, like 3 or 0.075.";
    else if (needed) wrong[field] = "Say what it costs; 0 where it costs nothing.";
    return null;
  };
  const [input, cached_input, cache_write, output] = [amount("input", true), amount("cached", false), amount("written", false), amount("output", true)];
  if (Object.keys(wrong).length > 0) return { price: null, wrong };
  return { price: { provider: typed.provider, model, input: input!, cached_input, cache_write, output: output!, source: "", seen: today, own: true }, wrong: null };
}
