/** Temporary chats and folders that keep for a while, over the made-up core. */
import { screen, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { button, entry, openWindow, violations } from "../testing";

const user = userEvent.setup();
const list = () => screen.getByRole("navigation", { name: "Chats" });

describe("a temporary chat", () => {
  it("begins by Ctrl+Shift+N and is marked at its head, its composer and in the list", async () => {
    const { called } = await openWindow("chat");
    await user.keyboard("{Control>}{Shift>}n{/Shift}{/Control}");
    expect(await screen.findByText("Temporary: kept in memory only, gone when you close the window")).toBeTruthy();
    expect(called("chat_create")[0]?.args).toEqual({ folder: null, assistant: null, temporary: true });
    expect(within(screen.getByRole("banner")).getByText("Temporary")).toBeTruthy();
    expect(within(list()).getByRole("heading", { name: "Temporary" })).toBeTruthy();
    expect(screen.getByText("Ask something. Nothing of it is kept.")).toBeTruthy();
    expect(await violations()).toEqual([]);
  });

  it("goes into no folder and no trash, and its end says that nothing is kept", async () => {
    const { app, called } = await openWindow("chat");
    await user.click(button("New temporary chat"));
    await screen.findByText("Ask something. Nothing of it is kept.");
    await user.click(button("More"));
    await entry("Close and forget");
    expect(screen.queryByText(/^Move to/)).toBeNull();
    expect(screen.queryByText("Delete")).toBeNull();
    expect((await entry("Export as Markdown")).getAttribute("aria-disabled")).not.toBe("true");
    await user.click(await entry("Close and forget"));
    await vi.waitFor(() => expect(app.talk.chat).toBeNull());
    expect(called("chat_delete")).toHaveLength(1);
    expect(app.chats.undo.chat).toBeNull();
    expect(screen.getAllByText("The temporary chat is gone. Nothing of it was kept.").length).toBeGreaterThan(0);
  });

  it("does not vanish by one press of Delete", async () => {
    const { called } = await openWindow("chat");
    await user.click(button("New temporary chat"));
    await screen.findByText("Ask something. Nothing of it is kept.");
    const row = within(list()).getByRole("button", { name: /^Temporary: / });
    row.focus();
    await user.keyboard("{Delete}");
    expect(called("chat_delete")).toHaveLength(0);
    await user.click(await entry("Close and forget"));
    await vi.waitFor(() => expect(called("chat_delete")).toHaveLength(1));
  });
});

describe("a folder", () => {
  async function dialog() {
    await user.click(button("More about the folder “Board”"));
    await user.click(await entry("Keep chats…"));
    return screen.findByRole("dialog", { name: "Keep the chats of “Board”" });
  }

  it("keeps its chats for a number of days of one’s own, and is marked with it", async () => {
    const { called } = await openWindow("chat");
    const opened = await dialog();
    expect(document.activeElement).toBe(within(opened).getByRole("radio", { name: "Keep for ever" }));
    expect(await violations()).toEqual([]);
    const days = within(opened).getByRole("textbox", { name: "Days" });
    await user.clear(days);
    await user.type(days, "never");
    await user.click(button("Keep it so"));
    expect((await within(opened).findByRole("alert")).textContent).toContain("from 1 to 36,500");
    await user.clear(days);
    await user.type(days, "45{Enter}");
    await vi.waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(called("folder_keep")[0]?.args).toMatchObject({ retention_days: 45, legal_hold: false });
    expect(within(list()).getByRole("button", { name: /^Board ?1 ?, Erased 45 days after the last message/ })).toBeTruthy();
  });

  it("offers the usual spans", async () => {
    const { called } = await openWindow("chat");
    const opened = await dialog();
    await user.click(within(opened).getByRole("radio", { name: "Erase after 2,190 days, six years" }));
    await user.click(button("Keep it so"));
    await vi.waitFor(() => expect(called("folder_keep")[0]?.args).toMatchObject({ retention_days: 2_190 }));
  });

  it("under legal hold lets nothing in it be deleted, nor itself be removed", async () => {
    const { called } = await openWindow("chat");
    const opened = await dialog();
    await user.click(within(opened).getByRole("switch", { name: "Legal hold" }));
    await user.click(button("Keep it so"));
    await within(list()).findByRole("button", { name: /Legal hold: nothing is deleted/ });
    await user.click(button("More about “Quarterly summary”"));
    const item = await entry("Delete");
    expect(item.getAttribute("aria-disabled")).toBe("true");
    await user.keyboard("{Escape}");
    within(list()).getByRole("button", { name: /^Quarterly summary/ }).focus();
    await user.keyboard("{Delete}");
    expect((await screen.findAllByText(/under legal hold\. Nothing was deleted\./)).length).toBeGreaterThan(0);
    expect(called("chat_delete")).toHaveLength(1);
  });
});
