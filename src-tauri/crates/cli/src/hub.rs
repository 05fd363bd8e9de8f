//! `models catalogue`, `search` and `files`: what can be had.

use domain::{HubFile, HubRepo, Offer};
use serde_json::json;
use wire::{Commands, HubFiles, HubSearch, Nothing};

use crate::{
    exit::Ending,
    figures::{count, fit, size},
    output,
    place::Place,
};

pub(crate) async fn catalogue(place: &Place, json: bool) -> Result<(), Ending> {
    let offers = place.with_core(async |core| core.catalogue(Nothing).await).await?;
    if json {
        return output::json(&json!(offers));
    }
    offers.iter().try_for_each(|offer| output::result(&offered(offer)))
}

fn offered(offer: &Offer) -> String {
    let mut text = format!(
        "{}: {} by {}, {} weights, {}\n    {}\n",
        offer.id,
        offer.name,
        offer.maker,
        count(offer.parameters),
        offer.licence,
        offer.good_at
    );
    if let Some(reason) = &offer.best_because {
        text += &format!("    Best for this computer: {reason}\n");
    }
    for (place, file) in (0_u32..).zip(&offer.files) {
        let about = if file.about { "about " } else { "" };
        let advised = if offer.advised == Some(place) { " (advised)" } else { "" };
        text += &format!("    {:<8} {about}{}, {}{advised}\n", file.quantisation, size(file.bytes), fit(&file.fit));
    }
    text
}

pub(crate) async fn search(place: &Place, query: String, limit: u32, json: bool) -> Result<(), Ending> {
    let found = place.with_core(async |core| core.hub_search(HubSearch { query, limit }).await).await?;
    if json {
        return output::json(&json!(found));
    }
    if found.repos.is_empty() {
        output::note(&format!("{} has no GGUF models for these words.", found.host));
    }
    found.repos.iter().try_for_each(|repo| output::result(&repository(repo)))
}

fn repository(repo: &HubRepo) -> String {
    let facts = [
        repo.downloads.map(|downloads| format!("{downloads} downloads")),
        repo.likes.map(|likes| if likes == 1 { "1 like".to_owned() } else { format!("{likes} likes") }),
        repo.changed.as_ref().map(|day| format!("changed {day}")),
        repo.licence.clone(),
        repo.gated.then(|| "asks for an account that accepted its licence".to_owned()),
    ];
    format!("{}: {}\n", repo.repo, facts.into_iter().flatten().collect::<Vec<_>>().join(", "))
}

pub(crate) async fn files(place: &Place, repo: String, json: bool) -> Result<(), Ending> {
    let listing = place.with_core(async |core| core.hub_files(HubFiles { repo }).await).await?;
    if json {
        return output::json(&json!(listing));
    }
    if listing.files.is_empty() {
        output::note(&format!("{} holds no GGUF files.", listing.repo));
    }
    listing.files.iter().try_for_each(|one| output::result(&format!("{}\n", file(one))))
}

/// A file of a repository in a line.
pub(crate) fn file(file: &HubFile) -> String {
    let kind = if file.projector { "projector" } else { &file.quantisation };
    let parts = if file.parts > 1 { format!(" in {} parts", file.parts) } else { String::new() };
    let unstated = if file.verifiable { "" } else { ", no SHA-256 is stated" };
    format!("{kind:<9} {}{parts}, {}{unstated}: {}", size(file.bytes), fit(&file.fit), file.path)
}
