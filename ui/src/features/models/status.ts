/** How a model is doing where that is more than lying ready, and whether it is what its source stated. Pure. */
import type { ModelCard, ModelOrigin, ModelStatus } from "../../generated/wire";
import { ago } from "../../words/dates";
import { percent } from "../../words/figures";

/** What a status says; a share is drawn as a bar. Null for a model that is simply there. */
export function said(status: ModelStatus): { word: string; detail: string; share: number | null; bad: boolean } | null {
  switch (status.kind) {
    case "ready":
    case "loaded":
      return null;
    case "loading":
      return { word: `Loading into memory, ${percent(status.share)}`, detail: "", share: status.share, bad: false };
    case "verifying":
      return { word: `Comparing every byte, ${percent(status.share)}`, detail: "", share: status.share, bad: false };
    case "missing":
      return { word: "File not there", detail: "It was moved or renamed, or its drive is not connected", share: null, bad: true };
    case "failed":
      return { word: "Did not load", detail: status.reason, share: null, bad: true };
  }
}

export interface Integrity {
  kind: "matches" | "differs" | "unchecked" | "unstated";
  words: string;
  /** For the quiet line under the name. */
  brief: string;
}

/** Who stated the hashes. */
export function source(origin: ModelOrigin): string {
  switch (origin.kind) {
    case "hub":
      return origin.host;
    case "pack":
      return "the model pack";
    default:
      return "the source";
  }
}

export function integrity(model: ModelCard, now: number): Integrity {
  const by = source(model.origin);
  const { verification } = model;
  if (!model.verifiable) {
    const words = model.origin.kind === "file" ? "Nobody stated a hash for this file: it was opened from this computer" : model.origin.kind === "starter" ? "It came with Drawbridge, whose own package is what vouches for it" : `${capital(by)} stated no hash to compare with`;
    return { kind: "unstated", words, brief: model.origin.kind === "hub" ? "no hash stated" : "" };
  }
  if (!verification) return { kind: "unchecked", words: `Not yet compared with what ${by} stated`, brief: "not checked yet" };
  const when = `checked ${ago(verification.at, now)}`;
  if (verification.matched) return { kind: "matches", words: `Every byte matches what ${by} stated, ${when}`, brief: "hash matches" };
  return { kind: "differs", words: `DOES NOT MATCH what ${by} stated, ${when}. Do not trust its answers: remove it and download it again`, brief: "hash does not match" };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
