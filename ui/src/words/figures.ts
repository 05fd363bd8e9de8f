/** Numbers, sizes and times as people read them. */

const whole = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });
const plural = new Intl.PluralRules("en-GB");

/** 8192 → "8,192". */
export function count(n: number): string {
  return whole.format(n);
}

/** (1, "message") → "1 message"; (2, "message") → "2 messages"; a third word where the plural is irregular. */
export function counted(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${plural.select(n) === "one" ? one : many}`;
}

/** 2_466_000_000 → "2.5 GB": decimal units, as file managers show them. */
export function bytes(n: number): string {
  if (n < 1000) return counted(n, "byte");
  const units = ["KB", "MB", "GB", "TB"];
  let value = n;
  let unit = -1;
  do {
    value /= 1000;
    unit += 1;
  } while (value >= 999.5 && unit < units.length - 1);
  return `${value < 9.95 ? value.toFixed(1).replace(/\.0$/, "") : whole.format(value)} ${units[unit]}`;
}

/** How far along: (2.9e9, 4.6e9) → "2.9 of 4.6 GB", in the unit of the whole, so that it does not jump on its way. */
export function partOf(part: number, whole: number): string {
  const [, unit = ""] = bytes(whole).split(" ");
  const each = { KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 }[unit];
  if (each === undefined) return `${count(part)} of ${bytes(whole)}`;
  const digits = whole / each < 99.95 ? 1 : 0;
  return `${(part / each).toFixed(digits)} of ${(whole / each).toFixed(digits)} ${unit}`;
}

/** 41_000_000 → "41 MB/s". */
export function transfer(bytesPerSecond: number): string {
  return `${bytes(Math.round(bytesPerSecond))}/s`;
}

/** Seconds that are left: 42 → "42 s left", 400 → "7 min left", 4_900 → "1 h 22 min left". */
export function left(seconds: number): string {
  if (seconds < 59.5) return `${Math.max(1, Math.round(seconds))} s left`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return `${minutes} min left`;
  const rest = minutes % 60;
  return rest === 0 ? `${minutes / 60} h left` : `${Math.floor(minutes / 60)} h ${rest} min left`;
}

/** Weights: 1_543_000_000 → "1.5 B", 740_000 → "0.7 M". */
export function parameters(n: number): string {
  if (n >= 1e9) return `${few(n / 1e9)} B`;
  if (n >= 1e5) return `${few(n / 1e6)} M`;
  return count(n);
}

/** A context size: 8192 → "8 k", 131072 → "128 k", 300 → "300". */
export function context(tokens: number): string {
  if (tokens < 1024) return count(tokens);
  return `${few(tokens / 1024)} k`;
}

function few(n: number): string {
  return n < 9.95 ? n.toFixed(1).replace(/\.0$/, "") : whole.format(n);
}

/** A large count: 1_234_567 → "1.2 M", 34_500 → "35 k", 812 → "812". */
export function short(n: number): string {
  if (n >= 999_500) return `${few(n / 1e6)} M`;
  return n >= 1_000 ? `${few(n / 1e3)} k` : count(n);
}

/** 24 → "24 ms", 430 → "0.4 s", 12_300 → "12 s", 75_000 → "1 min 15 s". */
export function duration(ms: number): string {
  if (ms < 95) return `${Math.max(Math.round(ms), 1)} ms`;
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
}

/** Speed: 23.4 → "23 tok/s", 4.31 → "4.3 tok/s". */
export function speed(tokensPerSecond: number): string {
  return `${few(tokensPerSecond)} tok/s`;
}

/** 0.425 → "43 %". */
export function percent(share: number): string {
  return `${Math.round(Math.min(1, Math.max(0, share)) * 100)} %`;
}

/** Words of a text, for a screen reader. */
export function words(text: string): number {
  return text.match(/[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*/gu)?.length ?? 0;
}
