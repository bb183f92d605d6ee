//! The definition of a metric, which sensors of one form and metrics of the other share.

use crate::decode::{Fields, one_of, text};
use crate::finding::{Findings, Span};
use crate::json5::{Node, Value};
use crate::shape::{Key, Kind};
use gyropilot_model::SensorKind;
use std::collections::BTreeMap;

pub(crate) const NAMESPACE: Key = Key::new("namespace", Kind::Text, "none", "joined with `name` by `_`");
pub(crate) const SUBSYSTEM: Key = Key::new("subsystem", Kind::Text, "none", "joined with `name` by `_`");
pub(crate) const HELP: Key = Key::required("help", Kind::Text, "what the metric means");
pub(crate) const TYPE: Key = Key::required(
    "type",
    Kind::Words(&["counter", "gauge", "histogram", "summary"]),
    "how values are taken up: added, replaced, counted into buckets, kept as quantiles",
);

/// How the names of the pilot's own metrics begin.
const OWN: &str = "gyropilot_";

/// Those that are the pilot's own and have the names of version 3.
const ORIGINAL: [&str; 3] =
    ["containerpilot_control_http_requests", "containerpilot_events", "containerpilot_watch_instances"];

const KINDS: [(&str, SensorKind); 4] = [
    ("counter", SensorKind::Counter),
    ("gauge", SensorKind::Gauge),
    ("histogram", SensorKind::Histogram),
    ("summary", SensorKind::Summary),
];

/// What a metric is called and means.
pub(crate) struct Definition {
    /// Namespace, subsystem and name, joined by `_` where not empty.
    pub(crate) metric: String,
    /// The same with the empty parts.
    pub(crate) key: String,
    pub(crate) help: String,
    pub(crate) kind: SensorKind,
}

/// The keys `namespace`, `subsystem`, `name`, `help` and `type`. `what` is the word for the thing, `owner` its name.
pub(crate) fn definition(
    fields: &Fields<'_>,
    what: &str,
    path: &str,
    findings: &mut Findings,
) -> Option<Definition> {
    let part = |key: &str, findings: &mut Findings| match fields.get(key) {
        Some(node) => text(node, &fields.path(key), findings),
        None => Some(String::new()),
    };
    let namespace = part("namespace", findings);
    let subsystem = part("subsystem", findings);
    let name = part("name", findings);
    let help = part("help", findings);
    let owner = owner(fields, what, path);

    let names = match (namespace, subsystem, name) {
        (Some(namespace), Some(subsystem), Some(name)) => {
            // Prometheus joins nothing when the name itself is empty.
            let parts = if name.is_empty() { vec![] } else { vec![namespace, subsystem, name] };
            let key = parts.join("_");
            let metric = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("_");
            Some((metric, key))
        }
        _ => None,
    };
    if let Some((metric, _)) = &names {
        check_name(metric, fields, findings);
    }
    if help.as_deref().is_some_and(str::is_empty) && !fields.is_misspelt("help") {
        findings
            .error(mark(fields, "help"), format!("empty help string in {owner}"))
            .label("expected `help`, a sentence on what the metric means");
    }
    let kind = match fields.get("type") {
        Some(node) => {
            let message = |word: &str| format!("invalid {what} type: {word}");
            one_of(node, &fields.path("type"), &KINDS, message, findings)
        }
        None => {
            if !fields.is_misspelt("type") {
                findings
                    .error(fields.mark.clone(), format!("invalid {what} type: none given in {owner}"))
                    .label("no `type` in here")
                    .hint("add `type`: \"counter\", \"gauge\", \"histogram\" or \"summary\"");
            }
            None
        }
    };
    let (metric, key) = names?;
    Some(Definition { metric, key, help: help?, kind: kind? })
}

/// How messages name it: by its name, or else by its place.
pub(crate) fn owner(fields: &Fields<'_>, what: &str, path: &str) -> String {
    match fields.get("name").map(|node| &node.value) {
        Some(Value::String(name)) if !name.is_empty() => format!("{what} {name}"),
        _ => path.to_owned(),
    }
}

/// Where a key's value stands, or else the object.
pub(crate) fn mark(fields: &Fields<'_>, key: &str) -> Span {
    fields.get(key).map_or_else(|| fields.mark.clone(), Node::mark)
}

fn check_name(metric: &str, fields: &Fields<'_>, findings: &mut Findings) {
    if !is_metric_name(metric) && !fields.is_misspelt("name") {
        findings
            .error(mark(fields, "name"), format!("\"{}\" is not a valid metric name", metric.escape_debug()))
            .label("expected letters, digits, `_` and `:`, not beginning with a digit");
    }
    if metric.starts_with(OWN) || ORIGINAL.contains(&metric) {
        let given = |key: &&str| {
            fields.get(key).is_some_and(|node| !matches!(&node.value, Value::String(part) if part.is_empty()))
        };
        let first = ["namespace", "subsystem"].into_iter().find(given).unwrap_or("name");
        let message = if metric.starts_with(OWN) {
            format!("metrics that begin with {OWN} are the pilot's own")
        } else {
            format!("{metric} is a metric of the pilot's own")
        };
        findings.error(mark(fields, first), message).label("expected another beginning");
    }
}

/// Something that has a metric.
pub(crate) trait Measured {
    /// The name of its metric.
    fn metric(&self) -> &str;
    /// How values are taken up.
    fn kind(&self) -> SensorKind;
}

impl Measured for gyropilot_model::Sensor {
    fn metric(&self) -> &str {
        &self.metric
    }

    fn kind(&self) -> SensorKind {
        self.kind
    }
}

impl Measured for gyropilot_model::PostedMetric {
    fn metric(&self) -> &str {
        &self.metric
    }

    fn kind(&self) -> SensorKind {
        self.kind
    }
}

/// Two of one metric would overwrite each other's values, and a page on which a name stands twice is refused by
/// Prometheus as a whole. `what` is the word for several of them.
pub(crate) fn without_conflicts<T: Measured>(
    items: Vec<(T, Span)>,
    what: &str,
    findings: &mut Findings,
) -> Vec<T> {
    let mut taken: BTreeMap<String, (&T, &Span)> = BTreeMap::new();
    for (item, place) in &items {
        let names = series(item);
        if let Some((name, (other, earlier))) = names.iter().find_map(|name| taken.get_key_value(name)) {
            if other.metric() == item.metric() {
                findings
                    .error(place.clone(), format!("two {what} have the metric {}", item.metric()))
                    .label("measured again here")
                    .also((*earlier).clone(), "first measured here")
                    .hint("give each its own name, or leave one out");
            } else {
                let (first, second) = (other.metric(), item.metric());
                findings
                    .error(
                        place.clone(),
                        format!("the metrics {first} and {second} both have the series {name}"),
                    )
                    .label(format!("takes the name {name}"))
                    .also((*earlier).clone(), "takes it too")
                    .hint("a histogram x takes x_bucket, x_sum and x_count too, a summary x_sum and x_count");
            }
            continue;
        }
        taken.extend(names.into_iter().map(|name| (name, (item, place))));
    }
    items.into_iter().map(|(item, _)| item).collect()
}

/// Every name that a metric takes on the page.
fn series(item: &impl Measured) -> Vec<String> {
    let suffixes: &[&str] = match item.kind() {
        SensorKind::Counter | SensorKind::Gauge => &[""],
        SensorKind::Histogram => &["", "_bucket", "_sum", "_count"],
        SensorKind::Summary => &["", "_sum", "_count"],
    };
    suffixes.iter().map(|suffix| format!("{}{suffix}", item.metric())).collect()
}

/// The rule of Prometheus: `[a-zA-Z_:][a-zA-Z0-9_:]*`.
fn is_metric_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    !name.is_empty() && name.chars().all(fits) && !name.starts_with(|c: char| c.is_ascii_digit())
}
