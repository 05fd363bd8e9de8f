// Dialogs of the system, which neither the page nor its driver can see or answer: they are answered by keys of the desktop.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { until } from "./window.mjs";

/** Keys that agree: the answer that holds the focus is no. */
export const YES = ["Tab", "Return"];

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
    const [dialog] = await until(`the dialog “${this.title}”`, () => {
      const shown = this.shown();
      return shown.length > 0 && shown;
    });
    assert.equal(this.shown().length, 1);
    this.#xdotool("windowfocus", "--sync", dialog, "key", ...keys);
    await until("the dialog to be gone", () => this.shown().length === 0);
  }
}
