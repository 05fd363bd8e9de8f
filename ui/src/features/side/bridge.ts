/** The bridge in words. Pure. */
import type { Mode, ProviderCard } from "../../generated/wire";
import { isInside } from "../../words/zones";

export interface BridgeState {
  mode: Mode;
  /** "Bridge up" */
  name: string;
  words: string;
}

export const bridgeStates: BridgeState[] = [
  { mode: "sealed", name: "Up, sealed", words: "Nothing crosses: Drawbridge refuses every request." },
  { mode: "guarded", name: "Guarded", words: "Asks before a chat’s first crossing." },
  { mode: "open", name: "Down, open", words: "Chats cross where you chose a cloud model." },
];

export const bridgeNames: Record<Mode, string> = { sealed: "Bridge up", guarded: "Bridge guarded", open: "Bridge down" };

/** Providers that a chat could go to, in the cloud or inside. */
function named(cards: ProviderCard[], inside: boolean): string[] {
  return cards.filter(({ provider }) => isInside(provider.zone) === inside && provider.models.length > 0).map(({ provider }) => provider.name);
}

/** One short line: what may happen at this moment. */
export function bridgeLine(mode: Mode, cards: ProviderCard[], fetching: string): string {
  if (fetching !== "") return `Fetching from ${fetching}`;
  if (mode === "sealed") return "Nothing crosses";
  if (named(cards, false).length === 0) return named(cards, true).length === 0 ? "Chats stay on this computer" : "Chats stay inside";
  return mode === "guarded" ? "Asks before a chat crosses" : "Chats cross where you chose";
}

/** What could cross, and what never does. */
export function bridgeFacts(mode: Mode, cards: ProviderCard[]): { head: string; words: string } {
  const [cloud, inside] = [named(cards, false), named(cards, true)];
  const near = inside.length > 0 ? ` ${list(inside)} ${inside.length === 1 ? "counts" : "count"} as inside.` : "";
  if (mode === "sealed") return { head: "Nothing leaves this computer: no chat, no search, no download.", words: "Models of this computer go on answering." };
  if (cloud.length > 0) return { head: `Chats can go to ${list(cloud)}, where you choose a model of theirs.`, words: `Every other chat stays.${near} What you look for and download on the screen of models crosses too.` };
  if (inside.length > 0) return { head: `Your chats stay inside: no cloud provider is set up.`, words: `${near.trim()} Only what you look for and download on the screen of models goes further.` };
  return { head: "Your chats stay on this computer: no cloud provider is set up.", words: "Questions, files and answers stay in your data folder; the model runs on your own processor. Only what you look for and download on the screen of models crosses." };
}

function list(names: string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
