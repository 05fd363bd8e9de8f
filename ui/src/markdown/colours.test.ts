import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { contrast, tokensIn } from "../styles/contrast";

const css = readFileSync("src/styles/tokens.css", "utf8");
const code = readFileSync("src/markdown/code.css", "utf8");

describe.each(["light", "dark"])("code in the %s theme", (theme) => {
  const selector = `[data-theme="${theme}"]`;
  const colours = new Map([...tokensIn(css, selector), ...tokensIn(code, selector)]);
  const colour = (name: string) => colours.get(name) ?? expect.fail(`no colour ${name}`);

  it.each(["ink", "ink-2", "danger", "warn", "code-keyword", "code-string", "code-comment", "code-constant", "code-function"])("can be read: %s", (name) => {
    expect(contrast(colour(name), colour("code-ground"))).toBeGreaterThanOrEqual(4.5);
  });

  it.each([["code-string", "inside-soft"], ["danger", "danger-soft"], ["ink-2", "wall"], ["ink", "wall-2"]])("can be read: %s on %s", (front, back) => {
    expect(contrast(colour(front), colour(back))).toBeGreaterThanOrEqual(4.5);
  });
});
