/** This computer, how fast it is, and the catalogue as it is judged for it. */
import { type Backend, failureOf } from "../backend/backend";
import type { Failure, Machine, Offer } from "../generated/wire";

export const MEASURE_MS = 10_000;

export class Computer {
  facts = $state.raw<Machine | null>(null);
  /** Null before the catalogue was read. */
  offers = $state.raw<Offer[] | null>(null);
  failure = $state.raw<Failure | null>(null);
  /** When the measurement that runs now began. */
  measuringSince = $state<number | null>(null);
  private loading: Promise<void> | null = null;

  constructor(
    private readonly backend: Backend,
    private readonly announce: (words: string) => void,
    private readonly now: () => number = Date.now,
  ) {}

  /** Asks for both; what is known stays shown meanwhile. */
  load(): Promise<void> {
    this.loading ??= this.ask().finally(() => (this.loading = null));
    return this.loading;
  }

  async measure(): Promise<void> {
    if (this.measuringSince !== null) return;
    this.measuringSince = this.now();
    this.failure = null;
    try {
      this.facts = await this.backend.call("machine_measure", null);
      this.offers = await this.backend.call("catalogue", null);
      this.announce("This computer is measured");
    } catch (thrown) {
      this.failure = failureOf(thrown);
    } finally {
      this.measuringSince = null;
    }
  }

  private async ask(): Promise<void> {
    try {
      this.failure = null;
      [this.facts, this.offers] = await Promise.all([this.backend.call("machine", null), this.backend.call("catalogue", null)]);
    } catch (thrown) {
      this.failure = failureOf(thrown);
    }
  }
}
