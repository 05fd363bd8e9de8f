/** How an answer ended, where it did not simply end. Pure. */
import type { Message } from "../../generated/wire";

export interface Ending {
  words: string;
  /** It can go on from where it is. */
  continues: boolean;
  severe: boolean;
}

export function ending(message: Message): Ending | null {
  const written = message.text !== "" || message.reasoning !== "";
  const kept = written ? "What was written is kept." : "Nothing had been written yet.";
  switch (message.state) {
    case "streaming":
      return null;
    case "stopped":
      return { words: `Stopped. ${kept}`, continues: true, severe: false };
    case "interrupted":
      return { words: `Interrupted: Drawbridge ended while this was being written. ${kept}`, continues: true, severe: false };
    case "failed":
      return { words: message.answer?.error ?? `The answer broke off. ${kept}`, continues: written, severe: true };
    case "complete":
      break;
  }
  switch (message.answer?.finish) {
    case "max_tokens":
      return { words: "This is as long as the chat’s settings allow.", continues: true, severe: false };
    case "context_full":
      return { words: "The model’s context is full. Start a new chat, or give this one a larger context.", continues: false, severe: false };
    case "declined":
      return { words: `The model declined to answer${written ? " further" : ""}: this is what it or its provider decided, not a fault here.`, continues: false, severe: false };
    default:
      return written || message.role !== "assistant" ? null : { words: "The model ended without writing anything.", continues: false, severe: false };
  }
}
