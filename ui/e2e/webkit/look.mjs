/** Pictures of the showcase in both themes, for the eye: node look.mjs FOLDER */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { build, preview } from "vite";
import { startWebKit } from "./engine.mjs";
import config from "./vite.config.js";

const folder = process.argv[2];
if (!folder) throw new Error("usage: node look.mjs FOLDER");
mkdirSync(folder, { recursive: true });
await build(config);
const server = await preview(config);
const { browser, close } = await startWebKit({ width: 1000, height: 1400 });
try {
  for (const theme of ["light", "dark"]) {
    await browser.url(`${server.resolvedUrls.local[0]}?showcase&theme=${theme}`);
    await browser.waitUntil(() => browser.execute(() => document.querySelector(".katex") !== null && document.querySelector("[class*='k-keyword']") !== null), { timeout: 30_000 });
    await browser.execute(() => document.fonts.ready.then(() => true));
    const height = await browser.execute(() => document.documentElement.scrollHeight);
    for (let top = 0, at = 1; top < height; top += 1250, at += 1) {
      await browser.execute((to) => window.scrollTo(0, to), top);
      await browser.saveScreenshot(join(folder, `${theme}-${at}.png`));
    }
  }
} finally {
  await close();
  await server.close();
}
