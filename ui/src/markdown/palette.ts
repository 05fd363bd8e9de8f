/** The window's side of colouring: sends whole lines to the worker, remembers finished blocks, stays plain when there is no worker. */
import type { Line } from "./colouring";
import type { ColouringReply, ColouringRequest } from "./colouring.worker";

/** A block being coloured. */
export interface Brush {
  /** Sends the next whole lines. `last`: no more will come. */
  paint(lines: string[], last: boolean): void;
  /** Forgets the block; no more lines will be handed out. */
  drop(): void;
}

/** More code than this (UTF-16 units) in one block stays plain. */
export const LONGEST_COLOURED = 200_000;
const MOST_REMEMBERED = 64;

const waiting = new Map<number, (lines: Line[] | null) => void>();
const finished = new Map<string, Line[]>();
let worker: Worker | null | undefined;
let lastId = 0;

function thread(): Worker | null {
  if (worker !== undefined) return worker;
  if (typeof Worker === "undefined") return (worker = null);
  worker = new Worker(new URL("./colouring.worker.ts", import.meta.url), { type: "module" });
  worker.onmessage = ({ data }: MessageEvent<ColouringReply>) => waiting.get(data.id)?.(data.lines);
  worker.onerror = () => {
    // Code stays readable without colours; nothing else depends on them.
    worker = null;
    waiting.clear();
  };
  return worker;
}

/** Starts colouring a block; `onLines` gets each batch in order, or null once if the block stays plain. Null: no colours here. */
export function brush(language: string, onLines: (lines: Line[] | null) => void): Brush | null {
  const painter = thread();
  if (!painter) return null;
  const id = (lastId += 1);
  let ended = false;
  waiting.set(id, onLines);
  return {
    paint(lines, last) {
      ended = last;
      painter.postMessage({ id, language, lines, last } satisfies ColouringRequest);
    },
    drop() {
      if (!waiting.delete(id) || ended) return;
      painter.postMessage({ id, language, lines: [], last: true } satisfies ColouringRequest);
    },
  };
}

/** The colours of a finished block that was seen before, so that scrolling back does not flash. */
export function remembered(language: string, code: string): Line[] | undefined {
  return finished.get(`${language}\n${code}`);
}

/** Keeps the colours of a finished block; the oldest is forgotten. */
export function remember(language: string, code: string, lines: Line[]): void {
  const oldest = finished.size >= MOST_REMEMBERED ? finished.keys().next() : undefined;
  if (oldest && !oldest.done) finished.delete(oldest.value);
  finished.set(`${language}\n${code}`, lines);
}
