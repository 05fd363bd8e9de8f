/** One table: what a failure is called, and what a person can do about it. The sentence itself comes from the core. */
import type { Failure } from "../generated/wire";

export type Remedy = "open_model" | "pick_model" | "chat_settings" | "diagnostics" | "reveal_data" | "open_chat" | "network" | "keys" | "policy" | "retry" | "answer_here" | "bridge" | "budgets" | "providers";

interface Row {
  title: string;
  remedies: Remedy[];
}

const table: Record<Failure["code"], Row> = {
  model_missing: { title: "The model’s file is not there", remedies: ["pick_model", "open_model"] },
  model_unreadable: { title: "This model cannot be used", remedies: ["pick_model", "open_model"] },
  context_too_long: { title: "This is longer than the model’s context", remedies: ["chat_settings", "pick_model"] },
  disk_full: { title: "The disk is full", remedies: ["reveal_data", "retry"] },
  out_of_memory: { title: "There is not enough memory", remedies: ["pick_model", "chat_settings"] },
  engine_crashed: { title: "The engine ended unexpectedly", remedies: ["retry", "diagnostics"] },
  store_locked: { title: "Your chats are locked", remedies: ["retry"] },
  passphrase_needed: { title: "Choose a passphrase first", remedies: ["retry"] },
  wrong_key: { title: "This does not open your chats", remedies: [] },
  keychain_unavailable: { title: "There is no keychain to use", remedies: ["keys"] },
  store_in_use: { title: "Drawbridge is already open", remedies: ["retry"] },
  store_damaged: { title: "The chats’ database is damaged", remedies: ["reveal_data"] },
  store_too_new: { title: "The chats were written by a newer Drawbridge", remedies: ["reveal_data"] },
  busy: { title: "An answer is still being written", remedies: ["open_chat"] },
  offline: { title: "The other side cannot be reached", remedies: ["retry", "network"] },
  policy_forbids: { title: "The rules do not allow this", remedies: ["network", "policy"] },
  key_rejected: { title: "The other side wants an account", remedies: ["keys"] },
  rate_limited: { title: "The other side asks us to wait", remedies: ["retry"] },
  provider_unavailable: { title: "The other side cannot serve this now", remedies: ["retry"] },
  quota_exhausted: { title: "The account there is used up", remedies: ["pick_model", "retry"] },
  content_refused: { title: "The provider does not take this", remedies: ["pick_model"] },
  budget_reached: { title: "This would go over your budget", remedies: ["budgets"] },
  consent_needed: { title: "You did not allow this", remedies: [] },
  sealed: { title: "The bridge is up", remedies: ["bridge"] },
  checksum_mismatch: { title: "This is not the file that its source stated", remedies: ["retry"] },
  invalid_input: { title: "This cannot be used as it is", remedies: [] },
  not_found: { title: "It is no longer there", remedies: [] },
  cancelled: { title: "Cancelled", remedies: [] },
  unexpected: { title: "Something unforeseen happened", remedies: ["diagnostics"] },
};

export const remedyWords: Record<Remedy, string> = {
  open_model: "Open a GGUF file",
  pick_model: "Choose another model",
  chat_settings: "Change chat settings",
  diagnostics: "Copy diagnostics",
  reveal_data: "Show data folder",
  open_chat: "Go to that chat",
  network: "Network settings",
  keys: "Keys and encryption",
  policy: "Show the policy",
  retry: "Try again",
  answer_here: "Answer on this computer",
  bridge: "Show the bridge",
  budgets: "Show budgets",
  providers: "Show providers",
};

export function titleOf(failure: Failure): string {
  return table[failure.code].title;
}

export function remediesOf(failure: Failure): Remedy[] {
  return table[failure.code].remedies;
}

/** What else helps where the question was for a provider: its own page, where the fault is one of its settings, and this computer. */
export function remediesThere(failure: Failure): Remedy[] {
  const settings = ["key_rejected", "invalid_input"].includes(failure.code) ? (["providers"] as const) : [];
  return [...remediesOf(failure).filter((what) => what !== "keys"), ...settings, "answer_here"];
}
