/** Does what a remedy says. */
import type { App } from "../../state/app.svelte";
import type { Remedy } from "../../words/failures";

export async function remedy(app: App, what: Remedy): Promise<void> {
  const { failure } = app.talk;
  app.talk.failure = null;
  switch (what) {
    case "open_model":
      return app.openModel();
    case "pick_model":
      app.pickModel += 1;
      return;
    case "chat_settings":
      app.panel = { kind: "settings" };
      return;
    case "diagnostics":
      return copyDiagnostics(app);
    case "reveal_data":
      await app.tried(() => app.backend.call("folder_reveal", { folder: "data" }));
      return;
    case "open_chat":
      if (failure?.code === "busy") await app.openChat(failure.chat);
      return;
    case "network":
    case "keys":
      return app.goSettings(what);
    case "policy":
      return app.go("policy");
    case "bridge":
    case "budgets":
    case "providers":
      return app.act(what);
    case "answer_here": {
      const last = app.talk.messages.at(-1);
      if (app.talk.draft.trim() === "" && last) return void (await app.talk.by(last, null));
      const here = app.library.answering(null, app.settings);
      if (!here) return;
      await app.talk.change({ model: here.id });
      if (!app.talk.failure) await app.talk.send();
      return;
    }
    case "retry": {
      const last = app.talk.messages.at(-1);
      if (app.talk.draft.trim() !== "") await app.talk.send();
      else if (last) await app.talk.again(last);
      return;
    }
  }
}

export async function copyDiagnostics(app: App): Promise<void> {
  await app.tried(async () => {
    const { text } = await app.backend.call("diagnostics", null);
    await navigator.clipboard.writeText(text);
    app.say("Diagnostics are on the clipboard. They hold no message text.");
  });
}
