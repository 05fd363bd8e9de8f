/** What the rows of the books come to. Pure. */
import type { BudgetState, UsageRow } from "../../generated/wire";
import { isInside } from "../../words/zones";
import type { Range } from "./range";

export interface Sum {
  answers: number;
  /** Of these, answered on this computer or in the user's network. */
  inside: number;
  across: number;
  errors: number;
  fallbacks: number;
  promptTokens: number;
  cachedTokens: number;
  outputTokens: number;
  usdMicros: number;
  priceUnknown: boolean;
  /** Median from request to first token, of the rows' medians weighted by their answers; null where none was measured. */
  firstTokenMs: number | null;
  up: number;
  down: number;
}

/** Fewer ratings than this say nothing about a model. */
export const RATINGS_NEEDED = 30;

export function within(rows: UsageRow[], { from, to }: Range): UsageRow[] {
  return rows.filter((row) => row.day >= from && row.day <= to);
}

export function sum(rows: UsageRow[]): Sum {
  const total = (figure: (row: UsageRow) => number) => rows.reduce((all, row) => all + figure(row), 0);
  return {
    answers: total((row) => row.answers),
    inside: total((row) => (isInside(row.zone) ? row.answers : 0)),
    across: total((row) => (isInside(row.zone) ? 0 : row.answers)),
    errors: total((row) => row.errors),
    fallbacks: total((row) => row.fallbacks),
    promptTokens: total((row) => row.prompt_tokens),
    cachedTokens: total((row) => row.cached_tokens),
    outputTokens: total((row) => row.output_tokens),
    usdMicros: total((row) => row.usd_micros),
    priceUnknown: rows.some((row) => row.price_unknown),
    firstTokenMs: median(rows.flatMap((row): [number, number][] => (row.first_token_ms === null ? [] : [[row.first_token_ms, row.answers]]))),
    up: total((row) => row.up),
    down: total((row) => row.down),
  };
}

/** The value below which half of the weight lies. */
export function median(weighted: [value: number, weight: number][]): number | null {
  const sorted = weighted.filter(([, weight]) => weight > 0).sort(([a], [b]) => a - b);
  const half = sorted.reduce((all, [, weight]) => all + weight, 0) / 2;
  let below = 0;
  for (const [value, weight] of sorted) {
    below += weight;
    if (below >= half) return value;
  }
  return null;
}

/** The rows by something they have in common, in the order in which it first appears. */
export function grouped<K>(rows: UsageRow[], by: (row: UsageRow) => K): Map<K, UsageRow[]> {
  const groups = new Map<K, UsageRow[]>();
  for (const row of rows) {
    const group = groups.get(by(row));
    if (group) group.push(row);
    else groups.set(by(row), [row]);
  }
  return groups;
}

/** Share of thumbs up, or null where too few were given to say. */
export function satisfaction({ up, down }: Pick<Sum, "up" | "down">): number | null {
  return up + down < RATINGS_NEEDED ? null : up / (up + down);
}

/** Share of the attempts that failed. */
export function failing({ answers, errors }: Pick<Sum, "answers" | "errors">): number {
  return answers + errors === 0 ? 0 : errors / (answers + errors);
}

export type Level = "free" | "near" | "reached";

const NEAR = 0.8;

/** How much of a budget is gone. Of one that allows nothing there is nothing to warn of. */
export function gone({ limit_usd_micros: limit, spent_usd_micros: spent }: BudgetState): number {
  return limit === 0 ? 0 : spent / limit;
}

export function levelOf(state: BudgetState): Level {
  const share = gone(state);
  return share >= 1 ? "reached" : share >= NEAR ? "near" : "free";
}
