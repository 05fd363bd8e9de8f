//! Certificates.

use std::{io, sync::Arc};

#[allow(clippy::disallowed_types)] // a client of a double on loopback
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
    },
};

use crate::provider::{Certificate, Kind, ProviderDouble};

/// Shakes hands as someone who trusts this certificate, and says something; `client` is what is shown, if anything.
#[allow(clippy::disallowed_types)] // a client of a double on loopback
async fn shake(double: &ProviderDouble, trusted: &str, client: Option<&str>) -> Result<(), String> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(trusted.as_bytes()).unwrap()).unwrap();
    let builder = ClientConfig::builder().with_root_certificates(roots);
    let config = match client {
        None => builder.with_no_client_auth(),
        Some(pem) => {
            let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
            let key = PrivateKeyDer::from_pem_slice(pem.as_bytes()).unwrap();
            builder.with_client_auth_cert(vec![certificate], key).unwrap()
        }
    };
    let stream = TcpStream::connect(double.address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let text = |error: io::Error| error.to_string();
    let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.map_err(text)?;
    stream.write_all(b"GET /v1/models HTTP/1.1\r\n\r\n").await.map_err(text)?;
    stream.read_u8().await.map(drop).map_err(text)
}

#[tokio::test]
async fn only_the_good_one_is_trusted() {
    let good = ProviderDouble::start_tls(Kind::Openai, Certificate::Good).await;
    assert_eq!(shake(&good, good.ca_pem(), None).await, Ok(()));
    assert_eq!(good.base_url(), format!("https://localhost:{}/v1", good.address.port()));
    let bad =
        [(Certificate::Expired, "expired"), (Certificate::WrongHost, "name"), (Certificate::SelfSigned, "Unknown")];
    for (certificate, named) in bad {
        let double = ProviderDouble::start_tls(Kind::Openai, certificate).await;
        let trusted = if certificate == Certificate::SelfSigned { good.ca_pem() } else { double.ca_pem() };
        let error = shake(&double, trusted, None).await.unwrap_err();
        assert!(error.contains(named), "{certificate:?}: {error}");
    }
}

#[tokio::test]
async fn a_double_may_want_to_know_its_client() {
    let double = ProviderDouble::start_tls(Kind::Azure, Certificate::Mutual).await;
    let other = ProviderDouble::start_tls(Kind::Azure, Certificate::Mutual).await;
    assert_eq!(shake(&double, double.ca_pem(), Some(double.client_pem())).await, Ok(()));
    for client in [None, Some(other.client_pem())] {
        assert!(shake(&double, double.ca_pem(), client).await.is_err());
    }
    assert_eq!(double.requests().len(), 1);
}
