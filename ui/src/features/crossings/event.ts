/** Kinds of record in words. A kind that is not in the table shows its own name. Pure. */

const table = new Map(Object.entries({
  opened: "The chats were opened",
  closed: "The chats were closed",
  locked: "The chats were locked",
  unlocked: "The chats were unlocked",
  unlock_failed: "Somebody tried to unlock the chats, in vain",
  answered: "A question was answered",
  crossing: "Something crossed, or tried to",
  exported: "Something was written to a file",
  attached: "Files were attached to a question",
  deleted: "A chat was moved to the trash",
  erased: "Chats were erased",
  reconfigured: "Settings were changed",
  secret_set: "A key or token was kept",
  secret_removed: "A key or token was removed",
  way_set: "A way in was set up",
  way_removed: "A way in was taken away",
  encrypted: "The chats were encrypted",
  rekeyed: "The key of the chats was changed",
  backup_made: "A backup was made",
  backup_restored: "A backup was restored",
  model_added: "A model was added",
  model_removed: "A model was removed",
  folder_kept: "How long a folder keeps its chats was changed",
  policy_loaded: "The policy of the organisation was read",
  checkpoint: "The log was signed up to here",
  consented: "A chat may cross to a provider",
  provider_set: "A provider was added or changed",
  provider_removed: "A provider was removed",
  missing: "The end of the log was cut off while it was written",
  repaired: "The end of the log was mended after the program was cut off",
}));

export function eventWords(event: string): string {
  return table.get(event) ?? event;
}
