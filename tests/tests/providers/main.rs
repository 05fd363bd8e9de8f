//! Providers, through the core's public face against doubles that speak their wire formats: added, asked, paid, failing.
#![allow(clippy::unwrap_used)]

mod answers;
mod consent;
mod faults;
mod images;
mod money;
mod network;
mod proxies;
#[path = "../../../src-tauri/crates/egress/tests/it/proxy_double.rs"]
#[allow(clippy::disallowed_types)] // a double that listens on loopback
mod proxy_double;
mod secrets;
mod tls;

use std::{path::Path, sync::Arc};

use acceptance::{
    Session,
    provider::{Kind, ProviderDouble},
};
use domain::{ChatId, Message, ModelId, ProviderId, Zone};
use serde_json::{Value, json};
use vault::MemoryKeychain;
use wire::{Failure, ProviderCard, ProviderTrial};

/// A core with a keychain, in a folder of its own.
pub(crate) struct Office {
    pub(crate) session: Session,
    pub(crate) folder: Arc<tempfile::TempDir>,
    keychain: Arc<MemoryKeychain>,
}

impl Office {
    pub(crate) async fn open() -> Self {
        Self::open_in(Arc::new(tempfile::tempdir().unwrap()), Arc::default()).await
    }

    async fn open_in(folder: Arc<tempfile::TempDir>, keychain: Arc<MemoryKeychain>) -> Self {
        let session = Session::open_with(folder.path(), keychain.clone()).await.unwrap();
        Self { session, folder, keychain }
    }

    /// Another process at the same chats.
    pub(crate) async fn beside(&self) -> Self {
        Self::open_in(self.folder.clone(), self.keychain.clone()).await
    }

    pub(crate) fn data(&self) -> &Path {
        self.folder.path()
    }

    /// Adds a double as a provider with its key, tries it, and takes its first model.
    pub(crate) async fn add(&self, name: &str, double: &ProviderDouble, kind: Kind, zone: Zone) -> Added {
        let mut save = json!({
            "provider": null, "kind": kind, "name": name, "base_url": double.base_url(), "zone": zone, "region": "EU",
            "retention": "", "api": "responses", "api_version": "", "auth": "key", "headers": [], "models": [],
        });
        let card: ProviderCard = self.session.ok("provider_save", save.clone()).await;
        let id = card.provider.id;
        self.paste(&format!("provider:{id}"), double.key()).await;
        let trial: ProviderTrial = self.session.ok("provider_test", json!({"provider": id})).await;
        assert_eq!(trial.failure, None, "{name}");
        let model = match kind {
            // Azure's list is not of deployments: they are typed.
            Kind::Azure => json!({"id": null, "name": "our-deployment", "title": "", "context_tokens": null,
                "max_output_tokens": null, "images": false, "reasoning": false}),
            _ => serde_json::to_value(trial.models.first().expect("a provider has models")).unwrap(),
        };
        save["provider"] = json!(id);
        save["models"] = json!([model]);
        let card: ProviderCard = self.session.ok("provider_save", save.clone()).await;
        Added { id, model: card.provider.models[0].id, save }
    }

    /// Takes a secret as if the user had copied it.
    pub(crate) async fn paste(&self, id: &str, value: &str) {
        *self.session.desktop.clipboard.lock().unwrap() = Some(value.to_owned());
        self.session.ok::<Value>("secret_paste", json!({"id": id})).await;
    }

    /// A chat that a model answers.
    pub(crate) async fn chat_with(&self, model: ModelId) -> ChatId {
        let chat = self.session.new_chat().await;
        self.session.ok::<Value>("chat_change", json!({"chat": chat, "patch": {"model": model}})).await;
        chat
    }

    pub(crate) async fn settings(&self, patch: Value) {
        self.session.ok::<Value>("settings_change", json!({"patch": patch})).await;
    }

    pub(crate) async fn try_send(&self, chat: ChatId, text: &str) -> Result<wire::Sent, Failure> {
        let args = json!({"chat": chat, "text": text, "parent": null, "edit_of": null});
        self.session.call("chat_send", args).await
    }

    /// The answer to a question at the beginning of a chat.
    pub(crate) async fn ask(&mut self, chat: ChatId, text: &str) -> Message {
        self.session.ask(chat, text, None).await
    }

    /// Questions of dialogs so far.
    pub(crate) fn asked(&self) -> usize {
        self.session.desktop.questions.lock().unwrap().len()
    }

    pub(crate) fn will_say(&self, yes: bool) {
        self.session.desktop.answers.lock().unwrap().push_back(Box::pin(async move { yes }));
    }
}

/// A provider that was added.
pub(crate) struct Added {
    pub(crate) id: ProviderId,
    pub(crate) model: ModelId,
    pub(crate) save: Value,
}

/// Requests for answers that a double got.
pub(crate) fn questions(double: &ProviderDouble) -> Vec<acceptance::provider::Seen> {
    double.requests().into_iter().filter(|seen| seen.method == "POST").collect()
}
