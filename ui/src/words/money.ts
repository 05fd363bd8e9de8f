/** Money as people read and write it: US dollars. Kept and summed in millionths of a dollar. */

const MILLION = 1_000_000;
const cents = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" });
const whole = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD", maximumFractionDigits: 0 });

/** 4_200_000 → "$4.20", 43_100 → "$0.043", 3_140 → "$0.0031", 12 → "under $0.0001", 0 → "$0". */
export function dollars(micros: number): string {
  if (micros === 0) return "$0";
  if (micros < 50) return "under $0.0001";
  const amount = micros / MILLION;
  if (amount >= 0.0995) return cents.format(amount);
  const digits = Math.min(4, 1 - Math.floor(Math.log10(amount)));
  return `$${amount.toFixed(digits)}`;
}

/** The amounts of a column, all with as many digits as the highest of them leaves room for; nothing is a dash. */
export function dollarColumn(highest: number): (micros: number) => string {
  const digits = highest >= 10 * MILLION ? 2 : highest >= MILLION ? 3 : 4;
  const least = 10 ** -digits;
  return (micros) => {
    const amount = micros / MILLION;
    if (micros === 0) return "–";
    if (amount < least / 2) return `under $${least}`;
    return `$${amount.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits })}`;
  };
}

/** For the scale of a chart, whose amounts are round: no digit more than the amount has, and cents are two. */
export function roundDollars(micros: number): string {
  return micros % MILLION === 0 ? whole.format(micros / MILLION) : micros >= MILLION ? cents.format(micros / MILLION) : `$${price(micros / MILLION)}`;
}

/** A price in dollars, with as many digits as it has: 0.075 → "0.075", 3 → "3.00". */
export function price(amount: number): string {
  const digits = String(Math.round(amount * MILLION) / MILLION).split(".")[1]?.length ?? 0;
  return amount.toFixed(Math.max(2, digits));
}

/** What a field shows for an amount: 5_000_000 → "5.00". */
export function typed(micros: number | null): string {
  return micros === null ? "" : price(micros / MILLION);
}

export type Amount = { kind: "amount"; micros: number } | { kind: "none" } | { kind: "unclear" };

const MOST = 10_000_000;

/** Reads an amount: "5", "$5.00", "0,50", "1,200.50", "1.200,50". Nothing typed is no amount, which is not the same as 0. */
export function amountOf(text: string): Amount {
  const bare = text.replace(/[\s\u00a0\u202f]/g, "").replace(/^(?:US)?\$|(?:US)?\$$|USD$/i, "");
  if (bare === "") return /\S/.test(text) ? { kind: "unclear" } : { kind: "none" };
  const plain = plainNumber(bare);
  if (plain === null) return { kind: "unclear" };
  const amount = Number(plain);
  return Number.isFinite(amount) && amount <= MOST ? { kind: "amount", micros: Math.round(amount * MILLION) } : { kind: "unclear" };
}

/** The same number with a point and nothing else. A comma before three digits at the end divides thousands, unless only a 0 stands before it. */
function plainNumber(text: string): string | null {
  if (/^\d+(?:\.\d*)?$|^\.\d+$/.test(text)) return text;
  if (/^[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?$/.test(text)) return text.replaceAll(",", "");
  if (/^\d*,\d+$/.test(text)) return text.replace(",", ".");
  if (/^[1-9]\d{0,2}(?:\.\d{3})+,\d+$/.test(text)) return text.replaceAll(".", "").replace(",", ".");
  return null;
}
