import { describe, expect, it } from "vitest";
import type { ChatSummary, Folder } from "../generated/wire";
import { grouped } from "./groups";

const now = new Date(2025, 10, 21, 12).getTime();
const DAY = 86_400_000;

function chat(id: string, daysAgo: number, more: Partial<ChatSummary> = {}): ChatSummary {
  const at = now - daysAgo * DAY;
  return { id, title: id, folder: null, pinned: false, has_draft: false, created_at: at, updated_at: at, deleted_at: null, temporary: false, ...more };
}
const folders: Folder[] = [
  { id: "f2", name: "Later", position: 1, retention_days: null, legal_hold: false },
  { id: "f1", name: "First", position: 0, retention_days: null, legal_hold: false },
];
const shape = (chats: ChatSummary[], all = folders) => grouped(chats, all, now).map((group) => [group.title, group.chats.map((one) => one.id)]);

describe("the list of chats", () => {
  it("puts pinned chats first, then folders in their order, then ages, newest first", () => {
    const chats = [chat("old", 60), chat("b", 1), chat("in", 2, { folder: "f1" }), chat("a", 0), chat("a2", 0.1), chat("pin", 9, { pinned: true, folder: "f1" })];
    expect(shape(chats)).toEqual([
      ["Pinned", ["pin"]],
      ["First", ["in"]],
      ["Later", []],
      ["Today", ["a", "a2"]],
      ["Yesterday", ["b"]],
      ["September 2025", ["old"]],
    ]);
  });

  it("puts temporary chats above all, and in no folder", () => {
    const chats = [chat("a", 0), chat("pin", 1, { pinned: true }), chat("gone", 2, { temporary: true, pinned: true, folder: "f1" })];
    expect(shape(chats).slice(0, 3)).toEqual([
      ["Temporary", ["gone"]],
      ["Pinned", ["pin"]],
      ["First", []],
    ]);
  });

  it("loses no chat whose folder is gone", () => {
    expect(shape([chat("stray", 0, { folder: "gone" })], [])).toEqual([["Today", ["stray"]]]);
  });
});
