//! `jobs`: what runs.

use super::value::{duration, flag, span};
use super::{advertised, health, ready, restart, surroundings, when};
use crate::decode::{Fields, command, text};
use crate::finding::{Findings, Span};
use crate::json5::Node;
use crate::load::Host;
use crate::service::{self, is_discoverable};
use crate::shape::{Form, Key, Kind, Shape, Stranger};
use gyropilot_model::{Command, Job, Service, Signal, StopPolicy, Trigger};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// The longest wait between withdrawal and signal, for a job with a port.
const DRAIN: Duration = Duration::from_secs(2);

pub(super) const SHAPE: Shape = Shape::new(
    "jobs[]",
    Form::Jobs,
    "a job",
    &[
        Key::required(
            "name",
            Kind::Text,
            "unique; with a port, a small letter, then letters, digits and `-`",
        ),
        Key::new(
            "exec",
            Kind::Command,
            "none",
            "what runs; a job without it only stands for something in the catalogue",
        ),
        Key::new("logging", Kind::Object("jobs[].logging"), "", "where its output goes"),
        Key::new(
            "when",
            Kind::AnyOf(&[Kind::Object("jobs[].when"), Kind::List(&Kind::Object("jobs[].when.all[]"))]),
            "once, when the pilot has started",
            "what starts it",
        ),
        Key::new(
            "timeout",
            Kind::Duration,
            "none; `when.interval` with one",
            "at least 1 ms; a run that takes longer is killed and has failed",
        ),
        Key::new(
            "stopTimeout",
            Kind::Duration,
            "that of the whole configuration",
            "from the signal that asks it to stop to KILL; 0 means KILL at once",
        ),
        Key::new(
            "restarts",
            Kind::RESTARTS,
            "never; `unlimited` with `when.interval`",
            "how often it is run again; n restarts are n+1 runs",
        ),
        Key::new(
            "health",
            Kind::Object("jobs[].health"),
            "none",
            "how its health is found out; required with a port",
        ),
        Key::new(
            "port",
            Kind::Whole { least: 0, most: 65_535 },
            "0",
            "what is announced in the catalogue; 0 for nothing",
        ),
        Key::new(
            "initial_status",
            Kind::Words(&["passing", "warning", "critical"]),
            "none",
            "register with this status at once, before the job is started",
        )
        .or(&["initialStatus"]),
        Key::new(
            "interfaces",
            Kind::RULES,
            "[\"eth0:inet\", \"inet\"]",
            "which address is announced, by the rules in `configuration.md`",
        ),
        Key::new("tags", Kind::TEXTS, "none", "for those who look it up"),
        Key::new("consul", Kind::Object("jobs[].consul"), "", "what is told to Consul beside"),
        Key::own("main", Kind::Boolean, "false", "the job that `exit: \"main\"` looks at; at most one"),
        Key::own("stopSignal", Kind::Text, "SIGTERM", "what asks it to stop"),
        Key::own(
            "drain",
            Kind::Duration,
            "2s with a port, else 0",
            "the longest wait between the withdrawal of its service and the stop signal; it ends when nobody is \
             connected any more",
        ),
        Key::own("restart", Kind::Object("jobs[].restart"), "", "`restarts` in full; not together with it"),
        Key::own(
            "ready",
            Kind::AnyOf(&[Kind::Words(&["notify"]), Kind::Object("jobs[].ready")]),
            "as soon as it was started",
            "when a run counts as ready",
        ),
        Key::own("user", Kind::Text, "the pilot's own", "a name or a number"),
        Key::own("group", Kind::Text, "the user's", "a name or a number"),
        Key::own("supplementaryGroups", Kind::TEXTS, "the user's", "names or numbers"),
        Key::own("workingDirectory", Kind::Text, "the pilot's own", "an absolute path"),
        Key::own(
            "env",
            Kind::Map(&Kind::AnyOf(&[Kind::Text, Kind::Null])),
            "none",
            "added to the environment; `null` takes a variable away",
        ),
        Key::own("rlimits", Kind::Object("jobs[].rlimits"), "the pilot's own", "resource limits"),
        Key::own("noNewPrivileges", Kind::Boolean, "false", "no program it runs can gain privileges"),
        Key::own(
            "dropCapabilities",
            Kind::AnyOf(&[Kind::Words(&["all"]), Kind::TEXTS]),
            "none",
            "capabilities it does not keep, such as `NET_RAW`",
        ),
        Key::own(
            "secrets",
            Kind::TEXTS,
            "none",
            "names from `secrets` at the top; each is a file that the variable NAME_FILE names",
        ),
        Key::own(
            "meta",
            Kind::Map(&Kind::Text),
            "none",
            "what the catalogue tells of the service beside its tags",
        ),
        Key::own("weights", Kind::Object("jobs[].weights"), "", "how much of the traffic it is to get"),
        Key::own(
            "taggedAddresses",
            Kind::Map(&Kind::Object("jobs[].taggedAddresses.NAME")),
            "none",
            "other addresses it is reached at, by the name of the network",
        ),
    ],
    &[
        Stranger::renamed("command", "exec", "belongs to the v2 form"),
        Stranger::renamed("frequency", "when", "belongs to a v2 task; here it is when: { interval: … }"),
        Stranger::renamed("interval", "when", "stands in `when`, or in `health`"),
        Stranger::renamed("poll", "health", "belongs to a v2 service; here it is `interval` of `health`"),
        Stranger::renamed("ttl", "health", "stands in `health`"),
        Stranger::renamed("environment", "env", "is called `env`"),
        Stranger::renamed("cwd", "workingDirectory", "is called `workingDirectory`"),
        Stranger::renamed("signal", "stopSignal", "is called `stopSignal`"),
        Stranger::renamed("depends_on", "when", "is what `when` says"),
    ],
);

pub(super) const LOGGING: Shape = Shape::new(
    "jobs[].logging",
    Form::Jobs,
    "the `logging` of a job",
    &[Key::new("raw", Kind::Boolean, "false", "the output goes straight to the pilot's own, past the log")],
    &[
        Stranger::new("level", "stands in `logging` at the top"),
        Stranger::new("format", "stands in `logging` at the top"),
    ],
);

/// What the rest of the configuration has to do with a job.
pub(super) struct Context<'c> {
    pub(super) host: &'c Host<'c>,
    pub(super) stop_timeout: Duration,
    /// The names of all secrets.
    pub(super) secrets: BTreeSet<String>,
    pub(super) withdraw_last: bool,
}

/// A job with the places that later checks speak of.
pub(super) struct Read {
    pub(super) job: Job,
    pub(super) service: Option<Service>,
    pub(super) name: Span,
    /// Where its port stands, when it has one.
    pub(super) port: Option<Span>,
    /// Where `main` stands, when it is.
    pub(super) main: Option<Span>,
    /// Where its own `stopTimeout` stands.
    pub(super) stop_timeout: Option<Span>,
    pub(super) when: Span,
    /// Where each event that is awaited stands.
    pub(super) awaited: Vec<Span>,
}

/// One job.
pub(super) fn job(node: &Node, path: &str, context: &Context<'_>, findings: &mut Findings) -> Option<Read> {
    let fields = Fields::open(node, path, &SHAPE, findings)?;
    let port = advertised::port(&fields, findings);
    let has_port = fields.get("port").is_some() && port != Some(None);
    let name = name(&fields, has_port, findings);
    let owner = name.as_ref().map_or_else(|| path.replacen("jobs", "job", 1), |name| format!("job[{name}]"));
    let health = health::health(&fields, &owner, has_port, findings);
    let service = advertised::service(
        &fields,
        &advertised::Known {
            owner: &owner,
            name: name.as_deref(),
            port,
            health: health.as_ref(),
            host: context.host,
        },
        findings,
    );
    let when = when::when(&fields, &owner, findings);
    let trigger = when.as_ref().map(|read| &read.when.trigger);
    let stop = stop(&fields, &owner, has_port, context, findings);
    let restart = restart::restart(&fields, &owner, trigger, findings);
    let timeout = span(&fields, "timeout", &owner, findings).or(match trigger {
        Some(Trigger::Interval(interval)) => Some(*interval),
        _ => None,
    });
    let exec = exec(&fields, &owner, findings);
    let raw = raw(&fields, findings);
    let ready = ready::ready(&fields, &owner, raw, findings);
    let surroundings = surroundings::surroundings(&fields, &owner, &context.secrets, findings);
    let main = flag(&fields, "main", findings);
    check_exec(&fields, &owner, findings);

    let when = when?;
    let service = service?;
    let name_mark = fields.get("name").map_or_else(|| fields.mark.clone(), Node::mark);
    Some(Read {
        job: Job {
            name: name?,
            main,
            exec: exec?,
            raw,
            when: when.when,
            timeout,
            stop: stop?,
            restart: restart?,
            health: health?.map(|(check, _)| check),
            ready: ready?,
            service: service.as_ref().map(|service| service.id.clone()),
            surroundings: surroundings?,
        },
        port: service.as_ref().and(fields.get("port")).map(Node::mark),
        service,
        name: name_mark,
        main: fields.key_mark("main").filter(|_| main),
        stop_timeout: fields.get("stopTimeout").map(Node::mark),
        when: when.mark,
        awaited: when.places,
    })
}

fn name(fields: &Fields<'_>, advertised: bool, findings: &mut Findings) -> Option<String> {
    let (name, mark) = service::name(fields, "'name' must not be blank", findings)?;
    if advertised && !is_discoverable(&name) {
        findings
            .error(mark, "service names must be alphanumeric with dashes to comply with service discovery")
            .label("expected a small letter, then letters, digits and `-`, two or more in all")
            .hint("a job without a `port` may have any name");
        return Some(name);
    }
    let taken = matches!(name.as_str(), "global" | "SIGHUP" | "SIGUSR2")
        || ["watch.", "check."].iter().any(|prefix| name.starts_with(prefix));
    if taken {
        findings
            .warning(mark, format!("no job can wait for a job that is named {name}"))
            .label("the name of another source of events");
    }
    Some(name)
}

/// What runs; `Some(None)` when nothing does.
fn exec(fields: &Fields<'_>, owner: &str, findings: &mut Findings) -> Option<Option<Command>> {
    let Some(node) = fields.get("exec") else { return Some(None) };
    command(node, |reason| format!("unable to create {owner}.exec: {reason}"), findings).map(Some)
}

fn raw(fields: &Fields<'_>, findings: &mut Findings) -> bool {
    let logging =
        fields.get("logging").and_then(|node| Fields::open(node, fields.path("logging"), &LOGGING, findings));
    logging.is_some_and(|logging| flag(&logging, "raw", findings))
}

fn stop(
    fields: &Fields<'_>,
    owner: &str,
    advertised: bool,
    context: &Context<'_>,
    findings: &mut Findings,
) -> Option<StopPolicy> {
    let timeout = duration(fields, "stopTimeout", owner, findings);
    let drain = duration(fields, "drain", owner, findings);
    if let Some(mark) = fields.get("drain").and(fields.key_mark("drain")) {
        if !advertised {
            findings
                .error(mark, format!("{owner}.drain needs `port`"))
                .label("nobody finds this job, so nobody has to leave it");
        } else if context.withdraw_last {
            findings
                .error(mark, format!("{owner}.drain cannot be had with compat.withdrawLast"))
                .label("the service is withdrawn together with the signal");
        }
    }
    let signal = match fields.get("stopSignal") {
        Some(node) => stop_signal(node, &fields.path("stopSignal"), owner, findings),
        None => Some(Signal::Term),
    };
    let default = if advertised { DRAIN } else { Duration::ZERO };
    Some(StopPolicy {
        timeout: timeout.unwrap_or(context.stop_timeout),
        signal: signal?,
        drain: drain.unwrap_or(default),
    })
}

fn stop_signal(node: &Node, path: &str, owner: &str, findings: &mut Findings) -> Option<Signal> {
    let written = text(node, path, findings)?;
    match Signal::from_name(&written) {
        Some(Signal::Kill | Signal::Stop) => {
            findings
                .error(node.mark(), format!("{owner}.stopSignal: no process can obey {written}"))
                .label("expected a signal that asks")
                .hint("stopTimeout: 0 kills at once");
            None
        }
        Some(signal) => Some(signal),
        None => {
            let written = written.escape_debug();
            findings
                .error(node.mark(), format!("{owner}.stopSignal: there is no signal {written}"))
                .label("expected such as \"SIGQUIT\"");
            None
        }
    }
}

/// What only a process can have.
fn check_exec(fields: &Fields<'_>, owner: &str, findings: &mut Findings) {
    const NEEDING: [&str; 14] = [
        "main",
        "stopSignal",
        "restart",
        "ready",
        "user",
        "group",
        "supplementaryGroups",
        "workingDirectory",
        "env",
        "rlimits",
        "noNewPrivileges",
        "dropCapabilities",
        "secrets",
        "drain",
    ];
    if fields.get("exec").is_some() || fields.is_misspelt("exec") {
        return;
    }
    for key in NEEDING {
        if let Some(mark) = fields.get(key).and(fields.key_mark(key)) {
            findings.error(mark, format!("{owner}.{key} needs `exec`")).label("nothing runs here");
        }
    }
}

/// Two jobs of one name could not be told apart: in the original the end of one ended the other.
pub(super) fn refuse_twins(jobs: &[Read], telemetry: bool, findings: &mut Findings) {
    let mut first: BTreeMap<&str, &Span> = BTreeMap::new();
    for read in jobs {
        let name = read.job.name.as_str();
        if telemetry && name == crate::telemetry::SERVICE_NAME {
            findings
                .error(read.name.clone(), format!("the name {name} is that of telemetry"))
                .label("expected another name");
        }
        match first.get(name) {
            Some(earlier) => {
                findings
                    .error(read.name.clone(), format!("two jobs are named {name}"))
                    .label("expected another name")
                    .also((*earlier).clone(), "this is the first of the name");
            }
            None => drop(first.insert(name, &read.name)),
        }
    }
}
