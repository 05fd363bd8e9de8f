/** A window that an organisation manages, over the made-up core. */
import { screen, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { entry, openWindow, violations } from "../testing";

const user = userEvent.setup();

/** The list of messages draws what its height has room for, and jsdom has none. */
function giveHeight(): void {
  vi.spyOn(HTMLElement.prototype, "offsetHeight", "get").mockReturnValue(600);
  vi.spyOn(HTMLElement.prototype, "offsetWidth", "get").mockReturnValue(800);
}
afterEach(() => vi.restoreAllMocks());

describe("a managed window", () => {
  it("says what the organisation says, on every screen", async () => {
    const { app } = await openWindow("managed");
    const banner = () => screen.getByRole("note", { name: "From your organisation" });
    expect(banner().textContent).toContain("This computer is for work.");
    app.go("trash");
    await screen.findByRole("heading", { name: "Trash" });
    expect(banner()).toBeTruthy();
    expect(await violations()).toEqual([]);
  });

  it("shows which settings are managed, by which file, and does not change them", async () => {
    const { app, called } = await openWindow("managed");
    app.goSettings("network");
    await screen.findByRole("heading", { name: "Network" });
    const marks = screen.getAllByRole("button", { name: /^Managed by your organisation, set in \/etc\/drawbridge\/policies\/managed\/10-records\.json/ });
    expect(marks.length).toBeGreaterThan(2);
    const direct = screen.getByRole<HTMLInputElement>("radio", { name: "None" });
    expect(direct.matches(":disabled")).toBe(true);
    await user.click(direct);
    expect(screen.getByRole("textbox", { name: /^Hosts that downloads may come from/ }).matches(":disabled")).toBe(true);
    expect(screen.getByRole("textbox", { name: /^Address of the hub/ }).matches(":disabled")).toBe(false);
    expect(called("settings_change")).toHaveLength(0);
    expect(await violations()).toEqual([]);
  });

  it("lists the policy with its file and line", async () => {
    const { app } = await openWindow("managed");
    app.go("policy");
    const item = (await screen.findByText("Chats cannot be exported.")).closest("li")!;
    expect(within(item).getByText("export.allowed")).toBeTruthy();
    expect(within(item).getByText("/etc/drawbridge/policies/managed/10-records.json:8")).toBeTruthy();
    expect(within(item).getByText("Managed")).toBeTruthy();
    const proxy = screen.getByText("Everything that crosses goes through this proxy.").closest("li")!;
    expect(within(proxy).getByText("replaces /etc/drawbridge/policies/managed/05-base.json:4")).toBeTruthy();
    expect(await violations()).toEqual([]);
  });

  it("copies no answer, and says why", async () => {
    giveHeight();
    const { called } = await openWindow("managed");
    const copy = await screen.findAllByRole("button", { name: "Copy. Your organisation does not allow copying" });
    expect(copy.length).toBeGreaterThan(0);
    for (const each of copy) await user.click(each);
    const code = await screen.findByRole("button", { name: "Copy code. Your organisation does not allow copying" });
    await user.click(code);
    expect(called("message_copy")).toHaveLength(0);
  });

  it("copies no selection of messages, but what one writes oneself", async () => {
    giveHeight();
    await openWindow("managed");
    const [answer] = await screen.findAllByRole("article");
    const copied = (from: Element) => {
      const event = new Event("copy", { bubbles: true, cancelable: true });
      from.dispatchEvent(event);
      return !event.defaultPrevented;
    };
    document.getSelection()!.selectAllChildren(answer!);
    expect(copied(answer!)).toBe(false);
    expect(copied(screen.getByRole("textbox", { name: "Your question" }))).toBe(true);
  });

  it("exports no chat, from the menu and the palette", async () => {
    const { app, called } = await openWindow("managed");
    await user.click(within(screen.getByRole("banner")).getByRole("button", { name: "More" }));
    const item = await entry("Export as Markdown");
    expect(item.getAttribute("aria-disabled")).toBe("true");
    expect(item.textContent).toContain("Your organisation does not allow exports");
    await app.act("export");
    expect(app.notices).toContain("Your organisation does not allow exports.");
    expect(called("chat_export")).toHaveLength(0);
  });
});

describe("a policy with a mistake", () => {
  it("is said at the top, and the mistake comes first on its page", async () => {
    await openWindow("policy-broken");
    await user.click(within(screen.getByRole("note", { name: "Policy" })).getByRole("button", { name: "Show the policy" }));
    expect((await screen.findByRole("alert")).textContent).toContain("20-egress.json, line 7");
    expect(await violations()).toEqual([]);
  });
});

describe("a window that nobody manages", () => {
  it("says so, and shows no mark", async () => {
    const { app } = await openWindow("chat");
    expect(screen.queryByRole("note")).toBeNull();
    app.go("settings");
    await user.click(await screen.findByRole("button", { name: "Show the policy" }));
    expect(await screen.findByText(/No administrator set anything on this computer/)).toBeTruthy();
    expect(screen.queryByText("Managed by your organisation")).toBeNull();
    await vi.waitFor(() => expect(app.managedBy("network.proxy")).toBeNull());
  });
});
