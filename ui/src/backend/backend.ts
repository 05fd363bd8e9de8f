/** The one door to the core. Nothing else in the interface knows how it is reached. */
import type { Commands, EventBatch, Failure } from "../generated/wire";

export type CommandName = keyof Commands;

export interface Backend {
  /** Runs a command. Throws a {@link Failure}. */
  call<K extends CommandName>(name: K, args: Commands[K]["args"]): Promise<Commands[K]["value"]>;
  /** Hears everything that happens from here on; first a snapshot of each running answer. Resolves to what detaches. */
  watch(onBatch: (batch: EventBatch) => void): Promise<() => void>;
  /** Says that the first frame is painted, so that the window may show. */
  ready(): Promise<void>;
}

/** Whatever was thrown, as a failure. */
export function failureOf(thrown: unknown): Failure {
  if (isFailure(thrown)) return thrown;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: "unexpected", message: `Something unforeseen happened, and nothing was changed: ${text}` };
}

function isFailure(value: unknown): value is Failure {
  return typeof value === "object" && value !== null && "code" in value && "message" in value;
}
