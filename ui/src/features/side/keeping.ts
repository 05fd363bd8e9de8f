/** How a folder keeps its chats, in words. Pure. */
import type { Folder } from "../../generated/wire";
import { count, counted } from "../../words/figures";

/** Days that are offered, and why somebody would choose them. */
export const presets: [days: number, words: string][] = [
  [30, "30 days"],
  [183, "183 days, half a year"],
  [365, "365 days, a year"],
  [2_190, `${count(2_190)} days, six years`],
];

/** At most, in days: a century. */
export const LONGEST_DAYS = 36_500;

/** Empty where chats are kept for ever and may be deleted, as in any folder. */
export function kept({ retention_days, legal_hold }: Pick<Folder, "retention_days" | "legal_hold">): string {
  if (legal_hold) return "Legal hold: nothing is deleted";
  return retention_days === null ? "" : `Erased ${counted(retention_days, "day")} after the last message`;
}

/** What was typed as a number of days; null where it is none. */
export function daysOf(text: string): number | null {
  const days = /^\d+$/.test(text.trim()) ? Number(text) : NaN;
  return days >= 1 && days <= LONGEST_DAYS ? days : null;
}
