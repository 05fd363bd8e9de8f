/** The list of chats as it is shown: temporary ones, pinned, folders, then by age. Pure. */
import type { ChatSummary, Folder } from "../generated/wire";
import { ageGroup } from "../words/dates";

export interface ChatGroup {
  key: string;
  title: string;
  /** Set on a folder's group. */
  folder: Folder | null;
  chats: ChatSummary[];
}

/** Newest first within each group; an empty folder is shown, so that it can be filled. */
export function grouped(chats: ChatSummary[], folders: Folder[], now: number): ChatGroup[] {
  const newest = [...chats].sort((a, b) => b.updated_at - a.updated_at || (a.id < b.id ? 1 : -1));
  const known = new Set(folders.map((folder) => folder.id));
  const groups: ChatGroup[] = [];
  const temporary = newest.filter((chat) => chat.temporary);
  if (temporary.length > 0) groups.push({ key: "temporary", title: "Temporary", folder: null, chats: temporary });
  const sorted = newest.filter((chat) => !chat.temporary);
  const pinned = sorted.filter((chat) => chat.pinned);
  if (pinned.length > 0) groups.push({ key: "pinned", title: "Pinned", folder: null, chats: pinned });
  for (const folder of [...folders].sort((a, b) => a.position - b.position)) {
    const inside = sorted.filter((chat) => !chat.pinned && chat.folder === folder.id);
    groups.push({ key: folder.id, title: folder.name, folder, chats: inside });
  }
  const byAge = new Map<string, ChatSummary[]>();
  for (const chat of sorted) {
    if (chat.pinned || (chat.folder !== null && known.has(chat.folder))) continue;
    const title = ageGroup(chat.updated_at, now);
    byAge.set(title, [...(byAge.get(title) ?? []), chat]);
  }
  for (const [title, inside] of byAge) groups.push({ key: title, title, folder: null, chats: inside });
  return groups;
}
