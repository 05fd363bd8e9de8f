//! What goes wrong between a hub and the disk. Each message is a sentence for people.

use std::time::Duration;

use domain::TransportError;

/// Why a model could not be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HubError {
    /// The gate let it not through.
    #[error("{0}")]
    Refused(String),
    /// The hub cannot be reached; trying again later can help.
    #[error("{0}")]
    Offline(String),
    /// 401 or 403: the hub wants an account that accepted the licence, or does not accept the one it got.
    #[error("{0}")]
    AccountNeeded(String),
    /// 404: there is no such repository, commit or file.
    #[error("{0}")]
    NotFound(String),
    /// 429: the hub asks us to wait.
    #[error("The hub asks to wait before the next request.")]
    RateLimited {
        /// As long as this, where it says.
        retry_after: Option<Duration>,
    },
    /// 5xx, or an answer that makes no sense.
    #[error("{0}")]
    Unavailable(String),
    /// What arrived is not what the hub stated.
    #[error("{0}")]
    Mismatch(String),
    /// What arrived is no model that can be used.
    #[error("{0}")]
    Unusable(String),
    /// There is not enough space.
    #[error("{0}")]
    DiskFull(String),
    /// A name or an address from outside that is not accepted.
    #[error("{0}")]
    BadName(String),
    /// Another process works on this download.
    #[error("Another Drawbridge is downloading this model. Pause or cancel it there, or wait until it is done.")]
    Elsewhere,
    /// The disk said no.
    #[error("{0}")]
    Disk(String),
}

impl HubError {
    /// Trying again, without anybody changing anything, can help.
    #[must_use]
    pub const fn passes(&self) -> bool {
        matches!(self, Self::Offline(_) | Self::RateLimited { .. } | Self::Unavailable(_))
    }
}

impl From<TransportError> for HubError {
    fn from(error: TransportError) -> Self {
        match error {
            TransportError::Refused(reason) | TransportError::Untrusted(reason) => Self::Refused(reason),
            error @ TransportError::TooLarge { .. } => Self::Mismatch(error.to_string()),
            error => Self::Offline(error.to_string()),
        }
    }
}
