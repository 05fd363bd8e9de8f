/** Licences as people read them. Headers and hubs name them by short ids. Pure. */

const known: Record<string, string> = {
  "apache-2.0": "Apache-2.0",
  mit: "MIT",
  "cc0-1.0": "CC0: no conditions",
  "cc-by-4.0": "CC BY 4.0: name the authors",
  "cc-by-nc-4.0": "CC BY-NC 4.0: not for business",
  "cc-by-nc-sa-4.0": "CC BY-NC-SA 4.0: not for business",
  "bsd-3-clause": "BSD",
  "falcon-llm-license": "Falcon licence: read it",
  mrl: "Mistral research licence: not for business",
  "qwen-research": "Qwen research licence: not for business",
  "health-ai-developer-foundations": "Google’s health licence: read it",
  openrail: "OpenRAIL: forbids some uses",
  gemma: "Gemma licence: read it",
  other: "A licence of its own: read it",
};

/** "apache-2.0" → "Apache-2.0", "llama3.2" → "Llama 3.2 licence: read it"; what is not known stands as it is. */
export function licence(id: string | null): string | null {
  if (id === null || id === "" || id === "unknown") return null;
  const llama = /^llama-?(\d(?:\.\d)?)/.exec(id);
  return llama ? `Llama ${llama[1]} licence: read it` : (known[id.toLowerCase()] ?? id);
}
