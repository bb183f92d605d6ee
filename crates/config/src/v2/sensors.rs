//! `telemetry.sensors`: what the pilot measures for others.

use super::item::{self, one_of, seconds, timeout};
use crate::decode::{Fields, Shape, Stranger, command, text};
use crate::finding::{Findings, Span};
use crate::json5::{Node, Value};
use gyropilot_model::{Sensor, SensorKind};
use std::collections::BTreeMap;

/// How the names of the pilot's own metrics begin.
const OWN: &str = "gyropilot_";

pub(super) const SHAPE: Shape = Shape {
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

/// A sensor with the place of its name.
pub(super) type Placed = (Sensor, Span);

/// One sensor.
pub(super) fn sensor(node: &Node, path: &str, findings: &mut Findings) -> Option<Placed> {
    let fields = Fields::open(node, path, &SHAPE, findings)?;
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
    if metric.as_deref().is_some_and(|metric| metric.starts_with(OWN)) {
        let given = |key: &&str| {
            fields.get(key).is_some_and(|node| !matches!(&node.value, Value::String(part) if part.is_empty()))
        };
        let first = ["namespace", "subsystem"].into_iter().find(given).unwrap_or("name");
        findings
            .error(mark(first), format!("metrics that begin with {OWN} are the pilot's own"))
            .label("expected another beginning");
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

/// Two sensors of one metric would overwrite each other's values, and a page on which a name stands twice is refused by
/// Prometheus as a whole.
pub(super) fn without_conflicts(sensors: Vec<Placed>, findings: &mut Findings) -> Vec<Sensor> {
    let mut taken: BTreeMap<String, (&Sensor, &Span)> = BTreeMap::new();
    for (sensor, place) in &sensors {
        let names = series(sensor);
        if let Some((name, (other, earlier))) = names.iter().find_map(|name| taken.get_key_value(name)) {
            if other.metric == sensor.metric {
                findings
                    .error(place.clone(), format!("two sensors have the metric {}", sensor.metric))
                    .label("measured again here")
                    .also((*earlier).clone(), "first measured here")
                    .hint("give each its own name, or leave one out");
            } else {
                findings
                    .error(
                        place.clone(),
                        format!(
                            "the metrics {} and {} both have the series {name}",
                            other.metric, sensor.metric
                        ),
                    )
                    .label(format!("takes the name {name}"))
                    .also((*earlier).clone(), "takes it too")
                    .hint("a histogram x takes x_bucket, x_sum and x_count too, a summary x_sum and x_count");
            }
            continue;
        }
        taken.extend(names.into_iter().map(|name| (name, (sensor, place))));
    }
    sensors.into_iter().map(|(sensor, _)| sensor).collect()
}

/// Every name that the metric of a sensor takes on the page.
fn series(sensor: &Sensor) -> Vec<String> {
    let suffixes: &[&str] = match sensor.kind {
        SensorKind::Counter | SensorKind::Gauge => &[""],
        SensorKind::Histogram => &["", "_bucket", "_sum", "_count"],
        SensorKind::Summary => &["", "_sum", "_count"],
    };
    suffixes.iter().map(|suffix| format!("{}{suffix}", sensor.metric)).collect()
}

/// The rule of Prometheus: `[a-zA-Z_:][a-zA-Z0-9_:]*`.
fn is_metric_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    !name.is_empty() && name.chars().all(fits) && !name.starts_with(|c: char| c.is_ascii_digit())
}
