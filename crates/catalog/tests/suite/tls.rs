//! TLS: verified unless told otherwise.

use crate::double::{Asked, Does, talk};
use crate::rig::run;
use gyropilot_catalog::consul::Consul;
use gyropilot_catalog::{Catalog, Error};
use gyropilot_model::{ConsulConfig, Scheme, TlsConfig};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use std::io::Write;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::net::TcpListener;

struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

struct Server {
    address: String,
    folder: TempDir,
}

// === impl Authority ===

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self { issuer: CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap() }
    }

    fn certify(&self, name: &str) -> (CertificateDer<'static>, KeyPair, String) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (certificate.der().clone(), key, certificate.pem())
    }
}

// === impl Server ===

impl Server {
    /// Serves with a certificate for `name`; asks for a client's when `mutual`.
    async fn start(authority: &Authority, name: &str, mutual: bool) -> Self {
        let (certificate, key, _) = authority.certify(name);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = if mutual {
            let mut roots = RootCertStore::empty();
            roots.add(authority.issuer.der().clone()).unwrap();
            let verifier =
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
            builder.with_client_cert_verifier(verifier)
        } else {
            builder.with_no_client_auth()
        };
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = Arc::new(builder.with_single_cert(vec![certificate], key).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::task::spawn_local(async move {
            let acceptor = tokio_rustls::TlsAcceptor::from(config);
            let script = Rc::new(|_: &Asked| Does::Answers(200, "", "[\"dc1\"]".to_owned()));
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (acceptor, script) = (acceptor.clone(), script.clone());
                tokio::task::spawn_local(async move {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        talk(stream, Rc::default(), script).await;
                    }
                });
            }
        });
        Self { address, folder: TempDir::new().unwrap() }
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
        path
    }

    async fn ask(&self, tls: TlsConfig) -> Result<Vec<String>, Error> {
        let config = ConsulConfig {
            address: self.address.clone(),
            scheme: Scheme::Https,
            tls,
            ..ConsulConfig::default()
        };
        Consul::new(&config).unwrap().datacenters().await.map(|answer| answer.value)
    }
}

#[test]
fn a_certificate_of_the_named_authority_is_taken() {
    run(async {
        let authority = Authority::new();
        let server = Server::start(&authority, "127.0.0.1", false).await;
        let ca_file = Some(server.file("ca.pem", &authority.issuer.pem()));
        assert_eq!(server.ask(TlsConfig { ca_file, ..TlsConfig::default() }).await.unwrap(), ["dc1"]);
        let ca_path = Some(server.folder.path().to_owned());
        assert_eq!(server.ask(TlsConfig { ca_path, ..TlsConfig::default() }).await.unwrap(), ["dc1"]);
    });
}

#[test]
fn a_certificate_of_another_authority_is_refused_by_default() {
    run(async {
        let server = Server::start(&Authority::new(), "127.0.0.1", false).await;
        let ca_file = Some(server.file("ca.pem", &Authority::new().issuer.pem()));
        let error = server.ask(TlsConfig { ca_file, ..TlsConfig::default() }).await.unwrap_err();
        assert!(matches!(&error, Error::Connect { reason, .. } if reason.contains("certificate")), "{error}");
    });
}

#[test]
fn q4_verification_is_off_only_when_asked_for() {
    run(async {
        let server = Server::start(&Authority::new(), "127.0.0.1", false).await;
        let verify = TlsConfig {
            ca_file: Some(server.file("ca.pem", &Authority::new().issuer.pem())),
            ..TlsConfig::default()
        };
        assert!(server.ask(verify.clone()).await.is_err());
        assert_eq!(server.ask(TlsConfig { verify: false, ..verify }).await.unwrap(), ["dc1"]);
    });
}

#[test]
fn the_name_must_be_the_certificates() {
    run(async {
        let authority = Authority::new();
        let server = Server::start(&authority, "server.dc1.consul", false).await;
        let ca_file = Some(server.file("ca.pem", &authority.issuer.pem()));
        let tls = TlsConfig { ca_file, ..TlsConfig::default() };
        assert!(server.ask(tls.clone()).await.is_err());
        let named = TlsConfig { server_name: Some("server.dc1.consul".to_owned()), ..tls };
        assert_eq!(server.ask(named).await.unwrap(), ["dc1"]);
    });
}

#[test]
fn a_client_certificate_is_shown_where_it_is_asked_for() {
    run(async {
        let authority = Authority::new();
        let server = Server::start(&authority, "127.0.0.1", true).await;
        let tls = TlsConfig {
            ca_file: Some(server.file("ca.pem", &authority.issuer.pem())),
            ..TlsConfig::default()
        };
        assert!(server.ask(tls.clone()).await.is_err());
        let (_, key, pem) = authority.certify("client");
        let tls = TlsConfig {
            client_cert: Some(server.file("client.pem", &pem)),
            client_key: Some(server.file("client.key", &key.serialize_pem())),
            ..tls
        };
        assert_eq!(server.ask(tls.clone()).await.unwrap(), ["dc1"]);
        let error = server.ask(TlsConfig { client_key: None, ..tls }).await.unwrap_err();
        assert!(error.to_string().contains("there is no key to it"), "{error}");
    });
}

#[test]
fn unusable_files_are_named() {
    run(async {
        let server = Server::start(&Authority::new(), "127.0.0.1", false).await;
        let missing = server.folder.path().join("missing.pem");
        let empty = server.file("empty.pem", "nothing of interest\n");
        for (file, said) in [(missing, "missing.pem"), (empty, "no certificate authority")] {
            let error =
                server.ask(TlsConfig { ca_file: Some(file), ..TlsConfig::default() }).await.unwrap_err();
            assert!(matches!(error, Error::Tls(_)) && error.to_string().contains(said), "{error}");
        }
    });
}

#[test]
fn a_plain_server_is_not_taken_for_a_safe_one() {
    run(async {
        let double = crate::double::Double::serve(|_| Does::Answers(200, "", "[]".to_owned())).await;
        let config = ConsulConfig {
            scheme: Scheme::Https,
            tls: TlsConfig { verify: false, ..TlsConfig::default() },
            ..double.config()
        };
        let request = Consul::new(&config).unwrap();
        let outcome = tokio::time::timeout(std::time::Duration::from_secs(1), request.datacenters()).await;
        assert!(!matches!(outcome, Ok(Ok(_))));
    });
}
