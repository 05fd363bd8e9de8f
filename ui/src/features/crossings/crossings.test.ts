/** The screen of crossings over the made-up core: the ledger, and the log. */
import { screen, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { type Opened, button, entry, openWindow, violations } from "../testing";
import { eventWords } from "./event";

let window_: Opened;
const user = userEvent.setup();

async function open(view: "ledger" | "log", scene = "chat", query = ""): Promise<void> {
  window_ = await openWindow(scene, query);
  window_.app.goCrossings(view);
  await screen.findByRole("tablist");
}
const called = (name: string) => window_.called(name);
const rows = () => within(screen.getByRole("table")).getAllByRole("row").length - 1;

describe("what crossed", () => {
  it("is listed with its end, and passes axe", async () => {
    await open("ledger");
    await screen.findByRole("table");
    expect(rows()).toBe(6);
    expect(screen.getByText(/^Refused\. This host is not among/)).toBeTruthy();
    expect(await violations()).toEqual([]);
  });

  it("names the chat that crossed and opens it", async () => {
    await open("ledger");
    await screen.findByRole("table");
    expect(screen.getByText(/through the proxy proxy\.example\.org:3128/)).toBeTruthy();
    await user.click(button("What the board decided"));
    await vi.waitFor(() => expect(called("chat_open").length).toBeGreaterThan(0));
    expect(window_.app.screen).toBe("chat");
  });

  it("teaches where nothing crossed", async () => {
    await open("ledger", "first", "nothing-crossed");
    expect(await screen.findByRole("heading", { name: "Nothing has left this computer." })).toBeTruthy();
    expect(screen.queryByRole("group", { name: "Show only" })).toBeNull();
    expect(await violations()).toEqual([]);
  });

  it("comes page by page", async () => {
    await open("ledger", "chat", "crowded");
    await screen.findByRole("table");
    expect(rows()).toBe(50);
    await user.click(button("Show older"));
    await vi.waitFor(() => expect(rows()).toBe(100));
    const [first, second] = called("ledger").map((call) => call.args as { before: number | null });
    expect(first?.before).toBeNull();
    expect(second?.before).toBe(2 * (144 - 49));
    await user.click(button("Show older"));
    await vi.waitFor(() => expect(rows()).toBe(144));
    expect(screen.queryByRole("button", { name: "Show older" })).toBeNull();
  });

  it("is filtered by purpose, host, and whether it was refused", async () => {
    await open("ledger");
    await screen.findByRole("table");
    await user.selectOptions(screen.getByRole("combobox", { name: "What for" }), "Download of a model");
    await vi.waitFor(() => expect(rows()).toBe(2));
    await user.selectOptions(screen.getByRole("combobox", { name: "What for" }), "Whatever for");
    await user.click(screen.getByRole("checkbox", { name: "Refused only" }));
    await vi.waitFor(() => expect(rows()).toBe(1));
    await user.type(screen.getByRole("searchbox", { name: "Host" }), "nowhere");
    expect(await screen.findByText(/Nothing like this crossed or was refused\./)).toBeTruthy();
    await user.click(button("Show all"));
    await vi.waitFor(() => expect(rows()).toBe(6));
    expect(called("ledger").at(-1)?.args).toMatchObject({ purpose: null, host: "", refused: false, before: null });
  });

  it("keeps what is shown where older ones cannot be read", async () => {
    await open("ledger", "chat", "crowded");
    await screen.findByRole("table");
    window_.core.failNext.set("ledger", { code: "disk_full", message: "The log cannot be read." });
    await user.click(button("Show older"));
    expect((await screen.findByRole("alert")).textContent).toContain("The log cannot be read.");
    expect(rows()).toBe(50);
  });

  it("is reached from the bridge and from the settings", async () => {
    window_ = await openWindow("chat");
    await user.click(screen.getByRole("button", { name: /^Bridge guarded/ }));
    await user.click(await screen.findByText("Show what crossed"));
    expect(await screen.findByRole("tab", { name: "What crossed", selected: true })).toBeTruthy();
    window_.app.go("settings");
    await user.click(await screen.findByRole("button", { name: "Show the log" }));
    expect(await screen.findByRole("tab", { name: "Log", selected: true })).toBeTruthy();
    screen.getByRole("tab", { name: "Log" }).focus();
    await user.keyboard("{ArrowRight}");
    expect(document.activeElement).toBe(await screen.findByRole("tab", { name: "What crossed", selected: true }));
  });
});

describe("the log", () => {
  it("has words for each kind that is known, and the name of any other", () => {
    expect(eventWords("locked")).toBe("The chats were locked");
    expect(eventWords("tide.turned")).toBe("tide.turned");
    expect(eventWords("constructor")).toBe("constructor");
  });

  it("unfolds a record to its facts and its whole hash", async () => {
    await open("log");
    await user.click(await screen.findByRole("button", { name: /^tide\.turned/ }));
    expect(screen.getByText("height_mm")).toBeTruthy();
    expect(screen.getByText("2140")).toBeTruthy();
    expect(screen.getByText(/^[0-9a-f]{64}$/)).toBeTruthy();
    expect(await violations()).toEqual([]);
  });

  it("shows one kind alone", async () => {
    await open("log");
    await screen.findByRole("button", { name: /^tide\.turned/ });
    await user.selectOptions(screen.getByRole("combobox", { name: "Kind of record" }), "The chats were locked");
    await vi.waitFor(() => expect(screen.queryByRole("button", { name: /^tide\.turned/ })).toBeNull());
    expect(called("audit").at(-1)?.args).toMatchObject({ event: "locked", before: null });
  });

  it("is verified, and says the figures and the key for another computer", async () => {
    await open("log");
    await user.click(await screen.findByRole("button", { name: "Verify now" }));
    expect(await screen.findByText(/^11 records read, signed up to record 9\.$/)).toBeTruthy();
    expect(screen.getByText(/^drawbridge-cli audit verify FILE --pubkey [0-9a-f]{64}$/)).toBeTruthy();
    expect(await violations()).toEqual([]);
  });

  it("says plainly that it was altered", async () => {
    await open("log", "log-altered");
    await user.click(await screen.findByRole("button", { name: "Verify now" }));
    expect(await screen.findByText("Not intact.")).toBeTruthy();
    expect(screen.getByText(/Record 41 was changed/)).toBeTruthy();
  });

  it("is exported in the format that was chosen, and its checkpoint saved", async () => {
    await open("log");
    await user.click(await screen.findByRole("button", { name: "Export the log" }));
    await user.click(await entry("OCSF"));
    expect(await screen.findByText("Written to /home/ada/drawbridge-log.ocsf.jsonl")).toBeTruthy();
    expect(called("audit_export")[0]?.args).toEqual({ format: "ocsf" });
    await user.click(button("Save a checkpoint"));
    expect(await screen.findByText(/drawbridge-checkpoint\.json$/)).toBeTruthy();
  });
});
