/** The whole window over the made-up core: reachable, named, and doing what it says. */
import { fireEvent, render, screen, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { tick } from "svelte";
import { beforeEach, describe, expect, it, vi } from "vitest";
import AppWindow from "../AppWindow.svelte";
import { FakeCore } from "../backend/fake/core";
import { App } from "../state/app.svelte";
import { violations } from "./testing";
import Stalled from "./chat/Stalled.svelte";

let core: FakeCore;
let app: App;

async function open(scene: string): Promise<void> {
  core = new FakeCore(scene);
  app = new App(core, (flush) => queueMicrotask(flush));
  render(AppWindow, { app });
  await app.start();
  await tick();
}
const called = (name: string) => core.calls.filter((call) => call.name === name);
const composer = () => screen.getByRole<HTMLTextAreaElement>("textbox", { name: "Your question" });

beforeEach(() => {
  Object.defineProperty(window, "innerWidth", { value: 1280, configurable: true });
});

describe("a window that comes to the front again", () => {
  it("shows what a command line beside it added, and keeps what it has where that cannot be read", async () => {
    await open("chat");
    const [first, second] = app.chats.list;
    app.chats.list = [second!];
    app.providers.cards = [];
    await fireEvent.focus(window);
    await vi.waitFor(() => expect(app.chats.list[0]?.id).toBe(first!.id));
    expect(app.providers.cards.length).toBeGreaterThan(0);
    core.failNext.set("chat_list", { code: "disk_full", message: "The disk is full." });
    await fireEvent.focus(window);
    await tick();
    expect(app.chats.list[0]?.id).toBe(first!.id);
    expect(app.failure).toBeNull();
  });
});

describe("every screen passes axe", () => {
  it("first run", async () => {
    await open("first");
    expect(await violations()).toEqual([]);
  });

  it("a chat, with settings and details beside it", async () => {
    await open("error");
    expect(await violations()).toEqual([]);
    app.panel = { kind: "settings" };
    await tick();
    expect(await violations()).toEqual([]);
    app.panel = { kind: "details", message: app.talk.messages[1]!.id };
    await tick();
    expect(await violations()).toEqual([]);
  });

  it.each(["models", "settings", "trash"] as const)("%s", async (place) => {
    await open("chat");
    app.go(place);
    await screen.findByRole("heading", { level: 1 });
    expect(await violations()).toEqual([]);
  });

  it.each([
    ["search", "Search and commands"],
    ["shortcuts", "Keyboard shortcuts"],
  ] as const)("%s", async (overlay, name) => {
    await open("chat");
    app.overlay = overlay;
    await screen.findByRole("dialog", { name });
    expect(await violations()).toEqual([]);
  });

  it("a start that failed", async () => {
    core = new FakeCore("first");
    core.failNext.set("boot", { code: "store_damaged", message: "The database is damaged. It was left as it is." });
    app = new App(core, queueMicrotask);
    render(AppWindow, { app });
    await app.start();
    await tick();
    expect(screen.getByRole("alert").textContent).toContain("It was left as it is.");
    expect(await violations()).toEqual([]);
  });
});

describe("the composer", () => {
  it("has the cursor from the start, and Enter sends", async () => {
    const user = userEvent.setup();
    await open("first");
    expect(document.activeElement).toBe(composer());
    await user.keyboard("What is Drawbridge?{Enter}");
    expect(called("chat_send")[0]?.args).toMatchObject({ text: "What is Drawbridge?", parent: null });
    await vi.waitFor(() => expect(composer().value).toBe(""));
    expect(screen.getByRole("button", { name: "Stop" })).toBeTruthy();
    expect(screen.queryByRole("button", { name: /^Send/ })).toBeNull();
  });

  it("Shift+Enter starts a line; an Enter of an input method does not send", async () => {
    const user = userEvent.setup();
    await open("first");
    await user.keyboard("one{Shift>}{Enter}{/Shift}two");
    expect(composer().value).toBe("one\ntwo");
    await fireEvent.keyDown(composer(), { key: "Enter", keyCode: 229 });
    await fireEvent.keyDown(composer(), { key: "Enter", isComposing: true });
    expect(called("chat_send")).toHaveLength(0);
  });

  it("says why it cannot send", async () => {
    await open("first");
    const send = screen.getByRole("button", { name: "Send. Write something first" });
    expect(send.getAttribute("aria-disabled")).toBe("true");
    await fireEvent.click(send);
    expect(called("chat_send")).toHaveLength(0);
  });

  it("↑ with nothing written edits the last question in place", async () => {
    const user = userEvent.setup();
    await open("chat");
    await user.keyboard("{ArrowUp}");
    const editing = app.talk.messages.findLast((message) => message.role === "user")!;
    expect(app.talk.editing).toBe(editing.id);
  });

  it("offers a long paste as a file, and takes the text out again", async () => {
    const user = userEvent.setup();
    await open("first");
    await user.keyboard("See: ");
    const long = "line\n".repeat(1_000);
    await user.paste(long);
    await user.click(screen.getByRole("button", { name: "Attach as a file instead" }));
    expect(called("attachment_paste")[0]?.args).toMatchObject({ text: long });
    await vi.waitFor(() => expect(composer().value).toBe("See: "));
    expect(screen.getByRole("list", { name: "Attached files" })).toBeTruthy();
  });

  it("says that an early Enter sent nothing, until the answer has ended", async () => {
    const user = userEvent.setup();
    await open("first");
    await user.keyboard("What is Drawbridge?{Enter}");
    await screen.findByRole("button", { name: "Stop" });
    await user.keyboard("And more{Enter}");
    expect(called("chat_send")).toHaveLength(1);
    expect(composer().value).toBe("And more");
    expect(screen.getByText(/^Not sent yet/)).toBeTruthy();
    await user.keyboard("{Escape}");
    await vi.waitFor(() => expect(screen.queryByText(/^Not sent yet/)).toBeNull());
  });

  it("keeps the cursor after a question was sent by a click", async () => {
    const user = userEvent.setup();
    await open("first");
    await user.click(screen.getByRole("button", { name: "Does it work offline?" }));
    await vi.waitFor(() => expect(document.activeElement).toBe(composer()));
  });

  it("stops with Escape", async () => {
    const user = userEvent.setup();
    await open("first");
    await user.keyboard("What is Drawbridge?{Enter}");
    await screen.findByRole("button", { name: "Stop" });
    await user.keyboard("{Escape}");
    expect(called("answer_stop")).toHaveLength(1);
    await screen.findByRole("button", { name: /^Send/ });
  });
});

describe("the list of chats", () => {
  it("renames in place, with F2", async () => {
    const user = userEvent.setup();
    await open("chat");
    const row = screen.getByRole("button", { name: /^Regex for order numbers/ });
    row.focus();
    await user.keyboard("{F2}");
    await user.keyboard("Order numbers{Enter}");
    expect(called("chat_change")[0]?.args).toMatchObject({ patch: { title: "Order numbers" } });
    expect(await screen.findByRole("button", { name: /^Order numbers/ })).toBeTruthy();
  });

  it("keeps the old name on Escape", async () => {
    const user = userEvent.setup();
    await open("chat");
    screen.getByRole("button", { name: /^Regex for order numbers/ }).focus();
    await user.keyboard("{F2}Other{Escape}");
    expect(called("chat_change")).toHaveLength(0);
  });

  it("deletes at once and offers Undo", async () => {
    const user = userEvent.setup();
    await open("chat");
    screen.getByRole("button", { name: /^Regex for order numbers/ }).focus();
    await user.keyboard("{Delete}");
    expect(screen.queryByRole("button", { name: /^Regex for order numbers/ })).toBeNull();
    await user.click(screen.getByRole("button", { name: "Undo" }));
    const list = screen.getByRole("navigation", { name: "Chats" });
    expect(await within(list).findByRole("button", { name: /^Regex for order numbers/ })).toBeTruthy();
  });

  it("walks by arrows", async () => {
    const user = userEvent.setup();
    await open("chat");
    const rows = [...document.querySelectorAll<HTMLElement>("[data-row]")];
    rows[0]!.focus();
    await user.keyboard("{ArrowDown}{ArrowDown}{ArrowUp}");
    expect(document.activeElement).toBe(rows[1]);
  });
});

describe("search", () => {
  it("finds messages, marks what it found, and opens at the message", async () => {
    const user = userEvent.setup();
    await open("chat");
    await user.keyboard("{Control>}k{/Control}");
    const box = await screen.findByRole("combobox");
    await user.type(box, "parser");
    const list = screen.getByRole("listbox", { name: "Results" });
    const hit = await within(list).findByText("parser", { selector: "mark" });
    expect(hit).toBeTruthy();
    await user.keyboard("{Enter}");
    const opened = called("chat_open").at(-1)?.args as { message: string | null };
    expect(app.overlay).toBeNull();
    expect(opened.message).not.toBeNull();
    await vi.waitFor(() => expect(app.talk.target).toBe(opened.message));
  });

  it("runs actions too", async () => {
    const user = userEvent.setup();
    await open("chat");
    app.overlay = "search";
    await user.type(await screen.findByRole("combobox"), "trash{Enter}");
    expect(app.screen).toBe("trash");
  });
});

describe("finding in the open chat", () => {
  it("counts messages, goes from one to the next, and gives the cursor back", async () => {
    const user = userEvent.setup();
    await open("chat");
    await user.keyboard("{Control>}f{/Control}");
    const bar = await screen.findByRole("search", { name: "Find in this chat" });
    await user.keyboard("order");
    expect(within(bar).getByRole("status").textContent).toBe("2 of 2 messages");
    await user.keyboard("{Enter}");
    expect(within(bar).getByRole("status").textContent).toBe("1 of 2 messages");
    await user.keyboard("{Shift>}{Enter}{/Shift}");
    expect(within(bar).getByRole("status").textContent).toBe("2 of 2 messages");
    expect(await violations()).toEqual([]);
    await user.keyboard("zzz");
    expect(within(bar).getByRole("status").textContent).toBe("Not in this chat");
    await user.keyboard("{Escape}");
    expect(screen.queryByRole("search", { name: "Find in this chat" })).toBeNull();
    await vi.waitFor(() => expect(document.activeElement).toBe(composer()));
    expect(called("answer_stop")).toHaveLength(0);
  });

  it("looks through messages that were not loaded yet", async () => {
    const user = userEvent.setup();
    await open("long");
    expect(app.talk.more).toBe(true);
    await user.keyboard("{Control>}f{/Control}");
    await screen.findByRole("search", { name: "Find in this chat" });
    await vi.waitFor(() => expect(app.talk.more).toBe(false));
    await user.keyboard("Question 7:");
    expect(within(screen.getByRole("search", { name: "Find in this chat" })).getByRole("status").textContent).toBe("1 of 1 message");
  });
});

describe("an answer of which nothing more comes", () => {
  it("says quietly that it is still being worked on, until something comes", async () => {
    vi.useFakeTimers();
    try {
      const stop = vi.fn();
      const { rerender } = render(Stalled, { since: Date.now(), stop });
      await vi.advanceTimersByTimeAsync(14_000);
      expect(screen.queryByText(/^Still working/)).toBeNull();
      await vi.advanceTimersByTimeAsync(2_000);
      expect(screen.getByText(/^Still working: nothing new for 1[56] s\./)).toBeTruthy();
      await fireEvent.click(screen.getByRole("button", { name: "Stop" }));
      expect(stop).toHaveBeenCalledOnce();
      await rerender({ since: Date.now(), stop });
      expect(screen.queryByText(/^Still working/)).toBeNull();
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("what the window says", () => {
  it("announces the end of an answer once, not its words", async () => {
    await open("chat");
    const log = screen.getByRole("log");
    expect(log.getAttribute("aria-live")).toBe("off");
    const message = { ...app.talk.messages.at(-1)!, text: "Three short words" };
    core.tell({ kind: "answer", chat: message.chat, message: message.id, event: { kind: "ended", message } });
    await tick();
    expect(screen.getAllByRole("status").map((status) => status.textContent)).toContain("Answer complete, 3 words");
  });

  it("shows where files may be let go, only while they hang over it", async () => {
    await open("first");
    core.tell({ kind: "files_over", over: true });
    expect(await screen.findByText("Let go to add")).toBeTruthy();
    core.tell({ kind: "files_dropped", files: [{ token: "t1", name: "a.csv", bytes: 9, model: false }] });
    await vi.waitFor(() => expect(screen.queryByText("Let go to add")).toBeNull());
    await vi.waitFor(() => expect(called("attachment_drop")[0]?.args).toMatchObject({ tokens: ["t1"] }));
  });

  it("says how chats are kept where they are not encrypted", async () => {
    await open("first");
    app.facts = { ...app.facts!, keeping: { kind: "plain", reason: "Chats are kept unencrypted. There is no keychain." } };
    await tick();
    expect(screen.getByText("Chats are kept unencrypted. There is no keychain.")).toBeTruthy();
  });
});
