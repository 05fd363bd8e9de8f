//! What an answer that is none means, in sentences.

use std::{error::Error, time::Duration};

use domain::{CrossingOutcome, TransportError};
use hf_hub::HFError;

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

    /// What hf-hub's error means, and what goes on record.
    pub(crate) fn failed(self, error: &HFError) -> (CrossingOutcome, HubError) {
        let answered = |status| CrossingOutcome::Answered { status };
        let by_status = |status: u16, code: Option<&str>, retry_after| {
            (answered(status), self.refused(Head { status, code, retry_after }))
        };
        match error {
            HFError::Http { context }
            | HFError::AuthRequired { context }
            | HFError::Forbidden { context }
            | HFError::Conflict { context } => by_status(context.status.as_u16(), context.error_code.as_deref(), None),
            HFError::RateLimited { retry_after, .. } => by_status(429, None, *retry_after),
            HFError::RepoNotFound { .. } | HFError::RevisionNotFound { .. } | HFError::EntryNotFound { .. } => {
                by_status(404, None, None)
            }
            HFError::Json(_) | HFError::MalformedResponse { .. } => (answered(200), self.nonsense()),
            HFError::Request { source, .. } if source.is_decode() && refused_inside(error).is_none() => {
                (answered(200), self.nonsense())
            }
            other => {
                let error = self.unanswered(other);
                (CrossingOutcome::Failed { reason: error.to_string() }, error)
            }
        }
    }

    /// No answer came.
    fn unanswered(self, error: &HFError) -> HubError {
        if let Some(refused) = refused_inside(error) {
            return refused.clone().into();
        }
        let host = self.endpoint.host();
        // The last cause is the one that says something; those above repeat the address.
        let cause = causes(error).last().map(ToString::to_string).unwrap_or_default();
        if cause.contains("certificate") {
            return HubError::Refused(format!(
                "{host} cannot be trusted: {cause}. If your organisation has certificates of its own, name their file in settings."
            ));
        }
        match error {
            // The gate's decision on where the hub sends us, in its own words.
            HFError::Request { source, .. } if source.is_redirect() => HubError::Refused(cause),
            HFError::Request { source, .. } if source.is_timeout() => self.late(),
            _ => {
                tracing::debug!(cause, host, "the hub gave no answer");
                HubError::Offline(format!("{host} cannot be reached. Check the network, and the proxy in settings."))
            }
        }
    }
}

/// What the gate said, where hf-hub's client carries it inside its own error.
fn refused_inside(error: &HFError) -> Option<&TransportError> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

fn causes(error: &HFError) -> impl Iterator<Item = &(dyn Error + 'static)> {
    let first: &(dyn Error + 'static) = error;
    std::iter::successors(Some(first), |error| (*error).source())
}
