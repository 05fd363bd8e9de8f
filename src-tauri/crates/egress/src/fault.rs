//! What went wrong, in sentences for people. No sentence repeats a path, a query or a password.

use std::{error::Error, io};

use domain::TransportError;
use rustls::CertificateError;
use url::Url;

use crate::{Limits, decision::Destination, proxy};

/// The rules show no way there.
#[derive(Debug, thiserror::Error)]
#[error("the gate did not let this through")]
pub(crate) struct NotAdmitted;

/// Where a request went, for sentences.
#[derive(Clone)]
pub(crate) struct Place {
    host: String,
    proxy: Option<String>,
    /// The proxy was given a name and a password.
    introduced: bool,
    limits: Limits,
}

impl Place {
    pub(crate) fn new(to: &Destination, proxy: Option<&Url>, limits: Limits) -> Self {
        let introduced = proxy.is_some_and(|proxy| !proxy.username().is_empty());
        Self { host: to.name(), proxy: proxy.map(proxy::name), introduced, limits }
    }

    /// The proxy in between.
    pub(crate) fn proxy(&self) -> Option<&str> {
        self.proxy.as_deref()
    }

    /// Why no answer came, or why it broke off.
    pub(crate) fn fault(&self, error: &reqwest::Error, answering: bool) -> TransportError {
        let Self { host, limits, .. } = self;
        tracing::debug!(error = %Chain(error), host, "a crossing failed");
        if find::<NotAdmitted>(error).is_some() {
            return TransportError::Refused(format!("{host} was not admitted. Nothing was sent."));
        }
        if let Some(error) = find::<rustls::Error>(error) {
            return self.tls(error);
        }
        if error.is_connect() {
            return TransportError::Unreachable(self.unreachable(error));
        }
        if error.is_timeout() {
            return TransportError::Silent(format!("{host} was silent for {} seconds.", limits.idle.as_secs()));
        }
        let when = if answering { "while the answer was arriving" } else { "before an answer came" };
        TransportError::Broken(format!("The connection to {host} broke {when}."))
    }

    fn unreachable(&self, error: &reqwest::Error) -> String {
        let Self { host, proxy, introduced, limits } = self;
        let words = Chain(error).to_string();
        let kinds: Vec<io::ErrorKind> =
            chain(error).filter_map(|it| Some(it.downcast_ref::<io::Error>()?.kind())).collect();
        let kind = |wanted: io::ErrorKind| kinds.contains(&wanted);
        if let Some(proxy) = proxy {
            return if words.contains("proxy authorization required") && *introduced {
                format!(
                    "The proxy {proxy} does not take the name and password that this computer's environment has for it."
                )
            } else if words.contains("proxy authorization required") {
                format!(
                    "The proxy {proxy} wants a name and a password. Drawbridge keeps none for a proxy: set the system's \
                     proxy in the network settings, and the whole address, http://name:password@host:port, in HTTPS_PROXY."
                )
            } else if words.contains("tunnel error: unsuccessful")
                || words.contains("tunnel error: unexpected end")
                || words.contains("SOCKS error") && !words.contains("underlying")
            {
                format!("The proxy {proxy} did not let us through to {host}.")
            } else {
                format!(
                    "The proxy {proxy} cannot be reached, and nothing goes past it. It is set in the network settings."
                )
            };
        }
        if error.is_dns() {
            format!("The name {host} could not be looked up. Is this computer online?")
        } else if error.is_timeout() {
            format!("{host} could not be reached within {} seconds. Is this computer online?", limits.connect.as_secs())
        } else if kind(io::ErrorKind::ConnectionRefused) {
            format!("{host} refused the connection: nothing answers there.")
        } else if kind(io::ErrorKind::PermissionDenied) {
            format!("This computer does not let Drawbridge connect to {host}.")
        } else {
            format!("{host} cannot be reached. Is this computer online?")
        }
    }

    fn tls(&self, error: &rustls::Error) -> TransportError {
        let host = match &self.proxy {
            Some(proxy) => format!("{} (through the proxy {proxy})", self.host),
            None => self.host.clone(),
        };
        let rustls::Error::InvalidCertificate(reason) = error else {
            return TransportError::Broken(format!("No encrypted connection to {host} could be agreed on ({error})."));
        };
        let why = match reason {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "has expired. If this computer's date is right, only the owner of the server can mend it.".to_owned()
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "is not valid yet. Is this computer's date right?".to_owned()
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "is for another name. The address may be wrong, or somebody stands in between.".to_owned()
            }
            CertificateError::Revoked => "was revoked.".to_owned(),
            CertificateError::UnknownIssuer => "was issued by somebody whom this computer does not trust. \
                 Where an organisation issues its own, its file of certificates (PEM) can be named in the network settings."
                .to_owned(),
            other => format!("cannot be accepted ({other})."),
        };
        TransportError::Untrusted(format!("The certificate of {host} {why} Nothing was sent."))
    }
}

/// An error and what is behind it. `io::Error` hides what it wraps from `source`, so it is asked itself.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| {
        let error: &'a (dyn Error + 'static) = *error;
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        }
    })
}

fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    chain(error).find_map(|error| error.downcast_ref())
}

/// The words of a chain, without the address that reqwest puts first.
struct Chain<'a>(&'a reqwest::Error);

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        chain(self.0).skip(1).try_for_each(|error| write!(f, "{error}: "))
    }
}
