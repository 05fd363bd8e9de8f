import { render } from "@testing-library/svelte";
import { describe, expect, it, vi } from "vitest";
import { textOf } from "./copy";
import Markdown from "./Markdown.svelte";

/** What lands on the clipboard when `select` is copied; null when the browser is left to it. */
function copied(container: Element, select: Element): string | null {
  document.getSelection()?.selectAllChildren(select);
  let text: string | null = null;
  const event = new Event("copy", { bubbles: true, cancelable: true });
  Object.assign(event, { clipboardData: { setData: (_: string, data: string) => (text = data) } });
  const isLeft = container.querySelector(".markdown")?.dispatchEvent(event);
  expect(isLeft).toBe(text === null);
  return text;
}

describe("a copied selection", () => {
  it("holds formulas as LaTeX, drawn or not", async () => {
    const { container } = render(Markdown, { source: "Area $\\pi r^2$, so\n\n$$x$$\n\nend." });
    await vi.waitFor(() => expect(container.querySelectorAll(".katex").length).toBe(2), { timeout: 60_000 });
    const root = container.querySelector(".markdown") as Element;
    expect(copied(container, root)).toBe("Area $\\pi r^2$, so\n$$x$$\nend.");
    expect(copied(container, container.querySelector(".katex-html") as Element)).toBe("$\\pi r^2$");
  }, 120_000);

  it("holds hidden characters as they are, and no words of buttons", () => {
    const { container } = render(Markdown, { source: "```rust\na\u202eb\n```" });
    expect(copied(container, container.querySelector(".markdown") as Element)).toBe("a\u202eb");
  });

  it("is the browser's own where nothing is drawn otherwise", () => {
    const { container } = render(Markdown, { source: "Just **words**." });
    expect(copied(container, container.querySelector(".markdown") as Element)).toBeNull();
  });

  it("gives each block and each row a line", () => {
    const { container } = render(Markdown, { source: "a\n\n- b\n- c\n\n| x | y |\n|---|---|\n| 1 | 2 |" });
    expect(textOf(container).replace(/\n+/g, "\n")).toBe("a\nb\nc\nx\ty\n1\t2");
  });
});
