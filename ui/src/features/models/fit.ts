/** Whether and how a model runs here, in words. Pure. */
import type { Fit, Fits } from "../../generated/wire";
import { bytes, context, speed } from "../../words/figures";

export const fitWords: Record<Fits, string> = { fits: "Fits", tight: "Tight", too_large: "Too large" };

export function needs(fit: Fit): string {
  return `Needs ${bytes(fit.needed_bytes)} of memory with ${context(fit.context_tokens)} tokens of context`;
}

/** "Fits, about 21 tok/s": for a menu, where there is no room for a mark. */
export function fitLine(fit: Fit): string {
  return fit.speed && fit.verdict !== "too_large" ? `${fitWords[fit.verdict]}, about ${speed(fit.speed.tokens_per_second)}` : fitWords[fit.verdict];
}

/** What a quantisation costs, in a few words; empty where its name says nothing. */
export function exactness(quantisation: string): string {
  const name = quantisation.toUpperCase();
  if (/^(F32|F16|BF16)$/.test(name)) return "as it was trained";
  if (name.startsWith("MXFP4")) return "as its makers released it";
  const bits = /^(?:UD-)?I?T?Q(\d)/.exec(name)?.[1];
  switch (bits) {
    case "8":
      return "all but the same as the original";
    case "6":
      return "very close to the original";
    case "5":
      return "close to the original";
    case "4":
      return "smaller, a little less exact";
    case "3":
      return "small, noticeably less exact";
    case "1":
    case "2":
      return "smallest, often wrong";
    default:
      return "";
  }
}
