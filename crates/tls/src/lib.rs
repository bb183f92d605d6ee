//! TLS: whom to trust, and who we are, as a client and as a server.
//!
//! Nothing here is touched before the first https connection: neither the system's
//! certificates nor the cryptography are read into memory for plain http.

use gyropilot_model::TlsConfig;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, ServerConfig, SignatureScheme};
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
pub use tokio_rustls::TlsAcceptor;
pub use tokio_rustls::client::TlsStream;

/// Why there is no TLS connection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsError {
    /// What the configuration names does not serve; nobody was asked yet.
    #[error("{0}")]
    Config(String),
    /// The handshake failed.
    #[error("tls: {0}")]
    Handshake(String),
}

/// How TLS is spoken, with the certificates once they were read.
#[derive(Debug)]
pub struct Tls {
    config: TlsConfig,
    /// Dropped after a failed handshake: files may have been renewed.
    ready: RefCell<Option<Arc<ClientConfig>>>,
}

// === impl Tls ===

impl Tls {
    /// TLS as configured; nothing is read yet.
    #[must_use]
    pub const fn new(config: TlsConfig) -> Self {
        Self { config, ready: RefCell::new(None) }
    }

    /// Speaks TLS over an open connection to `host`.
    ///
    /// # Errors
    /// [`TlsError::Config`] when a certificate or key cannot be used,
    /// [`TlsError::Handshake`] when the two sides do not agree.
    pub async fn connect<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        host: &str,
        stream: S,
    ) -> Result<TlsStream<S>, TlsError> {
        let name = self.config.server_name.as_deref().unwrap_or(host);
        let name = ServerName::try_from(name.to_owned()).map_err(|_| {
            TlsError::Config(format!("\"{name}\" is no name that a certificate can be checked for"))
        })?;
        let known = self.ready.borrow().clone();
        let config = match known {
            Some(config) => config,
            None => {
                let config = Arc::new(build(&self.config)?);
                *self.ready.borrow_mut() = Some(config.clone());
                config
            }
        };
        tokio_rustls::TlsConnector::from(config).connect(name, stream).await.map_err(|error| {
            *self.ready.borrow_mut() = None;
            TlsError::Handshake(error.to_string())
        })
    }
}

/// TLS as a server, with a certificate and its key in PEM. With `client_ca`, only
/// clients are served that show a certificate of one of these authorities.
///
/// # Errors
/// [`TlsError::Config`] when one of the files cannot be used.
pub fn acceptor(cert: &Path, key: &Path, client_ca: Option<&Path>) -> Result<TlsAcceptor, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|e| TlsError::Config(e.to_string()))?;
    let builder = match client_ca {
        None => builder.with_no_client_auth(),
        Some(ca) => {
            let mut roots = RootCertStore::empty();
            for certificate in certificates(ca)? {
                roots.add(certificate).map_err(|e| unusable(ca, &e))?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                .build()
                .map_err(|e| unusable(ca, &e))?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let chain = certificates(cert)?;
    let key_der = PrivateKeyDer::from_pem_file(key).map_err(|e| unusable(key, &e))?;
    let config = builder.with_single_cert(chain, key_der).map_err(|e| unusable(cert, &e))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn build(config: &TlsConfig) -> Result<ClientConfig, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|e| TlsError::Config(e.to_string()))?;
    let builder = if config.verify {
        builder.with_root_certificates(roots(config)?)
    } else {
        builder.dangerous().with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)))
    };
    match (&config.client_cert, &config.client_key) {
        (None, None) => Ok(builder.with_no_client_auth()),
        (Some(cert), Some(key)) => {
            let chain = certificates(cert)?;
            let key = PrivateKeyDer::from_pem_file(key).map_err(|e| unusable(key, &e))?;
            builder.with_client_auth_cert(chain, key).map_err(|e| unusable(cert, &e))
        }
        (Some(cert), None) => Err(unusable(cert, &"there is no key to it")),
        (None, Some(key)) => Err(unusable(key, &"there is no certificate to it")),
    }
}

fn roots(config: &TlsConfig) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    let mut add = |path: &Path| {
        for certificate in certificates(path)? {
            roots.add(certificate).map_err(|e| unusable(path, &e))?;
        }
        Ok::<_, TlsError>(())
    };
    if let Some(file) = &config.ca_file {
        add(file)?;
    }
    if let Some(folder) = &config.ca_path {
        for file in files(folder)? {
            add(&file)?;
        }
    }
    if config.ca_file.is_none() && config.ca_path.is_none() {
        // What the system offers may hold certificates that rustls does not
        // take; the others still count.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    if roots.is_empty() {
        return Err(TlsError::Config(
            "no certificate authority to trust was found; name one with tls.cafile".to_owned(),
        ));
    }
    Ok(roots)
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, TlsError> {
    let entries = std::fs::read_dir(folder).map_err(|e| unusable(folder, &e))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|e| unusable(folder, &e))?.path();
        if path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|e| unusable(path, &e))
}

fn unusable(path: &Path, reason: &dyn std::fmt::Display) -> TlsError {
    TlsError::Config(format!("{}: {reason}", path.display()))
}

/// Takes any certificate, for `verify: false`; the handshake itself is still
/// checked, so the peer holds the key to what it shows.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

// === impl AnyCertificate ===

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
