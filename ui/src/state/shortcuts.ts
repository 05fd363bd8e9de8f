/** The keyboard's shortcuts, in one table that also makes the list that Mod+/ shows. Mod is ⌘ on macOS, Ctrl elsewhere. */

export interface Shortcut {
  /** What it asks for. */
  id: string;
  words: string;
  /** Such as "Mod+Shift+M"; the first is shown. */
  keys: string[];
  group: "Anywhere" | "Writing" | "Reading";
  /** Handled where it happens and listed here only for people. */
  local?: true;
}

export const shortcuts: Shortcut[] = [
  { id: "new_chat", words: "New chat", keys: ["Mod+N", "Mod+Shift+O"], group: "Anywhere" },
  { id: "temporary_chat", words: "New temporary chat", keys: ["Mod+Shift+N"], group: "Anywhere" },
  { id: "search", words: "Search and commands", keys: ["Mod+K"], group: "Anywhere" },
  { id: "sidebar", words: "Show or hide the list of chats", keys: ["Mod+B", "Mod+Shift+S"], group: "Anywhere" },
  { id: "pick_model", words: "Choose the model", keys: ["Mod+Shift+M"], group: "Anywhere" },
  { id: "settings", words: "Settings", keys: ["Mod+,"], group: "Anywhere" },
  { id: "lock", words: "Lock", keys: ["Mod+Shift+L"], group: "Anywhere" },
  { id: "open_model", words: "Open a GGUF file", keys: ["Mod+O"], group: "Anywhere" },
  { id: "larger", words: "Larger text", keys: ["Mod++", "Mod+="], group: "Anywhere" },
  { id: "smaller", words: "Smaller text", keys: ["Mod+-"], group: "Anywhere" },
  { id: "normal_size", words: "Normal text", keys: ["Mod+0"], group: "Anywhere" },
  { id: "shortcuts", words: "This list", keys: ["Mod+/"], group: "Anywhere" },
  { id: "send", words: "Send", keys: ["Enter"], group: "Writing", local: true },
  { id: "newline", words: "New line", keys: ["Shift+Enter"], group: "Writing", local: true },
  { id: "edit_last", words: "Edit the last question, with nothing written", keys: ["↑"], group: "Writing", local: true },
  { id: "stop", words: "Stop the answer", keys: ["Escape"], group: "Writing" },
  { id: "focus", words: "Go to the composer", keys: ["Shift+Escape"], group: "Writing" },
  { id: "again", words: "Regenerate the last answer", keys: ["Mod+R"], group: "Reading" },
  { id: "find", words: "Find in this chat", keys: ["Mod+F"], group: "Reading" },
  { id: "between", words: "Previous or next message", keys: ["Alt+↑ ↓"], group: "Reading", local: true },
];

interface Pressed {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  shiftKey: boolean;
  altKey: boolean;
}

/** The shortcut that these keys are. AltGr chords and keys of an input method are never taken. */
export function pressed(event: Pressed, mac: boolean): string | null {
  if (event.altKey) return null;
  const mod = mac ? event.metaKey : event.ctrlKey;
  if (mac ? event.ctrlKey : event.metaKey) return null;
  for (const shortcut of shortcuts) {
    if (!shortcut.local && shortcut.keys.some((keys) => matches(keys, event, mod))) return shortcut.id;
  }
  return null;
}

function matches(keys: string, event: Pressed, mod: boolean): boolean {
  const parts = keys === "Mod++" ? ["Mod", "+"] : keys.split("+");
  const key = parts.at(-1) ?? "";
  // A sign may need Shift on one keyboard and none on another.
  const sign = key.length === 1 && !/[a-z]/i.test(key);
  if (parts.includes("Mod") !== mod || (!sign && parts.includes("Shift") !== event.shiftKey)) return false;
  return event.key.toLowerCase() === key.toLowerCase();
}

/** Keys as this platform writes them: "Ctrl Shift M" or "⇧⌘M". */
export function written(keys: string, mac: boolean): string {
  const parts = keys === "Mod++" ? ["Mod", "+"] : keys.split("+");
  if (!mac) return parts.map((part) => ({ Mod: "Ctrl", Escape: "Esc", "-": "−" })[part] ?? part).join(" ");
  const signs: Record<string, string> = { Mod: "⌘", Shift: "⇧", Alt: "⌥", Enter: "↩", Escape: "esc" };
  const order = ["Alt", "Shift", "Mod"];
  const modifiers = order.filter((name) => parts.slice(0, -1).includes(name));
  return [...modifiers, parts.at(-1) ?? ""].map((part) => signs[part] ?? part).join("");
}

/** The first keys of a shortcut, written. */
export function keysOf(id: string, mac: boolean): string {
  const keys = shortcuts.find((shortcut) => shortcut.id === id)?.keys[0];
  return keys ? written(keys, mac) : "";
}
