/** Where the cursor goes. */
import type { Attachment } from "svelte/attachments";

/** Puts the cursor into a field as it appears, with its text selected. */
export const focusOnce: Attachment<HTMLInputElement | HTMLTextAreaElement> = (field) => {
  field.focus();
  field.select();
};
