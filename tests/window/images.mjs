// Images in the window: picked, sent without what their file tells of itself, shown, and kept from whoever sees none.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import { Key } from "webdriverio";
import { Dialogs, YES } from "./dialogs.mjs";
import { ProviderDouble } from "./provider-double.mjs";
import { addProvider, choose, encrypt } from "./providers.mjs";
import { until } from "./window.mjs";

const NAME = "harbour.png";
const [WIDTH, HEIGHT] = [320, 200];
const TOLD = "Taken at 54.30 N, 10.13 E";
const TILE = `button[aria-label="Image ${NAME}, ${WIDTH} × ${HEIGHT}"] img`;
const PASTED = `button[aria-label="Image Pasted image.png, ${WIDTH} × ${HEIGHT}"] img`;
const ATTACHED = '[aria-label="Attached files"]';
const QUESTION = 'article[aria-label^="You,"]';
const ATTACH = "Attach texts or images";

/** A PNG of one colour, which says of itself where it was taken. */
function png() {
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(data.length, 0);
    frame.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
  };
  const head = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0]);
  head.writeUInt32BE(WIDTH, 0);
  head.writeUInt32BE(HEIGHT, 4);
  const row = Buffer.concat([Buffer.from([0]), Buffer.alloc(3 * WIDTH, 0x5a)]);
  const pixels = deflateSync(Buffer.concat(Array.from({ length: HEIGHT }, () => row)));
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk("IHDR", head), chunk("tEXt", Buffer.from(`Comment\0${TOLD}`, "latin1")), chunk("IDAT", pixels), chunk("IEND", Buffer.alloc(0))]);
}

/** The images of a question as the provider got them, as bytes. */
function imagesOf(body) {
  const parts = body.input.flatMap(({ content }) => (Array.isArray(content) ? content : []));
  return parts.filter(({ type }) => type === "input_image").map(({ image_url }) => Buffer.from(image_url.split(";base64,")[1], "base64"));
}

async function attach(page, desktop, path) {
  await page.click(ATTACH);
  await new Dialogs(desktop, ATTACH).pick(path);
  await until("its tile", () => page.has(`${ATTACHED} ${TILE}`));
}

export function imageSpecs(spec, { call }) {
  spec("an image is pasted, shown, and lives through a restart", async ({ open, desktop }) => {
    const path = join(desktop.home, NAME);
    writeFileSync(path, png());
    const first = await open();
    const holder = desktop.run("xclip", ["-quiet", "-selection", "clipboard", "-t", "image/png", "-i", path]);
    try {
      await first.page.type("Before it ");
      await first.page.command("v");
      await until("its tile", () => first.page.has(`${ATTACHED} ${PASTED}`));
      assert.equal(await first.page.draft(), "Before it ");
    } finally {
      holder.kill();
    }
    await first.window.close();
    const { page } = await open();
    await until("the tile again", () => page.has(`${ATTACHED} ${PASTED}`));
  });

  spec("an image goes to a model that sees it, without what its file tells, and to no other", async ({ open, desktop }) => {
    const double = await ProviderDouble.start("openai");
    try {
      const path = join(desktop.home, NAME);
      writeFileSync(path, png());
      assert.ok(png().includes(TOLD));
      const { page } = await open();
      await encrypt(page, call);
      await addProvider({ page, desktop, double });
      await page.newChat();
      await choose(page, "GPT-4.1");
      await attach(page, desktop, path);
      await page.sees("Place, date and camera data were removed from the image.");

      await double.script({ turn: "answer", text: ["One ", "grey ", "field."] });
      await page.send("What is this?");
      await new Dialogs(desktop, "Let this chat cross to OpenAI?").press(...YES);
      await page.sees("One grey field.");
      await page.answered();
      await until("the image in its question", () => page.has(`${QUESTION} ${TILE}`));
      assert.ok(!(await page.has(ATTACHED)));
      const questions = async () => (await double.seen()).filter(({ path: asked }) => asked.endsWith("/responses"));
      const [{ body }] = await questions();
      const [image, ...more] = imagesOf(body);
      assert.deepEqual(more, []);
      assert.ok(image.length > 0 && !image.includes(TOLD), "it told where it was taken");

      await page.browser.$(`${QUESTION} ${TILE}`).click();
      await until("the whole image", () => page.browser.execute((name) => [...document.querySelectorAll("dialog[open] img")].some((one) => one.alt === name && one.naturalWidth > 0), NAME));
      await page.sees(`${WIDTH} × ${HEIGHT} pixels`);
      await page.press(Key.Escape);
      await until("the viewer to be gone", async () => !(await page.has("dialog[open]")));

      const starter = (await call(page, "boot")).models.find((model) => model.starter).name;
      await choose(page, starter);
      await page.sees(`${starter} cannot see the image of this chat; it reads its name only.`);
      await attach(page, desktop, path);
      await page.sees(`${starter} reads text only. Choose a model that sees images, or take the image off.`);
      await page.send("And this?");
      await until("a button that says why not", () => page.has('button[aria-label*="reads text only"][aria-disabled="true"]'));
      assert.equal(await page.draft(), "And this?");
      assert.equal((await page.questions()).length, 1);
      await page.click(`Take off ${NAME}`);
      await page.send("And this?");
      await until("a second question", async () => (await page.questions()).length === 2);
      await page.answered();
      assert.equal((await questions()).length, 1);
    } finally {
      await double.stop();
    }
  });
}
