//! Certificates.

use std::sync::Arc;

#[allow(clippy::disallowed_types)] // a client of a double on loopback
use tokio::net::TcpStream;
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        pki_types::{CertificateDer, ServerName, pem::PemObject},
    },
};

use crate::provider::{Certificate, Kind, ProviderDouble};

/// Shakes hands as someone who trusts this certificate.
#[allow(clippy::disallowed_types)] // a client of a double on loopback
async fn shake(double: &ProviderDouble, trusted: &str) -> Result<(), String> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(trusted.as_bytes()).unwrap()).unwrap();
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let stream = TcpStream::connect(double.address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let shaken = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
    shaken.map(drop).map_err(|error| error.to_string())
}

#[tokio::test]
async fn only_the_good_one_is_trusted() {
    let good = ProviderDouble::start_tls(Kind::Openai, Certificate::Good).await;
    assert_eq!(shake(&good, good.ca_pem()).await, Ok(()));
    assert_eq!(good.base_url(), format!("https://localhost:{}/v1", good.address.port()));
    let bad =
        [(Certificate::Expired, "expired"), (Certificate::WrongHost, "name"), (Certificate::SelfSigned, "Unknown")];
    for (certificate, named) in bad {
        let double = ProviderDouble::start_tls(Kind::Openai, certificate).await;
        let trusted = if certificate == Certificate::SelfSigned { good.ca_pem() } else { double.ca_pem() };
        let error = shake(&double, trusted).await.unwrap_err();
        assert!(error.contains(named), "{certificate:?}: {error}");
    }
}
