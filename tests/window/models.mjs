// Models in the window: found on a hub on loopback, downloaded, checked, asked.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Key } from "webdriverio";
import { violations } from "./accessible.mjs";
import { Hub } from "./hub.mjs";
import { until } from "./window.mjs";

const WORDS = 'input[aria-label="Words to search for"]';
const FILE = "starter-Q8_0.gguf";
const MEGABYTE = 1_000_000;

export function modelSpecs(spec, call) {
  /** A spec with a hub beside the window. */
  const withHub = (name, act) =>
    spec(name, async (context) => {
      const hub = await Hub.start();
      try {
        await act({ ...context, hub });
      } finally {
        await hub.stop();
      }
    });

  const searchFor = async (page, words) => {
    await page.go("Models");
    await page.clickWords("Search the hub");
    await page.browser.$(WORDS).setValue(words);
  };

  const beginDownload = async (page) => {
    await searchFor(page, "starter");
    await page.browser.$(WORDS).addValue(Key.Enter);
    await page.sees("1 repository for “starter”");
    await page.clickWords("drawbridge/starter-GGUF");
    await until("its files", () => page.has(`button[aria-label="Download ${FILE}"]`));
    await page.click(`Download ${FILE}`);
  };

  withHub("a model is searched, downloaded, paused, checked, and answers", async ({ open, seed, hub }) => {
    await seed(hub.settings);
    const { page } = await open();
    await searchFor(page, "starter");
    assert.deepEqual(await hub.seen(), [], "nothing is sent while one types");
    hub.misbehave("bytes", { kind: "stall", after: MEGABYTE }, 1);
    await beginDownload(page);
    await page.clickWords("Recommended");
    await page.sees("1.0 of 3.1 MB");
    await page.clickWords("Pause");
    await page.sees("Paused, 1.0 of 3.1 MB are kept");
    assert.deepEqual(await violations(page.browser), []);
    await page.clickWords("Resume");
    await page.sees("Every byte matches what 127.0.0.1");
    const [model] = (await call(page, "model_list")).filter((one) => one.origin.kind === "hub");
    assert.ok(model.verification.matched);
    await page.clickWords(model.name);
    await page.sees(model.sha256);
    await page.sees("Verify again");
    assert.deepEqual(await violations(page.browser), []);
    await page.clickWords("Chat with it");
    assert.match(await page.ask("What is the capital of France?"), /Paris/);
    const bytes = (await hub.seen()).filter((one) => one.host === "cdn").map((one) => one.headers.find(([name]) => name === "range")?.[1] ?? "all");
    assert.equal(bytes.length, 2);
    assert.match(bytes[1], new RegExp(`^bytes=${MEGABYTE}-`));
  });

  withHub("a window that is killed while a model arrives goes on with it", async ({ open, seed, hub, dataFolder }) => {
    await seed(hub.settings);
    let { page, window } = await open();
    hub.misbehave("bytes", { kind: "stall", after: 2 * MEGABYTE }, 1);
    await beginDownload(page);
    await page.clickWords("Recommended");
    await page.sees("2.0 of 3.1 MB");
    await window.signal("SIGKILL");
    ({ page, window } = await open());
    const requests = (await hub.seen()).length;
    await page.go("Models");
    await page.sees("Paused");
    assert.equal((await hub.seen()).length, requests, "nothing goes on by itself");
    await page.clickWords("Resume");
    await page.sees("Every byte matches what 127.0.0.1");
    const [model] = (await call(page, "model_list")).filter((one) => one.origin.kind === "hub");
    const file = join(model.folder, model.file_name);
    assert.ok(file.startsWith(join(dataFolder, "models")), file);
    assert.equal(createHash("sha256").update(readFileSync(file)).digest("hex"), model.sha256);
  });

  withHub("without a hub a search says so, and chats go on", async ({ open, seed, hub }) => {
    await seed({ network: { ...hub.settings.network, hub: "http://127.0.0.1:9" } });
    const { page } = await open();
    await searchFor(page, "starter");
    await page.browser.$(WORDS).addValue(Key.Enter);
    const said = await until("a sentence", () => page.browser.execute(() => document.querySelector('[role="alert"]')?.innerText));
    assert.match(said, /127\.0\.0\.1:9 refused the connection/);
    assert.doesNotMatch(said, /undefined|os error|reqwest|hyper/);
    await page.newChat();
    assert.match(await page.ask("What is the capital of France?"), /Paris/);
    assert.deepEqual(await hub.seen(), []);
  });
}
