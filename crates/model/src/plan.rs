//! A configuration that was found valid.

use crate::{CatalogConfig, Command, Jobs, Logging, Service, Signal, Telemetry, WatchTarget};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// Everything the pilot is to do. Parsed, checked, with addresses resolved.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Plan {
    /// Where services are registered and looked up. `None`: nowhere.
    pub catalog: Option<CatalogConfig>,
    /// How the pilot's own messages look.
    pub logging: Logging,
    /// Time between asking something to stop and KILL. Default 5 s.
    pub stop_timeout: StopTimeout,
    /// What this container offers, the telemetry service included.
    pub services: Vec<Service>,
    /// Metrics. Default none.
    pub telemetry: Option<Telemetry>,
    /// What a signal to the pilot means, where it differs from the defaults.
    pub signals: BTreeMap<Signal, SignalAction>,
    /// Ways of the original that a script may depend on. All off by default.
    pub compat: Compat,
    /// What is run.
    pub work: Work,
}

/// What is run, in the form of either generation.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum Work {
    /// One application, named on the command line, and commands around it.
    Hooks(Hooks),
    /// Jobs that start each other.
    Jobs(Jobs),
}

/// What is run around the application.
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize, Serialize)]
pub struct Hooks {
    /// Runs to its end before the application starts; its failure is the container's.
    pub pre_start: Option<Command>,
    /// Runs after the services were withdrawn and before the application is stopped.
    pub pre_stop: Option<Command>,
    /// Runs after the application has ended; its failure becomes the exit status.
    pub post_stop: Option<Command>,
    /// What the application depends on.
    pub backends: Vec<Backend>,
    /// What runs every so often.
    pub tasks: Vec<Task>,
    /// What runs beside the application.
    pub coprocesses: Vec<Coprocess>,
}

/// How long the application may take to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum StopTimeout {
    /// KILL this long after TERM. The default is 5 s.
    After(Duration),
    /// KILL at once (a negative number in the configuration).
    Immediately,
}

/// A service that the application depends on.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Backend {
    /// Its name in the catalogue.
    pub name: String,
    /// Only instances with this tag. Default: all.
    pub tag: Option<String>,
    /// The shortest time between two runs of `on_change`, and the longest a
    /// query to the catalogue waits. The first change is acted on at once.
    pub poll: Duration,
    /// Runs when the healthy instances changed.
    pub on_change: Command,
    /// A run that takes longer is killed with its whole group. Default: none.
    pub timeout: Option<Duration>,
}

/// A command that runs every so often.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Task {
    /// For logs. Default: the command line.
    pub name: String,
    /// What runs. Runs never overlap.
    pub command: Command,
    /// Time between the starts of two runs, at least 1 ms. The first run is one period after the start.
    pub frequency: Duration,
    /// A run that takes longer is killed with its whole group. Default: `frequency`.
    pub timeout: Duration,
}

/// A command that runs beside the application.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Coprocess {
    /// For logs and the environment. Default: the command line.
    pub name: String,
    /// What runs.
    pub command: Command,
    /// How often it is started again. Default: never.
    pub restarts: Restarts,
}

/// How often something is started again after it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum Restarts {
    /// This many times; n restarts are n+1 runs.
    Limited(u32),
    /// For as long as the pilot runs.
    Unlimited,
}

/// What a signal to the pilot means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum SignalAction {
    /// Take leave in good order.
    Stop,
    /// Read the configuration again.
    Reload,
    /// Enter maintenance, or leave it.
    ToggleMaintenance,
    /// Tell the jobs that wait for it.
    Event,
    /// Open the log's file anew, as after a rotation.
    ReopenLog,
    /// Do nothing.
    Ignore,
}

/// Ways of the original that a script may depend on, each behind a switch of
/// the same name in the `compat` object of the configuration. Why each is off
/// by default is told in `docs/differences.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize, Serialize)]
pub struct Compat {
    /// `immediateRestarts`: what ended is started again without delay.
    pub immediate_restarts: bool,
    /// `exitZeroAsPid1`: as PID 1 the exit status is always 0.
    pub exit_zero_as_pid1: bool,
    /// `keepRegisteredOnExit`: services stay registered when the application
    /// ends by itself. Hooks only.
    pub keep_registered_on_exit: bool,
    /// `silentFailures`: a failing check sends nothing and the TTL runs out.
    pub silent_failures: bool,
    /// `exitZero`: the exit status is 0 after any start that succeeded. Jobs only.
    pub exit_zero: bool,
    /// `stayIdle`: the pilot goes on although no job runs or can start any
    /// more, because one it waited for has failed. Jobs only.
    pub stay_idle: bool,
    /// `withdrawLast`: a job's `stopping` jobs run while its service is still
    /// registered, which is withdrawn with the signal and without a drain. Jobs only.
    pub withdraw_last: bool,
}

// === impl Plan ===

impl Plan {
    /// What `signal` means under this plan. By default `SIGTERM`, `SIGINT` and
    /// `SIGQUIT` stop. With hooks, `SIGHUP` reloads and `SIGUSR1` toggles
    /// maintenance; with jobs, `SIGHUP` and `SIGUSR2` are events and `SIGUSR1`
    /// opens the log's file anew.
    #[must_use]
    pub fn on_signal(&self, signal: Signal) -> SignalAction {
        if let Some(action) = self.signals.get(&signal) {
            return *action;
        }
        match (&self.work, signal) {
            (_, Signal::Term | Signal::Int | Signal::Quit) => SignalAction::Stop,
            (Work::Hooks(_), Signal::Hup) => SignalAction::Reload,
            (Work::Hooks(_), Signal::Usr1) => SignalAction::ToggleMaintenance,
            (Work::Jobs(_), Signal::Hup | Signal::Usr2) => SignalAction::Event,
            (Work::Jobs(_), Signal::Usr1) => SignalAction::ReopenLog,
            _ => SignalAction::Ignore,
        }
    }

    /// The part of the plan that hooks are; `None` when it consists of jobs.
    #[must_use]
    pub const fn hooks(&self) -> Option<&Hooks> {
        match &self.work {
            Work::Hooks(hooks) => Some(hooks),
            Work::Jobs(_) => None,
        }
    }

    /// The part of the plan that jobs are; `None` when it consists of hooks.
    #[must_use]
    pub const fn jobs(&self) -> Option<&Jobs> {
        match &self.work {
            Work::Hooks(_) => None,
            Work::Jobs(jobs) => Some(jobs),
        }
    }
}

// === impl Backend ===

impl Backend {
    /// What is watched for it.
    #[must_use]
    pub fn target(&self) -> WatchTarget {
        WatchTarget::Service { name: self.name.clone(), tag: self.tag.clone(), datacenter: None }
    }
}

// === impl StopTimeout ===

impl Default for StopTimeout {
    fn default() -> Self {
        Self::After(Duration::from_secs(5))
    }
}
