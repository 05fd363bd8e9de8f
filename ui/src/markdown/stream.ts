/**
 * Markdown that grows. Finished blocks are parsed once and never again; only the tail behind the committed offset is
 * parsed at each step, so a whole answer costs time linear in its length. Pure: no DOM, no Svelte, no clock.
 */
import remend from "remend";
import { lex, noLinks, type BlockToken, type Links } from "./dialect";

/** One top-level block. `key` is its offset in the text and stays the same from first sight to last. */
export interface Block {
  readonly key: number;
  readonly token: BlockToken;
  /** True while more text may still change this block. */
  readonly open: boolean;
}

/** What to draw: either blocks, or, past the limits, the bare text. */
export interface Reading {
  readonly blocks: readonly Block[];
  readonly plain: string | null;
}

/** Texts longer than this (UTF-16 units) are shown without markup. */
export const LONGEST_TEXT = 1_000_000;
/** Quotes and lists nested deeper than this are shown without markup. */
export const DEEPEST_NESTING = 100;
/** Behind a tail longer than this no half-written emphasis is closed: the cost would outgrow the use. */
const LONGEST_MENDED_TAIL = 8_192;

const MARKERS = /^(?:[ \t]*(?:>|[-+*](?=[ \t]|$)|\d{1,9}[.)](?=[ \t]|$)))+/gm;
const FENCE = /^( {0,3})(`{3,}(?=[^`\n]*\n)|~{3,})([^\n]*)\n/;

/** Line ends as LF; marked would do the same and the offsets would no longer fit. */
export function normalise(source: string): string {
  return source.includes("\r") ? source.replace(/\r\n?/g, "\n") : source;
}

/** Whether a text is beyond what is drawn with markup. */
export function isTooMuch(text: string): boolean {
  if (text.length > LONGEST_TEXT) return true;
  for (const found of text.matchAll(MARKERS)) {
    if (found[0].length > DEEPEST_NESTING && (found[0].match(/[>\-+*.)]/g)?.length ?? 0) > DEEPEST_NESTING) return true;
  }
  return false;
}

/** The blocks of a finished text. Never throws: what cannot be parsed is one plain block. */
export function parse(source: string): Reading {
  const text = normalise(source);
  if (isTooMuch(text)) return { blocks: [], plain: text };
  try {
    return { blocks: blocksOf(lex(text, noLinks()), 0), plain: null };
  } catch {
    return { blocks: [], plain: text };
  }
}

function isVisible(token: BlockToken): boolean {
  return token.type !== "space" && token.type !== "def";
}

function blocksOf(tokens: readonly BlockToken[], offset: number): Block[] {
  const blocks: Block[] = [];
  for (const token of tokens) {
    if (isVisible(token)) blocks.push({ key: offset, token, open: false });
    offset += token.raw.length;
  }
  return blocks;
}

/** An open code fence: its body is taken line by line and never parsed. */
interface Fence {
  closing: RegExp;
  indent: RegExp | null;
  language: string;
  bodyStart: number;
  /** Everything before this offset is known to hold no closing line. */
  scanned: number;
}

/** The parser's memory between two steps of one growing text. */
export class MarkdownStream {
  #text = "";
  #committed: Block[] = [];
  #offset = 0;
  #linesEnd = 0;
  #links: Links = noLinks();
  #fence: Fence | null = null;
  #plain = false;

  /** Blocks that no further text will change, in order; only ever appended to until `finish`. */
  get committed(): readonly Block[] {
    return this.#committed;
  }

  /** Takes the whole text so far and returns what to draw. A text that does not continue the last one starts afresh. */
  read(source: string): Reading {
    const text = this.#take(source);
    if (this.#plain) return { blocks: [], plain: text };
    try {
      this.#commit(text);
      return { blocks: [...this.#committed, ...this.#tail(text)], plain: null };
    } catch {
      this.#plain = true;
      return { blocks: [], plain: text };
    }
  }

  /** The final blocks, as one parse of the whole gives them; blocks that came out the same stay the same objects. */
  finish(source: string): Reading {
    const text = this.#take(source);
    const whole = parse(text);
    const known = new Map(this.#committed.map((block) => [block.key, block]));
    const blocks = whole.blocks.map((block) => {
      const before = known.get(block.key);
      return before && isSame(before.token, block.token) ? before : block;
    });
    this.#committed = [...blocks];
    this.#offset = text.length;
    return { blocks, plain: whole.plain };
  }

  #take(source: string): string {
    // A lone CR at the end may become CR LF: it waits for the next step.
    const text = normalise(source.endsWith("\r") ? source.slice(0, -1) : source);
    if (!text.startsWith(this.#text)) this.#forget();
    if (!this.#plain && (text.length > LONGEST_TEXT || isTooMuch(text.slice(this.#linesEnd)))) this.#plain = true;
    this.#text = text;
    return text;
  }

  #forget(): void {
    this.#committed = [];
    this.#offset = 0;
    this.#linesEnd = 0;
    this.#links = noLinks();
    this.#fence = null;
    this.#plain = false;
  }

  /** Moves the offset over every block that whole lines have finished. A half line decides nothing: "2" may become "2. b". */
  #commit(text: string): void {
    const linesEnd = text.lastIndexOf("\n") + 1;
    if (linesEnd <= this.#linesEnd) return;
    this.#linesEnd = linesEnd;
    if (this.#fence && !this.#closes(this.#fence, text, linesEnd)) return;
    this.#fence = null;
    const tokens = lex(text.slice(this.#offset, linesEnd), this.#links);
    let keep = tokens.length - 1;
    while (keep > 0 && tokens[keep]?.type === "space") keep -= 1;
    const finished = tokens.slice(0, Math.max(keep, 0));
    this.#committed.push(...blocksOf(finished, this.#offset));
    for (const token of finished) this.#offset += token.raw.length;
    this.#openFence(text.slice(this.#offset, linesEnd), tokens[keep]);
  }

  #openFence(rest: string, last: BlockToken | undefined): void {
    const found = last?.type === "code" ? FENCE.exec(rest) : null;
    if (!found) return;
    const [line, indent = "", mark = "", language = ""] = found;
    const fence: Fence = {
      closing: new RegExp(`^ {0,3}\\${mark.charAt(0)}{${mark.length},}[ \\t]*$`, "m"),
      indent: indent === "" ? null : new RegExp(`^ {0,${indent.length}}`, "gm"),
      language: language.trim(),
      bodyStart: this.#offset + line.length,
      scanned: this.#offset + line.length,
    };
    if (!this.#closes(fence, this.#text, this.#linesEnd)) this.#fence = fence;
  }

  #closes(fence: Fence, text: string, linesEnd: number): boolean {
    const closed = fence.closing.test(text.slice(fence.scanned, linesEnd));
    fence.scanned = linesEnd;
    return closed;
  }

  #tail(text: string): Block[] {
    if (this.#fence) return [this.#openCode(text, this.#fence)];
    const rest = text.slice(this.#offset);
    if (rest === "") return [];
    const blocks = blocksOf(lex(mend(rest), Object.assign(noLinks(), this.#links)), this.#offset);
    return blocks.map((block, at) => (at === blocks.length - 1 ? { ...block, open: true } : block));
  }

  #openCode(text: string, fence: Fence): Block {
    const lastLine = text.slice(text.lastIndexOf("\n"));
    // A last line of marks only is, most likely, the fence about to close.
    const end = /^\n[ \t]*[`~]*$/.test(lastLine) ? Math.max(text.length - lastLine.length, fence.bodyStart) : text.length;
    const body = text.slice(fence.bodyStart, end);
    const code = fence.indent ? body.replace(fence.indent, "") : body;
    const token = { type: "code", raw: text.slice(this.#offset), lang: fence.language, text: code } as BlockToken;
    return { key: this.#offset, token, open: true };
  }
}

/** Closes what is half written, so that "**bo" shows bold and "[text](htt" shows its text. */
function mend(tail: string): string {
  if (tail.length > LONGEST_MENDED_TAIL) return tail;
  return remend(tail, { linkMode: "text-only", comparisonOperators: false, singleTilde: false, katex: false });
}

function isSame(one: BlockToken, other: BlockToken): boolean {
  return one.type === other.type && one.raw === other.raw && JSON.stringify(one) === JSON.stringify(other);
}
