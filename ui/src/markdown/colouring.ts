/** Colours code line by line, remembering the grammar's state, so that a growing block is never coloured twice. */
import { createCssVariablesTheme, createHighlighterCore, type GrammarState, type HighlighterCore } from "shiki/core";
import { createJavaScriptRegexEngine } from "shiki/engine/javascript";
import { GRAMMARS } from "./grammars";

/** One stretch of a line, and the kind that colours it ("" for plain text). */
export type Stretch = readonly [text: string, kind: string];
export type Line = readonly Stretch[];

const THEME = "drawbridge";
/** A longer line is data rather than code: it stays plain. */
const LONGEST_LINE = 2_000;

let highlighter: Promise<HighlighterCore> | undefined;

function ready(): Promise<HighlighterCore> {
  highlighter ??= createHighlighterCore({
    themes: [createCssVariablesTheme({ name: THEME, variablePrefix: "--code-" })],
    langs: [],
    engine: createJavaScriptRegexEngine({ forgiving: true }),
  });
  return highlighter;
}

/** One block of code that is being coloured from its first line on. */
export class Colouring {
  readonly #language: string;
  #state: GrammarState | undefined;

  constructor(language: string) {
    this.#language = language;
  }

  /** The next whole lines, in order. Rejects when the grammar cannot be loaded. */
  async next(lines: readonly string[]): Promise<Line[]> {
    const shiki = await ready();
    const grammar = GRAMMARS[this.#language];
    if (grammar && !shiki.getLoadedLanguages().includes(this.#language)) await shiki.loadLanguage(grammar);
    return lines.map((line) => this.#line(shiki, line));
  }

  #line(shiki: HighlighterCore, line: string): Line {
    if (line.length > LONGEST_LINE) return [[line, ""]];
    const lang = this.#language;
    const tokens = shiki.codeToTokensBase(line, { lang, theme: THEME, ...(this.#state ? { grammarState: this.#state } : {}) });
    this.#state = shiki.getLastGrammarState(tokens) ?? this.#state;
    return (tokens[0] ?? []).map((token) => [token.content, kindOf(token.color)]);
  }
}

function kindOf(color: string | undefined): string {
  return /--code-token-([a-z-]+)/.exec(color ?? "")?.[1] ?? "";
}
