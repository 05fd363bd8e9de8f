/** What can be done with a chat, as a menu: the same in the list and in the header. */
import Download from "@lucide/svelte/icons/download";
import FileJson from "@lucide/svelte/icons/file-json";
import FolderIn from "@lucide/svelte/icons/folder-input";
import FolderOut from "@lucide/svelte/icons/folder-output";
import Pencil from "@lucide/svelte/icons/pencil";
import Pin from "@lucide/svelte/icons/pin";
import PinOff from "@lucide/svelte/icons/pin-off";
import Trash from "@lucide/svelte/icons/trash-2";
import type { ChatSummary, ExportFormat } from "../../generated/wire";
import type { MenuGroup } from "../../parts/menu.svelte";
import type { App } from "../../state/app.svelte";

export function chatMenu(app: App, chat: ChatSummary, rename: () => void): MenuGroup[] {
  const { chats } = app;
  const act = (what: () => Promise<unknown>) => () => app.tried(what);
  const exported = (format: ExportFormat) =>
    act(async () => {
      const path = await chats.export(chat.id, format);
      if (path) app.say(`Exported to ${path}`);
    });
  const moves = chats.folders
    .filter((folder) => folder.id !== chat.folder)
    .map((folder) => ({ words: `Move to ${folder.name}`, icon: FolderIn, run: act(() => chats.move(chat.id, folder)) }));
  const refused = app.refusal("export") || undefined;
  const exports = [
    { words: "Export as Markdown", icon: Download, disabled: refused, run: exported("markdown") },
    { words: "Export as JSON", icon: FileJson, detail: "Every branch, every figure", disabled: refused, run: exported("json") },
  ];
  if (chat.temporary) return [{ items: [{ words: "Rename", icon: Pencil, keys: "F2", run: rename }] }, { items: exports }, forgetting(app, chat)];
  const held = chats.folders.find((folder) => folder.id === chat.folder && folder.legal_hold);
  const out = chat.folder === null ? [] : [{ words: "Take out of its folder", icon: FolderOut, run: act(() => chats.move(chat.id, null)) }];
  return [
    {
      items: [
        { words: "Rename", icon: Pencil, keys: "F2", run: rename },
        { words: chat.pinned ? "Unpin" : "Pin", icon: chat.pinned ? PinOff : Pin, run: act(() => chats.pin(chat)) },
      ],
    },
    { items: [...moves, ...out] },
    { items: exports },
    { items: [{ words: "Delete", icon: Trash, danger: true, keys: "Del", disabled: held && `“${held.name}” is under legal hold`, run: act(() => chats.delete(chat)) }] },
  ];
}

/** The end of a temporary chat. It cannot be undone, so it is always asked for by this name. */
export function forgetting(app: App, chat: ChatSummary): MenuGroup {
  return { items: [{ words: "Close and forget", icon: Trash, danger: true, detail: "Nothing of it is kept", run: () => app.forget(chat.id) }] };
}
