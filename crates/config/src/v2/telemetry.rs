//! `telemetry`: metrics, and the service that announces them.

use super::item::{port, seconds};
use super::sensors;
use crate::decode::{Fields, each, text};
use crate::finding::Findings;
use crate::json5::{Node, Value};
use crate::load::Host;
use crate::shape::{Form, Key, Kind, Shape, Stranger};
use crate::telemetry::{HEARTBEAT, PATH, PORT, SERVICE_NAME, TTL};
use crate::{interfaces, metric, service};
use gyropilot_model::{Health, Service, Telemetry};
use std::net::SocketAddr;
use std::time::Duration;

pub(super) const SHAPE: Shape = Shape::new(
    "telemetry",
    Form::Hooks,
    "`telemetry`",
    &[
        Key::new("port", Kind::PORT, "9090", "where metrics are served"),
        Key::new("interfaces", Kind::TEXTS, "[\"eth0:inet\"]", "rules as for services"),
        Key::new("tags", Kind::TEXTS, "none", "for those who look it up"),
        Key::new(
            "sensors",
            Kind::List(&Kind::Object("telemetry.sensors[]")),
            "none",
            "what is measured by commands",
        ),
        Key::new("serviceName", Kind::Text, "containerpilot", "what it is announced as"),
        Key::new("url", Kind::Text, "/metrics", "a path"),
        Key::new("ttl", Kind::POSITIVE_SECONDS, "15", "as for services"),
        Key::new("poll", Kind::POSITIVE_SECONDS, "5", "time between two heartbeats"),
    ],
    &[Stranger::new("metrics", "belongs to the v3 form; the v2 form of it is `sensors`")],
);

/// The `telemetry` object, and the service that announces it: by default `containerpilot` on port 9090, told to be
/// alive every 5 s, with a TTL of 15 s and no check.
pub(super) fn telemetry(
    node: &Node,
    host: &Host<'_>,
    findings: &mut Findings,
) -> Option<(Telemetry, Service)> {
    let fields = Fields::open(node, "telemetry", &SHAPE, findings)?;
    let name = match fields.get("serviceName") {
        Some(node) => text(node, "telemetry.serviceName", findings)?,
        None => SERVICE_NAME.to_owned(),
    };
    let owner = format!("service {name}");
    let given = |key: &str, findings: &mut Findings, default: Duration| match fields.get(key) {
        Some(_) => seconds(&fields, key, &owner, findings),
        None => Some(default),
    };
    let interval = given("poll", findings, HEARTBEAT);
    let ttl = given("ttl", findings, TTL);
    let port = match fields.get("port") {
        Some(_) => port(&fields, &owner, findings),
        None => Some(PORT),
    };
    let path = path(&fields, findings);
    let address = match fields.get("interfaces") {
        Some(node) if !matches!(node.value, Value::List(_) | Value::Null) => {
            findings
                .error(node.mark(), "`interfaces` of telemetry must be a list")
                .label(format!("expected such as [\"eth0\"], got {}", node.value.kind()))
                .hint("put it in brackets; only a service takes a single rule");
            None
        }
        _ => interfaces::address(&fields, Form::Hooks, host, findings),
    };
    let tags = service::tags(&fields, findings);
    let sensors = each(&fields, "sensors", findings, sensors::sensor);
    let port = port?;
    let address = address?;
    let health = Health { command: None, interval: interval?, timeout: None };
    let service = Service { address, port, tags: tags?, ..Service::new(&name, host.hostname, ttl?, health) };
    let sensors = metric::without_conflicts(sensors, "sensors", findings);
    Some((
        Telemetry { listen: SocketAddr::new(address, port), path: path?, sensors, metrics: Vec::new() },
        service,
    ))
}

fn path(fields: &Fields<'_>, findings: &mut Findings) -> Option<String> {
    let Some(node) = fields.get("url") else { return Some(PATH.to_owned()) };
    let path = text(node, "telemetry.url", findings)?;
    if path.starts_with('/') && !path.contains(|c: char| c.is_whitespace() || matches!(c, '?' | '#')) {
        return Some(path);
    }
    findings.error(node.mark(), "`url` must be a path in telemetry").label("expected such as \"/metrics\"");
    None
}
