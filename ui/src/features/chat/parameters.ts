/** The sampler and the sizes that a chat may set: names, bounds, what each does. One table. */
import type { ChatSettings, ModelCard, Provider } from "../../generated/wire";
import { count } from "../../words/figures";

export type Parameter = Exclude<keyof ChatSettings, "system_prompt">;

export interface ParameterRow {
  name: Parameter;
  label: string;
  words: string;
  min: number;
  max: number;
  step: number;
  /** A slider helps where the range is small and known. */
  slider: boolean;
  whole: boolean;
}

export const parameterRows: ParameterRow[] = [
  { name: "temperature", label: "Temperature", words: "Higher is freer, 0 always takes the likeliest word.", min: 0, max: 2, step: 0.05, slider: true, whole: false },
  { name: "top_p", label: "Top-p", words: "Keeps the likeliest words that together reach this share.", min: 0, max: 1, step: 0.01, slider: true, whole: false },
  { name: "min_p", label: "Min-p", words: "Drops words less likely than this share of the likeliest.", min: 0, max: 1, step: 0.01, slider: true, whole: false },
  { name: "repeat_penalty", label: "Repeat penalty", words: "Above 1 avoids words that were just used.", min: 0.5, max: 2, step: 0.05, slider: true, whole: false },
  { name: "top_k", label: "Top-k", words: "Keeps this many of the likeliest words; 0 keeps all.", min: 0, max: 1_000_000, step: 1, slider: false, whole: true },
  { name: "seed", label: "Seed", words: "The same seed and settings give the same answer.", min: 0, max: 4_294_967_295, step: 1, slider: false, whole: true },
  { name: "max_tokens", label: "Longest answer, in tokens", words: "The answer ends here and can be continued.", min: 1, max: 1_000_000, step: 1, slider: false, whole: true },
  { name: "context_tokens", label: "Context size, in tokens", words: "How much of the chat the model reads. Larger needs more memory.", min: 256, max: 10_000_000, step: 256, slider: false, whole: true },
];

/** What no provider takes, or what is its own to decide. */
const notThere: Parameter[] = ["top_k", "min_p", "repeat_penalty", "context_tokens"];

/** Anthropic takes no seed, and OpenAI's Responses none either. */
function takesSeed({ kind, api }: Provider): boolean {
  return kind === "compatible" || kind === "gemini" || ((kind === "openai" || kind === "azure") && api === "chat_completions");
}

/** What can be set for a model of this computer, or for one of this provider. */
export function rowsFor(provider: Provider | null): ParameterRow[] {
  if (!provider) return parameterRows;
  return parameterRows.filter(({ name }) => !notThere.includes(name) && (name !== "seed" || takesSeed(provider)));
}

/** What stands where the chat sets nothing. */
export function defaultOf(name: Parameter, model: ModelCard | null, there = false): { value: number | null; words: string } {
  const sampling = model?.default_sampling;
  switch (name) {
    case "seed":
      return { value: null, words: "A fresh one for each answer" };
    case "max_tokens":
      return { value: null, words: there ? "As long as the provider allows" : "Until the context is full" };
    case "context_tokens":
      return { value: null, words: model ? `Up to ${count(model.file.context_tokens)}, within memory` : "The model’s own" };
    default:
      return there ? { value: null, words: "The provider’s own" } : sampling ? { value: tidy(sampling[name]), words: String(tidy(sampling[name])) } : { value: null, words: "The model’s own" };
  }
}

/** 0.949999988079071 → 0.95: the core keeps single precision. */
export function tidy(value: number): number {
  return Number(value.toPrecision(6));
}

/** What was typed, as a value: null where it is empty, a sentence where it is out of bounds. */
export function parse(row: ParameterRow, typed: string): { value: number | null } | { wrong: string } {
  const text = typed.trim().replace(",", ".");
  if (text === "") return { value: null };
  const value = Number(text);
  if (!Number.isFinite(value) || (row.whole && !Number.isInteger(value))) return { wrong: row.whole ? "Type a whole number." : "Type a number." };
  if (value < row.min || value > row.max) return { wrong: row.max >= 1_000_000 ? `At least ${count(row.min)}, at most ${count(row.max)}.` : `Between ${row.min} and ${row.max}.` };
  return { value };
}

export function changed(settings: ChatSettings): boolean {
  return settings.system_prompt !== "" || parameterRows.some((row) => settings[row.name] !== null);
}
