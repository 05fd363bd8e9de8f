/** The made-up books: what was asked and spent, and the prices. */
import type { Budget, BudgetState, Commands, Failure, Folder, Price, Settings, UsageRow, Zone } from "../../generated/wire";
import { dayOf, daysIn, daysLater, monthOf } from "../../features/usage/range";

type Handler<K extends keyof Commands> = (args: Commands[K]["args"]) => Commands[K]["value"] | Promise<Commands[K]["value"]>;

/** What the books need to know of the rest of the made-up core. */
export interface Books {
  settings: Settings;
  folders: Folder[];
}

interface Asked {
  provider: string | null;
  model: string;
  name: string;
  zone: Zone;
  /** Answers on a busy day. */
  busy: number;
  /** Millionths of a dollar for each answer. */
  each: number;
  first: number;
}

/** Providers of the books by id; the others of the made-up core were never asked. */
export const bookNames = [
  { id: "provider-anthropic", name: "Anthropic" },
  { id: "provider-openai", name: "OpenAI" },
  { id: "provider-vllm", name: "vLLM" },
];

const asked: Asked[] = [
  { provider: null, model: "qwen3-4b", name: "Qwen3 4B Instruct", zone: "this_computer", busy: 14, each: 0, first: 640 },
  { provider: null, model: "starter", name: "Starter model", zone: "this_computer", busy: 3, each: 0, first: 90 },
  { provider: "provider-vllm", model: "vllm/qwen3-32b", name: "Qwen3 32B", zone: "our_network", busy: 6, each: 0, first: 310 },
  { provider: "provider-anthropic", model: "anthropic/claude-sonnet-5", name: "Claude Sonnet 5", zone: "cloud", busy: 5, each: 31_400, first: 980 },
  { provider: "provider-openai", model: "openai/gpt-6-sol", name: "GPT-6 Sol", zone: "cloud", busy: 3, each: 18_200, first: 720 },
  { provider: "provider-openai", model: "openai/gpt-6-house", name: "GPT-6 house tune", zone: "cloud", busy: 1, each: 74_000, first: 1_150 },
];

const source = "https://docs.example.com/pricing";
const price = (provider: string, model: string, input: number, cached_input: number | null, output: number): Price => ({ provider, model, input, cached_input, cache_write: null, output, source, seen: "2026-11-21", own: false });

const bundled: Price[] = [
  price("anthropic", "claude-opus-5", 5, 0.5, 25),
  price("anthropic", "claude-sonnet-5", 3, 0.3, 15),
  price("anthropic", "claude-haiku-5", 1, 0.1, 5),
  price("azure", "gpt-6-sol", 2, 0.2, 10),
  price("gemini", "gemini-4-flash", 0.3, 0.075, 2.5),
  price("gemini", "gemini-4-pro", 2, 0.5, 12),
  price("mistral", "mistral-large-4", 2, null, 6),
  price("openai", "gpt-6-astra", 10, 1, 50),
  price("openai", "gpt-6-luna", 0.1, 0.01, 0.5),
  price("openai", "gpt-6-sol", 2, 0.2, 10),
];

export class FakeUsage {
  private own: Price[] = [];
  /** How much of the month's budget is gone, whatever the books say. */
  private readonly gone: number | null;

  /** `no-usage` in the query leaves the books empty, `new-books` has only today, `long-ago` nothing of late, `near` has a budget that is nearly used up,
   * `spent` one that is. */
  constructor(
    private readonly held: Books,
    private readonly now: () => number,
    private readonly query: URLSearchParams,
  ) {
    this.gone = query.has("near") ? 0.86 : query.has("spent") ? 1 : null;
    if (this.gone !== null) held.settings = { ...held.settings, budgets: [{ provider: null, day_usd_micros: 5_000_000, month_usd_micros: 20_000_000 }] };
  }

  readonly handlers = {
    usage: (({ from, to }) => {
      const rows = this.rows(from, to);
      const names = [...bookNames, ...this.held.folders.map(({ id, name }) => ({ id, name }))];
      return { rows, budgets: this.held.settings.budgets.flatMap((budget) => this.states(budget)), names };
    }) satisfies Handler<"usage">,
    usage_export: (({ from, to }) => ({ path: `/home/ada/drawbridge-usage-${from}-${to}.csv` })) satisfies Handler<"usage_export">,
    price_list: (() => this.prices()) satisfies Handler<"price_list">,
    price_set: ((own) => {
      if (own.model.trim() === "") throw { code: "invalid_input", message: "A price needs the id of its model. Nothing was kept." } satisfies Failure;
      this.own = [...this.own.filter((known) => !same(known, own)), { ...own, own: true }];
      return this.prices();
    }) satisfies Handler<"price_set">,
    price_forget: ((which) => {
      this.own = this.own.filter((known) => !same(known, which));
      return this.prices();
    }) satisfies Handler<"price_forget">,
  };

  private prices(): Price[] {
    return [...this.own, ...bundled.filter((known) => !this.own.some((own) => same(own, known)))];
  }

  private rows(from: string, to: string): UsageRow[] {
    if (this.query.has("no-usage")) return [];
    const today = dayOf(this.now());
    return daysIn({ from, to })
      .filter((day) => day <= today && (!this.query.has("new-books") || day === today) && (!this.query.has("long-ago") || day < daysLater(today, -40)))
      .flatMap((day) => asked.flatMap((one, at) => this.row(day, one, at)));
  }

  /** The same figures for the same day, whatever is asked: weekends are quiet, and some days have nothing. */
  private row(day: string, one: Asked, at: number): UsageRow[] {
    const date = Date.parse(`${day}T00:00:00Z`) / 86_400_000;
    const chance = ((date * 7_919 + at * 104_729) % 101) / 101;
    const weekend = (date + 4) % 7 >= 6 || (date + 4) % 7 < 1;
    const few = this.query.has("new-books") && at === 0 ? 3 : 0;
    const answers = Math.max(few, Math.round(one.busy * chance * (weekend ? 0.2 : 1)));
    if (answers === 0) return [];
    const folders = this.held.folders;
    return [
      {
        day,
        provider: one.provider,
        model: one.model,
        model_name: one.name,
        folder: folders.length > 0 && date % 3 === 0 ? folders[at % folders.length]!.id : null,
        zone: one.zone,
        answers,
        errors: chance > 0.93 ? 1 : 0,
        fallbacks: one.provider === null && chance > 0.9 ? 1 : 0,
        prompt_tokens: answers * 1_840,
        cached_tokens: answers * 1_200,
        output_tokens: answers * 412,
        reasoning_tokens: one.zone === "cloud" ? answers * 130 : 0,
        usd_micros: answers * one.each,
        price_unknown: one.model.endsWith("house"),
        first_token_ms: Math.round(one.first * (0.8 + chance * 0.5)),
        up: chance > 0.4 ? 1 : 0,
        down: chance < 0.1 ? 1 : 0,
      },
    ];
  }

  private states({ provider, day_usd_micros, month_usd_micros }: Budget): BudgetState[] {
    const today = dayOf(this.now());
    const spent = (from: string) => this.rows(from, today).reduce((all, row) => all + (provider === null || row.provider === provider ? row.usd_micros : 0), 0);
    const state = (month: boolean, limit_usd_micros: number | null): BudgetState[] => {
      if (limit_usd_micros === null) return [];
      const spent_usd_micros = month && this.gone !== null ? this.gone * limit_usd_micros : spent(month ? monthOf(today) : today);
      return [{ provider, month, limit_usd_micros, spent_usd_micros }];
    };
    return [...state(false, day_usd_micros), ...state(true, month_usd_micros)];
  }
}

const same = (a: { provider: string; model: string }, b: { provider: string; model: string }) => a.provider === b.provider && a.model === b.model;
