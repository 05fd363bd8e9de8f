/** A crossing in words. Pure. */
import type { Crossing, Purpose } from "../../generated/wire";

export const purposes: Record<Purpose, string> = {
  model_search: "Search for models",
  model_download: "Download of a model",
  provider_chat: "Question to a provider",
  provider_models: "List of a provider’s models",
};

/** Host, with scheme and port where they are not the usual ones. */
export function place({ scheme, host, port }: Crossing): string {
  return `${scheme === "https" ? "" : `${scheme}://`}${host}${port === (scheme === "https" ? 443 : 80) ? "" : `:${port}`}`;
}

export function became({ outcome }: Crossing): { words: string; bad: boolean } {
  switch (outcome.kind) {
    case "begun":
      return { words: "Under way, or the program ended first", bad: false };
    case "refused":
      return { words: `Refused. ${outcome.reason}`, bad: true };
    case "failed":
      return { words: `Broke off. ${outcome.reason}`, bad: true };
    case "answered":
      if (outcome.status >= 400) return { words: `The server said no (${outcome.status})`, bad: true };
      return { words: outcome.status >= 300 ? `Sent on (${outcome.status})` : `Answered (${outcome.status})`, bad: false };
  }
}
