// The model hub on loopback, run beside the window. It takes orders on its standard input and ends with it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { build } from "./window.mjs";

export class Hub {
  #child;
  #lines;

  static async start() {
    const hub = new Hub();
    hub.#child = spawn(join(build, "hub-double"), { stdio: ["pipe", "pipe", "inherit"] });
    hub.#lines = createInterface({ input: hub.#child.stdout })[Symbol.asyncIterator]();
    Object.assign(hub, JSON.parse((await hub.#lines.next()).value));
    return hub;
  }

  #order = (order) => this.#child.stdin.write(`${JSON.stringify(order)}\n`);

  /** From now on this goes wrong; so many times where `times` is given. */
  misbehave = (at, fault, times = null) => this.#order({ fault: { at, fault, times } });
  behave = () => this.#order("behave");

  /** Every request so far. */
  async seen() {
    this.#order("seen");
    return JSON.parse((await this.#lines.next()).value);
  }

  async stop() {
    this.#child.kill("SIGKILL");
    await once(this.#child, "exit");
  }
}
