/** Copying a selection: formulas as LaTeX, hidden characters as they are, no words of buttons. */

const BLOCKS = new Set(["P", "LI", "PRE", "H3", "H4", "H5", "H6", "TR", "BLOCKQUOTE", "UL", "OL", "TABLE", "FIGURE", "DIV"]);

/** Puts the text of the selection on the clipboard when it holds something whose text is not what is drawn. */
export function copySelection(event: ClipboardEvent, root: HTMLElement): void {
  const selection = document.getSelection();
  if (!selection || selection.isCollapsed || selection.rangeCount === 0) return;
  const range = selection.getRangeAt(0);
  if (!root.contains(range.commonAncestorContainer)) return;
  const whole = wholeSource(range);
  const fragment = whole ? null : range.cloneContents();
  if (!whole && !fragment?.querySelector("[data-copy]")) return;
  event.clipboardData?.setData("text/plain", whole ?? textOf(fragment as DocumentFragment));
  event.preventDefault();
}

/** A selection inside one formula means the formula. */
function wholeSource(range: Range): string | null {
  const node = range.commonAncestorContainer;
  const element = node instanceof Element ? node : node.parentElement;
  return element?.closest("[data-copy]")?.getAttribute("data-copy") ?? null;
}

/** The words of a piece of drawn Markdown, a line for each block. */
export function textOf(fragment: Node): string {
  return lines(fragment).replace(/[ \t]+\n/g, "\n").replace(/\n{3,}/g, "\n\n").trim();
}

function lines(node: Node): string {
  if (node.nodeType === Node.TEXT_NODE) return node.nodeValue ?? "";
  if (node instanceof Element) {
    if (node.hasAttribute("data-chrome")) return "";
    const source = node.getAttribute("data-copy");
    if (source !== null) return source;
    if (node.tagName === "BR") return "\n";
  }
  const inner = [...node.childNodes].map(lines).join("");
  if (!(node instanceof Element)) return inner;
  if (node.tagName === "TD" || node.tagName === "TH") return `${inner}\t`;
  return BLOCKS.has(node.tagName) ? `\n${inner}\n` : inner;
}
