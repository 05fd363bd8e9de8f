//! What a hub says: repositories that a search finds, what one holds, and the size and SHA-256 of a file at a commit.
//!
//! Everything is asked for through [`Transport::send`], each page of an answer by a request of its own, with a limit to
//! what is read of it. Of hf-hub only the types are used, to understand what a hub says of a repository: its client
//! reads answers without a limit and follows pages by itself, and 1.0.0 looks for a file's hash under the name
//! `sha256`, where the tree answers it as `oid`.

mod address;
mod ask;
mod file_name;
mod group;
mod listing;
mod refusal;

use std::sync::Arc;

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

    /// What the hub's own requests are authorised with; nobody else's.
    fn token(&self) -> Option<Secret<String>> {
        None
    }
}

/// How to reach a hub.
pub struct HubOptions {
    /// `https://huggingface.co`, a mirror (a path in front is kept), or `http://127.0.0.1:PORT`.
    pub endpoint: String,
    /// What we call ourselves.
    pub user_agent: String,
    /// Token of an account. Without one no `Authorization` header is sent, whatever the environment holds.
    pub token: Option<Secret<String>>,
    /// The gate.
    pub transport: Arc<dyn Transport>,
}

/// A hub.
pub struct Hub {
    endpoint: Endpoint,
    user_agent: String,
    token: Option<Secret<String>>,
    transport: Arc<dyn Transport>,
}

impl Hub {
    /// Makes ready; nothing is sent, and nothing comes from the environment.
    ///
    /// # Errors
    /// [`HubError::BadName`] for an endpoint that is no address.
    pub fn open(options: HubOptions) -> Result<Self, HubError> {
        let HubOptions { endpoint, user_agent, token, transport } = options;
        let endpoint = Endpoint::parse(&endpoint)?;
        // A token that was pasted brings a line's end along; one of nothing is none.
        let token =
            token.map(|token| token.reveal().trim().to_owned()).filter(|token| !token.is_empty()).map(Secret::new);
        Ok(Self { endpoint, user_agent, token, transport })
    }
}

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

    fn token(&self) -> Option<Secret<String>> {
        self.token.clone()
    }
}
