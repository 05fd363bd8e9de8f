/** The lines of one block of code, as drawn: taken once, coloured when the worker answers, in chunks so that a new line redraws few. */
import type { Line } from "./colouring";
import { brush, LONGEST_COLOURED, remember, remembered, type Brush } from "./palette";

/** Lines drawn together. */
export type Chunk = readonly Line[];

const CHUNK_LINES = 64;

export class CodeLines {
  chunks = $state.raw<readonly Chunk[]>([]);
  /** The line being written; empty in a finished block. */
  unfinished = $state("");

  #language: string | null = null;
  /** The whole lines taken so far, as text. */
  #taken = "";
  #lines: Line[] = [];
  #coloured = 0;
  #brush: Brush | null = null;
  #ended = false;

  /** Takes the code so far. `open`: its last line may still grow. */
  update(code: string, language: string | null, open: boolean): void {
    const whole = open ? code.slice(0, code.lastIndexOf("\n") + 1) : `${code}\n`;
    if (language !== this.#language || whole.slice(0, this.#taken.length) !== this.#taken || (this.#ended && whole !== this.#taken)) this.#reset(language);
    this.unfinished = open ? code.slice(whole.length) : "";
    if (this.#ended) return;
    const known = open || language === null || this.#lines.length > 0 ? undefined : remembered(language, whole);
    if (known) this.#show(known, whole);
    else this.#append(whole, !open);
    this.#ended = !open;
  }

  /** Ends the colouring. */
  drop(): void {
    this.#brush?.drop();
    this.#brush = null;
  }

  #reset(language: string | null): void {
    this.drop();
    this.#language = language;
    this.#taken = "";
    this.#lines = [];
    this.#coloured = 0;
    this.#ended = false;
    this.chunks = [];
  }

  #show(lines: Line[], whole: string): void {
    this.#lines = lines;
    this.#taken = whole;
    this.#redraw(0, lines.length);
  }

  #append(whole: string, last: boolean): void {
    const added = whole.length > this.#taken.length ? whole.slice(this.#taken.length, -1).split("\n") : [];
    const from = this.#lines.length;
    for (const line of added) this.#lines.push(line === "" ? [] : [[line, ""]]);
    this.#taken = whole;
    if (added.length > 0) this.#redraw(from, this.#lines.length);
    this.#colour(added, last);
  }

  #colour(added: string[], last: boolean): void {
    if (this.#language === null) return;
    if (this.#taken.length > LONGEST_COLOURED) {
      this.drop();
      return;
    }
    if (this.#coloured === 0 && !this.#brush) this.#brush = brush(this.#language, (lines) => this.#receive(lines));
    if (added.length > 0 || last) this.#brush?.paint(added, last);
  }

  #receive(lines: Line[] | null): void {
    if (!lines) {
      this.drop();
      return;
    }
    const from = this.#coloured;
    this.#lines.splice(from, lines.length, ...lines);
    this.#coloured += lines.length;
    this.#redraw(from, this.#coloured);
    if (!this.#ended || this.#coloured < this.#lines.length || this.#language === null) return;
    remember(this.#language, this.#taken, this.#lines);
    this.drop();
  }

  #redraw(from: number, to: number): void {
    const chunks = [...this.chunks];
    for (let at = Math.floor(from / CHUNK_LINES); at * CHUNK_LINES < to; at += 1) {
      chunks[at] = this.#lines.slice(at * CHUNK_LINES, (at + 1) * CHUNK_LINES);
    }
    this.chunks = chunks;
  }
}
