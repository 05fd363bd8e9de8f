/** Finds words in a chat. */
import type { Message, MessageId } from "../../generated/wire";

/** The messages that hold these words, in their order. */
export function holding(messages: Message[], words: string): MessageId[] {
  const wanted = words.trim().toLocaleLowerCase();
  if (wanted === "") return [];
  return messages.filter(({ text }) => text.toLocaleLowerCase().includes(wanted)).map(({ id }) => id);
}

/** The next place in a list that is gone round; `by` is 1 or -1. */
export function round(at: number, by: 1 | -1, of: number): number {
  return of === 0 ? -1 : (at + by + of) % of;
}

/** Every occurrence in the texts of messages that are in the page. */
export function ranges(within: Element, words: string): Range[] {
  const wanted = words.trim().toLocaleLowerCase();
  if (wanted === "") return [];
  const found: Range[] = [];
  for (const text of within.querySelectorAll("article .markdown, article .bubble p")) {
    const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const held = (node.nodeValue ?? "").toLocaleLowerCase();
      for (let at = held.indexOf(wanted); at >= 0; at = held.indexOf(wanted, at + wanted.length)) {
        const range = new Range();
        range.setStart(node, at);
        range.setEnd(node, at + wanted.length);
        found.push(range);
      }
    }
  }
  return found;
}

/** Marks them in the page without touching it, where the engine can. */
export function mark(found: Range[]): void {
  if (typeof CSS === "undefined" || !("highlights" in CSS)) return;
  if (found.length === 0) CSS.highlights.delete("found");
  else CSS.highlights.set("found", new Highlight(...found));
}
