/** What every test of the window needs: the window over a made-up core, and ways to look at it. */
import { render, screen } from "@testing-library/svelte";
import axe from "axe-core";
import { tick } from "svelte";
import { vi } from "vitest";
import AppWindow from "../AppWindow.svelte";
import { FakeCore } from "../backend/fake/core";
import { App } from "../state/app.svelte";

export interface Opened {
  core: FakeCore;
  app: App;
  reload: ReturnType<typeof vi.fn>;
  /** The calls of one command so far. */
  called: (name: string) => { name: string; args: unknown }[];
}

/** Opens the window on a scene of the made-up core, in a window wide enough for everything. */
export async function openWindow(scene: string, query = ""): Promise<Opened> {
  Object.defineProperty(window, "innerWidth", { value: 1280, configurable: true });
  const core = new FakeCore(scene, new URLSearchParams(`still&measure=0&${query}`));
  const reload = vi.fn();
  const app = new App(core, (flush) => queueMicrotask(flush), reload);
  render(AppWindow, { app });
  await app.start();
  await tick();
  return { core, app, reload, called: (name) => core.calls.filter((call) => call.name === name) };
}

export const button = (name: string | RegExp) => screen.getByRole("button", { name });

/** An entry of the open menu. Without a layout the menu has no place yet and counts as hidden. */
export const entry = async (words: string | RegExp) => (await screen.findByText(words)).closest<HTMLElement>("[role='menuitem']")!;

/** Rules that need a layout (contrast, target size) are measured in the real engines. */
export async function violations(): Promise<string[]> {
  const result = await axe.run(document.body, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    rules: { "color-contrast": { enabled: false }, "target-size": { enabled: false }, region: { enabled: false }, "heading-order": { enabled: false } },
  });
  return result.violations.map((found) => `${found.id}: ${found.nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`);
}

/** Everything that the page holds which somebody could read out of it: the document, the fields, the storage. */
export function everythingHeld(app: App): string {
  const fields = [...document.querySelectorAll("input, textarea, select")].map((field) => (field as HTMLInputElement).value);
  const stored = [localStorage, sessionStorage].flatMap((storage) => Object.values({ ...storage }) as string[]);
  return [document.documentElement.outerHTML, ...fields, ...stored, ...reachable(app)].join("\n");
}

/** Every string that can be reached from a value, through what its classes show by getters too. */
function reachable(root: unknown, seen = new Set<unknown>()): string[] {
  if (typeof root === "string") return [root];
  if (typeof root !== "object" || root === null || seen.has(root) || root instanceof Node || root instanceof FakeCore) return [];
  seen.add(root);
  const from = Object.getPrototypeOf(root) as object | null;
  const shown = from && from !== Object.prototype ? Object.entries(Object.getOwnPropertyDescriptors(from)).filter(([, { get }]) => get) : [];
  const names = [...Reflect.ownKeys(root), ...shown.map(([name]) => name)];
  const inside = root instanceof Map || root instanceof Set ? [...root] : [];
  return [...names.map((name) => (root as Record<PropertyKey, unknown>)[name]), ...inside].flatMap((value) => reachable(value, seen));
}
