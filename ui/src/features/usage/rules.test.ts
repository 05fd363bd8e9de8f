/** The sums, the ranges and the scales behind the screen of usage. */
import { describe, expect, it } from "vitest";
import type { BudgetState, UsageRow } from "../../generated/wire";
import { daysIn, daysLater, monthOf, queryOf, rangeOf } from "./range";
import { type Series, answers, blocks, marked, money, scaleTo, tokens, totals } from "./series";
import { RATINGS_NEEDED, failing, grouped, levelOf, median, satisfaction, sum, within } from "./sums";

const at = new Date(2026, 10, 21, 10, 15).getTime();

function row(more: Partial<UsageRow>): UsageRow {
  return { day: "2026-11-20", provider: null, model: "m", model_name: "M", folder: null, zone: "this_computer", answers: 0, errors: 0, fallbacks: 0, prompt_tokens: 0, cached_tokens: 0, output_tokens: 0, reasoning_tokens: 0, usd_micros: 0, price_unknown: false, first_token_ms: null, up: 0, down: 0, ...more };
}

describe("ranges", () => {
  it("end today and hold so many days", () => {
    expect(rangeOf("7", at)).toEqual({ from: "2026-11-15", to: "2026-11-21" });
    expect(daysIn(rangeOf("90", at))).toHaveLength(90);
    expect(rangeOf("month", at)).toEqual({ from: "2026-11-01", to: "2026-11-21" });
  });

  it("count by the calendar over leap days and years", () => {
    expect(daysLater("2028-02-28", 1)).toBe("2028-02-29");
    expect(daysLater("2026-12-31", 1)).toBe("2027-01-01");
    expect(daysIn({ from: "2026-10-24", to: "2026-10-26" })).toEqual(["2026-10-24", "2026-10-25", "2026-10-26"]);
    expect(monthOf("2026-11-21")).toBe("2026-11-01");
  });

  it("ask for the whole month where what it cost is shown beside fewer days", () => {
    expect(queryOf(rangeOf("7", at), at, true).from).toBe("2026-11-01");
    expect(queryOf(rangeOf("7", at), at, false).from).toBe("2026-11-15");
    expect(queryOf(rangeOf("90", at), at, true).from).toBe("2026-08-24");
  });
});

describe("sums", () => {
  it("add up and tell inside from across", () => {
    const all = sum([row({ answers: 3, up: 1 }), row({ answers: 2, zone: "our_network" }), row({ answers: 4, zone: "cloud", usd_micros: 70, price_unknown: true })]);
    expect(all).toMatchObject({ answers: 9, inside: 5, across: 4, usdMicros: 70, priceUnknown: true, up: 1, firstTokenMs: null });
    expect(sum([])).toMatchObject({ answers: 0, priceUnknown: false });
  });

  it("keep to their days", () => expect(within([row({ day: "2026-11-14" }), row({ day: "2026-11-15" }), row({ day: "2026-11-22" })], rangeOf("7", at))).toHaveLength(1));

  it("weigh a median by its answers", () => {
    expect(median([[900, 1], [200, 8], [400, 1]])).toBe(200);
    expect(median([[100, 1], [300, 1], [500, 1]])).toBe(300);
    expect(median([[100, 0]])).toBeNull();
  });

  it("group what belongs together", () => expect([...grouped([row({ model: "a" }), row({ model: "b" }), row({ model: "a" })], (one) => one.model)].map(([key, of]) => [key, of.length])).toEqual([["a", 2], ["b", 1]]));

  it("say nothing about satisfaction from few ratings", () => {
    expect(satisfaction({ up: RATINGS_NEEDED - 1, down: 0 })).toBeNull();
    expect(satisfaction({ up: 24, down: 6 })).toBe(0.8);
    expect(failing({ answers: 0, errors: 0 })).toBe(0);
    expect(failing({ answers: 3, errors: 1 })).toBe(0.25);
  });

  it("warn from 80 % of a budget on and stop at all of it", () => {
    const state = (spent: number, limit = 100): BudgetState => ({ provider: null, month: true, limit_usd_micros: limit, spent_usd_micros: spent });
    expect([79, 80, 99, 100, 130].map((spent) => levelOf(state(spent)))).toEqual(["free", "near", "near", "reached", "reached"]);
    expect([levelOf(state(0, 0)), levelOf(state(1, 0))]).toEqual(["free", "free"]);
  });
});

describe("charts", () => {
  const days = ["2026-11-19", "2026-11-20"];
  const cloud = (provider: string, usd_micros: number) => row({ provider, zone: "cloud", usd_micros, answers: 1 });

  it("show money by provider, the dearest first, each with a look of its own", () => {
    const series = money([cloud("a", 1), cloud("b", 9), cloud("c", 5), cloud("d", 2), cloud("e", 3), row({ provider: "v", zone: "our_network", usd_micros: 4 })], days, [{ id: "b", name: "Beta" }]);
    expect(series.map(({ name, look }) => [name, look])).toEqual([
      ["Beta", "across"],
      ["A removed provider", "across-lines"],
      ["A removed provider", "inside"],
      ["A removed provider", "across-dots"],
      ["Others", "quiet"],
    ]);
    expect(series.at(-1)!.values).toEqual([0, 3]);
    expect(new Set(series.map(({ look }) => look)).size).toBe(series.length);
    expect(totals(series)).toEqual([0, 24]);
    expect(money([row({ answers: 3 })], days, [])).toEqual([]);
  });

  it("divide answers by where and tokens by what", () => {
    const rows = [row({ answers: 2, prompt_tokens: 90, output_tokens: 10 }), row({ answers: 1, zone: "cloud", day: "2026-11-19" })];
    expect(answers(rows, days).map(({ values }) => values)).toEqual([[0, 2], [1, 0]]);
    expect(tokens(rows, days).map(({ values }) => values)).toEqual([[0, 90], [0, 10]]);
  });

  it.each([[0, 2], [1, 2], [3, 4], [4, 4], [7, 8], [9, 10], [11, 20], [95, 100], [101, 200], [4.1e6, 6e6]])("%d fits a scale to %d", (highest, top) => expect(scaleTo(highest)).toBe(top));

  it.each([[0, 100], [60, 100], [1_040, 2_000], [3_140, 4_000], [20_000, 20_000]])("has a scale for small change: %d fits one to %d", (highest, top) => expect(scaleTo(highest, 50)).toBe(top));

  it("marks the last day, whatever fits", () => {
    expect(marked(7, 8)).toHaveLength(7);
    for (const [count, room] of [[30, 6], [90, 6], [21, 4], [31, 2]] as const) {
      const days = marked(count, room);
      expect(days.at(-1)).toBe(count - 1);
      expect(days.length).toBeLessThanOrEqual(room);
    }
  });

  it("stacks blocks from the floor, inside the chart", () => {
    const series: Series[] = [
      { key: "a", name: "A", look: "inside", values: [5, 0] },
      { key: "b", name: "B", look: "across", values: [5, 10] },
    ];
    const all = blocks(series, 10, 100, 80);
    expect(all.map(({ day, y, height }) => [day, y, height])).toEqual([[0, 40, 40], [0, 0, 40], [1, 0, 80]]);
    expect(all.every(({ x, width }) => x >= 0 && x + width <= 100)).toBe(true);
    expect(blocks([], 10, 100, 80)).toEqual([]);
  });
});
