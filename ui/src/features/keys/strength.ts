/** What a person should know of a passphrase from its length alone. No score: nobody can tell how well it was chosen. Pure. */

/** As the core enforces it. */
export const SHORTEST = 8;
const COMFORTABLE = 16;

export function aboutLength(characters: number): string {
  if (characters === 0) return `At least ${SHORTEST} characters. Four or five words that do not belong together are easy to keep in mind and hard to guess.`;
  if (characters < SHORTEST) return `${SHORTEST - characters} more to go.`;
  return characters < COMFORTABLE ? "Long enough. Another word would make it much harder to guess." : "Long enough.";
}
