/** The window while the chats are locked, over the made-up core. */
import { screen, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { tick } from "svelte";
import { describe, expect, it, vi } from "vitest";
import { CODE, PASSPHRASE } from "../../backend/fake/door";
import { button, everythingHeld, openWindow, violations } from "../testing";

const user = userEvent.setup();
const field = (label: string) => screen.getByLabelText<HTMLInputElement>(label);

describe("what the page holds", () => {
  it("is found by the search of these tests, in state and in fields", async () => {
    const { app } = await openWindow("chat");
    await user.keyboard("a needle");
    expect(everythingHeld(app)).toContain("a needle");
    app.say("a second needle");
    expect(everythingHeld(app)).toContain("a second needle");
    app.keys.secrets = [{ id: "x", name: "a third needle", last_four: null, place: "store" }];
    expect(everythingHeld(app)).toContain("a third needle");
  });
});

describe("a window that somebody locked", () => {
  it("is calm, has the cursor in the passphrase, and passes axe", async () => {
    await openWindow("locked");
    expect(screen.getByRole("heading", { name: "Drawbridge is locked" })).toBeTruthy();
    expect(screen.queryByRole("alert")).toBeNull();
    expect(document.activeElement).toBe(field("Passphrase"));
    expect(await violations()).toEqual([]);
  });

  it("opens with Enter, and holds nothing of what was typed", async () => {
    const { app, called } = await openWindow("locked");
    await user.keyboard(`${PASSPHRASE}{Enter}`);
    await screen.findByRole("textbox", { name: "Your question" });
    expect(called("unlock")[0]?.args).toEqual({ kind: "passphrase", passphrase: PASSPHRASE });
    await app.keys.load();
    await tick();
    expect(everythingHeld(app)).not.toContain(PASSPHRASE);
  });

  it("empties the field as soon as it has sent it, before there is an answer", async () => {
    const { app, core } = await openWindow("locked");
    let answer: () => void = () => {};
    vi.spyOn(core, "call").mockImplementationOnce((() => new Promise((done) => (answer = () => done(null)))) as never);
    await user.keyboard(`${PASSPHRASE}{Enter}`);
    expect(button("Unlocking").getAttribute("aria-disabled")).toBe("true");
    expect(field("Passphrase").value).toBe("");
    expect(everythingHeld(app)).not.toContain(PASSPHRASE);
    answer();
    await vi.waitFor(() => expect(screen.queryByRole("button", { name: "Unlocking" })).toBeNull());
  });

  it("says that a wrong passphrase opens nothing, and keeps the cursor there", async () => {
    const { app } = await openWindow("locked");
    await user.keyboard("four loud green geese{Enter}");
    expect((await screen.findByRole("alert")).textContent).toContain("opens nothing here");
    expect(document.activeElement).toBe(field("Passphrase"));
    expect(field("Passphrase").getAttribute("aria-invalid")).toBe("true");
    expect(everythingHeld(app)).not.toContain("loud green");
    expect(await violations()).toEqual([]);
    await user.keyboard(`${PASSPHRASE}{Enter}`);
    await screen.findByRole("textbox", { name: "Your question" });
  });

  it("shows what is typed only while asked to", async () => {
    await openWindow("locked");
    expect(field("Passphrase").type).toBe("password");
    await user.click(button("Show it"));
    expect(field("Passphrase").type).toBe("text");
    await user.type(field("Passphrase"), "wrong again{Enter}");
    await screen.findByRole("alert");
    expect(field("Passphrase").type).toBe("password");
  });

  it("sends nothing where nothing is typed", async () => {
    const { called } = await openWindow("locked");
    await user.click(button("Unlock"));
    expect(called("unlock")).toHaveLength(0);
  });

  it("takes the recovery code however it is written, and forgets what stood in the other field", async () => {
    const { app } = await openWindow("locked");
    await user.keyboard("half a passphr");
    await user.click(button("Use the recovery code"));
    expect(document.activeElement).toBe(field("Recovery code"));
    expect(everythingHeld(app)).not.toContain("half a passphr");
    await user.keyboard(`${CODE.toLowerCase().replaceAll("-", " ")}{Enter}`);
    await screen.findByRole("textbox", { name: "Your question" });
  });
});

describe("a window with nothing to watch", () => {
  it("says that the chats are locked, not that watching failed", async () => {
    const { app, core } = await openWindow("locked");
    vi.spyOn(core, "watch").mockRejectedValueOnce(new Error("there is nobody to watch"));
    await app.start();
    expect(app.failure?.code).toBe("store_locked");
  });

  it("says that watching failed where nothing else did", async () => {
    const { app, core } = await openWindow("chat");
    vi.spyOn(core, "watch").mockRejectedValueOnce(new Error("there is nobody to watch"));
    await app.start();
    expect(app.failure?.message).toContain("there is nobody to watch");
  });
});

describe("a window whose key is lost", () => {
  it("says what happened, and offers exactly the ways that lead in", async () => {
    await openWindow("lost");
    expect(screen.getByRole("alert").textContent).toContain("Your chats are safe and encrypted");
    const others = within(screen.getByRole("list", { name: "Other ways in" })).getAllByRole("button");
    expect(others.map((other) => other.textContent)).toEqual(["Use the recovery code", "Ask the keychain again", "Use your organisation’s key file"]);
    expect(await violations()).toEqual([]);
  });

  it("asks the keychain, which is all there is, and says where it does not answer", async () => {
    const { called } = await openWindow("keychain-locked");
    expect(screen.queryByLabelText("Passphrase")).toBeNull();
    await user.click(button("Ask the keychain again"));
    expect(called("unlock")[0]?.args).toEqual({ kind: "keychain" });
    expect(await screen.findByText("The keychain did not answer. Nothing was changed.")).toBeTruthy();
  });

  it("lets a native dialog take the key file, and says nothing where none was picked", async () => {
    const { core, called } = await openWindow("lost");
    core.failNext.set("unlock", { code: "cancelled", message: "No file was picked." });
    await user.click(button("Use your organisation’s key file"));
    await vi.waitFor(() => expect(called("unlock")[0]?.args).toEqual({ kind: "administrator" }));
    await vi.waitFor(() => expect(button("Use your organisation’s key file")).toBeTruthy());
    expect(screen.queryByText("No file was picked.")).toBeNull();
  });
});

describe("a passphrase that comes before everything else", () => {
  it("is long enough and typed twice, and nothing is sent before", async () => {
    const { called } = await openWindow("new-passphrase");
    expect(screen.getByText(/Nobody can recover it/)).toBeTruthy();
    expect(await violations()).toEqual([]);
    await user.keyboard("short{Enter}");
    expect(screen.getByText("A passphrase needs at least 8 characters.")).toBeTruthy();
    await user.type(field("Passphrase"), " but longer");
    await user.type(field("The same again"), "short but wider{Enter}");
    expect(screen.getByText("This is not the same as above.")).toBeTruthy();
    expect(called("passphrase_set")).toHaveLength(0);
  });

  it("opens the window as usual, and is held nowhere", async () => {
    const { app, called } = await openWindow("new-passphrase");
    await user.keyboard("seven slow otters");
    await user.type(field("The same again"), "seven slow otters{Enter}");
    await screen.findByRole("textbox", { name: "Your question" });
    expect(called("passphrase_set")[0]?.args).toEqual({ passphrase: "seven slow otters" });
    expect(everythingHeld(app)).not.toContain("seven slow otters");
  });
});

describe("a window that is locked meanwhile", () => {
  it("begins anew with the next thing that is asked of the core", async () => {
    const { app, core, reload } = await openWindow("protected");
    core.failNext.set("chat_list", { code: "store_locked", message: "Locked.", ways: ["passphrase"], by_user: true });
    app.go("trash");
    await vi.waitFor(() => expect(reload).toHaveBeenCalledOnce());
  });

  it("locks by Ctrl+Shift+L, keeps the draft first, and begins anew", async () => {
    const { called, reload } = await openWindow("protected");
    await vi.waitFor(() => expect(screen.getByRole("button", { name: "Lock" })).toBeTruthy());
    await user.keyboard("not sent yet{Control>}{Shift>}l{/Shift}{/Control}");
    await vi.waitFor(() => expect(reload).toHaveBeenCalledOnce());
    expect(called("chat_draft")[0]?.args).toMatchObject({ text: "not sent yet" });
    expect(called("lock")).toHaveLength(1);
  });

  it("is not locked where only the keychain opens the chats, and says why", async () => {
    const { called } = await openWindow("chat");
    await vi.waitFor(() => expect(called("security")).toHaveLength(1));
    expect(screen.queryByRole("button", { name: "Lock" })).toBeNull();
    await user.keyboard("{Control>}{Shift>}l{/Shift}{/Control}");
    expect((await screen.findAllByText(/Only the keychain opens your chats/)).length).toBeGreaterThan(0);
    expect(called("lock")).toHaveLength(0);
  });

  it("tells that somebody is there only where time locks it", async () => {
    const { app, called } = await openWindow("protected");
    await user.keyboard("abc");
    expect(called("present")).toHaveLength(0);
    await app.change({ lock_minutes: 5 });
    const later = Date.now() + 60_000;
    vi.spyOn(Date, "now").mockReturnValue(later);
    await user.keyboard("defghi");
    vi.restoreAllMocks();
    expect(called("present")).toHaveLength(1);
  });
});
