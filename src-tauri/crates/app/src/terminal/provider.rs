//! Providers and their models, as a terminal names them.

use std::path::Path;

use domain::{ChatId, ModelId, Provider, ProviderId, ProviderModel};
use wire::Failure;

use crate::{Core, failure::from_store};

impl Core {
    /// Takes a client certificate that a face without dialogs was given.
    ///
    /// # Errors
    /// [`Failure::InvalidInput`] where it cannot be read or is none; nothing is changed then.
    pub async fn give_client_certificate(&self, id: ProviderId, path: &Path) -> Result<(), Failure> {
        let provider = self.provider(id).await?;
        let unreadable = |error: std::io::Error| {
            Failure::invalid(format!("The certificate {} cannot be read: {error}. Nothing was added.", path.display()))
        };
        let path = path.canonicalize().map_err(unreadable)?;
        let path = path.to_str().ok_or_else(|| Failure::invalid("This path holds characters that cannot be kept."))?;
        self.set_certificate(provider, path.to_owned()).await.map(|_| ())
    }

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
        chosen(&provider.models, model).map(|known| known.id).ok_or_else(|| {
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

/// The model of this name or title; else the only one that is it as of a day: `claude-haiku-4-5` is
/// `claude-haiku-4-5-20251001`.
fn chosen<'a>(models: &'a [ProviderModel], typed: &str) -> Option<&'a ProviderModel> {
    if let Some(exact) = models.iter().find(|model| model.name == typed || model.title == typed) {
        return Some(exact);
    }
    let is_day = |rest: &str| rest.len() >= 9 && rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let mut dated = models.iter().filter(|model| model.name.strip_prefix(typed).is_some_and(is_day));
    dated.next().filter(|_| dated.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn models(names: &[&str]) -> Vec<ProviderModel> {
        let model = |name: &&str| ProviderModel {
            id: ModelId::new(),
            name: (*name).to_owned(),
            title: name.to_uppercase(),
            context_tokens: None,
            max_output_tokens: None,
            images: false,
            reasoning: false,
        };
        names.iter().map(model).collect()
    }

    #[test]
    fn a_model_is_meant_by_its_name_its_title_or_without_its_day() {
        let all = models(&["gpt-4.1-2025-04-14", "gpt-4.1-mini", "o3", "old-2024-01-01", "old-20250101"]);
        let of = |typed| chosen(&all, typed).map(|model| model.name.as_str());
        assert_eq!(of("gpt-4.1"), Some("gpt-4.1-2025-04-14"));
        assert_eq!(of("O3"), Some("o3"));
        assert_eq!(of("old-20250101"), Some("old-20250101"));
        for none in ["gpt-4", "old", "o", ""] {
            assert_eq!(of(none), None, "{none}");
        }
    }
}
