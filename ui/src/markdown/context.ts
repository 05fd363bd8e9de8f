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

const COPY_REFUSED = Symbol("copy refused");

/** Called once by an ancestor of every `Markdown`: why nothing of it may be copied; empty where it may. */
export function setCopyRefused(why: () => string): void {
  setContext(COPY_REFUSED, why);
}

export function getCopyRefused(): () => string {
  return getContext<(() => string) | undefined>(COPY_REFUSED) ?? (() => "");
}
