/** Moments and days as people read them. `now` is always passed in. */

const time = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const dayOfMonth = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const dayOfYear = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const full = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "short" });

/** Whole days between two moments by the calendar, not by 24 hours. */
export function daysBetween(earlier: number, later: number): number {
  const midnight = (ms: number) => {
    const date = new Date(ms);
    return Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  };
  return Math.round((midnight(later) - midnight(earlier)) / 86_400_000);
}

/** "14:02" today, "Yesterday 14:02", "3 Nov", "3 Nov 2024". */
export function moment(at: number, now: number): string {
  const days = daysBetween(at, now);
  if (days === 0) return time.format(at);
  if (days === 1) return `Yesterday ${time.format(at)}`;
  return new Date(at).getFullYear() === new Date(now).getFullYear() ? dayOfMonth.format(at) : dayOfYear.format(at);
}

/** "Friday 21 November 2025 at 14:02". */
export function wholeMoment(at: number): string {
  return full.format(at);
}

/** How long ago, by the calendar: "today", "yesterday", "3 days ago", else "on 3 Nov 2025". */
export function ago(at: number, now: number): string {
  const days = daysBetween(at, now);
  if (days <= 0) return "today";
  if (days === 1) return "yesterday";
  return days < 30 ? `${days} days ago` : `on ${dayOfYear.format(at)}`;
}

/** A date of the calendar: "2025-11-03" → "3 Nov 2025". */
export function day(date: string): string {
  const [year, month, of] = date.split("-").map(Number);
  return year && month && of ? dayOfYear.format(new Date(year, month - 1, of)) : date;
}

/** A day that divides messages: "Today", "Yesterday", "Monday 17 November", "Monday 17 November 2024". */
export function dayName(at: number, now: number): string {
  const days = daysBetween(at, now);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  const year = new Date(at).getFullYear() === new Date(now).getFullYear() ? undefined : "numeric";
  return new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", year }).format(at).replace(",", "");
}

/** The heading under which a chat stands: "Today", "Yesterday", "Last 7 days", "Last 30 days", "March 2025". */
export function ageGroup(at: number, now: number): string {
  const days = daysBetween(at, now);
  if (days <= 0) return "Today";
  if (days === 1) return "Yesterday";
  if (days <= 7) return "Last 7 days";
  if (days <= 30) return "Last 30 days";
  return new Intl.DateTimeFormat("en-GB", { month: "long", year: "numeric" }).format(at);
}
