//! The one place where an event becomes words and numbers.

mod catalog;
mod jobs;
mod pilot;
mod process;

use crate::Own;
use gyropilot_model::{Event, LogLevel, Role};

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

/// Every event has its words in the file of its subject.
fn words(event: &Event) -> Description {
    match event {
        Event::Started { pid, plan } => pilot::started(*pid, plan),
        Event::ConfigLoaded { plan } => pilot::config_loaded(plan),
        Event::ConfigWarning { message } => pilot::config_warning(message),
        Event::Maintenance { on } => pilot::maintenance(*on),
        Event::Reloaded { plan } => pilot::reloaded(plan),
        Event::ReloadRefused { reason } => pilot::reload_refused(reason),
        Event::StopRequested { signal } => pilot::stop_requested(*signal),
        Event::StopHurried { signal } => pilot::stop_hurried(*signal),
        Event::SensorValueInvalid { metric, output } => pilot::sensor_value_invalid(metric, output),
        Event::SensorValue { metric, bits } => pilot::sensor_value(metric, f64::from_bits(*bits)),
        Event::OutputLost { lines } => pilot::output_lost(*lines),
        Event::Ordered { order, uid } => pilot::ordered(order, *uid),
        Event::ControlAnswered { path, status } => pilot::control_answered(path, *status),
        Event::MetricUnknown { metric } => pilot::metric_unknown(metric),
        Event::MetricInvalid { metric, value } => pilot::metric_invalid(metric, value),
        Event::TelemetryUnavailable { reason, given_up } => pilot::telemetry_unavailable(reason, *given_up),
        Event::Exiting { status, reason } => pilot::exiting(*status, reason),

        Event::ProcessStarted { role, pid } => process::started(role, *pid),
        Event::ProcessNotStarted { role, program, reason } => process::not_started(role, program, reason),
        Event::ProcessExited { role, pid, exit, ran } => process::exited(role, *pid, *exit, *ran),
        Event::ProcessTimedOut { role, timeout, command } => process::timed_out(role, *timeout, command),
        Event::RestartScheduled { role, delay, attempt } => {
            process::restart_scheduled(role, *delay, *attempt)
        }
        Event::RestartsUsedUp { role } => process::restarts_used_up(role),
        Event::Output { role, pid, line } => process::output(role, *pid, line),
        Event::StopTimedOut { role, timeout } => process::stop_timed_out(role, *timeout),

        Event::HealthChanged { service, status, reason } => catalog::health_changed(service, *status, reason),
        Event::Registered { id, again } => catalog::registered(id, again.as_deref()),
        Event::RegistrationReduced { id, reason } => catalog::registration_reduced(id, reason),
        Event::Deregistered { id } => catalog::deregistered(id),
        Event::DeregistrationUnconfirmed { id, reason } => catalog::deregistration_unconfirmed(id, reason),
        Event::CatalogUnavailable { request, reason } => catalog::unavailable(request, reason),
        Event::CatalogAvailable { request, after } => catalog::available(request, *after),
        Event::BackendChanged { backend, tag, instances } => {
            catalog::backend_changed(backend, tag.as_deref(), *instances)
        }
        Event::BackendEmpty { backend, tag, had } => catalog::backend_empty(backend, tag.as_deref(), *had),
        Event::CatalogIndexReset { watch } => catalog::index_reset(watch),
        Event::InstancesKept { watch, count, within } => catalog::instances_kept(watch, *count, *within),
        Event::CatalogDoubtful { watch, reason } => catalog::doubtful(watch, reason),

        Event::Bus { code, source } => jobs::bus(*code, source),
        Event::JobChanged { job, state, reason } => jobs::changed(job, *state, reason),
        Event::JobHealthChanged { job, health, reason } => jobs::health_changed(job, *health, reason),
        Event::Checked { job, verdict, took } => jobs::checked(job, *verdict, *took),
        Event::JobReady { job, after } => jobs::ready(job, *after),
        Event::Drained { job, connections, after } => jobs::drained(job, *connections, *after),
        Event::WatchChanged { watch, count, had } => jobs::watch_changed(watch, *count, *had),
        Event::JobsDone { reason } => jobs::done(reason),
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

    /// One more in a counter.
    fn one(self, metric: Own, labels: &[&str]) -> Self {
        self.with(Update::Add(metric, owned(labels), 1.0))
    }

    /// What a gauge is now.
    fn set(self, metric: Own, labels: &[&str], value: f64) -> Self {
        self.with(Update::Set(metric, owned(labels), value))
    }

    /// One value more in a histogram.
    fn observe(self, metric: Own, labels: &[&str], value: f64) -> Self {
        self.with(Update::Observe(metric, owned(labels), value))
    }

    fn field(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.fields.push((name, value.into()));
        self
    }

    fn report(mut self) -> Self {
        self.text = Text::Report;
        self
    }

    /// One more of this kind of process.
    fn count(self, metric: Own, role: &Role) -> Self {
        // The kind alone: names of tasks and coprocesses can be whole command lines.
        self.one(metric, &[role.kind()])
    }

    /// The fields that ContainerPilot puts beside what a child writes: of hooks
    /// those of version 2, of jobs those of version 3.
    fn about(mut self, role: &Role) -> Self {
        let mut add = |name, value: &str| self.fields.push((name, value.to_owned()));
        match role {
            Role::Job { name } => add("job", name),
            Role::Check { job } => add("check", &format!("check.{job}")),
            hook => {
                add("process", hook.kind());
                match hook {
                    Role::Health { service, id } => {
                        add("serviceName", service);
                        add("serviceID", id);
                    }
                    Role::OnChange { backend } => add("backend", backend),
                    Role::Task { name } => add("task", name),
                    Role::Coprocess { name } => add("coprocess", name),
                    Role::Sensor { metric } => add("sensor", metric),
                    Role::PreStart
                    | Role::App
                    | Role::PreStop
                    | Role::PostStop
                    | Role::Job { .. }
                    | Role::Check { .. } => {}
                }
            }
        }
        self
    }
}

fn owned(labels: &[&str]) -> Vec<String> {
    labels.iter().map(|&label| label.to_owned()).collect()
}
