import type { Tokens } from "marked";
import { describe, expect, it } from "vitest";
import { lex, noLinks } from "./dialect";
import { toCsv, toMarkdown } from "./table";

const table = (text: string) => lex(text, noLinks())[0] as Tokens.Table;

describe("a table as CSV", () => {
  it("quotes what needs it and drops the marks", () => {
    expect(toCsv(table('| a, b | **c** |\n|---|---|\n| say "hi" | 1 \\| 2 |\n| x<br>y | |'))).toBe('"a, b",c\r\n"say ""hi""",1 | 2\r\n"x\ny",');
  });

  it("holds no cell that a spreadsheet would run", () => {
    expect(toCsv(table("| n |\n|---|\n| =1+1 |\n| @x |\n| +1 |\n| -cmd |\n| -5.2 |"))).toBe("n\r\n'=1+1\r\n'@x\r\n'+1\r\n'-cmd\r\n-5.2");
  });
});

describe("a table as Markdown", () => {
  it("is what was written", () => {
    expect(toMarkdown(table("| a |\n|---|\n| 1 |\n\n"))).toBe("| a |\n|---|\n| 1 |\n");
  });
});
