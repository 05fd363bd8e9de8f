/** Keys and encryption in the settings, over the made-up core. */
import { screen, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { CODE, PASSPHRASE } from "../../backend/fake/door";
import { type Opened, button, everythingHeld, openWindow, violations } from "../testing";
import { aboutLength } from "./strength";

let window_: Opened;
const user = userEvent.setup();
const field = (label: string) => screen.getByLabelText<HTMLInputElement>(label);

async function open(scene: string): Promise<Opened> {
  window_ = await openWindow(scene);
  window_.app.goSettings("keys");
  await screen.findByRole("heading", { name: "Backup" });
  return window_;
}
const called = (name: string) => window_.called(name);

beforeEach(() => vi.restoreAllMocks());

describe("what is said of a passphrase", () => {
  it("comes from its length alone", () => {
    expect(aboutLength(0)).toMatch(/^At least 8 characters/);
    expect(aboutLength(5)).toBe("3 more to go.");
    expect(aboutLength(8)).toMatch(/^Long enough\. Another word/);
    expect(aboutLength(16)).toBe("Long enough.");
  });
});

describe("the part of the settings", () => {
  it.each(["chat", "protected", "plain", "managed"])("passes axe in the scene “%s”, with the focus on its heading", async (scene) => {
    await open(scene);
    expect(document.activeElement).toBe(screen.getByRole("heading", { name: "Keys and encryption" }));
    expect(await violations()).toEqual([]);
  });
});

describe("chats in the clear", () => {
  it("offer a passphrase, and are encrypted with it", async () => {
    const { app } = await open("plain");
    await user.click(button("Encrypt with a passphrase"));
    const dialog = screen.getByRole("dialog", { name: "Encrypt with a passphrase" });
    expect(document.activeElement).toBe(field("Passphrase"));
    await user.keyboard("seven slow otters");
    await user.type(field("The same again"), "seven slow otters");
    await user.click(within(dialog).getByRole("button", { name: "Encrypt" }));
    await vi.waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(called("passphrase_set")[0]?.args).toEqual({ passphrase: "seven slow otters" });
    expect(app.facts?.keeping.kind).toBe("encrypted");
    expect(screen.queryByText("Chats are not encrypted")).toBeNull();
    expect(everythingHeld(app)).not.toContain("seven slow otters");
  });

  it("are offered the same from the first screen", async () => {
    window_ = await openWindow("plain");
    await window_.app.newChat();
    await user.click(await screen.findByRole("button", { name: "Encrypt them with a passphrase" }));
    expect(await screen.findByRole("heading", { name: "Chats are not encrypted" })).toBeTruthy();
  });
});

describe("ways in", () => {
  it("let the passphrase be removed only by a second press", async () => {
    await open("protected");
    const remove = screen.getAllByRole("button", { name: "Remove" })[0]!;
    await user.click(remove);
    expect(called("passphrase_remove")).toHaveLength(0);
    await user.click(button("Remove the passphrase"));
    expect(await screen.findByRole("button", { name: "Set a passphrase" })).toBeTruthy();
  });

  it("keep the keychain where it is the only one, and say why", async () => {
    await open("chat");
    const keychain = screen.getByRole("switch", { name: /^The keychain opens the chats by itself/ });
    expect(keychain.getAttribute("aria-disabled")).toBe("true");
    expect(keychain.getAttribute("aria-label")).toContain("Set a passphrase or make a recovery code first");
    await user.click(keychain);
    expect(called("keychain_use")).toHaveLength(0);
  });

  it("say what it means that the keychain opens the chats, and what that it does not", async () => {
    await open("protected");
    expect(screen.getByText(/Whoever can log in to your account opens the chats by starting Drawbridge/)).toBeTruthy();
    await user.click(screen.getByRole("switch", { name: "The keychain opens the chats by itself" }));
    expect(await screen.findByText(/the passphrase is asked for at every start/)).toBeTruthy();
    expect(called("keychain_use")[0]?.args).toEqual({ on: false });
  });

  it("cannot be locked before there is one beside the keychain", async () => {
    await open("chat");
    expect(button("Lock now")).toHaveProperty("disabled", true);
    expect(screen.getByRole("combobox", { name: "Lock when nobody is there" })).toHaveProperty("disabled", true);
  });
});

describe("a recovery code", () => {
  it("is shown once, printed alone, and goes only when it is kept", async () => {
    const { app } = await open("protected");
    const print = vi.fn();
    vi.stubGlobal("print", print);
    await user.click(button("Make another"));
    const dialog = screen.getByRole("dialog", { name: "Recovery code" });
    expect(within(dialog).getByText("The code that you made before stops working.")).toBeTruthy();
    expect(called("recovery_make")).toHaveLength(0);
    await user.click(button("Make the code"));
    expect((await screen.findByRole("status", { name: "Recovery code" })).textContent).toBe(CODE);
    await user.click(button("Print"));
    expect(print).toHaveBeenCalledOnce();
    expect(document.querySelector(".on-paper")?.textContent).toContain(CODE);
    expect(button("Done")).toHaveProperty("disabled", true);
    expect(screen.queryByRole("button", { name: "Close" })).toBeNull();
    expect(await violations()).toEqual([]);
    await user.click(screen.getByRole("checkbox", { name: "I have kept it" }));
    await user.click(button("Done"));
    await vi.waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(everythingHeld(app)).not.toContain(CODE);
    vi.unstubAllGlobals();
  });
});

describe("another key", () => {
  it("says what stops working, carries the passphrase over, and asks for a new code", async () => {
    const { app } = await open("protected");
    await user.click(button("Change the key"));
    const dialog = screen.getByRole("dialog", { name: "Change the key" });
    expect(within(dialog).getByText("The recovery code that you have now opens nothing any more.")).toBeTruthy();
    await user.keyboard("not this one{Enter}");
    expect(await within(dialog).findByText("This is not the passphrase. The key was not changed.")).toBeTruthy();
    await user.keyboard(`${PASSPHRASE}{Enter}`);
    expect(await within(dialog).findByText(/There is no recovery code for it yet/)).toBeTruthy();
    expect(everythingHeld(app)).not.toContain(PASSPHRASE);
  });
});

describe("keys and tokens", () => {
  it("are pasted by the core: no value comes through the page", async () => {
    await open("chat");
    await user.click(button("Paste from clipboard: Token of the hub"));
    expect(await screen.findByText("Ends in 9fT2. Kept in the keychain.")).toBeTruthy();
    expect(called("secret_paste")[0]?.args).toEqual({ id: "hub" });
    await user.click(button("Remove: Token of the hub"));
    await user.click(button("Remove it: Token of the hub"));
    expect(await screen.findByText(/^None\./)).toBeTruthy();
  });

  it("say why they cannot be kept", async () => {
    await open("plain");
    expect(button("Paste from clipboard: Token of the hub")).toHaveProperty("disabled", true);
    expect(screen.getByText(/There is no keychain here, and chats are not encrypted: set a passphrase first/)).toBeTruthy();
  });

  it("say why one that was pasted is not kept", async () => {
    const { core } = await open("chat");
    core.failNext.set("secret_paste", { code: "invalid_input", message: "There is no text on the clipboard. Nothing was changed." });
    await user.click(button("Paste from clipboard: Token of the hub"));
    expect((await screen.findByRole("alert")).textContent).toBe("There is no text on the clipboard. Nothing was changed.");
  });
});

describe("backups", () => {
  it("are written under a passphrase of their own", async () => {
    const { app } = await open("protected");
    await user.click(button("Make a backup"));
    await user.keyboard("nine patient herons");
    await user.type(field("The same again"), "nine patient herons{Enter}");
    expect(await screen.findByText(/^Written to \/media\/stick/)).toBeTruthy();
    expect(everythingHeld(app)).not.toContain("nine patient herons");
  });

  it("are put in place, and the window begins anew with them", async () => {
    const { reload } = await open("protected");
    await user.click(button("Restore a backup"));
    await user.keyboard("not its passphrase{Enter}");
    expect((await screen.findByRole("alert")).textContent).toContain("does not open the backup");
    await user.keyboard(`${PASSPHRASE}{Enter}`);
    const done = await screen.findByRole("dialog", { name: "The backup is in place" });
    expect(done.textContent).toContain("before-restore");
    expect(reload).not.toHaveBeenCalled();
    await user.click(button("Go on with it"));
    expect(reload).toHaveBeenCalledOnce();
  });
});
