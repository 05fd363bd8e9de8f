/** The words of inline tokens, without markup. */
import type { BlockToken } from "./dialect";
import { decode } from "./entities";

/** What a reader would read aloud; formulas as LaTeX, pictures by their description. */
export function plainText(tokens: readonly BlockToken[] | undefined): string {
  return (tokens ?? []).map(wordsOf).join("");
}

function wordsOf(token: BlockToken): string {
  if (token.type === "math") return (token as { tex: string }).tex;
  if (token.type === "br") return "\n";
  if (token.type === "html") return /^<br\s*\/?>$/i.test(token.raw.trim()) ? "\n" : token.raw;
  if (token.type === "codespan") return (token as { text: string }).text;
  if ("tokens" in token && token.tokens) return plainText(token.tokens);
  return "text" in token && typeof token.text === "string" ? decode(token.text) : token.raw;
}
