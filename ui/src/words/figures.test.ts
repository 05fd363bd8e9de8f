import { describe, expect, it } from "vitest";
import { ago, ageGroup, day, dayName, daysBetween, moment } from "./dates";
import { bytes, context, count, counted, duration, left, parameters, partOf, percent, short, speed, transfer, words } from "./figures";
import { licence } from "./licences";

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

  it.each([
    [2.88e9, 4.57e9, "2.9 of 4.6 GB"],
    [715e6, 4.47e9, "0.7 of 4.5 GB"],
    [1e6, 3.1e6, "1.0 of 3.1 MB"],
    [7e9, 142e9, "7 of 142 GB"],
    [12, 900, "12 of 900 bytes"],
  ])("%d of %d is %s", (part, whole, said) => expect(partOf(part, whole)).toBe(said));

  it.each([
    [0, "1 s left"],
    [42.2, "42 s left"],
    [59.6, "1 min left"],
    [61, "2 min left"],
    [3_600, "1 h left"],
    [4_900, "1 h 22 min left"],
  ])("%d seconds are %s", (seconds, said) => expect(left(seconds)).toBe(said));

  it("shortens large counts and rates", () => {
    expect([812, 34_500, 999_600, 1_234_567].map(short)).toEqual(["812", "35 k", "1 M", "1.2 M"]);
    expect(transfer(41_000_000)).toBe("41 MB/s");
  });

  it("names licences as people know them", () => {
    expect(["apache-2.0", "llama3.2", "other", "wtfpl", "unknown", null].map(licence)).toEqual(["Apache-2.0", "Llama 3.2 licence: read it", "A licence of its own: read it", "wtfpl", null, null]);
  });

  it("counts the words of a text", () => {
    expect(words("")).toBe(0);
    expect(words("Don’t stop — it’s *well-kept*, 3 times.")).toBe(6);
  });
});

describe("dates", () => {
  const now = new Date(2025, 10, 21, 0, 30).getTime();
  const at = (y: number, m: number, d: number, h = 12) => new Date(y, m, d, h).getTime();

  it("says how long ago a check was, and names the day of a message", () => {
    expect([at(2025, 10, 21, 0), at(2025, 10, 20), at(2025, 10, 18), at(2025, 8, 1)].map((when) => ago(when, now))).toEqual(["today", "yesterday", "3 days ago", "on 1 Sept 2025"]);
    expect([at(2025, 10, 21, 0), at(2025, 10, 20), at(2025, 10, 17), at(2024, 10, 17)].map((when) => dayName(when, now))).toEqual(["Today", "Yesterday", "Monday 17 November", "Sunday 17 November 2024"]);
    expect([day("2025-11-03"), day("soon")]).toEqual(["3 Nov 2025", "soon"]);
  });

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
