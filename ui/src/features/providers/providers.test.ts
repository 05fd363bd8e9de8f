/** The screen of providers over the made-up core: added in a minute by pointer or keyboard, and truthful about what is wrong. */
import { screen, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import type { Failure } from "../../generated/wire";
import { presets, setUp } from "../../backend/fake/providers";
import { button, openWindow, violations } from "../testing";
import { advised, addressKnown, fromPreset, inTheClear, standing } from "./standing";

const user = userEvent.setup();

async function open(scene = "chat", query = "") {
  const opened = await openWindow(scene, query);
  await opened.app.act("providers");
  await screen.findByRole("heading", { level: 1, name: "Providers" });
  return opened;
}

const region = (name: string) => screen.findByRole("region", { name });
const box = (name: RegExp) => screen.findByRole("checkbox", { name });

describe("the rules", () => {
  it.each([
    ["http://vllm.corp:8000/v1", true],
    ["https://api.example.org/v1", false],
    ["http://127.0.0.1:11434/v1", false],
    ["http://localhost:1234/v1", false],
    ["http://[::1]:8000/v1", false],
    ["http://localhost.example.org/v1", true],
    ["not an address", false],
  ])("%s is in the clear: %s", (address, clear) => expect(inTheClear(address)).toBe(clear));

  it("says what stands between a provider and an answer, the worst first", () => {
    const [anthropic, , vllm] = setUp();
    expect(standing(anthropic!)).toBeNull();
    expect(standing({ ...anthropic!, key: null })?.words).toContain("no key");
    expect(standing({ ...anthropic!, resting: "Left alone for 3 s.", key_elsewhere: true, forbidden: "Not here." })?.words).toBe("Not here.");
    expect(standing({ ...anthropic!, resting: "Left alone for 3 s." })).toEqual({ words: "Left alone for 3 s.", bad: false });
    expect(standing({ ...vllm!, headers_set: [] })?.words).toContain("X-Team");
    expect(standing(vllm!)).toBeNull();
  });

  it("adds under a name that is free, and asks for an address only where everybody has their own", () => {
    const of = (id: string) => presets.find((preset) => preset.id === id)!;
    expect(fromPreset(of("openai"), ["OpenAI", "OpenAI 2"]).name).toBe("OpenAI 3");
    expect(["openai", "ollama"].map((id) => addressKnown(of(id)))).toEqual([true, true]);
    expect(["azure", "vllm"].map((id) => addressKnown(of(id)))).toEqual([false, false]);
  });

  it("ticks all of a few models, and of many those that something is known of", () => {
    const [model] = setUp()[0]!.provider.models;
    const many = Array.from({ length: 30 }, (_, n) => ({ ...model!, name: `m${n}`, context_tokens: n < 3 ? 1_000 : null }));
    expect(advised(many.slice(5, 9))).toHaveLength(4);
    expect(advised(many)).toHaveLength(3);
  });
});

describe("the list", () => {
  it("says of each where it is, its key and its models; passes axe", async () => {
    await open();
    const row = button(/^Anthropic/);
    expect(row.textContent).toMatch(/Anthropic.*Cloud.*key …x7Qa.*3 models/s);
    expect(button(/^vLLM/).textContent).toMatch(/Your network.*no key.*1 model/s);
    expect(await violations()).toEqual([]);
    await user.click(row);
    await button("Test connection: Anthropic");
    expect(await violations()).toEqual([]);
  });

  it("says what is wrong with each", async () => {
    await open("chat", "troubles");
    expect(screen.getByText(/left alone for 48 s/)).toBeTruthy();
    expect(screen.getByText(/given for another address/)).toBeTruthy();
    expect(screen.getByText(/does not allow vllm\.example\.internal/)).toBeTruthy();
  });
});

describe("adding", () => {
  it("takes preset, key, done: saved first, then the key, then tried, then its models ticked", async () => {
    const { core } = await open("first");
    await region("Add a provider");
    expect(await violations()).toEqual([]);
    await user.click(await screen.findByRole("button", { name: /^Anthropic/ }));
    const paste = await screen.findByRole("button", { name: "Paste key: Anthropic" });
    expect(document.querySelector("input[type=password]")).toBeNull();
    await user.click(paste);
    expect(((await box(/Claude Sonnet 5/)) as HTMLInputElement).checked).toBe(true);
    const steps = core.calls.map(({ name }) => name).filter((name) => /^(provider_(save|test)|secret_paste)$/.test(name));
    expect(steps).toEqual(["provider_save", "secret_paste", "provider_test", "provider_save"]);
    expect(screen.getByText(/offers 3 models/)).toBeTruthy();
    expect(button(/^Anthropic/).textContent).toContain("3 models");
  });

  it("works from the keyboard alone", async () => {
    await open("first");
    await region("Add a provider");
    const preset = await screen.findByRole("button", { name: /^OpenAI:/ });
    for (let n = 0; n < 20 && document.activeElement !== preset; n += 1) await user.tab();
    await user.keyboard("{Enter}");
    await vi.waitFor(() => expect(document.activeElement?.textContent).toContain("OpenAI"));
    for (let n = 0; n < 6 && document.activeElement?.getAttribute("aria-label") !== "Paste key: OpenAI"; n += 1) await user.tab();
    await user.keyboard("{Enter}");
    expect(await screen.findByText(/offers 15 models/)).toBeTruthy();
    await user.type(screen.getByRole("searchbox", { name: "Find a model of OpenAI" }), "luna");
    expect(screen.getAllByRole("checkbox")).toHaveLength(1);
  });

  it("asks for an address of one’s own, and warns where it is not encrypted", async () => {
    const { called } = await open("first");
    await user.click(await screen.findByRole("button", { name: /^vLLM/ }));
    const address = await screen.findByRole("textbox", { name: "Address" });
    expect(document.activeElement).toBe(address);
    await user.clear(address);
    await user.type(address, "http://vllm.corp:8000/v1");
    expect(screen.getByText(/reached without encryption/)).toBeTruthy();
    expect(await violations()).toEqual([]);
    await user.click(button("Add"));
    await screen.findByRole("button", { name: "Test connection: vLLM" });
    expect(called("provider_save")[0]?.args).toMatchObject({ base_url: "http://vllm.corp:8000/v1", zone: "our_network" });
  });

  it("keeps the form where the core refuses the address", async () => {
    await open("first");
    await user.click(await screen.findByRole("button", { name: /^Azure/ }));
    await user.type(await screen.findByRole("textbox", { name: "Address" }), "somewhere");
    await user.click(button("Add"));
    expect((await screen.findByRole("alert")).textContent).toContain("“somewhere” is no address of a provider");
    expect(screen.getByRole<HTMLInputElement>("textbox", { name: "Address" }).value).toBe("somewhere");
  });
});

describe("one provider", () => {
  const shown = async (name: string) => {
    const opened = await open();
    await user.click(button(new RegExp(`^${name}`)));
    return opened;
  };

  it("says exactly why its connection fails, and what helps", async () => {
    const { core } = await shown("Anthropic");
    const failure: Failure = { code: "offline", message: "The certificate of api.anthropic.com has expired." };
    core.answerNext.set("provider_test", { failure, models: [], took_ms: 9, notes: [] });
    await user.click(button("Test connection: Anthropic"));
    const alert = await screen.findByRole("alert");
    expect(alert.textContent).toContain("has expired");
    expect(within(alert).getByRole("button", { name: "Network settings" })).toBeTruthy();
    expect((await box(/Claude Opus 5/) as HTMLInputElement).checked).toBe(true);
  });

  it("offers a model that is typed, and takes one off", async () => {
    const { core, called } = await shown("OpenAI");
    await user.type(screen.getByRole("textbox", { name: "Add a model by its id" }), "ft:gpt-6-luna:ours{Enter}");
    expect(((await box(/ft:gpt-6-luna:ours/)) as HTMLInputElement).checked).toBe(true);
    await user.click(await box(/GPT-6 Sol/));
    await vi.waitFor(() => expect(called("provider_save")).toHaveLength(2));
    const names = core.held.providers.find(({ provider }) => provider.id === "provider-openai")!.provider.models.map(({ name }) => name);
    expect(names).toEqual(["gpt-6-luna", "ft:gpt-6-sol:house", "ft:gpt-6-luna:ours"]);
  });

  it("lets the user say whether a model sees images, also one that was typed", async () => {
    const { core } = await shown("vLLM");
    const kept = () => core.held.providers.find(({ provider }) => provider.id === "provider-vllm")!.provider.models;
    await user.click(button("Text only: Qwen3 32B"));
    await vi.waitFor(() => expect(kept().map(({ images }) => images)).toEqual([true]));
    await user.type(screen.getByRole("textbox", { name: "Add a model by its id" }), "llava{Enter}");
    await user.click(await screen.findByRole("button", { name: "Text only: llava" }));
    expect(await screen.findByRole("button", { name: "Sees images: llava" })).toBeTruthy();
    // What the server says of it changes nothing of what the user said.
    await user.click(button("Test connection: vLLM"));
    await screen.findByText(/It answered in/);
    await user.click(button("Sees images: Qwen3 32B"));
    await vi.waitFor(() => expect(kept().map(({ name, images }) => [name, images])).toEqual([["Qwen/Qwen3-32B", false], ["llava", true]]));
    expect(await violations()).toEqual([]);
  });

  it("goes back to the zone that is kept where the user says no outside the page", async () => {
    const { core } = await shown("Anthropic");
    core.failNext.set("provider_save", { code: "consent_needed", message: "Nothing was changed." });
    await user.click(screen.getByRole("radio", { name: /Your network/ }));
    expect((await screen.findByRole("alert")).textContent).toContain("Nothing was changed.");
    expect(screen.getByRole<HTMLInputElement>("radio", { name: /Cloud/ }).checked).toBe(true);
  });

  it("can be asked without a key where its server wants none", async () => {
    const { core } = await shown("vLLM");
    await user.click(screen.getByText(/^Name, address/));
    await user.click(screen.getByRole("radio", { name: "No key" }));
    await vi.waitFor(() => expect(core.held.providers.find(({ provider }) => provider.id === "provider-vllm")!.provider.auth).toBe("none"));
    expect(button(/^vLLM/).textContent).toContain("needs no key");
    expect(screen.queryByRole("button", { name: "Paste key: vLLM" })).toBeNull();
  });

  it("takes a header’s value from the clipboard too", async () => {
    const { called } = await shown("Anthropic");
    await user.click(screen.getByText(/^Name, address/));
    await user.type(screen.getByRole("textbox", { name: /Add a header/ }), "X-Team{Enter}");
    await user.click(await screen.findByRole("button", { name: "Paste value: X-Team" }));
    expect(called("secret_paste")[0]?.args).toEqual({ id: "provider:provider-anthropic:header:X-Team" });
    expect(await screen.findByText(/Its value is kept/)).toBeTruthy();
  });

  it("is removed only when asked twice, and the focus stays in the list", async () => {
    const { called } = await shown("Anthropic");
    await user.click(button("Remove provider: Anthropic"));
    expect(called("provider_remove")).toHaveLength(0);
    await user.click(button("Remove it and its key: Anthropic"));
    await vi.waitFor(() => expect(screen.queryByRole("button", { name: /^Anthropic/ })).toBeNull());
    await vi.waitFor(() => expect(document.activeElement).toBe(button("Add provider")));
  });
});

describe("when a provider fails", () => {
  it("this computer answers where that is switched on", async () => {
    const { called } = await open();
    await user.click(screen.getByRole("switch", { name: "Answer on this computer when a provider fails" }));
    expect(called("settings_change")[0]?.args).toEqual({ patch: { answer_here_on_failure: true } });
  });

  it("others are asked in an order that the keyboard can change", async () => {
    const { app } = await open();
    const select = screen.getByRole("combobox", { name: "Add a model that is asked in turn" });
    await user.selectOptions(select, "vllm/qwen3-32b");
    await user.selectOptions(select, "anthropic/claude-haiku-5");
    button("Up: Claude Haiku 5").focus();
    await user.keyboard("{Enter}");
    await vi.waitFor(() => expect(app.settings.fallbacks).toEqual(["anthropic/claude-haiku-5", "vllm/qwen3-32b"]));
    await user.click(button("Remove: Qwen3 32B"));
    await vi.waitFor(() => expect(app.settings.fallbacks).toEqual(["anthropic/claude-haiku-5"]));
    expect(await violations()).toEqual([]);
  });
});
