// Dialogs of the system, which neither the page nor its driver can see or answer: they are answered by keys of the desktop.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { until } from "./window.mjs";

/** Keys that agree: the answer that holds the focus is no. */
export const YES = ["Tab", "Return"];

/** A file dialog that is still there after this did not take the path. */
const TYPED_AFTER_MS = 2_000;

export class Dialogs {
  constructor(desktop, title) {
    this.desktop = desktop;
    this.title = title;
  }

  #xdotool = (...args) => {
    try {
      return execFileSync("xdotool", args, { env: this.desktop.env, stdio: ["ignore", "pipe", "ignore"] }).toString().trim();
    } catch {
      return "";
    }
  };

  /** Those of this title that are shown. */
  shown = () => this.#xdotool("search", "--onlyvisible", "--name", `^${this.title.replace(/[?.]/g, "\\$&")}$`).split("\n").filter(Boolean);

  /** Waits for the one that is asked, and answers it. */
  async press(...keys) {
    await this.#tell("key", ...keys);
    await this.#gone();
  }

  /** Waits for the one that wants a file, and names it: a slash opens the field for its path. What is typed while the
   * field opens may be lost, and the list of completions may take a Return for itself: then it is typed anew, once a
   * Return has closed what was said of a path that is none. */
  async pick(path) {
    await this.#tell("type", "/");
    for (let left = 5; left > 0; left -= 1) {
      await this.#tell("key", "ctrl+a");
      await this.#tell("type", "--delay", "30", path);
      await this.#tell("key", "Return");
      const gone = await this.#gone(TYPED_AFTER_MS).then(() => true, () => false);
      if (gone || this.shown().length === 0) return;
      await this.#tell("key", "Return");
    }
    await this.#gone();
  }

  async #tell(...how) {
    const [dialog] = await until(`the dialog “${this.title}”`, () => {
      const shown = this.shown();
      return shown.length > 0 && shown;
    });
    assert.equal(this.shown().length, 1);
    this.#xdotool("windowfocus", "--sync", dialog, ...how);
  }

  #gone = (patience) => until("the dialog to be gone", () => this.shown().length === 0, patience);
}
