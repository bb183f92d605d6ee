//! Where the catalogue is and how it is spoken to.

use crate::Secret;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The catalogue that a configuration names.
#[expect(clippy::large_enum_variant, reason = "a plan has one")]
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum CatalogConfig {
    /// Consul, or anything that speaks its HTTP API.
    Consul(ConsulConfig),
    /// etcd.
    Etcd(EtcdConfig),
}

/// How to reach a Consul agent.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct ConsulConfig {
    /// `host`, `host:port`, `[v6]:port` or `unix:///path`. Default `127.0.0.1:8500`.
    pub address: String,
    /// Default http.
    pub scheme: Scheme,
    /// Sent as `X-Consul-Token`. Default none.
    pub token: Option<Secret>,
    /// Holds the token in place of [`Self::token`], and is read again when the
    /// agent no longer takes the one it held before. Default none.
    pub token_file: Option<PathBuf>,
    /// User and password for HTTP basic authentication, as `user:password`. Default none.
    pub basic_auth: Option<Secret>,
    /// The datacentre of every query. Default: the agent's own.
    pub datacenter: Option<String>,
    /// Used with https only.
    pub tls: TlsConfig,
}

/// The protocol under HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize, Serialize)]
pub enum Scheme {
    /// Plain TCP.
    #[default]
    Http,
    /// TLS.
    Https,
}

/// How TLS is verified.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct TlsConfig {
    /// Check the server's certificate and name. Default true.
    pub verify: bool,
    /// A PEM file with authorities, in place of the system's.
    pub ca_file: Option<PathBuf>,
    /// A folder of PEM files with authorities, in place of the system's.
    pub ca_path: Option<PathBuf>,
    /// Our own certificate chain, PEM.
    pub client_cert: Option<PathBuf>,
    /// The key to it, PEM.
    pub client_key: Option<PathBuf>,
    /// The name expected in the server's certificate. Default: the host of the address.
    pub server_name: Option<String>,
}

/// How to reach etcd.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct EtcdConfig {
    /// URLs; never empty.
    pub endpoints: Vec<String>,
    /// The folder that holds everything. Default `/containerpilot`.
    pub prefix: String,
}

// === impl Scheme ===

impl Scheme {
    /// As in a URL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

// === impl ConsulConfig ===

impl Default for ConsulConfig {
    fn default() -> Self {
        Self {
            address: "127.0.0.1:8500".to_owned(),
            scheme: Scheme::Http,
            token: None,
            token_file: None,
            basic_auth: None,
            datacenter: None,
            tls: TlsConfig::default(),
        }
    }
}

// === impl TlsConfig ===

impl Default for TlsConfig {
    fn default() -> Self {
        Self {
            verify: true,
            ca_file: None,
            ca_path: None,
            client_cert: None,
            client_key: None,
            server_name: None,
        }
    }
}
