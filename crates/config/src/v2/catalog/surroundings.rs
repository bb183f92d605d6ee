//! What the environment says about Consul. The variables and their rank are those of Consul's own clients:
//! <https://developer.hashicorp.com/consul/commands#environment-variables>.

use super::consul::{Written, parse_address};
use crate::decode::go_boolean;
use crate::finding::Findings;
use crate::json5::Node;
use gyropilot_model::{ConsulConfig, Scheme, Secret};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Completes what the file says. An address and a scheme in the file win over `CONSUL_HTTP_ADDR` and
/// `CONSUL_HTTP_SSL`; everywhere else the environment wins over the file.
pub(super) fn complete(
    written: Written,
    node: &Node,
    env: &BTreeMap<String, String>,
    findings: &mut Findings,
) -> Option<ConsulConfig> {
    let var = |name: &str| env.get(name).filter(|value| !value.is_empty());
    let file = |name: &str| var(name).map(PathBuf::from);
    let flag = |name: &str, findings: &mut Findings| {
        let value = var(name)?;
        let flag = go_boolean(value);
        if flag.is_none() {
            findings
                .outside(format!("the variable {name} is neither true nor false"))
                .hint("set it to 1 or 0");
        }
        flag
    };
    let mut config = ConsulConfig::default();
    let mut scheme = written.scheme;
    if !written.address.is_empty() {
        config.address = written.address;
    } else if let Some(value) = var("CONSUL_HTTP_ADDR") {
        match parse_address(value) {
            Ok((named, address)) => {
                scheme = named.or(scheme);
                if !address.is_empty() {
                    config.address = address;
                }
            }
            Err(reason) => {
                findings.outside(format!("the variable CONSUL_HTTP_ADDR is no address: {reason}"));
            }
        }
    }
    let ssl = flag("CONSUL_HTTP_SSL", findings).unwrap_or(false);
    config.scheme = scheme.unwrap_or(if ssl { Scheme::Https } else { Scheme::Http });

    config.token = var("CONSUL_HTTP_TOKEN").cloned().map(Secret::new).or(written.token);
    if let Some(path) = var("CONSUL_HTTP_TOKEN_FILE") {
        match std::fs::read_to_string(path) {
            Ok(token) if token.trim().is_empty() => {}
            Ok(token) => config.token = Some(Secret::new(token.trim().to_owned())),
            Err(cause) => {
                findings
                    .outside(format!("Could not read the token of Consul: {path}: {cause}"))
                    .hint("the variable CONSUL_HTTP_TOKEN_FILE names this file");
            }
        }
    }
    config.basic_auth = var("CONSUL_HTTP_AUTH").cloned().map(Secret::new);
    config.datacenter = written.datacenter;

    config.tls = written.tls;
    config.tls.verify = flag("CONSUL_HTTP_SSL_VERIFY", findings).unwrap_or(config.tls.verify);
    config.tls.ca_file = file("CONSUL_CACERT").or(config.tls.ca_file);
    config.tls.ca_path = file("CONSUL_CAPATH").or(config.tls.ca_path);
    config.tls.client_cert = file("CONSUL_CLIENT_CERT").or(config.tls.client_cert);
    config.tls.client_key = file("CONSUL_CLIENT_KEY").or(config.tls.client_key);
    config.tls.server_name = var("CONSUL_TLS_SERVER_NAME").cloned().or(config.tls.server_name);
    if config.tls.client_cert.is_some() != config.tls.client_key.is_some() {
        let (given, missing) = if config.tls.client_cert.is_some() {
            ("clientcert", "clientkey")
        } else {
            ("clientkey", "clientcert")
        };
        findings
            .error(node.mark(), format!("`{given}` needs `{missing}` beside it in consul.tls"))
            .label("a certificate and its key belong together");
        return None;
    }
    Some(config)
}
