import { describe, expect, it } from "vitest";
import type { Failure } from "../generated/wire";
import { type Page, Pages } from "./pages.svelte";

interface Item {
  seq: number;
}
const page = (...seqs: number[]): Item[] => seqs.map((seq) => ({ seq }));

describe("a list that comes page by page", () => {
  it("goes on where it ended, and asks for one page at a time", async () => {
    const asked: (number | null)[] = [];
    const pages = new Pages<Item>(async (before) => {
      asked.push(before);
      return before === null ? { items: page(9, 8), more: true } : { items: page(7), more: false };
    });
    await pages.begin();
    const one = pages.older();
    const two = pages.older();
    await Promise.all([one, two]);
    expect(pages.items?.map(({ seq }) => seq)).toEqual([9, 8, 7]);
    await pages.older();
    expect(asked).toEqual([null, 8]);
  });

  it("shows what was asked for last, however the answers arrive", async () => {
    const answers: ((page: Page<Item>) => void)[] = [];
    const pages = new Pages<Item>(() => new Promise((done) => answers.push(done)));
    const first = pages.begin();
    const second = pages.begin();
    answers[1]!({ items: page(2), more: false });
    await second;
    answers[0]!({ items: page(1), more: true });
    await first;
    expect(pages.items).toEqual(page(2));
    expect(pages.more).toBe(false);
    expect(pages.loading).toBe(false);
  });

  it("keeps what is shown when a page cannot be had", async () => {
    const failure: Failure = { code: "unexpected", message: "The log could not be read." };
    let fails = false;
    const pages = new Pages<Item>(async () => {
      if (fails) throw failure;
      return { items: page(3), more: true };
    });
    await pages.begin();
    fails = true;
    await pages.older();
    expect(pages.items).toEqual(page(3));
    expect(pages.failure).toEqual(failure);
    fails = false;
    await pages.begin();
    expect(pages.failure).toBeNull();
  });
});
