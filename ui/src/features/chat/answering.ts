/** Who can answer, and where a question would go, in words. Pure. */
import type { Mode, ModelId, ProviderModel, Zone } from "../../generated/wire";
import type { Providers, There } from "../../state/providers.svelte";
import type { MenuGroup, MenuItem } from "../../parts/menu.svelte";
import { short } from "../../words/figures";
import { zoneNames } from "../../words/zones";
import { standing } from "../providers/standing";

/** "Send to Anthropic", "Send to vLLM in your network". */
export function sendWords(there: There | null): string {
  if (!there) return "Send";
  const { name, zone } = there.provider;
  return `Send to ${name}${zone === "our_network" ? " in your network" : zone === "this_computer" ? " on this computer" : ""}`;
}

/** A sentence of where what is written goes. */
export function goesTo(there: There | null): string {
  if (!there) return "Stays on this computer";
  const { provider } = there;
  const notes = [provider.region, provider.retention].filter(Boolean).join(" ");
  return `Goes to ${provider.name}, ${zoneNames[provider.zone].toLowerCase()}.${notes ? ` ${notes}` : ""}`;
}

/** Why nothing can be sent there as things are; empty where it can. */
export function hindrance(there: There | null, mode: Mode): string {
  if (!there) return "";
  const how = standing(there.card);
  if (how?.bad) return how.words;
  return mode === "sealed" ? "The bridge is up: nothing crosses" : "";
}

function detail({ name, title, context_tokens, images, reasoning }: ProviderModel): string {
  return [name === title ? "" : name, context_tokens === null ? "" : `${short(context_tokens)} tokens`, images ? "sees images" : "", reasoning ? "reasons" : ""].filter(Boolean).join(", ");
}

const order: Zone[] = ["this_computer", "our_network", "cloud"];

/** The providers' models, the nearest first: a group for each provider. */
export function groupsThere(providers: Providers, mode: Mode, chosen: ModelId | null, choose: (model: ModelId) => unknown): MenuGroup[] {
  const cards = order.flatMap((zone) => providers.cards.filter(({ provider }) => provider.zone === zone));
  return cards.map((card) => {
    const { provider } = card;
    const items = provider.models.map((model): MenuItem => {
      const why = hindrance({ card, provider, model }, mode);
      return { words: model.title, detail: detail(model), checked: model.id === chosen, disabled: why === "" ? undefined : why, run: () => choose(model.id) };
    });
    return { title: `${provider.name}, ${zoneNames[provider.zone].toLowerCase()}`, zone: provider.zone, items };
  });
}
