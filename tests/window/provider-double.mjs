// The doubles of all providers on loopback, run beside the window; and the clipboard, from which their keys are pasted.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { build } from "./window.mjs";

export class ProviderDouble {
  #child;

  /** One of a kind: `openai`, `azure`, `anthropic`, `gemini`, `compatible`; with `origin`, `base_url` and `key`. */
  static async start(kind) {
    const double = new ProviderDouble();
    double.#child = spawn(join(build, "provider-double"), { stdio: ["pipe", "pipe", "inherit"] });
    const lines = createInterface({ input: double.#child.stdout })[Symbol.asyncIterator]();
    return Object.assign(double, JSON.parse((await lines.next()).value)[kind]);
  }

  /** What the next questions get: the turns of `tests/src/provider/turn.rs`. */
  async script(...turns) {
    const reply = await fetch(`${this.origin}/__double/script`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ turns }) });
    if (!reply.ok) throw new Error(await reply.text());
  }

  /** Every request so far. */
  seen = async () => (await fetch(`${this.origin}/__double/requests`)).json();

  async stop() {
    this.#child.kill("SIGKILL");
    await once(this.#child, "exit");
  }
}

/** Copies a text as another program would. The process ends when the clipboard is emptied or taken by somebody else. */
export function copy(desktop, text) {
  const child = spawn(join(build, "clipboard"), { env: desktop.env, stdio: ["pipe", "ignore", "inherit"] });
  child.stdin.end(text);
  return child;
}
