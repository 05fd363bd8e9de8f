/** Reading and scrolling in WebKit itself: what is being read never moves, the end is followed only from the end, nothing leaves the page. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { build, preview } from "vite";
import { startWebKit } from "./engine.mjs";
import config from "./vite.config.js";

let browser, close, server, address;

before(async () => {
  await build(config);
  server = await preview(config);
  address = server.resolvedUrls.local[0];
  ({ browser, close } = await startWebKit());
});

after(async () => {
  await close?.();
  await server?.close();
});

/** A chat of 300 messages, at its end. */
async function chat() {
  await browser.url(address);
  await browser.executeAsync(async (done) => {
    await document.fonts.ready;
    await reading.load(300);
    for (let frame = 0; frame < 30; frame += 1) await new Promise(requestAnimationFrame);
    done();
  });
}

/**
 * Runs `act` in the page and samples each frame: how far the line in view has moved at most, and the gap to the end.
 * `from` is how far above the end the reader goes first.
 */
async function watch(act, from = 0, argument = null) {
  // As text: the page's policy lets no string be evaluated there, and the driver's own script is not one.
  const run = `const done = arguments[arguments.length - 1]; (${sample})(${act}, arguments[0], arguments[1]).then(done, (error) => done({ error: String(error) }))`;
  const seen = await browser.executeAsync(run, from, argument);
  assert.equal(seen.error, undefined);
  return seen;
}

async function sample(act, up, given) {
  const frame = () => new Promise(requestAnimationFrame);
  const scroller = document.querySelector('[role="log"]');
  for (let step = 0; step < up; step += 400) {
    scroller.dispatchEvent(new WheelEvent("wheel", { deltaY: -400, bubbles: true }));
    scroller.scrollTop -= Math.min(400, up - step);
    await frame();
  }
  for (let at = 0; at < 30; at += 1) await frame();
  const fold = scroller.getBoundingClientRect().top;
  const line = [...scroller.querySelectorAll("p, li, td, h3, h4, pre")]
    .filter((each) => each.getBoundingClientRect().bottom > fold + 1)
    .sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)[0];
  const start = line.getBoundingClientRect().top;
  const seen = { drift: 0, gap: 0, frames: [], connected: true };
  let running = true;
  const sampling = (async () => {
    let last = performance.now();
    while (running) {
      await frame();
      const now = performance.now();
      seen.frames.push(now - last);
      last = now;
      seen.connected &&= line.isConnected;
      if (line.isConnected) seen.drift = Math.max(seen.drift, Math.abs(line.getBoundingClientRect().top - start));
      seen.gap = Math.max(seen.gap, scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop);
    }
  })();
  const result = await act(frame, given, scroller);
  for (let at = 0; at < 15; at += 1) await frame();
  running = false;
  await sampling;
  return { ...seen, result };
}

const stream = async (frame, flushes) => {
  reading.begin();
  const words = "The **gate** opens slowly, and `each` word walks over it.\n\n- one\n- two\n\n```rust\nlet a = 1;\nlet b = 2;\n```\n\nThen $x^2$ and more. ";
  for (let at = 0; at < flushes; at += 1) {
    reading.append(words.slice((at * 13) % words.length, ((at * 13) % words.length) + 13));
    await frame();
  }
  reading.end();
};

const percentile = (values, share) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];

test("streaming moves nothing while the reader is further up", async (t) => {
  await chat();
  const seen = await watch(stream, 3000, 400);
  assert.ok(seen.connected, "the line stays in the page");
  assert.equal(seen.drift, 0);
  assert.ok(seen.gap > 2000);
  t.diagnostic(`frame p95 while streaming above the end: ${percentile(seen.frames, 0.95).toFixed(1)} ms`);
});

test("streaming moves nothing while the reader is inside the growing answer", async () => {
  await chat();
  await watch(async (frame) => {
    reading.begin();
    for (let at = 0; at < 100; at += 1) {
      reading.append("A first part of the answer, which is long.\n\n");
      await frame();
    }
  });
  const seen = await watch(async (frame) => {
    for (let at = 0; at < 200; at += 1) {
      reading.append(at % 50 === 0 ? "Then $$x^2$$ and\n\n```rust\nlet a = 1;\n```\n\n" : "And more words come to the end.\n\n");
      await frame();
    }
  }, 1200);
  assert.ok(seen.connected, "the line stays in the page");
  assert.equal(seen.drift, 0);
  assert.ok(seen.gap > 5000, "the answer grew");
});

test("fifty older messages in front move nothing", async () => {
  await chat();
  const seen = await watch(async (frame) => {
    for (let times = 0; times < 3; times += 1) {
      await reading.prepend(50);
      for (let at = 0; at < 20; at += 1) await frame();
    }
  }, 4000);
  assert.ok(seen.connected, "the line stays in the page");
  assert.equal(seen.drift, 0);
});

test("a window made narrower and wider leaves the line that is read in its place", async () => {
  await chat();
  const seen = await watch(async (frame) => {
    for (const width of [640, 520, 900, 720]) {
      reading.resize(width);
      for (let at = 0; at < 20; at += 1) await frame();
    }
  }, 5000);
  assert.ok(seen.drift <= 1, `moved by ${seen.drift} px`);
});

test("the end is followed to the pixel from the end", async (t) => {
  await chat();
  const seen = await watch(stream, 0, 400);
  assert.ok(seen.gap <= 1, `the end was ${seen.gap} px away`);
  t.diagnostic(`frame p95 while following: ${percentile(seen.frames, 0.95).toFixed(1)} ms`);
});

test("a turn of the wheel, a key and a selection each end the following, and the pill leads back", async () => {
  for (const leave of ["wheel", "PageUp", "select"]) {
    await chat();
    const { result } = await watch(async (frame, way, scroller) => {
      if (way === "wheel") scroller.dispatchEvent(new WheelEvent("wheel", { deltaY: -10, bubbles: true }));
      else if (way === "PageUp") scroller.dispatchEvent(new KeyboardEvent("keydown", { key: "PageUp", bubbles: true }));
      else document.getSelection().selectAllChildren(scroller.querySelector("p"));
      await frame();
      const top = scroller.scrollTop;
      reading.begin();
      for (let at = 0; at < 60; at += 1) {
        reading.append("A new line of the answer.\n\n");
        await frame();
      }
      const stayed = Math.abs(scroller.scrollTop - top);
      const pill = [...document.querySelectorAll("button")].find((button) => button.textContent.includes("Jump to latest"));
      const words = pill?.textContent.trim();
      document.getSelection().removeAllRanges();
      pill?.click();
      for (let at = 0; at < 5; at += 1) await frame();
      return { stayed, words, gap: scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop };
    }, 0, leave);
    assert.deepEqual({ leave, ...result }, { leave, stayed: 0, words: "Jump to latest, new text", gap: 0 });
  }
});

test("each chat keeps its place", async () => {
  await chat();
  const { result } = await watch(async (frame, _, scroller) => {
    const settle = async () => { for (let at = 0; at < 30; at += 1) await frame(); };
    const first = () => {
      const log = document.querySelector('[role="log"]');
      const top = log.getBoundingClientRect().top;
      const line = [...log.querySelectorAll("p, li, td, h3, h4, pre")]
        .filter((each) => each.getBoundingClientRect().bottom > top + 1)
        .sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)[0];
      return { words: line.textContent.slice(0, 60), at: Math.round(line.getBoundingClientRect().top) };
    };
    scroller.scrollTop -= 37;
    await settle();
    const before = first();
    await reading.open("second", 40);
    await settle();
    const other = document.querySelector('[role="log"]');
    const atEnd = other.scrollHeight - other.clientHeight - other.scrollTop;
    await reading.open("first", 300);
    await settle();
    return { before, after: first(), atEnd };
  }, 6000);
  assert.deepEqual(result.after, result.before);
  assert.equal(result.atEnd, 0);
});

test("a message is found, brought to the top and given focus; Alt with an arrow goes on from there", async () => {
  await chat();
  const { result } = await watch(async (frame, _, scroller) => {
    const settle = async () => { for (let at = 0; at < 30; at += 1) await frame(); };
    const focused = () => ({ row: document.activeElement.closest("[data-index]")?.dataset.index, top: Math.round(document.activeElement.getBoundingClientRect().top - scroller.getBoundingClientRect().top) });
    reading.scrollToId("m17");
    await settle();
    const found = focused();
    window.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowUp", altKey: true, cancelable: true }));
    await settle();
    return { found, stepped: focused(), missing: reading.scrollToId("none") };
  });
  assert.deepEqual(result, { found: { row: "17", top: 0 }, stepped: { row: "16", top: 0 }, missing: false });
});

test("older messages are asked for once when the reader comes near the top", async () => {
  await chat();
  const { result } = await watch(async (frame) => {
    const before = reading.nearTop();
    reading.scrollToId("m0");
    for (let at = 0; at < 30; at += 1) await frame();
    const once = reading.nearTop() - before;
    await reading.prepend(50);
    for (let at = 0; at < 30; at += 1) await frame();
    reading.scrollToId("m-50");
    for (let at = 0; at < 30; at += 1) await frame();
    return { once, again: reading.nearTop() - before };
  });
  assert.deepEqual(result, { once: 1, again: 2 });
});

test("code is coloured and formulas are drawn, under the strict policy and from this page's origin only", async () => {
  await browser.url(`${address}?showcase`);
  await browser.waitUntil(() => browser.execute(() => document.querySelectorAll(".katex").length >= 4 && document.querySelectorAll("[class*='k-keyword']").length > 3), { timeout: 30_000 });
  const facts = await browser.execute(() => ({
    origins: [...new Set(performance.getEntriesByType("resource").map((entry) => new URL(entry.name).origin))],
    here: location.origin,
    fonts: [...document.fonts].filter((font) => font.family.startsWith("KaTeX") && font.status === "loaded").length,
  }));
  assert.deepEqual(facts.origins, [facts.here]);
  assert.ok(facts.fonts > 0, "KaTeX's fonts are loaded");
});

test("a long answer is drawn in time linear in its length", async (t) => {
  await chat();
  const { result, frames } = await watch(async (frame) => {
    const part = "Some **bold** words and `code` in a paragraph that goes on for a while, as answers do.\n\n- one item\n- another\n\n```rust\nfn main() { println!(\"hello\"); }\n```\n\n";
    const text = part.repeat(Math.ceil(100_000 / part.length)).slice(0, 100_000);
    reading.begin();
    let script = 0;
    for (let at = 0; at < text.length; at += 390) {
      const from = performance.now();
      reading.append(text.slice(at, at + 390));
      await Promise.resolve();
      script += performance.now() - from;
      await frame();
    }
    return { script, blocks: document.querySelectorAll("article:last-of-type p").length };
  });
  assert.ok(result.blocks > 0);
  t.diagnostic(`100 KB in 256 flushes: ${result.script.toFixed(0)} ms of script, frame p95 ${percentile(frames, 0.95).toFixed(1)} ms, longest ${Math.max(...frames).toFixed(0)} ms`);
});
