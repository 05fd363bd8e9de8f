/** The thread in which code is coloured, so that a long block never holds up the window. */
import { Colouring, type Line } from "./colouring";

/** Lines of block `id`; the first request of an id names its language. */
export interface ColouringRequest {
  id: number;
  language: string;
  lines: string[];
  last: boolean;
}
/** The same lines coloured, or null when they stay plain. */
export interface ColouringReply {
  id: number;
  lines: Line[] | null;
}

const blocks = new Map<number, Colouring>();
let turn: Promise<void> = Promise.resolve();

async function answer({ id, language, lines, last }: ColouringRequest): Promise<void> {
  const block = blocks.get(id) ?? new Colouring(language);
  if (last) blocks.delete(id);
  else blocks.set(id, block);
  let coloured: Line[] | null;
  try {
    coloured = await block.next(lines);
  } catch {
    coloured = null;
  }
  postMessage({ id, lines: coloured } satisfies ColouringReply);
}

// One request at a time: a block's lines depend on those before.
addEventListener("message", ({ data }: MessageEvent<ColouringRequest>) => {
  turn = turn.then(() => answer(data));
});
