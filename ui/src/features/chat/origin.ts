/** Who made an answer and where, and where that changes in a chat. Pure. */
import type { Answer, Bill, Message, MessageId, Route, Usage, Zone } from "../../generated/wire";
import { count, counted } from "../../words/figures";
import { dollars } from "../../words/money";
import { routeName, zoneNames } from "../../words/zones";

/** What the core says where nothing is to be explained. Whatever else it says is shown at the answer, not in the details alone. */
const PLAIN = [/You chose this model\.$/, /^No cloud provider is set up/, /^$/];

/** Why another answered than was asked; null where the one who was asked did. */
export function explained(route: Route): string | null {
  return PLAIN.some((plain) => plain.test(route.reason)) ? null : route.reason;
}

export interface Seam {
  words: string;
  zone: Zone;
}

/** Where another model goes on than answered before, by the message that the seam stands above: the question, if there is one between. */
export function seams(messages: Message[]): Map<MessageId, Seam> {
  const found = new Map<MessageId, Seam>();
  let last: Answer | null = null;
  messages.forEach((message, at) => {
    const { answer } = message;
    if (!answer) return;
    if (last && (last.model !== answer.model || routeName(last.route) !== routeName(answer.route))) {
      const before = messages[at - 1];
      const above = before?.role === "user" ? before.id : message.id;
      found.set(above, { words: `From here: ${answer.model_name} · ${place(answer.route)}`, zone: answer.route.place });
    }
    last = answer;
  });
  return found;
}

/** "Anthropic, cloud", "on this computer". */
function place(route: Route): string {
  return route.place === "this_computer" ? "on this computer" : `${route.provider}, ${zoneNames[route.place].toLowerCase()}`;
}

/** What an answer cost: short, and as a sentence. */
export function cost(bill: Bill): { short: string; words: string } {
  const amount = `${bill.estimated ? "≈ " : ""}${dollars(bill.usd_micros)}`;
  const counted = bill.estimated ? "The tokens are an estimate: the provider gave no figures." : "Counted with the tokens that the provider reports.";
  if (!bill.price_known) return { short: "price not known", words: `The price of this model is not known: it was counted as the dearest that is, ${amount}. ${counted}` };
  return { short: amount, words: counted };
}

/** The tokens of an answer as rows for its details. `there`: a provider counted them. */
export function tokenRows(usage: Usage, there: boolean): [string, string][] {
  const about = usage.estimated ? "≈ " : "";
  const rows: [string, string][] = [["Read", `${about}${count(usage.prompt_tokens)} tokens, ${count(usage.cached_tokens)} of them ${there ? "from the provider’s cache" : "still known"}`]];
  if (usage.cache_write_tokens > 0) rows.push(["Written into its cache", counted(usage.cache_write_tokens, "token")]);
  rows.push(["Written tokens", `${about}${count(usage.output_tokens)}${usage.reasoning_tokens > 0 ? `, ${count(usage.reasoning_tokens)} of them reasoning` : ""}`]);
  return rows;
}

/** All of an answer's tokens in one sentence. */
export function tokenWords(usage: Usage): string {
  const parts = [`${counted(usage.prompt_tokens, "token")} read, of these ${count(usage.cached_tokens)} from a cache`];
  if (usage.reasoning_tokens > 0) parts.push(`${count(usage.reasoning_tokens)} of those written were reasoning`);
  return `${parts.join("; ")}${usage.estimated ? ". Estimated: the provider gave no figures" : ""}`;
}
