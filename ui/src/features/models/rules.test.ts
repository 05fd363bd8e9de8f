/** What the screen of models says and in which order. */
import { describe, expect, it } from "vitest";
import { fit, offers } from "../../backend/fake/computer";
import { card, starter } from "../../backend/fake/scene";
import type { Download, DownloadState, Fit } from "../../generated/wire";
import { briefly, doing } from "./downloading";
import { exactness, fitLine, needs } from "./fit";
import { advised, chats, chosen, isFrom, prospects } from "./offers";
import { integrity, said } from "./status";

const GB = 1e9;
const NOW = new Date(2025, 10, 21, 12).getTime();
const download = (state: DownloadState, received_bytes = 2.88 * GB): Download => ({ id: "d", name: "Falcon 3 7B", quantisation: "Q4_K_M", repo: "tii/falcon", path: "f.gguf", host: "huggingface.co", bytes: 4.57 * GB, received_bytes, state, started_at: 0 });

describe("fit", () => {
  it("says what is needed, and for how much context", () => {
    const one: Fit = { verdict: "tight", needed_bytes: 9.1 * GB, context_tokens: 8_192, speed: { tokens_per_second: 4.4, first_token_seconds: 20, source: "estimated" } };
    expect(needs(one)).toBe("Needs 9.1 GB of memory with 8 k tokens of context");
    expect(fitLine(one)).toBe("Tight, about 4.4 tok/s");
    expect(fitLine({ ...one, verdict: "too_large" })).toBe("Too large");
    expect(fitLine({ ...one, speed: null })).toBe("Tight");
  });

  it.each([
    ["Q4_K_M", "smaller, a little less exact"],
    ["IQ4_XS", "smaller, a little less exact"],
    ["UD-Q2_K_XL", "smallest, often wrong"],
    ["TQ1_0", "smallest, often wrong"],
    ["Q8_0", "all but the same as the original"],
    ["BF16", "as it was trained"],
    ["MXFP4", "as its makers released it"],
    ["", ""],
  ])("%s is %s", (quantisation, words) => expect(exactness(quantisation)).toBe(words));
});

describe("the catalogue", () => {
  const all = offers(true);

  it("shows the best for this computer first, then by size", () => {
    const shown = chosen(all, "chat", "");
    expect(shown[0]?.best_because).not.toBeNull();
    const sizes = shown.slice(1).map((offer) => advised(offer)!.bytes);
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
    expect(shown.every(({ kind }) => kind === "chat")).toBe(true);
  });

  it("finds by every word of name, maker, language and use", () => {
    expect(chosen(all, "all", "french maths").map(({ id }) => id)).toEqual([]);
    expect(chosen(all, "all", "FRENCH mathematics").map(({ id }) => id)).toEqual(["falcon3-7b"]);
    expect(chosen(all, "embedding", "").map(({ id }) => id)).toEqual(["nomic-embed"]);
  });

  it("promises only what the list itself says", () => {
    const can = prospects(all);
    const qwen = all.find(({ id }) => id === "qwen3-4b")!;
    const own = qwen.files.find(({ quantisation }) => quantisation === "Q4_K_M")!.fit.speed!.tokens_per_second;
    expect(can.tokensPerSecond).toBeCloseTo((own * qwen.parameters) / 4e9, 5);
    const fitting = all.flatMap(({ files, kind }) => (kind === "embedding" ? [] : files)).filter((file) => file.fit.verdict === "fits");
    expect(can.largest?.bytes).toBe(Math.max(...fitting.map(({ bytes }) => bytes)));
    expect(prospects(offers(false)).tokensPerSecond).toBeNull();
    expect(prospects([])).toEqual({ tokensPerSecond: null, largest: null });
  });

  it("knows what is here already, and what cannot chat", () => {
    const nomic = all.find(({ id }) => id === "nomic-embed")!;
    const here = card("Nomic", 84e6, { origin: { kind: "hub", host: "huggingface.co", repo: nomic.repo, revision: "r", path: nomic.files[0]!.path } });
    expect(isFrom(here, nomic.repo, nomic.files[0]!.path)).toBe(true);
    expect(isFrom(here, nomic.repo, nomic.files[1]!.path)).toBe(false);
    expect(chats(here, all)).toBe(false);
    expect(chats(starter, all)).toBe(true);
    expect(chats({ ...starter, file: { ...starter.file, architecture: "nomic-bert" } }, null)).toBe(false);
  });
});

describe("a download", () => {
  it.each<[DownloadState, number, string]>([
    [{ kind: "queued" }, 0, "Waits for its turn"],
    [{ kind: "resolving" }, 0, "Asking huggingface.co for sizes and hashes"],
    [{ kind: "running", bytes_per_second: null, seconds_left: null }, 0, "0.0 of 4.6 GB"],
    [{ kind: "running", bytes_per_second: 41e6, seconds_left: 42 }, 2.88 * GB, "2.9 of 4.6 GB, 41 MB/s, 42 s left"],
    [{ kind: "waiting", reason: "The network is away.", retry_seconds: 15 }, GB, "Waiting, tries again in 12 s"],
    [{ kind: "waiting", reason: "The network is away.", retry_seconds: 3 }, GB, "Waiting, tries again now"],
    [{ kind: "paused" }, 2.88 * GB, "Paused, 2.9 of 4.6 GB are kept"],
    [{ kind: "elsewhere" }, 2.88 * GB, "Another Drawbridge is downloading it, 2.9 of 4.6 GB are here"],
    [{ kind: "verifying", share: 0.61 }, 4.57 * GB, "Comparing every byte, 61 %"],
  ])("%o says where it stands", (state, received, words) => expect(doing(download(state, received), 3.2).words).toBe(words));

  it("is told briefly elsewhere", () => {
    expect(briefly(download({ kind: "running", bytes_per_second: 1, seconds_left: 1 }))).toBe("Downloading, 63 %");
    expect(briefly(download({ kind: "queued" }, 0))).toBe("Begins");
    expect(briefly(download({ kind: "failed", failure: { code: "offline", message: "Away." }, retry: true }))).toBe("Broke off");
  });
});

describe("provenance", () => {
  const hub = { kind: "hub", host: "huggingface.co", repo: "a/b", revision: "r", path: "p" } as const;
  const owned = card("Qwen", 2.5 * GB, { origin: hub, verifiable: true, fit: fit(2.5 * GB, true) });

  it("says whether the bytes are those that the source stated, and when that was checked", () => {
    const at = NOW - 3 * 86_400_000;
    expect(integrity({ ...owned, verification: { at, matched: true } }, NOW)).toMatchObject({ kind: "matches", words: "Every byte matches what huggingface.co stated, checked 3 days ago" });
    expect(integrity({ ...owned, verification: { at, matched: false } }, NOW).words).toMatch(/^DOES NOT MATCH what huggingface.co stated, checked 3 days ago\./);
    expect(integrity(owned, NOW).words).toBe("Not yet compared with what huggingface.co stated");
    expect(integrity({ ...owned, verifiable: false }, NOW)).toMatchObject({ kind: "unstated", words: "Huggingface.co stated no hash to compare with", brief: "no hash stated" });
    expect(integrity(card("Mine", GB), NOW).words).toContain("opened from this computer");
  });

  it("draws a status only where it is news", () => {
    expect([said({ kind: "ready" }), said({ kind: "loaded", context_tokens: 512 })]).toEqual([null, null]);
    expect(said({ kind: "verifying", share: 0.27 })).toMatchObject({ word: "Comparing every byte, 27 %", share: 0.27 });
    expect(said({ kind: "failed", reason: "Unknown architecture." })).toMatchObject({ bad: true, detail: "Unknown architecture." });
  });
});
