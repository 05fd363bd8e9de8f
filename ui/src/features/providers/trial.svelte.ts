/** One try of a provider's connection, and its models that are chosen. */
import type { Failure, ProviderId, ProviderModelSave, ProviderTrial } from "../../generated/wire";
import type { Providers } from "../../state/providers.svelte";
import { advised, saving } from "./standing";

export class Trial {
  running = $state(false);
  /** What the last try found. */
  found = $state.raw<ProviderTrial | null>(null);
  /** Why it could not be tried, or why it failed. */
  failure = $state.raw<Failure | null>(null);
  private saved: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly providers: Providers,
    private readonly provider: ProviderId,
  ) {}

  /** Asks the provider for its models; where none is chosen yet, those that fit most are. */
  async run(): Promise<void> {
    if (this.running) return;
    this.running = true;
    this.failure = null;
    const { value, failure } = await this.providers.test(this.provider);
    this.found = value?.failure ? null : value;
    this.failure = failure ?? value?.failure ?? null;
    const card = this.providers.card(this.provider);
    if (this.found && card?.provider.models.length === 0) await this.choose(() => advised(this.found!.models).map((model) => ({ ...model, id: null })));
    this.running = false;
  }

  /** Changes which models are chosen. Each change waits for the one before it, and begins from what that kept. */
  choose(change: (chosen: ProviderModelSave[]) => ProviderModelSave[]): Promise<void> {
    const save = async () => {
      const card = this.providers.card(this.provider);
      if (!card) return;
      const { failure } = await this.providers.save(saving(card.provider, { models: change(card.provider.models) }));
      if (failure) this.failure = failure;
    };
    const done = this.saved.then(save);
    this.saved = done;
    return done;
  }
}
