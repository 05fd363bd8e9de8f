/** A text area as high as its text, up to 40 % of the window. WebKit has no `field-sizing`. */
import type { Attachment } from "svelte/attachments";

/** What `follows` reads is what the height follows: the text, and the size that it is written in. */
export function grow(follows: () => unknown): Attachment<HTMLTextAreaElement> {
  return (field) => {
    const fit = () => {
      field.style.height = "auto";
      field.style.height = `${Math.min(field.scrollHeight, window.innerHeight * 0.4)}px`;
      field.style.overflowY = field.scrollHeight > window.innerHeight * 0.4 ? "auto" : "hidden";
    };
    $effect(() => {
      void follows();
      fit();
    });
    window.addEventListener("resize", fit);
    return () => window.removeEventListener("resize", fit);
  };
}
