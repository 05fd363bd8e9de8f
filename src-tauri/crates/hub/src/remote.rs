//! What a hub says: repositories that a search finds, what one holds, and the size and SHA-256 of a file at a commit.
//!
//! hf-hub asks for search results and for a repository's commit, licence and gating, with the gate's client; each of
//! these calls is admitted and recorded through [`Transport::admit`]. The files of a commit are asked for through
//! [`Transport::send`]: hf-hub 1.0.0 looks for a hash under the name `sha256`, the tree answers it as `oid`, and so
//! hf-hub loses it. hf-hub's downloads and HEAD requests build clients of their own and are never called.

mod address;
mod ask;
mod file_name;
mod group;
mod listing;
mod refusal;

use std::{path::PathBuf, sync::Arc};

use domain::{BoxFuture, Secret, Transport};
use http::Uri;

pub use file_name::quantisation as quantisation_of;

use crate::HubError;
use address::{Endpoint, RepoName};

/// A file at a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteFile {
    /// Path in the repository.
    pub path: String,
    /// Size.
    pub bytes: u64,
    /// SHA-256 in lower-case hex, where the hub states one.
    pub sha256: Option<String>,
}

/// A model that can be downloaded, pinned to a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// `owner/name`.
    pub repo: String,
    /// Commit, 40 hex digits.
    pub revision: String,
    /// Its files in order; one where it is not split.
    pub parts: Vec<RemoteFile>,
    /// Licence as the hub names it.
    pub licence: Option<String>,
}

/// Finds out what exactly a download is to fetch.
pub trait Resolve: Send + Sync {
    /// The files of the model at `path`, at `revision` or the newest commit. A path that the repository has in another
    /// spelling (upper and lower case) is found; any part of a split model stands for all of them.
    ///
    /// # Errors
    /// See [`HubError`].
    fn resolve(&self, repo: &str, revision: Option<&str>, path: &str) -> BoxFuture<'_, Result<Resolved, HubError>>;

    /// Where the bytes of a file are: `{endpoint}/{repo}/resolve/{revision}/{path}`.
    ///
    /// # Errors
    /// [`HubError::BadName`].
    fn file_uri(&self, repo: &str, revision: &str, path: &str) -> Result<Uri, HubError>;

    /// Host of the hub.
    fn host(&self) -> String;
}

/// How to reach a hub.
pub struct HubOptions {
    /// `https://huggingface.co`, a mirror (a path in front is kept), or `http://127.0.0.1:PORT`.
    pub endpoint: String,
    /// What we call ourselves.
    pub user_agent: String,
    /// A folder of ours that hf-hub is told to use; nothing is written there.
    pub cache_folder: PathBuf,
    /// Token of an account. Without one no `Authorization` header is sent, whatever the environment holds.
    pub token: Option<Secret<String>>,
    /// The gate.
    pub transport: Arc<dyn Transport>,
}

/// A hub.
pub struct Hub {
    client: hf_hub::HFClient,
    endpoint: Endpoint,
    user_agent: String,
    token: Option<Secret<String>>,
    transport: Arc<dyn Transport>,
}

impl Hub {
    /// Makes ready; nothing is sent. `configure` gives hf-hub the gate's client; everything else of its builder is set
    /// here, afterwards, so that nothing comes from the environment.
    ///
    /// # Errors
    /// [`HubError::BadName`] for an endpoint that is no address; [`HubError::Unavailable`] where no client can be made.
    pub fn open(
        options: HubOptions,
        configure: impl FnOnce(hf_hub::HFClientBuilder) -> hf_hub::HFClientBuilder,
    ) -> Result<Self, HubError> {
        let HubOptions { endpoint, user_agent, cache_folder, token, transport } = options;
        let endpoint = Endpoint::parse(&endpoint)?;
        // A token that was pasted brings a line's end along; one of nothing is none.
        let token =
            token.map(|token| token.reveal().trim().to_owned()).filter(|token| !token.is_empty()).map(Secret::new);
        let client = configure(hf_hub::HFClient::builder())
            .endpoint(endpoint.as_str())
            .user_agent(&user_agent)
            .token(token.as_ref().map_or(NO_TOKEN, |token| token.reveal().as_str()))
            .cache_dir(cache_folder)
            .cache_enabled(false)
            // Whoever asked is told at once and asks again.
            .retry_max_attempts(0)
            .build()
            .map_err(|error| HubError::Unavailable(format!("The connection to the hub cannot be set up: {error}")))?;
        Ok(Self { client, endpoint, user_agent, token, transport })
    }
}

/// Without a token of its own hf-hub takes one from the environment or from a file in the home folder. It cannot be
/// told not to, but a token that no header can hold is left out of the request.
const NO_TOKEN: &str = "\n";

impl Resolve for Hub {
    fn resolve(&self, repo: &str, revision: Option<&str>, path: &str) -> BoxFuture<'_, Result<Resolved, HubError>> {
        let (repo, revision, path) = (repo.to_owned(), revision.map(str::to_owned), path.to_owned());
        Box::pin(async move {
            let repo = RepoName::parse(&repo)?;
            address::check_path(&path)?;
            let about = self.about(&repo, revision.as_deref()).await?;
            let files = self.files(&repo, &about.commit).await?;
            let parts = group::parts_of(files, &path, &repo.to_string())?;
            Ok(Resolved { repo: repo.to_string(), revision: about.commit, parts, licence: about.licence })
        })
    }

    fn file_uri(&self, repo: &str, revision: &str, path: &str) -> Result<Uri, HubError> {
        let repo = RepoName::parse(repo)?;
        address::check_path(path)?;
        let revision = address::escaped_revision(revision)?;
        self.endpoint.join(&format!("/{repo}/resolve/{revision}/{path}"))
    }

    fn host(&self) -> String {
        self.endpoint.host().to_owned()
    }
}
