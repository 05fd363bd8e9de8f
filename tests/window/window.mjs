// The built application, driven through WebKitWebDriver as a person would drive it.
import { once } from "node:events";
import { createServer } from "node:net";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { remote } from "webdriverio";
import { isAlive, shellOf, workersOf } from "./processes.mjs";

const target = process.env.CARGO_TARGET_DIR ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "drawbridge/target");
/** `debug` for the specs; `./dev bench` measures `release`. */
export const build = join(target, process.env.DRAWBRIDGE_BUILD ?? "debug");
export const binary = join(build, "drawbridge");

/** Longest that anything may take which should happen at once. */
const PATIENCE_MS = 30_000;

/** Asks again and again until `look` gives something truthy; says what it waited for where it does not. */
export async function until(what, look, patience = PATIENCE_MS) {
  const end = Date.now() + patience;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`);
    await pause(25);
  }
}

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/** Opens the window on a data folder. */
export async function openWindow(desktop, dataFolder, { env = {} } = {}) {
  const port = await freePort();
  const driver = desktop.run("WebKitWebDriver", [`--port=${port}`, "--host=127.0.0.1"], { TAURI_WEBVIEW_AUTOMATION: "true", ...env });
  const status = () => fetch(`http://127.0.0.1:${port}/status`).then((reply) => reply.ok, () => false);
  await until("the driver to answer", status);
  const page = await remote({
    hostname: "127.0.0.1",
    port,
    logLevel: "error",
    connectionRetryCount: 0,
    connectionRetryTimeout: PATIENCE_MS,
    capabilities: {
      "wdio:enforceWebDriverClassic": true,
      "webkitgtk:browserOptions": { binary, args: ["--data-dir", dataFolder] },
    },
  });
  return new Window(page, driver, dataFolder);
}

export class Window {
  constructor(page, driver, dataFolder) {
    this.page = page;
    this.driver = driver;
    this.dataFolder = dataFolder;
    this.pid = shellOf(dataFolder);
  }

  /** The worker that answers; waits for it. */
  worker = () => until("a worker", () => workersOf(this.pid)[0]);

  /** Ends the window with a signal and waits until it is gone. */
  async signal(name) {
    process.kill(this.pid, name);
    await until(`the window to end after ${name}`, () => !isAlive(this.pid));
    await this.#endDriver();
  }

  /** Ends the window in good order, as a session does that ends. */
  async close() {
    if (isAlive(this.pid)) await this.signal("SIGTERM");
    else await this.#endDriver();
  }

  async #endDriver() {
    if (this.driver.exitCode !== null || this.driver.signalCode !== null) return;
    this.driver.kill("SIGKILL");
    await once(this.driver, "exit");
  }
}
