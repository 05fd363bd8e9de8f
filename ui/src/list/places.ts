/** Where the reader was in each chat, while the window lives. */

/** The first row in view and how far above the fold it starts, and the heights that rows had. */
export interface Place {
  follows: boolean;
  id: string;
  offsetPx: number;
  heights: ReadonlyMap<string, number>;
}

const MOST_CHATS = 50;
const places = new Map<string, Place>();

export function placeIn(key: string): Place | undefined {
  return places.get(key);
}

/** Keeps the place; the chat left longest ago is forgotten. */
export function keepPlace(key: string, place: Place): void {
  places.delete(key);
  places.set(key, place);
  const oldest = places.size > MOST_CHATS ? places.keys().next() : undefined;
  if (oldest && !oldest.done) places.delete(oldest.value);
}
