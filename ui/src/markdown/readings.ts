/** Readings of one message over time, and of those read lately, so that scrolling back to one costs nothing. */
import { MarkdownStream, parse, type Block, type Reading } from "./stream";

const MOST_REMEMBERED = 128;
const LONGEST_REMEMBERED = 64_000;

const GROUP_BLOCKS = 32;

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
  #groups: readonly (readonly Block[])[] = [];
  #finished: readonly Block[] | null = null;
  #count = 0;

  /** What to draw of `source`; `streaming` while more may come. */
  of(source: string, streaming: boolean): Reading {
    if (streaming) return (this.#stream ??= new MarkdownStream()).read(source);
    const stream = this.#stream;
    this.#stream = null;
    return stream ? keep(source, stream.finish(source)) : whole(source);
  }
  /** The blocks in groups. A group in which nothing has changed is the same object, so that drawing it again costs nothing. */
  groups({ finished, tail }: Reading): readonly (readonly Block[])[] {
    const groups: (readonly Block[])[] = [];
    // A growing text's finished blocks are one array, only appended to: its full groups stay as they were.
    const whole = finished === this.#finished ? Math.floor(this.#count / GROUP_BLOCKS) : 0;
    groups.push(...this.#groups.slice(0, whole));
    for (let at = whole * GROUP_BLOCKS; at < finished.length + tail.length; at += GROUP_BLOCKS) groups.push(this.#kept(groups.length, slice(finished, tail, at)));
    this.#finished = finished;
    this.#count = finished.length;
    return (this.#groups = groups);
  }

  #kept(at: number, group: readonly Block[]): readonly Block[] {
    const before = this.#groups[at];
    return before?.length === group.length && group.every((block, each) => block === before[each]) ? before : group;
  }
}

function slice(finished: readonly Block[], tail: readonly Block[], from: number): readonly Block[] {
  const to = from + GROUP_BLOCKS;
  return [...finished.slice(from, to), ...tail.slice(Math.max(from - finished.length, 0), Math.max(to - finished.length, 0))];
}
