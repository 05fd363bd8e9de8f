/** What the search box offers besides messages: actions, models, chats by title. Pure but for the acts. */
import type { App } from "../../state/app.svelte";
import { keysOf } from "../../state/shortcuts";

export interface Action {
  id: string;
  words: string;
  keys: string;
  run: () => unknown;
}

export function actions(app: App): Action[] {
  const act = (id: string, words: string): Action => ({ id, words, keys: keysOf(id, app.mac), run: () => app.act(id) });
  const models = app.library.models
    .filter((model) => model.status.kind !== "missing" && model.id !== app.model?.id)
    .map((model) => ({ id: `model:${model.id}`, words: `Answer with ${model.name}`, keys: "", run: () => app.talk.change({ model: model.id }) }));
  const there = app.providers.cards.flatMap(({ provider }) =>
    provider.models
      .filter((model) => model.id !== app.there?.model.id)
      .map((model) => ({ id: `model:${model.id}`, words: `Answer with ${model.title}, ${provider.name}`, keys: "", run: () => app.talk.change({ model: model.id }) })),
  );
  const assistants = app.library.assistants.map((assistant) => ({
    id: `assistant:${assistant.id}`,
    words: `New chat with ${assistant.name}`,
    keys: "",
    run: () => app.newChat({ assistant: assistant.id }),
  }));
  return [
    act("new_chat", "New chat"),
    act("temporary_chat", "New temporary chat"),
    act("models", "Models"),
    act("recommended", "Recommended models"),
    act("hub", "Search Hugging Face for models"),
    act("open_model", "Open a GGUF file"),
    act("open_folder", "Install models from a folder"),
    act("crossings", "Crossings: what left this computer"),
    act("log", "Log: what happened here"),
    act("usage", "Usage: what was asked and spent"),
    act("budgets", "Budgets: what may be spent"),
    act("prices", "Prices of models"),
    act("providers", "Providers of models"),
    act("fallback", "When a provider fails"),
    act("bridge", "The bridge: what may cross"),
    act("settings", "Settings"),
    act("keys", "Keys and encryption"),
    act("policy", "Policy of your organisation"),
    ...(app.keys.lockable ? [act("lock", "Lock")] : []),
    { id: "chat_settings", words: "Chat settings", keys: "", run: () => (app.go("chat"), (app.panel = { kind: "settings" })) },
    act("shortcuts", "Keyboard shortcuts"),
    act("sidebar", "Show or hide the list of chats"),
    act("export", "Export this chat as Markdown"),
    act("trash", "Trash"),
    ...models,
    ...there,
    ...assistants,
  ];
}

/** True where every word that was typed begins a word of the text. */
export function fits(query: string, text: string): boolean {
  const inside = text.toLocaleLowerCase().split(/[^\p{L}\p{N}]+/u);
  return query
    .toLocaleLowerCase()
    .split(/\s+/)
    .filter(Boolean)
    .every((word) => inside.some((known) => known.startsWith(word)));
}
