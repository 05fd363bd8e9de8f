// Where Drawbridge goes is asked in a dialog of the system, not in the page.
import assert from "node:assert/strict";
import { Key } from "webdriverio";
import { Dialogs, YES } from "./dialogs.mjs";
import { until } from "./window.mjs";

const TITLE = "Let Drawbridge reach another host?";
const BUILT_IN = "https://huggingface.co";
const FIELD = "//label[contains(., 'Address of the hub')]/following-sibling::input";

export function consentSpecs(spec) {
  spec("another hub is used after a dialog of the system has named it, and Enter is no", async ({ open, desktop }) => {
    const { page, window } = await open();
    const asked = new Dialogs(desktop, TITLE);
    const kept = () =>
      page.browser.executeAsync((done) => window.__TAURI_INTERNALS__.invoke("dispatch", { command: "boot", args: null }).then((boot) => done(boot.settings.network.hub), done));
    const type = async (address) => {
      const field = page.browser.$(FIELD);
      await field.click();
      await page.press(Key.Ctrl, "a");
      await field.addValue(address);
      await field.addValue(Key.Enter);
    };
    const shows = (address) => until(`the field to show ${address}`, async () => (await page.browser.$(FIELD).getValue()) === address);

    await page.command(",");
    await page.browser.$(FIELD).waitForExist();
    for (const no of ["Return", "Escape"]) {
      await type("https://hub.example.org");
      await asked.press(no);
      await shows(BUILT_IN);
      assert.equal(await kept(), BUILT_IN, no);
    }
    await type("https://HUB.example.org/");
    await asked.press(...YES);
    await shows("https://hub.example.org");
    assert.equal(await kept(), "https://hub.example.org");
    await type(BUILT_IN);
    await until("the way back without a question", async () => (await kept()) === BUILT_IN);
    assert.deepEqual(asked.shown(), []);
    await window.close();
  });
}
