/** A text area as high as its text, up to 40 % of the window. WebKit has no `field-sizing`. */
import type { Attachment } from "svelte/attachments";

/** `text` is read so that the height follows it, whoever changes it. */
export function grow(text: () => string): Attachment<HTMLTextAreaElement> {
  return (field) => {
    const fit = () => {
      field.style.height = "auto";
      field.style.height = `${Math.min(field.scrollHeight, window.innerHeight * 0.4)}px`;
      field.style.overflowY = field.scrollHeight > window.innerHeight * 0.4 ? "auto" : "hidden";
    };
    $effect(() => {
      void text();
      fit();
    });
    window.addEventListener("resize", fit);
    return () => window.removeEventListener("resize", fit);
  };
}
