//! The one place where an event becomes words and numbers.

use crate::Own;
use gyropilot_model::{Event, Exit, JobHealth, LogLevel, Role, Status, format_go_duration};
use std::time::Duration;

/// What there is to say about an event.
#[derive(Clone, Debug, PartialEq)]
pub struct Description {
    /// The kind of event, the same in every run: a label of `gyropilot_events_total`.
    pub event: &'static str,
    /// How much it matters.
    pub level: LogLevel,
    /// What happened, for people.
    pub message: String,
    /// The same for machines; not in the default format. Names are unique.
    pub fields: Vec<(&'static str, String)>,
    /// What shape the message may keep.
    pub text: Text,
    /// What changes in the metrics.
    pub updates: Vec<Update>,
}

/// What a message may hold beside printable characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text {
    /// Nothing: parts of it may come from elsewhere.
    Line,
    /// Line ends: a report with marks under lines of a file.
    Report,
    /// Tabs and escape sequences: what a program of the user's own coloured.
    Output,
}

/// A change in the metrics.
#[derive(Clone, Debug, PartialEq)]
pub enum Update {
    /// A counter or gauge changes by this much.
    Add(Own, Vec<String>, f64),
    /// A gauge is now this.
    Set(Own, Vec<String>, f64),
    /// A gauge is now the calendar time, in seconds since 1970.
    SetToNow(Own, Vec<String>),
    /// A histogram gets one value more.
    Observe(Own, Vec<String>, f64),
    /// A sensor of this name measured this value.
    Sensor(String, f64),
}

/// What there is to say about `event`.
#[must_use]
pub fn describe(event: &Event) -> Description {
    let mut description = words(event);
    description.updates.push(Update::Add(Own::Events, vec![description.event.to_owned()], 1.0));
    description
}

fn words(event: &Event) -> Description {
    use LogLevel::{Debug, Error, Info, Warn};
    match event {
        Event::Started { pid, plan } => {
            say("started", Info, format!("gyropilot runs as process {pid}: {plan}"))
                .with(Update::SetToNow(Own::StartTime, vec![]))
                .with(Update::Set(Own::BuildInfo, vec![env!("CARGO_PKG_VERSION").to_owned()], 1.0))
        }
        // The wording is ContainerPilot's.
        Event::ConfigLoaded { plan } => say("config_loaded", Debug, format!("Loaded config: {plan}")),
        Event::ConfigWarning { message } => say("config_warning", Warn, message.clone()).report(),
        Event::ProcessStarted { role, pid } => {
            say("process_started", Debug, format!("{role} started as process {pid}"))
                .about(role)
                .count(Own::ProcessStarts, role)
        }
        Event::ProcessNotStarted { role, program, reason } => {
            say("process_not_started", Error, format!("{role}: cannot start {program}: {reason}"))
                .about(role)
                .count(Own::ProcessStartFailures, role)
        }
        Event::ProcessExited { role, pid, exit, ran } => process_exited(role, *pid, *exit, *ran),
        // The wording is ContainerPilot's.
        Event::ProcessTimedOut { role, timeout, command } => {
            let timeout = format_go_duration(*timeout);
            say("process_timed_out", Warn, format!("{role} timeout after {timeout}: '{command}'"))
                .about(role)
                .count(Own::ProcessTimeouts, role)
        }
        Event::RestartScheduled { role, delay, attempt } => {
            let delay = format_go_duration(*delay);
            say(
                "restart_scheduled",
                Info,
                format!("{role} is started again in {delay} (restart {attempt} in a row)"),
            )
            .about(role)
            .count(Own::Restarts, role)
        }
        Event::RestartsUsedUp { role } => {
            say("restarts_used_up", Warn, format!("{role} ended and is not started again")).about(role)
        }
        Event::Output { role, line, .. } => {
            let mut description = say("output", Info, line.clone()).about(role).count(Own::OutputLines, role);
            description.text = Text::Output;
            description
        }
        Event::HealthChanged { service, status, reason } => health_changed(service, *status, reason),
        Event::Registered { id, again } => match again {
            None => say("registered", Info, format!("registered {id}")),
            Some(reason) => say("registered", Warn, format!("registered {id} again: {reason}")),
        }
        .with(Update::Add(Own::Registrations, vec![id.clone()], 1.0))
        .with(Update::Set(Own::ServiceRegistered, vec![id.clone()], 1.0)),
        Event::Deregistered { id } => say("deregistered", Info, format!("deregistered {id}"))
            .with(Update::Set(Own::ServiceRegistered, vec![id.clone()], 0.0)),
        Event::DeregistrationUnconfirmed { id, reason } => say(
            "deregistration_unconfirmed",
            Error,
            format!("the catalogue did not confirm that {id} is deregistered: {reason}"),
        ),
        Event::CatalogUnavailable { request, reason } => {
            say("catalog_unavailable", Warn, format!("the catalogue cannot be used ({request}): {reason}"))
                .with(Update::Add(Own::CatalogFailing, vec![], 1.0))
                .with(Update::Add(Own::CatalogFailures, vec![], 1.0))
        }
        Event::CatalogAvailable { request, after } => {
            let after = format_go_duration(*after);
            say(
                "catalog_available",
                Info,
                format!("the catalogue can be used again ({request}) after {after}"),
            )
            .with(Update::Add(Own::CatalogFailing, vec![], -1.0))
        }
        Event::BackendChanged { backend, tag, instances } => {
            let noun = if *instances == 1 { "instance" } else { "instances" };
            let which = which_backend(backend, tag.as_deref());
            say("backend_changed", Info, format!("{which} has {instances} healthy {noun} now")).changes(
                backend,
                tag.as_deref(),
                *instances,
            )
        }
        Event::BackendEmpty { backend, tag, had } => {
            let which = which_backend(backend, tag.as_deref());
            say("backend_empty", Error, format!("{which} has no healthy instance left; it had {had} before"))
                .changes(backend, tag.as_deref(), 0)
        }
        Event::CatalogIndexReset { watch } => say(
            "catalog_index_reset",
            Warn,
            format!("the catalogue's index went backwards for {watch}: it was wiped or restored"),
        )
        .with(Update::Add(Own::CatalogIndexResets, vec![], 1.0)),
        Event::CatalogDoubtful { watch, reason } => {
            say("catalog_doubtful", Warn, format!("the catalogue's answer for {watch} is in doubt: {reason}"))
                .with(Update::Add(Own::CatalogDoubts, vec![], 1.0))
        }
        Event::Maintenance { on } => {
            let message = if *on { "maintenance begins" } else { "maintenance ends" };
            say("maintenance", Info, message.to_owned()).with(Update::Set(
                Own::Maintenance,
                vec![],
                f64::from(u8::from(*on)),
            ))
        }
        Event::Reloaded { plan } => say("reloaded", Info, format!("configuration reloaded: {plan}"))
            .with(Update::Add(Own::Reloads, vec!["done".to_owned()], 1.0)),
        // The first words are ContainerPilot's.
        Event::ReloadRefused { reason } => {
            say("reload_refused", Error, format!("Error initializing config: {reason}"))
                .report()
                .with(Update::Add(Own::Reloads, vec!["refused".to_owned()], 1.0))
        }
        Event::StopRequested { signal } => {
            say("stop_requested", Info, format!("{signal} received: stopping"))
        }
        Event::StopHurried { signal } => {
            say("stop_hurried", Warn, format!("{signal} received again: stopping without further waiting"))
        }
        Event::StopTimedOut { role, timeout } => {
            let timeout = format_go_duration(*timeout);
            say("stop_timed_out", Warn, format!("{role} did not stop within {timeout} and is killed"))
                .about(role)
                .count(Own::StopTimeouts, role)
        }
        Event::SensorValueInvalid { metric, output } => {
            say("sensor_value_invalid", Error, format!("sensor {metric} did not print a number: {output:?}"))
                .with(Update::Add(Own::SensorErrors, vec![metric.clone()], 1.0))
        }
        Event::SensorValue { metric, bits } => {
            let value = f64::from_bits(*bits);
            say("sensor_value", Debug, format!("sensor {metric} measured {value}"))
                .with(Update::Sensor(metric.clone(), value))
        }
        Event::OutputLost { lines } => say(
            "output_lost",
            Warn,
            format!("{lines} log lines were dropped: the log is not read fast enough"),
        )
        .with(Update::Add(Own::LogLinesLost, vec![], *lines as f64)),
        Event::Bus { code, source } => say("bus", Debug, format!("event: {{{} {source}}}", code.name())),
        Event::JobChanged { job, state, reason } => {
            say("job_changed", Debug, format!("job {job} is {}: {reason}", state.as_str()))
        }
        Event::JobHealthChanged { job, health, reason } => {
            let level = if *health == JobHealth::Unhealthy { Warn } else { Info };
            say("job_health_changed", level, format!("job {job} is {}: {reason}", health.as_str()))
        }
        Event::Checked { job, verdict, took } => {
            let took = format_go_duration(*took);
            say("checked", Debug, format!("check of {job} took {took}: {verdict:?}"))
        }
        Event::MetricInvalid { value, .. } => {
            say("metric_invalid", Error, format!("metric produced non-numeric value: {value}"))
        }
        Event::RegistrationReduced { id, reason } => {
            say("registration_reduced", Warn, format!("registered {id} without {reason}"))
        }
        Event::TelemetryUnavailable { reason, given_up } => {
            say("telemetry_unavailable", if *given_up { Error } else { Warn }, reason.clone())
        }
        Event::JobReady { job, after } => {
            say("job_ready", Info, format!("job {job} is ready after {}", format_go_duration(*after)))
        }
        Event::Drained { job, connections, after } => {
            let after = format_go_duration(*after);
            say("drained", Info, format!("job {job} drained after {after}; connections left: {connections}"))
        }
        Event::WatchChanged { watch, count, .. } => {
            say("watch_changed", Info, format!("watch {watch} sees {count} now"))
        }
        Event::Ordered { order, uid } => say("ordered", Info, format!("user {uid} orders: {order}")),
        Event::ControlAnswered { path, status } => {
            say("control_answered", Debug, format!("control request {path} answered with {status}"))
        }
        Event::MetricUnknown { metric } => {
            say("metric_unknown", Warn, format!("no metric is named {metric:?}"))
        }
        Event::JobsDone { reason } => say("jobs_done", Info, reason.clone()),
        Event::Exiting { status, reason } => {
            say("exiting", Info, format!("exiting with status {status}: {reason}"))
        }
    }
}

fn process_exited(role: &Role, pid: u32, exit: Exit, ran: Duration) -> Description {
    let level = match (role, exit.is_success()) {
        (Role::App, true) => LogLevel::Info,
        // What a check says is told when it changes, not every second.
        (_, true) | (Role::Health { .. }, false) => LogLevel::Debug,
        (_, false) => LogLevel::Warn,
    };
    let outcome = match exit {
        Exit::Code(0) => "success",
        Exit::Code(_) | Exit::NotStarted => "failure",
        Exit::Signal(_) => "signal",
    };
    let after = format_go_duration(Duration::from_millis(u64::try_from(ran.as_millis()).unwrap_or(u64::MAX)));
    let mut description =
        say("process_exited", level, format!("{role} (process {pid}) ended after {after}: {exit}"))
            .about(role)
            .with(Update::Add(Own::ProcessExits, vec![role.kind().to_owned(), outcome.to_owned()], 1.0));
    if let Role::Health { service, .. } = role {
        description = description.with(Update::Observe(
            Own::HealthCheckSeconds,
            vec![service.clone()],
            ran.as_secs_f64(),
        ));
    }
    description
}

fn health_changed(service: &str, status: Status, reason: &str) -> Description {
    let level = if status == Status::Passing { LogLevel::Info } else { LogLevel::Warn };
    let mut description = say("health_changed", level, format!("service {service} is {status}: {reason}"));
    for each in [Status::Passing, Status::Warning, Status::Critical, Status::Maintenance] {
        let labels = vec![service.to_owned(), each.as_str().to_owned()];
        description =
            description.with(Update::Set(Own::ServiceStatus, labels, f64::from(u8::from(each == status))));
    }
    description
}

/// A backend's name alone does not tell it from one with another tag.
fn which_backend(backend: &str, tag: Option<&str>) -> String {
    match tag {
        Some(tag) => format!("backend {backend} (tag {tag})"),
        None => format!("backend {backend}"),
    }
}

fn say(event: &'static str, level: LogLevel, message: String) -> Description {
    Description { event, level, message, fields: Vec::new(), text: Text::Line, updates: Vec::new() }
}

// === impl Description ===

impl Description {
    fn with(mut self, update: Update) -> Self {
        self.updates.push(update);
        self
    }

    fn report(mut self) -> Self {
        self.text = Text::Report;
        self
    }

    fn count(self, metric: Own, role: &Role) -> Self {
        // The kind alone: names of tasks and coprocesses can be whole command lines.
        self.with(Update::Add(metric, vec![role.kind().to_owned()], 1.0))
    }

    fn changes(self, backend: &str, tag: Option<&str>, instances: usize) -> Self {
        let labels = vec![backend.to_owned(), tag.unwrap_or_default().to_owned()];
        self.with(Update::Set(Own::BackendInstances, labels.clone(), instances as f64))
            .with(Update::Add(Own::BackendChanges, labels.clone(), 1.0))
            .with(Update::SetToNow(Own::BackendLastChange, labels))
    }

    /// The fields that ContainerPilot 2 puts beside what a child writes.
    fn about(mut self, role: &Role) -> Self {
        self.fields.push(("process", role.kind().to_owned()));
        let own: &[(&'static str, &String)] = match role {
            Role::PreStart | Role::App | Role::PreStop | Role::PostStop => &[],
            Role::Health { service, id } => &[("serviceName", service), ("serviceID", id)],
            Role::OnChange { backend } => &[("backend", backend)],
            Role::Task { name } => &[("task", name)],
            Role::Coprocess { name } => &[("coprocess", name)],
            Role::Sensor { metric } => &[("sensor", metric)],
            Role::Job { name } => &[("job", name)],
            Role::Check { job } => &[("check", job)],
        };
        self.fields.extend(own.iter().map(|(name, value)| (*name, (*value).clone())));
        self
    }
}
