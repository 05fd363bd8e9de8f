/**
 * Markdown that grows. Finished blocks are parsed once and never again; only the tail behind the committed offset is
 * parsed at each step, so a whole answer costs time linear in its length. Pure: no DOM, no Svelte, no clock.
 */
import type { Tokens } from "marked";
import remend from "remend";
import { lex, noLinks, startOfOpenDisplay, type BlockToken, type Links } from "./dialect";

/** One top-level block. `key` is its offset in the text and stays the same from first sight to last. */
export interface Block {
  readonly key: number;
  readonly token: BlockToken;
  /** True while more text may still change this block. */
  readonly open: boolean;
}

/** What to draw: either blocks, or, past the limits, the bare text. */
export interface Reading {
  /** Blocks that more text will not change. While a text grows this is one array, appended to. */
  readonly finished: readonly Block[];
  /** The blocks after them. */
  readonly tail: readonly Block[];
  readonly plain: string | null;
}

/** Texts longer than this (UTF-16 units) are shown without markup. */
export const LONGEST_TEXT = 1_000_000;
/** Quotes and lists nested deeper than this are shown without markup. */
export const DEEPEST_NESTING = 100;
/** Behind a tail longer than this no half-written emphasis is closed: the cost would outgrow the use. */
const LONGEST_MENDED_TAIL = 8_192;
/** A list longer than this while it is written is parsed item by item. */
const SHORTEST_OPEN_LIST = 2_048;

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
  if (isTooMuch(text)) return bare(text);
  try {
    return { finished: blocksOf(lex(text, noLinks()), 0), tail: [], plain: null };
  } catch {
    return bare(text);
  }
}

function bare(text: string): Reading {
  return { finished: [], tail: [], plain: text };
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

/** The items of a long open list that are drawn without parsing them again; exact parsing comes when the list ends. */
interface OpenList {
  list: Tokens.List;
  items: Tokens.ListItem[];
  /** Where the item after them starts. */
  offset: number;
}

/** The parser's memory between two steps of one growing text. */
export class MarkdownStream {
  #text = "";
  #committed: Block[] = [];
  #offset = 0;
  #linesEnd = 0;
  #links: Links = noLinks();
  #fence: Fence | null = null;
  #list: OpenList | null = null;
  #plain = false;

  /** Takes the whole text so far and returns what to draw. A text that does not continue the last one starts afresh. */
  read(source: string): Reading {
    const text = this.#take(source);
    if (this.#plain) return bare(text);
    try {
      this.#commit(text);
      return { finished: this.#committed, tail: this.#tail(text), plain: null };
    } catch {
      this.#plain = true;
      return bare(text);
    }
  }

  /** The final blocks, as one parse of the whole gives them; blocks that came out the same stay the same objects. */
  finish(source: string): Reading {
    const text = this.#take(source);
    const whole = parse(text);
    const known = new Map(this.#committed.map((block) => [block.key, block]));
    const finished = whole.finished.map((block) => {
      const before = known.get(block.key);
      return before && isSame(before.token, block.token) ? before : block;
    });
    return { ...whole, finished };
  }

  #take(source: string): string {
    // A lone CR at the end may become CR LF: it waits for the next step.
    const text = normalise(source.endsWith("\r") ? source.slice(0, -1) : source);
    // Not `startsWith`: V8 runs that character by character, and this runs at every step.
    if (text.slice(0, this.#text.length) !== this.#text) this.#forget();
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
    this.#list = null;
    this.#plain = false;
  }

  /** Moves the offset over every block that whole lines have finished. A half line decides nothing: "2" may become "2. b". */
  #commit(text: string): void {
    const linesEnd = text.lastIndexOf("\n") + 1;
    if (linesEnd <= this.#linesEnd) return;
    this.#linesEnd = linesEnd;
    if (this.#fence && !this.#closes(this.#fence, text, linesEnd)) return;
    this.#fence = null;
    if (this.#list && this.#continues(this.#list, text.slice(this.#list.offset, linesEnd))) return;
    this.#list = null;
    const tokens = lex(text.slice(this.#offset, linesEnd), this.#links);
    let keep = tokens.length - 1;
    while (keep > 0 && tokens[keep]?.type === "space") keep -= 1;
    const open = openDisplay(tokens.slice(0, Math.max(keep, 0)), text.slice(this.#offset, linesEnd));
    if (open >= 0) keep = open;
    const finished = tokens.slice(0, Math.max(keep, 0));
    this.#committed.push(...blocksOf(finished, this.#offset));
    for (const token of finished) this.#offset += token.raw.length;
    this.#openFence(text.slice(this.#offset, linesEnd), tokens[keep]);
    this.#openList(tokens[keep]);
  }

  #openList(last: BlockToken | undefined): void {
    if (last?.type !== "list" || last.raw.length < SHORTEST_OPEN_LIST) return;
    const list = last as Tokens.List;
    this.#list = { list, items: [], offset: this.#offset };
    seal(this.#list, list);
  }

  /** Whether the lines behind the sealed items are still that list; then all its items but the last are sealed too. */
  #continues(open: OpenList, rest: string): boolean {
    const [list, ...more] = lex(rest, this.#linksSoFar()).filter(isVisible);
    if (list === undefined || more.length > 0 || !isSameList(open.list, list)) return false;
    seal(open, list as Tokens.List);
    return true;
  }

  #linksSoFar(): Links {
    return Object.assign(noLinks(), this.#links);
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
    const rest = text.slice(this.#list?.offset ?? this.#offset);
    if (rest === "") return [];
    const tokens = lex(mend(rest), this.#linksSoFar());
    const blocks = blocksOf(this.#list ? joined(this.#list, tokens) : tokens, this.#offset);
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

/** Which of the tokens of `text` holds the beginning of a formula that is not closed yet; -1 where none does. */
function openDisplay(tokens: readonly BlockToken[], text: string): number {
  let from = 0;
  return tokens.findIndex((token) => {
    const found = startOfOpenDisplay(text, from, token);
    from += token.raw.length;
    return found !== undefined;
  });
}

function isSameList(one: Tokens.List, other: BlockToken): boolean {
  return other.type === "list" && (other as Tokens.List).ordered === one.ordered && markOf(one.raw) === markOf(other.raw);
}

/** The character that marks a list's items: another one begins another list. */
function markOf(raw: string): string | undefined {
  return /^ {0,3}(?:\d{1,9})?([-+*.)])/.exec(raw)?.[1];
}

/** Takes all items of `list`, which starts at `open.offset`, but the last. */
function seal(open: OpenList, list: Tokens.List): void {
  const items = list.items.slice(0, -1);
  for (const item of items) open.offset += item.raw.length;
  open.items.push(...items);
  if (list.loose) open.list = { ...open.list, loose: true };
}

/** The open list with what `tokens`, parsed behind its sealed items, add to it. */
function joined(open: OpenList, tokens: readonly BlockToken[]): BlockToken[] {
  const [first, ...rest] = tokens;
  const items = first && isSameList(open.list, first) ? (first as Tokens.List).items.map((item) => (open.list.loose ? loosened(item) : item)) : [];
  const list = { ...open.list, items: [...open.items, ...items] };
  // Its raw text stands for its length only: the blocks behind it take their keys from it.
  return items.length > 0 ? [list, ...rest] : [list, ...tokens];
}

/** In a list with blank lines between its items, their text stands in paragraphs. */
function loosened(item: Tokens.ListItem): Tokens.ListItem {
  return { ...item, loose: true, tokens: item.tokens.map((token) => (token.type === "text" ? ({ ...token, type: "paragraph" } as Tokens.Paragraph) : token)) };
}

/** Closes what is half written, so that "**bo" shows bold and "[text](htt" shows its text. */
function mend(tail: string): string {
  if (tail.length > LONGEST_MENDED_TAIL) return tail;
  return remend(tail, { linkMode: "text-only", comparisonOperators: false, singleTilde: false, katex: false });
}

function isSame(one: BlockToken, other: BlockToken): boolean {
  return one.type === other.type && one.raw === other.raw && JSON.stringify(one) === JSON.stringify(other);
}
