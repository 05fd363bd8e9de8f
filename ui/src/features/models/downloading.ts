/** How a download is doing, in words and as a share. Pure. */
import type { Download } from "../../generated/wire";
import { left, partOf, percent, transfer } from "../../words/figures";

export interface Doing {
  words: string;
  /** 0 to 1; null where there is nothing to measure yet. */
  share: number | null;
  /** Whether the bar stands still. */
  still: boolean;
}

/** `waited` is how many seconds have passed since the state arrived. */
export function doing(download: Download, waited: number): Doing {
  const { state, bytes, received_bytes } = download;
  const share = bytes > 0 ? Math.min(1, received_bytes / bytes) : null;
  const have = partOf(received_bytes, bytes);
  switch (state.kind) {
    case "queued":
      return { words: received_bytes > 0 ? `Waits for its turn, ${have} are here` : "Waits for its turn", share, still: true };
    case "resolving":
      return { words: `Asking ${download.host} for sizes and hashes`, share: null, still: false };
    case "running":
      return { words: [have, state.bytes_per_second === null ? "" : transfer(state.bytes_per_second), state.seconds_left === null ? "" : left(state.seconds_left)].filter(Boolean).join(", "), share, still: false };
    case "waiting": {
      const seconds = Math.ceil(state.retry_seconds - waited);
      return { words: `Waiting, tries again ${seconds > 1 ? `in ${seconds} s` : "now"}`, share, still: true };
    }
    case "paused":
      return { words: received_bytes > 0 ? `Paused, ${have} are kept` : "Paused", share, still: true };
    case "elsewhere":
      return { words: `Another Drawbridge is downloading it, ${have} are here`, share, still: true };
    case "verifying":
      return { words: `Comparing every byte, ${percent(state.share)}`, share: state.share, still: false };
    case "failed":
      return { words: state.failure.message, share: null, still: true };
    case "done":
      return { words: "In the library", share: 1, still: true };
  }
}

/** A few words for a row elsewhere whose file is on its way. */
export function briefly(download: Download): string {
  const { kind } = download.state;
  if (kind === "failed") return "Broke off";
  if (kind === "paused") return "Paused";
  if (kind === "elsewhere") return "Downloading elsewhere";
  if (kind === "verifying") return `Checking, ${percent(download.state.share)}`;
  if (download.received_bytes === 0 || download.bytes === 0) return "Begins";
  return `Downloading, ${percent(download.received_bytes / download.bytes)}`;
}
