import { describe, expect, it } from "vitest";
import type { ContextMeter, Message, MessageState } from "../../generated/wire";
import { answer, ended, noSettings, starter } from "../../backend/fake/scene";
import { dividers } from "./days";
import { ending } from "./ending";
import { holding, ranges, round } from "./find";
import { composing, sends, writes } from "./keys";
import { reading } from "./meter";
import { changed, defaultOf, parameterRows, parse, tidy } from "./parameters";

const key = (name: string, more = {}) => ({ key: name, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...more });

describe("days between messages", () => {
  const now = new Date(2025, 10, 21, 14).getTime();
  const said = (id: string, ...at: [number, number, number]) => ({ id, created_at: new Date(2025, ...at).getTime() }) as Message;

  it("are named where one begins, and a chat of today has none", () => {
    const talk = [said("a", 10, 17, 9), said("b", 10, 17, 23), said("c", 10, 20, 1), said("d", 10, 21, 0)];
    expect([...dividers(talk, false, now)]).toEqual([["a", "Monday 17 November"], ["c", "Yesterday"], ["d", "Today"]]);
    expect([...dividers(talk.slice(3), false, now)]).toEqual([]);
  });

  it("are not named above the first message while older ones may come before it", () => {
    expect([...dividers([said("a", 10, 17, 9)], true, now)]).toEqual([]);
  });
});

describe("finding in a chat", () => {
  it("takes messages that hold the words, in any case", () => {
    const all = ["Bridges", "a BRIDGE too far", "water"].map((text, at) => ({ id: `m${at}`, text }) as Message);
    expect(holding(all, " bridge ")).toEqual(["m0", "m1"]);
    expect(holding(all, "  ")).toEqual([]);
  });

  it("goes round in both directions", () => {
    expect([round(2, 1, 3), round(0, -1, 3), round(0, 1, 0)]).toEqual([0, 2, -1]);
  });

  it("marks every occurrence in the text, and nothing beside it", () => {
    const log = document.createElement("div");
    for (const [name, inside] of [["markdown", ["Order and ", "order"]], ["foot", ["order"]]] as const) {
      const article = document.createElement("article");
      const part = document.createElement("div");
      part.className = name;
      part.append(...inside);
      article.append(part);
      log.append(article);
    }
    expect(ranges(log, "order").map((range) => [range.toString(), range.startOffset])).toEqual([["Order", 0], ["order", 0]]);
  });
});

describe("keys of the composer", () => {
  it("Enter sends, Shift+Enter starts a line", () => {
    expect(sends(key("Enter"), "enter", false)).toBe(true);
    expect(sends(key("Enter", { shiftKey: true }), "enter", false)).toBe(false);
  });

  it("with the other setting only Mod+Enter sends", () => {
    expect(sends(key("Enter"), "mod_enter", false)).toBe(false);
    expect(sends(key("Enter", { ctrlKey: true }), "mod_enter", false)).toBe(true);
    expect(sends(key("Enter", { metaKey: true }), "mod_enter", true)).toBe(true);
    expect(sends(key("Enter", { metaKey: true }), "mod_enter", false)).toBe(false);
  });

  it("an Enter that ends a composition never sends, in Chromium's way and in WebKit's", () => {
    expect(sends(key("Enter", { isComposing: true }), "enter", false)).toBe(false);
    expect(sends(key("Enter", { keyCode: 229 }), "enter", false)).toBe(false);
    expect(composing(key("a", { keyCode: 229 }))).toBe(true);
  });

  it("typing anywhere writes, shortcuts and blanks do not", () => {
    expect(writes(key("a"))).toBe(true);
    expect(writes(key("世"))).toBe(true);
    expect(writes(key(" "))).toBe(false);
    expect(writes(key("a", { ctrlKey: true }))).toBe(false);
    expect(writes(key("Tab"))).toBe(false);
  });
});

describe("the context meter", () => {
  const meter = (more: Partial<ContextMeter>): ContextMeter => ({ used: 0, limit: 1_000, exact: true, left_out: 0, images_left_out: 0, zone: "this_computer", bill: null, ...more });

  it.each([
    [799, "calm"],
    [800, "near"],
    [949, "near"],
    [950, "full"],
  ])("%d of 1,000 is %s", (used, level) => expect(reading(meter({ used })).level).toBe(level));

  it("marks an estimate", () => {
    expect(reading(meter({ used: 1_312, limit: 8_192, exact: false })).figures).toBe("≈ 1,312 of 8,192");
    expect(reading(meter({ used: 1_312, limit: 8_192 })).figures).toBe("1,312 of 8,192");
  });

  it("says how many messages would be left out, in the right number", () => {
    expect(reading(meter({ left_out: 1 })).warning).toContain("The oldest message would");
    expect(reading(meter({ images_left_out: 1 }))).toMatchObject({ level: "full", warning: expect.stringContaining("The oldest image would be left out") });
    expect(reading(meter({ images_left_out: 3 })).warning).toContain("The oldest 3 images would");
    expect(reading(meter({ left_out: 4 })).warning).toContain("The oldest 4 messages would");
  });

  it("says when the question alone is too long, and survives an empty limit", () => {
    expect(reading(meter({ used: 1_001 })).warning).toContain("longer than the model’s context");
    expect(reading(meter({ limit: 0 })).share).toBe(0);
  });
});

describe("how an answer ended", () => {
  const whole = ended(answer("c", "q", starter, 0), "Text");
  const as = (state: MessageState, more: Partial<Message> = {}) => ending({ ...whole, state, ...more });

  it("says nothing where it simply ended or still runs", () => {
    expect(as("complete")).toBeNull();
    expect(as("streaming")).toBeNull();
  });

  it("says what is kept and offers to go on", () => {
    expect(as("stopped")).toMatchObject({ words: "Stopped. What was written is kept.", continues: true, severe: false });
    expect(as("interrupted")).toMatchObject({ continues: true });
  });

  it("carries the core's sentence where it failed", () => {
    const failed = as("failed", { answer: { ...whole.answer!, finish: null, error: "Memory ran out." } });
    expect(failed).toEqual({ words: "Memory ran out.", continues: true, severe: true });
    expect(as("failed", { text: "", answer: { ...whole.answer!, finish: null, error: "Gone." } })).toMatchObject({ continues: false });
  });

  it("tells the longest answer from a full context", () => {
    expect(as("complete", { answer: { ...whole.answer!, finish: "max_tokens" } })?.continues).toBe(true);
    expect(as("complete", { answer: { ...whole.answer!, finish: "context_full" } })?.continues).toBe(false);
  });
});

describe("a chat's settings", () => {
  const row = (name: string) => parameterRows.find((known) => known.name === name)!;

  it("are read as people type them", () => {
    expect(parse(row("temperature"), " 0,7 ")).toEqual({ value: 0.7 });
    expect(parse(row("temperature"), "")).toEqual({ value: null });
    expect(parse(row("temperature"), "2.1")).toEqual({ wrong: "Between 0 and 2." });
    expect(parse(row("top_k"), "1.5")).toEqual({ wrong: "Type a whole number." });
    expect(parse(row("seed"), "ten")).toEqual({ wrong: "Type a whole number." });
  });

  it("show the model's default", () => {
    expect(defaultOf("temperature", starter)).toEqual({ value: 0.7, words: "0.7" });
    expect(defaultOf("context_tokens", starter).words).toBe("Up to 512, within memory");
    expect(defaultOf("top_k", null).words).toBe("The model’s own");
    expect(tidy(0.949999988079071)).toBe(0.95);
  });

  it("know whether anything was set", () => {
    expect(changed(noSettings)).toBe(false);
    expect(changed({ ...noSettings, top_k: 0 })).toBe(true);
    expect(changed({ ...noSettings, system_prompt: "Be brief." })).toBe(true);
  });
});
