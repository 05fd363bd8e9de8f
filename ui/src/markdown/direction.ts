/** Reading direction of containers. `dir="auto"` would skip their paragraphs, which carry a direction of their own. */

const FIRST_LETTER = /\p{L}/u;
const RIGHT_TO_LEFT = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}\p{Script=Hanifi_Rohingya}]/u;

/** The direction of the first letter in `text`; "auto" where there is none. */
export function direction(text: string): "ltr" | "rtl" | "auto" {
  const letter = FIRST_LETTER.exec(text)?.[0];
  if (letter === undefined) return "auto";
  return RIGHT_TO_LEFT.test(letter) ? "rtl" : "ltr";
}
