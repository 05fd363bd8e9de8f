/** LaTeX into the page, by KaTeX, which is loaded at the first formula. Elements are built, no HTML string is. */
import type katex from "katex";

type Katex = typeof katex;

const LONGEST_FORMULA = 10_000;

let loaded: Katex | undefined;
let loading: Promise<Katex> | undefined;

function load(): Promise<Katex> {
  loading ??= Promise.all([import("katex"), import("katex/dist/katex.min.css")]).then(([module]) => (loaded = module.default));
  return loading;
}

/** Draws `tex` into `element`; returns false, leaving the element as it was, when KaTeX cannot. */
export type Typeset = (element: HTMLElement, tex: string, display: boolean) => boolean;

/** Calls `use` at once when KaTeX is there, else when it has come; the returned function calls that off. */
export function withTypeset(use: (typeset: Typeset) => void): () => void {
  let wanted = true;
  if (loaded) use(typesetWith(loaded));
  else void load().then((katex) => wanted && use(typesetWith(katex)), () => undefined);
  return () => {
    wanted = false;
  };
}

function typesetWith(katex: Katex): Typeset {
  return (element, tex, display) => {
    if (tex.length > LONGEST_FORMULA) return false;
    const drawn = document.createElement("span");
    try {
      katex.render(tex, drawn, { displayMode: display, trust: false, strict: "ignore", maxExpand: 200, maxSize: 20, throwOnError: true });
    } catch {
      return false;
    }
    element.replaceChildren(...drawn.childNodes);
    return true;
  };
}
