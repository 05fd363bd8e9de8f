/** What is to be known of a provider before it is asked. Pure. */
import type { Provider, ProviderCard, ProviderModel, ProviderPreset, ProviderSave, ProviderTrial } from "../../generated/wire";

export interface Standing {
  words: string;
  /** It cannot answer as it is. */
  bad: boolean;
}

/** Servers that speak OpenAI's protocol may answer without a key. */
export function needsKey({ auth, kind }: Provider): boolean {
  return auth !== "none" && kind !== "compatible";
}

/** What stands between this provider and an answer; null where nothing does. */
export function standing({ provider, key, key_elsewhere, headers_set, forbidden, resting }: ProviderCard): Standing | null {
  if (forbidden) return { words: forbidden, bad: true };
  if (key_elsewhere) return { words: "Its key was given for another address and is not sent to this one. Paste it again.", bad: true };
  if (key === null && needsKey(provider)) return { words: "It has no key yet.", bad: true };
  const empty = provider.headers.filter((name) => !headers_set.includes(name));
  if (empty.length > 0) return { words: `No value is kept for the header ${empty.join(", ")}.`, bad: true };
  if (provider.models.length === 0) return { words: "No model of it is chosen yet.", bad: false };
  return resting ? { words: resting, bad: false } : null;
}

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

/** It is reached without encryption by others' wires. */
export function inTheClear(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  return protocol === "http:" && !LOOPBACK.test(hostname);
}

/** A provider as it is, ready to be saved with a change. */
export function saving(provider: Provider, change: Partial<ProviderSave> = {}): ProviderSave {
  const { id, kind, name, base_url, zone, region, retention, api, api_version, auth, headers, models } = provider;
  return { provider: id, kind, name, base_url, zone, region, retention, api, api_version, auth, headers, models, ...change };
}

/** A new provider of the list, under a name that no other has. */
export function fromPreset(preset: ProviderPreset, taken: string[]): ProviderSave {
  const { kind, base_url, zone, region, retention, auth } = preset;
  let name = preset.name;
  for (let n = 2; taken.includes(name); n += 1) name = `${preset.name} ${n}`;
  return { provider: null, kind, name, base_url, zone, region: region ?? "", retention: retention ?? "", api: "responses", api_version: "", auth, headers: [], models: [] };
}

/** Where everybody has the same address, there is nothing to ask before it is added. */
export function addressKnown({ base_url, zone }: ProviderPreset): boolean {
  return base_url !== "" && zone !== "our_network";
}

const FEW = 12;

/** Models to tick by themselves the first time: all of a few, and of many those that Drawbridge knows something of. */
export function advised(models: ProviderModel[]): ProviderModel[] {
  return models.length <= FEW ? models : models.filter(({ context_tokens }) => context_tokens !== null).slice(0, FEW);
}

/** What can be chosen: what the provider offers, and what was chosen that it does not name, such as fine-tunes. */
export function choosable(provider: Provider, trial: ProviderTrial | null): ProviderModel[] {
  const offered = trial?.models ?? [];
  const own = provider.models.filter(({ name }) => !offered.some((model) => model.name === name));
  return [...own, ...offered];
}

export const isMany = (models: ProviderModel[]) => models.length > FEW;
