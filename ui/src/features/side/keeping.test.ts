import { describe, expect, it } from "vitest";
import { daysOf, kept } from "./keeping";

describe("how a folder keeps its chats", () => {
  it("is said of what is not the usual way", () => {
    expect(kept({ retention_days: null, legal_hold: false })).toBe("");
    expect(kept({ retention_days: 1, legal_hold: false })).toBe("Erased 1 day after the last message");
    expect(kept({ retention_days: 2_190, legal_hold: false })).toBe("Erased 2,190 days after the last message");
    expect(kept({ retention_days: 30, legal_hold: true })).toBe("Legal hold: nothing is deleted");
  });

  it.each([
    ["30", 30],
    [" 1 ", 1],
    ["36500", 36_500],
    ["36501", null],
    ["0", null],
    ["-3", null],
    ["1.5", null],
    ["a week", null],
    ["", null],
  ])("reads “%s” as %s days", (text, days) => expect(daysOf(text)).toBe(days));
});
