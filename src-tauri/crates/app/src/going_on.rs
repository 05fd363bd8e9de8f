//! What is going on with a model, told to the windows while it does.

use domain::ModelId;
use wire::ModelStatus;

use crate::{Core, core::lock};

/// Something is going on with a model; dropped, it no longer is, whatever became of it.
pub(crate) struct GoingOn<'a> {
    core: &'a Core,
    model: ModelId,
}

impl<'a> GoingOn<'a> {
    pub(crate) fn new(core: &'a Core, model: ModelId) -> Self {
        Self { core, model }
    }

    pub(crate) fn tell(core: &Core, model: ModelId, status: ModelStatus) {
        let old = lock(&core.library.status).insert(model, status.clone());
        if old.is_none_or(|old| percent(&old) != percent(&status)) {
            core.tell_models_soon();
        }
    }
}

impl Drop for GoingOn<'_> {
    fn drop(&mut self) {
        let mut status = lock(&self.core.library.status);
        if !matches!(status.get(&self.model), Some(ModelStatus::Failed { .. })) {
            status.remove(&self.model);
        }
        drop(status);
        self.core.tell_models_soon();
    }
}

/// How far it is in whole percents: what a window can show.
fn percent(status: &ModelStatus) -> Option<u8> {
    match status {
        ModelStatus::Loading { share } | ModelStatus::Verifying { share } => Some((share * 100.0) as u8),
        _ => None,
    }
}
