//! Providers and their models, as a terminal names them.

use domain::{ChatId, ModelId, Provider};
use wire::Failure;

use crate::{Core, failure::from_store};

impl Core {
    /// The provider of this short name.
    ///
    /// # Errors
    /// [`Failure::NotFound`] with a sentence that names those that there are.
    pub async fn provider_named(&self, handle: &str) -> Result<Provider, Failure> {
        let providers = self.store.providers().await.map_err(from_store)?;
        let all: Vec<String> = providers.iter().map(|provider| provider.handle.clone()).collect();
        providers.into_iter().find(|provider| provider.handle == handle).ok_or_else(|| {
            let those = match all.is_empty() {
                true => "There are none yet: `drawbridge-cli providers add` adds one.".to_owned(),
                false => format!("There are: {}.", all.join(", ")),
            };
            Failure::not_found(format!("There is no provider “{handle}”. {those}"))
        })
    }

    /// The model that `handle:model` names.
    pub(super) async fn named(&self, handle: &str, model: &str) -> Result<ModelId, Failure> {
        let provider = self.provider_named(handle).await?;
        let known = provider.models.iter().find(|known| known.name == model || known.title == model);
        known.map(|known| known.id).ok_or_else(|| {
            Failure::not_found(format!(
                "“{model}” is not on the list of {}. `drawbridge-cli providers models {handle}` shows the list, and \
                 `drawbridge-cli providers models {handle} --add {model}` puts it there. Nothing was sent.",
                provider.name
            ))
        })
    }

    /// A chat whose first question was not let through was never one.
    pub(super) async fn leave_no_empty(&self, chat: ChatId) {
        if let Err(error) = self.store.erase_chat(chat).await {
            tracing::warn!(%error, "an empty chat is left");
        }
    }
}
