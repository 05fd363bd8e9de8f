import { describe, expect, it, vi } from "vitest";
import { PRESENT_EVERY_MS, Presence } from "./presence";

const key = { type: "keydown" };
const moved = (screenX: number) => ({ type: "pointermove", screenX, screenY: 5 });

describe("being there", () => {
  it("is told with the first key, then at most once in a while", () => {
    let now = 1_000;
    const tell = vi.fn();
    const presence = new Presence(tell, () => now);
    for (let n = 0; n < 50; n += 1) presence.noticed(key);
    expect(tell).toHaveBeenCalledTimes(1);
    now += PRESENT_EVERY_MS - 1;
    presence.noticed(key);
    expect(tell).toHaveBeenCalledTimes(1);
    now += 1;
    presence.noticed(key);
    expect(tell).toHaveBeenCalledTimes(2);
  });

  it("is not what an engine reports under a pointer that rests", () => {
    const tell = vi.fn();
    const presence = new Presence(tell, () => 0);
    for (let n = 0; n < 5; n += 1) presence.noticed(moved(7));
    expect(tell).not.toHaveBeenCalled();
    presence.noticed(moved(8));
    expect(tell).toHaveBeenCalledTimes(1);
  });
});
