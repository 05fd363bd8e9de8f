// Chats with a provider, in the window: added, allowed, asked, refused; and what is left of a session that was locked.
import assert from "node:assert/strict";
import { once } from "node:events";
import { Key } from "webdriverio";
import { Dialogs, YES } from "./dialogs.mjs";
import { inFiles, inPage, inProcesses } from "./leaks.mjs";
import { familyOf } from "./processes.mjs";
import { ProviderDouble, copy } from "./provider-double.mjs";
import { until } from "./window.mjs";

const PASSPHRASE = "correct horse battery";
const MODEL = "GPT-4.1";
const ADDRESS = "//label[b='Address']/following::input[1]";

/** Encrypts the chats as a person does; without a keychain no key can be kept before. */
export async function encrypt(page, call) {
  await page.command(",");
  await page.clickWords("Encrypt with a passphrase");
  const fields = () => page.browser.$$("dialog input[type=password]").getElements();
  await until("two fields", async () => (await fields()).length === 2);
  for (const field of await fields()) await field.addValue(PASSPHRASE);
  await page.browser.keys(Key.Enter);
  // The page goes while it is encrypted.
  await until("the chats to be encrypted", async () => (await call(page, "boot").catch(() => null))?.keeping.kind === "encrypted");
  await page.ready();
}

/** Adds OpenAI at the double's address, with its key from the clipboard, and has it answer in the chat that is open. */
export async function addProvider({ page, desktop, double }) {
  await page.command(",");
  await page.clickWords("Show providers");
  await page.clickWords("OpenAI");
  await until("its form", () => page.has("summary"));
  await page.browser.$("summary").click();
  const address = page.browser.$(ADDRESS);
  await address.waitForDisplayed();
  await address.setValue(double.base_url);
  await address.addValue(Key.Enter);
  await new Dialogs(desktop, `Let chats reach ${new URL(double.origin).host}?`).press(...YES);
  const clipboard = copy(desktop, double.key);
  await page.click("Paste key: OpenAI");
  await page.sees("It answered in");
  if (clipboard.exitCode === null) await once(clipboard, "exit");
}

/** Chooses a model for the chat that is open. */
export async function choose(page, model) {
  await page.browser.$('button[aria-label^="Model:"]').click();
  await page.clickWords(model, "[role=menu]");
}

export function providerSpecs(spec, { call }) {
  const withDouble = (name, act) =>
    spec(name, async (context) => {
      const double = await ProviderDouble.start("openai");
      try {
        await act({ ...context, double });
      } finally {
        await double.stop();
      }
    });

  withDouble("a provider is added, allowed and asked, and a raised bridge stops it", async ({ open, desktop, double }) => {
    const { page } = await open();
    await encrypt(page, call);
    await addProvider({ page, desktop, double });
    await page.newChat();
    await choose(page, MODEL);
    await until("where it will go", () => page.has('button[aria-label^="Send to OpenAI"]'));

    const crossing = new Dialogs(desktop, "Let this chat cross to OpenAI?");
    const questions = async () => (await double.seen()).filter(({ path }) => path.endsWith("/responses"));
    await page.send("How is the sea?");
    await crossing.press("Return");
    await page.sees("You did not allow this");
    assert.deepEqual(await questions(), []);

    await double.script({ turn: "answer", text: ["The sea ", "is ", "calm ", "today."], pause_ms: 200 });
    assert.equal(await page.draft(), "How is the sea?");
    await page.click("Send to OpenAI");
    await crossing.press(...YES);
    await page.shown("The sea ".length);
    assert.equal(await page.answered(), "The sea is calm today.");
    await page.sees("OpenAI · cloud");
    assert.match(await page.words(), /\$0\.\d+/);
    const [question] = await questions();
    assert.equal(question.body.store, false);

    await page.clickWords("Bridge guarded");
    await page.clickWords("Up, sealed");
    await until("the bridge to be up", async () => (await call(page, "boot")).settings.mode === "sealed");
    await page.press(Key.Escape);
    await page.type("And tomorrow?");
    await until("a button that says why not", () => page.has('button[aria-label^="Send to OpenAI. The bridge is up"][aria-disabled="true"]'));
    await page.click("Regenerate");
    await page.sees("The bridge is up, so nothing was sent to OpenAI. Choose a model of this computer, or lower the bridge.");
    assert.equal((await questions()).length, 1);
  });

  withDouble("a locked session leaves no key, passphrase or message behind", async ({ open, desktop, dataFolder, double }) => {
    const { page, window } = await open();
    await page.ask("Tell me of the quokka");
    await encrypt(page, call);
    await addProvider({ page, desktop, double });
    await page.newChat();
    await choose(page, MODEL);
    await double.script({ turn: "answer", text: ["An axolotl ", "never grows up."] });
    await page.send("Tell me of the capybara");
    await new Dialogs(desktop, "Let this chat cross to OpenAI?").press(...YES);
    await page.sees("An axolotl never grows up.");
    await page.answered();
    await page.type("And of the pangolin");
    await until("the draft to be kept", async () => (await call(page, "boot")).chats.some((chat) => chat.has_draft));
    const words = [double.key, PASSPHRASE, "quokka", "capybara", "axolotl", "pangolin"];
    assert.deepEqual((await inPage(page.browser, words.slice(3))).length > 0, true, "the search sees what is shown");

    await page.browser.keys([Key.Ctrl, Key.Shift, "l"]);
    await page.sees("Drawbridge is locked");
    const family = familyOf(window.pid);
    assert.deepEqual(await inPage(page.browser, words), []);
    assert.deepEqual(inProcesses(family, words), []);
    assert.deepEqual(inFiles(desktop.home, words), []);

    // The same searches find what is there to be found.
    await page.browser.execute(() => localStorage.setItem("planted", "a wombat"));
    assert.deepEqual(await inPage(page.browser, ["wombat"]), ["wombat in localStorage of the page"]);
    assert.ok(inProcesses(family, [dataFolder]).length > 0 && inProcesses(family, [desktop.env.DISPLAY]).length > 0);
    const stored = await until("WebKit to write it", () => inFiles(desktop.home, ["wombat"])[0]);
    assert.match(stored, /webview.*localstorage/, "WebKit's folder is among those that are searched");
  });
}
