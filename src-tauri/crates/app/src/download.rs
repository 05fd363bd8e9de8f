//! Downloads as the contract shows them, and what becomes of one that is finished.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use domain::{BoxFuture, DownloadId, Machine, ModelId, ModelOrigin, StatedHash, Verification};
use hub::{Catalogue, DownloadPlan, DownloadReport, DownloadStage, Downloads, Finished, HubError};
use wire::{Download, DownloadState, DownloadWhat, Event, Failure};

use crate::{
    Core,
    failure::{from_hub, from_store},
    library::file_name,
    machine::FIT_CONTEXT,
    open::Later,
};

/// Tells the windows when a download moved.
pub(crate) fn on_change(later: Later) -> Arc<dyn Fn() + Send + Sync> {
    Arc::new(move || {
        if let Some(core) = later.core() {
            core.events.tell(Event::Downloads { downloads: core.listed(Downloads::known) });
        }
    })
}

/// Puts what a download brought into the library.
pub(crate) fn on_finish(
    later: Later,
) -> Arc<dyn Fn(Finished) -> BoxFuture<'static, Result<ModelId, String>> + Send + Sync> {
    Arc::new(move |finished| {
        let core = later.core();
        Box::pin(async move {
            let core = core
                .ok_or_else(|| "Drawbridge is closing. The file is kept and the download can be resumed.".to_owned())?;
            core.take_download(finished).await.map_err(|failure| failure.message().to_owned())
        })
    })
}

/// Says whether the library has the model of a file.
pub(crate) fn holds(later: Later) -> Arc<dyn Fn(PathBuf) -> BoxFuture<'static, Result<bool, String>> + Send + Sync> {
    Arc::new(move |file| {
        let core = later.core();
        Box::pin(async move {
            let core = core.ok_or_else(|| {
                "Drawbridge is closing. Nothing was removed; cancel it again after the next start.".to_owned()
            })?;
            core.has_model_at(&file).await.map_err(|failure| {
                format!("It is not known whether the library has this model, so nothing was removed. {failure}")
            })
        })
    })
}

impl Core {
    /// The downloads, those under way first, as they are now: another process may work beside this one.
    pub(crate) fn downloads(&self) -> Vec<Download> {
        self.listed(Downloads::list)
    }

    fn listed(&self, list: impl FnOnce(&Downloads) -> Vec<DownloadReport>) -> Vec<Download> {
        let listed = self.network.downloads().map(|downloads| list(downloads)).unwrap_or_default();
        let mut downloads: Vec<Download> = listed.into_iter().map(shown).collect();
        downloads.sort_by_key(|download| (matches!(download.state, DownloadState::Done { .. }), download.started_at));
        downloads
    }

    pub(crate) async fn start_download(&self, what: DownloadWhat) -> Result<Download, Failure> {
        let plan = match what {
            DownloadWhat::Offer { id, quantisation } => offer_plan(&id, &quantisation, &self.machine())?,
            DownloadWhat::File { repo, revision, path } => file_plan(repo, revision, path),
        };
        self.network.downloads()?.start(plan).await.map(shown).map_err(from_hub)
    }

    pub(crate) async fn pause_download(&self, id: DownloadId) -> Result<Download, Failure> {
        self.network.downloads()?.pause(id).await.map(shown).map_err(from_hub)
    }

    pub(crate) async fn resume_download(&self, id: DownloadId) -> Result<Download, Failure> {
        self.network.downloads()?.resume(id).await.map(shown).map_err(from_hub)
    }

    pub(crate) async fn cancel_download(&self, id: DownloadId) -> Result<(), Failure> {
        self.network.downloads()?.cancel(id).await.map_err(from_hub)
    }

    async fn has_model_at(&self, file: &Path) -> Result<bool, Failure> {
        // The library's paths have their links resolved.
        let resolved = file.canonicalize();
        let models = self.store.models().await.map_err(from_store)?;
        Ok(models.iter().any(|model| model.path == file || resolved.as_ref().is_ok_and(|path| model.path == *path)))
    }

    async fn take_download(&self, finished: Finished) -> Result<ModelId, Failure> {
        let Finished { first, files, repo, revision, host, verified, licence, name, .. } = finished;
        let path = files.first().map(|(_, part)| part.path.clone()).unwrap_or_default();
        let stated = files.iter().filter_map(|(file, part)| stated(file, part.sha256.as_deref())).collect();
        let origin = ModelOrigin::Hub { host, repo, revision, path };
        let verification = verified.then(|| Verification { at: self.now(), matched: true });
        self.add_model(&first, origin, stated, verification, |file| {
            if !name.is_empty() {
                file.name = name;
            }
            file.licence = file.licence.take().or(licence);
        })
        .await
        .map(|card| card.id)
    }
}

fn stated(file: &Path, sha256: Option<&str>) -> Option<StatedHash> {
    Some(StatedHash { file: file_name(file), sha256: sha256?.to_owned() })
}

fn offer_plan(id: &str, quantisation: &str, machine: &Machine) -> Result<DownloadPlan, Failure> {
    let missing = || Failure::not_found("The catalogue has no such model.");
    let offer = Catalogue::bundled().offers(machine, FIT_CONTEXT).into_iter().find(|offer| offer.id == id);
    let offer = offer.ok_or_else(missing)?;
    let file = offer.files.into_iter().find(|file| file.quantisation == quantisation).ok_or_else(missing)?;
    Ok(DownloadPlan {
        name: offer.name,
        quantisation: file.quantisation,
        repo: offer.repo,
        revision: None,
        path: file.path,
        about_bytes: file.bytes,
    })
}

fn file_plan(repo: String, revision: String, path: String) -> DownloadPlan {
    let file = path.rsplit('/').next().unwrap_or_default();
    let name = gguf::split_name(file.strip_suffix(".gguf").unwrap_or(file)).0.to_owned();
    DownloadPlan {
        quantisation: hub::quantisation_of(&path),
        name,
        repo,
        revision: Some(revision),
        path,
        about_bytes: 0,
    }
}

fn shown(report: DownloadReport) -> Download {
    let DownloadReport { id, plan, host, bytes, received_bytes, stage, started_at } = report;
    Download {
        id,
        name: plan.name,
        quantisation: plan.quantisation,
        repo: plan.repo,
        path: plan.path,
        host,
        bytes,
        received_bytes,
        state: state(stage),
        started_at,
    }
}

fn state(stage: DownloadStage) -> DownloadState {
    match stage {
        DownloadStage::Queued => DownloadState::Queued,
        DownloadStage::Resolving => DownloadState::Resolving,
        DownloadStage::Running { bytes_per_second, seconds_left } => {
            DownloadState::Running { bytes_per_second, seconds_left }
        }
        DownloadStage::Waiting { reason, retry } => {
            DownloadState::Waiting { reason, retry_seconds: retry.as_secs_f64() }
        }
        DownloadStage::Paused => DownloadState::Paused,
        DownloadStage::Elsewhere => DownloadState::Elsewhere,
        DownloadStage::Verifying { share } => DownloadState::Verifying { share },
        DownloadStage::Done { model, verified } => DownloadState::Done { model, verified },
        DownloadStage::Failed { error } => {
            let retry = !matches!(error, HubError::BadName(_) | HubError::NotFound(_) | HubError::Unusable(_));
            DownloadState::Failed { failure: from_hub(error), retry }
        }
    }
}
