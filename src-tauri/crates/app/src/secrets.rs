//! Keys and tokens: pasted by us from the clipboard, kept in the keychain, or in the encrypted database where there is
//! none. No page ever sees one.

use domain::{ProviderId, Secret};
use vault::VaultError;
use wire::{Failure, SecretInfo, SecretPlace};

use crate::{Core, failure::from_store, network::HubToken};

/// The hub's token.
pub(crate) const HUB: &str = "hub";
/// Lengths that keys and tokens have, in bytes.
const LENGTHS: std::ops::RangeInclusive<usize> = 8..=4096;
/// Below this length four characters would tell too much.
const SHOWN_FROM: usize = 20;

impl Core {
    /// The secrets that can be kept, without their values.
    pub(crate) async fn secrets_view(&self) -> Result<Vec<SecretInfo>, Failure> {
        let mut all = Vec::new();
        all.push(self.secret_info(HUB).await?);
        for provider in self.store.providers().await.map_err(from_store)? {
            all.push(self.secret_info(&crate::provider::key_id(provider.id)).await?);
        }
        Ok(all)
    }

    /// Takes a secret from the clipboard, keeps it and empties the clipboard.
    pub(crate) async fn paste_secret(&self, id: &str) -> Result<SecretInfo, Failure> {
        let known = self.known(id).await?;
        let text = self.platform.host.clipboard_text().await.unwrap_or_default();
        let value = Secret::new(checked(&text, &known.name, Source::Clipboard)?);
        self.take_secret(id, &known, &value).await?;
        self.platform.host.clear_clipboard();
        self.secret_info(id).await
    }

    /// Keeps a provider's key that a face without a clipboard was given. It is good for the provider's address alone.
    ///
    /// # Errors
    /// [`Failure::InvalidInput`] where it is no key, [`Failure::KeychainUnavailable`] where none can be kept; neither
    /// repeats it.
    pub async fn give_provider_key(&self, provider: ProviderId, key: &Secret<String>) -> Result<SecretInfo, Failure> {
        self.give_secret(&crate::provider::key_id(provider), key).await
    }

    /// The same for the value of one of its headers.
    ///
    /// # Errors
    /// As of [`Self::give_provider_key`].
    pub async fn give_provider_header(
        &self,
        provider: ProviderId,
        name: &str,
        value: &Secret<String>,
    ) -> Result<SecretInfo, Failure> {
        self.give_secret(&crate::provider::header_id(provider, name), value).await
    }

    async fn give_secret(&self, id: &str, given: &Secret<String>) -> Result<SecretInfo, Failure> {
        let known = self.known(id).await?;
        let value = Secret::new(checked(given.reveal(), &known.name, Source::Given)?);
        self.take_secret(id, &known, &value).await?;
        self.secret_info(id).await
    }

    async fn take_secret(&self, id: &str, known: &Known, value: &Secret<String>) -> Result<(), Failure> {
        self.store.put_value(&for_name(id), &known.place).await.map_err(from_store)?;
        self.keep_secret(id, value).await?;
        self.note(audit::Event::SecretSet { id: id.to_owned() }, None);
        self.secret_changed(id).await
    }

    /// Forgets a secret, wherever it is kept.
    pub(crate) async fn remove_secret(&self, id: &str) -> Result<SecretInfo, Failure> {
        self.known(id).await?;
        self.drop_secret(id).await?;
        self.secret_changed(id).await?;
        self.secret_info(id).await
    }

    /// Forgets a secret where it is kept.
    pub(crate) async fn drop_secret(&self, id: &str) -> Result<(), Failure> {
        if self.shown(id).await?.is_none() {
            return Ok(());
        }
        self.store.remove_secret(id).await.map_err(from_store)?;
        self.store.put_value(&shown_name(id), "").await.map_err(from_store)?;
        match self.platform.keychain.delete(&keychain_name(id)).await {
            Ok(()) | Err(VaultError::Unavailable(_)) => {}
            Err(error) => {
                return Err(Failure::KeychainUnavailable {
                    message: format!("{error} What it keeps was left as it is."),
                });
            }
        }
        self.note(audit::Event::SecretRemoved { id: id.to_owned() }, None);
        Ok(())
    }

    /// A secret's value where it was given for this place, and none for any other.
    pub(crate) async fn secret_for(&self, id: &str, place: &str) -> Result<Option<Secret<String>>, Failure> {
        if self.secret_is_for(id, place).await? { self.secret(id).await } else { Ok(None) }
    }

    /// Whether a secret was given for this place: an address, a hub.
    pub(crate) async fn secret_is_for(&self, id: &str, place: &str) -> Result<bool, Failure> {
        Ok(self.store.value(&for_name(id)).await.map_err(from_store)?.is_some_and(|given| given == place))
    }

    /// A secret's value, for the one request that needs it.
    pub(crate) async fn secret(&self, id: &str) -> Result<Option<Secret<String>>, Failure> {
        let bytes = match self.store.secret(id).await.map_err(from_store)? {
            Some(kept) => Some(kept),
            None if self.shown(id).await?.is_some() => {
                self.platform.keychain.get(&keychain_name(id)).await.map_err(|error| Failure::KeychainUnavailable {
                    message: format!("{error} The key is kept there and could not be had. Nothing was sent."),
                })?
            }
            None => None,
        };
        Ok(bytes.and_then(|bytes| String::from_utf8(bytes.reveal().clone()).ok()).map(Secret::new))
    }

    async fn keep_secret(&self, id: &str, value: &Secret<String>) -> Result<(), Failure> {
        let shown = last_four(value.reveal());
        let bytes = Secret::new(value.reveal().clone().into_bytes());
        match self.platform.keychain.set(&keychain_name(id), &bytes).await {
            Ok(()) => {
                self.store.remove_secret(id).await.map_err(from_store)?;
            }
            Err(error) if self.store.is_encrypted() => {
                tracing::info!(%error, id, "a key is kept in the encrypted database for want of a keychain");
                let info = store::SecretInfo { id: id.to_owned(), last_four: shown.clone(), at: self.now() };
                self.store.put_secret(&info, &bytes).await.map_err(from_store)?;
            }
            Err(error) => {
                return Err(Failure::KeychainUnavailable {
                    message: format!(
                        "{error} Set a passphrase in the settings first: then keys are kept in the encrypted database. \
                         This one was not kept."
                    ),
                });
            }
        }
        self.store.put_value(&shown_name(id), &format!("…{shown}")).await.map_err(from_store)
    }

    /// Whoever uses a secret gets the new one.
    async fn secret_changed(&self, id: &str) -> Result<(), Failure> {
        if id == HUB {
            self.load_hub_token().await
        } else {
            self.tell_providers().await;
            Ok(())
        }
    }

    /// Hands the hub's token to whoever speaks to the hub.
    pub(crate) async fn load_hub_token(&self) -> Result<(), Failure> {
        let endpoint = self.store.value(&for_name(HUB)).await.map_err(from_store)?;
        let token = match (endpoint, self.secret(HUB).await?) {
            (Some(endpoint), Some(value)) => Some(HubToken { endpoint, value }),
            _ => None,
        };
        // Not beside a change of the settings: the gate would be left with those from before it.
        let _turn = self.settings_turn.lock().await;
        self.network.change_token(token, &self.settings())
    }

    /// Which secret an id stands for.
    async fn known(&self, id: &str) -> Result<Known, Failure> {
        if id == HUB {
            let place = self.settings().network.hub;
            return Ok(Known { name: "Token for the model hub".to_owned(), place });
        }
        let unknown = || Failure::invalid("There is no such key. Nothing was changed.");
        let rest = id.strip_prefix("provider:").ok_or_else(unknown)?;
        let (provider, header) = rest.split_once(":header:").map_or((rest, None), |(id, name)| (id, Some(name)));
        let provider = self.provider(provider.parse().map_err(|_| unknown())?).await?;
        let name = match header {
            None => format!("Key for {}", provider.name),
            Some(header) if provider.headers.iter().any(|name| name == header) => {
                format!("Header {header} for {}", provider.name)
            }
            Some(_) => return Err(unknown()),
        };
        Ok(Known { name, place: crate::provider::origin(&provider.base_url) })
    }

    async fn secret_info(&self, id: &str) -> Result<SecretInfo, Failure> {
        let Known { name, .. } = self.known(id).await?;
        let in_store = self.store.secrets().await.map_err(from_store)?.iter().any(|kept| kept.id == id);
        Ok(SecretInfo {
            id: id.to_owned(),
            name,
            last_four: self.shown(id).await?,
            place: if in_store { SecretPlace::Store } else { SecretPlace::Keychain },
        })
    }

    /// What may be shown of a secret; none where there is none.
    pub(crate) async fn shown(&self, id: &str) -> Result<Option<String>, Failure> {
        let shown = self.store.value(&shown_name(id)).await.map_err(from_store)?;
        Ok(shown.filter(|shown| !shown.is_empty()).map(|shown| shown.trim_start_matches('…').to_owned()))
    }
}

/// A secret that can be kept.
struct Known {
    /// Name for people.
    name: String,
    /// What it is good for.
    place: String,
}

/// Name of the value that remembers what a secret is good for.
fn for_name(id: &str) -> String {
    format!("secret_for:{id}")
}

fn keychain_name(id: &str) -> String {
    format!("secret:{id}")
}

/// Name of the value that remembers what may be shown.
fn shown_name(id: &str) -> String {
    format!("secret_shown:{id}")
}

/// Where a secret comes from.
#[derive(Clone, Copy)]
enum Source {
    Clipboard,
    Given,
}

/// A key as it was copied, without the space around it; else a sentence that does not repeat it.
fn checked(text: &str, name: &str, source: Source) -> Result<String, Failure> {
    let key = text.trim();
    let plausible = LENGTHS.contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
    let what = match source {
        Source::Clipboard => "What is on the clipboard",
        Source::Given => "What was given",
    };
    match (key.is_empty(), plausible, source) {
        (true, _, Source::Clipboard) => {
            Err(Failure::invalid(format!("The clipboard holds no text. Copy the {} first.", lower(name))))
        }
        (true, _, Source::Given) => Err(Failure::invalid(format!("No {} was given. Nothing was kept.", lower(name)))),
        (_, false, _) => Err(Failure::invalid(format!(
            "{what} is no {}: it has spaces or line breaks in it, or another length. Nothing was kept.",
            lower(name)
        ))),
        _ => Ok(key.to_owned()),
    }
}

fn lower(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

fn last_four(key: &str) -> String {
    if key.len() < SHOWN_FROM { String::new() } else { key[key.len() - 4..].to_owned() }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_taken_as_it_was_copied_and_a_text_is_none() {
        let checked = |text| checked(text, "Token", Source::Clipboard);
        assert_eq!(checked("  hf_0123456789abcdef\n").unwrap(), "hf_0123456789abcdef");
        for bad in ["", "   ", "short", "two words here", "hf_0123\n456789", "schlüssel-über-alles", &"x".repeat(5_000)]
        {
            let failure = checked(bad).unwrap_err();
            assert!(bad.trim().is_empty() || !failure.message().contains(bad.trim()), "{failure}");
        }
    }

    #[test]
    fn four_characters_of_a_long_key_are_shown_and_none_of_a_short_one() {
        assert_eq!(last_four("hf_0123456789abcdefghij"), "ghij");
        assert_eq!(last_four("0123456789"), "");
    }
}
