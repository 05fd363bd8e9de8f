// The window's figures, one line of JSON: start to a typed question answerable, memory when idle, and frames while the
// longest chat of a full store is scrolled and an answer streams. Nothing is asserted.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Desktop } from "./desktop.mjs";
import { Page } from "./page.mjs";
import { build, openWindow } from "./window.mjs";

const CHATS = 'nav[aria-label="Chats"] [data-row]';
const megabytes = (pid) => Number(readFileSync(`/proc/${pid}/status`, "utf8").match(/VmRSS:\s+(\d+)/)[1]) / 1024;
const percentile = (values, share) => values.sort((a, b) => a - b)[Math.floor((values.length - 1) * share)];

const desktop = await Desktop.start();
const folder = mkdtempSync(join(tmpdir(), "drawbridge-bench-"));
try {
  const starts = [];
  let idle;
  for (let round = 0; round < 5; round += 1) {
    const began = performance.now();
    const window = await openWindow(desktop, folder);
    await new Page(window.page).ready();
    starts.push(performance.now() - began);
    await new Promise((done) => setTimeout(done, 2000));
    idle = megabytes(window.pid);
    await window.close();
  }
  rmSync(folder, { recursive: true });
  execFileSync(join(build, "examples/fill"), [folder, "20000", "10000"]);
  const window = await openWindow(desktop, folder);
  const page = new Page(window.page);
  await page.ready();
  const opened = await window.page.executeAsync(openLongest, CHATS);
  await page.send("Tell me a story");
  const frames = await window.page.executeAsync(scroll, 5000);
  await window.close();
  console.log(
    JSON.stringify({
      start_ms: { median: percentile(starts, 0.5), all: starts, note: "the driver's own start included" },
      idle_shell_megabytes: idle,
      longest_chat_open_ms: opened,
      frames_ms: { count: frames.length, p50: percentile(frames, 0.5), p95: percentile(frames, 0.95) },
    }),
  );
} finally {
  await desktop.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** In the page: clicks the last chat of the list, which is the longest, and waits for its messages. */
function openLongest(chats, done) {
  const began = performance.now();
  const row = [...document.querySelectorAll(chats)].at(-1);
  (row.querySelector("button, a") ?? row).click();
  const look = () => (document.querySelectorAll("article").length > 1 ? done(performance.now() - began) : requestAnimationFrame(look));
  look();
}

/** In the page: scrolls the transcript up and down and measures every frame. */
function scroll(forMs, done) {
  const list = document.querySelector('[role="log"]');
  const frames = [];
  const began = performance.now();
  let last = began;
  const step = (now) => {
    frames.push(now - last);
    last = now;
    list.scrollTop += Math.sin((now - began) / 400) * 60;
    if (now - began < forMs) requestAnimationFrame(step);
    else done(frames);
  };
  requestAnimationFrame(step);
}
