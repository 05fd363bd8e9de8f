import { describe, expect, it } from "vitest";
import { Colouring } from "./colouring";
import { GRAMMARS } from "./grammars";
import { labelOf, languageOf, languages } from "./languages";

const CODE = ["/* a comment", "   over two lines */", "fn main() -> u32 {", '    let s = "text"; // end', "}", ""];

describe("colouring", () => {
  it("knows a grammar for each language that it names", () => {
    expect(Object.keys(GRAMMARS).sort()).toEqual(languages().sort());
  });

  it("gives the same colours line by line as all at once, and changes no character", async () => {
    const whole = await new Colouring("rust").next(CODE);
    const growing = new Colouring("rust");
    const lines = [];
    for (const line of CODE) lines.push(...(await growing.next([line])));
    expect(lines).toEqual(whole);
    expect(lines.map((line) => line.map(([text]) => text).join(""))).toEqual(CODE);
    expect(lines[1]?.[0]).toEqual(["   over two lines */", "comment"]);
    expect(lines[2]).toContainEqual(["fn", "keyword"]);
  }, 120_000);

  it("leaves a line of data plain", async () => {
    const data = "x".repeat(3000);
    expect(await new Colouring("json").next([data])).toEqual([[[data, ""]]]);
  }, 120_000);

  it("rejects a language without a grammar", async () => {
    await expect(new Colouring("klingon").next(["x"])).rejects.toThrow();
  }, 120_000);
});

describe("the words after a fence", () => {
  it.each([["rust", "rust", "Rust"], ["RS", "rust", "Rust"], ["py title=a.py", "python", "Python"], ["js{1,3}", "javascript", "JavaScript"], ["c++", "cpp", "C++"], ["mermaid", null, "mermaid"], ["", null, ""], ["<script>alert(1)</script>loooooong", null, "<script>alert(1)</script>"], ["__proto__", null, "__proto__"]])("%j name a language", (info, id, label) => {
    expect(languageOf(info)).toBe(id);
    expect(labelOf(info)).toBe(label.slice(0, 24));
  });
});
