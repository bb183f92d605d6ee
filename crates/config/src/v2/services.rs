//! `services`: what this container offers.

use super::interfaces;
use super::item::{self, catalog_name, duration_text, is_go_duration, positive, seconds, timeout};
use crate::decode::{Fields, Shape, Stranger, boolean, command, texts};
use crate::finding::{Findings, Span};
use crate::json5::Node;
use crate::load::Host;
use gyropilot_model::{Health, Service};

pub(super) const SHAPE: Shape = Shape {
    what: "a service",
    keys: &[
        "name",
        "port",
        "poll",
        "ttl",
        "health",
        "timeout",
        "interfaces",
        "tags",
        "consul",
        "id",
        "ipAddress",
    ],
    strangers: &[
        Stranger::new("exec", "belongs to a v3 job; in v2 the application stands on the command line"),
        Stranger::new("when", "belongs to a v3 job"),
        Stranger::new("restarts", "belongs to a v3 job, or to one of `coprocesses`"),
        Stranger::new("stopTimeout", "belongs to a v3 job, or to the top of the configuration"),
        Stranger::renamed("interval", "poll", "belongs to a v3 health check"),
        Stranger::new("initial_status", "belongs to a v3 job"),
        Stranger::new("initialStatus", "belongs to a v3 job"),
        Stranger::renamed("command", "health", "belongs to a task"),
        Stranger::renamed("check", "health", "belongs to a sensor"),
    ],
    exact: false,
};

pub(super) const CONSUL: Shape = Shape {
    what: "the `consul` part of a service",
    keys: &["enableTagOverride", "deregisterCriticalServiceAfter"],
    strangers: &[],
    exact: false,
};

/// A service with its place.
pub(super) type Placed = (Service, Span);

/// One service.
pub(super) fn service(node: &Node, path: &str, host: &Host<'_>, findings: &mut Findings) -> Option<Placed> {
    let fields = Fields::open(node, path, &SHAPE, findings)?;
    for key in ["id", "ipAddress"] {
        if let Some(mark) = fields.key_mark(key) {
            findings
                .warning(mark, format!("`{key}` of a service is ignored"))
                .label("found out by the pilot itself");
        }
    }
    let name = catalog_name(&fields, findings);
    let owner = item::owner("service", name.as_deref(), path);
    let interval = seconds(&fields, "poll", &owner, findings);
    let ttl = seconds(&fields, "ttl", &owner, findings);
    let port = positive(&fields, "port", &owner, i64::from(u16::MAX), findings);
    let message = |reason: &str| format!("Could not parse `health` in {owner}: {reason}");
    let health = fields.get("health").map(|node| command(node, message, findings));
    let timeout = timeout(&fields, &owner, findings);
    let address = interfaces::address(&fields, host, findings);
    let tags = fields
        .get("tags")
        .map_or_else(|| Some(Vec::new()), |node| tags(node, &fields.path("tags"), findings));
    let (enable_tag_override, deregister_critical_after) = extras(&fields, &owner, findings);
    let name = name?;
    let health =
        Health { command: health.map_or(Some(None), |read| read.map(Some))?, interval: interval?, timeout };
    let service = Service {
        address: address?,
        port: u16::try_from(port?).ok()?,
        tags: tags?,
        enable_tag_override,
        deregister_critical_after,
        ..Service::new(&name, host.hostname, ttl?, health)
    };
    Some((service, node.mark()))
}

/// A list of tags.
pub(super) fn tags(node: &Node, path: &str, findings: &mut Findings) -> Option<Vec<String>> {
    texts(node, path, findings).map(|tags| tags.into_iter().map(|(_, tag)| tag).collect())
}

/// The `consul` object: whether other agents may change tags, and when Consul forgets a critical service.
fn extras(fields: &Fields<'_>, owner: &str, findings: &mut Findings) -> (bool, Option<String>) {
    let Some(extras) =
        fields.get("consul").and_then(|node| Fields::open(node, fields.path("consul"), &CONSUL, findings))
    else {
        return (false, None);
    };
    let path = extras.path("enableTagOverride");
    let override_tags = extras.get("enableTagOverride").and_then(|node| boolean(node, &path, findings));
    let after = extras.get("deregisterCriticalServiceAfter").and_then(|node| {
        let message = |reason: &str| {
            format!("Could not parse consul `deregisterCriticalServiceAfter` in {owner}: {reason}")
        };
        let written = duration_text(node, message, findings)?;
        let given = !written.is_empty();
        (given && is_go_duration(node, &written, message, findings)).then_some(written)
    });
    (override_tags.unwrap_or(false), after)
}

/// Services of one name share their id, so that each undoes what the other tells the catalogue. The original ran such a
/// configuration without a word.
pub(super) fn warn_of_shared_ids(services: Vec<Placed>, findings: &mut Findings) -> Vec<Service> {
    item::repeated(
        &services,
        |service| &service.name,
        |name, place, earlier| {
            findings
                .warning(place, format!("two services are named {name}"))
                .label("registered under the same id")
                .also(earlier, "as this one")
                .hint("give each its own name, or leave one out");
        },
    );
    services.into_iter().map(|(service, _)| service).collect()
}
