/** Whether the list follows new text. Pure: facts about the scroller in, the decision out. */

/** At most this far from the end counts as being there, in CSS pixels. */
export const END_THRESHOLD_PX = 80;

/** The scroller at one moment, in CSS pixels. */
export interface Scroll {
  top: number;
  height: number;
  view: number;
}

export function distanceFromEnd({ top, height, view }: Scroll): number {
  return Math.max(height - view - top, 0);
}

/**
 * What a scroll does to following: upwards ends it, unless the content shrank and took the place away; downwards to
 * the end begins it again.
 */
export function afterScroll(follows: boolean, before: Scroll, now: Scroll): boolean {
  const isShorter = now.height < before.height || now.view > before.view;
  if (now.top < before.top - 1 && !isShorter) return false;
  if (now.top > before.top && distanceFromEnd(now) <= END_THRESHOLD_PX) return true;
  return follows;
}

/** What a key does to following; null when nothing. */
export function afterKey(key: string, shift: boolean): boolean | null {
  if (key === "PageUp" || key === "ArrowUp" || key === "Home" || (key === " " && shift)) return false;
  return key === "End" ? true : null;
}
