//! Providers: added, changed, tried, joined with their keys, removed.

use std::{path::PathBuf, time::Instant};

use domain::{
    ChatId, FaultKind, HostRule, Mode, Provider, ProviderAuth, ProviderFault, ProviderId, ProviderKind, ProviderModel,
    Purpose, Rules, Secret, Zone,
};
use providers::Connection;
use url::Url;
use wire::{Event, Failure, ProviderCard, ProviderPreset, ProviderSave, ProviderTrial};

use crate::{
    Confirm, Core, Pick, chat,
    crossing::host_of,
    failure::{from_fault, from_store},
    rule,
};

mod typed;
use typed::{LONGEST, address, handle, header_names, model_of};

/// Most providers, and models of one.
const MOST: usize = 50;
const MOST_MODELS: usize = 500;

/// Id of the secret with a provider's key.
pub(crate) fn key_id(provider: ProviderId) -> String {
    format!("provider:{provider}")
}

/// Id of the secret with the value of a header.
pub(crate) fn header_id(provider: ProviderId, name: &str) -> String {
    format!("provider:{provider}:header:{name}")
}

/// Scheme, host and port of an address: what a key is good for.
pub(crate) fn origin(address: &str) -> String {
    Url::parse(address).map_or_else(|_| String::new(), |url| url.origin().ascii_serialization())
}

impl Core {
    /// The providers that can be chosen from the list.
    pub(crate) fn presets(&self) -> Vec<ProviderPreset> {
        let preset = |preset: providers::Preset| ProviderPreset {
            id: preset.id,
            name: preset.name,
            kind: preset.kind,
            base_url: preset.base_url,
            auth: preset.auth,
            key_optional: preset.key_optional,
            zone: preset.zone,
            note: preset.note,
            keys_page: preset.keys_page,
            region: preset.region,
            retention: preset.retention,
            retention_source: preset.retention_source,
        };
        providers::presets().into_iter().map(preset).collect()
    }

    /// The providers with what is known of them.
    pub(crate) async fn provider_cards(&self) -> Result<Vec<ProviderCard>, Failure> {
        let mut cards = Vec::new();
        for provider in self.store.providers().await.map_err(from_store)? {
            cards.push(self.provider_card(provider).await?);
        }
        Ok(cards)
    }

    async fn provider_card(&self, provider: Provider) -> Result<ProviderCard, Failure> {
        let key = self.shown(&key_id(provider.id)).await?;
        let here = self.secret_is_for(&key_id(provider.id), &origin(&provider.base_url)).await?;
        let mut headers_set = Vec::new();
        for name in &provider.headers {
            let id = header_id(provider.id, name);
            if self.shown(&id).await?.is_some() && self.secret_is_for(&id, &origin(&provider.base_url)).await? {
                headers_set.push(name.clone());
            }
        }
        let resting = provider.models.iter().filter_map(|model| self.breakers.rest_of(model.id, Instant::now())).max();
        Ok(ProviderCard {
            key_elsewhere: key.is_some() && !here,
            key,
            headers_set,
            resting: resting.map(|rest| {
                format!("It failed several times or asked to wait, and is left alone for {} s.", rest.as_secs().max(1))
            }),
            forbidden: rule::forbids(&self.policy, &provider),
            provider,
        })
    }

    /// The provider of this id.
    pub(crate) async fn provider(&self, id: ProviderId) -> Result<Provider, Failure> {
        let providers = self.store.providers().await.map_err(from_store)?;
        let gone = || Failure::not_found("This provider is not there any more.");
        providers.into_iter().find(|provider| provider.id == id).ok_or_else(gone)
    }

    /// Adds or changes a provider. Where that lets something reach another address, or leaves less between the user's
    /// text and the world, the user is asked in a dialog that the page has no hand in.
    pub(crate) async fn save_provider(&self, save: ProviderSave) -> Result<ProviderCard, Failure> {
        let all = self.store.providers().await.map_err(from_store)?;
        let old = match save.provider {
            Some(id) => Some(self.provider(id).await?),
            None if all.len() >= MOST => {
                return Err(Failure::invalid(format!("{MOST} providers is the most. Remove one first.")));
            }
            None => None,
        };
        let provider = self.checked(save, old.as_ref(), &all)?;
        if let Some(message) = rule::forbids(&self.policy, &provider) {
            return Err(Failure::PolicyForbids { message: format!("{message} Nothing was changed.") });
        }
        if let Some(question) = question(&provider, old.as_ref()) {
            let agreed = self.questions.begin()?.put(self.platform.host.as_ref(), question).await?;
            if !agreed {
                return Err(Failure::ConsentNeeded { message: "Nothing was changed.".to_owned() });
            }
        }
        self.store.put_provider(&provider).await.map_err(from_store)?;
        if old
            .as_ref()
            .is_some_and(|old| origin(&old.base_url) != origin(&provider.base_url) || old.zone != provider.zone)
        {
            // Who was agreed to was another.
            self.store.forget_consents(provider.id).await.map_err(from_store)?;
            self.memory.forget_consents(provider.id).await.map_err(from_store)?;
        }
        let event = audit::Event::ProviderSet {
            handle: provider.handle.clone(),
            address: origin(&provider.base_url),
            zone: format!("{:?}", provider.zone).to_lowercase(),
        };
        self.note(event, None);
        self.providers_changed().await?;
        self.provider_card(provider).await
    }

    /// Removes a provider with its key.
    pub(crate) async fn remove_provider(&self, id: ProviderId) -> Result<(), Failure> {
        let provider = self.provider(id).await?;
        self.drop_secret(&key_id(id)).await?;
        for name in &provider.headers {
            self.drop_secret(&header_id(id, name)).await?;
        }
        self.store.remove_provider(id).await.map_err(from_store)?;
        self.note(audit::Event::ProviderRemoved { handle: provider.handle }, None);
        self.providers_changed().await
    }

    /// Lets the user pick a client certificate.
    pub(crate) async fn pick_certificate(&self, id: ProviderId) -> Result<Option<ProviderCard>, Failure> {
        let provider = self.provider(id).await?;
        let picked = self.pick(Pick::Certificates).await?;
        let Some(path) = picked.first() else { return Ok(None) };
        let path = path.to_str().ok_or_else(|| Failure::invalid("This path holds characters that cannot be kept."))?;
        self.set_certificate(provider, path.to_owned()).await.map(Some)
    }

    pub(crate) async fn set_certificate(&self, provider: Provider, path: String) -> Result<ProviderCard, Failure> {
        let provider = Provider { client_certificate: path, ..provider };
        self.store.put_provider(&provider).await.map_err(from_store)?;
        self.providers_changed().await?;
        self.provider_card(provider).await
    }

    /// Asks a provider for its models, and says exactly what is wrong where it does not answer.
    pub(crate) async fn test_provider(&self, id: ProviderId) -> Result<ProviderTrial, Failure> {
        let provider = self.provider(id).await?;
        let began = Instant::now();
        let tried = self.try_provider(&provider).await;
        let took_ms = began.elapsed().as_secs_f64() * 1_000.0;
        let mut notes = Vec::new();
        if provider.base_url.starts_with("http://") && provider.zone == Zone::OurNetwork {
            notes.push("It is reached without encryption: whoever is in this network can read along.".to_owned());
        }
        Ok(match tried {
            Ok(trial) => {
                notes.extend(trial.notes);
                let known = |name: &str| provider.models.iter().find(|model| model.name == name);
                let models = trial.models.into_iter().map(|model| match known(&model.name) {
                    Some(known) => ProviderModel { id: known.id, ..model },
                    None => model,
                });
                ProviderTrial { failure: None, models: models.collect(), took_ms, notes }
            }
            Err(failure) => ProviderTrial { failure: Some(failure), models: Vec::new(), took_ms, notes },
        })
    }

    async fn try_provider(&self, provider: &Provider) -> Result<providers::Trial, Failure> {
        if self.settings().mode == Mode::Sealed {
            return Err(Failure::Sealed {
                message: "The bridge is up, so nothing was sent. Lower it to try the connection.".to_owned(),
            });
        }
        if let Some(message) = rule::forbids(&self.policy, provider) {
            return Err(Failure::PolicyForbids { message });
        }
        let connection = self.connection(provider, None).await?;
        let prices = self.prices().await?;
        providers::trial(&connection, &prices).await.map_err(from_fault)
    }

    /// A provider with its key, for the one request that needs it. Neither key nor headers go to another address than
    /// the one that they were given for.
    pub(crate) async fn connection(&self, provider: &Provider, chat: Option<ChatId>) -> Result<Connection, Failure> {
        let here = origin(&provider.base_url);
        let key = match provider.auth {
            ProviderAuth::None => None,
            ProviderAuth::Key | ProviderAuth::Bearer => self.secret_for(&key_id(provider.id), &here).await?,
        };
        if key.is_none() && provider.auth != ProviderAuth::None && provider.kind != ProviderKind::Compatible {
            let message = format!("{} has no key yet. Paste one in the settings. Nothing was sent.", provider.name);
            return Err(from_fault(ProviderFault::new(FaultKind::KeyRejected, message)));
        }
        let mut headers: Vec<(String, Secret<String>)> = Vec::new();
        for name in &provider.headers {
            if let Some(value) = self.secret_for(&header_id(provider.id, name), &here).await? {
                headers.push((name.clone(), value));
            }
        }
        // Another process, a command line, may have added or changed it.
        if !self.network.knows(provider) {
            self.providers_changed().await?;
        }
        // Nothing on disk names a chat that is kept in memory alone.
        let chat = chat.filter(|chat| !self.is_temporary(*chat));
        Ok(Connection { provider: provider.clone(), key, headers, transport: self.network.transport(), chat })
    }

    /// The gate learns which hosts there are, and the windows what changed.
    pub(crate) async fn providers_changed(&self) -> Result<(), Failure> {
        let providers = self.store.providers().await.map_err(from_store)?;
        let _turn = self.settings_turn.lock().await;
        self.network.change_providers(providers, &self.settings())?;
        self.tell_providers().await;
        Ok(())
    }

    pub(crate) async fn tell_providers(&self) {
        match self.provider_cards().await {
            Ok(providers) => self.events.tell(Event::Providers { providers }),
            Err(failure) => tracing::warn!(failure = failure.message(), "the providers could not be read"),
        }
    }

    pub(crate) fn tell_providers_soon(&self) {
        let core = self.clone();
        self.runtime.spawn(async move { core.tell_providers().await });
    }

    /// A provider as the page wants it, within what can be.
    fn checked(&self, save: ProviderSave, old: Option<&Provider>, all: &[Provider]) -> Result<Provider, Failure> {
        let refuse = |why: String| Failure::invalid(format!("{why} Nothing was changed."));
        let name = chat::name(&save.name, "A provider")?;
        for text in [&save.region, &save.retention, &save.api_version] {
            if text.chars().count() > LONGEST || text.contains(char::is_control) {
                return Err(refuse(format!("{LONGEST} characters in one line is the most for a note.")));
            }
        }
        if !save.api_version.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.') {
            return Err(refuse("An API version looks like 2024-10-21.".to_owned()));
        }
        let base_url = address(&save.base_url, save.zone).map_err(refuse)?;
        let headers = header_names(save.headers).map_err(refuse)?;
        if save.models.len() > MOST_MODELS {
            return Err(refuse(format!("{MOST_MODELS} models of one provider is the most.")));
        }
        let mut models: Vec<ProviderModel> = Vec::new();
        for model in save.models {
            let model = model_of(model, old).map_err(refuse)?;
            if models.iter().all(|known| known.name != model.name) {
                models.push(model);
            }
        }
        Ok(Provider {
            id: old.map_or_else(ProviderId::new, |old| old.id),
            kind: save.kind,
            handle: old.map_or_else(|| handle(&name, all), |old| old.handle.clone()),
            name,
            base_url,
            zone: save.zone,
            region: save.region.trim().to_owned(),
            retention: save.retention.trim().to_owned(),
            api: save.api,
            api_version: save.api_version,
            auth: save.auth,
            headers,
            client_certificate: old.map(|old| old.client_certificate.clone()).unwrap_or_default(),
            models,
            added_at: old.map_or_else(|| self.now(), |old| old.added_at),
        })
    }
}

/// What the gate lets through for providers.
pub(crate) fn reach(providers: &[Provider], rules: &mut Rules) {
    for provider in providers {
        let Ok(url) = Url::parse(&provider.base_url) else { continue };
        let Some(host) = url.host_str() else { continue };
        let rule = HostRule {
            host: host.to_owned(),
            port: url.port(),
            plain_http: url.scheme() == "http",
            our_network: provider.zone.is_inside(),
            redirect_only: false,
        };
        for purpose in [Purpose::ProviderChat, Purpose::ProviderModels] {
            rules.hosts.entry(purpose).or_default().push(rule.clone());
        }
        if !provider.client_certificate.is_empty() {
            let at = format!("{host}:{}", url.port_or_known_default().unwrap_or(443));
            rules.client_certificates.insert(at, PathBuf::from(&provider.client_certificate));
        }
    }
}

/// What the user must agree to before this is kept; nothing where text goes nowhere that it did not go before.
fn question(new: &Provider, old: Option<&Provider>) -> Option<Confirm> {
    let known = providers::presets().into_iter().any(|preset| {
        origin(&preset.base_url) == origin(&new.base_url) && preset.zone >= new.zone && preset.kind == new.kind
    });
    let same = old.is_some_and(|old| origin(&old.base_url) == origin(&new.base_url) && old.zone == new.zone);
    // A list's own address is where everybody knows it, in the zone that it belongs to.
    let plain = new.base_url.starts_with("http://") && new.zone == Zone::OurNetwork;
    if same || known && new.zone != Zone::OurNetwork && !plain {
        return None;
    }
    let zone = match new.zone {
        Zone::ThisComputer => "another program on this computer. Chats go there without a question",
        Zone::OurNetwork => "a server of your own network. Chats go there without a question",
        Zone::Cloud => "a server in the cloud. Each chat asks before it goes there, unless the bridge is down",
    };
    let unsafe_way =
        if plain { "\n\nIt is reached without encryption: whoever is in this network can read along." } else { "" };
    Some(Confirm {
        title: format!("Let chats reach {}?", host_of(&new.base_url)),
        text: format!(
            "Drawbridge will treat {} as {zone}.{unsafe_way}\n\nIf you did not just set this up yourself, keep it as it is.",
            host_of(&new.base_url)
        ),
        yes: "Allow".to_owned(),
        no: "Keep as it is".to_owned(),
    })
}

#[cfg(test)]
#[path = "provider/tests.rs"]
mod tests;
