//! `telemetry`: metrics, and the service that announces them.

use super::value::{number, word};
use crate::decode::{Fields, each};
use crate::finding::{Findings, Span};
use crate::json5::Node;
use crate::load::Host;
use crate::metric::{HELP, NAMESPACE, SUBSYSTEM, TYPE, definition, mark};
use crate::shape::{Form, Key, Kind, Shape, Stranger};
use crate::telemetry::{HEARTBEAT, PATH, PORT, SERVICE_NAME, TTL};
use crate::{interfaces, metric, service};
use gyropilot_model::{Health, PostedMetric, Service, Telemetry};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

pub(super) const SHAPE: Shape = Shape::new(
    "telemetry",
    Form::Jobs,
    "`telemetry`",
    &[
        Key::new("port", Kind::PORT, "9090", "where /metrics and /status are served"),
        Key::new("interfaces", Kind::RULES, "[\"eth0:inet\", \"inet\"]", "rules as for jobs"),
        Key::new("tags", Kind::TEXTS, "none", "the pilot's version is added to them"),
        Key::new(
            "metrics",
            Kind::List(&Kind::Object("telemetry.metrics[]")),
            "none",
            "metrics whose values are posted to the control socket",
        ),
        Key::own("address", Kind::Text, "the announced one", "an IP address to listen on, such as `0.0.0.0`"),
    ],
    &[Stranger::renamed(
        "sensors",
        "metrics",
        "belongs to the v2 form; here it is `metrics`, and a job that posts their values",
    )],
);

pub(super) const METRIC: Shape = Shape::new(
    "telemetry.metrics[]",
    Form::Jobs,
    "a metric",
    &[
        NAMESPACE,
        SUBSYSTEM,
        Key::required("name", Kind::Text, "letters, digits, `_`, `:`; none that begins with `gyropilot_`"),
        HELP,
        TYPE,
    ],
    &[
        Stranger::new(
            "poll",
            "belongs to a v2 sensor; here a job with when: { interval: … } posts the value",
        ),
        Stranger::new("check", "belongs to a v2 sensor; here a job posts the value"),
        Stranger::new("exec", "belongs to a job, which posts the value"),
    ],
);

/// The `telemetry` object, and the service that announces it: told to be alive every 5 s, with a TTL of 15 s.
pub(super) fn telemetry(
    node: &Node,
    host: &Host<'_>,
    findings: &mut Findings,
) -> Option<(Telemetry, Service)> {
    let fields = Fields::open(node, "telemetry", &SHAPE, findings)?;
    let port = match fields.get("port") {
        Some(_) => number(&fields, "port", "telemetry", (1, i64::from(u16::MAX)), findings)
            .and_then(|port| u16::try_from(port).ok()),
        None => Some(PORT),
    };
    let announced = interfaces::address(&fields, Form::Jobs, host, findings);
    let listen = listen(&fields, findings);
    let tags = service::tags(&fields, findings);
    let metrics = each(&fields, "metrics", findings, posted);
    let metrics = metric::without_conflicts(last_of_each(metrics, findings), "metrics", findings);
    let (port, announced) = (port?, announced?);
    let mut tags = tags?;
    tags.push(env!("CARGO_PKG_VERSION").to_owned());
    let health = Health { command: None, interval: HEARTBEAT, timeout: None };
    let service = Service::new(SERVICE_NAME, host.hostname, TTL, health);
    let service =
        Service { check_id: format!("service:{}", service.id), address: announced, port, tags, ..service };
    let listen = SocketAddr::new(listen?.unwrap_or(announced), port);
    Some((Telemetry { listen, path: PATH.to_owned(), sensors: Vec::new(), metrics }, service))
}

/// Where to listen, when that is not the announced address.
fn listen(fields: &Fields<'_>, findings: &mut Findings) -> Option<Option<IpAddr>> {
    let Some(written) = word(fields, "address", findings) else { return Some(None) };
    match written.parse() {
        Ok(address) => Some(Some(address)),
        Err(_) => {
            findings
                .error(mark(fields, "address"), "telemetry.address is no IP address")
                .label("expected such as \"0.0.0.0\" or \"::\"");
            None
        }
    }
}

/// A metric with the place of its name.
fn posted(node: &Node, path: &str, findings: &mut Findings) -> Option<(PostedMetric, Span)> {
    let fields = Fields::open(node, path, &METRIC, findings)?;
    let found = definition(&fields, "metric", path, findings)?;
    let metric = PostedMetric { metric: found.metric, key: found.key, help: found.help, kind: found.kind };
    Some((metric, mark(&fields, "name")))
}

/// Of several metrics of one name the original used the last without a word.
fn last_of_each(metrics: Vec<(PostedMetric, Span)>, findings: &mut Findings) -> Vec<(PostedMetric, Span)> {
    let mut last: BTreeMap<&str, usize> = BTreeMap::new();
    let mut replaced: Vec<usize> = Vec::new();
    for (i, (metric, place)) in metrics.iter().enumerate() {
        if let Some(earlier) = last.insert(&metric.metric, i) {
            replaced.push(earlier);
            let finding = findings.warning(place.clone(), format!("two metrics are named {}", metric.metric));
            finding.label("this one is used");
            if let Some((_, place)) = metrics.get(earlier) {
                finding.also(place.clone(), "this one is not");
            }
        }
    }
    let kept = metrics.into_iter().enumerate().filter(|(i, _)| !replaced.contains(i));
    kept.map(|(_, metric)| metric).collect()
}
