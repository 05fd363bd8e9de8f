/** Random documents in the Markdown that models write, for property tests. */
import fc from "fast-check";

const word = fc.constantFrom("bridge", "wall", "gate", "naïve", "世界", "سلام", "שלום", "👩‍👩‍👧", "a_b_c", "5 $", "$5", "x < y", "&amp;", "3*4", "~5", "C:\\tmp", "e.g.", "1.", "-", "#no");
const inline: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: word },
  fc.constantFrom(
    "**bold**", "*it*", "_it_", "~~gone~~", "`code`", "``a ` b``", "[text](https://example.org/a?b=c)", "[ref]", "[text][ref]", "![alt](https://e.org/i.png)",
    "<b>", "</b>", "<br>", "https://example.org/x", "www.example.org", "a@b.org", "$x^2$", "\\(y_1\\)", "$$z$$", "\\[w\\]", "\\*", "**half", "`half", "[half](htt", "<https://auto.link>", "  \n", "***both***",
  ),
);
const line = fc.array(inline, { minLength: 1, maxLength: 7 }).map((parts) => parts.join(" "));
const lines = fc.array(line, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("\n"));
const indented = (by: string) => (text: string) => text.split("\n").map((each) => by + each).join("\n");
const fence = fc.tuple(fc.constantFrom("```", "~~~", "````", " ```"), fc.constantFrom("", "rust", "py title"), fc.array(fc.oneof(line, fc.constantFrom("", "```", "    deep", "\t")), { maxLength: 6 }), fc.boolean())
  .map(([mark, language, body, closed]) => [mark + language, ...body, ...(closed ? [mark] : [])].join("\n"));
const table = fc.tuple(line, line, fc.array(line, { maxLength: 3 })).map(([a, b, rows]) => [`| ${flat(a)} | ${flat(b)} |`, "|:--|--:|", ...rows.map((row) => `| ${flat(row)} | 1 |`)].join("\n"));
const list = (mark: string) => fc.tuple(fc.array(lines, { minLength: 1, maxLength: 4 }), fc.constantFrom("\n", "\n\n")).map(([items, gap]) => items.map((item) => mark + item).join(gap));

function flat(text: string): string {
  return text.replace(/\n/g, " ");
}

const block: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: lines },
  fc.tuple(fc.integer({ min: 1, max: 6 }), line).map(([level, text]) => `${"#".repeat(level)} ${flat(text)}`),
  line.map((text) => `${flat(text)}\n===`),
  fence, table, list("- "), list("* "), list("1. "), list("- [ ] "), list("2) "),
  fc.tuple(list("- "), list("1. ")).map(([outer, inner]) => `${outer}\n${indented("  ")(inner)}`),
  lines.map(indented("> ")), lines.map(indented("    ")), fence.map(indented("> ")), fence.map((text) => `- item\n\n${indented("  ")(text)}`),
  fc.constantFrom("---", "***", "<div>\nhi\n</div>", "<!-- a\n\nb -->", "$$\nx = 1\n$$", "\\[\ny\n\\]", "$$\nopen", "[ref]: https://example.org 'title'", "[ref]: /other", "<script>\nalert(1)\n</script>", "<details>", "\\"),
);

/** Whole documents, with every mix of blank lines and line ends. */
export const documents: fc.Arbitrary<string> = fc
  .tuple(fc.array(fc.tuple(block, fc.constantFrom("\n", "\n\n", "\n\n", "\n \n", "\n\n\n", "\n  ")), { minLength: 1, maxLength: 9 }), fc.boolean())
  .map(([blocks, windows]) => {
    const text = blocks.map(([each, gap]) => each + gap).join("");
    return windows ? text.replace(/\n/g, "\r\n") : text;
  });

/** Lines that begin, end and interrupt each other's blocks. */
export const adversarialLines: fc.Arbitrary<string[]> = fc.array(
  fc.constantFrom("bridge", "\\[", "\\]", "$$", "$$x$$", "\\[y\\]", "===", "---", "# h", "> q", "- a", "1. b", "2. c", "```", "| a | b |", "|--|--|", "", " ", "    deep", "  two", "<div>", "</div>", "\\[ z", "$$ 5", "w \\]"),
  { minLength: 2, maxLength: 12 },
);

/** A document and the places where it is cut. */
export const chunked: fc.Arbitrary<string[]> = fc.tuple(documents, fc.array(fc.nat(), { maxLength: 40 })).map(([text, cuts]) => prefixes(text, cuts));

function prefixes(text: string, cuts: number[]): string[] {
  const ends = [...new Set(cuts.map((cut) => cut % (text.length + 1)))].sort((a, b) => a - b);
  return [...ends.map((end) => text.slice(0, end)), text];
}
