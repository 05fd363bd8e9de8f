import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeCore } from "../backend/fake/core";
import { App } from "./app.svelte";

let core: FakeCore;
let app: App;

async function start(scene: string): Promise<void> {
  core = new FakeCore(scene);
  app = new App(core, (flush) => queueMicrotask(flush));
  await app.start();
}
const names = () => core.calls.map((call) => call.name);
const answered = () => vi.advanceTimersByTimeAsync(20_000);

beforeEach(() => {
  vi.useFakeTimers({ now: new Date(2025, 10, 21, 12) });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a new chat", () => {
  it("keeps nothing before there is something to keep", async () => {
    await start("first");
    await app.newChat();
    expect(names()).not.toContain("chat_create");
  });

  it("is made by the first question, and the answer streams into it", async () => {
    await start("first");
    app.talk.write("What is Drawbridge?");
    expect(await app.talk.send()).toBe(true);
    expect(app.talk.draft).toBe("");
    expect(app.talk.messages.map((message) => message.role)).toEqual(["user", "assistant"]);
    expect(app.talk.running).not.toBeNull();
    expect(app.chats.list).toHaveLength(1);
    await answered();
    expect(app.talk.running).toBeNull();
    expect(app.talk.messages[1]?.text).toContain("desktop application");
    expect(app.announcement).toMatch(/^Answer complete, \d+ words$/);
  });

  it("makes one chat, however fast two things need it", async () => {
    await start("first");
    await Promise.all([app.talk.kept(), app.talk.kept()]);
    expect(names().filter((name) => name === "chat_create")).toHaveLength(1);
  });
});

describe("what is written", () => {
  it("is kept after a pause, in the chat that it was written in", async () => {
    await start("chat");
    const [first, second] = app.chats.list;
    await app.openChat(first!.id);
    app.talk.write("half a thou");
    await app.openChat(second!.id);
    expect(core.calls.find((call) => call.name === "chat_draft")?.args).toEqual({ chat: first!.id, text: "half a thou" });
    expect(app.talk.draft).not.toBe("half a thou");
    await app.openChat(first!.id);
    expect(app.talk.draft).toBe("half a thou");
  });

  it("stays in the composer when sending fails, with the reason above it", async () => {
    await start("chat");
    core.failNext.set("chat_send", { code: "disk_full", message: "The disk is full. Your question was not sent and stays in the composer." });
    app.talk.write("Important");
    expect(await app.talk.send()).toBe(false);
    expect(app.talk.draft).toBe("Important");
    expect(app.talk.failure?.code).toBe("disk_full");
    expect(app.talk.sending).toBe(false);
  });

  it("keeps what was typed while a question was on its way", async () => {
    await start("first");
    app.talk.write("First");
    const sent = app.talk.send();
    app.talk.write("First and more");
    await sent;
    expect(app.talk.draft).toBe("and more");
  });
});

describe("branches", () => {
  it("an edited question is a version beside the old one, and the old one comes back", async () => {
    await start("chat");
    const old = app.talk.messages[0]!;
    expect(await app.talk.edit(old, "And in other words?")).toBe(true);
    expect(app.talk.messages).toHaveLength(2);
    expect(app.talk.messages[0]!.siblings).toHaveLength(2);
    await answered();
    await app.talk.branch(old.id);
    expect(app.talk.messages.map((message) => message.text)[0]).toBe(old.text);
    expect(app.talk.messages).toHaveLength(4);
  });

  it("another answer leaves the question and the draft alone", async () => {
    await start("chat");
    app.talk.write("not yet");
    const [, , question, answer] = app.talk.messages;
    await app.talk.again(answer!);
    expect(app.talk.messages.at(-2)!.id).toBe(question!.id);
    expect(app.talk.messages.at(-1)!.siblings).toContain(answer!.id);
    await answered();
    await app.talk.branch(answer!.id);
    expect(app.talk.draft).toBe("not yet");
  });

  it("a stopped answer keeps its text and goes on from it", async () => {
    await start("first");
    await app.talk.send("What is Drawbridge?");
    await vi.advanceTimersByTimeAsync(600);
    await app.talk.stop();
    const stopped = app.talk.messages.at(-1)!;
    expect(stopped.state).toBe("stopped");
    expect(stopped.text.length).toBeGreaterThan(10);
    await app.talk.continue(stopped);
    await answered();
    const whole = app.talk.messages.at(-1)!;
    expect(whole.state).toBe("complete");
    expect(whole.text.startsWith(stopped.text)).toBe(true);
    expect(whole.text).toContain("GGUF");
  });
});

describe("the open chat", () => {
  it("loads older messages before the ones it has, once at a time", async () => {
    await start("long");
    const first = app.talk.messages[0]!.id;
    const had = app.talk.messages.length;
    await Promise.all([app.talk.older(), app.talk.older()]);
    expect(app.talk.messages).toHaveLength(had * 2);
    expect(app.talk.messages[had]!.id).toBe(first);
  });

  it("shows the chat asked for last, whichever reply comes last", async () => {
    await start("chat");
    const [a, b] = app.chats.list;
    const call = core.call.bind(core);
    vi.spyOn(core, "call").mockImplementation(async (name, args) => {
      const value = await call(name, args);
      if (name === "chat_open" && (args as { chat: string }).chat === a!.id) await new Promise((resolve) => setTimeout(resolve, 500));
      return value;
    });
    void app.talk.open(a!.id);
    await vi.advanceTimersByTimeAsync(10);
    await app.talk.open(b!.id);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(app.talk.chat?.id).toBe(b!.id);
  });

  it("is empty once it has gone to the trash, and whole after Undo", async () => {
    await start("chat");
    const open = app.chats.list.find((chat) => chat.id === app.talk.chat?.id)!;
    const said = app.talk.messages.length;
    await app.chats.delete(open);
    expect(app.talk.chat).toBeNull();
    expect(app.chats.list.some((chat) => chat.id === open.id)).toBe(false);
    expect(app.chats.undo.chat?.id).toBe(open.id);
    const back = await app.chats.undo.take();
    await app.openChat(back!);
    expect(app.talk.messages).toHaveLength(said);
    expect(app.chats.list.some((chat) => chat.id === open.id)).toBe(true);
  });
});

describe("Undo", () => {
  it("is offered for ten seconds, and longer while the pointer rests on it", async () => {
    await start("chat");
    const { undo } = app.chats;
    await app.chats.delete(app.chats.list[0]!);
    await vi.advanceTimersByTimeAsync(9_000);
    undo.pause();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(undo.chat).not.toBeNull();
    undo.resume();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(undo.chat).toBeNull();
  });
});

describe("settings", () => {
  it("hold at once and go back where the core refuses", async () => {
    await start("first");
    const change = app.change({ theme: "dark" });
    expect(document.documentElement.dataset.theme).toBe("dark");
    await change;
    core.failNext.set("settings_change", { code: "disk_full", message: "The disk is full. The setting was not kept." });
    await app.change({ theme: "light" });
    expect(app.settings.theme).toBe("dark");
    expect(document.documentElement.dataset.theme).toBe("dark");
    expect(app.notices).toContain("The disk is full. The setting was not kept.");
  });
});

describe("a start that fails", () => {
  it("says why and can be tried again", async () => {
    core = new FakeCore("first");
    core.failNext.set("boot", { code: "store_in_use", message: "Another Drawbridge has this folder open." });
    app = new App(core, queueMicrotask);
    await app.start();
    expect(app.failure?.code).toBe("store_in_use");
    await app.start();
    expect(app.failure).toBeNull();
    expect(app.facts?.version).toBe("0.1.0");
  });
});
