/** Languages whose code is coloured, by the words that models write after a fence. Their grammars are the worker's (`grammars.ts`). */

interface Language {
  /** As shown above the code. */
  name: string;
  /** Other words for it. */
  also: readonly string[];
}

const LANGUAGES: Record<string, Language> = {
  bash: { name: "Shell", also: ["sh", "shell", "zsh", "console", "shellscript", "shell-session"] },
  c: { name: "C", also: ["h"] },
  cpp: { name: "C++", also: ["c++", "cc", "cxx", "hpp"] },
  csharp: { name: "C#", also: ["c#", "cs"] },
  css: { name: "CSS", also: [] },
  diff: { name: "Diff", also: ["patch"] },
  docker: { name: "Dockerfile", also: ["dockerfile"] },
  go: { name: "Go", also: ["golang"] },
  html: { name: "HTML", also: ["htm", "svg"] },
  ini: { name: "INI", also: ["conf", "cfg", "properties"] },
  java: { name: "Java", also: [] },
  javascript: { name: "JavaScript", also: ["js", "mjs", "cjs", "node"] },
  json: { name: "JSON", also: ["jsonc", "json5"] },
  jsx: { name: "JSX", also: [] },
  kotlin: { name: "Kotlin", also: ["kt", "kts"] },
  latex: { name: "LaTeX", also: ["tex"] },
  lua: { name: "Lua", also: [] },
  make: { name: "Makefile", also: ["makefile"] },
  markdown: { name: "Markdown", also: ["md"] },
  php: { name: "PHP", also: [] },
  powershell: { name: "PowerShell", also: ["ps1", "pwsh"] },
  python: { name: "Python", also: ["py", "python3"] },
  r: { name: "R", also: [] },
  ruby: { name: "Ruby", also: ["rb"] },
  rust: { name: "Rust", also: ["rs"] },
  sql: { name: "SQL", also: ["sqlite", "postgresql", "mysql"] },
  swift: { name: "Swift", also: [] },
  toml: { name: "TOML", also: [] },
  tsx: { name: "TSX", also: [] },
  typescript: { name: "TypeScript", also: ["ts", "mts", "cts"] },
  xml: { name: "XML", also: [] },
  yaml: { name: "YAML", also: ["yml"] },
};

const IDS = new Map(Object.entries(LANGUAGES).flatMap(([id, { also }]) => [[id, id] as const, ...also.map((word) => [word, id] as const)]));
const LONGEST_LABEL = 24;

/** The language that the words after a fence name, or null. */
export function languageOf(info: string): string | null {
  return IDS.get(firstWord(info).toLowerCase()) ?? null;
}

/** What to write above the code; empty for a fence without words. */
export function labelOf(info: string): string {
  const id = languageOf(info);
  return (id === null ? undefined : LANGUAGES[id]?.name) ?? firstWord(info).slice(0, LONGEST_LABEL);
}

/** Every language's id. */
export function languages(): string[] {
  return Object.keys(LANGUAGES);
}

function firstWord(info: string): string {
  return /^[^\s{,:]+/.exec(info.trim())?.[0] ?? "";
}
