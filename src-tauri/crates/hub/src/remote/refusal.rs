//! What an answer that is none means, in sentences.

use std::time::Duration;

use super::address::Endpoint;
use crate::HubError;

/// What was asked for, for the sentences.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) endpoint: &'a Endpoint,
    /// The repository, or nothing for a search.
    pub(crate) repo: Option<&'a str>,
}

/// The parts of an answer's head that tell why it is none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head<'a> {
    pub(crate) status: u16,
    /// `X-Error-Code`: the hub says 401 for what does not exist too, and this tells one from the other.
    pub(crate) code: Option<&'a str>,
    pub(crate) retry_after: Option<Duration>,
}

impl Asked<'_> {
    /// What a status other than success means.
    pub(crate) fn refused(self, head: Head<'_>) -> HubError {
        let host = self.endpoint.host();
        match (head.status, head.code, self.repo) {
            (404, ..) | (401 | 403, Some("RepoNotFound"), _) => HubError::NotFound(match self.repo {
                Some(repo) => format!(
                    "{host} has no repository {repo} that is open to everybody, or not this version of it. Search for it again."
                ),
                None => {
                    format!("{host} does not answer as a model hub does. Check the address of the hub in settings.")
                }
            }),
            (401 | 403, _, Some(repo)) => HubError::AccountNeeded(format!(
                "{host} gives {repo} only to accounts that accepted its licence. Its page is {}/{repo}: accept the licence and \
                 download the file there, then open it here; or choose another repository of the same model.",
                self.endpoint.as_str()
            )),
            (401 | 403, _, None) => HubError::AccountNeeded(format!(
                "{host} answers only those who are signed in. Its page is {}.",
                self.endpoint.as_str()
            )),
            (429, ..) => HubError::RateLimited { retry_after: head.retry_after },
            (status, ..) => HubError::Unavailable(format!(
                "{host} could not answer (status {status}). Nothing was changed; try again later."
            )),
        }
    }

    /// Success whose body cannot be read.
    pub(crate) fn nonsense(self) -> HubError {
        HubError::Unavailable(format!(
            "The answer of {} makes no sense. Try again later; if the address of the hub was changed in settings, check it.",
            self.endpoint.host()
        ))
    }

    /// No answer, or none that came to an end.
    pub(crate) fn late(self) -> HubError {
        HubError::Offline(format!("{} did not answer in time. Try again later.", self.endpoint.host()))
    }
}
