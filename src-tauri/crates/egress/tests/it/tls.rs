//! Whom the gate trusts.

use std::path::{Path, PathBuf};

use domain::{Rules, TransportError};
use egress::{Egress, EgressError, Limits};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use tempfile::TempDir;
use tokio_rustls::rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer},
};

use crate::{
    double::{Double, Reply},
    support::{IDLE, Stand, get, host, rules, stand, stand_within},
};

/// Somebody who issues certificates, with a file of their own.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    folder: TempDir,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "Authority of a test");
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), certificate.pem()).unwrap();
        Self { issuer: Issuer::new(params, key), folder }
    }

    /// Its certificate, as a file in PEM.
    pub(crate) fn bundle(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// A server with a certificate for these names.
    pub(crate) fn server(&self, names: &[&str]) -> ServerConfig {
        self.server_of(names, |_| {})
    }

    fn server_of(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> ServerConfig {
        let key = KeyPair::generate().unwrap();
        let mut params =
            CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap();
        change(&mut params);
        config(params.signed_by(&key, &self.issuer).unwrap().der().clone(), &key)
    }
}

fn config(certificate: CertificateDer<'static>, key: &KeyPair) -> ServerConfig {
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate], key).unwrap()
}

fn self_signed() -> ServerConfig {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    config(params.self_signed(&key).unwrap().der().clone(), &key)
}

fn trusting(port: u16, bundle: Option<&Path>) -> Rules {
    Rules { ca_bundle: bundle.map(Path::to_owned), ..rules(&[host("localhost", port), host("127.0.0.1", port)]) }
}

async fn untrusted(stand: &Stand, server: &Double) -> String {
    match stand.send(get(&format!("https://localhost:{}/secret", server.port))).await {
        Err(TransportError::Untrusted(sentence)) => {
            assert_eq!(stand.records.lines(), ["/secret failed"]);
            assert!(server.heads().is_empty(), "the request was sent");
            sentence
        }
        Err(error) => panic!("{error:?}"),
        Ok(answer) => panic!("{}", answer.status()),
    }
}

#[tokio::test]
async fn the_certificates_of_an_organisation_are_trusted_where_they_are_named() {
    let authority = Authority::new();
    let server = Double::tls(authority.server(&["localhost"]), |_| Reply::ok("inside")).await;
    let url = format!("https://localhost:{}/", server.port);
    let named = stand(trusting(server.port, Some(&authority.bundle())));
    assert_eq!(named.fetch(&url).await.unwrap(), (200, "inside".to_owned()));

    let server = Double::tls(authority.server(&["localhost"]), |_| Reply::ok("inside")).await;
    let unnamed = stand(trusting(server.port, None));
    let sentence = untrusted(&unnamed, &server).await;
    assert!(sentence.contains("whom this computer does not trust") && sentence.contains("PEM"), "{sentence}");
    unnamed.gate.change_rules(trusting(server.port, Some(&authority.bundle()))).unwrap();
    assert_eq!(unnamed.fetch(&format!("https://localhost:{}/", server.port)).await.unwrap().0, 200);
}

#[tokio::test]
async fn a_certificate_that_is_old_early_or_for_somebody_else_is_refused_and_said_so() {
    let authority = Authority::new();
    let expired = authority.server_of(&["localhost"], |it| {
        (it.not_before, it.not_after) = (date_time_ymd(2001, 1, 1), date_time_ymd(2002, 1, 1));
    });
    let early = authority.server_of(&["localhost"], |it| {
        (it.not_before, it.not_after) = (date_time_ymd(2090, 1, 1), date_time_ymd(2091, 1, 1));
    });
    let other = authority.server(&["example.org", "127.0.0.1"]);
    for (config, words) in [(expired, "has expired"), (early, "is not valid yet"), (other, "is for another name")] {
        let server = Double::tls(config, |_| Reply::ok("")).await;
        let stand = stand(trusting(server.port, Some(&authority.bundle())));
        let sentence = untrusted(&stand, &server).await;
        assert!(sentence.contains(words) && sentence.contains("Nothing was sent."), "{words}: {sentence}");
    }
}

#[tokio::test]
async fn a_server_that_vouches_for_itself_and_another_authority_are_refused() {
    let (authority, other) = (Authority::new(), Authority::new());
    for config in [self_signed(), other.server(&["localhost"])] {
        let server = Double::tls(config, |_| Reply::ok("")).await;
        let stand = stand(trusting(server.port, Some(&authority.bundle())));
        untrusted(&stand, &server).await;
    }
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_none() {
    let chatty = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = chatty.local_addr().unwrap().port();
    tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        while let Ok((mut stream, _)) = chatty.accept().await {
            let mut some = [0; 16];
            let _ = stream.read(&mut some).await;
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let stand = stand(trusting(port, None));
    let error = stand.send(get(&format!("https://localhost:{port}/"))).await.err().unwrap();
    let TransportError::Broken(sentence) = &error else { panic!("{error:?}") };
    assert!(sentence.contains("No encrypted connection"), "{sentence}");
}

#[tokio::test]
async fn a_handshake_that_halts_is_given_up_as_a_connection_is() {
    // The double waits for the end of a request's head, which a handshake has not.
    let server = Double::plain(|_| Reply::ok("")).await;
    let limits = Limits { connect: IDLE, ..Limits::default() };
    let stand = stand_within(trusting(server.port, None), limits);
    let error = stand.send(get(&format!("https://localhost:{}/", server.port))).await.err().unwrap();
    let TransportError::Unreachable(sentence) = &error else { panic!("{error:?}") };
    assert!(sentence.contains("could not be reached within 2 seconds"), "{sentence}");
}

#[tokio::test]
async fn a_file_without_certificates_closes_the_gate_and_is_named() {
    let authority = Authority::new();
    let server = Double::tls(authority.server(&["localhost"]), |_| Reply::ok("")).await;
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let garbage = "-----BEGIN CERTIFICATE-----\nbm90IGEgY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n";
    let half = "-----BEGIN CERTIFICATE-----\nMIIB";
    for path in [
        folder.path().join("missing.pem"),
        folder.path().to_owned(),
        file("empty.pem", ""),
        file("words.pem", "certificates, soon"),
        file("garbage.pem", garbage),
        file("half.pem", half),
    ] {
        let stand = stand(trusting(server.port, Some(&authority.bundle())));
        let error = stand.gate.change_rules(trusting(server.port, Some(&path))).unwrap_err();
        assert!(error.to_string().contains(&path.display().to_string()), "{error}");
        let EgressError::CaBundle(sentence) = error else { panic!("{error:?}") };
        let refused = stand.send(get(&format!("https://localhost:{}/", server.port))).await.err().unwrap();
        assert_eq!(refused, TransportError::Refused(sentence.clone()));
        assert_eq!(stand.records.lines(), ["/ refused"]);

        let records = stand.records.clone();
        let clock = std::sync::Arc::new(domain::SystemClock);
        let born = Egress::new(trusting(server.port, Some(&path)), records, clock, "Drawbridge", Limits::default());
        assert_eq!(born.err().unwrap(), EgressError::CaBundle(sentence));
        stand.gate.change_rules(trusting(server.port, Some(&authority.bundle()))).unwrap();
        assert_eq!(stand.fetch(&format!("https://localhost:{}/", server.port)).await.unwrap().0, 200);
    }
}
