//! `providers add`: settings, key, a first try.

use std::path::Path;

use app::Core;
use domain::{Provider, ProviderAuth, ProviderId, ProviderKind, ProviderModel, Secret, Zone};
use serde_json::json;
use wire::{Commands, Failure, Nothing, ProviderPreset, ProviderRef, ProviderSave};

use super::{said_no, saved, unknown, warning, with_models};
use crate::{arguments::Add, asking::somebody_is_there, exit::Ending, figures, output, place::Place, secret};

/// A provider that was added.
struct Added {
    provider: Provider,
    /// Why its models could not be had.
    untried: Option<Failure>,
    notes: Vec<String>,
}

pub(super) async fn run(place: &Place, wanted: Add) -> Result<(), Ending> {
    let json = wanted.json;
    let Added { provider, untried, notes } = place.with_core(async |core| add(core, wanted).await).await?;
    notes.iter().for_each(|note| output::note(note));
    if json {
        output::json(&json!(provider))?;
    } else {
        output::result(&said(&provider))?;
    }
    match untried {
        None => Ok(()),
        Some(failure) => {
            let handle = &provider.handle;
            output::note(&format!("It is kept all the same; `drawbridge-cli providers test {handle}` tries it again."));
            Err(said_no(failure))
        }
    }
}

fn said(provider: &Provider) -> String {
    let Provider { handle, name, zone, models, .. } = provider;
    let how = match models.as_slice() {
        [] => format!("`drawbridge-cli providers models {handle} --add ID` puts a model on its list."),
        [first, ..] => {
            let count = if models.len() == 1 { "One model".to_owned() } else { format!("{} models", models.len()) };
            format!("{count} can be asked: `drawbridge-cli ask --model {handle}:{} …`.", first.name)
        }
    };
    format!("{name} ({}) is added as “{handle}”. {} {how}\n", figures::place(*zone), warning(*zone))
}

async fn add(core: &Core, wanted: Add) -> Result<Added, Ending> {
    let preset = preset(core.provider_presets(Nothing).await?, &wanted.what)?;
    // Before anything is kept: whoever has no key at hand has added nothing.
    let key = key(&preset, &wanted).await?;
    let headers = header_values(&wanted.header).await?;
    let (typed, certificate) = (!wanted.model.is_empty(), wanted.client_certificate.clone());
    let save = settings(preset, wanted, key.is_some())?;
    let provider = core.provider_save(save).await?.provider;
    if let Err(failure) = give(core, provider.id, key.as_ref(), &headers, certificate.as_deref()).await {
        core.provider_remove(ProviderRef { provider: provider.id }).await?;
        return Err(failure.into());
    }
    let trial = core.provider_test(ProviderRef { provider: provider.id }).await?;
    let provider = match typed || trial.models.is_empty() {
        true => provider,
        false => with_models(core, provider, trial.models).await?,
    };
    Ok(Added { provider, untried: trial.failure, notes: trial.notes })
}

/// Gives a provider what only it may know.
async fn give(
    core: &Core,
    provider: ProviderId,
    key: Option<&Secret<String>>,
    headers: &[(String, Secret<String>)],
    certificate: Option<&Path>,
) -> Result<(), Failure> {
    if let Some(key) = key {
        core.give_provider_key(provider, key).await?;
    }
    for (name, value) in headers {
        core.give_provider_header(provider, name, value).await?;
    }
    match certificate {
        Some(path) => core.give_client_certificate(provider, path).await,
        None => Ok(()),
    }
}

/// The values of headers, from where the user has them.
async fn header_values(wanted: &[(String, Option<u32>)]) -> Result<Vec<(String, Secret<String>)>, Ending> {
    let mut values = Vec::new();
    for (name, descriptor) in wanted {
        let value = match descriptor {
            Some(descriptor) => secret::from_descriptor(*descriptor, "value of a header")?,
            None if somebody_is_there() => secret::typed(format!("{name}, which is not shown: ")).await?,
            None => {
                let sentence = format!(
                    "There is no terminal to type the value of {name} at. `--header {name}=N` reads it from a file \
                     descriptor. Nothing was added."
                );
                return Err(Failure::invalid(sentence).into());
            }
        };
        values.push((name.clone(), value));
    }
    Ok(values)
}

/// What is known of the provider that was named.
fn preset(all: Vec<ProviderPreset>, named: &str) -> Result<ProviderPreset, Failure> {
    let ids: Vec<String> = all.iter().map(|preset| preset.id.clone()).collect();
    match all.into_iter().find(|preset| preset.id == named) {
        Some(preset) => Ok(preset),
        None if named == "compatible" => Ok(ProviderPreset {
            id: named.to_owned(),
            name: String::new(),
            kind: ProviderKind::Compatible,
            base_url: String::new(),
            auth: ProviderAuth::Key,
            key_optional: true,
            zone: Zone::Cloud,
            note: String::new(),
            keys_page: None,
            region: None,
            retention: None,
            retention_source: None,
        }),
        None => Err(Failure::invalid(format!(
            "“{named}” is none of the providers that are known: {}. `compatible` is any server that speaks OpenAI's \
             Chat Completions.",
            ids.join(", ")
        ))),
    }
}

/// The key, from where the user has it; none where none is wanted.
async fn key(preset: &ProviderPreset, wanted: &Add) -> Result<Option<Secret<String>>, Ending> {
    if wanted.no_key {
        return Ok(None);
    }
    if let Some(descriptor) = wanted.key_fd {
        return Ok(Some(secret::from_descriptor(descriptor, "key")?));
    }
    if preset.auth == ProviderAuth::None || preset.key_optional && !somebody_is_there() {
        return Ok(None);
    }
    if !somebody_is_there() {
        let sentence = "There is no terminal to type the key at. `--key-fd N` reads it from a file descriptor. Nothing \
                        was added.";
        return Err(Failure::invalid(sentence).into());
    }
    if let Some(page) = &preset.keys_page {
        output::note(&format!("Keys are made at {page}."));
    }
    let unless = if preset.key_optional { ", or nothing where it wants none" } else { "" };
    let typed = secret::typed(format!("Key, which is not shown{unless}: ")).await?;
    Ok(Some(typed).filter(|typed| !(preset.key_optional && typed.reveal().trim().is_empty())))
}

fn settings(preset: ProviderPreset, wanted: Add, keyed: bool) -> Result<ProviderSave, Failure> {
    let base_url = wanted.url.unwrap_or(preset.base_url);
    if base_url.is_empty() {
        return Err(Failure::invalid("Say its address with --url. Nothing was added."));
    }
    if wanted.entra && preset.kind != ProviderKind::Azure {
        return Err(Failure::invalid("--entra is for Azure. Nothing was added."));
    }
    let own_name = || if preset.name.is_empty() { host(&base_url) } else { preset.name.clone() };
    Ok(ProviderSave {
        provider: None,
        kind: preset.kind,
        name: wanted.name.unwrap_or_else(own_name),
        zone: wanted.zone.map_or(preset.zone, Zone::from),
        region: wanted.region.or(preset.region).unwrap_or_default(),
        retention: wanted.retention.or(preset.retention).unwrap_or_default(),
        api: wanted.api.into(),
        api_version: wanted.api_version,
        auth: match (wanted.no_key, preset.auth) {
            (true, _) => ProviderAuth::None,
            _ if wanted.entra => ProviderAuth::Bearer,
            (false, ProviderAuth::None) if keyed => ProviderAuth::Key,
            (false, auth) => auth,
        },
        headers: wanted.header.into_iter().map(|(name, _)| name).collect(),
        models: {
            let model = |name| saved(ProviderModel { name, images: wanted.images, ..unknown() });
            wanted.model.into_iter().map(model).collect()
        },
        base_url,
    })
}

/// The host of an address, for a name.
fn host(address: &str) -> String {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split(['/', ':']).next().unwrap_or(rest).to_owned()
}
