//! Models that can be had, and getting them: the bundled catalogue, search and metadata of a hub, downloads that
//! survive anything and are verified, packs from a folder, the layout of the models folder, and what fits this computer.
//!
//! It runs no model and opens no socket: whatever it asks a hub for goes through
//! [`domain::Transport`]. `app` and the tests import it; of ours it imports `domain` and `gguf`.
#![deny(missing_docs)]

mod catalogue;
mod disk;
mod download;
mod error;
mod fit;
mod layout;
mod machine;
mod name;
mod pack;
mod remote;

pub use catalogue::{Catalogue, CatalogueModel};
pub use download::{DownloadPlan, DownloadReport, DownloadStage, Downloads, DownloadsOptions, Finished};
pub use error::HubError;
pub use fit::{Shape, fit, fit_of_file};
pub use layout::Layout;
pub use machine::probe;
pub use name::safe_name;
pub use pack::{Installed, install};
pub use remote::{Hub, HubOptions, RemoteFile, Resolve, Resolved, quantisation_of};
