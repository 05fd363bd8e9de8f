/** How a model is doing, as a word and a shape. Pure. */
import type { ModelStatus } from "../../generated/wire";
import { count, percent } from "../../words/figures";

export interface Said {
  word: string;
  detail: string;
  shape: "full" | "half" | "ring" | "square";
}

export function said(status: ModelStatus): Said {
  switch (status.kind) {
    case "ready":
      return { word: "Ready", detail: "Loads when it is asked", shape: "ring" };
    case "loading":
      return { word: `Loading, ${percent(status.share)}`, detail: "On its way into memory", shape: "half" };
    case "loaded":
      return { word: "In memory", detail: `${count(status.context_tokens)} tokens of context`, shape: "full" };
    case "missing":
      return { word: "File not there", detail: "It was moved, renamed or its drive is not connected", shape: "square" };
    case "failed":
      return { word: "Did not load", detail: status.reason, shape: "square" };
  }
}
