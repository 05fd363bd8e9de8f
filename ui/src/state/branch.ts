/** A shown branch as a list, changed without changing it. */
import type { Message, MessageId } from "../generated/wire";

/** What stands before a message; everything where it is not in the list. */
export function before(messages: Message[], id: MessageId): Message[] {
  const at = messages.findIndex((message) => message.id === id);
  return at < 0 ? messages : messages.slice(0, at);
}

/** The list with more at its end. */
export function after(messages: Message[], more: Message[]): Message[] {
  return [...messages, ...more];
}

/** The list with the newer version of one message. */
export function replaced(messages: Message[], message: Message): Message[] {
  return messages.map((known) => (known.id === message.id ? message : known));
}

/** Where a message stands among its versions: [2, 3] for the second of three. */
export function place(message: Message): [number, number] {
  return [Math.max(0, message.siblings.indexOf(message.id)) + 1, Math.max(1, message.siblings.length)];
}

/** The version before (-1) or after (+1) a message. */
export function neighbour(message: Message, step: -1 | 1): MessageId | null {
  const at = message.siblings.indexOf(message.id);
  return at < 0 ? null : (message.siblings[at + step] ?? null);
}
