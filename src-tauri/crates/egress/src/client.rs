//! How a client is built: what it trusts, how it waits, and that it asks us for the way to every address.

use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    path::Path,
};

use domain::TransportError;
use reqwest::{
    Certificate, Client, Identity, Proxy,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect::Policy,
    tls::Version,
};
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use url::Url;

use crate::{
    decision::Destination,
    fault::NotAdmitted,
    state::{EgressError, Gate},
};

/// The name that stands for nowhere (RFC 6761): it is never looked up, so a connection that is sent there ends before
/// its first packet.
const NOWHERE: &str = "refused.invalid";

/// The way to an address.
pub(crate) enum Way {
    /// There is none: the connection ends before a name is looked up.
    None,
    Direct,
    Proxy(Url),
}

/// Builds a client that asks `way` before each connection. reqwest asks its proxies for scheme, host and port of every
/// connection, addresses in figures included, before anything else: that is where the answer "nowhere" takes hold.
#[allow(clippy::disallowed_methods)] // the one place that builds network clients
pub(crate) fn build(
    gate: &Gate,
    certificates: &[Certificate],
    identity: Option<Identity>,
    way: impl Fn(&Destination) -> Way + Send + Sync + 'static,
) -> Result<Client, TransportError> {
    let proxy = Proxy::custom(move |url: &Url| {
        let way = Destination::parse(url.as_str()).map_or(Way::None, |to| way(&to));
        match way {
            Way::None => Some(Url::parse(&format!("http://{NOWHERE}")).expect("BUG: nowhere has an address")),
            Way::Direct => None,
            Way::Proxy(proxy) => Some(proxy),
        }
    });
    let builder = Client::builder()
        .user_agent(gate.user_agent.clone())
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        // Bytes are counted and hashed as they were sent.
        .no_gzip()
        .no_brotli()
        .no_zstd()
        .no_deflate()
        // One long body at a time: TCP's own window is all that it needs.
        .http1_only()
        .connect_timeout(gate.limits.connect)
        .read_timeout(gate.limits.idle)
        .tls_backend_rustls()
        .tls_version_min(Version::TLS_1_2)
        .tls_certs_merge(certificates.to_vec())
        .dns_resolver(Lookup)
        .proxy(proxy);
    let builder = match identity {
        Some(identity) => builder.identity(identity),
        None => builder,
    };
    builder.build().map_err(|error| {
        tracing::error!(?error, "no network client can be built");
        TransportError::Untrusted(
            "This computer's list of trusted certificates cannot be read, so no server can be trusted. \
             A file of certificates (PEM) can be named in the network settings."
                .to_owned(),
        )
    })
}

/// Reads a certificate of ours and its key (PEM, one file).
pub(crate) fn identity(path: &Path) -> Result<Identity, TransportError> {
    let wrong = |what: String| {
        let path = path.display();
        TransportError::Refused(format!("The client certificate {path} {what} Nothing was sent."))
    };
    let bytes = std::fs::read(path).map_err(|error| wrong(format!("cannot be read ({error}).")))?;
    Identity::from_pem(&bytes)
        .map_err(|_| wrong("cannot be used: one PEM file must hold the certificate and its key.".to_owned()))
}

/// Reads a file of certificates in PEM.
pub(crate) fn certificates(path: &Path) -> Result<Vec<Certificate>, EgressError> {
    let wrong = |what: String| {
        let path = path.display();
        EgressError::CaBundle(format!(
            "The file of certificates {path} {what} Nothing leaves this computer until it does."
        ))
    };
    let bytes = std::fs::read(path).map_err(|error| wrong(format!("cannot be read ({error}).")))?;
    let mut certificates = Vec::new();
    // Only reading tells whether a block between BEGIN and END is a certificate.
    let mut store = RootCertStore::empty();
    for der in CertificateDer::pem_slice_iter(&bytes) {
        let unreadable = |_| wrong("holds something that is no certificate.".to_owned());
        let der = der.map_err(unreadable)?;
        certificates.push(Certificate::from_der(&der).map_err(|_| wrong("cannot be used.".to_owned()))?);
        store.add(der).map_err(|_| wrong("holds something that is no certificate.".to_owned()))?;
    }
    if certificates.is_empty() {
        return Err(wrong("holds no certificate in PEM form.".to_owned()));
    }
    Ok(certificates)
}

/// Looks up names. As RFC 6761 wants it, `localhost` is this computer whatever anybody says, and nothing under `invalid`
/// exists; the rest is the system's to know.
struct Lookup;

impl Resolve for Lookup {
    fn resolve(&self, name: Name) -> Resolving {
        let name = name.as_str().to_owned();
        Box::pin(async move {
            let addresses: Vec<SocketAddr> = match name.as_str() {
                NOWHERE => return Err(NotAdmitted.into()),
                name if name.ends_with(".invalid") => return Err(io::Error::from(io::ErrorKind::NotFound).into()),
                "localhost" => vec![(Ipv4Addr::LOCALHOST, 0).into(), (Ipv6Addr::LOCALHOST, 0).into()],
                name => system(name).await?,
            };
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

#[allow(clippy::disallowed_methods)] // the one place that looks up names
async fn system(name: &str) -> io::Result<Vec<SocketAddr>> {
    Ok(tokio::net::lookup_host((name, 0)).await?.collect())
}
