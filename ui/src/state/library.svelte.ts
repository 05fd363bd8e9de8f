/** The models and the assistants. */
import { type Backend, failureOf } from "../backend/backend";
import type { Assistant, AssistantId, Chat, ChatSettings, Event, Failure, FolderInstalled, ModelCard, ModelId, Settings, TemplateTrial } from "../generated/wire";
import { bytes } from "../words/figures";

export class Library {
  models = $state.raw<ModelCard[]>([]);
  assistants = $state.raw<Assistant[]>([]);
  /** What went wrong with the last model that was opened. */
  failure = $state.raw<Failure | null>(null);
  opening = $state(false);
  /** What came of the folder that was chosen last. */
  installed = $state.raw<FolderInstalled | null>(null);
  /** What became of the model that was removed last, as a sentence. */
  removed = $state("");
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

  /** Lets the user pick a folder of GGUF files or a model pack. */
  async openFolder(): Promise<void> {
    await this.adding(async () => {
      const installed = await this.backend.call("model_folder", null);
      if (installed) this.installed = installed;
      return installed?.models ?? [];
    });
  }

  /** Takes a model off the list; the files that Drawbridge put here go too, those that the user opened stay. */
  async remove(model: ModelCard): Promise<void> {
    const { freed_bytes } = await this.backend.call("model_remove", { model: model.id, files: model.owned });
    this.models = this.models.filter((known) => known.id !== model.id);
    this.removed = freed_bytes > 0 ? `${model.name} is removed. ${bytes(freed_bytes)} of disk space are free again.` : `${model.name} is off the list. Its file stays in ${model.folder}.`;
  }

  /** Compares a model's files with what its source stated. */
  async verify(model: ModelId): Promise<ModelCard> {
    const card = await this.backend.call("model_verify", { model });
    this.models = this.models.map((known) => (known.id === card.id ? card : known));
    return card;
  }

  template(model: ModelId): Promise<TemplateTrial> {
    return this.backend.call("model_template", { model });
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
      const cards = await add();
      this.models = [...this.models, ...cards.filter((card) => !this.find(card.id))];
      return cards[0] ?? null;
    } catch (thrown) {
      this.failure = failureOf(thrown);
      return null;
    } finally {
      this.opening = false;
    }
  }
}
