/** What usage divides into: models and folders. Pure. */
import type { UsageName, UsageRow, Zone } from "../../generated/wire";
import { percent } from "../../words/figures";
import { isInside } from "../../words/zones";
import { nameOf } from "./series";
import { type Sum, grouped, sum } from "./sums";

export type Measure = "answers" | "tokens" | "money";

export const measureNames: [Measure, string][] = [
  ["answers", "Answers"],
  ["tokens", "Tokens"],
  ["money", "Money"],
];

export interface Part {
  key: string;
  name: string;
  /** Where it answers; null where that differs within it. */
  zone: Zone | null;
  sum: Sum;
  rows: UsageRow[];
}

/** Rows to divide anew by each model, where it stands. */
export function byModel(rows: UsageRow[], names: UsageName[]): Part[] {
  return [...grouped(rows, (row) => row.model)].map(([model, of]) => {
    const last = of.at(-1)!;
    const provider = last.provider === null ? "" : ` · ${nameOf(names, last.provider, "a removed provider")}`;
    return { key: model, name: `${last.model_name}${provider}`, zone: last.zone, sum: sum(of), rows: of };
  });
}

export function byFolder(rows: UsageRow[], names: UsageName[]): Part[] {
  return [...grouped(rows, (row) => row.folder)].map(([folder, of]) => ({
    key: folder ?? "",
    name: folder === null ? "In no folder" : nameOf(names, folder, "A removed folder"),
    zone: null,
    sum: sum(of),
    rows: of,
  }));
}

/** A measure, divided by where. */
export function measured(part: Part, measure: Measure): { inside: number; across: number; all: number } {
  const figure = (row: UsageRow) => (measure === "answers" ? row.answers : measure === "money" ? row.usd_micros : row.prompt_tokens + row.output_tokens);
  let [inside, across] = [0, 0];
  for (const row of part.rows) {
    if (isInside(row.zone)) inside += figure(row);
    else across += figure(row);
  }
  return { inside, across, all: inside + across };
}

/** "Most by Qwen3 4B: 212, 61 % of all." */
export function partsSummary(sorted: Part[], measure: Measure, words: (value: number) => string): string {
  const values = sorted.map((part) => measured(part, measure).all);
  const all = values.reduce((total, value) => total + value, 0);
  if (all === 0) return measure === "money" ? "Nothing was charged in these days." : "Nothing in these days.";
  return `Most: ${sorted[0]!.name}, ${words(values[0]!)}, ${percent(values[0]! / all)} of all.`;
}
