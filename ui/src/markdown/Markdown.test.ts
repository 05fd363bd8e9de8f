import { render, screen } from "@testing-library/svelte";
import { tick } from "svelte";
import { describe, expect, it, vi } from "vitest";
import Markdown from "./Markdown.svelte";
import Reader from "./Reader.test.svelte";

/** What is drawn, with comments, classes and white space between blocks taken out. */
function drawn(source: string): string {
  const { container } = render(Markdown, { source, streaming: false });
  return container.querySelector(".markdown")?.innerHTML.replace(/<!--.*?-->/g, "").replace(/ class="[^"]*"/g, "").trim() ?? "";
}

describe("what is drawn", () => {
  it("keeps words and spaces around marks", () => {
    expect(drawn("A **bold** and *soft*, `a<b`, ~~gone~~ end.")).toBe('<p dir="auto">A <strong>bold</strong> and <em>soft</em>, <code dir="ltr">a&lt;b</code>, <del>gone</del> end.</p>');
  });

  it("shows HTML as text, line breaks apart", () => {
    expect(drawn("a <b>x</b> &amp; &copy;<br>next")).toBe('<p dir="auto">a &lt;b&gt;x&lt;/b&gt; &amp; ©<br>next</p>');
    expect(drawn("<div onclick=x>\nhi\n</div>")).toContain("&lt;div onclick=x&gt;\nhi\n&lt;/div&gt;");
  });

  it("draws headings below the page's own", () => {
    expect(drawn("# One\n\n###### Six")).toMatch(/^<h3 dir="auto">One<\/h3>\s*<h6 dir="auto">Six<\/h6>$/);
  });

  it("draws lists from their number on, nested and as tasks", () => {
    const { container } = render(Markdown, { source: "3. a\n   - b\n4. c\n\n- [x] done\n- [ ] not" });
    expect(container.querySelector("ol")?.getAttribute("start")).toBe("3");
    expect(container.querySelector("ol ul li")?.textContent).toContain("b");
    expect([...container.querySelectorAll('[role="img"]')].map((tick) => tick.getAttribute("aria-label"))).toEqual(["Done:", "To do:"]);
  });

  it("draws tables with their alignment in a region that can be reached", () => {
    const { container } = render(Markdown, { source: "| a | b |\n|:-:|--:|\n| 1 | **2** |" });
    expect(container.querySelector("td:last-child")?.getAttribute("style")).toContain("right");
    expect(screen.getByRole("region", { name: "Table, 2 columns, 1 rows" }).tabIndex).toBe(0);
    expect(container.querySelector("td strong")?.textContent).toBe("2");
  });

  it("shows at first 200 rows of a long table", async () => {
    const rows = Array.from({ length: 431 }, (_, at) => `| ${at} |`).join("\n");
    const { container } = render(Markdown, { source: `| n |\n|---|\n${rows}` });
    expect(container.querySelectorAll("tbody tr")).toHaveLength(200);
    screen.getByRole("button", { name: "Show all 431 rows" }).click();
    await tick();
    expect(container.querySelectorAll("tbody tr")).toHaveLength(431);
  });

  it("gives each block its direction and keeps code from left to right", () => {
    const { container } = render(Markdown, { source: "- مرحبا `a`\n\n> שלום\n\n```\ncode\n```" });
    expect(container.querySelector("ul")?.dir).toBe("rtl");
    expect(container.querySelector("blockquote")?.dir).toBe("rtl");
    expect(container.querySelector("figure")?.dir).toBe("ltr");
    expect(container.querySelector("li code")?.getAttribute("dir")).toBe("ltr");
  });

  it("shows the exact text of code, with what hides in it named", () => {
    const { container } = render(Markdown, { source: "```js\nif (a) {\u202e\n\n  b()\n}\n```" });
    expect(container.querySelector("pre")?.textContent).toBe("if (a) {U+202E\n\n  b()\n}\n");
    expect(container.querySelector("mark")?.getAttribute("title")).toBe("U+202E, right-to-left override");
    expect(container.querySelector("figcaption")?.textContent).toContain("JavaScript");
  });

  it("names a picture from elsewhere instead of fetching it", () => {
    const { container } = render(Markdown, { source: "![a cat](https://evil.example/x?q=secret)" });
    expect(container.querySelector("img")).toBeNull();
    expect(container.textContent).toContain("image: a cat — evil.example");
  });

  it("draws a picture that lies in the text", () => {
    const { container } = render(Markdown, { source: "![dot](data:image/png;base64,iVBORw0KGgo=)" });
    expect(container.querySelector("img")?.getAttribute("src")).toBe("data:image/png;base64,iVBORw0KGgo=");
    expect(container.querySelector("img")?.alt).toBe("dot");
  });

  it("draws formulas, and leaves prices alone", async () => {
    const { container } = render(Markdown, { source: "It costs $5 and $10. But $x^2$ and\n\n$$\\sum_i i$$\n\nand \\(\\frac12\\) and $\\href{javascript:alert(1)}{x}$." });
    await vi.waitFor(() => expect(container.querySelectorAll(".katex").length).toBeGreaterThanOrEqual(3), { timeout: 60_000 });
    expect(container.querySelector("p")?.textContent).toContain("It costs $5 and $10.");
    expect(container.querySelector("[href]")).toBeNull();
    expect([...container.querySelectorAll("[data-copy]")].map((formula) => formula.getAttribute("data-copy"))).toEqual(["$x^2$", "$$\\sum_i i$$", "$\\frac12$", "$\\href{javascript:alert(1)}{x}$"]);
  }, 120_000);

  it("shows a formula that cannot be drawn as it was written", async () => {
    const { container } = render(Markdown, { source: "$\\frac{1$ and $y$" });
    await vi.waitFor(() => expect(container.querySelector(".katex")).not.toBeNull(), { timeout: 60_000 });
    expect(container.querySelector("code")?.textContent).toBe("$\\frac{1$");
  }, 120_000);
});

describe("while it streams", () => {
  it("keeps the elements of finished blocks and of the one that grows", async () => {
    const { container, rerender } = render(Markdown, { source: "# Title\n\nFirst.\n\nSec", streaming: true });
    const [title, first, second] = container.querySelectorAll("h3, p");
    await rerender({ source: "# Title\n\nFirst.\n\nSecond **bo", streaming: true });
    expect(container.querySelector("strong")?.textContent).toBe("bo");
    await rerender({ source: "# Title\n\nFirst.\n\nSecond **bold**.\n\nThird.", streaming: false });
    expect([...container.querySelectorAll("h3, p")].slice(0, 3)).toEqual([title, first, second]);
    expect(second?.textContent).toBe("Second bold.");
  });

  it("appends lines to code without touching those before", async () => {
    const { container, rerender } = render(Markdown, { source: "```rust\nlet a = 1;\nlet b", streaming: true });
    const pre = container.querySelector("pre");
    await rerender({ source: "```rust\nlet a = 1;\nlet b = 2;\nlet c", streaming: true });
    expect(pre?.textContent).toBe("let a = 1;\nlet b = 2;\nlet c");
    await rerender({ source: "```rust\nlet a = 1;\nlet b = 2;\nlet c = 3;\n```\nDone.", streaming: true });
    expect(container.querySelector("pre")).toBe(pre);
    expect(pre?.textContent).toBe("let a = 1;\nlet b = 2;\nlet c = 3;\n");
  });

  it("shows another text when the message is another", async () => {
    const { container, rerender } = render(Markdown, { source: "one\n\ntwo", streaming: true });
    await rerender({ source: "three", streaming: true });
    expect(container.textContent?.trim()).toBe("three");
  });
});

describe("a link", () => {
  const reader = (source: string) => {
    const opened: string[] = [];
    const { container } = render(Reader, { source, open: (url: string) => opened.push(url) });
    return { opened, link: container.querySelector("a"), container };
  };

  it("opens after a click, outside", () => {
    const { opened, link } = reader("[docs](https://example.org/a?b=1)");
    expect(link?.title).toBe("example.org");
    expect(link?.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }))).toBe(false);
    expect(opened).toEqual(["https://example.org/a?b=1"]);
  });

  it("asks first when its text names another place", async () => {
    HTMLDialogElement.prototype.showModal = function () { this.open = true; };
    HTMLDialogElement.prototype.close = function () { this.open = false; this.dispatchEvent(new Event("close")); };
    const { opened, link } = reader("[https://bank.example](https://evil.example/)");
    link?.click();
    await tick();
    expect(opened).toEqual([]);
    expect(screen.getByRole("dialog", { name: "This link goes to evil.example" }).textContent).toContain("Its text names bank.example.");
    screen.getByRole("button", { name: "Open in browser" }).click();
    await tick();
    expect(opened).toEqual(["https://evil.example/"]);
    expect(screen.queryByRole("dialog")).toBeNull();
  });

  it("is no link when its scheme is not for reading", () => {
    for (const href of ["javascript:alert(1)", "file:///etc/passwd", "smb://host/x", "data:text/html,x", "/settings", "#top", "vbscript:x", "tauri://localhost", "java&#10;script:alert(1)"]) {
      expect(reader(`[x](${href})`).link).toBeNull();
    }
  });
});
