//! Downloads that this process does not work on, as they lie on the disk.

use std::{collections::BTreeMap, fs, path::PathBuf, time::Duration};

use domain::DownloadId;

use super::{DownloadReport, DownloadStage, folder::Folder, runner::report};
use crate::{HubError, Layout, disk::failed};

/// The folders of downloads.
///
/// # Errors
/// [`HubError::Disk`].
pub(crate) fn folders(layout: &Layout) -> Result<Vec<(DownloadId, PathBuf)>, HubError> {
    let partial = layout.partial();
    let entries = fs::read_dir(&partial).map_err(|error| failed("read", &partial, &error))?;
    let id = |name: &std::ffi::OsStr| name.to_str()?.parse::<DownloadId>().ok();
    Ok(entries.flatten().filter_map(|entry| Some((id(&entry.file_name())?, entry.path()))).collect())
}

/// How each of those stands that are not passed over: paused, or another process works on it.
///
/// # Errors
/// [`HubError::Disk`].
pub(crate) fn reports(
    layout: &Layout,
    pass_over: impl Fn(DownloadId) -> bool,
) -> Result<BTreeMap<DownloadId, DownloadReport>, HubError> {
    let folders = folders(layout)?.into_iter().filter(|(id, _)| !pass_over(*id));
    let looked = folders.filter_map(|(id, path)| match Folder::look(&path) {
        Ok(found) => found.map(|(saved, elsewhere)| {
            let (host, started_at) = (saved.host.clone(), saved.started_at);
            let mut report = report(id, &host, started_at, &saved.into_machine(layout, &path), Duration::ZERO);
            if elsewhere {
                report.stage = DownloadStage::Elsewhere;
            }
            (id, report)
        }),
        // Damaged, or of a newer version: it is left as it is for whoever can read it.
        Err(error) => {
            tracing::debug!(download = %id, %error, "a download cannot be read");
            None
        }
    });
    Ok(looked.collect())
}
