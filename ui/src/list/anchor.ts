/**
 * Holds the line that is being read in its place. Item by item the virtual list does that itself; this is for what
 * changes inside the row at the fold: a formula that is drawn late, a window made narrower.
 */

/** How a scroller is written to, so that the anchor can tell the list's writes from the reader's scrolling. */
export class Anchor {
  readonly #scroller: HTMLElement;
  #held: { element: Element; position: number } | null = null;
  #written = 0;

  constructor(scroller: HTMLElement) {
    this.#scroller = scroller;
  }

  /** Scrolls to `top`, as part of keeping the place. */
  write(top: number): void {
    const before = this.#scroller.scrollTop;
    this.#scroller.scrollTop = top;
    this.#written += this.#scroller.scrollTop - before;
  }

  /** Takes the first line in view as the one that is being read. */
  hold(): void {
    const top = this.#scroller.getBoundingClientRect().top;
    const element = lineAt(this.#scroller, top);
    this.#held = element ? { element, position: this.#positionOf(element) } : null;
    this.#written = 0;
  }

  /** Undoes, by scrolling, what has moved the held line since; returns by how many pixels. */
  keep(): number {
    if (!this.#held?.element.isConnected) {
      this.hold();
      return 0;
    }
    const drift = this.#positionOf(this.#held.element) - this.#held.position - this.#written;
    if (Math.abs(drift) < 0.5) return 0;
    this.write(this.#scroller.scrollTop + drift);
    return drift;
  }

  /** Where the element lies in the content, whatever has been scrolled. */
  #positionOf(element: Element): number {
    return element.getBoundingClientRect().top - this.#scroller.getBoundingClientRect().top + this.#scroller.scrollTop;
  }
}

const DEEPEST = 12;

/** The innermost element that crosses the line `y`, or starts first below it. */
function lineAt(scroller: Element, y: number): Element | null {
  let found: Element | null = null;
  let within: Element = scroller;
  for (let depth = 0; depth < DEEPEST; depth += 1) {
    const next = firstEndingBelow(within, y);
    if (!next) break;
    found = next;
    if (next.getBoundingClientRect().top >= y) break;
    within = next;
  }
  return found === scroller.firstElementChild ? null : found;
}

function firstEndingBelow(parent: Element, y: number): Element | null {
  let best: Element | null = null;
  let bestTop = Infinity;
  for (const child of parent.children) {
    const { top, bottom, height } = child.getBoundingClientRect();
    // Rows are not always in the order of the document: the one nearest the line counts.
    if (height > 0 && bottom > y + 1 && top < bestTop) {
      best = child;
      bestTop = top;
    }
  }
  return best;
}
