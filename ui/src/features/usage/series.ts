/** Values by day, ready to be drawn, and the scale for them. Pure. */
import type { UsageName, UsageRow } from "../../generated/wire";
import { isInside } from "../../words/zones";
import { grouped } from "./sums";

/** How a series is filled: never by colour alone. */
export type Look = "inside" | "inside-lines" | "across" | "across-lines" | "across-dots" | "quiet" | "quiet-dots";

export interface Series {
  key: string;
  name: string;
  look: Look;
  /** One for each day. */
  values: number[];
}

/** Providers that are told apart in one chart; the others are one. */
const APART: Look[] = ["across", "across-lines", "across-dots"];
const APART_INSIDE: Look[] = ["inside", "inside-lines"];

/** The name of something in the rows; what is gone has none. */
export function nameOf(names: UsageName[], id: string, gone: string): string {
  return names.find((known) => known.id === id)?.name ?? gone;
}

function byDay(rows: UsageRow[], days: string[], figure: (row: UsageRow) => number): number[] {
  const sums = new Map<string, number>();
  for (const row of rows) sums.set(row.day, (sums.get(row.day) ?? 0) + figure(row));
  return days.map((day) => sums.get(day) ?? 0);
}

/** Money by provider, the dearest first; those beyond what patterns tell apart are one. */
export function money(rows: UsageRow[], days: string[], names: UsageName[]): Series[] {
  const figure = (row: UsageRow) => row.usd_micros;
  const providers = [...grouped(rows.filter((row) => row.provider !== null && row.usd_micros > 0), (row) => row.provider!)]
    .map(([id, of]) => ({ id, of, spent: of.reduce((all, row) => all + row.usd_micros, 0), inside: of.every((row) => isInside(row.zone)) }))
    .sort((a, b) => b.spent - a.spent);
  const looks = { inside: [...APART_INSIDE], across: [...APART] };
  const series: Series[] = [];
  const others: UsageRow[] = [];
  for (const { id, of, inside } of providers) {
    const look = looks[inside ? "inside" : "across"].shift();
    if (look) series.push({ key: id, name: nameOf(names, id, "A removed provider"), look, values: byDay(of, days, figure) });
    else others.push(...of);
  }
  if (others.length > 0) series.push({ key: "others", name: "Others", look: "quiet", values: byDay(others, days, figure) });
  return series;
}

/** Where answers come from, as every chart shows it. */
export const sides = [
  { key: "inside", name: "Inside", look: "inside" },
  { key: "across", name: "Across", look: "across-lines" },
] satisfies Omit<Series, "values">[];

export function answers(rows: UsageRow[], days: string[]): Series[] {
  return sides.map((side) => ({ ...side, values: byDay(rows, days, (row) => (isInside(row.zone) === (side.key === "inside") ? row.answers : 0)) }));
}

export function tokens(rows: UsageRow[], days: string[]): Series[] {
  return [
    { key: "prompt", name: "Questions and what went before", look: "quiet-dots", values: byDay(rows, days, (row) => row.prompt_tokens) },
    { key: "output", name: "Answers", look: "quiet", values: byDay(rows, days, (row) => row.output_tokens) },
  ];
}

/** All series of a day together. */
export function totals(series: Series[]): number[] {
  return (series[0]?.values ?? []).map((_, at) => series.reduce((all, one) => all + one.values[at]!, 0));
}

/** A round number that nothing exceeds, and whose half is round too. `least` is the smallest step that the unit has. */
export function scaleTo(highest: number, least = 1): number {
  const floor = Math.max(highest, 2 * least);
  const power = 10 ** Math.floor(Math.log10(floor));
  const step = [1, 2, 4, 6, 8, 10].find((times) => times * power >= floor * 0.999_999)!;
  return step * power;
}

/** Which of the days carry their name below the chart: the ends and what fits evenly between. */
export function marked(days: number, room: number): number[] {
  if (days <= room) return Array.from({ length: days }, (_, at) => at);
  const step = Math.ceil((days - 1) / Math.max(room - 1, 1));
  return Array.from({ length: days }, (_, at) => at).filter((at) => (days - 1 - at) % step === 0);
}

export interface Block {
  day: number;
  look: Look;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Where the blocks of a stacked chart stand, in pixels from the upper left. What is not nothing is at least one pixel high. */
export function blocks(series: Series[], highest: number, width: number, height: number): Block[] {
  const days = series[0]?.values.length ?? 0;
  const slot = width / Math.max(days, 1);
  const gap = Math.min(slot * 0.28, 10);
  const wide = Math.min(slot - gap, 36);
  return Array.from({ length: days }, (_, day) => day).flatMap((day) => {
    let y = height;
    return series.flatMap(({ values, look }) => {
      if (values[day]! <= 0) return [];
      const tall = Math.max((values[day]! / highest) * height, 1);
      y -= tall;
      return [{ day, look, x: day * slot + (slot - wide) / 2, y, width: wide, height: tall }];
    });
  });
}
