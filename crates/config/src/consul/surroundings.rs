//! What the environment says about Consul. The variables and their rank are those of Consul's own clients:
//! <https://developer.hashicorp.com/consul/commands#environment-variables>.

use super::{Written, certificates, parse_address, with_host};
use crate::decode::go_boolean;
use crate::finding::{Finding, Findings, Span};
use crate::json5::Node;
use crate::load::Host;
use crate::shape::Form;
use gyropilot_model::{ConsulConfig, Scheme, Secret};
use std::path::PathBuf;

/// Completes what the file says. An address and a scheme in the file win over `CONSUL_HTTP_ADDR` and
/// `CONSUL_HTTP_SSL`; everywhere else the environment wins over the file.
pub(super) fn complete(
    written: &Written,
    node: &Node,
    form: Form,
    host: &Host<'_>,
    findings: &mut Findings,
) -> Option<ConsulConfig> {
    let var = |name: &str| host.env.get(name).filter(|value| !value.is_empty());
    let file = |name: &str| var(name).map(PathBuf::from);
    let flag = |name: &str, matters: bool, findings: &mut Findings| {
        let value = var(name)?;
        let flag = go_boolean(value);
        if flag.is_none() {
            outside(findings, matters, format!("the variable {name} is neither true nor false"))
                .hint("set it to 1 or 0");
        }
        flag
    };
    let mut config = ConsulConfig::default();
    let mut scheme = written.scheme;
    if !written.address.is_empty() {
        config.address.clone_from(&written.address);
    } else if let Some(value) = var("CONSUL_HTTP_ADDR") {
        match parse_address(value) {
            Ok((named, address)) => {
                scheme = named.or(scheme);
                if !address.is_empty() {
                    config.address = with_host(&address).unwrap_or(address);
                }
            }
            Err(reason) => {
                findings.outside(format!("the variable CONSUL_HTTP_ADDR is no address: {reason}"));
            }
        }
    }
    let ssl = flag("CONSUL_HTTP_SSL", scheme.is_none(), findings).unwrap_or(false);
    config.scheme = scheme.unwrap_or(if ssl { Scheme::Https } else { Scheme::Http });
    let encrypted = config.scheme == Scheme::Https;
    if encrypted && config.address.starts_with("unix://") {
        let finding =
            at(findings, written.address_mark.clone(), "a socket file cannot be spoken to with https");
        finding.label("plain HTTP only");
        match written.scheme_mark.clone() {
            Some(mark) => finding.also(mark, "leave this out").hint("write the address only"),
            None if scheme.is_none() => finding.hint("unset the variable CONSUL_HTTP_SSL"),
            None => finding.hint("write the address only"),
        };
    }

    token(&mut config, written, host, findings);
    config.basic_auth = var("CONSUL_HTTP_AUTH").cloned().map(Secret::new);
    config.datacenter.clone_from(&written.datacenter);

    config.tls = written.tls.clone();
    let verify = flag("CONSUL_HTTP_SSL_VERIFY", encrypted, findings);
    config.tls.verify = verify.unwrap_or(config.tls.verify);
    if form == Form::Jobs && encrypted && !written.says_verify && verify.is_none() {
        findings
            .warning(node.mark(), "the certificate of Consul is verified, unlike in ContainerPilot 3")
            .label("nothing here says whether to verify it")
            .hint("write tls: { verify: true } where that is right; `cafile` names your own authority")
            .hint("tls: { verify: false } is the way of the original: anyone on the way can read the token");
    }
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
        let message = format!("`{given}` needs `{missing}` beside it in consul.tls");
        let finding = if encrypted {
            findings.error(node.mark(), message)
        } else {
            findings.warning(node.mark(), message)
        };
        finding.label("a certificate and its key belong together");
    }
    if encrypted {
        certificates::check(&config.tls, node, host, findings);
    }
    Some(config)
}

/// The token, which variables win over the file for.
fn token(config: &mut ConsulConfig, written: &Written, host: &Host<'_>, findings: &mut Findings) {
    let var = |name: &str| host.env.get(name).filter(|value| !value.is_empty());
    let mut mark = written.token_mark.clone();
    config.token = written.token.clone();
    let mut file = written.token_file.clone().map(|path| (path, written.token_file_mark.clone()));
    if let Some(token) = var("CONSUL_HTTP_TOKEN") {
        config.token = Some(Secret::new(token.clone()));
        (mark, file) = (None, None);
    }
    if let Some(path) = var("CONSUL_HTTP_TOKEN_FILE") {
        file = Some((path.into(), None));
    }
    if let Some((path, place)) = file {
        match std::fs::read_to_string(&path) {
            Ok(token) if token.trim().is_empty() => {}
            Ok(token) => {
                config.token = Some(Secret::new(token.trim().to_owned()));
                config.token_file = Some(path);
                mark = place;
            }
            // The original knew nothing of the variable: where there is another token, that one was used. And a file
            // of the container need not be on the host that only checks.
            Err(cause) => {
                let matters = config.token.is_none() && !host.elsewhere;
                let message = format!("Could not read the token of Consul: {}: {cause}", path.display());
                match place {
                    Some(place) if matters => findings.error(place, message).label("named here"),
                    Some(place) => findings.warning(place, message).label("named here"),
                    None => outside(findings, matters, message)
                        .hint("the variable CONSUL_HTTP_TOKEN_FILE names this file"),
                };
            }
        }
    }
    if config.token.as_ref().is_some_and(|token| !fits_a_header(token.reveal())) {
        at(findings, mark, "the token of Consul holds characters that an HTTP header cannot carry")
            .label("a line break, or a character that is not ASCII")
            .hint("tokens are letters, digits and `-`");
    }
}

/// An error about a place in the file, or about the environment when the value does not stand in the file.
fn at<'f>(findings: &'f mut Findings, mark: Option<Span>, message: &str) -> &'f mut Finding {
    match mark {
        Some(mark) => findings.error(mark, message),
        None => findings.outside(message),
    }
}

/// What is wrong with the environment: an error, or a warning where nothing depends on it.
fn outside(findings: &mut Findings, matters: bool, message: String) -> &mut Finding {
    if matters { findings.outside(message) } else { findings.outside_warning(message) }
}

/// Visible ASCII, blanks and tabs: <https://www.rfc-editor.org/rfc/rfc9110#section-5.5>.
fn fits_a_header(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'\t' | b' '..=b'~'))
}
