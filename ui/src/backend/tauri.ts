/** The core behind the desktop shell. The only file that knows Tauri. */
import { Channel, invoke } from "@tauri-apps/api/core";
import type { EventBatch } from "../generated/wire";
import { type Backend, failureOf } from "./backend";

async function ask<T>(command: string, args?: Record<string, unknown>): Promise<T> {
  try {
    return await invoke<T>(command, args);
  } catch (thrown) {
    throw failureOf(thrown);
  }
}

export const tauri: Backend = {
  call: (name, args) => ask("dispatch", { command: name, args }),
  async watch(onBatch) {
    const channel = new Channel<EventBatch>();
    channel.onmessage = onBatch;
    await ask("watch", { channel });
    return () => {
      channel.onmessage = () => {};
    };
  },
  ready: () => ask("ready"),
};
