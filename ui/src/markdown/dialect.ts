/**
 * The Markdown that models write: GitHub's, with LaTeX in dollars, `\(…\)` and `\[…\]`, and with strikethrough only by
 * double tildes, because "~5 (~10)" means "about". Tokens only: nothing here makes HTML.
 */
import { Lexer, Marked, type MarkedOptions, type Token, type TokenizerAndRendererExtension } from "marked";

/** A formula. `display` formulas stand on a line of their own. */
export interface MathToken {
  type: "math";
  raw: string;
  tex: string;
  display: boolean;
}

/** Reference definitions by their normalised label, as marked keeps them. */
export type Links = Record<string, { href: string | null; title: string | null }>;

/** One top-level piece of a document. */
export type BlockToken = Token | MathToken;

const DISPLAY_BLOCK = /^ {0,3}(?:\$\$((?:(?!\n[ \t]*\n|\$\$)[\s\S])+?)\$\$|\\\[((?:(?!\n[ \t]*\n)[\s\S])+?)\\\])[ \t]*(?:\n+|$)/;
const DISPLAY_INLINE = /^(?:\$\$((?:(?!\$\$)[^`])+?)\$\$|\\\[([^`]+?)\\\](?!\())/;
const INLINE_PARENTHESES = /^\\\(([^`]+?)\\\)/;
// The opening dollar touches what follows, the closing one what precedes; no letter or digit comes after.
const INLINE_DOLLARS = /^\$(?![\s$])((?:\\[\s\S]|[^\\$`])+?)(?<![\s\\])\$(?![\p{L}\p{N}$])/u;
// "5 and A" between two dollars is prose about prices.
const PROSE_AFTER_PRICE = /^[\d.,]+(?:[kKmM]|bn)?[)\]]?[,.;:]?\s+\(?[\p{L}]{2,}(?![^$]*[\\^_=+{}])/u;
/** More emphasis marks than this in one paragraph is no prose; marked would take quadratic time over them. */
const MOST_EMPHASIS_MARKS = 1500;

function formula(raw: string, tex: string, display: boolean): MathToken {
  return { type: "math", raw, tex: tex.trim(), display };
}

const mathBlock: TokenizerAndRendererExtension = {
  name: "math",
  level: "block",
  start(source) {
    // Only as far as the paragraph goes, else every paragraph would scan the rest of the document.
    const end = source.indexOf("\n\n");
    const found = /\n {0,3}(?:\$\$|\\\[)/.exec(end < 0 ? source : source.slice(0, end));
    return found ? found.index + 1 : undefined;
  },
  tokenizer(source) {
    const found = DISPLAY_BLOCK.exec(source);
    if (!found) return undefined;
    const tex = found[1] ?? found[2] ?? "";
    return tex.trim() === "" ? undefined : formula(found[0], tex, true);
  },
};

const mathInline: TokenizerAndRendererExtension = {
  name: "mathInline",
  level: "inline",
  start(source) {
    if (!source.includes("$") && !source.includes("\\")) return undefined;
    return /(?<![\p{L}\p{N}\\$])\$|\\[([]/u.exec(source)?.index;
  },
  tokenizer(source) {
    const display = DISPLAY_INLINE.exec(source);
    if (display) return formula(display[0], display[1] ?? display[2] ?? "", true);
    const inline = INLINE_PARENTHESES.exec(source);
    if (inline) return formula(inline[0], inline[1] ?? "", false);
    const dollars = INLINE_DOLLARS.exec(source);
    if (!dollars || PROSE_AFTER_PRICE.test(dollars[1] ?? "")) return undefined;
    return formula(dollars[0], dollars[1] ?? "", false);
  },
};

let counted = { text: "", marks: 0 };
function emphasisMarks(text: string): number {
  if (counted.text !== text) counted = { text, marks: text.match(/[*_]/g)?.length ?? 0 };
  return counted.marks;
}

const options: MarkedOptions = new Marked({
  gfm: true,
  extensions: [mathBlock, mathInline],
  tokenizer: {
    del(source) {
      return source.startsWith("~~") ? false : undefined;
    },
    emStrong(_source, masked) {
      return emphasisMarks(masked) > MOST_EMPHASIS_MARKS ? undefined : false;
    },
  },
  hooks: {
    // A star inside a formula closes no emphasis.
    emStrongMask(source) {
      return source.replace(/\\\([^`]*?\\\)|\$(?![\s$])[^$`\n]+?(?<![\s\\])\$(?![\p{L}\p{N}$])/gu, (found) => "a".repeat(found.length));
    },
  },
}).defaults;

/**
 * Top-level tokens whose `raw` strings concatenate to `text`. Lines must end in LF. `links` are the definitions that
 * earlier text made; those of `text` are added to it.
 */
export function lex(text: string, links: Links): BlockToken[] {
  const lexer = new Lexer(options);
  lexer.tokens.links = links as typeof lexer.tokens.links;
  return [...lexer.lex(text)];
}

/** An empty set of definitions, safe for labels such as `__proto__`. */
export function noLinks(): Links {
  return Object.create(null) as Links;
}
