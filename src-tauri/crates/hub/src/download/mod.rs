//! Downloads that survive anything, one folder each in `<models>/.partial/` until they are whole and verified.
//!
//! A pure state machine ([`machine`]) decides and names what is to be done; a task a download ([`runner`]) does it and
//! reports back. A download's folder is locked only while somebody works on it: one that rests belongs to nobody, and
//! whichever process goes on with it begins from what is written down. Bytes that arrived are never trusted for having arrived: the SHA-256 is computed over what lies on the
//! disk, from the first byte on, before a file becomes a model.

mod answer;
mod downloads;
mod folder;
mod machine;
mod part;
mod pinned;
mod rate;
mod resting;
mod runner;
mod saved;
mod work;

use std::{path::PathBuf, sync::Arc, time::Duration};

use domain::{BoxFuture, Clock, DownloadId, ModelId, Timestamp, Transport};
use serde::{Deserialize, Serialize};

pub use downloads::Downloads;

use crate::{HubError, Layout, RemoteFile, Resolve};

/// What to download, as far as it is known before the hub is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DownloadPlan {
    /// Name for people.
    pub name: String,
    /// Quantisation; empty where it is not known.
    pub quantisation: String,
    /// `owner/name`.
    pub repo: String,
    /// Commit; the newest where none is given.
    pub revision: Option<String>,
    /// Path of the (first) file in the repository.
    pub path: String,
    /// Size of all parts, as far as it is known.
    pub about_bytes: u64,
}

/// What downloads need.
pub struct DownloadsOptions {
    /// Where models lie.
    pub layout: Layout,
    /// The gate.
    pub transport: Arc<dyn Transport>,
    /// The hub.
    pub resolve: Arc<dyn Resolve>,
    /// Wall clock.
    pub clock: Arc<dyn Clock>,
    /// How many may have bytes arriving at the same time; the others wait for their turn.
    pub at_once: usize,
    /// Called when something changed, about four times a second while bytes arrive. It must not block.
    pub on_change: Arc<dyn Fn() + Send + Sync>,
    /// Takes a model that is whole, verified and in its place into the library. An error is a sentence; the download
    /// has failed then and can be resumed, which calls this again.
    pub on_finish: OnFinish,
    /// Says whether the library has the model whose (first) file this is: the run that moved it there may have ended
    /// before it heard the library's answer. An error is a sentence; nothing is removed then.
    pub holds: Holds,
}

/// See [`DownloadsOptions::on_finish`].
pub(crate) type OnFinish = Arc<dyn Fn(Finished) -> BoxFuture<'static, Result<ModelId, String>> + Send + Sync>;

/// See [`DownloadsOptions::holds`].
pub(crate) type Holds = Arc<dyn Fn(PathBuf) -> BoxFuture<'static, Result<bool, String>> + Send + Sync>;

/// A model that was downloaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// The download.
    pub id: DownloadId,
    /// The file, or the first part of a split one.
    pub first: PathBuf,
    /// All parts in order, where they lie and what the hub stated of them.
    pub files: Vec<(PathBuf, RemoteFile)>,
    /// `owner/name`.
    pub repo: String,
    /// Commit.
    pub revision: String,
    /// Host of the hub.
    pub host: String,
    /// The hub stated a SHA-256 for every part, and each is the one that was computed.
    pub verified: bool,
    /// Licence as the hub names it.
    pub licence: Option<String>,
    /// Name for people.
    pub name: String,
}

/// How a download stands.
#[derive(Debug, Clone, PartialEq)]
pub struct DownloadReport {
    /// Id.
    pub id: DownloadId,
    /// What was asked for.
    pub plan: DownloadPlan,
    /// Host of the hub.
    pub host: String,
    /// Size of all parts; an estimate before the hub stated it.
    pub bytes: u64,
    /// Bytes of it that are here.
    pub received_bytes: u64,
    /// What is going on.
    pub stage: DownloadStage,
    /// Begun.
    pub started_at: Timestamp,
}

/// What is going on with a download.
#[derive(Debug, Clone, PartialEq)]
pub enum DownloadStage {
    /// It waits for its turn.
    Queued,
    /// The hub is asked for commit, sizes and hashes.
    Resolving,
    /// Bytes arrive.
    Running {
        /// Over the last seconds; none before there is a figure.
        bytes_per_second: Option<f64>,
        /// At this speed.
        seconds_left: Option<f64>,
    },
    /// The network is away or the hub is busy; it goes on by itself.
    Waiting {
        /// A sentence.
        reason: String,
        /// How long it waits, from when it began to.
        retry: Duration,
    },
    /// Somebody paused it, or an earlier run of the application left it.
    Paused,
    /// Another process works on it.
    Elsewhere,
    /// What is on the disk is read and its hash computed.
    Verifying {
        /// 0 to 1.
        share: f32,
    },
    /// In the library.
    Done {
        /// As this model.
        model: ModelId,
        /// The hub stated hashes and they matched.
        verified: bool,
    },
    /// It does not go on by itself. What arrived is kept where it is of use.
    Failed {
        /// Why.
        error: HubError,
    },
}

impl DownloadStage {
    /// Nothing happens until somebody asks for it.
    pub(crate) const fn rests(&self) -> bool {
        matches!(self, Self::Paused | Self::Failed { .. } | Self::Done { .. })
    }
}
