/** What a document asks of the window around it. */
import { getContext, setContext } from "svelte";

/** Opens an address outside the window, after the reader's click. */
export type OpenLink = (url: string) => void;

const OPEN_LINK = Symbol("open link");

/** Called once by an ancestor of every `Markdown`. */
export function setOpenLink(open: OpenLink): void {
  setContext(OPEN_LINK, open);
}

/** Without an ancestor that opens links, a click does nothing. */
export function getOpenLink(): OpenLink {
  return getContext<OpenLink | undefined>(OPEN_LINK) ?? (() => undefined);
}
