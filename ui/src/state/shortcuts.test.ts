import { describe, expect, it } from "vitest";
import { shownTheme, stepped } from "./look";
import { pressed, shortcuts, written } from "./shortcuts";

const key = (key: string, more: Partial<Record<"ctrlKey" | "metaKey" | "shiftKey" | "altKey", boolean>> = {}) => ({ key, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...more });

describe("shortcuts", () => {
  it("are told from keys, by platform", () => {
    expect(pressed(key("k", { ctrlKey: true }), false)).toBe("search");
    expect(pressed(key("k", { ctrlKey: true }), true)).toBeNull();
    expect(pressed(key("k", { metaKey: true }), true)).toBe("search");
    expect(pressed(key("M", { ctrlKey: true, shiftKey: true }), false)).toBe("pick_model");
    expect(pressed(key("m", { ctrlKey: true }), false)).toBeNull();
    expect(pressed(key("Escape"), false)).toBe("stop");
    expect(pressed(key("Escape", { shiftKey: true }), false)).toBe("focus");
  });

  it("find signs wherever the keyboard has them", () => {
    expect(pressed(key("+", { ctrlKey: true, shiftKey: true }), false)).toBe("larger");
    expect(pressed(key("=", { ctrlKey: true }), false)).toBe("larger");
    expect(pressed(key("/", { ctrlKey: true, shiftKey: true }), false)).toBe("shortcuts");
  });

  it("never take AltGr or plain typing", () => {
    expect(pressed(key("k", { ctrlKey: true, altKey: true }), false)).toBeNull();
    expect(pressed(key("n"), false)).toBeNull();
  });

  it("are written as the platform writes them", () => {
    expect(written("Mod+Shift+M", false)).toBe("Ctrl Shift M");
    expect(written("Mod+Shift+M", true)).toBe("⇧⌘M");
    expect(written("Mod++", false)).toBe("Ctrl +");
    expect(written("Escape", false)).toBe("Esc");
  });

  it("are each given once", () => {
    const keys = shortcuts.flatMap((shortcut) => shortcut.keys);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe("the look", () => {
  it("follows the system only when asked to", () => {
    expect(shownTheme("system", true)).toBe("dark");
    expect(shownTheme("system", false)).toBe("light");
    expect(shownTheme("light", true)).toBe("light");
  });

  it("steps the size of text within its bounds", () => {
    expect(stepped(100, 1)).toBe(110);
    expect(stepped(200, 1)).toBe(200);
    expect(stepped(80, -1)).toBe(80);
    expect(stepped(97, 1)).toBe(110);
  });
});
