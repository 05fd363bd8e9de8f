import { describe, expect, it } from "vitest";
import { lex, noLinks, type BlockToken, type MathToken } from "./dialect";
import { decode } from "./entities";
import { plainText } from "./plain";

/** Every formula in a text, with its kind. */
function formulas(text: string): string[] {
  const found: string[] = [];
  const look = (tokens: readonly BlockToken[]): void => {
    for (const token of tokens) {
      if (token.type === "math") found.push(`${(token as MathToken).display ? "display" : "inline"}: ${(token as MathToken).tex}`);
      if ("tokens" in token && token.tokens) look(token.tokens);
      if ("items" in token) look(token.items);
      if ("rows" in token) for (const cell of token.rows.flat()) look(cell.tokens);
    }
  };
  look(lex(text, noLinks()));
  return found;
}

describe("formulas", () => {
  it.each([
    ["So $x^2$ and $y$.", ["inline: x^2", "inline: y"]],
    ["\\(a\\) and \\[b\\]", ["inline: a", "display: b"]],
    ["The sum is\n$$\n\\sum_i i\n$$\nas said.", ["display: \\sum_i i"]],
    ["The sum is:\n\\[\nx = 1\n\\]\n", ["display: x = 1"]],
    ["1. First\n   $$x$$\n2. \\(y\\)", ["display: x", "inline: y"]],
    ["| a |\n|---|\n| $z_1$ |", ["inline: z_1"]],
    ["**bold $a*b$ end**", ["inline: a*b"]],
    ["*it $a*b$ end*", ["inline: a*b"]],
    ["$a_1 + b_1$ and $\\$5$", ["inline: a_1 + b_1", "inline: \\$5"]],
    ["$5x$ of $2 \\times 3$", ["inline: 5x", "inline: 2 \\times 3"]],
    ["$$a$$ inside a line", ["display: a"]],
  ])("are found in %j", (text, expected) => {
    expect(formulas(text)).toEqual(expected);
  });

  it.each(["It costs $5 and then $10.", "from $5 to $10, or $7-$9", "US$5 and A$6", "$5 (or $6)", "I paid $20 in cash, you $30.", "$1.50 each; $3 for two$", "run `echo $HOME` and `$PATH`", "$HOME and `$PATH`", "a $ b $ c", "$ x$", "$x $", "$$", "$$$$", "\\$x\\$", "cost: $", "```\n$x$\n```", "$100k and some $200k", "\\[link\\](https://example.org)"])("are not found in %j", (text) => {
    expect(formulas(text)).toEqual([]);
  });
});

describe("a formula on lines of its own", () => {
  const kinds = (text: string) => lex(text, noLinks()).map((token) => token.type);

  it.each(["\\[\ny\n\\]", "$$\ny\n$$", "\\[y\\]", "  $$y$$"])("ends the paragraph before it, so that %j is no part of an underlined heading", (math) => {
    expect(kinds(`bridge\n${math}\nbridge\n===\nbridge\n`)).toEqual(["paragraph", "math", "heading", "paragraph"]);
    expect(kinds(`bridge\n---\n${math}\nbridge\n`)).toEqual(["heading", "math", "paragraph"]);
  });

  it("leaves a heading whole where it is none", () => {
    expect(kinds("bridge\n$$ 5\n===\n")).toEqual(["heading"]);
  });
});

describe("strikethrough", () => {
  it("takes two tildes, since one means about", () => {
    expect(JSON.stringify(lex("~~gone~~", noLinks()))).toContain('"del"');
    expect(JSON.stringify(lex("between ~5 (~10) and 20~25~", noLinks()))).not.toContain('"del"');
  });
});

describe("character references", () => {
  it("are resolved once", () => {
    expect(decode("&lt;b&gt; &amp;lt; &copy;&nbsp;&#8364;&#x1F600; &euro;")).toBe("<b> &lt; ©\u00a0€😀 €");
  });

  it("stay as they are where they name nothing, and never make a broken character", () => {
    expect(decode("&nothing; &amp &; AT&T &__proto__; &constructor;")).toBe("&nothing; &amp &; AT&T &__proto__; &constructor;");
    expect(decode("&#0;&#xD800;&#x110000;")).toBe("\ufffd\ufffd\ufffd");
  });
});

describe("the words of a line", () => {
  it("leave the marks out", () => {
    const [paragraph] = lex("A **bold *soft*** `c<d` [link](https://a.example) ![pic](x) $x$ &amp; <br>end", noLinks());
    expect(plainText(paragraph && "tokens" in paragraph ? paragraph.tokens : [])).toBe("A bold soft c<d link pic x & \nend");
  });
});
