/** Where a day ends between messages. Pure. */
import type { Message, MessageId } from "../../generated/wire";
import { dayName, daysBetween } from "../../words/dates";

/** The messages that begin another day, with its name; the first of a chat only where it is not of today. */
export function dividers(messages: Message[], more: boolean, now: number): Map<MessageId, string> {
  const found = new Map<MessageId, string>();
  messages.forEach((message, at) => {
    const before = messages[at - 1];
    const begins = before ? daysBetween(before.created_at, message.created_at) !== 0 : !more && daysBetween(message.created_at, now) !== 0;
    if (begins) found.set(message.id, dayName(message.created_at, now));
  });
  return found;
}
