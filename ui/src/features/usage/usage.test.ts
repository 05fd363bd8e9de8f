/** The screen of usage over the made-up core: figures and charts, budgets, prices. */
import { screen, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import type { Provider, ProviderCard, ProviderPreset } from "../../generated/wire";
import type { UsageView } from "../../state/app.svelte";
import { type Opened, button, openWindow, violations } from "../testing";
import { limitsOf, stateWords, until, withLimits } from "./budgets";
import { summaryOf } from "./chartWords";
import { type Part, byFolder, byModel, measured } from "./parts";
import { found, hostOf, priceOf, vendorName, vendorOf, vendorsOf } from "./prices";

let window_: Opened;
const user = userEvent.setup();
const called = (name: string) => window_.called(name);

function card(id: string, name: string): ProviderCard {
  const provider: Provider = { id, kind: "anthropic", handle: id, name, base_url: "https://api.example.com", zone: "cloud", region: "", retention: "", api: "responses", api_version: "", auth: "key", headers: [], client_certificate: "", models: [], added_at: 0 };
  return { provider, key: "abcd", key_elsewhere: false, headers_set: [], resting: null, forbidden: null };
}

async function open(view: UsageView, scene = "chat", query = ""): Promise<void> {
  window_ = await openWindow(scene, query);
  window_.core.answerNext.set("provider_list", [card("provider-anthropic", "Anthropic")]);
  window_.app.goUsage(view);
  await screen.findByRole("tablist");
}
const heading = (name: string) => screen.findByRole("heading", { name });
const cells = (table: HTMLElement, row: number) => [...within(table).getAllByRole("row")[row]!.children].map((cell) => cell.textContent?.trim());

describe("usage", () => {
  it("shows the figures and a chart for each, and passes axe", async () => {
    await open("usage");
    await heading("Money by day");
    for (const name of ["Money by day", "Answers by day", "Tokens by day"]) {
      const chart = screen.getByRole("img", { name });
      expect(document.getElementById(chart.getAttribute("aria-describedby")!)?.textContent).toMatch(/in all, most on/);
      expect(chart.querySelectorAll("[data-tip]")).toHaveLength(30);
    }
    expect(screen.getByText("Answered inside")).toBeTruthy();
    expect(screen.getByText(/^\d+ inside, \d+ across$/)).toBeTruthy();
    expect(await violations()).toEqual([]);
  });

  it("has each chart as a table too, with the same sum", async () => {
    await open("usage");
    await heading("Answers by day");
    await user.click(screen.getByRole("radio", { name: "7 days" }));
    const said = /^(\d+) in all/.exec(screen.getByRole("region", { name: "Answers by day" }).querySelector("p")!.textContent!)![1];
    for (const chart of ["Money by day", "Answers by day", "Tokens by day", "By model", "By folder"]) await user.click(screen.getByLabelText(`${chart}: show as table`));
    const table = screen.getByRole("table", { name: "Answers by day" });
    expect(cells(table, 0)).toEqual(["Day", "Inside", "Across", "Together"]);
    const together = within(table).getAllByRole("row").slice(1).map((row) => Number(row.lastElementChild!.textContent));
    expect(String(together.reduce((a, b) => a + b, 0))).toBe(said);
    expect(cells(screen.getByRole("table", { name: "By model" }), 0)).toContain("First token");
    expect(screen.queryByRole("img")).toBeNull();
    expect(await violations()).toEqual([]);
    await user.click(button("Money by day: show as chart"));
    expect(screen.getByRole("img", { name: "Money by day" })).toBeTruthy();
  });

  it("asks for the days that are chosen, and for the month beside fewer", async () => {
    await open("usage");
    await heading("Money by day");
    await user.click(screen.getByRole("radio", { name: "7 days" }));
    await vi.waitFor(() => expect(screen.getByRole("img", { name: "Answers by day" }).querySelectorAll("[data-tip]")).toHaveLength(7));
    const { from, to, offset_minutes } = called("usage").at(-1)!.args as { from: string; to: string; offset_minutes: number };
    expect(from.endsWith("-01") || from < to).toBe(true);
    expect(offset_minutes).toBe(-new Date().getTimezoneOffset());
    await user.click(screen.getByRole("radio", { name: "90 days" }));
    await vi.waitFor(() => expect(screen.getByRole("img", { name: "Answers by day" }).querySelectorAll("[data-tip]")).toHaveLength(90));
  });

  it("divides the same by what one asks for", async () => {
    await open("usage");
    const list = await screen.findByRole("list", { name: "By model" });
    expect(within(list).getAllByText("This computer").length).toBeGreaterThan(0);
    await user.click(screen.getByRole("radio", { name: "Money" }));
    await vi.waitFor(() => expect(within(screen.getByRole("list", { name: "By model" })).getAllByRole("listitem")[0]!.textContent).toMatch(/Anthropic.*\$/));
  });

  it("says nothing about satisfaction from few thumbs", async () => {
    await open("usage", "chat", "new-books");
    expect(await screen.findByText("Not enough data")).toBeTruthy();
    expect(screen.getByText(/30 are needed to say something/)).toBeTruthy();
  });

  it("teaches where nothing was asked", async () => {
    await open("usage", "chat", "no-usage");
    expect(await heading("Nothing was asked yet.")).toBeTruthy();
    expect(await violations()).toEqual([]);
    await user.click(button("Set a budget"));
    expect(screen.getByRole("tab", { name: "Budgets", selected: true })).toBeTruthy();
  });

  it("shows what was asked before where nothing was of late", async () => {
    await open("usage", "chat", "long-ago");
    expect(await screen.findByRole("radio", { name: "90 days", checked: true })).toBeTruthy();
    await user.click(screen.getByRole("radio", { name: "7 days" }));
    await user.click(await screen.findByRole("button", { name: "Show 90 days" }));
    expect(await heading("Answers by day")).toBeTruthy();
  });

  it("is exported for the days that are shown", async () => {
    await open("usage");
    await heading("Money by day");
    await user.click(button("Export as CSV"));
    expect(await screen.findByText(/^Written to \/home\/ada\/drawbridge-usage-.*\.csv$/)).toBeTruthy();
    const shown = called("usage_export")[0]!.args as { from: string; to: string };
    expect((Date.parse(shown.to) - Date.parse(shown.from)) / 86_400_000).toBe(29);
  });

  it("says what went wrong, and keeps what is shown", async () => {
    await open("usage");
    await heading("Money by day");
    window_.core.failNext.set("usage", { code: "disk_full", message: "The books cannot be read." });
    await user.click(screen.getByRole("radio", { name: "90 days" }));
    expect((await screen.findByRole("alert")).textContent).toContain("The books cannot be read.");
    expect(screen.getByRole("img", { name: "Answers by day" })).toBeTruthy();
  });

  it("warns quietly from 80 % of a budget on, and leads to it", async () => {
    await open("usage", "chat", "near");
    const said = await screen.findByText("A budget is nearly used up");
    expect(said.closest("[role=status]")!.textContent).toMatch(/All providers together, this month: .* \(86 %\).*stops before it would go over, and offers to answer on this computer/s);
    await user.click(button("Change budgets"));
    expect(await screen.findByText(/^Nearly used up: /)).toBeTruthy();
  });

  it("is reached from the list, from the palette and by its tabs", async () => {
    window_ = await openWindow("chat");
    await user.click(button("Usage"));
    const tab = await screen.findByRole("tab", { name: "Usage", selected: true });
    tab.focus();
    await user.keyboard("{ArrowRight}");
    expect(document.activeElement).toBe(await screen.findByRole("tab", { name: "Budgets", selected: true }));
    await window_.app.act("prices");
    expect(await screen.findByRole("tab", { name: "Prices", selected: true })).toBeTruthy();
  });
});

describe("budgets", () => {
  const field = (name: string) => screen.findByRole<HTMLInputElement>("textbox", { name });
  const month = "All providers together, a month, in dollars";

  async function type(into: string, text: string): Promise<HTMLInputElement> {
    const input = await field(into);
    await user.clear(input);
    if (text !== "") await user.type(input, text);
    await user.keyboard("{Tab}");
    return input;
  }
  const kept = () => (called("settings_change").at(-1)?.args as { patch: unknown } | undefined)?.patch;

  it("are kept as they are typed, in all and by provider, and pass axe", async () => {
    await open("budgets");
    await type(month, "20");
    expect(kept()).toEqual({ budgets: [{ provider: null, day_usd_micros: null, month_usd_micros: 20_000_000 }] });
    expect((await field(month)).value).toBe("20.00");
    window_.core.answerNext.set("provider_list", [card("provider-anthropic", "Anthropic")]);
    await type("Anthropic, a day, in dollars", "0,50");
    await vi.waitFor(() => expect(window_.app.settings.budgets).toContainEqual({ provider: "provider-anthropic", day_usd_micros: 500_000, month_usd_micros: null }));
    expect(screen.getByRole("meter", { name: "All providers together, this month" })).toBeTruthy();
    expect(await violations()).toEqual([]);
  });

  it("end where nothing is typed any more", async () => {
    await open("budgets", "chat", "near");
    await type(month, "");
    expect(kept()).toEqual({ budgets: [{ provider: null, day_usd_micros: 5_000_000, month_usd_micros: null }] });
  });

  it("refuse what is no amount, and change nothing", async () => {
    await open("budgets");
    const input = await type(month, "plenty");
    expect((await screen.findByRole("alert")).textContent).toMatch(/no amount of dollars/);
    expect(input.getAttribute("aria-invalid")).toBe("true");
    expect(called("settings_change")).toEqual([]);
  });

  it("stay as they were where the core refuses", async () => {
    await open("budgets");
    await field(month);
    window_.core.failNext.set("settings_change", { code: "policy_forbids", message: "Your organisation sets the budgets." });
    await type(month, "20");
    expect((await screen.findByRole("alert")).textContent).toBe("Your organisation sets the budgets.");
    expect(window_.app.settings.budgets).toEqual([]);
  });

  it("may allow nothing at all, without a warning", async () => {
    await open("budgets");
    await type(month, "0");
    expect(await screen.findByText("Nothing may be spent")).toBeTruthy();
    expect(screen.getByRole("meter", { name: "All providers together, this month" }).getAttribute("aria-valuenow")).toBe("0");
  });

  it("say that one is used up, and until when", async () => {
    await open("budgets", "chat", "spent");
    expect(await screen.findByText(/^Used up: .* Nothing more is spent until 1 /)).toBeTruthy();
  });

  it("keep those that are still set and drop what limits nothing", () => {
    const all = { provider: null, day_usd_micros: 1, month_usd_micros: null };
    expect(withLimits([all], "a", { day_usd_micros: 2 })).toEqual([all, { provider: "a", day_usd_micros: 2, month_usd_micros: null }]);
    expect(withLimits([all], null, { day_usd_micros: null })).toEqual([]);
    expect(limitsOf([all], "a")).toEqual({ day_usd_micros: null, month_usd_micros: null });
    expect([until(false, "2026-11-21"), until(true, "2026-11-21"), until(true, "2026-12-05")]).toEqual(["until midnight", "until 1 December", "until 1 January"]);
    expect(stateWords({ provider: "x", month: false, limit_usd_micros: 2_000_000, spent_usd_micros: 1_720_000 }, { rows: [], budgets: [], names: [] })).toBe("A removed provider, today: $1.72 of $2.00 (86 %)");
  });
});

describe("prices", () => {
  const rows = () => within(screen.getByRole("table")).getAllByRole("row").length - 1;

  it("are listed with where and when they were seen, and pass axe", async () => {
    await open("prices");
    await screen.findByRole("table");
    expect(rows()).toBe(10);
    await user.click(button("docs.example.com, where the price of Mistral, mistral-large-4 was seen"));
    expect(called("link_open")[0]?.args).toEqual({ url: "https://docs.example.com/pricing" });
    expect(await violations()).toEqual([]);
  });

  it("are searched by provider and model", async () => {
    await open("prices");
    await user.type(await screen.findByRole("searchbox", { name: "Search prices" }), "openai sol");
    expect(rows()).toBe(2);
    expect(screen.getByText("2 of 10 prices")).toBeTruthy();
    await user.type(screen.getByRole("searchbox"), "x");
    await user.click(button("Show all"));
    expect(rows()).toBe(10);
  });

  it("are added, changed and forgotten", async () => {
    await open("prices");
    await screen.findByRole("table");
    await user.click(button("Add a price"));
    const sheet = screen.getByRole("dialog", { name: "Add a price" });
    await user.click(button("Keep this price"));
    expect(called("price_set")).toEqual([]);
    expect(document.activeElement).toBe(screen.getByRole("textbox", { name: "Id of the model" }));
    expect(within(sheet).getAllByRole("alert")).toHaveLength(3);
    expect(await violations()).toEqual([]);
    await user.selectOptions(screen.getByRole("combobox", { name: "Provider" }), "Groq");
    await user.type(screen.getByRole("textbox", { name: "Id of the model" }), "house-tune");
    await user.type(screen.getByRole("textbox", { name: "Question" }), "0,075");
    await user.type(screen.getByRole("textbox", { name: "Answer, reasoning included" }), "2");
    await user.click(button("Keep this price"));
    await vi.waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(called("price_set")[0]?.args).toMatchObject({ provider: "groq", model: "house-tune", input: 0.075, cached_input: null, output: 2, source: "", own: true });
    expect(rows()).toBe(11);
    await user.click(button("Change your price for Groq, house-tune"));
    expect(screen.getByRole<HTMLInputElement>("textbox", { name: "Question" }).value).toBe("0.075");
    await user.keyboard("{Escape}");
    await user.click(button("Cancel"));
    await user.click(button("Forget: Groq, house-tune"));
    await user.click(button("Really forget?: Groq, house-tune"));
    await vi.waitFor(() => expect(rows()).toBe(10));
    expect(document.activeElement).toBe(screen.getByRole("searchbox", { name: "Search prices" }));
    expect(called("price_forget")[0]?.args).toEqual({ provider: "groq", model: "house-tune" });
  });

  it("begin as the bundled one where that is changed", async () => {
    await open("prices");
    await user.click(await screen.findByRole("button", { name: "Set your own price for Anthropic, claude-sonnet-5" }));
    expect(screen.getByRole<HTMLInputElement>("textbox", { name: "Answer, reasoning included" }).value).toBe("15.00");
    window_.core.failNext.set("price_set", { code: "disk_full", message: "The price could not be written. The old one holds." });
    await user.click(button("Keep this price"));
    expect((await screen.findByRole("alert")).textContent).toContain("The old one holds.");
    await user.click(button("Keep this price"));
    await vi.waitFor(() => expect(screen.getByText("Your own")).toBeTruthy());
    expect(rows()).toBe(10);
  });

  it("have names, hosts and words for what is wrong", () => {
    const presets = [{ id: "groq", base_url: "https://api.groq.com/openai/v1" }] as ProviderPreset[];
    const server = (handle: string, base_url: string) => ({ ...card(handle, `The ${handle}`).provider, kind: "compatible" as const, base_url });
    expect([vendorOf(server("g", "https://api.groq.com/v2"), presets), vendorOf(server("rack", "http://rack:8000/v1?x"), presets), vendorOf(card("a", "A").provider, presets)]).toEqual(["groq", "rack", "anthropic"]);
    const vendors = vendorsOf([], [server("rack", "http://rack/v1"), server("g", "https://api.groq.com/v2")], presets);
    expect([vendorName(vendors, "gemini"), vendorName(vendors, "rack"), vendorName(vendors, "groq"), vendorName(vendors, "acme")]).toEqual(["Google Gemini", "The rack", "Groq", "acme"]);
    expect([hostOf("https://www.example.com/x?y"), hostOf("said on paper")]).toEqual(["example.com", "said on paper"]);
    expect(found([], "x", vendors)).toEqual([]);
    const typed = { provider: "openai", model: " m ", input: "3", cached: "", written: "", output: "x" };
    expect(priceOf(typed, "2026-11-21")).toEqual({ price: null, wrong: { output: "Write dollars, like 3 or 0.075." } });
    expect(priceOf({ ...typed, output: "15" }, "2026-11-21").price).toMatchObject({ model: "m", input: 3, cached_input: null, output: 15, seen: "2026-11-21" });
  });
});

describe("what usage divides into", () => {
  const row = { day: "2026-11-20", model_name: "M", errors: 0, fallbacks: 0, prompt_tokens: 10, cached_tokens: 0, output_tokens: 5, reasoning_tokens: 0, usd_micros: 4, price_unknown: false, first_token_ms: null, up: 0, down: 0, answers: 1 };
  const rows = [
    { ...row, provider: "p", model: "a", zone: "cloud" as const, folder: null },
    { ...row, provider: null, model: "b", zone: "this_computer" as const, folder: "f" },
  ];

  it("are models with their provider, and folders with their name", () => {
    expect(byModel(rows, [{ id: "p", name: "Pro" }]).map(({ name }) => name)).toEqual(["M · Pro", "M"]);
    expect(byFolder(rows, []).map(({ name }) => name)).toEqual(["In no folder", "A removed folder"]);
    expect(measured(byModel(rows, [])[0] as Part, "tokens")).toEqual({ inside: 0, across: 15, all: 15 });
  });

  it("are summed up in a sentence", () => {
    expect(summaryOf(["2026-11-19", "2026-11-20"], [1, 3], String)).toBe("4 in all, most on 20 Nov (3).");
    expect(summaryOf(["2026-11-19"], [0], String)).toBe("Nothing in these days.");
  });
});
