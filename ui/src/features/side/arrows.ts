/** Up and down move between the rows of a list; every row stays reachable by Tab too. */
import type { Attachment } from "svelte/attachments";

export const arrows: Attachment<HTMLElement> = (list) => {
  function move(event: KeyboardEvent) {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const rows = [...list.querySelectorAll<HTMLElement>("[data-row]")];
    const at = rows.indexOf(event.target as HTMLElement);
    if (at < 0) return;
    event.preventDefault();
    rows[at + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
  }
  list.addEventListener("keydown", move);
  return () => list.removeEventListener("keydown", move);
};
