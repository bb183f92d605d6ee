//! `telemetry`: metrics, and the service that announces them.

use super::item::{self, one_of, positive, seconds, timeout};
use super::{each, interfaces, services};
use crate::decode::{Fields, Shape, Stranger, command, text};
use crate::finding::Findings;
use crate::json5::{Node, Value};
use crate::load::Host;
use gyropilot_model::{Health, Sensor, SensorKind, Service, Telemetry};
use std::net::SocketAddr;
use std::time::Duration;

const SERVICE_NAME: &str = "containerpilot";
const PORT: i64 = 9090;
const PATH: &str = "/metrics";
const HEARTBEAT: Duration = Duration::from_secs(5);
const TTL: Duration = Duration::from_secs(15);

pub(super) const SHAPE: Shape = Shape {
    what: "`telemetry`",
    keys: &["port", "interfaces", "tags", "sensors", "serviceName", "url", "ttl", "poll"],
    strangers: &[Stranger::new("metrics", "belongs to the v3 form; the v2 form of it is `sensors`")],
    exact: false,
};

pub(super) const SENSOR: Shape = Shape {
    what: "a sensor",
    keys: &["namespace", "subsystem", "name", "help", "type", "poll", "check", "timeout"],
    strangers: &[
        Stranger::renamed("interval", "poll", "belongs to the v3 form"),
        Stranger::renamed("command", "check", "belongs to a task"),
        Stranger::renamed("exec", "check", "belongs to a v3 job"),
    ],
    exact: false,
};

const KINDS: [(&str, SensorKind); 4] = [
    ("counter", SensorKind::Counter),
    ("gauge", SensorKind::Gauge),
    ("histogram", SensorKind::Histogram),
    ("summary", SensorKind::Summary),
];

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
        Some(_) => positive(&fields, "port", &owner, i64::from(u16::MAX), findings),
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
        _ => interfaces::address(&fields, host, findings),
    };
    let tags = match fields.get("tags") {
        Some(node) => services::tags(node, "telemetry.tags", findings),
        None => Some(Vec::new()),
    };
    let sensors = each(&fields, "sensors", findings, sensor);
    let port = u16::try_from(port?).ok()?;
    let address = address?;
    let service = Service {
        id: format!("{name}-{}", host.hostname),
        name,
        address,
        port,
        tags: tags?,
        ttl: ttl?,
        health: Health { command: None, interval: interval?, timeout: None },
        enable_tag_override: false,
        deregister_critical_after: None,
    };
    let sensors = without_conflicts(sensors, findings);
    Some((Telemetry { listen: SocketAddr::new(address, port), path: path?, sensors }, service))
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

/// A sensor with the place of its name.
type Placed = (Sensor, crate::finding::Span);

fn sensor(node: &Node, path: &str, findings: &mut Findings) -> Option<Placed> {
    let fields = Fields::open(node, path, &SENSOR, findings)?;
    let part = |key: &str, findings: &mut Findings| match fields.get(key) {
        Some(node) => text(node, &fields.path(key), findings),
        None => Some(String::new()),
    };
    let namespace = part("namespace", findings);
    let subsystem = part("subsystem", findings);
    let name = part("name", findings);
    let help = part("help", findings);
    let owner = item::owner("sensor", name.as_deref().filter(|name| !name.is_empty()), path);
    let mark = |key: &str| fields.get(key).map_or_else(|| fields.mark.clone(), Node::mark);

    let metric = match (namespace, subsystem, name) {
        (Some(namespace), Some(subsystem), Some(name)) => {
            // Prometheus joins nothing when the name itself is empty.
            let parts = if name.is_empty() { vec![] } else { vec![namespace, subsystem, name] };
            Some(parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("_"))
        }
        _ => None,
    };
    if let Some(metric) = metric.as_deref().filter(|metric| !is_metric_name(metric))
        && !fields.is_misspelt("name")
    {
        findings
            .error(mark("name"), format!("\"{}\" is not a valid metric name", metric.escape_debug()))
            .label("expected letters, digits, `_` and `:`, not beginning with a digit");
    }
    if help.as_deref().is_some_and(str::is_empty) && !fields.is_misspelt("help") {
        findings
            .error(mark("help"), format!("empty help string in {owner}"))
            .label("expected `help`, a sentence on what the metric means");
    }
    let kind = match fields.get("type") {
        Some(node) => {
            let message = |word: &str| format!("invalid sensor type: {word}");
            one_of(node, &fields.path("type"), &KINDS, message, findings)
        }
        None => {
            if !fields.is_misspelt("type") {
                findings
                    .error(fields.mark.clone(), format!("invalid sensor type: none given in {owner}"))
                    .label("no `type` in here")
                    .hint("add `type`: \"counter\", \"gauge\", \"histogram\" or \"summary\"");
            }
            None
        }
    };
    // The original crashed without one.
    let interval = seconds(&fields, "poll", &owner, findings);
    let command = match fields.get("check") {
        Some(node) => {
            let message = |reason: &str| format!("could not parse check in {owner}: {reason}");
            command(node, message, findings)
        }
        None => {
            if !fields.is_misspelt("check") {
                findings
                    .error(
                        fields.mark.clone(),
                        format!("could not parse check in {owner}: received zero-length argument"),
                    )
                    .label("no `check` in here")
                    .hint("add `check`, a command that prints one number");
            }
            None
        }
    };
    // The original read this and never enforced it.
    let timeout = timeout(&fields, &owner, findings).or(interval);
    let sensor = Sensor {
        metric: metric?,
        help: help?,
        kind: kind?,
        command: command?,
        interval: interval?,
        timeout: timeout?,
    };
    Some((sensor, mark("name")))
}

/// Two sensors may feed one metric, but they must agree on what it is.
fn without_conflicts(sensors: Vec<Placed>, findings: &mut Findings) -> Vec<Sensor> {
    let mut kept: Vec<Placed> = Vec::with_capacity(sensors.len());
    for (sensor, place) in sensors {
        let same = |(other, _): &&Placed| other.metric == sensor.metric;
        if let Some((other, earlier)) = kept.iter().find(same)
            && (other.kind != sensor.kind || other.help != sensor.help)
        {
            findings
                .error(place.clone(), format!("the metric {} is described twice, differently", sensor.metric))
                .label("differs in `type` or `help`")
                .also(earlier.clone(), "first described here");
        }
        kept.push((sensor, place));
    }
    kept.into_iter().map(|(sensor, _)| sensor).collect()
}

/// The rule of Prometheus: `[a-zA-Z_:][a-zA-Z0-9_:]*`.
fn is_metric_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    !name.is_empty() && name.chars().all(fits) && !name.starts_with(|c: char| c.is_ascii_digit())
}
