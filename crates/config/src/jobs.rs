//! The form of jobs: the third generation of ContainerPilot's configuration, and what Gyropilot adds to it.
//!
//! Every key, default and check of version 3.8.0 is here; messages keep the original's words where it had any, because
//! people search for them.

mod address;
mod advertised;
mod control;
mod exit;
mod health;
mod job;
mod limits;
mod probe;
mod ready;
mod restart;
mod secrets;
mod surroundings;
mod tagged;
mod telemetry;
mod value;
mod waits;
mod watches;
mod when;

pub use control::control_socket;

use crate::decode::{Fields, each, list};
use crate::finding::Findings;
use crate::json5::{Node, Value};
use crate::load::Host;
use crate::shape::{Form, Key, Kind, Shape, Stranger};
use crate::{compat, consul, logging, signals, stop_timeout, watched};
use gyropilot_model::{CatalogConfig, Jobs, Plan, StopTimeout, Work};
use std::time::Duration;

/// Every object of this form.
pub(crate) const SHAPES: &[&Shape] = &[
    &SHAPE,
    &job::SHAPE,
    &job::LOGGING,
    &when::SHAPE,
    &when::ITEM,
    &health::SHAPE,
    &health::LOGGING,
    &probe::HTTP,
    &probe::GRPC,
    &probe::FILE,
    &health::WARNING,
    &health::CHECK_RESTART,
    &ready::SHAPE,
    &restart::SHAPE,
    &advertised::CONSUL,
    &advertised::WEIGHTS,
    &tagged::SHAPE,
    &limits::SHAPE,
    &limits::LIMIT,
    &watches::SHAPE,
    &telemetry::SHAPE,
    &telemetry::METRIC,
    &control::SHAPE,
    &logging::JOBS,
    &secrets::SHAPE,
    &signals::JOBS,
    &compat::JOBS,
];

const SHAPE: Shape = Shape::new(
    "",
    Form::Jobs,
    "a configuration",
    &[
        Key::new(
            "consul",
            Kind::AnyOf(&[Kind::Text, Kind::Object("consul"), Kind::False]),
            "",
            "where the catalogue is; needed by jobs with a port and by watches, unless it is `false`, which means that \
             there is none",
        ),
        Key::new("logging", Kind::Object("logging"), "", "how the pilot's own messages look"),
        Key::new("control", Kind::Object("control"), "", "where control requests are taken"),
        stop_timeout::KEY,
        Key::new("jobs", Kind::List(&Kind::Object("jobs[]")), "none", "what runs"),
        Key::new("watches", Kind::List(&Kind::Object("watches[]")), "none", "what jobs react to"),
        Key::new("telemetry", Kind::Object("telemetry"), "none", "metrics"),
        Key::own(
            "exit",
            Kind::Words(exit::WORDS),
            "all",
            "when the pilot ends by itself, and with what status",
        ),
        Key::own(
            "stopBudget",
            Kind::Duration,
            "the sum of its phases",
            "the most that a whole shutdown may take",
        ),
        Key::own(
            "secrets",
            Kind::Map(&Kind::Object("secrets.NAME")),
            "none",
            "what jobs are given without it standing in their environment, by name",
        ),
        Key::own("signals", Kind::Object("signals"), "", "what a signal to the pilot means"),
        Key::own("compat", Kind::Object("compat"), "", "ways of the original, each behind a switch"),
        Key::own("$schema", Kind::Ignored, "", "for editors; not looked at"),
    ],
    &[
        Stranger::new(
            "services",
            "belongs to the v2 form; what a job offers stands in the job, with its `port`",
        ),
        Stranger::renamed(
            "backends",
            "watches",
            "belongs to the v2 form; the v3 form of it is `watches`, and a job for each",
        ),
        Stranger::new("preStart", "belongs to the v2 form; in v3 it is a job that others wait for"),
        Stranger::new("onStart", "belongs to the v2 form; in v3 it is a job that others wait for"),
        Stranger::new(
            "preStop",
            "belongs to the v2 form; in v3 it is a job with when: { source: …, once: \"stopping\" }",
        ),
        Stranger::new(
            "postStop",
            "belongs to the v2 form; in v3 it is a job with when: { source: …, once: \"stopped\" }",
        ),
        Stranger::new("tasks", "belongs to the v2 form; in v3 they are jobs with when: { interval: … }"),
        Stranger::new("coprocesses", "belongs to the v2 form; in v3 they are jobs"),
        Stranger::new("etcd", "belongs to the v2 form; v3 knows Consul only"),
    ],
);

/// The plan of a whole configuration. Gives `None` only after an error was found; a plan that comes with errors is
/// incomplete and must not be used.
pub(crate) fn plan(root: &Node, host: &Host<'_>, findings: &mut Findings) -> Option<Plan> {
    let fields = Fields::open(root, "", &SHAPE, findings)?;
    let logging = logging::logging(&fields, &logging::JOBS, findings);
    let stop_timeout = stop_timeout::stop_timeout(&fields, findings);
    let compat = compat::compat(&fields, &compat::JOBS, findings);
    let secrets = secrets::secrets(&fields, findings);
    let context = job::Context {
        host,
        stop_timeout: match stop_timeout {
            StopTimeout::After(timeout) => timeout,
            StopTimeout::Immediately => Duration::ZERO,
        },
        secrets: secrets.keys().cloned().collect(),
        withdraw_last: compat.withdraw_last,
    };
    let count = |key: &str| match fields.get(key).map(|node| &node.value) {
        Some(Value::List(items)) => items.iter().filter(|item| item.value != Value::Null).count(),
        _ => 0,
    };
    let jobs =
        each(&fields, "jobs", findings, |node, path, findings| job::job(node, path, &context, findings));
    let watches = each(&fields, "watches", findings, watches::watch);
    let (all_jobs, all_watches) = (jobs.len() == count("jobs"), watches.len() == count("watches"));
    let catalog = catalog(&fields, &jobs, host, findings);
    let telemetry = fields.get("telemetry").and_then(|node| telemetry::telemetry(node, host, findings));
    let control = control::control(&fields, findings);
    let signals = signals::signals(&fields, &signals::JOBS, findings);
    let exit = exit::exit(&fields, &jobs, all_jobs, findings);
    let stop_budget = exit::stop_budget(&fields, &jobs, findings);

    job::refuse_twins(&jobs, telemetry.is_some(), findings);
    let watches = watches::without_twins(watches, findings);
    if all_jobs && all_watches {
        waits::warn(&jobs, &watches, &signals, findings);
    }
    let mut services: Vec<_> = jobs.iter().filter_map(|job| job.service.clone()).collect();
    watched::publish(&mut services, watches.iter().filter_map(watches::of_own_services));
    let telemetry = telemetry.map(|(telemetry, service)| {
        services.push(service);
        telemetry
    });
    Some(Plan {
        catalog: catalog?,
        logging,
        stop_timeout,
        services,
        telemetry,
        signals,
        compat,
        work: Work::Jobs(Jobs {
            jobs: jobs.into_iter().map(|read| read.job).collect(),
            watches,
            control: control?,
            exit,
            stop_budget,
            secrets,
        }),
    })
}

/// The catalogue that the configuration names; `Some(None)` when it does well without one.
fn catalog(
    fields: &Fields<'_>,
    jobs: &[job::Read],
    host: &Host<'_>,
    findings: &mut Findings,
) -> Option<Option<CatalogConfig>> {
    let watches = fields.get("watches").and_then(|node| list(node, "watches", &mut Findings::default()));
    let watches = watches.filter(|watches| !watches.is_empty()).and(fields.key_mark("watches"));
    let port = jobs.iter().find_map(|job| job.port.clone());
    let none = |findings: &mut Findings, label: &str| {
        let mark = fields.key_mark("consul").unwrap_or_else(|| fields.mark.clone());
        let finding = findings.error(mark, "no discovery backend defined");
        finding.label(label);
        if let Some(port) = port.clone() {
            finding.also(port, "this job is to be registered there");
        }
        if let Some(watches) = watches.clone() {
            finding.also(watches, "these ask it");
        }
        finding
            .hint("add the address of a Consul agent: consul: \"localhost:8500\"")
            .hint("consul: false does without a catalogue");
        None
    };
    match fields.get("consul").map(|node| (node, &node.value)) {
        Some((_, Value::Bool(false))) => {
            if let Some(mark) = watches {
                findings
                    .error(mark, "no discovery backend defined")
                    .label("watches ask the catalogue")
                    .also(fields.key_mark("consul")?, "there is none");
                return None;
            }
            Some(None)
        }
        Some((node, Value::String(_) | Value::Object(_) | Value::Unreadable)) => {
            consul::consul(node, Form::Jobs, host, findings).map(|consul| Some(CatalogConfig::Consul(consul)))
        }
        Some((_, other)) => {
            none(findings, &format!("expected such as \"localhost:8500\", got {}", other.kind()))
        }
        None if fields.is_misspelt("consul") => None,
        None if port.is_some() || watches.is_some() => none(findings, "no `consul` in here"),
        None => Some(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gyropilot_model::EventCode;

    #[test]
    fn the_reference_knows_every_event() {
        assert_eq!(EventCode::words().collect::<Vec<_>>(), when::EVENTS);
    }
}
