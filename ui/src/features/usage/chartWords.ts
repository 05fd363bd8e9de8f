/** What charts say in words. Pure. */

const weekday = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short" });
const short = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

function date(day: string): Date {
  const [year, month, of] = day.split("-").map(Number);
  return new Date(year!, month! - 1, of);
}

/** "2026-11-20" → "Fri 20 Nov". */
export function dayWords(day: string): string {
  return weekday.format(date(day)).replace(",", "");
}

/** "2026-11-20" → "20 Nov". */
export function shortDay(day: string): string {
  return short.format(date(day));
}

export function dayTip(day: string, value: number, exact: (value: number) => string): string {
  return `${dayWords(day)}: ${value > 0 ? exact(value) : "nothing"}`;
}

/** "$12.40 in all, most on 18 Nov ($1.80)." */
export function summaryOf(days: string[], totals: number[], exact: (value: number) => string): string {
  const all = totals.reduce((sum, value) => sum + value, 0);
  if (all === 0) return "Nothing in these days.";
  const most = totals.indexOf(Math.max(...totals));
  return `${exact(all)} in all, most on ${shortDay(days[most]!)} (${exact(totals[most]!)}).`;
}
