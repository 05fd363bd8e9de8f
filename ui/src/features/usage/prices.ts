/** The list of prices: names, search, and what was typed into one. Pure. */
import type { Price } from "../../generated/wire";
import { amountOf } from "../../words/money";

/** Whoever appears in the bundled list or can be added as a provider; others go by their own name. */
const names: Record<string, string> = { openai: "OpenAI", azure: "Azure OpenAI", anthropic: "Anthropic", gemini: "Google Gemini", mistral: "Mistral", groq: "Groq", openrouter: "OpenRouter", compatible: "Other servers" };

export function vendorName(provider: string): string {
  return Object.hasOwn(names, provider) ? names[provider]! : provider;
}

/** Those that a price can be given for, by name. */
export function vendors(prices: Price[]): string[] {
  return [...new Set([...Object.keys(names), ...prices.map(({ provider }) => provider)])].sort((a, b) => vendorName(a).localeCompare(vendorName(b)));
}

/** Prices that hold every typed word, by provider and model; the user's own come first. */
export function found(prices: Price[], query: string): Price[] {
  const wanted = query.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  return prices
    .filter(({ provider, model }) => {
      const text = `${provider} ${vendorName(provider)} ${model}`.toLocaleLowerCase();
      return wanted.every((word) => text.includes(word));
    })
    .sort((a, b) => Number(b.own) - Number(a.own) || vendorName(a.provider).localeCompare(vendorName(b.provider)) || a.model.localeCompare(b.model, undefined, { numeric: true }));
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
