/** One table: what a failure is called, and what a person can do about it. The sentence itself comes from the core. */
import type { Failure } from "../generated/wire";

export type Remedy = "open_model" | "pick_model" | "chat_settings" | "diagnostics" | "reveal_data" | "open_chat" | "network" | "keys" | "policy" | "retry";

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
};

export function titleOf(failure: Failure): string {
  return table[failure.code].title;
}

export function remediesOf(failure: Failure): Remedy[] {
  return table[failure.code].remedies;
}
