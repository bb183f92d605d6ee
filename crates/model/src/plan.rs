//! A configuration that was found valid.

use crate::{CatalogConfig, Command, Logging, Service, Signal, Telemetry};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// Everything the pilot is to do. Parsed, checked, with addresses resolved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// Where services are registered and looked up.
    pub catalog: CatalogConfig,
    /// How the pilot's own messages look.
    pub logging: Logging,
    /// Runs to its end before the application starts; its failure is the container's.
    pub pre_start: Option<Command>,
    /// Runs after the services were withdrawn and before the application is stopped.
    pub pre_stop: Option<Command>,
    /// Runs after the application has ended; its failure becomes the exit status.
    pub post_stop: Option<Command>,
    /// Time between TERM and KILL. Default 5 s.
    pub stop_timeout: StopTimeout,
    /// What this container offers, the telemetry service included.
    pub services: Vec<Service>,
    /// What it depends on.
    pub backends: Vec<Backend>,
    /// What runs every so often.
    pub tasks: Vec<Task>,
    /// What runs beside the application.
    pub coprocesses: Vec<Coprocess>,
    /// Metrics. Default none.
    pub telemetry: Option<Telemetry>,
    /// What a signal to the pilot means, where it differs from the defaults:
    /// `SIGTERM`, `SIGINT` and `SIGQUIT` stop, `SIGHUP` reloads, `SIGUSR1` toggles maintenance.
    pub signals: BTreeMap<Signal, SignalAction>,
    /// Ways of the original that a script may depend on. All off by default.
    pub compat: Compat,
}

/// How long the application may take to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum StopTimeout {
    /// KILL this long after TERM. The default is 5 s.
    After(Duration),
    /// KILL at once (a negative number in the configuration).
    Immediately,
}

/// A service that the application depends on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Coprocess {
    /// For logs and the environment. Default: the command line.
    pub name: String,
    /// What runs.
    pub command: Command,
    /// How often it is started again. Default: never.
    pub restarts: Restarts,
}

/// How often something is started again after it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Restarts {
    /// This many times; n restarts are n+1 runs.
    Limited(u32),
    /// For as long as the pilot runs.
    Unlimited,
}

/// What a signal to the pilot means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum SignalAction {
    /// Take leave in good order.
    Stop,
    /// Read the configuration again.
    Reload,
    /// Enter maintenance, or leave it.
    ToggleMaintenance,
    /// Do nothing.
    Ignore,
}

/// Ways of the original that a script may depend on, each behind a switch of
/// the same name in the `compat` object of the configuration. Why each is off
/// by default is told in `docs/differences.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize)]
pub struct Compat {
    /// `immediateRestarts`: coprocesses are started again without delay.
    pub immediate_restarts: bool,
    /// `exitZeroAsPid1`: as PID 1 the exit status is always 0.
    pub exit_zero_as_pid1: bool,
    /// `keepRegisteredOnExit`: services stay registered when the application ends by itself.
    pub keep_registered_on_exit: bool,
    /// `silentFailures`: a failing check sends nothing and the TTL runs out.
    pub silent_failures: bool,
}

// === impl Plan ===

impl Plan {
    /// What `signal` means under this plan.
    #[must_use]
    pub fn on_signal(&self, signal: Signal) -> SignalAction {
        match (self.signals.get(&signal), signal) {
            (Some(action), _) => *action,
            (None, Signal::Term | Signal::Int | Signal::Quit) => SignalAction::Stop,
            (None, Signal::Hup) => SignalAction::Reload,
            (None, Signal::Usr1) => SignalAction::ToggleMaintenance,
            (None, _) => SignalAction::Ignore,
        }
    }
}

// === impl StopTimeout ===

impl Default for StopTimeout {
    fn default() -> Self {
        Self::After(Duration::from_secs(5))
    }
}
