//! Certificates, good and bad.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        pki_types::{CertificateDer, PrivateKeyDer},
    },
};

/// What a double shows of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certificate {
    /// By an authority of its own, for `localhost` and `127.0.0.1`.
    Good,
    /// By that authority, and expired.
    Expired,
    /// By that authority, for another host.
    WrongHost,
    /// By nobody.
    SelfSigned,
}

/// What speaks TLS, and the certificate (PEM) to trust: of the authority, or the double's own.
pub(super) fn acceptor(certificate: Certificate) -> (TlsAcceptor, String) {
    let names = match certificate {
        Certificate::WrongHost => vec!["elsewhere.example".to_owned()],
        _ => vec!["localhost".to_owned(), "127.0.0.1".to_owned()],
    };
    let mut params = CertificateParams::new(names).unwrap();
    if certificate == Certificate::Expired {
        (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2020, 2, 1));
    }
    let key = KeyPair::generate().unwrap();
    let (shown, trusted) = if certificate == Certificate::SelfSigned {
        let own = params.self_signed(&key).unwrap();
        (own.der().clone(), own.pem())
    } else {
        let (issuer, authority) = authority();
        (params.signed_by(&key, &issuer).unwrap().der().clone(), authority)
    };
    (TlsAcceptor::from(Arc::new(config(shown, &key))), trusted)
}

fn authority() -> (Issuer<'static, KeyPair>, String) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, "Authority of a test");
    let key = KeyPair::generate().unwrap();
    let pem = params.self_signed(&key).unwrap().pem();
    (Issuer::new(params, key), pem)
}

fn config(certificate: CertificateDer<'static>, key: &KeyPair) -> ServerConfig {
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate], key).unwrap()
}
