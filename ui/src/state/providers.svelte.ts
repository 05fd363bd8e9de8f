/** The providers of models, and what can be done with them. A key or a header's value never comes here. */
import { type Backend, failureOf } from "../backend/backend";
import type { Failure, ModelId, Provider, ProviderCard, ProviderId, ProviderModel, ProviderPreset, ProviderSave, ProviderTrial, SecretInfo, Zone } from "../generated/wire";

/** A provider's model. */
export interface There {
  card: ProviderCard;
  provider: Provider;
  model: ProviderModel;
}

/** A value, or why there is none. */
export type Tried<T> = { value: T; failure: null } | { value: null; failure: Failure };

export class Providers {
  cards = $state.raw<ProviderCard[]>([]);
  presets = $state.raw<ProviderPreset[]>([]);

  constructor(private readonly backend: Backend) {}

  /** The provider's model of this id; null where no provider has it. */
  find(wanted: ModelId | null): There | null {
    for (const card of this.cards) {
      const model = card.provider.models.find(({ id }) => id === wanted);
      if (model) return { card, provider: card.provider, model };
    }
    return null;
  }

  card(id: ProviderId): ProviderCard | null {
    return this.cards.find(({ provider }) => provider.id === id) ?? null;
  }

  /** Providers that have something to choose, the nearest first. */
  byZone(): { zone: Zone; cards: ProviderCard[] }[] {
    return zones.map((zone) => ({ zone, cards: this.cards.filter(({ provider }) => provider.zone === zone && provider.models.length > 0) })).filter(({ cards }) => cards.length > 0);
  }

  async loadPresets(): Promise<void> {
    if (this.presets.length === 0) this.presets = await this.backend.call("provider_presets", null);
  }

  save(save: ProviderSave): Promise<Tried<ProviderCard>> {
    return this.tried(async () => this.put(await this.backend.call("provider_save", save)));
  }

  remove(provider: ProviderId): Promise<Tried<null>> {
    return this.tried(async () => {
      await this.backend.call("provider_remove", { provider });
      this.cards = this.cards.filter((card) => card.provider.id !== provider);
      return null;
    });
  }

  test(provider: ProviderId): Promise<Tried<ProviderTrial>> {
    return this.tried(() => this.backend.call("provider_test", { provider }));
  }

  /** Takes the key from the clipboard, or the value of a header where one is named. */
  paste(provider: ProviderId, header = ""): Promise<Tried<SecretInfo>> {
    return this.tried(() => this.backend.call("secret_paste", { id: secretId(provider, header) }));
  }

  forget(provider: ProviderId, header = ""): Promise<Tried<SecretInfo>> {
    return this.tried(() => this.backend.call("secret_remove", { id: secretId(provider, header) }));
  }

  /** Lets the user pick a client certificate; null where they picked none. */
  pickCertificate(provider: ProviderId): Promise<Tried<ProviderCard | null>> {
    return this.tried(async () => {
      const card = await this.backend.call("provider_certificate", { provider });
      return card && this.put(card);
    });
  }

  removeCertificate(provider: ProviderId): Promise<Tried<ProviderCard | null>> {
    return this.tried(async () => this.put(await this.backend.call("provider_certificate_remove", { provider })));
  }

  private put(card: ProviderCard): ProviderCard {
    const known = this.cards.some(({ provider }) => provider.id === card.provider.id);
    this.cards = known ? this.cards.map((old) => (old.provider.id === card.provider.id ? card : old)) : [...this.cards, card];
    return card;
  }

  private async tried<T>(act: () => Promise<T>): Promise<Tried<T>> {
    try {
      return { value: await act(), failure: null };
    } catch (thrown) {
      return { value: null, failure: failureOf(thrown) };
    }
  }
}

const zones: Zone[] = ["this_computer", "our_network", "cloud"];

const secretId = (provider: ProviderId, header: string) => `provider:${provider}${header === "" ? "" : `:header:${header}`}`;
