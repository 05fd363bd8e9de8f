import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { CodeLines } from "./code.svelte";
import type { ColouringReply, ColouringRequest } from "./colouring.worker";

const posted: ColouringRequest[] = [];
let reply: (data: ColouringReply) => void = () => undefined;

vi.stubGlobal(
  "Worker",
  class {
    onmessage: ((event: { data: ColouringReply }) => void) | null = null;
    constructor() {
      reply = (data) => this.onmessage?.({ data });
    }
    postMessage(data: ColouringRequest) {
      posted.push(data);
    }
  },
);

const text = (lines: CodeLines) => lines.chunks.flat().map((line) => line.map(([part]) => part).join("")).concat(lines.unfinished === "" ? [] : [lines.unfinished]).join("\n");
const answerAll = () => {
  for (const { id, lines } of posted.splice(0)) if (lines.length > 0) reply({ id, lines: lines.map((line) => [[line, "keyword"]]) });
};

afterEach(() => {
  posted.length = 0;
});

describe("the lines of code", () => {
  it("are the code, however it grows and whenever its colours come", () => {
    const cuts = fc.array(fc.record({ by: fc.integer({ min: 0, max: 30 }), answers: fc.boolean() }), { maxLength: 30 });
    fc.assert(
      fc.property(fc.array(fc.constantFrom("let a = 1;", "", "}", "  deep"), { maxLength: 150 }), cuts, (parts, steps) => {
        const code = parts.join("\n");
        const lines = new CodeLines();
        let end = 0;
        for (const { by, answers } of steps) {
          end = Math.min(end + by, code.length);
          lines.update(code.slice(0, end), "rust", true);
          if (answers) answerAll();
          expect(text(lines)).toBe(code.slice(0, end).replace(/\n$/, ""));
        }
        lines.update(code, "rust", false);
        answerAll();
        expect(text(lines)).toBe(code);
        lines.drop();
      }),
    );
  });

  it("ask for each line's colours once", () => {
    const lines = new CodeLines();
    lines.update("one\ntw", "python", true);
    lines.update("one\ntwo\nthr", "python", true);
    lines.update("one\ntwo\nthree", "python", false);
    expect(posted.map(({ lines: asked, last }) => [asked, last])).toEqual([[["one"], false], [["two"], false], [["three"], true]]);
  });

  it("are coloured at once when the block was seen before", () => {
    const first = new CodeLines();
    first.update("seen = 1", "python", false);
    answerAll();
    const again = new CodeLines();
    again.update("seen = 1", "python", false);
    expect(posted).toEqual([]);
    expect(again.chunks).toEqual([[[["seen = 1", "keyword"]]]]);
  });

  it("start again when the code is other code", () => {
    const lines = new CodeLines();
    lines.update("one\ntwo\n", "python", true);
    lines.update("other", "python", false);
    expect(text(lines)).toBe("other");
  });

  it("redraw only the chunk that grew", () => {
    const lines = new CodeLines();
    const long = "line\n".repeat(200);
    lines.update(long, null, true);
    const before = lines.chunks;
    lines.update(`${long}more\n`, null, true);
    expect(lines.chunks.map((chunk, at) => chunk === before[at])).toEqual([true, true, true, false]);
  });

  it("stay plain past the limit", () => {
    const lines = new CodeLines();
    lines.update(`${"x\n".repeat(109_999)}x`, "rust", false);
    expect(posted).toEqual([]);
    expect(lines.chunks.flat()).toHaveLength(110_000);
  });
});
