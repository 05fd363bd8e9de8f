//! How anything leaves the machine: one trait, and the records and rules that stand around it.
//!
//! The crate `egress` implements [`Transport`]; whoever needs the network gets it as this trait. A face or a test reads
//! what crossed through [`Journal`].

use std::{collections::BTreeMap, path::PathBuf};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{BoxFuture, BoxStream, ChatId, CrossingId, Timestamp};

/// Why something crosses. Closed: what is not here cannot cross.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Searching a model hub, listing a repository, asking for hashes.
    ModelSearch,
    /// The bytes of a model file.
    ModelDownload,
    /// A conversation that a provider answers.
    ProviderChat,
    /// A provider's list of models, and whether it accepts our key.
    ProviderModels,
}

/// A host that a purpose may reach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostRule {
    /// A host name or an IP address; `*.example.org` stands for every name below `example.org`, not itself.
    pub host: String,
    /// This port alone; the scheme's own port where it is not set.
    pub port: Option<u16>,
    /// Plain http may be spoken. It is refused all the same where the host is neither this machine (loopback) nor
    /// [`Self::our_network`].
    pub plain_http: bool,
    /// The user vouches that it is in their own network.
    pub our_network: bool,
    /// Reached by redirects only: a first request goes nowhere near it.
    pub redirect_only: bool,
}

/// What stands between us and the internet.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ProxyRule {
    /// Straight to the host.
    Direct,
    /// What the environment or the system's settings say.
    #[default]
    System,
    /// This one for everything.
    Explicit {
        /// `http://`, `https://` or `socks5h://` with host and port. A name and password in it are secret.
        url: String,
    },
}

impl std::fmt::Debug for ProxyRule {
    /// Without the name and password that an address may hold.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Direct => f.write_str("Direct"),
            Self::System => f.write_str("System"),
            Self::Explicit { url } => {
                let host = url.rsplit(['@', '/']).find(|part| !part.is_empty()).unwrap_or_default();
                f.debug_tuple("Explicit").field(&host).finish()
            }
        }
    }
}

/// What may cross, as a value: whoever knows the settings and the administrator's policy makes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    /// Nothing crosses, whatever else stands here.
    pub sealed: bool,
    /// Hosts by purpose. A purpose that is not here reaches nothing.
    pub hosts: BTreeMap<Purpose, Vec<HostRule>>,
    /// Proxy.
    pub proxy: ProxyRule,
    /// Certificates (PEM) that are trusted beside the system's.
    pub ca_bundle: Option<PathBuf>,
    /// Certificate and key (PEM) that a host wants to see, by `host:port`.
    pub client_certificates: BTreeMap<String, PathBuf>,
}

/// What became of an attempt to cross.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CrossingOutcome {
    /// The rules forbid it; no name was looked up and no byte left.
    Refused {
        /// Why.
        reason: String,
    },
    /// It was let through. Where no other record has its id, it is under way, or the program ended before it did.
    Begun,
    /// The server answered with this status.
    Answered {
        /// HTTP status.
        status: u16,
    },
    /// It was let through and broke off.
    Failed {
        /// What happened.
        reason: String,
    },
}

/// One attempt to cross, or its beginning: an attempt that is let through is on record before its first byte leaves
/// ([`CrossingOutcome::Begun`]), and again under the same id when it failed or its last byte arrived. It holds no query
/// string, no header and no body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Crossing {
    /// Joins the beginning and the end.
    pub id: CrossingId,
    /// When it began.
    pub at: Timestamp,
    /// The chat that crosses; none where it is no chat, or one that is not kept. The journal writes down a reference,
    /// never this.
    #[serde(skip)]
    #[ts(skip)]
    pub chat: Option<ChatId>,
    /// Why.
    pub purpose: Purpose,
    /// `GET`, `POST`, `HEAD`.
    pub method: String,
    /// `http` or `https`.
    pub scheme: String,
    /// Host as it was asked for.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Path without query.
    pub path: String,
    /// It followed a redirect of the crossing before it.
    pub redirected: bool,
    /// The rule that let it through; none where none did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional = nullable)]
    pub rule: Option<String>,
    /// The proxy in between: host and port; none where there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional = nullable)]
    pub proxy: Option<String>,
    /// Bytes of the request's body.
    #[ts(as = "f64")]
    pub bytes_out: u64,
    /// Bytes of the answer's body that were read; not known where a library read them by itself.
    #[ts(as = "Option<f64>")]
    pub bytes_in: Option<u64>,
    /// What became of it.
    pub outcome: CrossingOutcome,
}

/// Keeps the record of what crossed.
pub trait Journal: Send + Sync {
    /// Keeps the beginning of an attempt, before its first byte leaves.
    ///
    /// # Errors
    /// A sentence; the attempt is refused with it.
    fn begin(&self, crossing: &Crossing) -> Result<(), String>;

    /// Keeps the end of an attempt, or its refusal.
    ///
    /// # Errors
    /// A sentence. The gate keeps the record, and lets nothing through before the journal took it.
    fn record(&self, crossing: &Crossing) -> Result<(), String>;
}

/// Why a request got no answer, or its answer broke off. Each message is a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// The rules forbid it.
    #[error("{0}")]
    Refused(String),
    /// The host cannot be reached: no network, no such name, connection refused.
    #[error("{0}")]
    Unreachable(String),
    /// The host or proxy is there and its certificate is not trusted.
    #[error("{0}")]
    Untrusted(String),
    /// The server was silent for too long.
    #[error("{0}")]
    Silent(String),
    /// The connection broke, or the server broke the protocol.
    #[error("{0}")]
    Broken(String),
    /// The answer is larger than it may be.
    #[error("The server sent more than {limit_bytes} bytes.")]
    TooLarge {
        /// Limit.
        limit_bytes: u64,
    },
}

/// An answer's head, and its body as it arrives.
pub type Answered = http::Response<BoxStream<Result<Bytes, TransportError>>>;

/// Sends requests through the gate. Redirects are followed inside it, each as a decision of its own; credentials do
/// not go along to another host.
pub trait Transport: Send + Sync {
    /// Sends a request with an absolute URI. At most `limit_bytes` of the body are passed on. A [`ChatId`] among the
    /// request's extensions says on record which chat crosses.
    ///
    /// # Errors
    /// See [`TransportError`]. A status of 400 or more is an answer, not an error.
    fn send(
        &self,
        purpose: Purpose,
        request: http::Request<Bytes>,
        limit_bytes: u64,
    ) -> BoxFuture<'_, Result<Answered, TransportError>>;
}

#[cfg(test)]
mod tests {
    use super::ProxyRule;

    #[test]
    fn a_proxy_prints_without_its_name_and_password() {
        for url in ["http://ada:geheim@proxy:8080", "http://ada:ge/he@im@proxy:8080/", "http://proxy:8080"] {
            let printed = format!("{:?}", ProxyRule::Explicit { url: url.to_owned() });
            assert_eq!(printed, r#"Explicit("proxy:8080")"#);
        }
    }
}
