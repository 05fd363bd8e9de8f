import { clearMocks, mockIPC } from "@tauri-apps/api/mocks";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { EventBatch, Failure } from "../generated/wire";
import { failureOf } from "./backend";
import { http } from "./http";
import { tauri } from "./tauri";

const full: Failure = { code: "disk_full", message: "The disk is full." };

afterEach(() => {
  clearMocks();
  vi.unstubAllGlobals();
});

describe("what was thrown", () => {
  it("is a failure already or becomes one with a sentence", () => {
    expect(failureOf(full)).toBe(full);
    expect(failureOf(new Error("odd"))).toMatchObject({ code: "unexpected" });
    expect(failureOf("odd").message).toContain("odd");
  });
});

describe("the shell's core", () => {
  it("gets each command by name, and its failure is thrown as it is", async () => {
    const seen: unknown[] = [];
    mockIPC((command, args) => {
      seen.push([command, args]);
      if (seen.length > 1) throw full;
      return { text: "licences" };
    });
    expect(await tauri.call("licences", null)).toEqual({ text: "licences" });
    expect(seen).toEqual([["dispatch", { command: "licences", args: null }]]);
    await expect(tauri.call("licences", null)).rejects.toEqual(full);
  });

  it("hears batches in their order, even where they arrive out of it", async () => {
    let channel = 0;
    mockIPC((command, args) => {
      if (command === "watch") channel = (args as { channel: { id: number } }).channel.id;
    });
    const heard: number[] = [];
    await tauri.watch((batch) => heard.push(batch.seq));
    const { runCallback } = (window as unknown as { __TAURI_INTERNALS__: { runCallback: (id: number, data: unknown) => void } }).__TAURI_INTERNALS__;
    const batch = (seq: number): EventBatch => ({ seq, events: [] });
    for (const index of [1, 0, 2]) runCallback(channel, { index, message: batch(index) });
    expect(heard).toEqual([0, 1, 2]);
  });
});

describe("the test bridge's core", () => {
  it("asks its own origin with the token, and a 422 is a failure", async () => {
    const asked = vi.fn(async () => new Response(JSON.stringify(full), { status: 422 }));
    vi.stubGlobal("fetch", asked);
    await expect(http("secret").call("chat_restore", { chat: "c" })).rejects.toEqual(full);
    expect(asked).toHaveBeenCalledWith("/cmd/chat_restore", {
      method: "POST",
      headers: { Authorization: "Bearer secret", "Content-Type": "application/json" },
      body: JSON.stringify({ chat: "c" }),
    });
  });

  it("says so where the bridge is gone", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("refused")));
    await expect(http("t").call("boot", null)).rejects.toMatchObject({ code: "unexpected" });
  });
});
