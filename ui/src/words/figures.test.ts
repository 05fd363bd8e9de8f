import { describe, expect, it } from "vitest";
import { ageGroup, daysBetween, moment } from "./dates";
import { bytes, context, count, counted, duration, parameters, percent, speed, words } from "./figures";

describe("figures", () => {
  it.each([
    [0, "0 bytes"],
    [1, "1 byte"],
    [999, "999 bytes"],
    [1_000, "1 KB"],
    [18_400, "18 KB"],
    [999_600, "1 MB"],
    [3_120_000, "3.1 MB"],
    [2_497_000_000, "2.5 GB"],
    [42_500_000_000, "43 GB"],
    [5e15, "5,000 TB"],
  ])("%d bytes are %s", (n, said) => expect(bytes(n)).toBe(said));

  it.each([
    [0.4, "1 ms"],
    [24.4, "24 ms"],
    [96, "0.1 s"],
    [412, "0.4 s"],
    [9_940, "9.9 s"],
    [9_960, "10 s"],
    [59_600, "1 min"],
    [75_000, "1 min 15 s"],
    [120_000, "2 min"],
  ])("%d ms are %s", (ms, said) => expect(duration(ms)).toBe(said));

  it("counts with separators and in the right number", () => {
    expect(count(8192)).toBe("8,192");
    expect(counted(1, "message")).toBe("1 message");
    expect(counted(2, "message")).toBe("2 messages");
    expect(counted(0, "reply", "replies")).toBe("0 replies");
  });

  it("shortens weights, contexts, speeds and shares", () => {
    expect(parameters(4_022_000_000)).toBe("4 B");
    expect(parameters(1_540_000)).toBe("1.5 M");
    expect(parameters(740)).toBe("740");
    expect(context(512)).toBe("512");
    expect(context(131_072)).toBe("128 k");
    expect(speed(23.4)).toBe("23 tok/s");
    expect(speed(4.31)).toBe("4.3 tok/s");
    expect(percent(0.425)).toBe("43 %");
    expect(percent(7)).toBe("100 %");
  });

  it("counts the words of a text", () => {
    expect(words("")).toBe(0);
    expect(words("Don’t stop — it’s *well-kept*, 3 times.")).toBe(6);
  });
});

describe("dates", () => {
  const now = new Date(2025, 10, 21, 0, 30).getTime();
  const at = (y: number, m: number, d: number, h = 12) => new Date(y, m, d, h).getTime();

  it("counts days by the calendar", () => {
    expect(daysBetween(new Date(2025, 10, 20, 23, 59).getTime(), now)).toBe(1);
    expect(daysBetween(new Date(2025, 10, 21, 0, 1).getTime(), now)).toBe(0);
  });

  it("says when", () => {
    expect(moment(new Date(2025, 10, 21, 0, 5).getTime(), now)).toBe("00:05");
    expect(moment(at(2025, 10, 20, 14), now)).toBe("Yesterday 14:00");
    expect(moment(at(2025, 10, 3), now)).toBe("3 Nov");
    expect(moment(at(2024, 10, 3), now)).toBe("3 Nov 2024");
  });

  it.each([
    [at(2025, 10, 22), "Today"],
    [now, "Today"],
    [at(2025, 10, 20), "Yesterday"],
    [at(2025, 10, 14), "Last 7 days"],
    [at(2025, 10, 13), "Last 30 days"],
    [at(2025, 2, 1), "March 2025"],
  ])("groups %d under %s", (when, group) => expect(ageGroup(when, now)).toBe(group));
});
