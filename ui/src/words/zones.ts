/** How far away something is, in words. The three are named the same wherever they are named. */
import type { Route, Zone } from "../generated/wire";

/** As a label: "Cloud". */
export const zoneNames: Record<Zone, string> = { this_computer: "This computer", our_network: "Your network", cloud: "Cloud" };

/** In the midst of a sentence: "Anthropic, in the cloud". */
export const zonePlaces: Record<Zone, string> = { this_computer: "on this computer", our_network: "in your network", cloud: "in the cloud" };

/** What it means for a chat to go there. */
export const zoneMeanings: Record<Zone, string> = {
  this_computer: "Another program on this computer. Chats go there without a question; you vouch that it sends them nowhere.",
  our_network: "A server that your organisation runs. Chats go there without a question; you vouch for it.",
  cloud: "Somebody else’s computers. While the bridge is guarded, each chat asks before it goes there for the first time.",
};

/** Inside is teal; what leads to others is violet. */
export function isInside(zone: Zone): boolean {
  return zone !== "cloud";
}

/** Where an answer came from: "Anthropic · cloud", "On this computer". */
export function routeName(route: Route): string {
  return route.place === "this_computer" ? "On this computer" : `${route.provider} · ${zoneNames[route.place].toLowerCase()}`;
}
