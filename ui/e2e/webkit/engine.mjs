/** Starts what a test in WebKit needs, each by its own process, and ends exactly those. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { remote } from "webdriverio";

const READY_TRIES = 200;

/** A browser, its display and its driver; `close` ends all three. */
export async function startWebKit({ width = 1280, height = 800 } = {}) {
  const started = [];
  const home = mkdtempSync(join(tmpdir(), "webkit-test-"));
  const close = async () => {
    for (const child of started.reverse()) await end(child);
    rmSync(home, { recursive: true, force: true });
  };
  try {
    const display = freeDisplay();
    started.push(run("Xvfb", [display, "-screen", "0", `${width}x${height}x24`, "-nolisten", "tcp"], {}));
    await until(() => existsSync(`/tmp/.X11-unix/X${display.slice(1)}`), "Xvfb");
    const port = await freePort();
    const env = { DISPLAY: display, HOME: home, XDG_DATA_HOME: home, XDG_CACHE_HOME: home, XDG_CONFIG_HOME: home, GDK_BACKEND: "x11", NO_AT_BRIDGE: "1", LIBGL_ALWAYS_SOFTWARE: "1", WEBKIT_DISABLE_DMABUF_RENDERER: "1" };
    started.push(run("WebKitWebDriver", [`--port=${port}`, "--host=127.0.0.1"], env));
    await until(() => isReady(port), "WebKitWebDriver");
    const browser = await remote({
      hostname: "127.0.0.1", port, path: "/", logLevel: "error", connectionRetryCount: 0,
      capabilities: { "wdio:enforceWebDriverClassic": true, "webkitgtk:browserOptions": { binary: miniBrowser(), args: ["--automation", "--private"] } },
    });
    await browser.setWindowSize(width, height);
    await browser.setTimeout({ script: 60_000 });
    return { browser, close: async () => { await browser.deleteSession().catch(() => undefined); await close(); } };
  } catch (error) {
    await close();
    throw error;
  }
}

function run(command, args, env) {
  return spawn(command, args, { stdio: "ignore", env: { ...process.env, ...env } });
}

async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await gone;
}

async function until(holds, what) {
  for (let tries = 0; tries < READY_TRIES; tries += 1) {
    if (await holds()) return;
    await wait(50);
  }
  throw new Error(`${what} did not start`);
}

async function isReady(port) {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/status`);
    return (await answer.json()).value?.ready === true;
  } catch {
    return false;
  }
}

function freeDisplay() {
  for (let number = 90 + (process.pid % 400); ; number += 1) if (!existsSync(`/tmp/.X11-unix/X${number}`) && !existsSync(`/tmp/.X${number}-lock`)) return `:${number}`;
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function miniBrowser() {
  const found = ["/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser", "/usr/lib/aarch64-linux-gnu/webkit2gtk-4.1/MiniBrowser", "/usr/libexec/webkit2gtk-4.1/MiniBrowser"].find((path) => existsSync(path));
  if (!found) throw new Error("WebKit's MiniBrowser is not installed (Debian: libwebkit2gtk-4.1-0)");
  return found;
}
