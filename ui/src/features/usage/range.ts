/** Stretches of days, `YYYY-MM-DD` in local time. Pure: now is passed in. */
import type { UsageQuery } from "../../generated/wire";

export type RangeKind = "7" | "30" | "90" | "month";

export interface Range {
  from: string;
  /** The last day of it. */
  to: string;
}

export const rangeNames: [RangeKind, string][] = [
  ["7", "7 days"],
  ["30", "30 days"],
  ["90", "90 days"],
  ["month", "This month"],
];

const DAY_MS = 86_400_000;

/** The local day of a moment. */
export function dayOf(at: number): string {
  const date = new Date(at);
  return written(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()));
}

/** So many days later; days are counted by the calendar, so that no change of the clock loses or doubles one. */
export function daysLater(day: string, days: number): string {
  return written(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS);
}

export function rangeOf(kind: RangeKind, now: number): Range {
  const to = dayOf(now);
  return { from: kind === "month" ? monthOf(to) : daysLater(to, 1 - Number(kind)), to };
}

/** The first day of the month of a day. */
export function monthOf(day: string): string {
  return `${day.slice(0, 8)}01`;
}

/** Every day of it, in turn. */
export function daysIn({ from, to }: Range): string[] {
  const days: string[] = [];
  for (let day = from; day <= to; day = daysLater(day, 1)) days.push(day);
  return days;
}

/** What to ask for a range, with the month so far where the range is shorter: what was spent this month is always shown. */
export function queryOf(range: Range, now: number, withMonth: boolean): UsageQuery {
  const month = monthOf(range.to);
  return { from: withMonth && month < range.from ? month : range.from, to: range.to, offset_minutes: -new Date(now).getTimezoneOffset() };
}

function written(utc: number): string {
  return new Date(utc).toISOString().slice(0, 10);
}
