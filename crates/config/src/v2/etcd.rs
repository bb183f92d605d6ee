//! `etcd`: endpoints and a prefix.

use crate::decode::{Fields, text, texts};
use crate::finding::Findings;
use crate::json5::{Node, Value};
use crate::shape::{Form, Key, Kind, Shape};
use gyropilot_model::EtcdConfig;

const PREFIX: &str = "/containerpilot";

pub(super) const SHAPE: Shape = Shape::new(
    "etcd",
    Form::Hooks,
    "`etcd`",
    &[
        Key::required("endpoints", Kind::AnyOf(&[Kind::Text, Kind::TEXTS]), "URLs; without a scheme, http"),
        Key::new("prefix", Kind::Text, "/containerpilot", "the folder that holds everything"),
    ],
    &[],
);

/// The configuration of etcd.
pub(super) fn etcd(node: &Node, findings: &mut Findings) -> Option<EtcdConfig> {
    let fields = Fields::open(node, "etcd", &SHAPE, findings)?;
    let endpoints = match fields.get("endpoints") {
        None => Vec::new(),
        Some(node) if matches!(node.value, Value::List(_)) => texts(node, "etcd.endpoints", findings)?,
        Some(node) => vec![(node, text(node, "etcd.endpoints", findings)?)],
    };
    if endpoints.iter().all(|(_, endpoint)| endpoint.trim().is_empty()) {
        if !fields.is_misspelt("endpoints") {
            let mark = fields.get("endpoints").map_or_else(|| fields.mark.clone(), Node::mark);
            findings
                .error(mark, "Must provide etcd endpoints")
                .label("expected such as \"http://etcd:2379\"");
        }
        return None;
    }
    let mut urls = Vec::with_capacity(endpoints.len());
    for (node, endpoint) in endpoints {
        match url(endpoint.trim()) {
            Some(url) => urls.push(url),
            None => {
                findings
                    .error(node.mark(), "Must provide etcd endpoints: this is not a URL")
                    .label("expected such as \"http://etcd:2379\"");
                return None;
            }
        }
    }
    let prefix = match fields.get("prefix") {
        Some(node) => text(node, "etcd.prefix", findings)?,
        None => PREFIX.to_owned(),
    };
    Some(EtcdConfig { endpoints: urls, prefix: if prefix.is_empty() { PREFIX.to_owned() } else { prefix } })
}

/// A URL; without a scheme, http is meant.
fn url(endpoint: &str) -> Option<String> {
    let (scheme, rest) = endpoint.split_once("://").unwrap_or(("http", endpoint));
    let host = rest.trim_end_matches('/');
    let wrong =
        host.is_empty() || host.contains(|c: char| c.is_whitespace() || c.is_control() || "/?#@".contains(c));
    (matches!(scheme, "http" | "https") && !wrong).then(|| format!("{scheme}://{host}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        for (text, want) in [
            ("http://a:2379/", Some("http://a:2379")),
            ("https://b", Some("https://b")),
            ("c:2379", Some("http://c:2379")),
            ("ftp://d", None),
            ("http://", None),
            ("a b", None),
        ] {
            assert_eq!(url(text).as_deref(), want, "{text}");
        }
    }
}
