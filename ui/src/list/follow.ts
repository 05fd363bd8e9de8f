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
 * What a scroll does to following: upwards ends it, unless the content shrank by as much and took the place away;
 * downwards to the end begins it again.
 */
export function afterScroll(follows: boolean, before: Scroll, now: Scroll): boolean {
  const lost = Math.max(before.height - now.height, 0) + Math.max(now.view - before.view, 0);
  if (now.top < before.top - lost - 1) return false;
  if (now.top > before.top && distanceFromEnd(now) <= END_THRESHOLD_PX) return true;
  return follows;
}

/** What a key does to following; null when nothing. */
export function afterKey(key: string, shift: boolean): boolean | null {
  if (key === "PageUp" || key === "ArrowUp" || key === "Home" || (key === " " && shift)) return false;
  return key === "End" ? true : null;
}
