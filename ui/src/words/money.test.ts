import { describe, expect, it } from "vitest";
import { amountOf, dollarColumn, dollars, price, roundDollars, typed } from "./money";

describe("amounts as they are read out", () => {
  it.each([
    [0, "$0"],
    [12, "under $0.0001"],
    [50, "$0.0001"],
    [3_140, "$0.0031"],
    [43_100, "$0.043"],
    [99_499, "$0.099"],
    [99_600, "$0.10"],
    [4_200_000, "$4.20"],
    [1_204_500_000, "$1,204.50"],
  ])("%d millionths are %s", (micros, said) => expect(dollars(micros)).toBe(said));

  it("leaves out cents that are none on a scale", () => {
    expect(roundDollars(20_000_000)).toBe("$20");
    expect(roundDollars(2_500_000)).toBe("$2.50");
    expect([100_000, 50_000, 2_000, 1_000, 500, 50, 0].map(roundDollars)).toEqual(["$0.10", "$0.05", "$0.002", "$0.001", "$0.0005", "$0.00005", "$0"]);
  });

  it("writes a column with equally many digits", () => {
    expect([0, 31_400, 290_000].map(dollarColumn(290_000))).toEqual(["–", "$0.0314", "$0.2900"]);
    expect([1_000, 4_000, 1_234_500_000].map(dollarColumn(1_234_500_000))).toEqual(["under $0.01", "under $0.01", "$1,234.50"]);
    expect([600, 2_000_000].map(dollarColumn(2_000_000))).toEqual(["$0.001", "$2.000"]);
  });

  it("keeps every digit of a price", () => {
    expect([3, 0.075, 12.5, 0.0005].map(price)).toEqual(["3.00", "0.075", "12.50", "0.0005"]);
    expect([null, 0, 5_000_000].map(typed)).toEqual(["", "0.00", "5.00"]);
  });
});

describe("amounts as they are typed", () => {
  it.each([
    ["5", 5_000_000],
    ["5.00", 5_000_000],
    ["$5", 5_000_000],
    ["5 USD", 5_000_000],
    ["0,50", 500_000],
    ["0,500", 500_000],
    [".5", 500_000],
    ["1,200", 1_200_000_000],
    ["1,200.50", 1_200_500_000],
    ["1.200,50", 1_200_500_000],
    ["0", 0],
  ])("%s is understood", (text, micros) => expect(amountOf(text)).toEqual({ kind: "amount", micros }));

  it.each(["five", "-1", "1e3", "1..2", "1,2,3", "$", "99999999999", "5 €"])("%s is not", (text) => expect(amountOf(text).kind).toBe("unclear"));

  it("tells nothing from 0", () => expect(amountOf("  ")).toEqual({ kind: "none" }));

  it("reads back what it shows", () => {
    for (const micros of [0, 1, 500_000, 5_000_000, 1_234_567_890]) expect(amountOf(typed(micros))).toEqual({ kind: "amount", micros });
  });
});
