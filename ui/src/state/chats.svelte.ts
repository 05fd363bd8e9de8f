/** The list of chats and its folders. */
import type { Backend } from "../backend/backend";
import type { ChatId, ChatSummary, Event, ExportFormat, Folder } from "../generated/wire";
import { grouped } from "./groups";
import { Undo } from "./undo.svelte";

export class Chats {
  list = $state.raw<ChatSummary[]>([]);
  folders = $state.raw<Folder[]>([]);
  trash = $state.raw<ChatSummary[]>([]);
  /** For the headings by age; moved on by the app at midnight. */
  now = $state(Date.now());
  readonly groups = $derived(grouped(this.list, this.folders, this.now));
  readonly undo: Undo;

  constructor(private readonly backend: Backend) {
    this.undo = new Undo((chat) => this.restore(chat));
  }

  apply(event: Event): void {
    switch (event.kind) {
      case "chat":
        this.put(event.chat);
        break;
      case "chat_gone":
        this.drop(event.chat);
        break;
      case "folders":
        this.folders = event.folders;
        break;
    }
  }

  async rename(chat: ChatId, title: string): Promise<void> {
    await this.backend.call("chat_change", { chat, patch: { title } });
  }

  async pin(chat: ChatSummary): Promise<void> {
    await this.backend.call("chat_change", { chat: chat.id, patch: { pinned: !chat.pinned } });
  }

  async move(chat: ChatId, folder: Folder | null): Promise<void> {
    await this.backend.call("chat_change", { chat, patch: { folder: folder?.id ?? null } });
  }

  /** Moves a chat to the trash and offers to bring it back. */
  async delete(chat: ChatSummary): Promise<void> {
    await this.backend.call("chat_delete", { chat: chat.id });
    this.drop(chat.id);
    this.undo.offer(chat);
  }

  /** Ends a temporary chat: there is nothing to bring back. */
  async forget(chat: ChatId): Promise<void> {
    await this.backend.call("chat_delete", { chat });
    this.drop(chat);
  }

  async restore(chat: ChatId): Promise<void> {
    await this.backend.call("chat_restore", { chat });
    this.trash = this.trash.filter((known) => known.id !== chat);
  }

  async loadTrash(): Promise<void> {
    this.trash = await this.backend.call("chat_list", { trash: true });
  }

  async erase(chat: ChatId): Promise<void> {
    await this.backend.call("chat_erase", { chat });
    this.trash = this.trash.filter((known) => known.id !== chat);
  }

  async emptyTrash(): Promise<void> {
    await this.backend.call("trash_empty", null);
    this.trash = [];
  }

  /** The path of the file that was written; null where the user picked none. */
  async export(chat: ChatId, format: ExportFormat): Promise<string | null> {
    return (await this.backend.call("chat_export", { chat, format }))?.path ?? null;
  }

  createFolder(name: string): Promise<Folder> {
    return this.backend.call("folder_create", { name });
  }

  async renameFolder(folder: Folder, name: string): Promise<void> {
    await this.backend.call("folder_rename", { folder: folder.id, name });
  }

  async keepFolder(folder: Folder, retention_days: number | null, legal_hold: boolean): Promise<void> {
    await this.backend.call("folder_keep", { folder: folder.id, retention_days, legal_hold });
  }

  async deleteFolder(folder: Folder): Promise<void> {
    await this.backend.call("folder_delete", { folder: folder.id });
  }

  private put(chat: ChatSummary): void {
    const others = this.list.filter((known) => known.id !== chat.id);
    this.list = chat.deleted_at === null ? [chat, ...others] : others;
    if (chat.deleted_at === null) this.trash = this.trash.filter((known) => known.id !== chat.id);
  }

  private drop(chat: ChatId): void {
    this.list = this.list.filter((known) => known.id !== chat);
  }
}
