import { describe, expect, it } from "vitest";
import { afterKey, afterScroll, distanceFromEnd, type Scroll } from "./follow";
import { keepPlace, placeIn } from "./places";

const at = (top: number, height = 2000, view = 500): Scroll => ({ top, height, view });

describe("following", () => {
  it("ends with a scroll upwards, however short", () => {
    expect(afterScroll(true, at(1500), at(1490))).toBe(false);
    expect(afterScroll(true, at(1500), at(300))).toBe(false);
  });

  it("does not end because the text became shorter or the window higher", () => {
    expect(afterScroll(true, at(1500), at(1400, 1900))).toBe(true);
    expect(afterScroll(true, at(1500), at(1400, 2000, 600))).toBe(true);
  });

  it("ends with a jump to the start, though what is measured there is shorter than it was thought to be", () => {
    expect(afterScroll(true, at(1500), at(0, 1700))).toBe(false);
  });

  it("begins again with a scroll downwards that comes within 80 pixels of the end", () => {
    expect(afterScroll(false, at(1300), at(1420))).toBe(true);
    expect(afterScroll(false, at(1300), at(1419))).toBe(false);
    expect(afterScroll(false, at(1490), at(1450))).toBe(false);
  });

  it("stays as it is when only text was added", () => {
    expect(afterScroll(false, at(1300), at(1300, 2400))).toBe(false);
    expect(afterScroll(true, at(1500), at(1900, 2400))).toBe(true);
  });

  it("knows the keys that read upwards", () => {
    expect(["PageUp", "ArrowUp", "Home", "End", "PageDown", "a"].map((key) => afterKey(key, false))).toEqual([false, false, false, true, null, null]);
    expect(afterKey(" ", true)).toBe(false);
    expect(afterKey(" ", false)).toBeNull();
  });

  it("measures the distance from the end, never below nothing", () => {
    expect(distanceFromEnd(at(1000))).toBe(500);
    expect(distanceFromEnd(at(1600))).toBe(0);
  });
});

describe("places", () => {
  it("are kept for the fifty chats left last", () => {
    const place = { follows: false, id: "m", offsetPx: 3, heights: new Map() };
    for (let chat = 0; chat < 60; chat += 1) keepPlace(`chat ${chat}`, place);
    keepPlace("chat 20", { ...place, offsetPx: 7 });
    keepPlace("chat 60", place);
    expect([placeIn("chat 9"), placeIn("chat 10"), placeIn("chat 11")?.id, placeIn("chat 20")?.offsetPx]).toEqual([undefined, undefined, "m", 7]);
  });
});
