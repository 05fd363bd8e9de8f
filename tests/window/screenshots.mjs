// Takes the pictures in docs/screenshots from the real window with the real starter model. `--small FOLDER` takes them at
// 900 × 600 into a folder instead, to look at.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Key } from "webdriverio";
import { Desktop } from "./desktop.mjs";
import { Page } from "./page.mjs";
import { openWindow, until } from "./window.mjs";

const small = process.argv[2] === "--small";
const folder = small ? process.argv[3] : fileURLToPath(new URL("../../docs/screenshots", import.meta.url));
const [width, height] = small ? [900, 600] : [1280, 800];
mkdirSync(folder, { recursive: true });

const desktop = await Desktop.start({ width: 1600, height: 1000 });
try {
  const window = await openWindow(desktop, join(desktop.home, "chats"));
  const { page: browser } = window;
  const page = await new Page(browser).ready();
  await resize(browser);
  // Before anything is painted for the pictures' sake: that takes a core.
  await browser.setTimeout({ script: 60_000 });
  await browser.executeAsync((done) => window.__TAURI_INTERNALS__.invoke("dispatch", { command: "machine_measure", args: null }).then(done, done));
  await keepPainting(browser);

  const both = async (name) => {
    for (const theme of ["light", "dark"]) {
      await browser.executeAsync(
        (value, done) => window.__TAURI_INTERNALS__.invoke("dispatch", { command: "settings_change", args: { patch: { theme: value } } }).then(done, done),
        theme,
      );
      await until(theme, () => page.has(`html[data-theme="${theme}"]`));
      await settled(browser);
      await browser.saveScreenshot(join(folder, `${name}-${theme}.png`));
    }
  };

  await both("first");
  await page.ask("What is the capital of Norway?");
  await page.newChat();
  await page.ask("My name is Anna.");
  await page.newChat();
  await page.ask("What is Drawbridge?");
  await page.ask("Show me a table");
  await page.ask("Show me some code");
  await page.click("Regenerate");
  await until("a second version", async () => (await page.versions()) === "2/2" && !(await page.streaming()));
  await both("chat");
  await page.click("Chat settings", "header");
  await both("chat-settings");
  await page.click("Close");
  await page.command("k");
  const field = browser.$('[role="dialog"] input, dialog input');
  await field.waitForExist();
  await field.setValue("capital");
  await until("a hit", () => page.has("[role=dialog] mark, dialog mark"));
  await both("search");
  await page.press(Key.Escape);
  await page.command(",");
  await both("settings");
  await page.go("Models");
  await both("models");
  await window.close();
} finally {
  await desktop.stop();
}
console.log(`pictures in ${folder}`);

/** The driver takes a picture with the next frame, and waits for ever where the page has nothing to draw: one dot blinks. */
function keepPainting(browser) {
  return browser.execute(() => {
    const dot = document.createElement("i");
    dot.style.cssText = "position:fixed;inset:0 auto auto 0;width:1px;height:1px;opacity:.01";
    document.body.append(dot);
    setInterval(() => (dot.hidden = !dot.hidden), 20);
  });
}

/** Gives the page this size; the window is larger by its menu. */
async function resize(browser) {
  await browser.setWindowSize(width, height);
  const inside = await browser.execute(() => [innerWidth, innerHeight]);
  await browser.setWindowSize(width + (width - inside[0]), height + (height - inside[1]));
  await until("the page's size", () => browser.execute((w, h) => innerWidth === w && innerHeight === h, width, height));
}

/** Waits for the end of what moves. */
function settled(browser) {
  return browser.executeAsync((done) => {
    const ended = () => Promise.all(document.getAnimations().filter((one) => one.effect?.getComputedTiming().iterations !== Infinity).map((one) => one.finished.catch(() => {})));
    ended().then(() => requestAnimationFrame(() => requestAnimationFrame(done)));
  });
}
