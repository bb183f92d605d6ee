//! `services`: what this container offers.

use super::item::{self, catalog_name, port, seconds, timeout};
use crate::decode::{Fields, command};
use crate::finding::Findings;
use crate::interfaces;
use crate::json5::Node;
use crate::load::Host;
use crate::service::{Placed, extras, extras_shape, tags};
use crate::shape::{Form, Key, Kind, Shape, Stranger};
use gyropilot_model::{Health, Service};

pub(super) const SHAPE: Shape = Shape::new(
    "services[]",
    Form::Hooks,
    "a service",
    &[
        Key::required(
            "name",
            Kind::Text,
            "a small letter, then letters, digits and `-`; other names work, with a warning",
        ),
        Key::required("port", Kind::PORT, "what is announced in the catalogue"),
        Key::required("poll", Kind::POSITIVE_SECONDS, "time between two checks"),
        Key::required(
            "ttl",
            Kind::POSITIVE_SECONDS,
            "without a word for this long the catalogue calls the service critical",
        ),
        Key::new(
            "health",
            Kind::Command,
            "none",
            "exit status 0 is healthy; without a command the service always is",
        ),
        Key::new(
            "timeout",
            Kind::Duration,
            "`ttl`",
            "a check that runs longer is killed and has failed; 0 is the default too",
        ),
        Key::new(
            "interfaces",
            Kind::RULES,
            "[\"eth0:inet\"]",
            "which address is announced, by the rules in `configuration.md`",
        ),
        Key::new("tags", Kind::TEXTS, "none", "for those who look it up"),
        Key::new("consul", Kind::Object("services[].consul"), "", "what is told to Consul beside"),
        Key::new("id", Kind::Ignored, "", "ignored, with a warning"),
        Key::new("ipAddress", Kind::Ignored, "", "ignored, with a warning"),
    ],
    &[
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
);

pub(super) const CONSUL: Shape =
    extras_shape("services[].consul", Form::Hooks, "the `consul` part of a service");

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
    let port = port(&fields, &owner, findings);
    let message = |reason: &str| format!("Could not parse `health` in {owner}: {reason}");
    let health = fields.get("health").map(|node| command(node, message, findings));
    let timeout = timeout(&fields, &owner, findings);
    let address = interfaces::address(&fields, Form::Hooks, host, findings);
    let tags = tags(&fields, findings);
    let message = |reason: &str| {
        format!("Could not parse consul `deregisterCriticalServiceAfter` in {owner}: {reason}")
    };
    let (enable_tag_override, deregister_critical_after) = extras(&fields, &CONSUL, message, findings);
    let name = name?;
    let health =
        Health { command: health.map_or(Some(None), |read| read.map(Some))?, interval: interval?, timeout };
    let service = Service {
        address: address?,
        port: port?,
        tags: tags?,
        enable_tag_override,
        deregister_critical_after,
        ..Service::new(&name, host.hostname, ttl?, health)
    };
    Some((service, node.mark()))
}
