// Takes the pictures in docs/screenshots from the real window with the real starter model. `--small FOLDER` takes them at
// 900 × 600 into a folder instead, to look at.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Key } from "webdriverio";
import { Desktop } from "./desktop.mjs";
import { Dialogs, YES } from "./dialogs.mjs";
import { Page } from "./page.mjs";
import { addProvider, choose, encrypt } from "./providers.mjs";
import { ProviderDouble } from "./provider-double.mjs";
import { openWindow, until } from "./window.mjs";

const small = process.argv[2] === "--small";
const folder = small ? process.argv[3] : fileURLToPath(new URL("../../docs/screenshots", import.meta.url));
const [width, height] = small ? [900, 600] : [1280, 800];
mkdirSync(folder, { recursive: true });
const ATTACH = "Attach texts or images";

const double = await ProviderDouble.start("openai");
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

  const attach = async (icon) => {
    await page.click(ATTACH);
    await new Dialogs(desktop, ATTACH).pick(fileURLToPath(new URL(`../../icons/${icon}`, import.meta.url)));
    await until("its tile", () => page.has('[aria-label="Attached files"] img'));
  };
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

  await encrypt(page, call);
  await keepPainting(browser);
  await addProvider({ page, desktop, double });
  await browser.execute(() => document.querySelector(".page").scrollTo(0, 0));
  await both("providers");
  await page.newChat();
  await choose(page, "GPT-4.1");
  await double.script({ turn: "answer", text: ["A drawbridge is a bridge that can be raised: down, it lets people across; ", "up, it keeps them out."], pause_ms: 400 });
  await page.send("What is a drawbridge?");
  await new Dialogs(desktop, "Let this chat cross to OpenAI?").press(...YES);
  await page.sees("it keeps them out.");
  await page.answered();
  await until("its price", async () => (await page.words()).includes("$"));
  await both("across");
  await attach("icon.png");
  await double.script({ turn: "answer", text: ["A drawbridge, half raised: two towers, and the deck between them. ", "It is drawn with few shapes, so that it can still be told at 16 pixels."], pause_ms: 400 });
  await page.send("What does our icon show?");
  await page.sees("at 16 pixels.");
  await page.answered();
  await attach("128x128.png");
  await page.type("And is this one any clearer?");
  await both("images");
  for (const [words, name] of [["Usage: what was asked", "usage"], ["Crossings: what left", "crossings"], ["Policy of your", "policy"]]) {
    await jump(page, words);
    await both(name);
  }
  await page.command(",");
  await browser.execute(() => document.querySelector('[data-part="keys"]').scrollIntoView({ block: "start" }));
  await both("keys");
  await call(page, "settings_change", { patch: { theme: "light" } });
  await until("light", () => page.has('html[data-theme="light"]'));
  await browser.keys([Key.Ctrl, Key.Shift, "l"]);
  await page.sees("Drawbridge is locked");
  await browser.saveScreenshot(join(folder, "locked-light.png"));
  await window.close();
} finally {
  await desktop.stop();
  await double.stop();
}
console.log(`pictures in ${folder}`);

/** A command of the core, asked by the page. */
function call(page, command, args = null) {
  return page.browser.executeAsync((name, value, done) => window.__TAURI_INTERNALS__.invoke("dispatch", { command: name, args: value }).then(done, () => done(null)), command, args);
}

/** Goes to a screen by its name in the palette. */
async function jump(page, words) {
  await page.command("k");
  const field = page.browser.$('[role="dialog"] input, dialog input');
  await field.waitForExist();
  await field.setValue(words.replace(":", ""));
  await page.sees(words);
  await page.press(Key.Enter);
  await until("the palette to be gone", async () => !(await page.has("dialog[open], [role=dialog]")));
}

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
