//! `consul`: an address, or an object.

mod certificates;
mod surroundings;

use crate::decode::{Fields, boolean, text};
use crate::finding::{Findings, Span};
use crate::json5::{Node, Value};
use crate::load::Host;
use crate::shape::{Form, Key, Kind, Shape};
use gyropilot_model::{ConsulConfig, Scheme, Secret, TlsConfig};
use std::path::PathBuf;

/// The objects here, which both forms have.
pub(crate) const SHAPES: &[&Shape] = &[&SHAPE, &TLS];

const SHAPE: Shape = Shape::new(
    "consul",
    Form::Both,
    "`consul`",
    &[
        Key::new(
            "address",
            Kind::Text,
            "127.0.0.1:8500",
            "`host`, `host:port`, `[v6]:port`, with `http://` or `https://` or not, or `unix:///path`",
        ),
        Key::new(
            "scheme",
            Kind::Words(&["http", "https"]),
            "that of the address, or `http`",
            "what is spoken",
        ),
        Key::new("token", Kind::Text, "none", "never shown in a message"),
        Key::own(
            "tokenFile",
            Kind::Text,
            "none",
            "a file that holds the token; read again when the agent no longer takes the one it held before",
        ),
        Key::own("datacenter", Kind::Text, "the agent's own", "of every query"),
        Key::own("dc", Kind::Text, "", "the same as `datacenter`"),
        Key::new("tls", Kind::Object("consul.tls"), "", "used with https only; not in ContainerPilot 2"),
    ],
    &[],
);

const TLS: Shape = Shape::new(
    "consul.tls",
    Form::Both,
    "`consul.tls`",
    &[
        Key::new("cafile", Kind::Text, "the system's", "a PEM file with authorities"),
        Key::new("capath", Kind::Text, "the system's", "a folder of PEM files with authorities"),
        Key::new("clientcert", Kind::Text, "none", "our own certificate chain, PEM"),
        Key::new("clientkey", Kind::Text, "none", "the key to it, PEM"),
        Key::new("servername", Kind::Text, "the host of the address", "the name in the server's certificate"),
        Key::new(
            "verify",
            Kind::Boolean,
            "true",
            "check the server's certificate (false in ContainerPilot 3)",
        ),
    ],
    &[],
);

/// What the file says, before the environment has its word.
#[derive(Default)]
struct Written {
    /// Empty when not given.
    address: String,
    scheme: Option<Scheme>,
    token: Option<Secret>,
    datacenter: Option<String>,
    tls: TlsConfig,
    /// Where the scheme stands, when it stands for itself.
    scheme_mark: Option<Span>,
    /// Where the address stands.
    address_mark: Option<Span>,
    /// Where the token stands.
    token_mark: Option<Span>,
    token_file: Option<PathBuf>,
    token_file_mark: Option<Span>,
    /// Does the file itself say whether certificates are verified?
    says_verify: bool,
}

/// The configuration of Consul, the environment included.
pub(crate) fn consul(
    node: &Node,
    form: Form,
    host: &Host<'_>,
    findings: &mut Findings,
) -> Option<ConsulConfig> {
    let written = match &node.value {
        Value::String(address) => string_form(node, address, findings)?,
        Value::Object(_) => object_form(node, findings)?,
        Value::Unreadable => return None,
        other => {
            findings
                .error(node.mark(), "Unexpected Consul config structure. Expected a string or map")
                .label(format!("expected such as \"localhost:8500\", got {}", other.kind()));
            return None;
        }
    };
    surroundings::complete(&written, node, form, host, findings)
}

/// `host:port` with an optional scheme. Sets the scheme in any case.
fn string_form(node: &Node, text: &str, findings: &mut Findings) -> Option<Written> {
    let (scheme, address) = address(node, text, findings)?;
    let scheme = Some(scheme.unwrap_or_default());
    Some(Written { address, scheme, address_mark: Some(node.mark()), ..Written::default() })
}

fn object_form(node: &Node, findings: &mut Findings) -> Option<Written> {
    let fields = Fields::open(node, "consul", &SHAPE, findings)?;
    let string = |key: &str, findings: &mut Findings| {
        fields
            .get(key)
            .and_then(|node| text(node, &fields.path(key), findings))
            .filter(|text| !text.is_empty())
    };
    let mut written = Written::default();
    if let Some(node) = fields.get("address") {
        let text = text(node, "consul.address", findings)?;
        (written.scheme, written.address) = address(node, &text, findings)?;
        written.address_mark = Some(node.mark());
    }
    if let Some(node) = fields.get("scheme") {
        written.scheme_mark = Some(node.mark());
        let named = text(node, "consul.scheme", findings)?;
        written.scheme = match named.to_ascii_lowercase().as_str() {
            "" => written.scheme,
            "http" => Some(Scheme::Http),
            "https" => Some(Scheme::Https),
            _ => {
                findings
                    .error(node.mark(), "Unexpected Consul config structure. Unknown scheme")
                    .label("expected \"http\" or \"https\"");
                return None;
            }
        };
    }
    written.token = string("token", findings).map(Secret::new);
    written.token_mark = fields.get("token").map(Node::mark);
    written.token_file = string("tokenFile", findings).map(PathBuf::from);
    written.token_file_mark = fields.get("tokenFile").map(Node::mark);
    if let (Some(_), Some(_), Some(token), Some(file)) =
        (&written.token, &written.token_file, fields.key_mark("token"), fields.key_mark("tokenFile"))
    {
        findings
            .error(file, "a token stands either in `token` or in `tokenFile`")
            .label("expected only one of them")
            .and(token, "or only this");
    }
    written.datacenter = string("datacenter", findings);
    if let Some(dc) = string("dc", findings) {
        if let (Some(used), Some(mark)) = (fields.key_mark("datacenter"), fields.key_mark("dc")) {
            findings
                .warning(mark, "`dc` and `datacenter` are the same")
                .label("not used")
                .also(used, "this is used");
        } else {
            written.datacenter = Some(dc);
        }
    }
    if let Some(node) = fields.get("tls") {
        (written.tls, written.says_verify) = tls(node, findings)?;
    }
    Some(written)
}

/// Gives also whether it says something of `verify`.
fn tls(node: &Node, findings: &mut Findings) -> Option<(TlsConfig, bool)> {
    let fields = Fields::open(node, "consul.tls", &TLS, findings)?;
    let string = |key: &str, findings: &mut Findings| {
        fields
            .get(key)
            .and_then(|node| text(node, &fields.path(key), findings))
            .filter(|text| !text.is_empty())
    };
    let verify =
        fields.get("verify").and_then(|node| boolean(node, "consul.tls.verify", findings)).unwrap_or(true);
    if let (false, Some(node)) = (verify, fields.get("verify")) {
        findings
            .warning(node.mark(), "the certificate of Consul is not verified")
            .label("anyone on the way can read the token and answer in its name");
    }
    let tls = TlsConfig {
        verify,
        ca_file: string("cafile", findings).map(PathBuf::from),
        ca_path: string("capath", findings).map(PathBuf::from),
        client_cert: string("clientcert", findings).map(PathBuf::from),
        client_key: string("clientkey", findings).map(PathBuf::from),
        server_name: string("servername", findings),
    };
    Some((tls, fields.get("verify").is_some()))
}

/// The address in `written` without its scheme; reported when it is none.
fn address(node: &Node, written: &str, findings: &mut Findings) -> Option<(Option<Scheme>, String)> {
    match parse_address(written) {
        Ok((scheme, address)) => {
            if let Some(assumed) = with_host(&address) {
                findings
                    .warning(node.mark(), "the address of Consul has no host")
                    .label(format!("read as {assumed}"));
                return Some((scheme, assumed));
            }
            Some((scheme, address))
        }
        Err(reason) => {
            findings
                .error(node.mark(), format!("Unexpected Consul config structure. {reason}"))
                .label("expected host, host:port, [v6]:port or unix:///path");
            None
        }
    }
}

/// An address that has a port only, with the host that is meant.
fn with_host(address: &str) -> Option<String> {
    address.starts_with(':').then(|| format!("127.0.0.1{address}"))
}

/// Scheme and address. The host may be missing in front of a port; an empty text is an empty address.
fn parse_address(written: &str) -> Result<(Option<Scheme>, String), String> {
    let written = written.trim();
    if let Some(path) = written.strip_prefix("unix://") {
        return if path.starts_with('/') {
            Ok((None, written.to_owned()))
        } else {
            Err("The path of a socket must begin with `/`".to_owned())
        };
    }
    let (scheme, rest) = [("http://", Scheme::Http), ("https://", Scheme::Https)]
        .into_iter()
        .find_map(|(prefix, scheme)| Some((Some(scheme), written.strip_prefix(prefix)?)))
        .unwrap_or((None, written));
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    if rest.contains("://") {
        return Err("There is more than one scheme, or an unknown one".to_owned());
    }
    if rest.contains('@') {
        return Err("Name and password go into CONSUL_HTTP_AUTH".to_owned());
    }
    if rest.contains('/') {
        return Err("An address has no path".to_owned());
    }
    if rest.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err("An address has no white space".to_owned());
    }
    if rest.parse::<std::net::Ipv6Addr>().is_ok() {
        return Ok((scheme, format!("[{rest}]")));
    }
    let (host, port) = match rest.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        Some((v6, after)) => {
            if v6.parse::<std::net::Ipv6Addr>().is_err() {
                return Err("There is no IPv6 address in the brackets".to_owned());
            }
            match after.strip_prefix(':') {
                Some(port) => (v6, Some(port)),
                None if after.is_empty() => (v6, None),
                None => return Err("Expected `:` and a port after `]`".to_owned()),
            }
        }
        None => match rest.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (rest, None),
        },
    };
    if host.contains(['[', ']']) {
        return Err("The brackets of an IPv6 address do not match".to_owned());
    }
    if host.contains(|c: char| !c.is_ascii() || "?#\\\"<>".contains(c)) {
        return Err("There are characters in it that no host has".to_owned());
    }
    match port.map(str::parse::<u16>) {
        Some(Err(_) | Ok(0)) => Err("The port must be a number from 1 to 65535".to_owned()),
        _ => Ok((scheme, rest.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let http = Some(Scheme::Http);
        let https = Some(Scheme::Https);
        for (text, want) in [
            ("consul:8500", Some((None, "consul:8500"))),
            ("http://consul:8500", Some((http, "consul:8500"))),
            ("https://consul:8501/", Some((https, "consul:8501"))),
            ("consul", Some((None, "consul"))),
            ("http://", Some((http, ""))),
            ("", Some((None, ""))),
            ("http://:8500", Some((http, ":8500"))),
            ("[::1]:8500", Some((None, "[::1]:8500"))),
            ("::1", Some((None, "[::1]"))),
            ("unix:///run/consul.sock", Some((None, "unix:///run/consul.sock"))),
            ("unix://run/consul.sock", None),
            ("https://https://x", None),
            ("ftp://x", None),
            ("consul:0", None),
            ("consul:65536", None),
            ("consul:http", None),
            ("consul:8500/v1", None),
            ("user:pw@consul:8500", None),
            ("[::1", None),
            ("[x]:1", None),
            ("a b", None),
            ("consul?dc=x", None),
            ("consul#x", None),
            ("<consul>", None),
            ("k\u{f6}ln:8500", None),
        ] {
            let want = want.map(|(scheme, address)| (scheme, address.to_owned()));
            assert_eq!(parse_address(text).ok(), want, "{text}");
        }
    }
}
