//! The second generation of ContainerPilot's configuration, with what we add to it.
//!
//! Every key, synonym, default and check of version 2.7.8 is here; messages keep the original's words where it had
//! any, because people search for them. `docs/configuration.md` lists the keys.

mod backends;
mod catalog;
mod compat;
mod coprocesses;
mod interfaces;
mod item;
mod logging;
mod sensors;
mod services;
mod signals;
mod tasks;
mod telemetry;

use crate::decode::{Fields, Shape, Stranger, command, list, whole};
use crate::finding::Findings;
use crate::json5::{Node, Value};
use crate::load::Host;
use gyropilot_model::{Command, Hooks, Plan, StopTimeout, Work};
use item::MOST_SECONDS;
use std::time::Duration;

const SHAPE: Shape = Shape {
    what: "a configuration",
    keys: &[
        "consul",
        "etcd",
        "logging",
        "preStart",
        "onStart",
        "preStop",
        "postStop",
        "stopTimeout",
        "services",
        "backends",
        "tasks",
        "coprocesses",
        "telemetry",
        "signals",
        "compat",
    ],
    strangers: &[
        Stranger::new(
            "jobs",
            "belongs to the v3 form; in v2 the application stands on the command line, and what it offers in `services`",
        ),
        Stranger::new("watches", "belongs to the v3 form; the v2 form of it is `backends`"),
        Stranger::new("control", "belongs to the v3 form; v2 is controlled by signals"),
    ],
    exact: true,
};

/// The plan of a whole configuration. Gives `None` only after an error was found; a plan that comes with errors is
/// incomplete and must not be used.
pub(crate) fn plan(root: &Node, host: &Host<'_>, findings: &mut Findings) -> Option<Plan> {
    if !matches!(root.value, Value::Object(_)) {
        findings
            .error(
                root.mark(),
                format!("Could not parse configuration: expected an object, got {}", root.value.kind()),
            )
            .label("expected { … }");
        return None;
    }
    let fields = Fields::open(root, "", &SHAPE, findings)?;
    let catalog = catalog::catalog(&fields, host, findings);
    let logging = logging::logging(&fields, findings);
    let stop_timeout = stop_timeout(&fields, findings);
    let pre_start = pre_start(&fields, findings);
    let pre_stop = hook(&fields, "preStop", findings);
    let post_stop = hook(&fields, "postStop", findings);
    let mut services = each(&fields, "services", findings, |node, path, findings| {
        services::service(node, path, host, findings)
    });
    let backends = each(&fields, "backends", findings, backends::backend);
    let backends = backends::warn_of_twins(backends, findings);
    let telemetry = fields.get("telemetry").and_then(|node| telemetry::telemetry(node, host, findings));
    let telemetry = telemetry.map(|(telemetry, service)| {
        services.push((service, fields.key_mark("telemetry").unwrap_or_default()));
        telemetry
    });
    let services = services::warn_of_shared_ids(services, findings);
    Some(Plan {
        catalog: Some(catalog?),
        logging,
        stop_timeout,
        services,
        telemetry,
        work: Work::Hooks(Hooks {
            pre_start,
            pre_stop,
            post_stop,
            backends,
            tasks: each(&fields, "tasks", findings, tasks::task),
            coprocesses: each(&fields, "coprocesses", findings, coprocesses::coprocess),
        }),
        signals: signals::signals(&fields, findings),
        compat: compat::compat(&fields, findings),
    })
}

/// What `read` makes of each item of a list; items with errors are left out.
fn each<T>(
    fields: &Fields<'_>,
    key: &str,
    findings: &mut Findings,
    mut read: impl FnMut(&Node, &str, &mut Findings) -> Option<T>,
) -> Vec<T> {
    let path = fields.path(key);
    let Some(items) = fields.get(key).and_then(|node| list(node, &path, findings)) else { return Vec::new() };
    items
        .into_iter()
        .enumerate()
        .filter_map(|(i, item)| read(item, &format!("{path}[{i}]"), findings))
        .collect()
}

fn hook(fields: &Fields<'_>, key: &str, findings: &mut Findings) -> Option<Command> {
    let node = fields.get(key)?;
    command(node, |reason| format!("Could not parse `{key}`: {reason}"), findings)
}

/// `preStart`, or its old name `onStart`, which counts only where the new one is absent.
fn pre_start(fields: &Fields<'_>, findings: &mut Findings) -> Option<Command> {
    if let Some(mark) = fields.key_mark("onStart") {
        let finding = findings.warning(mark, "`onStart` is deprecated");
        match fields.key_mark("preStart") {
            Some(used) => finding.label("not used").also(used, "this is used"),
            None => finding.hint("rename it to `preStart`"),
        };
    }
    match fields.get("preStart") {
        Some(_) => hook(fields, "preStart", findings),
        None => hook(fields, "onStart", findings),
    }
}

/// Seconds between TERM and KILL: 0 means the default of 5, a negative number means at once.
fn stop_timeout(fields: &Fields<'_>, findings: &mut Findings) -> StopTimeout {
    let Some(node) = fields.get("stopTimeout") else { return StopTimeout::default() };
    match whole(node, "stopTimeout", findings) {
        None | Some(0) => StopTimeout::default(),
        Some(seconds) if seconds < 0 => StopTimeout::Immediately,
        Some(seconds) if seconds > MOST_SECONDS => {
            findings
                .error(node.mark(), format!("`stopTimeout` must be at most {MOST_SECONDS}"))
                .label("seconds");
            StopTimeout::default()
        }
        Some(seconds) => StopTimeout::After(Duration::from_secs(seconds.unsigned_abs())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_stands_in_the_documentation() {
        let page = include_str!("../../../docs/configuration.md");
        let shapes = [
            &SHAPE,
            &backends::SHAPE,
            &catalog::CONSUL,
            &catalog::TLS,
            &catalog::ETCD,
            &compat::SHAPE,
            &coprocesses::SHAPE,
            &logging::SHAPE,
            &services::SHAPE,
            &services::CONSUL,
            &signals::SHAPE,
            &tasks::SHAPE,
            &telemetry::SHAPE,
            &sensors::SHAPE,
        ];
        for (shape, key) in shapes.iter().flat_map(|shape| shape.keys.iter().map(move |key| (shape, key))) {
            let written = [format!("`{key}`"), format!("`consul.{key}`")];
            assert!(written.iter().any(|key| page.contains(key)), "{key} of {}", shape.what);
        }
        let functions = crate::functions::functions(&std::collections::BTreeMap::new());
        for name in functions.names() {
            assert!(page.contains(&format!("| {name} ")) || page.contains(&format!("`{name} ")), "{name}");
        }
    }
}
