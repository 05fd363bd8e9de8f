/** Readings of one message over time, and of those read lately, so that scrolling back to one costs nothing. */
import { MarkdownStream, parse, type Reading } from "./stream";

const MOST_REMEMBERED = 128;
const LONGEST_REMEMBERED = 64_000;

const read = new Map<string, Reading>();

function whole(source: string): Reading {
  const known = read.get(source);
  if (known) {
    read.delete(source);
    read.set(source, known);
    return known;
  }
  return keep(source, parse(source));
}

function keep(source: string, reading: Reading): Reading {
  if (source.length > LONGEST_REMEMBERED) return reading;
  const oldest = read.size >= MOST_REMEMBERED ? read.keys().next() : undefined;
  if (oldest && !oldest.done) read.delete(oldest.value);
  read.set(source, reading);
  return reading;
}

/** One message's readings. */
export class Readings {
  #stream: MarkdownStream | null = null;

  /** What to draw of `source`; `streaming` while more may come. */
  of(source: string, streaming: boolean): Reading {
    if (streaming) return (this.#stream ??= new MarkdownStream()).read(source);
    const stream = this.#stream;
    this.#stream = null;
    return stream ? keep(source, stream.finish(source)) : whole(source);
  }
}
