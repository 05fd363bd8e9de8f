/** The screen of models over the made-up core. */
import { render, screen, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { tick } from "svelte";
import { beforeEach, describe, expect, it, vi } from "vitest";
import AppWindow from "../../AppWindow.svelte";
import { FakeCore } from "../../backend/fake/core";
import { App } from "../../state/app.svelte";
import { button, entry, violations } from "../testing";

let core: FakeCore;
let app: App;
const user = userEvent.setup();

async function open(scene: string, query = ""): Promise<void> {
  core = new FakeCore(scene, new URLSearchParams(`still&measure=0&${query}`));
  app = new App(core, (flush) => queueMicrotask(flush));
  render(AppWindow, { app });
  await app.start();
  app.go("models");
  await screen.findByRole("list", { name: "Recommended models" });
}
const called = (name: string) => core.calls.filter((call) => call.name === name);
const here = () => screen.getByRole("list", { name: "Models on this computer" });

/** Lets the made-up downloads go on until this holds. */
async function stepUntil(holds: () => unknown): Promise<void> {
  for (let steps = 0; steps < 90 && !holds(); steps += 1) {
    core.library.step();
    await tick();
  }
  expect(holds()).toBeTruthy();
}

beforeEach(() => {
  Object.defineProperty(window, "innerWidth", { value: 1280, configurable: true });
});

describe("every state passes axe", () => {
  it("a crowded library with a card unfolded", async () => {
    await open("models");
    await user.click(button("Qwen3 4B Instruct"));
    await user.click(button("Try its template"));
    await screen.findByLabelText("Rendered template");
    expect(await violations()).toEqual([]);
    await user.click(button("Remove"));
    expect(await violations()).toEqual([]);
  });

  it("a search with a repository unfolded", async () => {
    await open("chat");
    await user.click(button("Search Hugging Face"));
    await user.keyboard("qwen{Enter}");
    await user.click(await screen.findByRole("button", { name: /^bartowski/ }));
    await screen.findByRole("list", { name: /^Files of/ });
    expect(await violations()).toEqual([]);
  });
});

describe("a download", () => {
  it("goes from the offer to the library, and its arrival offers a chat", async () => {
    await open("first");
    await user.click(button(/^Download Falcon 3 7B Instruct/));
    expect(called("download_start")[0]?.args).toEqual({ what: { kind: "offer", id: "falcon3-7b", quantisation: "Q4_K_M" } });
    await stepUntil(() => within(here()).queryByText(/ of 4\.6 GB, 41 MB\/s/));
    await stepUntil(() => within(here()).queryByText(/^Comparing every byte/));
    await stepUntil(() => screen.queryByText("Falcon 3 7B Instruct is here."));
    expect(within(here()).getByRole("button", { name: "Falcon 3 7B Instruct" })).toBeTruthy();
    expect(screen.getAllByRole("status").some((status) => status.textContent === "Falcon 3 7B Instruct has arrived")).toBe(true);
    await user.click(button("Chat with it"));
    await vi.waitFor(() => expect(app.model?.name).toBe("Falcon 3 7B Instruct"));
    expect(app.screen).toBe("chat");
    expect(called("download_cancel")).toHaveLength(1);
  });

  it("pauses, goes on, and is erased only after a second click", async () => {
    await open("models");
    await user.click(button("Pause Falcon 3 7B Instruct"));
    await user.click(await screen.findByRole("button", { name: "Resume Falcon 3 7B Instruct" }));
    await screen.findByRole("button", { name: "Pause Falcon 3 7B Instruct" });
    expect([called("download_pause").length, called("download_resume").length]).toEqual([1, 1]);
    await user.click(button("Cancel Falcon 3 7B Instruct"));
    expect(called("download_cancel")).toHaveLength(0);
    await user.click(await entry("Cancel the download"));
    await vi.waitFor(() => expect(within(here()).queryByText("Falcon 3 7B Instruct")).toBeNull());
  });

  it("that broke off says why and can be tried again", async () => {
    await open("models");
    expect(within(here()).getByText("The disk is full")).toBeTruthy();
    expect(within(here()).getByText(/2\.8 GB more are needed/)).toBeTruthy();
    await user.click(button("Try again: DeepSeek R1 Distill 7B"));
    expect(called("download_resume")).toHaveLength(1);
  });

  it("that cannot begin says so beside its offer", async () => {
    await open("first");
    await user.click(button(/^Download Llama 3\.2 3B Instruct/));
    expect((await screen.findByRole("alert")).textContent).toContain("wants an account that accepted the licence");
  });

  it("of another quantisation is chosen from the menu", async () => {
    await open("first");
    await user.click(button("Other quantisations of Qwen3 8B"));
    await user.click(await entry("Q6_K, ≈ 6.8 GB"));
    expect(called("download_start")[0]?.args).toMatchObject({ what: { quantisation: "Q6_K" } });
  });

  it("is not offered to the chat before it has arrived", async () => {
    await open("models");
    app.go("chat");
    await user.click(await screen.findByRole("button", { name: /^Model:/ }));
    await entry("Starter model");
    expect(screen.queryByText(/Falcon/)).toBeNull();
  });
});

describe("the search", () => {
  it("says who will be asked, and asks nobody while one types", async () => {
    await open("chat");
    await user.click(button("Search Hugging Face"));
    expect(screen.getByText("Crosses to huggingface.co")).toBeTruthy();
    await user.keyboard("qwen");
    expect(called("hub_search")).toHaveLength(0);
    await user.keyboard("{Enter}");
    await vi.waitFor(() => expect(called("hub_search")[0]?.args).toMatchObject({ query: "qwen" }));
    expect(called("hub_files")).toHaveLength(0);
  });

  it("keeps what was found when the hub goes away, and says what to do", async () => {
    await open("chat");
    await user.click(button("Search Hugging Face"));
    await user.keyboard("qwen{Enter}");
    await screen.findByRole("list", { name: "Repositories" });
    core.failNext.set("hub_search", { code: "offline", message: "huggingface.co cannot be reached. Nothing was changed." });
    await user.click(button("Search"));
    expect((await screen.findByRole("alert")).textContent).toContain("huggingface.co cannot be reached.");
    expect(screen.getByRole("list", { name: "Repositories" })).toBeTruthy();
    await user.click(button("Network settings"));
    expect((await screen.findByRole("heading", { name: "Network" })) === document.activeElement).toBe(true);
  });
});

describe("the library", () => {
  it("asks before it erases files, then says what was freed", async () => {
    await open("chat");
    await user.click(button("Qwen3 4B Instruct"));
    await user.click(button("Remove"));
    expect(document.activeElement).toBe(button("Keep it"));
    expect(called("model_remove")).toHaveLength(0);
    await user.click(button("Remove, free 2.5 GB"));
    expect(called("model_remove")[0]?.args).toMatchObject({ files: true });
    expect(await screen.findByText("Qwen3 4B Instruct is removed. 2.5 GB of disk space are free again.")).toBeTruthy();
    await vi.waitFor(() => expect(document.activeElement).toBe(screen.getByRole("heading", { name: "On this computer" })));
  });

  it("takes an opened file off the list and leaves the file", async () => {
    await open("chat");
    await user.click(button("More about Ministral 8B Instruct"));
    await user.click(await entry("Take off the list"));
    expect(called("model_remove")[0]?.args).toMatchObject({ files: false });
    expect(await screen.findByText(/Its file stays in \/media\/stick\./)).toBeTruthy();
  });

  it("checks a model's files again", async () => {
    await open("chat");
    await user.click(button("Qwen3 4B Instruct"));
    await user.click(button("Verify again"));
    await stepUntil(() => within(here()).queryByText(/^Comparing every byte, \d/));
    await stepUntil(() => screen.queryByText(/^Every byte matches what huggingface.co stated, checked today/));
  });

  it("says what a folder brought", async () => {
    await open("chat");
    await user.click(button("Install from a folder"));
    expect(await screen.findByText(/^mmproj-f16.gguf was left out/)).toBeTruthy();
  });
});

describe("this computer", () => {
  it("invites to measure, and speeds stand beside the models afterwards", async () => {
    await open("first", "unmeasured");
    const list = screen.getByRole("list", { name: "Recommended models" });
    expect(within(list).queryByText("estimated")).toBeNull();
    await user.click(button("Measure"));
    await screen.findByRole("button", { name: "Measure again" });
    expect(within(list).getAllByText("estimated").length).toBeGreaterThan(3);
    expect(screen.getByText("expected for a 4 B model")).toBeTruthy();
  });
});

describe("settings", () => {
  it("keep what was refused in its field, with the reason", async () => {
    await open("chat");
    app.goSettings("network");
    const field = await screen.findByRole<HTMLInputElement>("textbox", { name: /^Address of the hub/ });
    core.failNext.set("settings_change", { code: "invalid_input", message: "The address of a hub begins with https://." });
    await user.clear(field);
    await user.type(field, "ftp://mirror");
    await user.tab();
    expect((await screen.findByRole("alert")).textContent).toBe("The address of a hub begins with https://.");
    expect(field.value).toBe("ftp://mirror");
    await user.clear(field);
    await user.type(field, "https://hub.example.org");
    await user.tab();
    await vi.waitFor(() => expect(app.settings.network.hub).toBe("https://hub.example.org"));
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("show what holds after a no in the system's dialog, and say nothing of an error", async () => {
    await open("chat");
    app.goSettings("network");
    const field = await screen.findByRole<HTMLInputElement>("textbox", { name: /^Address of the hub/ });
    const { hub } = app.settings.network;
    core.answerNext.set("settings_change", JSON.parse(JSON.stringify(app.settings)));
    await user.clear(field);
    await user.type(field, "https://hub.example.org");
    await user.tab();
    await vi.waitFor(() => expect(field.value).toBe(hub));
    await user.type(field, "  ");
    await user.tab();
    expect(field.value).toBe(hub);
    expect(called("settings_change")).toHaveLength(1);
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("list what crossed, or say that nothing did", async () => {
    await open("chat");
    app.goCrossings("ledger");
    const table = await screen.findByRole("table");
    expect(within(table).getAllByRole("row")).toHaveLength(7);
    expect(within(table).getByText(/^Refused\. This host is not among/)).toBeTruthy();
  });

  it("say that nothing crossed", async () => {
    await open("first", "nothing-crossed");
    app.goCrossings("ledger");
    expect(await screen.findByText("Nothing has left this computer.")).toBeTruthy();
  });
});
