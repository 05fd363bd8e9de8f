/** What the interface may never hold, looked for in its source. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

/** Payloads and documents that only tests read. */
const testData = ["markdown/hostile.ts", "markdown/documents.ts", "features/testing.ts"];
const sources = (readdirSync("src", { recursive: true }) as string[])
  .filter((name) => /\.(ts|svelte|css)$/.test(name) && !/\.test\.ts$/.test(name) && !name.startsWith("generated") && !testData.includes(name.replaceAll("\\", "/")))
  .map((name) => ({ name: name.replaceAll("\\", "/"), text: readFileSync(join("src", name), "utf8") }));
const holding = (pattern: RegExp, except: string[] = []) => sources.filter(({ name, text }) => !except.includes(name) && pattern.test(text)).map(({ name }) => name);

describe("the interface", () => {
  it("is all looked at", () => expect(sources.length).toBeGreaterThan(60));

  it("reaches the network in one file, on the page's own origin", () => {
    expect(holding(/\b(fetch|EventSource|XMLHttpRequest|WebSocket|sendBeacon|RTCPeerConnection)\s*\(/, ["backend/http.ts"])).toEqual([]);
    const http = sources.find(({ name }) => name === "backend/http.ts")!.text;
    expect([...http.matchAll(/(?:fetch|EventSource)\(`([^`$]*)/g)].map((found) => found[1])).toEqual(["/cmd/", "/watch?token="]);
  });

  it("knows Tauri in one file", () => expect(holding(/@tauri-apps\//, ["backend/tauri.ts"])).toEqual([]));

  it("never makes HTML of text", () => expect(holding(/\{@html|\.innerHTML|\.outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function\(/)).toEqual([]));

  it("loads nothing from another host", () => expect(holding(/(?:src|href|url\(|@import)\s*[=("']+\s*https?:/)).toEqual([]));
});
