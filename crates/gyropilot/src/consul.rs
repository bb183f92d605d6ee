//! Which Consul a command speaks to that has no configuration of its own.

use gyropilot_config::{Document, Host, Report, load};
use gyropilot_model::{CatalogConfig, ConsulConfig};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;

/// What the environment says about Consul, by the rules of a configuration
/// that says nothing itself.
///
/// # Errors
/// What is wrong with the variables.
pub(crate) fn of_environment(environment: &BTreeMap<String, String>) -> Result<ConsulConfig, Report> {
    named(None, None, environment)
}

/// The same with an address and a file with the token that a command line
/// names, which win over the environment.
///
/// # Errors
/// What is wrong with any of it.
pub(crate) fn named(
    address: Option<&str>,
    token_file: Option<&Path>,
    environment: &BTreeMap<String, String>,
) -> Result<ConsulConfig, Report> {
    let mut consul = serde_json::Map::new();
    let mut environment = environment.clone();
    if let Some(address) = address {
        consul.insert("address".to_owned(), address.into());
    }
    if let Some(file) = token_file {
        consul.insert("tokenFile".to_owned(), file.to_string_lossy().into());
        environment.remove("CONSUL_HTTP_TOKEN");
        environment.remove("CONSUL_HTTP_TOKEN_FILE");
    }
    // A configuration is a template, and this text is none.
    let text = json!({ "consul": consul }).to_string().replace("{{", "{ {");
    let document = Document { name: "the command line".to_owned(), text };
    let host = Host { hostname: "", addresses: &[], env: &environment, elsewhere: false };
    load(&document, &host).map(|loaded| match loaded.plan.catalog {
        Some(CatalogConfig::Consul(consul)) => consul,
        Some(CatalogConfig::Etcd(_)) | None => ConsulConfig::default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use gyropilot_model::{Scheme, Secret};

    fn environment(variables: &[(&str, &str)]) -> BTreeMap<String, String> {
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_command_line_wins_over_the_environment() {
        let env = environment(&[("CONSUL_HTTP_ADDR", "https://far:1"), ("CONSUL_HTTP_TOKEN", "theirs")]);
        let consul = of_environment(&env).unwrap();
        assert_eq!((consul.address.as_str(), consul.scheme), ("far:1", Scheme::Https));
        assert_eq!(consul.token.as_ref().map(Secret::reveal), Some("theirs"));

        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        gyropilot_render::replace(&file, b"ours\n", &gyropilot_render::ReplaceOptions::default()).unwrap();
        let consul = named(Some("http://near:2"), Some(&file), &env).unwrap();
        assert_eq!((consul.address.as_str(), consul.scheme), ("near:2", Scheme::Http));
        assert_eq!(consul.token.map(|token| token.reveal().to_owned()), Some("ours".to_owned()));
        assert_eq!(of_environment(&environment(&[])).unwrap(), ConsulConfig::default());
    }

    #[test]
    fn what_cannot_be_meant_is_told() {
        for address in ["ftp://x", "consul:0", "{{ .A }}", "a b", "unix://run"] {
            assert!(named(Some(address), None, &environment(&[])).is_err(), "{address}");
        }
        let missing = Path::new("/nonexistent/token");
        let report = named(None, Some(missing), &environment(&[("CONSUL_HTTP_TOKEN", "x")])).unwrap_err();
        assert!(report.to_string().contains("/nonexistent/token"), "{report}");
    }
}
