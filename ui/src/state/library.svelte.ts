/** The models and the assistants. */
import { type Backend, failureOf } from "../backend/backend";
import type { Assistant, AssistantId, Chat, ChatSettings, Event, Failure, ModelCard, ModelId, Settings } from "../generated/wire";

export class Library {
  models = $state.raw<ModelCard[]>([]);
  assistants = $state.raw<Assistant[]>([]);
  /** What went wrong with the last model that was opened. */
  failure = $state.raw<Failure | null>(null);
  opening = $state(false);
  private warmed = new Set<ModelId>();

  constructor(private readonly backend: Backend) {}

  apply(event: Event): void {
    if (event.kind === "models") this.models = event.models;
    if (event.kind === "assistants") this.assistants = event.assistants;
  }

  find(id: ModelId | null): ModelCard | null {
    return this.models.find((model) => model.id === id) ?? null;
  }

  /** The model that answers in a chat: its own, else the default one, else the one that came with the application. */
  answering(chat: Chat | null, settings: Settings): ModelCard | null {
    const starter = this.models.find((model) => model.starter) ?? this.models[0] ?? null;
    return this.find(chat?.model ?? null) ?? this.find(settings.default_model) ?? starter;
  }

  /** Lets the user pick a file; null where they picked none or it could not be used. */
  async open(): Promise<ModelCard | null> {
    return this.adding(async () => {
      const card = await this.backend.call("model_open", null);
      return card ? [card] : [];
    });
  }

  drop(tokens: string[]): Promise<ModelCard | null> {
    return this.adding(() => this.backend.call("model_drop", { tokens }));
  }

  async remove(model: ModelCard): Promise<void> {
    await this.backend.call("model_remove", { model: model.id });
  }

  /** Loads a model while the first question is being typed. Once; what fails shows when it is asked. */
  warm(model: ModelCard | null): void {
    if (!model || this.warmed.has(model.id) || model.status.kind !== "ready") return;
    this.warmed.add(model.id);
    void this.backend.call("model_warm", { model: model.id }).catch(() => this.warmed.delete(model.id));
  }

  saveAssistant(name: string, settings: ChatSettings, id: AssistantId | null = null): Promise<Assistant> {
    return this.backend.call("assistant_save", { id, name, settings });
  }

  async deleteAssistant(assistant: AssistantId): Promise<void> {
    await this.backend.call("assistant_delete", { assistant });
  }

  private async adding(add: () => Promise<ModelCard[]>): Promise<ModelCard | null> {
    this.opening = true;
    this.failure = null;
    try {
      const [card] = await add();
      if (card && !this.find(card.id)) this.models = [...this.models, card];
      return card ?? null;
    } catch (thrown) {
      this.failure = failureOf(thrown);
      return null;
    } finally {
      this.opening = false;
    }
  }
}
