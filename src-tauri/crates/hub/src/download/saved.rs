//! What is written down of a download, so that a later run can go on with it.

use std::{fs, io::ErrorKind, path::Path};

use domain::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    DownloadPlan,
    machine::{Intent, Machine, Progress},
    pinned::Pinned,
    work::{PLACES, Spot, spots},
};
use crate::{
    HubError, Layout,
    disk::{failed, replace},
};

const SCHEMA: u32 = 1;

/// The file `download.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Saved {
    schema: u32,
    /// What was asked for.
    pub plan: DownloadPlan,
    /// Host of the hub.
    pub host: String,
    /// Begun.
    pub started_at: Timestamp,
    pinned: Option<Pinned>,
    parts: Vec<SavedPart>,
    /// Records of earlier versions hold none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    intent: Option<Intent>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedPart {
    etag: Option<String>,
    synced_bytes: u64,
}

#[derive(Deserialize)]
struct Schema {
    schema: u32,
}

impl Saved {
    /// How a download stands.
    pub(crate) fn of(machine: &Machine, host: &str, started_at: Timestamp) -> Self {
        let part = |part: &Progress| SavedPart { etag: part.etag.clone(), synced_bytes: part.synced };
        Self {
            schema: SCHEMA,
            plan: machine.plan().clone(),
            host: host.to_owned(),
            started_at,
            pinned: machine.pinned().cloned(),
            parts: machine.parts().iter().map(part).collect(),
            intent: machine.intent().cloned(),
        }
    }

    /// The download as it was left in a folder.
    pub(crate) fn into_machine(self, layout: &Layout, folder: &Path) -> Machine {
        let pinned = self.pinned.as_ref();
        let spots = pinned.and_then(|pinned| spots(layout, folder, &self.plan.repo, pinned, self.intent.as_ref()).ok());
        let here: Vec<u64> = spots.iter().flatten().map(Spot::here).collect();
        self.restored(|part| here.get(part).copied().unwrap_or(0))
    }

    /// The same; `here` says how many bytes of a part are on the disk.
    pub(crate) fn restored(self, here: impl Fn(usize) -> u64) -> Machine {
        let Some(pinned) = self.pinned else { return Machine::new(self.plan, None, Vec::new()) };
        let mut saved = self.parts.into_iter();
        let part = |(no, file): (usize, &crate::RemoteFile)| {
            let (etag, synced) = saved.next().map_or((None, 0), |part| (part.etag, part.synced_bytes));
            Progress { received: here(no).min(file.bytes), synced, etag, ..Progress::default() }
        };
        let parts: Vec<_> = pinned.parts.iter().enumerate().map(part).collect();
        let known = |intent: &Intent| intent.place < PLACES && intent.parts.iter().all(|part| *part < parts.len());
        let intent = self.intent.filter(known);
        Machine::new(self.plan, Some(pinned), parts).with_intent(intent)
    }

    /// Writes it down; after a crash the old content is there or the new.
    pub(crate) fn write(&self, path: &Path) -> Result<(), HubError> {
        replace(path, &serde_json::to_vec_pretty(self).expect("BUG: it has no maps with other keys than text"))
    }

    /// Reads it; none where there is no such file.
    pub(crate) fn read(path: &Path) -> Result<Option<Self>, HubError> {
        let content = match fs::read(path) {
            Ok(content) => content,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed("read", path, &error)),
        };
        let damaged = |error: serde_json::Error| HubError::Disk(format!("{} is damaged: {error}.", path.display()));
        match serde_json::from_slice::<Schema>(&content).map_err(damaged)?.schema {
            SCHEMA => serde_json::from_slice(&content).map(Some).map_err(damaged),
            _ => Err(HubError::Disk(format!("{} was written by another version.", path.display()))),
        }
    }
}
