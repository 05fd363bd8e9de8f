import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { adversarialLines, chunked, documents } from "./documents";
import { MarkdownStream, isTooMuch, normalise, parse, type Block, type Reading } from "./stream";

// Time is for `./dev bench`: a busy machine must not fail these.
vi.setConfig({ testTimeout: 120_000 });

const blocks = ({ finished, tail }: Reading): readonly Block[] => [...finished, ...tail];
const tokens = (blocks: readonly Block[]) => blocks.map((block) => ({ key: block.key, token: block.token }));

describe("a growing text", () => {
  it("ends as one parse of the whole, however it was cut", () => {
    fc.assert(
      fc.property(chunked, (steps) => {
        const stream = new MarkdownStream();
        for (const step of steps) stream.read(step);
        const whole = steps.at(-1) ?? "";
        expect(tokens(stream.finish(whole).finished)).toEqual(tokens(parse(whole).finished));
      }),
      { numRuns: 800 },
    );
  });

  it("only ever appends finished blocks, under keys that stay", () => {
    fc.assert(
      fc.property(chunked, (steps) => {
        const stream = new MarkdownStream();
        let before: readonly Block[] = [];
        for (const step of steps) {
          const now = [...stream.read(step).finished];
          expect(now.slice(0, before.length).every((block, at) => block === before[at])).toBe(true);
          before = now;
        }
      }),
      { numRuns: 300 },
    );
  });

  it("draws each block once, in the order of the text", () => {
    fc.assert(
      fc.property(chunked, (steps) => {
        const stream = new MarkdownStream();
        for (const step of steps) {
          const keys = blocks(stream.read(step)).map((block) => block.key);
          expect([...keys].sort((a, b) => a - b)).toEqual(keys);
          expect(new Set(keys).size).toBe(keys.length);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("has already committed what the final parse finds, bar late reference definitions", () => {
    fc.assert(
      fc.property(chunked, (steps) => {
        fc.pre(!steps.at(-1)?.includes("[ref]: "));
        const stream = new MarkdownStream();
        let committed: ReturnType<typeof tokens> = [];
        for (const step of steps) committed = tokens(stream.read(step).finished);
        const final = tokens(parse(steps.at(-1) ?? "").finished);
        expect(final.slice(0, committed.length)).toEqual(committed);
      }),
      { numRuns: 800 },
    );
  });

  it("has committed at every line what a parse of the text up to there finds", () => {
    fc.assert(
      fc.property(adversarialLines, (lines) => {
        const stream = new MarkdownStream();
        let text = "";
        for (const line of lines) {
          text += `${line}\n`;
          const committed = tokens(stream.read(text).finished);
          expect(tokens(parse(text).finished).slice(0, committed.length)).toEqual(committed);
        }
      }),
      { numRuns: 1500 },
    );
  });

  it("throws at no prefix", () => {
    fc.assert(
      fc.property(documents, (text) => {
        const stream = new MarkdownStream();
        for (let end = 0; end <= text.length; end += 1) stream.read(text.slice(0, end));
        stream.finish(text);
      }),
      { numRuns: 60 },
    );
  });
});

describe("the commit rule", () => {
  const after = (text: string) => {
    const stream = new MarkdownStream();
    let finished: readonly Block[] = [];
    for (let end = 1; end <= text.length; end += 1) finished = stream.read(text.slice(0, end)).finished;
    return finished.map((block) => block.token.type);
  };

  it("keeps a numbered list whole over blank lines", () => {
    expect(after("1. a\n\n2. b\n\n3. c\n\nEnd.\n")).toEqual(["list"]);
  });

  it("does not commit what the next line can still change", () => {
    expect(after("a\n\nTitle\n")).toEqual(["paragraph"]);
    expect(after("| a | b |\n|---|---|\n| 1 | 2 |\n")).toEqual([]);
  });

  it("commits a formula between lines as the whole text has it, also before an underline", () => {
    const text = "bridge\n\\[\ny\n\\]\nbridge\n===\nbridge\n";
    const stream = new MarkdownStream();
    const committed = tokens(stream.read("bridge\n\\[\ny\n\\]\n").finished);
    expect(committed.length).toBe(1);
    expect(tokens(stream.read(text).finished).slice(0, 1)).toEqual(committed);
    expect(tokens(stream.finish(text).finished)).toEqual(tokens(parse(text).finished));
    expect(after(text)).toEqual(["paragraph", "math", "heading"]);
  });

  it.each(["\\[ z\n```\nw \\]", "$$\na\n===\nb\n$$", "\\[\na\n- b\n\\]"])("does not commit what a formula may take in once it closes: %j", (formula) => {
    const opened = formula.split("\n").slice(0, -1).join("\n");
    expect(after(`${opened}\n`)).toEqual([]);
    expect(after(`${formula}\nbehind\n`)).toEqual(["math"]);
    expect(after(`${opened}\n\nbehind\n\nmore\n`)).not.toContain("math");
  });

  it("commits a code block once its fence has closed", () => {
    expect(after("```rust\nfn main() {}\n\n```\nand\n")).toEqual(["code"]);
  });
});

describe("an open fence", () => {
  it("shows its lines as they come, without the half-written closing marks", () => {
    const stream = new MarkdownStream();
    const text = "Look:\n\n```rust\nlet a = 1;\nlet b = 2;\n``";
    expect(stream.read(text).tail.at(-1)).toMatchObject({ open: true, token: { type: "code", lang: "rust", text: "let a = 1;\nlet b = 2;" } });
  });

  it("keeps its key when it closes", () => {
    const stream = new MarkdownStream();
    const open = stream.read("a\n\n```\ncode\n").tail.at(-1);
    const closed = stream.read("a\n\n```\ncode\n```\n\nmore\n").finished[1];
    expect(closed).toMatchObject({ key: open?.key, open: false, token: { type: "code", text: "code" } });
  });
});

describe("an open list", () => {
  const item = (at: number) => `${at}. Item ${at} with **some** text, a \`word\` of code and enough more of it to be long\n`;
  const shown = (text: string, step: number) => {
    const stream = new MarkdownStream();
    let reading = stream.read("");
    for (let end = step; end < text.length + step; end += step) reading = stream.read(text.slice(0, end));
    return blocks(reading).map((block) => ({ key: block.key, type: block.token.type, ...("items" in block.token ? { items: block.token.items, loose: block.token.loose } : {}) }));
  };
  const expected = (text: string) => parse(text).finished.map((block) => ({ key: block.key, type: block.token.type, ...("items" in block.token ? { items: block.token.items, loose: block.token.loose } : {}) }));

  it.each(["", "\n"])("is drawn as one parse would, although its first items are not parsed again", (gap) => {
    const text = `Before.\n\n${Array.from({ length: 80 }, (_, at) => item(at + 1)).join(gap)}   - nested\n     - deeper\n`;
    expect(shown(text, 13)).toEqual(expected(text));
  });

  it("ends like any list", () => {
    const text = `${Array.from({ length: 80 }, (_, at) => item(at + 1)).join("")}\nAfter.\n\n- other\n\nEnd.\n`;
    const stream = new MarkdownStream();
    for (let end = 0; end <= text.length; end += 17) stream.read(text.slice(0, end));
    expect(tokens(blocks({ ...stream.read(text) })).slice(0, 3)).toEqual(tokens(parse(text).finished).slice(0, 3));
  });

  it("gives way to a list with another mark", () => {
    const text = `${Array.from({ length: 80 }, (_, at) => item(at + 1)).join("")}1) another\n2) list\n\nEnd.\n\n`;
    const stream = new MarkdownStream();
    for (let end = 0; end <= text.length; end += 17) stream.read(text.slice(0, end));
    expect(tokens(stream.read(text).finished)).toEqual(tokens(parse(text).finished).slice(0, 2));
  });
});

describe("a text that is no continuation", () => {
  it("starts afresh", () => {
    const stream = new MarkdownStream();
    stream.read("# One\n\ntext\n\nmore");
    expect(tokens(blocks(stream.read("other")))).toEqual(tokens(parse("other").finished));
  });
});

describe("limits", () => {
  it("shows a text of more than a megabyte without markup", () => {
    const long = "word ".repeat(220_000);
    expect(parse(long).plain).toBe(long);
    const stream = new MarkdownStream();
    stream.read("# Title\n");
    expect(stream.read(`# Title\n${long}`).plain).toBe(`# Title\n${long}`);
  });

  it("shows what is nested a hundred deep without markup", () => {
    expect(isTooMuch(">".repeat(101))).toBe(true);
    expect(isTooMuch(`a\n${"- ".repeat(101)}b`)).toBe(true);
    expect(isTooMuch(`${"> ".repeat(99)}b`)).toBe(false);
    expect(isTooMuch("-".repeat(400))).toBe(false);
    expect(new MarkdownStream().read(">".repeat(5000)).plain).not.toBeNull();
  });

  it("takes no emphasis from a paragraph of thousands of marks", () => {
    const { finished } = parse("_a*".repeat(20_000));
    expect(finished).toHaveLength(1);
    expect(JSON.stringify(finished[0]?.token)).not.toContain('"em"');
  });
});

describe("line ends", () => {
  it("are LF before anything is measured, whether or not a CR LF was cut in two", () => {
    expect(normalise("a\r\nb\rc\n")).toBe("a\nb\nc\n");
    const stream = new MarkdownStream();
    stream.read("a\r");
    stream.read("a\r\n");
    stream.read("a\r\n\r");
    expect(stream.finish("a\r\n\r\nb").finished.map((block) => block.token.raw)).toEqual(["a", "b"]);
  });
});
