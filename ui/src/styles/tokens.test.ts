import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { contrast, tokensIn } from "./contrast";

const css = readFileSync("src/styles/tokens.css", "utf8");
const TEXT = 4.5;
const SHAPE = 3;

const text: [string, string[]][] = [
  ["ink", ["paper", "wall", "wall-2", "wall-3", "danger-soft", "warn-soft", "inside-soft", "across-soft", "hit"]],
  ["ink-2", ["paper", "wall", "wall-2"]],
  ["ink-3", ["paper", "wall", "wall-2"]],
  ["inside", ["paper", "wall", "wall-2", "inside-soft"]],
  ["across", ["paper", "wall", "across-soft"]],
  ["danger", ["paper", "wall", "danger-soft"]],
  ["warn", ["paper", "warn-soft"]],
  ["paper", ["ink"]],
];
const shapes: [string, string[]][] = [
  ["edge", ["paper", "wall"]],
  ["focus", ["paper", "wall", "wall-2"]],
];

const themes: [string, string][] = [
  ["light", '[data-theme="light"]'],
  ["dark", '[data-theme="dark"]'],
];

describe("colours are told apart (WCAG 2.2 AA)", () => {
  it("measures as WCAG does", () => {
    expect(contrast([1, 0, 0], [0, 0, 0])).toBeCloseTo(21, 1);
    // #767676 on white is the known border case of 4.54.
    expect(contrast([1, 0, 0], [0.566, 0, 0])).toBeCloseTo(4.54, 1);
  });

  for (const [theme, selector] of themes) {
    const tokens = tokensIn(css, selector);
    const check = (pairs: [string, string[]][], least: number) => {
      for (const [front, backs] of pairs) {
        it.each(backs)(`${theme}: ${front} on %s`, (back) => {
          expect(contrast(tokens.get(front)!, tokens.get(back)!)).toBeGreaterThanOrEqual(least);
        });
      }
    };
    check(text, TEXT);
    check(shapes, SHAPE);
  }
});

describe("more contrast on request", () => {
  const more = css.slice(css.indexOf("prefers-contrast: more"));
  it.each(themes)("%s: quiet text reaches 7:1", (_theme, selector) => {
    const tokens = new Map([...tokensIn(css, selector), ...tokensIn(more, selector)]);
    for (const quiet of ["ink-2", "ink-3"]) expect(contrast(tokens.get(quiet)!, tokens.get("paper")!)).toBeGreaterThanOrEqual(7);
  });
});
