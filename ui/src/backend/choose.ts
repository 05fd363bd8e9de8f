import type { Backend } from "./backend";

/** The core that this page belongs to: the shell's, the test bridge's (`?bridge=1#token=…`), or a made-up one. */
export async function choose(page: Window): Promise<Backend> {
  if ("__TAURI_INTERNALS__" in page) return (await import("./tauri")).tauri;
  const query = new URLSearchParams(page.location.search);
  if (query.has("bridge")) {
    const hash = new URLSearchParams(page.location.hash.slice(1));
    return (await import("./http")).http(query.get("token") ?? hash.get("token") ?? "");
  }
  if (import.meta.env.MODE !== "production") return (await import("./fake/core")).fake(query);
  throw new Error("BUG: this page is shown by neither the window nor the test bridge");
}
