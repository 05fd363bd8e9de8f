/** Budgets: what is set, what is gone, and the words for it. Pure. */
import type { Budget, BudgetState, ProviderId, UsageReport } from "../../generated/wire";
import { percent } from "../../words/figures";
import { dollars } from "../../words/money";
import { monthOf } from "./range";
import { nameOf } from "./series";
import { gone, levelOf, sum } from "./sums";

export const ALL = "All providers together";

/** What happens at a limit, wherever limits are spoken of. */
export const AT_THE_LIMIT = "Drawbridge stops before it would go over, and offers to answer on this computer.";

export type Limits = Pick<Budget, "day_usd_micros" | "month_usd_micros">;

export function limitsOf(budgets: Budget[], provider: ProviderId | null): Limits {
  return budgets.find((known) => known.provider === provider) ?? { day_usd_micros: null, month_usd_micros: null };
}

/** The budgets with one changed; one that limits nothing any more goes. */
export function withLimits(budgets: Budget[], provider: ProviderId | null, patch: Partial<Limits>): Budget[] {
  const changed = { provider, ...limitsOf(budgets, provider), ...patch };
  const others = budgets.filter((known) => known.provider !== provider);
  return changed.day_usd_micros === null && changed.month_usd_micros === null ? others : [...others, changed];
}

/** What is spent or reserved at a provider, or at all of them, today or this month. */
export function spentAt({ rows, budgets }: UsageReport, provider: ProviderId | null, month: boolean, today: string): number {
  const state = budgets.find((known) => known.provider === provider && known.month === month);
  if (state) return state.spent_usd_micros;
  const from = month ? monthOf(today) : today;
  return sum(rows.filter((row) => row.day >= from && row.day <= today && (provider === null || row.provider === provider))).usdMicros;
}

export function stateOf(report: UsageReport, budgets: Budget[], provider: ProviderId | null, month: boolean, today: string): BudgetState | null {
  const { day_usd_micros, month_usd_micros } = limitsOf(budgets, provider);
  const limit_usd_micros = month ? month_usd_micros : day_usd_micros;
  return limit_usd_micros === null ? null : { provider, month, limit_usd_micros, spent_usd_micros: spentAt(report, provider, month, today) };
}

/** Those that one should know of before asking on, the fullest first. */
export function pressing(states: BudgetState[]): BudgetState[] {
  return states.filter((state) => levelOf(state) !== "free").sort((a, b) => gone(b) - gone(a));
}

/** "Anthropic, this month: $17.20 of $20.00 (86 %)". */
export function stateWords(state: BudgetState, report: UsageReport): string {
  const who = state.provider === null ? ALL : nameOf(report.names, state.provider, "A removed provider");
  return `${who}, ${state.month ? "this month" : "today"}: ${dollars(state.spent_usd_micros)} of ${dollars(state.limit_usd_micros)} (${percent(gone(state))})`;
}

/** Until when a limit that is reached holds. */
export function until(month: boolean, today: string): string {
  if (!month) return "until midnight";
  const [year, at] = today.split("-").map(Number);
  return `until ${new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long" }).format(new Date(year!, at!, 1))}`;
}
