import { describe, expect, it } from "vitest";
import type { Message } from "../generated/wire";
import { Streams } from "./streams.svelte";

/** Streams whose frame comes when the test says so. */
function streams() {
  let pending: (() => void)[] = [];
  let asked = 0;
  const made = new Streams((flush) => {
    asked += 1;
    pending.push(flush);
  });
  const frame = () => {
    const now = pending;
    pending = [];
    for (const flush of now) flush();
  };
  return { made, frame, asked: () => asked };
}
const text = (piece: string) => ({ kind: "text", part: "text", text: piece }) as const;
const message = (more: Partial<Message> = {}) => ({ id: "m", chat: "c", role: "assistant", state: "streaming", text: "", reasoning: "", siblings: ["m"], ...more }) as Message;

describe("answers under way", () => {
  it("show what arrived once a frame, in order", () => {
    const { made, frame, asked } = streams();
    for (const piece of ["Once ", "there ", "was"]) made.apply("c", "m", text(piece));
    expect(made.live.get("m")?.text).toBe("");
    frame();
    expect(made.live.get("m")?.text).toBe("Once there was");
    expect(asked()).toBe(1);
    expect(made.chats.has("c")).toBe(true);
  });

  it("know when something last came", () => {
    let now = 1_000;
    const made = new Streams((flush) => flush(), () => now);
    made.apply("c", "m", text("So "));
    now = 9_000;
    made.apply("c", "m", text("far"));
    expect(made.live.get("m")?.heardAt).toBe(9_000);
  });

  it("keep reasoning apart from the answer", () => {
    const { made, frame } = streams();
    made.apply("c", "m", { kind: "text", part: "reasoning", text: "hm" });
    made.apply("c", "m", text("So"));
    frame();
    expect(made.live.get("m")).toMatchObject({ reasoning: "hm", text: "So" });
  });

  it("start from a snapshot after a reload, whatever came before it", () => {
    const { made, frame } = streams();
    made.apply("c", "m", text("lost"));
    made.apply("c", "m", { kind: "snapshot", text: "whole so far", reasoning: "r" });
    made.apply("c", "m", text(", and on"));
    frame();
    expect(made.live.get("m")).toMatchObject({ text: "whole so far, and on", reasoning: "r" });
  });

  it("show progress until text comes", () => {
    const { made, frame } = streams();
    made.apply("c", "m", { kind: "loading", share: 0.4 });
    frame();
    expect(made.live.get("m")?.progress).toEqual({ kind: "loading", share: 0.4 });
    made.apply("c", "m", { kind: "reading", read: 3, total: 7 });
    frame();
    expect(made.live.get("m")?.progress).toEqual({ kind: "reading", read: 3, total: 7 });
    made.apply("c", "m", text("A"));
    frame();
    expect(made.live.get("m")?.progress).toEqual({ kind: "writing" });
  });

  it("go on from the text that is there when continued", () => {
    const { made, frame } = streams();
    made.resume(message({ text: "Half an", state: "stopped" }));
    made.apply("c", "m", text(" answer"));
    frame();
    expect(made.live.get("m")?.text).toBe("Half an answer");
  });

  it("are not brought back by a reply that their end has overtaken", () => {
    const { made } = streams();
    const done = message({ state: "complete", text: "All" });
    made.apply("c", "m", { kind: "ended", message: done });
    expect(made.newest(message())).toMatchObject({ state: "complete", text: "All" });
    expect(made.live.has("m")).toBe(false);
  });

  it("can be continued after they have ended once", () => {
    const { made, frame } = streams();
    made.apply("c", "m", { kind: "ended", message: message({ state: "stopped", text: "A" }) });
    made.resume(message({ state: "stopped", text: "A" }));
    made.apply("c", "m", text("B"));
    frame();
    expect(made.newest(message({ text: "A" })).state).toBe("streaming");
    expect(made.live.get("m")?.text).toBe("AB");
  });
});
