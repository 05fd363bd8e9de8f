/** Chats with providers: the bridge, who is chosen, where a question goes, what an answer says of itself. */
import { render, screen, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { tick } from "svelte";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Bill, Route } from "../../generated/wire";
import { setUp } from "../../backend/fake/providers";
import { answer, answerThere, ended, question, settings, starter } from "../../backend/fake/scene";
import Trouble from "../../parts/Trouble.svelte";
import { remediesOf, remediesThere } from "../../words/failures";
import { button, entry, openWindow, violations } from "../testing";
import { bridgeFacts, bridgeLine } from "../side/bridge";
import { goesTo, hindrance, sendWords } from "./answering";
import { ending } from "./ending";
import { estimate } from "./meter";
import { cost, explained, seams, tokenRows } from "./origin";
import { rowsFor } from "./parameters";

const user = userEvent.setup();
const cards = setUp();
const [anthropic, , vllm, ollama] = cards;
const there = (card = anthropic!) => ({ card, provider: card.provider, model: card.provider.models[0]! });
const send = () => screen.getByRole("button", { name: /^Send/ });

describe("the words", () => {
  it("say where a question goes", () => {
    expect([null, there(), there(vllm!), there(ollama!)].map(sendWords)).toEqual(["Send", "Send to Anthropic", "Send to vLLM in your network", "Send to Ollama on this computer"]);
    expect(goesTo(there(vllm!))).toBe("Goes to vLLM, your network. Nothing is kept");
  });

  it("say why nothing can go there", () => {
    expect(hindrance(there(), "guarded")).toBe("");
    expect(hindrance(there(), "sealed")).toContain("The bridge is up");
    expect(hindrance(there({ ...anthropic!, forbidden: "Not allowed here." }), "open")).toBe("Not allowed here.");
    expect(hindrance(null, "sealed")).toBe("");
  });

  it("say of the bridge what is so", () => {
    expect(bridgeLine("guarded", [], "")).toBe("Chats stay on this computer");
    expect(bridgeLine("guarded", [vllm!], "")).toBe("Chats stay inside");
    expect(bridgeLine("guarded", cards, "")).toBe("Asks before a chat crosses");
    expect(bridgeLine("sealed", cards, "")).toBe("Nothing crosses");
    expect(bridgeLine("open", cards, "huggingface.co")).toBe("Fetching from huggingface.co");
    expect(bridgeFacts("guarded", cards).head).toContain("Anthropic and OpenAI");
    expect(bridgeFacts("guarded", []).head).toContain("no cloud provider is set up");
  });

  it("say the price, and where it is not known", () => {
    const bill: Bill = { usd_micros: 4_180, price_known: true, estimated: false };
    expect(estimate(null)).toBeNull();
    expect(estimate(bill)?.short).toBe("about $0.0042");
    expect(estimate({ ...bill, price_known: false })).toMatchObject({ short: "price not known", words: expect.stringContaining("counted as the dearest") as string });
    expect(cost(bill).short).toBe("$0.0042");
    expect(cost({ ...bill, estimated: true }).short).toBe("≈ $0.0042");
    expect(cost({ ...bill, price_known: false }).short).toBe("price not known");
  });

  it("count what a provider read from its cache and wrote while reasoning", () => {
    const usage = { ...ended(answer("c", "q", starter, 0), "Text").answer!.usage, prompt_tokens: 1_200, cached_tokens: 1_000, cache_write_tokens: 90, output_tokens: 40, reasoning_tokens: 30, estimated: true };
    expect(tokenRows(usage, true)).toEqual([
      ["Read", "≈ 1,200 tokens, 1,000 of them from the provider’s cache"],
      ["Written into its cache", "90 tokens"],
      ["Written tokens", "≈ 40, 30 of them reasoning"],
    ]);
  });

  it("explain only what was not simply asked for", () => {
    const route = (reason: string): Route => ({ place: "cloud", provider: "Anthropic", reason });
    expect(explained(route("You chose this model."))).toBeNull();
    expect(explained({ place: "this_computer", reason: "Ollama, on this computer. You chose this model." })).toBeNull();
    expect(explained(route("OpenAI is overloaded. So Claude answered, not GPT."))).toContain("So Claude answered");
  });

  it("mark a seam above the question where another model goes on", () => {
    const first = question("c", null, "One", 0);
    const here = ended(answer("c", first.id, starter, 0), "A");
    const second = question("c", here.id, "Two", 0);
    const far = ended(answerThere("c", second.id, anthropic!.provider, anthropic!.provider.models[1]!, 0), "B");
    const third = question("c", far.id, "Three", 0);
    const again = ended(answerThere("c", third.id, anthropic!.provider, anthropic!.provider.models[1]!, 0), "C");
    const found = seams([first, here, second, far, third, again]);
    expect([...found.keys()]).toEqual([second.id]);
    expect(found.get(second.id)).toEqual({ words: "From here: Claude Sonnet 5 · Anthropic, cloud", zone: "cloud" });
  });

  it("call a refusal of the model what it is, which is no error", () => {
    const made = ended(answer("c", "q", starter, 0), "");
    const end = ending({ ...made, answer: { ...made.answer!, finish: "declined" } });
    expect(end).toMatchObject({ severe: false, continues: false });
    expect(end?.words).toContain("declined");
  });

  it("offer no parameter that a provider does not take", () => {
    const [far, responses, compatible] = [anthropic!, cards[1]!, vllm!].map(({ provider }) => rowsFor(provider).map(({ name }) => name));
    expect(far).toEqual(["temperature", "top_p", "max_tokens"]);
    expect(responses).toEqual(far);
    expect(compatible).toEqual(["temperature", "top_p", "seed", "max_tokens"]);
    for (const kind of ["openai", "azure"] as const) {
      expect(rowsFor({ ...cards[1]!.provider, kind, api: "chat_completions" }).map(({ name }) => name)).toEqual(compatible);
      expect(rowsFor({ ...cards[1]!.provider, kind, api: "responses" }).map(({ name }) => name)).toEqual(far);
    }
    expect(rowsFor(null).map(({ name }) => name)).toEqual(expect.arrayContaining(["top_k", "min_p", "repeat_penalty", "context_tokens"]));
  });

  it.each(["sealed", "quota_exhausted", "content_refused", "budget_reached", "consent_needed"] as const)("offer this computer where a provider fails with %s", (code) => {
    const failure = { code, message: "A sentence." };
    expect(remediesThere(failure)).toContain("answer_here");
    expect(remediesOf(failure)).not.toContain("answer_here");
    render(Trouble, { failure, remedies: remediesThere(failure), remedy: vi.fn() });
    expect(screen.getByRole("alert").querySelector("b")?.textContent).not.toBe("");
    expect(button("Answer on this computer")).toBeTruthy();
  });
});

describe("the bridge", () => {
  /** The choice of a state. Without a layout what floats has no place yet and counts as hidden. */
  const choice = async (words: string) => (await screen.findByText(words)).closest("label")!.querySelector("input")!;

  const open = async (scene = "chat") => {
    const opened = await openWindow(scene);
    await user.click(button(/^Bridge/));
    return opened;
  };

  it("is set where it is shown, and says what each state means", async () => {
    const { core, called } = await open();
    expect((await choice("Guarded")).checked).toBe(true);
    expect(screen.getByText(/Asks before a chat’s first crossing/)).toBeTruthy();
    expect(await violations()).toEqual([]);
    await user.click(await choice("Up, sealed"));
    expect(called("settings_change")[0]?.args).toEqual({ patch: { mode: "sealed" } });
    expect(core.held.settings.mode).toBe("sealed");
    expect(button(/^Bridge up/)).toBeTruthy();
    expect(document.body.textContent).not.toMatch(/kernel|firewall/i);
  });

  it("is not shown as lowered where the user says no outside the page", async () => {
    const { core } = await open();
    core.failNext.set("settings_change", { code: "consent_needed", message: "Nothing was changed." });
    await user.click(await choice("Down, open"));
    expect((await screen.findByText("Nothing was changed.")).getAttribute("role")).toBe("alert");
    expect((await choice("Guarded")).checked).toBe(true);
    expect(button(/^Bridge guarded/)).toBeTruthy();
  });

  it("cannot be changed where the organisation set it", async () => {
    const { app } = await openWindow("chat");
    app.facts = { ...app.facts!, managed: { ...app.facts!.managed, managed: true, locked: [{ setting: "mode", file: "/etc/drawbridge/policies/managed/10.json" }] } };
    await app.act("bridge");
    expect(await screen.findByText("Managed by your organisation")).toBeTruthy();
    expect((await choice("Down, open")).closest("fieldset")!.disabled).toBe(true);
  });

  it("comes into view from the command palette, the side bar with it", async () => {
    const { app } = await openWindow("chat");
    await app.change({ sidebar_open: false });
    await tick();
    expect(screen.queryByRole("button", { name: /^Bridge/ })).toBeNull();
    await app.act("bridge");
    expect(await choice("Guarded")).toBeTruthy();
  });
});

describe("choosing a provider’s model", () => {
  it("shows everybody’s models by how far away they are, and then where a question goes and what it may cost", async () => {
    const { app } = await openWindow("chat");
    await user.click(button("Model: Qwen3 4B Instruct, on this computer"));
    const titles = [...document.querySelectorAll(".menu-title")].map((title) => title.textContent.trim());
    expect(titles).toEqual(["On this computer", "Ollama, this computer", "vLLM, your network", "Anthropic, cloud", "OpenAI, cloud"]);
    await user.click(await entry("Claude Sonnet 5"));
    await vi.waitFor(() => expect(app.there?.model.title).toBe("Claude Sonnet 5"));
    expect(button("Model: Claude Sonnet 5, Anthropic, in the cloud")).toBeTruthy();
    expect(send().getAttribute("aria-label")).toMatch(/^Send to Anthropic/);
    expect(send().className).toContain("across");
    expect(screen.queryByText("Stays on this computer")).toBeNull();
    expect(await screen.findByText("about $0.0042")).toBeTruthy();
    expect(await violations()).toEqual([]);
  });

  it("goes to the user’s own network in the colour of inside", async () => {
    const { app } = await openWindow("chat");
    await app.talk.change({ model: "vllm/qwen3-32b" });
    await tick();
    expect(send().getAttribute("aria-label")).toMatch(/^Send to vLLM in your network/);
    expect(send().className).toContain("inside");
  });

  it("sends nothing across a bridge that is up, and says so", async () => {
    const { app, called } = await openWindow("chat");
    await app.change({ mode: "sealed" });
    await app.talk.change({ model: "anthropic/claude-opus-5" });
    await tick();
    await user.type(screen.getByRole("textbox", { name: "Your question" }), "Hello{Enter}");
    expect(send().getAttribute("aria-label")).toContain("The bridge is up");
    expect(called("chat_send")).toHaveLength(0);
  });

  it("hides what a provider does not take", async () => {
    const { app } = await openWindow("chat");
    await app.talk.change({ model: "anthropic/claude-opus-5" });
    app.panel = { kind: "settings" };
    await tick();
    expect(screen.queryByRole("textbox", { name: "Top-k" })).toBeNull();
    expect(screen.getByRole("textbox", { name: "Temperature" }).getAttribute("placeholder")).toBe("Default");
  });

  it("keeps what was written where the user did not agree, and answers here if they wish", async () => {
    const { core, app, called } = await openWindow("chat");
    await app.talk.change({ model: "anthropic/claude-opus-5" });
    core.failNext.set("chat_send", { code: "consent_needed", message: "You did not allow this chat to cross to Anthropic. Nothing was sent." });
    const field = screen.getByRole<HTMLTextAreaElement>("textbox", { name: "Your question" });
    await user.type(field, "Hello{Enter}");
    const alert = await screen.findByRole("alert");
    expect(alert.textContent).toContain("Nothing was sent");
    expect(field.value).toBe("Hello");
    await user.click(within(alert).getByRole("button", { name: "Answer on this computer" }));
    await vi.waitFor(() => expect(called("chat_send")).toHaveLength(2));
    expect(app.there).toBeNull();
  });
});

describe("an answer of a provider", () => {
  /** The list draws what fits into its height, and there is no layout here. */
  beforeEach(() => void vi.spyOn(HTMLElement.prototype, "offsetHeight", "get").mockReturnValue(600));
  afterEach(() => void vi.restoreAllMocks());

  /** The window on the last messages of a chat, few enough to be drawn. */
  const openLast = async (scene: string, many: number) => {
    const opened = await openWindow(scene);
    opened.app.talk.messages = opened.app.talk.messages.slice(-many);
    opened.app.talk.opening += 1;
    await tick();
    return opened;
  };

  it("says at its foot where it was made and what it cost, and all of it in its details", async () => {
    const { app } = await openLast("across", 6);
    const message = app.talk.messages.find(({ answer }) => answer?.route.place === "cloud")!;
    app.panel = { kind: "details", message: message.id };
    await tick();
    const panel = screen.getByRole("complementary", { name: "How this answer was made" });
    for (const words of ["Anthropic · cloud", "Claude Haiku 5", "from the provider’s cache", "$0.0031"]) expect(panel.textContent).toContain(words);
    expect(panel.textContent).not.toContain("Top-k");
    await vi.waitFor(() => expect(screen.getAllByText("Anthropic · cloud").length).toBeGreaterThan(1));
    expect(screen.getAllByText("$0.0031").length).toBeGreaterThan(0);
    expect(screen.getByText("From here: Qwen3 32B · vLLM, your network")).toBeTruthy();
    expect(await violations()).toEqual([]);
  });

  it("that broke off keeps its text, and one press answers on this computer", async () => {
    const { app, called } = await openLast("across-error", 2);
    const alert = await screen.findByRole("alert");
    expect(alert.textContent).toContain("ended the connection");
    expect(alert.textContent).toContain("kept as far as it came");
    const broken = app.talk.messages.at(-1)!;
    await user.click(within(alert).getByRole("button", { name: "Answer on this computer" }));
    expect(called("answer_by")[0]?.args).toEqual({ message: broken.id, model: null });
    await vi.waitFor(() => expect(app.talk.messages.at(-1)!.answer?.route.place).toBe("this_computer"));
  });

  it("made by another than was asked says so at once, even where that is known before the answer is", async () => {
    const { core, app } = await openWindow("chat");
    await app.newChat();
    await app.talk.change({ model: "anthropic/claude-opus-5" });
    const reason = "Anthropic is overloaded. So Qwen3 32B answered, not Claude Opus 5.";
    const asked = core.call.bind(core);
    vi.spyOn(core, "call").mockImplementation(async (name, args) => {
      const value = await asked(name, args);
      if (name === "chat_send") {
        const { answer: made } = value as { answer: { id: string; chat: string } };
        const route = { place: "our_network", provider: "vLLM", reason } as const;
        app.apply({ seq: 0, events: [{ kind: "answer", chat: made.chat, message: made.id, event: { kind: "routed", model: "vllm/qwen3-32b", model_name: "Qwen3 32B", route } }] });
      }
      return value;
    });
    await user.type(screen.getByRole("textbox", { name: "Your question" }), "Hello{Enter}");
    expect(await screen.findByText(reason)).toBeTruthy();
    expect(app.talk.messages.at(-1)!.answer?.model_name).toBe("Qwen3 32B");
  });
});

it("a made-up core begins guarded", () => expect(settings.mode).toBe("guarded"));
