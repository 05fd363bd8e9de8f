/** The script that runs before anything is painted, as the page runs it. */
import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { applyLook } from "./look";

const script = readFileSync("public/first-paint.js", "utf8");
const root = document.documentElement;

function paint(systemIsDark: boolean): string | undefined {
  vi.stubGlobal("matchMedia", () => ({ matches: systemIsDark }));
  // jsdom runs no scripts of a page here: the script is called with what a page has.
  new Function("localStorage", "matchMedia", "document", script)(localStorage, matchMedia, document);
  return root.dataset.theme;
}

afterEach(() => {
  localStorage.clear();
  root.style.fontSize = "";
  vi.unstubAllGlobals();
});

describe("the first paint", () => {
  it("follows the system where nothing is known", () => {
    expect(paint(true)).toBe("dark");
    expect(paint(false)).toBe("light");
  });

  it("is what the settings were at the last run, size of text included", () => {
    vi.stubGlobal("matchMedia", () => ({ matches: false }));
    applyLook({ theme: "dark", text_percent: 140 });
    root.dataset.theme = "";
    root.style.fontSize = "";
    expect(paint(false)).toBe("dark");
    expect(root.style.fontSize).toBe("140%");
  });

  it("survives a mirror that cannot be read", () => {
    localStorage.setItem("drawbridge.look", "{broken");
    expect(paint(true)).toBe("dark");
  });
});
