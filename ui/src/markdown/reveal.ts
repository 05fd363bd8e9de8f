/** Characters that make code read differently from what it is: shown by name, since the eye cannot find them. */

/** A stretch of text, or one hidden character with its name. */
export type Piece = { text: string } | { text: string; label: string; name: string };

const NAMES: Record<number, string> = {
  0x061c: "Arabic letter mark", 0x200b: "zero-width space", 0x200e: "left-to-right mark", 0x200f: "right-to-left mark",
  0x202a: "left-to-right embedding", 0x202b: "right-to-left embedding", 0x202c: "pop directional formatting", 0x202d: "left-to-right override", 0x202e: "right-to-left override",
  0x2060: "word joiner", 0x2066: "left-to-right isolate", 0x2067: "right-to-left isolate", 0x2068: "first strong isolate", 0x2069: "pop directional isolate", 0xfeff: "byte order mark",
};
const HIDDEN = /[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\u{e0000}-\u{e007f}]/u;
const EACH_HIDDEN = new RegExp(HIDDEN.source, "gu");

/** Whether `text` holds a hidden character. */
export function hides(text: string): boolean {
  return HIDDEN.test(text);
}

/** `text` in pieces; their texts concatenate to it. */
export function reveal(text: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const found of text.matchAll(EACH_HIDDEN)) {
    if (found.index > end) pieces.push({ text: text.slice(end, found.index) });
    pieces.push(named(found[0]));
    end = found.index + found[0].length;
  }
  if (end < text.length) pieces.push({ text: text.slice(end) });
  return pieces;
}

function named(character: string): Piece {
  const point = character.codePointAt(0) ?? 0;
  const label = `U+${point.toString(16).toUpperCase().padStart(4, "0")}`;
  return { text: character, label, name: NAMES[point] ?? "tag character" };
}
