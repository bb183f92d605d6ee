//! Answers of Consul's HTTP API, from bytes to records.
//!
//! Each function takes whatever came over the wire. Consul's shapes are taken
//! as they are documented; fields that a version does not know are absent, and
//! fields that we do not know are skipped.

use crate::{Agent, Error, KeyValue, Meta, Node, NodeServices, ServiceEntry, ServiceRecord};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::time::Duration;

/// The longest piece of an answer's text that goes into an error.
const MAX_TEXT: usize = 300;

/// `GET /v1/health/service/<name>`.
///
/// # Errors
/// [`Error::Malformed`] when it is not that.
pub fn instances(body: &[u8]) -> Result<Vec<ServiceEntry>, Error> {
    list(body)
}

/// `GET /v1/catalog/services`: names with their tags, sorted.
///
/// # Errors
/// [`Error::Malformed`] when it is not that.
pub fn services(body: &[u8]) -> Result<BTreeMap<String, Vec<String>>, Error> {
    let services: Option<BTreeMap<String, Option<Vec<String>>>> = json(body)?;
    let sorted = |tags: Option<Vec<String>>| {
        let mut tags = tags.unwrap_or_default();
        tags.sort();
        tags
    };
    Ok(services.unwrap_or_default().into_iter().map(|(name, tags)| (name, sorted(tags))).collect())
}

/// `GET /v1/catalog/nodes`.
///
/// # Errors
/// [`Error::Malformed`] when it is not that.
pub fn nodes(body: &[u8]) -> Result<Vec<Node>, Error> {
    list(body)
}

/// `GET /v1/catalog/node/<name>`; `null` for an unknown one.
///
/// # Errors
/// [`Error::Malformed`] when it is not that.
pub fn node(body: &[u8]) -> Result<Option<NodeServices>, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Body {
        node: Option<Node>,
        services: Option<BTreeMap<String, ServiceRecord>>,
    }
    let Some(Body { node: Some(node), services }) = json::<Option<Body>>(body)? else { return Ok(None) };
    Ok(Some(NodeServices { node, services: services.unwrap_or_default().into_values().collect() }))
}

/// `GET /v1/catalog/datacenters`.
///
/// # Errors
/// [`Error::Malformed`] when it is not that.
pub fn datacenters(body: &[u8]) -> Result<Vec<String>, Error> {
    list(body)
}

/// `GET /v1/agent/self`.
///
/// # Errors
/// [`Error::Malformed`] when it is not that.
pub fn agent(body: &[u8]) -> Result<Agent, Error> {
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "PascalCase", default)]
    struct Body {
        config: Config,
        member: Member,
    }
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "PascalCase", default)]
    struct Config {
        datacenter: String,
        node_name: String,
        version: String,
    }
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "PascalCase", default)]
    struct Member {
        addr: String,
    }
    let Body { config, member } = json(body)?;
    Ok(Agent {
        node_name: config.node_name,
        address: member.addr,
        datacenter: config.datacenter,
        version: config.version,
    })
}

/// `GET /v1/agent/service/<id>`.
///
/// # Errors
/// [`Error::Malformed`] when it is not that, or has no id.
pub fn registration(body: &[u8]) -> Result<ServiceRecord, Error> {
    let record: ServiceRecord = json(body)?;
    if record.id.is_empty() {
        return Err(Error::Malformed("a service without an id".to_owned()));
    }
    Ok(record)
}

/// `GET /v1/agent/services`, by id.
///
/// # Errors
/// [`Error::Malformed`] when it is not that.
pub fn registrations(body: &[u8]) -> Result<BTreeMap<String, ServiceRecord>, Error> {
    json::<Option<_>>(body).map(Option::unwrap_or_default)
}

/// `GET /v1/kv/<key>`, also with `recurse`.
///
/// # Errors
/// [`Error::Malformed`] when it is not that, or a value is not base64.
pub fn key_values(body: &[u8]) -> Result<Vec<KeyValue>, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Body {
        key: String,
        value: Option<String>,
        #[serde(default)]
        flags: u64,
        session: Option<String>,
        #[serde(default)]
        lock_index: u64,
        #[serde(default)]
        create_index: u64,
        #[serde(default)]
        modify_index: u64,
    }
    let bodies: Vec<Body> = list(body)?;
    let decode = |body: Body| {
        let value = STANDARD
            .decode(body.value.unwrap_or_default())
            .map_err(|_| Error::Malformed("a value is not base64".to_owned()))?;
        Ok(KeyValue {
            key: body.key,
            value,
            flags: body.flags,
            session: body.session,
            lock_index: body.lock_index,
            create_index: body.create_index,
            modify_index: body.modify_index,
        })
    };
    bodies.into_iter().map(decode).collect()
}

/// `GET /v1/kv/<prefix>?keys`.
///
/// # Errors
/// [`Error::Malformed`] when it is not that.
pub fn keys(body: &[u8]) -> Result<Vec<String>, Error> {
    list(body)
}

/// `PUT /v1/kv/<key>?cas=<index>`: was it written?
///
/// # Errors
/// [`Error::Malformed`] when it is not that.
pub fn verdict(body: &[u8]) -> Result<bool, Error> {
    json(body)
}

/// The headers that come with every read of the catalogue; `header` looks one
/// up by its name in lower case. What cannot be read counts as missing.
pub fn meta<'a>(header: impl Fn(&str) -> Option<&'a [u8]>) -> Meta {
    let text = |name: &str| header(name).and_then(|value| str::from_utf8(value).ok()).map(str::trim);
    let number = |name: &str| text(name).and_then(|text| text.parse::<u64>().ok());
    let is = |name: &str, word: &str| text(name).is_some_and(|text| text.eq_ignore_ascii_case(word));
    Meta {
        // Blocking on 0 does not block; blocking on 1 always does until something was written.
        index: number("x-consul-index").map(|index| index.max(1)),
        known_leader: !is("x-consul-knownleader", "false"),
        last_contact: number("x-consul-lastcontact").map(Duration::from_millis).unwrap_or_default(),
        filtered_by_acls: is("x-consul-results-filtered-by-acls", "true"),
    }
}

/// The text of a refusal, fit to be shown: on one line, short, and without any
/// of the `secrets`.
#[must_use]
pub fn text(body: &[u8], secrets: &[&str]) -> String {
    // Cut before anything is searched: an error page may be of any length.
    let head = body.get(..MAX_TEXT.saturating_mul(4)).unwrap_or(body);
    let mut text = String::from_utf8_lossy(head).into_owned();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        text = text.replace(secret, "[redacted]");
    }
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect();
    let line = words.join(" ");
    match line.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => format!("{}...", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

/// Consul writes an empty list as `[]` or `null`.
fn list<T: DeserializeOwned>(body: &[u8]) -> Result<Vec<T>, Error> {
    json::<Option<Vec<T>>>(body).map(Option::unwrap_or_default)
}

fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    // The reader's own message may quote values, and values may be secrets.
    serde_json::from_slice(body).map_err(|e| {
        Error::Malformed(format!("not the expected JSON at line {} column {}", e.line(), e.column()))
    })
}
