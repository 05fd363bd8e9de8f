//! `providers`: listed, tried, removed; `add` is a file of its own.

mod add;

use app::Core;
use domain::{Provider, ProviderModel, Zone};
use serde_json::json;
use wire::{Commands, Failure, Nothing, ProviderCard, ProviderModelSave, ProviderRef, ProviderSave, ProviderTrial};

use crate::{arguments::Providers, asking::Asking, exit::Ending, figures, output, place::Place};

pub(crate) async fn run(place: Place, command: Providers) -> Result<(), Ending> {
    match command {
        Providers::List { json } => list(&place, json).await,
        Providers::Add(wanted) => {
            let place = place.asking(Asking { flag: "--allow", allowed: wanted.allow });
            add::run(&place, wanted).await
        }
        Providers::Test { handle, json } => test(&place, &handle, json).await,
        Providers::Models { handle, add, images, json } => {
            let add = add.into_iter().map(|name| ProviderModel { name, images, ..unknown() }).collect();
            models(&place, &handle, add, json).await
        }
        Providers::Remove { handle } => remove(&place, &handle).await,
    }
}

async fn list(place: &Place, json: bool) -> Result<(), Ending> {
    let (cards, presets) = place
        .with_core(async |core| {
            Ok::<_, Failure>((core.provider_list(Nothing).await?, core.provider_presets(Nothing).await?))
        })
        .await?;
    if json {
        return output::json(&json!(cards));
    }
    if cards.is_empty() {
        let ids: Vec<&str> = presets.iter().map(|preset| preset.id.as_str()).collect();
        output::note(&format!(
            "There are no providers yet. `drawbridge-cli providers add` adds one: {}, or compatible.",
            ids.join(", ")
        ));
    }
    cards.iter().try_for_each(|card| output::result(&line(card)))
}

fn line(card: &ProviderCard) -> String {
    let Provider { handle, name, zone, base_url, region, models, .. } = &card.provider;
    let key = match &card.key {
        None => "no key".to_owned(),
        Some(_) if card.key_elsewhere => "its key was given for another address and is not sent".to_owned(),
        Some(shown) if shown.is_empty() => "a key".to_owned(),
        Some(shown) => format!("key …{shown}"),
    };
    let region = if region.is_empty() { String::new() } else { format!(", {region}") };
    let mut text = format!("{handle}: {name}, {}{region}, {base_url}, {key}\n", figures::place(*zone));
    for sentence in [&card.resting, &card.forbidden].into_iter().flatten() {
        text += &format!("    {sentence}\n");
    }
    for model in models {
        text += &format!("    {handle}:{}\n", facts(model));
    }
    text
}

/// A model with what is known of it.
fn facts(model: &ProviderModel) -> String {
    let known = [
        model.context_tokens.map(|tokens| format!("{tokens} tokens")),
        model.images.then(|| "images".to_owned()),
        model.reasoning.then(|| "reasons".to_owned()),
    ];
    let known: Vec<String> = known.into_iter().flatten().collect();
    if known.is_empty() { model.name.clone() } else { format!("{} ({})", model.name, known.join(", ")) }
}

async fn test(place: &Place, handle: &str, json: bool) -> Result<(), Ending> {
    let trial = place
        .with_core(async |core| {
            let provider = core.provider_named(handle).await?.id;
            core.provider_test(ProviderRef { provider }).await
        })
        .await?;
    if json {
        output::json(&json!(trial))?;
    } else {
        trial.notes.iter().for_each(|note| output::note(note));
        trial.models.iter().try_for_each(|model| output::result(&format!("{}\n", facts(model))))?;
    }
    match trial.failure {
        Some(failure) => Err(said_no(failure)),
        None if json => Ok(()),
        None => {
            output::note(&answered(&trial));
            Ok(())
        }
    }
}

fn answered(trial: &ProviderTrial) -> String {
    let models = match trial.models.len() {
        0 => "no models".to_owned(),
        1 => "one model".to_owned(),
        n => format!("{n} models"),
    };
    format!("It answered after {:.0} ms, with {models}.", trial.took_ms)
}

/// What a provider says about an address or a request is no fault of the command.
fn said_no(failure: Failure) -> Ending {
    match failure {
        Failure::NotFound { message } | Failure::InvalidInput { message } => Ending::SaysNo(message),
        other => other.into(),
    }
}

async fn models(place: &Place, handle: &str, add: Vec<ProviderModel>, json: bool) -> Result<(), Ending> {
    let provider = place
        .with_core(async |core| {
            let provider = core.provider_named(handle).await?;
            if add.is_empty() {
                return Ok(provider);
            }
            let models = provider.models.iter().cloned().chain(add).collect();
            with_models(core, provider, models).await
        })
        .await?;
    if json {
        return output::json(&json!(provider.models));
    }
    if provider.models.is_empty() {
        output::note(&format!("{} has no models on its list yet.", provider.name));
    }
    provider.models.iter().try_for_each(|model| output::result(&format!("{handle}:{}\n", facts(model))))
}

/// A model of which nothing is known.
fn unknown() -> ProviderModel {
    ProviderModel {
        id: domain::ModelId::new(),
        name: String::new(),
        title: String::new(),
        context_tokens: None,
        max_output_tokens: None,
        images: false,
        reasoning: false,
    }
}

/// Puts these models on a provider's list, in the place of those that were there.
async fn with_models(core: &Core, provider: Provider, models: Vec<ProviderModel>) -> Result<Provider, Failure> {
    let save = ProviderSave {
        provider: Some(provider.id),
        kind: provider.kind,
        name: provider.name,
        base_url: provider.base_url,
        zone: provider.zone,
        region: provider.region,
        retention: provider.retention,
        api: provider.api,
        api_version: provider.api_version,
        auth: provider.auth,
        headers: provider.headers,
        models: models.into_iter().map(saved).collect(),
    };
    Ok(core.provider_save(save).await?.provider)
}

fn saved(model: ProviderModel) -> ProviderModelSave {
    ProviderModelSave {
        id: Some(model.id),
        name: model.name,
        title: model.title,
        context_tokens: model.context_tokens,
        max_output_tokens: model.max_output_tokens,
        images: model.images,
        reasoning: model.reasoning,
    }
}

async fn remove(place: &Place, handle: &str) -> Result<(), Ending> {
    let name = place
        .with_core(async |core| {
            let provider = core.provider_named(handle).await?;
            core.provider_remove(ProviderRef { provider: provider.id }).await?;
            Ok::<_, Failure>(provider.name)
        })
        .await?;
    output::result(&format!("{name} is removed, and its key with it. What it answered stays.\n"))
}

/// Where chats go that this provider answers.
fn warning(zone: Zone) -> &'static str {
    match zone {
        Zone::Cloud => "In guarded mode each chat asks before it goes there.",
        Zone::OurNetwork | Zone::ThisComputer => "Chats go there without a question.",
    }
}
