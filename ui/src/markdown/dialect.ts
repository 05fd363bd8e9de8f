/**
 * The Markdown that models write: GitHub's, with LaTeX in dollars, `\(…\)` and `\[…\]`, and with strikethrough only by
 * double tildes, because "~5 (~10)" means "about". Tokens only: nothing here makes HTML.
 */
import { Lexer, Marked, Tokenizer, type MarkedOptions, type Token, type TokenizerAndRendererExtension } from "marked";

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

// Lengths are bounded, else many opening marks without a closing one would each scan the rest of the text.
const DISPLAY_BLOCK = /^ {0,3}(?:\$\$((?:(?!\n[ \t]*\n|\$\$)[\s\S]){1,4000}?)\$\$|\\\[((?:(?!\n[ \t]*\n|\\\[)[\s\S]){1,4000}?)\\\])[ \t]*(?:\n+|$)/;
// The same, not closed yet at the end of the text.
const OPEN_DISPLAY_BLOCK = /^ {0,3}(?:\$\$(?:(?!\n[ \t]*\n|\$\$)[\s\S]){0,4002}|\\\[(?:(?!\n[ \t]*\n|\\\[)[\s\S]){0,4002})$/;
const DISPLAY_INLINE = /^(?:\$\$((?:(?!\$\$)[^`]){1,4000}?)\$\$|\\\[((?:(?!\\\[)[^`]){1,4000}?)\\\](?!\())/;
const INLINE_PARENTHESES = /^\\\(((?:(?!\\\()[^`]){1,1000}?)\\\)/;
// The opening dollar touches what follows, the closing one what precedes; no letter or digit comes after.
const INLINE_DOLLARS = /^\$(?![\s$])((?:\\[\s\S]|[^\\$`]){1,1000}?)(?<![\s\\])\$(?![\p{L}\p{N}$])/u;
// "5 and A" between two dollars is prose about prices.
const PROSE_AFTER_PRICE = /^[\d.,]+(?:[kKmM]|bn)?[)\]]?[,.;:]?\s+\(?[\p{L}]{2,}(?![^$]*[\\^_=+{}])/u;
/** More emphasis marks than this in one paragraph is no prose, and it is shown as it is. */
const MOST_EMPHASIS_MARKS = 1500;

function formula(raw: string, tex: string, display: boolean): MathToken {
  return { type: "math", raw, tex: tex.trim(), display };
}

const mathBlock: TokenizerAndRendererExtension = {
  name: "math",
  level: "block",
  start: startOfDisplayBlock,
  tokenizer: displayBlock,
};

/** Where the paragraph at the start of `source` ends before a formula; it is looked through no further than it goes. */
function startOfDisplayBlock(source: string): number | undefined {
  for (const found of source.matchAll(/\n(?:\n| {0,3}(?:\$\$|\\\[))/g)) {
    if (found[0] === "\n\n") return undefined;
    if (displayBlock(source.slice(found.index + 1))) return found.index + 1;
  }
  return undefined;
}

function displayBlock(source: string): MathToken | undefined {
  const found = DISPLAY_BLOCK.exec(source);
  const tex = found?.[1] ?? found?.[2] ?? "";
  return found && tex.trim() !== "" ? formula(found[0], tex, true) : undefined;
}

/**
 * Where in a paragraph, heading or table that starts at `from` a line begins what more text may make a formula; that
 * formula would take in the blocks behind it up to its end.
 */
export function startOfOpenDisplay(text: string, from: number, token: BlockToken): number | undefined {
  if (token.type !== "paragraph" && token.type !== "heading" && token.type !== "table") return undefined;
  for (const found of token.raw.matchAll(/^ {0,3}(?:\$\$|\\\[)/gm)) {
    if (OPEN_DISPLAY_BLOCK.test(text.slice(from + found.index))) return from + found.index;
  }
  return undefined;
}

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

const options: MarkedOptions = new Marked({
  gfm: true,
  extensions: [mathBlock, mathInline],
  tokenizer: {
    del(source) {
      return source.startsWith("~~") ? false : undefined;
    },
    // An underlined heading reaches across a formula no more than a paragraph does.
    lheading(source) {
      const end = startOfDisplayBlock(source);
      return end === undefined ? false : Tokenizer.prototype.lheading.call(this, source.slice(0, end));
    },
  },
  hooks: {
    // A star inside a formula closes no emphasis.
    emStrongMask(source) {
      return source.replace(/\\\([^`]*?\\\)|\$(?![\s$])[^$`\n]+?(?<![\s\\])\$(?![\p{L}\p{N}$])/gu, (found) => "a".repeat(found.length));
    },
  },
}).defaults;

/** marked's lexer, with a limit on what it would take quadratic time over. */
class BoundedLexer extends Lexer {
  override inlineTokens(source: string, tokens: Token[] = []): Token[] {
    if ((source.match(/[*_]/g)?.length ?? 0) <= MOST_EMPHASIS_MARKS) return super.inlineTokens(source, tokens);
    tokens.push({ type: "text", raw: source, text: source, escaped: false });
    return tokens;
  }
}

/**
 * Top-level tokens whose `raw` strings concatenate to `text`. Lines must end in LF. `links` are the definitions that
 * earlier text made; those of `text` are added to it.
 */
export function lex(text: string, links: Links): BlockToken[] {
  const lexer = new BoundedLexer(options);
  lexer.tokens.links = links as typeof lexer.tokens.links;
  return [...lexer.lex(text)];
}

/** An empty set of definitions, safe for labels such as `__proto__`. */
export function noLinks(): Links {
  return Object.create(null) as Links;
}
