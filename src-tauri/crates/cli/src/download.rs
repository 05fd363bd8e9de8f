//! `models download`: found, fetched, checked, in the library; or paused, to go on later.

use std::sync::Arc;

use app::Core;
use domain::{DownloadId, HubFile, HubListing, ModelId, Offer};
use serde_json::json;
use tokio::sync::Notify;
use wire::{
    Commands, Download, DownloadRef, DownloadStart, DownloadState, DownloadWhat, Failure, HubFiles, ModelCard, Nothing,
};

use crate::{
    arguments,
    exit::Ending,
    figures::{seconds, size},
    hub,
    interrupt::Interrupt,
    models::summary,
    output,
    place::Place,
};

pub(crate) async fn run(place: &Place, wanted: arguments::Download) -> Result<(), Ending> {
    let interrupt = Interrupt::listen();
    let (model, verified, host) = place
        .with_core(async |core| {
            let download = begin(core, &wanted).await?;
            let ended = follow(core, download.id, &interrupt).await;
            output::progress("");
            let (model, verified) = ended?;
            Ok::<_, Ending>((card(core, model).await?, verified, download.host))
        })
        .await?;
    if wanted.json {
        return output::json(&json!(model));
    }
    let checked = if verified {
        format!("Every file has the SHA-256 that {host} stated.")
    } else {
        format!("{host} stated no SHA-256, so nothing could be compared.")
    };
    output::result(&format!("{} is in the library: {}. {checked}\n", model.name, summary(&model.file)))
}

/// Goes on with what an earlier run left, or starts.
async fn begin(core: &Core, wanted: &arguments::Download) -> Result<Download, Failure> {
    let downloads = core.download_list(Nothing).await?;
    if wanted.what.contains('/') {
        if let Some(left) = left_over(&downloads, &wanted.what, wanted.file.as_deref(), wanted.quantisation.as_deref())
        {
            return core.download_resume(DownloadRef { download: left }).await;
        }
        let listing = core.hub_files(HubFiles { repo: wanted.what.clone() }).await?;
        let path = choose(&listing, wanted.file.as_deref(), wanted.quantisation.as_deref())?.path.clone();
        let what = DownloadWhat::File { repo: listing.repo, revision: listing.revision, path };
        return core.download_start(DownloadStart { what }).await;
    }
    let offers = core.catalogue(Nothing).await?;
    let offer = offers.iter().find(|offer| offer.id == wanted.what).ok_or_else(|| {
        Failure::not_found(format!(
            "The catalogue has no model “{}”. `models catalogue` shows them all; a repository is named owner/name.",
            wanted.what
        ))
    })?;
    if wanted.file.is_some() {
        return Err(Failure::invalid(
            "A model of the catalogue is chosen by --quantisation; --file is for repositories.",
        ));
    }
    let quantisation = quantisation(offer, wanted.quantisation.as_deref())?;
    if let Some(left) = left_over(&downloads, &offer.repo, None, Some(&quantisation)) {
        return core.download_resume(DownloadRef { download: left }).await;
    }
    core.download_start(DownloadStart { what: DownloadWhat::Offer { id: offer.id.clone(), quantisation } }).await
}

/// The download that an earlier run left of what is wanted, where there is only one.
fn left_over(downloads: &[Download], repo: &str, file: Option<&str>, quantisation: Option<&str>) -> Option<DownloadId> {
    let mut left = downloads.iter().filter(|download| {
        matches!(download.state, DownloadState::Paused | DownloadState::Failed { .. })
            && download.repo == repo
            && file.is_none_or(|path| download.path == path)
            && quantisation.is_none_or(|named| download.quantisation.eq_ignore_ascii_case(named))
    });
    match (left.next(), left.next()) {
        (Some(only), None) => Some(only.id),
        _ => None,
    }
}

/// The file of a repository that is meant.
fn choose<'a>(listing: &'a HubListing, path: Option<&str>, quantisation: Option<&str>) -> Result<&'a HubFile, Failure> {
    let repo = &listing.repo;
    if let Some(path) = path {
        let known = listing.files.iter().find(|file| file.path == path);
        return known
            .ok_or_else(|| Failure::not_found(format!("{repo} holds no GGUF file “{path}”.{}", list(listing))));
    }
    let fitting: Vec<&HubFile> = listing
        .files
        .iter()
        .filter(|file| !file.projector)
        .filter(|file| quantisation.is_none_or(|named| file.quantisation.eq_ignore_ascii_case(named)))
        .collect();
    match (fitting.as_slice(), quantisation) {
        ([only], _) => Ok(only),
        ([], Some(named)) => {
            Err(Failure::not_found(format!("{repo} holds no model of quantisation {named}.{}", list(listing))))
        }
        ([], None) => Err(Failure::not_found(format!("{repo} holds no GGUF model.{}", list(listing)))),
        (_, Some(named)) => Err(Failure::invalid(format!(
            "{repo} holds several files of quantisation {named}. Say which with --file.{}",
            list(listing)
        ))),
        (_, None) => Err(Failure::invalid(format!(
            "{repo} holds several models. Say which with --quantisation or --file.{}",
            list(listing)
        ))),
    }
}

fn list(listing: &HubListing) -> String {
    listing.files.iter().map(|file| format!("\n  {}", hub::file(file))).collect()
}

/// The quantisation of an offer that is meant: the named one, else the advised one.
fn quantisation(offer: &Offer, named: Option<&str>) -> Result<String, Failure> {
    let known = || offer.files.iter().map(|file| file.quantisation.as_str()).collect::<Vec<_>>().join(", ");
    let chosen = match named {
        Some(named) => offer.files.iter().find(|file| file.quantisation.eq_ignore_ascii_case(named)).ok_or_else(|| {
            Failure::not_found(format!("{} is not offered as {named}, but as {}.", offer.name, known()))
        }),
        None => offer.advised.and_then(|place| offer.files.get(place as usize)).ok_or_else(|| {
            Failure::invalid(format!(
                "{} is too large for this computer. Name a --quantisation to download it all the same: {}.",
                offer.name,
                known()
            ))
        }),
    };
    chosen.map(|file| file.quantisation.clone())
}

/// Waits for the end of a download and says how far it is.
async fn follow(core: &Core, id: DownloadId, interrupt: &Interrupt) -> Result<(ModelId, bool), Ending> {
    let changed = Arc::new(Notify::new());
    let told = changed.clone();
    let _watch = core.watch(Arc::new(move |_| told.notify_one()));
    let mut said = String::new();
    loop {
        let downloads = core.download_list(Nothing).await?;
        let gone = || Failure::Cancelled {
            message: "The download was cancelled, and what had arrived is removed.".to_owned(),
        };
        let download = downloads.into_iter().find(|download| download.id == id).ok_or_else(gone)?;
        match &download.state {
            DownloadState::Done { model, verified } => return Ok((*model, *verified)),
            DownloadState::Failed { failure, retry } => {
                if !retry {
                    // Left on the list it would be gone on with for ever, at a commit that has no such file.
                    if let Err(uncancelled) = core.download_cancel(DownloadRef { download: id }).await {
                        output::note(uncancelled.message());
                    }
                }
                return Err(failure.clone().into());
            }
            DownloadState::Paused => return Err(paused()),
            DownloadState::Waiting { reason, .. } if *reason != said => {
                output::progress("");
                output::note(&format!("{reason} It goes on by itself; Ctrl+C pauses it."));
                said.clone_from(reason);
            }
            _ => output::progress(&line(&download)),
        }
        tokio::select! {
            () = changed.notified() => {}
            () = interrupt.wished() => {
                // It may have ended meanwhile; then there is nothing to pause, and the next look says so.
                if core.download_pause(DownloadRef { download: id }).await.is_ok() {
                    output::progress("");
                    return Err(paused());
                }
            }
        }
    }
}

fn paused() -> Ending {
    output::note("The download is paused and what arrived is kept. The same command goes on with it.");
    Ending::Interrupted
}

fn line(download: &Download) -> String {
    let arrived = || format!("{} of {}", size(download.received_bytes), size(download.bytes));
    let state = match &download.state {
        DownloadState::Queued => "waits for its turn".to_owned(),
        DownloadState::Resolving => format!("asking {} for sizes and hashes", download.host),
        DownloadState::Running { bytes_per_second, seconds_left } => {
            let speed = bytes_per_second.map(|speed| format!(", {} a second", size(speed as u64)));
            let left = seconds_left.map(|left| format!(", {} left", seconds(left)));
            format!("{}{}{}", arrived(), speed.unwrap_or_default(), left.unwrap_or_default())
        }
        DownloadState::Waiting { retry_seconds, .. } => {
            format!("{}, tries again in {}", arrived(), seconds(*retry_seconds))
        }
        DownloadState::Elsewhere => format!("another Drawbridge downloads it, {} are here", arrived()),
        DownloadState::Verifying { share } => format!("comparing hashes, {:.0} %", share * 100.0),
        DownloadState::Paused | DownloadState::Done { .. } | DownloadState::Failed { .. } => arrived(),
    };
    format!("{}: {state}", download.name)
}

async fn card(core: &Core, model: ModelId) -> Result<ModelCard, Failure> {
    let models = core.model_list(Nothing).await?;
    let gone = || Failure::not_found("The model was downloaded, and somebody has taken it off the library since.");
    models.into_iter().find(|card| card.id == model).ok_or_else(gone)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use domain::{Fit, Fits, Timestamp};

    use super::*;

    fn file(path: &str, quantisation: &str) -> HubFile {
        let fit = Fit { verdict: Fits::Fits, needed_bytes: 1, context_tokens: 1, speed: None };
        let projector = path.starts_with("mmproj");
        HubFile {
            path: path.to_owned(),
            parts: 1,
            quantisation: quantisation.to_owned(),
            bytes: 2_000_000_000,
            verifiable: true,
            projector,
            fit,
        }
    }

    fn listing(files: Vec<HubFile>) -> HubListing {
        HubListing { repo: "a/b".to_owned(), revision: "1".to_owned(), licence: None, gated: false, files }
    }

    #[test]
    fn the_only_model_needs_no_name_and_a_projector_is_none() {
        let only = listing(vec![file("mmproj-F16.gguf", "F16"), file("m-Q8_0.gguf", "Q8_0")]);
        assert_eq!(choose(&only, None, None).unwrap().path, "m-Q8_0.gguf");
        assert_eq!(choose(&only, Some("mmproj-F16.gguf"), None).unwrap().path, "mmproj-F16.gguf");
    }

    #[test]
    fn one_of_several_is_chosen_by_quantisation_or_path() {
        let several =
            listing(vec![file("m-Q4_K_M.gguf", "Q4_K_M"), file("n-Q8_0.gguf", "Q8_0"), file("m-Q8_0.gguf", "Q8_0")]);
        assert_eq!(choose(&several, None, Some("q4_k_m")).unwrap().path, "m-Q4_K_M.gguf");
        assert_eq!(choose(&several, Some("n-Q8_0.gguf"), None).unwrap().path, "n-Q8_0.gguf");
        for (path, quantisation, not_found) in
            [(None, None, false), (None, Some("Q8_0"), false), (None, Some("Q2_K"), true), (Some("x.gguf"), None, true)]
        {
            let refused = choose(&several, path, quantisation).unwrap_err();
            assert_eq!(matches!(refused, Failure::NotFound { .. }), not_found, "{refused:?}");
            assert!(refused.message().contains("\n  Q4_K_M"), "{refused}");
        }
        assert!(matches!(choose(&listing(Vec::new()), None, None), Err(Failure::NotFound { .. })));
    }

    #[test]
    fn what_an_earlier_run_left_is_gone_on_with_where_it_is_plain_which() {
        let download = |path: &str, quantisation: &str, state| Download {
            id: DownloadId::new(),
            name: String::new(),
            quantisation: quantisation.to_owned(),
            repo: "a/b".to_owned(),
            path: path.to_owned(),
            host: String::new(),
            bytes: 0,
            received_bytes: 0,
            state,
            started_at: Timestamp(0),
        };
        let all = [
            download("m-Q4_0.gguf", "Q4_0", DownloadState::Paused),
            download("m-Q8_0.gguf", "Q8_0", DownloadState::Paused),
            download("m-F16.gguf", "F16", DownloadState::Done { model: ModelId::new(), verified: true }),
        ];
        assert_eq!(left_over(&all, "a/b", None, Some("q8_0")), Some(all[1].id));
        assert_eq!(left_over(&all, "a/b", Some("m-Q4_0.gguf"), None), Some(all[0].id));
        assert_eq!(left_over(&all, "a/b", None, None), None, "two are left");
        assert_eq!(left_over(&all, "a/b", None, Some("F16")), None, "it is done");
        assert_eq!(left_over(&all, "a/c", None, None), None);
    }
}
