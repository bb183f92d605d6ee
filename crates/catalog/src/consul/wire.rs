//! Consul's HTTP API: paths, queries and bodies of requests.
//!
//! Source: Consul's API documentation, and answers of Consul 1.8.7.

use crate::Read;
use gyropilot_model::{Service, Status, format_go_duration};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

/// A path with its query, each part escaped as it is added.
pub(super) struct Target {
    text: String,
    has_query: bool,
}

// === impl Target ===

impl Target {
    /// `path` is used as it stands.
    pub(super) fn new(path: &str) -> Self {
        Self { text: path.to_owned(), has_query: false }
    }

    /// Adds one path segment, slashes escaped.
    pub(super) fn segment(mut self, segment: &str) -> Self {
        escape(&mut self.text, segment, false);
        self
    }

    /// Adds a key, its slashes kept. Consul answers a doubled slash with a
    /// redirect, so leading ones are dropped.
    pub(super) fn key(mut self, key: &str) -> Self {
        escape(&mut self.text, key.trim_start_matches('/'), true);
        self
    }

    /// Adds `name=value`.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.text.push(if self.has_query { '&' } else { '?' });
        self.has_query = true;
        self.text.push_str(name);
        self.text.push('=');
        escape(&mut self.text, value, false);
        self
    }

    /// Adds the datacentre, if there is one.
    pub(super) fn datacenter(self, datacenter: Option<&str>) -> Self {
        match datacenter {
            Some(dc) => self.with("dc", dc),
            None => self,
        }
    }

    /// Adds what `read` asks for; `datacenter` is the configuration's.
    pub(super) fn reading(self, read: &Read, datacenter: Option<&str>) -> Self {
        let mut this = self.datacenter(read.datacenter.as_deref().or(datacenter));
        if read.stale {
            this = this.with("stale", "");
        }
        if let Some(index) = read.index {
            this = this.with("index", &index.to_string());
            if !read.wait.is_zero() {
                this = this.with("wait", &format!("{}ms", read.wait.as_millis().max(1)));
            }
        }
        this
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }
}

/// RFC 3986: everything is escaped but the unreserved characters, and the colon,
/// which paths and queries may hold and Consul's own check ids do.
fn escape(into: &mut String, text: &str, keep_slash: bool) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' => {
                into.push(byte as char);
            }
            b'/' if keep_slash => into.push('/'),
            // Writing to a String cannot fail.
            _ => drop(write!(into, "%{byte:02X}")),
        }
    }
}

/// The longest that a read may take: what it waits, the sixteenth that the
/// server adds at random, and 5 s on the way; 10 s for one that does not wait,
/// because Consul itself looks for a lost leader for 7 s.
pub(super) fn read_timeout(read: &Read) -> Duration {
    const SLACK: Duration = Duration::from_secs(5);
    const DEFAULT_WAIT: Duration = Duration::from_secs(300);
    const MAX_WAIT: Duration = Duration::from_secs(600);
    if read.index.is_none() {
        return Duration::from_secs(10);
    }
    let wait = if read.wait.is_zero() { DEFAULT_WAIT } else { read.wait.min(MAX_WAIT) };
    (wait + wait / 16 + SLACK).max(Duration::from_secs(10))
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Registration<'a> {
    #[serde(rename = "ID")]
    id: &'a str,
    name: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    tags: &'a [String],
    address: String,
    port: u16,
    #[serde(skip_serializing_if = "is_false")]
    enable_tag_override: bool,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    meta: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    weights: Option<BodyWeights>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    tagged_addresses: BTreeMap<&'a str, BodyAddress<'a>>,
    check: TtlCheck<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct BodyWeights {
    passing: u16,
    warning: u16,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct BodyAddress<'a> {
    address: &'a str,
    port: u16,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TtlCheck<'a> {
    #[serde(rename = "CheckID", skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    status: &'static str,
    notes: String,
    #[serde(rename = "TTL")]
    ttl: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    deregister_critical_service_after: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Update<'a> {
    status: &'static str,
    output: &'a str,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's form of a predicate")]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// The body of `PUT /v1/agent/service/register`. Id, name and notes of the
/// check are those of ContainerPilot, so that a service which it registered is
/// taken over and not doubled: version 2 named the check as the service,
/// version 3 left it to Consul, which says `service:` before that.
pub(super) fn registration(service: &Service, status: Status) -> Vec<u8> {
    let by_consul = service.check_id.strip_prefix("service:") == Some(&service.id);
    let check_id = (!by_consul).then_some(service.check_id.as_str());
    let addresses = service.tagged_addresses.iter();
    let body = Registration {
        id: &service.id,
        name: &service.name,
        tags: &service.tags,
        address: service.address.to_string(),
        port: service.port,
        enable_tag_override: service.enable_tag_override,
        meta: &service.meta,
        weights: service
            .weights
            .map(|weights| BodyWeights { passing: weights.passing, warning: weights.warning }),
        tagged_addresses: addresses
            .map(|(name, (address, port))| (name.as_str(), BodyAddress { address, port: *port }))
            .collect(),
        check: TtlCheck {
            id: check_id,
            name: check_id,
            status: check_status(status),
            notes: format!("TTL for {} set by containerpilot", service.name),
            ttl: format_go_duration(service.ttl),
            deregister_critical_service_after: service.deregister_critical_after.as_deref(),
        },
    };
    json(&body)
}

/// The body of `PUT /v1/agent/check/update/<id>`.
pub(super) fn update(status: Status, output: &str) -> Vec<u8> {
    json(&Update { status: check_status(status), output })
}

/// The word that a TTL check takes: it has none for maintenance.
pub(super) const fn check_status(status: Status) -> &'static str {
    match status {
        Status::Passing => "passing",
        Status::Warning => "warning",
        Status::Critical | Status::Maintenance => "critical",
    }
}

/// The endpoint of before `check/update`.
pub(super) const fn check_verb(status: Status) -> &'static str {
    match status {
        Status::Passing => "pass",
        Status::Warning => "warn",
        Status::Critical | Status::Maintenance => "fail",
    }
}

/// Strings and numbers always have a JSON form.
fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}
