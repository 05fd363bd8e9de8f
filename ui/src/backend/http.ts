/** The core behind the test bridge, on the page's own loopback origin. The only file that may use the network. */
import type { EventBatch } from "../generated/wire";
import { type Backend, failureOf } from "./backend";

/** `token` proves that the page was opened by whoever started the bridge. */
export function http(token: string): Backend {
  return {
    async call(name, args) {
      const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
      const reply = await fetch(`/cmd/${name}`, { method: "POST", headers, body: JSON.stringify(args) }).catch((thrown: unknown) => {
        throw failureOf(thrown);
      });
      const body: unknown = await reply.json().catch(() => new Error(`the bridge answered ${reply.status}`));
      if (!reply.ok) throw failureOf(body);
      return body as never;
    },
    watch(onBatch) {
      return new Promise((resolve, reject) => {
        const source = new EventSource(`/watch?token=${encodeURIComponent(token)}`);
        source.onmessage = (message) => onBatch(JSON.parse(String(message.data)) as EventBatch);
        source.onopen = () => resolve(() => source.close());
        source.onerror = () => reject(failureOf(new Error("the bridge is not there")));
      });
    },
    ready: () => Promise.resolve(),
  };
}
