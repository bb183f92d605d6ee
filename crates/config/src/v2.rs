//! The second generation of ContainerPilot's configuration, with what we add to it.
//!
//! Every key, synonym, default and check of version 2.7.8 is here; messages keep the original's words where it had
//! any, because people search for them. `docs/reference.md` lists the keys.

mod backends;
mod catalog;
mod coprocesses;
mod etcd;
mod item;
mod sensors;
mod services;
mod tasks;
mod telemetry;

use crate::decode::{Fields, command, each};
use crate::finding::Findings;
use crate::json5::Node;
use crate::load::Host;
use crate::shape::{Form, Key, Kind, Shape, Stranger};
use crate::{compat, logging, service, signals, stop_timeout, watched};
use gyropilot_model::{Command, Hooks, Plan, Work};

/// Every object of this form.
pub(crate) const SHAPES: &[&Shape] = &[
    &SHAPE,
    &etcd::SHAPE,
    &logging::HOOKS,
    &services::SHAPE,
    &services::CONSUL,
    &backends::SHAPE,
    &tasks::SHAPE,
    &coprocesses::SHAPE,
    &telemetry::SHAPE,
    &sensors::SHAPE,
    &signals::HOOKS,
    &compat::HOOKS,
];

const SHAPE: Shape = Shape::new(
    "",
    Form::Hooks,
    "a configuration",
    &[
        Key::required("consul", Kind::AnyOf(&[Kind::Text, Kind::Object("consul")]), "where the catalogue is"),
        Key::new("etcd", Kind::Object("etcd"), "", "checked, but cannot be used yet: an error"),
        Key::new("logging", Kind::Object("logging"), "", "how the pilot's own messages look"),
        Key::new(
            "preStart",
            Kind::Command,
            "none",
            "runs to its end before the application starts; its failure is the container's",
        ),
        Key::new(
            "onStart",
            Kind::Command,
            "none",
            "old name of `preStart`, used only when that is absent; warns",
        ),
        Key::new(
            "preStop",
            Kind::Command,
            "none",
            "runs after the services were withdrawn, before the application is stopped",
        ),
        Key::new("postStop", Kind::Command, "none", "runs after the application has ended"),
        stop_timeout::KEY,
        Key::new("services", Kind::List(&Kind::Object("services[]")), "none", "what this container offers"),
        Key::new("backends", Kind::List(&Kind::Object("backends[]")), "none", "what it depends on"),
        Key::new("tasks", Kind::List(&Kind::Object("tasks[]")), "none", "what runs every so often"),
        Key::new(
            "coprocesses",
            Kind::List(&Kind::Object("coprocesses[]")),
            "none",
            "what runs beside the application",
        ),
        Key::new("telemetry", Kind::Object("telemetry"), "none", "metrics"),
        Key::own("signals", Kind::Object("signals"), "", "what a signal to the pilot means"),
        Key::own("compat", Kind::Object("compat"), "", "ways of the original, each behind a switch"),
        Key::own("$schema", Kind::Ignored, "", "for editors; not looked at"),
    ],
    &[
        Stranger::new(
            "jobs",
            "belongs to the v3 form; in v2 the application stands on the command line, and what it offers in `services`",
        ),
        Stranger::new("watches", "belongs to the v3 form; the v2 form of it is `backends`"),
        Stranger::new("control", "belongs to the v3 form; v2 is controlled by signals"),
        Stranger::new("exit", "belongs to the v3 form; in v2 the pilot ends with the application"),
        Stranger::new("stopBudget", "belongs to the v3 form"),
        Stranger::new("secrets", "belongs to the v3 form"),
    ],
);

/// The plan of a whole configuration. Gives `None` only after an error was found; a plan that comes with errors is
/// incomplete and must not be used.
pub(crate) fn plan(root: &Node, host: &Host<'_>, findings: &mut Findings) -> Option<Plan> {
    let fields = Fields::open(root, "", &SHAPE, findings)?;
    let catalog = catalog::catalog(&fields, host, findings);
    let logging = logging::logging(&fields, &logging::HOOKS, findings);
    let stop_timeout = stop_timeout::stop_timeout(&fields, findings);
    let pre_start = pre_start(&fields, findings);
    let pre_stop = hook(&fields, "preStop", findings);
    let post_stop = hook(&fields, "postStop", findings);
    let mut services = each(&fields, "services", findings, |node, path, findings| {
        services::service(node, path, host, findings)
    });
    let backends = each(&fields, "backends", findings, backends::backend);
    let backends = backends::warn_of_twins(backends, findings);
    watched::publish(
        services.iter_mut().map(|(service, _)| service),
        backends.iter().map(|backend| backend.name.as_str()),
    );
    let telemetry = fields.get("telemetry").and_then(|node| telemetry::telemetry(node, host, findings));
    let telemetry = telemetry.map(|(telemetry, service)| {
        services.push((service, fields.key_mark("telemetry").unwrap_or_default()));
        telemetry
    });
    let services = service::warn_of_shared_ids(services, findings);
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
        signals: signals::signals(&fields, &signals::HOOKS, findings),
        compat: compat::compat(&fields, &compat::HOOKS, findings),
    })
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
