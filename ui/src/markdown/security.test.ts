import { cleanup, render } from "@testing-library/svelte";
import { afterEach, describe, expect, it, vi } from "vitest";
import { HOSTILE } from "./hostile";
import { pictureSource, safeLink, safePicture } from "./links";
import Markdown from "./Markdown.svelte";
import { hides, reveal } from "./reveal";

const FORBIDDEN = new Set("script iframe frame frameset object embed applet link meta base style form input textarea select video audio source track picture portal template noscript use image foreignobject animate set marquee area map details body html".split(" "));
const ADDRESSES = ["src", "srcset", "href", "xlink:href", "action", "formaction", "data", "poster", "background", "ping", "manifest", "srcdoc", "cite", "longdesc"];

/** What in the drawn page breaks the rules; empty when nothing does. */
function breaches(root: Element): string[] {
  const found: string[] = [];
  for (const element of root.getElementsByTagName("*")) {
    if (FORBIDDEN.has(element.localName.toLowerCase())) found.push(`<${element.localName}>`);
    for (const { name, value } of element.attributes) {
      if (name.startsWith("on")) found.push(`${element.localName} ${name}`);
      if (name === "style" && /url\(|expression|@import/i.test(value)) found.push(`${element.localName} style=${value}`);
      if (name === "target") found.push(`${element.localName} target`);
      if (ADDRESSES.includes(name) && !isAllowed(element.localName, name, value)) found.push(`${element.localName} ${name}=${value}`);
    }
  }
  return found;
}

function isAllowed(element: string, name: string, value: string): boolean {
  if (element === "a" && name === "href") return /^(?:https?:\/\/|mailto:)/.test(value);
  return element === "img" && name === "src" && /^data:image\/(?:png|jpeg|gif|webp);base64,/.test(value);
}

describe("the rules themselves", () => {
  it("see a breach when there is one", () => {
    const page = document.createElement("div");
    for (const [html, count] of [["<script></script>", 1], ["<img src='https://e.example/x'>", 1], ["<a href='javascript:x'>x</a>", 1], ["<p onclick='x'>x</p>", 1], ["<a href='https://a.example'>x</a><img src='data:image/png;base64,AA=='>", 0], ["<p style='background:url(x)'></p>", 1]] as const) {
      page.innerHTML = html;
      expect(breaches(page)).toHaveLength(count);
    }
  });
});

describe("a hostile answer", () => {
  afterEach(cleanup);

  it("is tried in more than 150 ways", () => {
    expect(new Set(HOSTILE).size).toBeGreaterThan(150);
  });

  it("puts nothing into the page that runs, loads or goes elsewhere, at any prefix of its stream", async () => {
    const { container, rerender } = render(Markdown, { source: "", streaming: true });
    for (const payload of HOSTILE) {
      const text = `Words before.\n\n${payload}`;
      for (let end = text.length - payload.length; end <= text.length; end += 1) {
        await rerender({ source: text.slice(0, end), streaming: true });
        expect(breaches(container), text.slice(0, end)).toEqual([]);
      }
    }
  }, 300_000);

  it("nor when it is whole, nested in lists, quotes and tables, with formulas drawn", async () => {
    const nestings = [(each: string) => each, (each: string) => `- ${each.replace(/\n/g, "\n  ")}`, (each: string) => `> ${each.replace(/\n/g, "\n> ")}`, (each: string) => `| a |\n|---|\n| ${each.replace(/\n/g, " ").replace(/\|/g, "\\|")} |`, (each: string) => `**${each}** [${each}](https://a.example)`];
    const { container, rerender } = render(Markdown, { source: "$x$" });
    await vi.waitFor(() => expect(container.querySelector(".katex")).not.toBeNull(), { timeout: 60_000 });
    for (const payload of HOSTILE) {
      for (const nest of nestings) {
        await rerender({ source: nest(payload) });
        expect(breaches(container), nest(payload)).toEqual([]);
      }
    }
  }, 300_000);
});

describe("links", () => {
  it("say where they go", () => {
    expect(safeLink("https://example.org/a", "docs")).toEqual({ url: "https://example.org/a", place: "example.org", doubt: null });
    expect(safeLink("mailto:a@b.org", "mail")).toMatchObject({ place: "a@b.org", doubt: null });
    expect(safeLink("https://example.org:8443/a", "docs")?.place).toBe("example.org:8443");
  });

  it("are doubted when their text names another host", () => {
    for (const text of ["https://bank.example/login", "bank.example", "go to BANK.example now", "bank.example:", "www.bank.example"]) {
      expect(safeLink("https://evil.example/", text)?.doubt, text).toMatch(/^Its text names (?:www\.)?bank\.example\.$/);
    }
    for (const text of ["example.org", "https://example.org/x", "www.example.org", "docs.example.org/a", "main.rs", "README.md", "version 1.2", "e.g. this"]) {
      expect(safeLink("https://docs.example.org/", text.replace("www.example.org", "example.org"))?.doubt, text).toBeNull();
    }
  });

  it("are doubted when they hide their host or carry text along", () => {
    expect(safeLink("https://bank.example@evil.example/", "x")?.doubt).toContain("before the @");
    expect(safeLink("https://аpple.com/", "x")?.doubt).toContain("letters");
    expect(safeLink(`https://evil.example/?q=${"a".repeat(101)}`, "x")?.doubt).toContain("long text");
    expect(safeLink(`https://evil.example/#${"a".repeat(101)}`, "x")?.doubt).toContain("long text");
  });
});

describe("pictures", () => {
  it("are drawn only from the text itself, up to two megabytes", () => {
    expect(safePicture("data:image/png;base64,AAAA")).not.toBeNull();
    expect(safePicture(`data:image/png;base64,${"A".repeat(3_000_000)}`)).toBeNull();
    for (const href of ["https://evil.example/x.png", "data:image/svg+xml;base64,AAAA", "data:image/png,x", "data:text/html;base64,AAAA", "x.png", ""]) expect(safePicture(href)).toBeNull();
  });

  it("from elsewhere are named by their host", () => {
    expect(pictureSource("https://evil.example/a?b")).toBe("evil.example");
    expect(pictureSource("data:image/svg+xml,x")).toBe("data");
    expect(pictureSource("a.png")).toBe("no address");
  });
});

describe("hidden characters", () => {
  it("are named and lose nothing of the text", () => {
    const text = "a\u202eb\u{e0041}c\u2066";
    expect(hides(text)).toBe(true);
    expect(reveal(text).map((piece) => piece.text).join("")).toBe(text);
    expect(reveal(text).flatMap((piece) => ("label" in piece ? [piece.label] : []))).toEqual(["U+202E", "U+E0041", "U+2066"]);
    expect(hides("plain naïve 世界 👩‍👩‍👧 שלום")).toBe(false);
  });
});
