//! What a configuration needs of whoever starts and stops its container.

use crate::variables::Variable;
use gyropilot_model::{
    Awaited, EventCode, Hooks, Jobs, Plan, Signal, SignalAction, StopTimeout, Trigger, Work,
};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// The most that the confirmation of a withdrawal is waited for.
const WITHDRAWAL: Duration = Duration::from_secs(3);
/// How long after KILL a process is waited for.
const UNKILLABLE: Duration = Duration::from_secs(2);
/// What is granted beyond the pilot's own bound, so that nothing is cut short at its very end.
const MARGIN: Duration = Duration::from_secs(5);

/// What a container with this configuration needs, and what it offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contract {
    /// What it is called: the first service, or the first job.
    pub name: String,
    /// What jobs listen on.
    pub ports: Vec<Port>,
    /// Where the pilot answers `/livez`, `/readyz` and `/metrics`.
    pub telemetry: Option<u16>,
    /// `gyropilot status --ready` has a pilot to ask: the configuration has jobs.
    pub can_be_asked: bool,
    /// The most that a stop takes, as far as it is bounded by less than an hour.
    pub stop: Duration,
    /// What may take up to an hour beyond that.
    pub unbounded: Option<&'static str>,
    /// The longest drain.
    pub drain: Duration,
    /// What the configuration reads.
    pub variables: Vec<Variable>,
    /// The environment of whoever looks, for values to begin with.
    pub values: BTreeMap<String, String>,
    /// Where the control socket is made.
    pub socket: Option<PathBuf>,
    /// What a signal means that is not the usual.
    pub signals: BTreeMap<Signal, SignalAction>,
}

/// A port of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// The service.
    pub name: String,
    /// The number.
    pub number: u16,
}

// === impl Contract ===

impl Contract {
    /// What this plan needs. `variables` are those that its text reads.
    #[must_use]
    pub fn new(plan: &Plan, variables: Vec<Variable>, values: BTreeMap<String, String>) -> Self {
        let telemetry = plan.telemetry.as_ref().map(|telemetry| telemetry.listen.port());
        let own = |port: u16| telemetry == Some(port);
        let services = plan.services.iter().filter(|service| !own(service.port));
        let ports: Vec<Port> =
            services.map(|service| Port { name: service.name.clone(), number: service.port }).collect();
        let withdrawal = if plan.services.is_empty() { Duration::ZERO } else { WITHDRAWAL };
        let (stop, unbounded, drain) = match &plan.work {
            Work::Jobs(jobs) => of_jobs(jobs, withdrawal),
            Work::Hooks(hooks) => of_hooks(hooks, withdrawal, plan.stop_timeout),
        };
        let first_job = plan.jobs().and_then(|jobs| jobs.jobs.first()).map(|job| job.name.clone());
        let name = ports.first().map(|port| port.name.clone()).or(first_job);
        Self {
            name: name.unwrap_or_else(|| "app".to_owned()),
            ports,
            telemetry,
            can_be_asked: plan.jobs().is_some(),
            stop,
            unbounded,
            drain,
            variables,
            values,
            socket: plan.jobs().map(|jobs| jobs.control.socket.clone()),
            signals: plan.signals.clone(),
        }
    }

    /// What a scheduler should grant a stop, in whole seconds.
    #[must_use]
    pub fn grace(&self) -> u64 {
        let granted = self.stop + MARGIN;
        granted.as_secs() + u64::from(granted.subsec_nanos() > 0)
    }

    /// Does the pilot take leave at this signal?
    pub(crate) fn stops_at(&self, signal: Signal) -> bool {
        let usual = matches!(signal, Signal::Term | Signal::Int);
        self.signals.get(&signal).map_or(usual, |action| *action == SignalAction::Stop)
    }
}

fn of_jobs(jobs: &Jobs, withdrawal: Duration) -> (Duration, Option<&'static str>, Duration) {
    let most = |of: fn(&gyropilot_model::Job) -> Duration| jobs.jobs.iter().map(of).max().unwrap_or_default();
    let drain = most(|job| job.stop.drain);
    if let Some(budget) = jobs.stop_budget {
        return (budget, None, drain);
    }
    let on_stop = |trigger: &Trigger| match trigger {
        Trigger::Events { awaited, .. } => awaited.iter().any(is_stopping),
        Trigger::Startup | Trigger::Interval(_) => false,
    };
    let waits = jobs.jobs.iter().filter(|job| on_stop(&job.when.trigger));
    let (mut unbounded, mut waited) = (None, Duration::ZERO);
    for job in waits {
        match job.timeout {
            Some(timeout) => waited = waited.max(timeout),
            None => unbounded = Some("a job that runs when another is stopping"),
        }
    }
    let stop = withdrawal + drain + waited + most(|job| job.stop.timeout) + UNKILLABLE;
    (stop, unbounded, drain)
}

fn is_stopping(awaited: &Awaited) -> bool {
    awaited.code == EventCode::Stopping
}

fn of_hooks(
    hooks: &Hooks,
    withdrawal: Duration,
    timeout: StopTimeout,
) -> (Duration, Option<&'static str>, Duration) {
    let timeout = match timeout {
        StopTimeout::After(timeout) => timeout,
        StopTimeout::Immediately => Duration::ZERO,
    };
    let unbounded = match (&hooks.pre_stop, &hooks.post_stop) {
        (Some(_), _) => Some("preStop"),
        (None, Some(_)) => Some("postStop"),
        (None, None) => None,
    };
    // The application, then coprocesses, then whatever is left.
    let rounds = if hooks.coprocesses.is_empty() { 2 } else { 3 };
    (withdrawal + timeout * rounds + UNKILLABLE, unbounded, Duration::ZERO)
}
