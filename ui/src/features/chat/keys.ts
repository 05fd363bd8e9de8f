/** What a key means in the composer. Pure. */
import type { SendKey } from "../../generated/wire";

export interface Key {
  key: string;
  keyCode?: number;
  isComposing?: boolean;
  shiftKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

/** True while an input method is composing. WebKit ends the composition before the key that ended it: 229 tells. */
export function composing(event: Key): boolean {
  return event.isComposing === true || event.keyCode === 229;
}

/** True where this key sends. */
export function sends(event: Key, sendKey: SendKey, mac: boolean): boolean {
  if (event.key !== "Enter" || composing(event) || event.shiftKey || event.altKey) return false;
  const mod = mac ? event.metaKey : event.ctrlKey;
  const other = mac ? event.ctrlKey : event.metaKey;
  if (other) return false;
  return mod || sendKey === "enter";
}

/** A key that writes something, pressed where nothing can be written: the composer takes it. */
export function writes(event: Key): boolean {
  return event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey && !composing(event);
}

/** Pasted text beyond this is offered as an attachment, in characters. */
export const LONG_PASTE = 4_000;
