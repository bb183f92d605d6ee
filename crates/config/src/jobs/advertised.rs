//! What a job with a port offers to others.

use super::tagged;
use super::value::number;
use crate::decode::{Fields, members, one_of, text, whole};
use crate::finding::Findings;
use crate::interfaces;
use crate::load::Host;
use crate::service::{extras, extras_shape, tags};
use crate::shape::{Form, Key, Kind, Shape};
use crate::watched::{LONGEST_META_VALUE, MOST_META};
use gyropilot_model::{Health, HealthCheck, Service, Status, Weights};
use std::collections::BTreeMap;
use std::time::Duration;

pub(super) const CONSUL: Shape = extras_shape("jobs[].consul", Form::Jobs, "the `consul` part of a job");

pub(super) const WEIGHTS: Shape = Shape::new(
    "jobs[].weights",
    Form::Jobs,
    "`weights`",
    &[
        Key::own("passing", Kind::PORT, "1", "while it is passing"),
        Key::own(
            "warning",
            Kind::Whole { least: 0, most: 65_535 },
            "1",
            "while it is in doubt; 0 for no traffic",
        ),
    ],
    &[],
);

/// As the catalogue takes them, [`MOST_META`] entries at most.
const LONGEST_META_KEY: usize = 128;

const STATUSES: [(&str, Status); 3] =
    [("passing", Status::Passing), ("warning", Status::Warning), ("critical", Status::Critical)];

/// What is known of the job already.
pub(super) struct Known<'k> {
    pub(super) owner: &'k str,
    pub(super) name: Option<&'k str>,
    pub(super) port: Option<Option<u16>>,
    pub(super) health: Option<&'k Option<(HealthCheck, Option<Duration>)>>,
    pub(super) host: &'k Host<'k>,
}

/// The port; `Some(None)` when the job is not advertised.
pub(super) fn port(fields: &Fields<'_>, findings: &mut Findings) -> Option<Option<u16>> {
    let Some(node) = fields.get("port") else { return Some(None) };
    let number = whole(node, &fields.path("port"), findings)?;
    match u16::try_from(number) {
        Ok(0) => Some(None),
        Ok(port) => Some(Some(port)),
        Err(_) => {
            findings
                .error(node.mark(), format!("'{}' must be from 1 to 65535, or 0", fields.path("port")))
                .label("out of range");
            None
        }
    }
}

/// What is registered of the job; `Some(None)` when nothing is.
pub(super) fn service(
    fields: &Fields<'_>,
    known: &Known<'_>,
    findings: &mut Findings,
) -> Option<Option<Service>> {
    let Known { owner, name, port, health, host } = *known;
    let Some(port) = port? else {
        check_unadvertised(fields, owner, findings);
        return Some(None);
    };
    if matches!(health, Some(None)) && !fields.is_misspelt("health") {
        findings
            .error(
                fields.key_mark("port").unwrap_or_else(|| fields.mark.clone()),
                format!("{owner}.health must be set if 'port' is set"),
            )
            .label("no `health` beside this")
            .hint("health: { interval: 5, ttl: 15 } calls it healthy as long as it runs");
    }
    let initial_status = initial_status(fields, owner, findings);
    let address = interfaces::address(fields, Form::Jobs, host, findings);
    let tags = tags(fields, findings);
    let message =
        |reason: &str| format!("unable to parse {owner}.consul.deregisterCriticalServiceAfter: {reason}");
    // With this block the original demanded the second of its two keys.
    let (enable_tag_override, deregister_critical_after) = extras(fields, &CONSUL, message, findings);
    let meta = meta(fields, owner, findings);
    let weights = weights(fields, owner, findings);
    let tagged_addresses = tagged::addresses(fields, owner, port, findings);
    let (check, ttl) = health?.as_ref()?;
    let health = Health { command: None, interval: check.interval, timeout: None };
    let service = Service::new(name?, host.hostname, (*ttl)?, health);
    Some(Some(Service {
        // As the second generation of the original named it.
        check_id: format!("service:{}", service.id),
        address: address?,
        port,
        tags: tags?,
        enable_tag_override,
        deregister_critical_after,
        initial_status: initial_status?,
        meta: meta?,
        weights: weights?,
        tagged_addresses: tagged_addresses?,
        ..service
    }))
}

/// Without a port nothing of this is told to anybody. The original took it without a word; of our own keys it is an
/// error.
fn check_unadvertised(fields: &Fields<'_>, owner: &str, findings: &mut Findings) {
    for key in ["initial_status", "interfaces", "tags", "consul"] {
        if let Some(mark) = fields.get(key).and(fields.key_mark(key)) {
            findings
                .warning(mark, format!("{owner}.{key} has no effect without `port`"))
                .label("this job is not registered");
        }
    }
    for key in ["meta", "weights", "taggedAddresses"] {
        if let Some(mark) = fields.get(key).and(fields.key_mark(key)) {
            findings.error(mark, format!("{owner}.{key} needs `port`")).label("this job is not registered");
        }
    }
}

fn initial_status(fields: &Fields<'_>, owner: &str, findings: &mut Findings) -> Option<Option<Status>> {
    let Some(node) = fields.get("initial_status") else { return Some(None) };
    let path = fields.path("initial_status");
    let message =
        |_: &str| format!("{owner}.initialStatus must be one of 'passing', 'warning' or 'critical'");
    if text(node, &path, &mut Findings::default()).is_some_and(|text| text.is_empty()) {
        return Some(None);
    }
    one_of(node, &path, &STATUSES, message, findings).map(Some)
}

fn meta(fields: &Fields<'_>, owner: &str, findings: &mut Findings) -> Option<BTreeMap<String, String>> {
    let Some(node) = fields.get("meta") else { return Some(BTreeMap::new()) };
    let path = fields.path("meta");
    let members = members(node, &path, "`meta`", findings)?;
    if members.len() > MOST_META {
        findings
            .error(node.mark(), format!("{owner}.meta has {} entries", members.len()))
            .label(format!("the catalogue takes {MOST_META}"));
        return None;
    }
    let mut meta = BTreeMap::new();
    for member in members {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let key = &member.key;
        if key.is_empty() || key.len() > LONGEST_META_KEY || !key.chars().all(fits) {
            findings
                .error(member.key_span.clone(), format!("{owner}.meta: the catalogue takes no such key"))
                .label(format!("expected letters, digits, `-` and `_`, {LONGEST_META_KEY} at most"));
            return None;
        }
        if key.starts_with("consul-") {
            findings
                .error(
                    member.key_span.clone(),
                    format!("{owner}.meta: keys that begin with consul- are Consul's own"),
                )
                .label("expected another beginning");
            return None;
        }
        let value = text(&member.node, &format!("{path}.{key}"), findings)?;
        if value.len() > LONGEST_META_VALUE {
            findings
                .error(member.node.mark(), format!("{owner}.meta: this has {} bytes", value.len()))
                .label(format!("the catalogue takes {LONGEST_META_VALUE}"));
            return None;
        }
        meta.insert(key.clone(), value);
    }
    Some(meta)
}

fn weights(fields: &Fields<'_>, owner: &str, findings: &mut Findings) -> Option<Option<Weights>> {
    let Some(node) = fields.get("weights") else { return Some(None) };
    let weights = Fields::open(node, fields.path("weights"), &WEIGHTS, findings)?;
    let owner = format!("{owner}.weights");
    let mut weight = |key: &str, least: i64| match weights.get(key) {
        Some(_) => number(&weights, key, &owner, (least, i64::from(u16::MAX)), findings)
            .and_then(|weight| u16::try_from(weight).ok()),
        None => Some(1),
    };
    let (passing, warning) = (weight("passing", 1), weight("warning", 0));
    Some(Some(Weights { passing: passing?, warning: warning? }))
}
