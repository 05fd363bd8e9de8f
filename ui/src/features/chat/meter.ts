/** What the context meter says. Pure. */
import type { Bill, ContextMeter } from "../../generated/wire";
import { count, counted } from "../../words/figures";
import { dollars } from "../../words/money";

export type Level = "calm" | "near" | "full";

export interface Reading {
  share: number;
  level: Level;
  /** "≈ 1,312 of 8,192" */
  figures: string;
  /** A sentence of what will happen, where there is something to say. */
  warning: string | null;
}

export function reading(meter: ContextMeter): Reading {
  const share = meter.limit === 0 ? 0 : meter.used / meter.limit;
  const level: Level = share >= 0.95 || meter.left_out > 0 || meter.images_left_out > 0 ? "full" : share >= 0.8 ? "near" : "calm";
  const figures = `${meter.exact ? "" : "≈ "}${count(meter.used)} of ${count(meter.limit)}`;
  return { share, level, figures, warning: warningOf(meter, share) };
}

/** What the next answer may cost, short and as a sentence; null where nobody charges. */
export function estimate(bill: Bill | null): { short: string; words: string } | null {
  if (!bill) return null;
  const about = `about ${dollars(bill.usd_micros)}`;
  if (!bill.price_known) return { short: "price not known", words: `The price of this model is not known: it is counted as the dearest that is, ${about} for an answer of usual length.` };
  return { short: about, words: `${about.charAt(0).toUpperCase()}${about.slice(1)}, with an answer of usual length.` };
}

function warningOf(meter: ContextMeter, share: number): string | null {
  if (share > 1) return "This question alone is longer than the model’s context. Shorten it, or give the chat a larger context.";
  if (meter.images_left_out > 0)
    return `The ${meter.images_left_out === 1 ? "oldest image" : `oldest ${counted(meter.images_left_out, "image")}`} would be left out, as all together are too large; only the name goes. In the chat nothing changes.`;
  if (meter.left_out > 0) return `The ${meter.left_out === 1 ? "oldest message" : `oldest ${counted(meter.left_out, "message")}`} would be left out of what the model reads. They stay in the chat.`;
  if (share >= 0.95) return "The context is nearly full: a long answer may be cut off.";
  if (share >= 0.8) return "The context is filling up; soon the oldest messages will be left out.";
  return null;
}
