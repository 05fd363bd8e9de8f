/** Theme and size of text on the page, and their mirror in the browser's storage for the first paint of the next start. */
import type { Settings, Theme } from "../generated/wire";

const MIRROR = "drawbridge.look";

export function shownTheme(theme: Theme, systemIsDark: boolean): "light" | "dark" {
  return theme === "system" ? (systemIsDark ? "dark" : "light") : theme;
}

export function applyLook(settings: Pick<Settings, "theme" | "text_percent">, page: Window = window): void {
  const dark = page.matchMedia("(prefers-color-scheme: dark)").matches;
  const root = page.document.documentElement;
  root.dataset.theme = shownTheme(settings.theme, dark);
  root.style.fontSize = settings.text_percent === 100 ? "" : `${settings.text_percent}%`;
  try {
    page.localStorage.setItem(MIRROR, JSON.stringify({ theme: settings.theme, percent: settings.text_percent }));
  } catch {
    // Without storage the next start is painted in the system's colours first.
  }
}

/** The next size in steps of ten, 80 to 200. */
export function stepped(percent: number, step: -1 | 1): number {
  return Math.min(200, Math.max(80, Math.round(percent / 10) * 10 + step * 10));
}
