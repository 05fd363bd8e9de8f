//! Certificates, good and bad.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, date_time_ymd,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        RootCertStore, ServerConfig,
        pki_types::{CertificateDer, PrivateKeyDer},
        server::WebPkiClientVerifier,
    },
};

/// What a double shows of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certificate {
    /// By an authority of its own, for `localhost`, `127.0.0.1`, `0.0.0.0` (which is this computer and counts as another)
    /// and `provider.example`.
    Good,
    /// By that authority, and expired.
    Expired,
    /// By that authority, for another host.
    WrongHost,
    /// By nobody.
    SelfSigned,
    /// As the good one; and the client must show one by that authority.
    Mutual,
}

/// How a double speaks TLS.
pub(super) struct Tls {
    pub(super) acceptor: TlsAcceptor,
    /// The certificate (PEM) to trust: of the authority, or the double's own.
    pub(super) trusted: String,
    /// A certificate and its key (PEM) that the double takes from a client.
    pub(super) client: String,
}

pub(super) fn speak(certificate: Certificate) -> Tls {
    let names = match certificate {
        Certificate::WrongHost => vec!["elsewhere.example".to_owned()],
        _ => ["localhost", "127.0.0.1", "0.0.0.0", "provider.example"].map(str::to_owned).to_vec(),
    };
    let mut params = CertificateParams::new(names).unwrap();
    if certificate == Certificate::Expired {
        (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2020, 2, 1));
    }
    let key = KeyPair::generate().unwrap();
    let (issuer, authority) = authority();
    let (shown, trusted) = if certificate == Certificate::SelfSigned {
        let own = params.self_signed(&key).unwrap();
        (own.der().clone(), own.pem())
    } else {
        (params.signed_by(&key, &issuer).unwrap().der().clone(), authority.pem())
    };
    let wanted = (certificate == Certificate::Mutual).then(|| authority.der().clone());
    let config = config(shown, &key, wanted);
    Tls { acceptor: TlsAcceptor::from(Arc::new(config)), trusted, client: client(&issuer) }
}

fn authority() -> (Issuer<'static, KeyPair>, rcgen::Certificate) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, "Authority of a test");
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    (Issuer::new(params, key), certificate)
}

fn client(issuer: &Issuer<'static, KeyPair>) -> String {
    let mut params = CertificateParams::new(vec!["client.example".to_owned()]).unwrap();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let key = KeyPair::generate().unwrap();
    params.signed_by(&key, issuer).unwrap().pem() + &key.serialize_pem()
}

/// A server that shows this; where an authority is named, it wants its clients to show one of it.
fn config(shown: CertificateDer<'static>, key: &KeyPair, wanted: Option<CertificateDer<'static>>) -> ServerConfig {
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let builder = ServerConfig::builder();
    let builder = match wanted {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(authority).unwrap();
            builder.with_client_cert_verifier(WebPkiClientVerifier::builder(Arc::new(roots)).build().unwrap())
        }
    };
    builder.with_single_cert(vec![shown], key).unwrap()
}
