// The specs, in order. Each gets a data folder of its own on one desktop and leaves no process behind.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Key } from "webdriverio";
import { violations } from "./accessible.mjs";
import { consentSpecs } from "./consent.mjs";
import { Desktop } from "./desktop.mjs";
import { imageSpecs } from "./images.mjs";
import { modelSpecs } from "./models.mjs";
import { Page } from "./page.mjs";
import { providerSpecs } from "./providers.mjs";
import { familyOf, farEndsOf, isAlive, shellOf, slowDown, workersOf } from "./processes.mjs";
import { binary, build, openWindow, until } from "./window.mjs";

/** What was shown this long ago must be on disk. */
const DURABLE_AFTER_MS = 250;
const STORY = "Tell me a story";
const STORY_BEGINS = "Once there was a small town behind a wide river.";
const STORY_ENDS = "the keeper raised the bridge.";

const specs = [];
const spec = (name, act) => specs.push({ name, act });

spec("a first answer takes two actions and no network", async ({ open, offline }) => {
  const { page, window } = await open();
  const answer = await page.ask("What is Drawbridge?");
  assert.match(answer, /^Drawbridge is a desktop app for chatting with language models\./);
  assert.deepEqual(farEndsOf(familyOf(window.pid)), [], "a socket with a far end");
  if (offline) assert.deepEqual(readFileSync("/proc/net/dev", "utf8").match(/^\s*\w+:/gm)?.map((name) => name.trim()), ["lo:"]);
});

spec("Stop keeps and marks what was written, Continue ends it", async ({ open, slow }) => {
  const { page, window } = await open();
  await page.ask("Hello");
  const done = slow(window);
  await page.send(STORY);
  const shown = await page.shown(30);
  await page.stop();
  const stopped = await page.answered();
  await done();
  assert.ok(stopped.startsWith(shown.trimEnd()) && !stopped.endsWith(STORY_ENDS), stopped);
  assert.equal(await page.ending(), "Stopped. What was written is kept.");
  await page.clickWords("Continue");
  await page.sees(STORY_ENDS);
  const whole = await page.answered();
  assert.ok(whole.startsWith(stopped) && whole.endsWith(STORY_ENDS), whole);
  assert.equal(await page.ending(), "");
});

spec("everything is where it was: chat, draft, theme", async ({ open }) => {
  let { page, window } = await open();
  const answer = await page.ask("What is the capital of France?");
  await page.command(",");
  await page.clickWords("Dark");
  await until("the dark page", () => page.has('html[data-theme="dark"]'));
  await page.openChat("capital of France");
  await page.ready();
  await page.type("And of Italy");
  await until("the draft to be kept", async () => (await call(page, "boot")).chats.some((chat) => chat.has_draft));
  await window.close();
  ({ page, window } = await open());
  await page.readyWithMessages();
  assert.deepEqual(await page.questions(), ["What is the capital of France?"]);
  assert.equal(await page.answer(), answer);
  assert.equal(await page.draft(), "And of Italy");
  assert.ok(await page.has('html[data-theme="dark"]'));
});

spec("a window that is killed while streaming loses nothing, five times", async ({ open, slow }) => {
  for (let round = 1; round <= 5; round += 1) {
    let { page, window } = await open();
    if (round > 1) await page.newChat();
    await page.ask("Hello");
    const done = slow(window);
    await page.send(STORY);
    const shown = await page.shown(10 * round);
    await pause(DURABLE_AFTER_MS);
    const worker = await window.worker();
    await window.signal("SIGKILL");
    await done();
    await until("the worker to end with its window", () => !isAlive(worker));
    ({ page, window } = await open());
    await page.readyWithMessages();
    assert.deepEqual(await page.questions(), ["Hello", STORY]);
    const kept = await page.answer();
    assert.ok(kept.startsWith(shown.trimEnd()), `round ${round}: shown “${shown}”, kept “${kept}”`);
    assert.match(await page.ending(), /^Interrupted: .* What was written is kept\.$/);
    await window.close();
  }
});

spec("a worker that is killed while streaming is a sentence, and Continue goes on", async ({ open, slow }) => {
  const { page, window } = await open();
  await page.ask("Hello");
  const done = slow(window);
  await page.send(STORY);
  const shown = await page.shown(30);
  process.kill(await window.worker(), "SIGKILL");
  await done();
  const kept = await page.answered();
  assert.ok(kept.startsWith(shown.trimEnd()), `shown “${shown}”, kept “${kept}”`);
  const sentence = await page.ending();
  assert.ok(sentence.length > 20 && !/panic|Err\(|SIGKILL \(9\)$/.test(sentence), sentence);
  assert.ok(isAlive(window.pid));
  await page.clickWords("Continue");
  const whole = await page.answered();
  assert.ok(whole.startsWith(STORY_BEGINS) && whole.endsWith(STORY_ENDS), whole);
});

spec("a second start brings the first window to the front and leaves", async ({ open, desktop, dataFolder }) => {
  const { window } = await open();
  const second = desktop.run(binary, ["--data-dir", dataFolder]);
  const [code] = await once(second, "exit");
  assert.equal(code, 0);
  assert.match(second.said, /open already.*its window was asked to come to the front/);
  assert.equal(shellOf(dataFolder), window.pid);
});

spec("an edited question and a new answer are versions, and both stay", async ({ open }) => {
  const { page } = await open();
  await page.ask("What is the capital of France?");
  await page.click("Edit");
  const field = page.browser.$('textarea[aria-label="Your question, in other words"]');
  await field.setValue("What is the capital of Italy?");
  await field.addValue(Key.Enter);
  await page.sees("Rome");
  await page.answered();
  assert.equal(await page.versions(), "2/2");
  await page.click("Previous version");
  await page.sees("Paris");
  assert.deepEqual(await page.questions(), ["What is the capital of France?"]);
  await page.click("Regenerate");
  await until("a second answer", async () => (await page.versions()) === "2/2" && !(await page.streaming()));
  assert.match(await page.answer(), /Paris/);
});

spec("Ctrl+K finds a word in any chat and opens it there", async ({ open }) => {
  const { page } = await open();
  await page.ask("What is the capital of Norway?");
  await page.newChat();
  await page.ask("What is the capital of Greece?");
  await page.command("k");
  const field = page.browser.$('[role="dialog"] input, dialog input');
  await field.waitForExist();
  await field.setValue("oslo");
  await until("a highlighted hit", () => page.has("[role=dialog] mark, dialog mark"));
  await page.press(Key.Enter);
  await page.sees("What is the capital of Norway?");
  assert.deepEqual(await page.questions(), ["What is the capital of Norway?"]);
});

spec("a deleted chat comes back with Undo", async ({ open }) => {
  const { page } = await open();
  await page.ask("Count to ten");
  await until("the chat in the list", async () => (await page.chats()).length === 1);
  await page.click("More", "header");
  await page.clickWords("Delete");
  await until("an empty list", async () => (await page.chats()).length === 0);
  await page.clickWords("Undo");
  await until("the chat in the list again", async () => (await page.chats()).length === 1);
  await until("its question", async () => (await page.questions()).join() === "Count to ten");
});

spec("a page that is loaded again while streaming loses nothing", async ({ open, slow }) => {
  const { page, window } = await open();
  await page.ask("Hello");
  const done = slow(window);
  await page.send(STORY);
  const shown = await page.shown(30);
  await page.browser.execute(() => location.reload());
  await page.readyWithMessages();
  await until("the answer under way", async () => (await page.answer()).length >= shown.trimEnd().length);
  assert.ok(await page.streaming(), "the answer had ended before the page was back");
  assert.ok((await page.answer()).startsWith(shown.trimEnd()));
  await done();
  const whole = await page.answered();
  assert.ok(whole.startsWith(STORY_BEGINS) && whole.endsWith(STORY_ENDS), whole);
});

spec("SIGTERM keeps an answer under way", async ({ open, slow }) => {
  let { page, window } = await open();
  await page.ask("Hello");
  const done = slow(window);
  await page.send(STORY);
  const shown = await page.shown(30);
  await window.signal("SIGTERM");
  await done();
  ({ page, window } = await open());
  await page.readyWithMessages();
  assert.ok((await page.answer()).startsWith(shown.trimEnd()), "all that was shown, not only what is older than 250 ms");
  assert.match(await page.ending(), /^Interrupted: /);
});

spec("a locked window shows nothing of the chats, and the passphrase opens it", async ({ open }) => {
  const passphrase = "correct horse battery";
  const { page } = await open();
  await page.ask("What is the capital of France?");
  await tell(page, "passphrase_set", { passphrase });
  // The page goes while it is asked.
  const encrypted = async () => (await call(page, "boot")).keeping.kind === "encrypted";
  await until("the chats to be encrypted", () => encrypted().catch(() => false));
  await page.readyWithMessages();
  await tell(page, "lock");
  await page.sees("Drawbridge is locked");
  assert.doesNotMatch(await page.words(), /France/);
  const give = async (text) => {
    await page.browser.$('input[type="password"]').addValue(text);
    await page.browser.keys(Key.Enter);
  };
  await give("wrong passphrase");
  await page.sees("does not open your chats");
  await give(passphrase);
  await page.readyWithMessages();
  assert.deepEqual(await page.questions(), ["What is the capital of France?"]);
});

spec("a damaged database is a sentence, and stays as it is", async ({ open, dataFolder }) => {
  const { page, window } = await open();
  await page.ask("Hello");
  await window.close();
  const path = join(dataFolder, "drawbridge.db");
  const bytes = readFileSync(path);
  bytes.fill(0x5a, 100, 4096); // the first page, but for the header that says what it is
  writeFileSync(path, bytes);
  const before = readdirSync(dataFolder).filter((name) => name.endsWith(".db")).toString();
  const again = await open();
  await again.page.sees("The chats’ database is damaged");
  assert.ok(bytes.equals(readFileSync(path)), "the file was changed");
  assert.equal(readdirSync(dataFolder).filter((name) => name.endsWith(".db")).toString(), before);
});

spec("the page can ask for nothing but what the bridge offers", async ({ open }) => {
  const { page } = await open();
  const tried = await page.browser.executeAsync(async (done) => {
    const ask = (command, args) => window.__TAURI_INTERNALS__.invoke(command, args).then(() => "allowed", String);
    const inline = document.createElement("script");
    inline.textContent = "document.body.dataset.ran = 'yes'";
    document.head.append(inline);
    done({
      events: await ask("plugin:event|listen", { event: "x", target: { kind: "Any" }, handler: 1 }),
      dialog: await ask("plugin:dialog|open", { options: {} }),
      windows: await ask("plugin:window|set_title", { label: "main", value: "x" }),
      global: typeof window.__TAURI__,
      fetched: await fetch("http://127.0.0.1:9/").then(() => "fetched", () => "refused"),
      pictured: await new Promise((shown) => {
        const picture = new Image();
        picture.onload = () => shown("shown");
        picture.onerror = () => shown("refused");
        picture.src = "https://example.org/x.png";
      }),
      opened: window.open("https://example.org") === null ? "refused" : "opened",
      inline: document.body.dataset.ran ?? "refused",
    });
  });
  for (const what of ["events", "dialog", "windows"]) assert.match(tried[what], /not allowed/, what);
  assert.deepEqual(
    { global: tried.global, fetched: tried.fetched, pictured: tried.pictured, opened: tried.opened, inline: tried.inline },
    { global: "undefined", fetched: "refused", pictured: "refused", opened: "refused", inline: "refused" },
  );
  await page.browser.execute(() => location.assign("https://example.org/"));
  await page.ready();
  assert.equal(await page.browser.getUrl(), "tauri://localhost");
});

spec("the main screens are accessible in both themes", async ({ open }) => {
  const { page } = await open();
  const found = {};
  const look = async (screen) => {
    for (const theme of ["light", "dark"]) {
      await call(page, "settings_change", { patch: { theme } });
      await until(theme, () => page.has(`html[data-theme="${theme}"]`));
      found[`${screen}, ${theme}`] = await violations(page.browser);
    }
  };
  await look("first run");
  await page.ask("Show me a table");
  await page.ask("Show me some code");
  await look("chat");
  await page.command("k");
  await page.browser.$('[role="dialog"] input, dialog input').waitForExist();
  await look("search");
  await page.press(Key.Escape);
  await page.command(",");
  await look("settings");
  await page.clickWords("Models", "aside");
  await look("models");
  assert.deepEqual(Object.fromEntries(Object.entries(found).filter(([, list]) => list.length > 0)), {});
});

modelSpecs(spec, call);
consentSpecs(spec);
providerSpecs(spec, { call, tell });
imageSpecs(spec, { call });

/** A command of the core, asked by the page. */
/** Runs a command after which the page is another one, so that nobody hears its answer. */
async function tell(page, command, args = null) {
  await page.browser.execute((name, value) => void window.__TAURI_INTERNALS__.invoke("dispatch", { command: name, args: value }).catch(() => {}), command, args);
}

async function call(page, command, args = null) {
  const reply = await page.browser.executeAsync(
    (name, value, done) => window.__TAURI_INTERNALS__.invoke("dispatch", { command: name, args: value }).then((ok) => done({ ok }), (failure) => done({ failure })),
    command,
    args,
  );
  if ("failure" in reply) throw new Error(`${command}: ${JSON.stringify(reply.failure)}`);
  return reply.ok;
}

/** Runs the specs whose names hold the words; prints TAP. Gives the exit code. */
export async function run(words, offline) {
  const chosen = specs.filter(({ name }) => name.includes(words));
  console.log(`TAP version 13\n1..${chosen.length}`);
  let failed = 0;
  for (const [index, { name, act }] of chosen.entries()) {
    const began = Date.now();
    const desktop = await Desktop.start();
    const dataFolder = join(desktop.home, "chats");
    let last = null;
    const speedUps = [];
    const open = async () => {
      last = await openWindow(desktop, dataFolder);
      const page = new Page(last.page);
      if (!name.startsWith("a damaged")) await page.ready();
      return { page, window: last };
    };
    /** Changes settings before the window opens, dialogs answered with yes. */
    const seed = async (patch) => {
      const changing = desktop.run(join(build, "change-settings"), [dataFolder, JSON.stringify(patch)]);
      const [code] = await once(changing, "exit");
      assert.equal(code, 0, changing.said);
    };
    const slow = (window) => {
      const done = slowDown(() => workersOf(window.pid));
      speedUps.push(done);
      return done;
    };
    try {
      await act({ open, seed, slow, desktop, dataFolder, offline });
      console.log(`ok ${index + 1} - ${name} # ${Date.now() - began} ms`);
    } catch (error) {
      failed += 1;
      console.log(`not ok ${index + 1} - ${name}\n  ---\n  ${String(error.stack ?? error).replaceAll("\n", "\n  ")}\n  ...`);
      await last?.page.saveScreenshot(join(tmpdir(), `drawbridge-window-spec-${index + 1}.png`)).catch((error) => console.log(`# no picture: ${error.message}`));
    } finally {
      await Promise.all(speedUps.map((done) => done()));
      await last?.close().catch(() => {});
      await desktop.stop();
    }
  }
  console.log(`# ${chosen.length - failed} passed, ${failed} failed`);
  return failed === 0 && chosen.length > 0 ? 0 : 1;
}
