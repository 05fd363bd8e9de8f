/**
 * Svelte's side of @tanstack/virtual-core. Two traps, both met: `getItemKey` must close over a snapshot, since the
 * library compares old keys with new ones; and options go in before the DOM changes, `settle` after it.
 */
import { elementScroll, observeElementOffset, observeElementRect, Virtualizer, type VirtualItem, type VirtualizerOptions } from "@tanstack/virtual-core";

type Options = VirtualizerOptions<HTMLElement, HTMLElement>;

/** What differs between lists; all sizes in CSS pixels. */
export type VirtualOptions = Pick<Options, "count" | "getScrollElement" | "estimateSize" | "getItemKey"> & Partial<Options>;

export class Virtual {
  /** The rows to draw. */
  items = $state.raw<VirtualItem[]>([]);
  /** The height of all rows. */
  total = $state(0);
  readonly core: Virtualizer<HTMLElement, HTMLElement>;

  constructor(options: VirtualOptions) {
    const onChange = () => this.#sync();
    this.core = new Virtualizer({ observeElementRect, observeElementOffset, scrollToFn: elementScroll, ...options, onChange });
    this.#sync();
  }

  /** Before the DOM changes: call in `$effect.pre`. */
  update(options: Partial<Options>): void {
    this.core.setOptions({ ...this.core.options, ...options });
    this.#sync();
  }

  /** After the DOM has changed: call in `$effect`. */
  settle(): void {
    this.core._willUpdate();
    this.#sync();
  }

  /** When the scrolling element is there; returns what undoes it. */
  mount(): () => void {
    const unmount = this.core._didMount();
    this.settle();
    return unmount;
  }

  #sync(): void {
    this.items = this.core.getVirtualItems();
    this.total = this.core.getTotalSize();
  }
}
