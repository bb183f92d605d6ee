//! The nouns that every room shares.
//!
//! A [`Plan`] is a configuration that was parsed and found valid; nothing
//! downstream of it looks at configuration text again. The rest are the words
//! the plan is written in: [`Command`], [`Service`], [`Backend`], [`Instance`],
//! [`Exit`], [`Time`].

mod capability;
mod catalog;
mod command;
mod event;
mod exit;
mod instance;
mod interface;
mod job;
mod logging;
mod measurement;
mod order;
mod plan;
mod role;
mod secret;
mod service;
mod signal;
mod status;
mod telemetry;
mod time;
mod trigger;
mod warning;

pub use capability::CAPABILITIES;
pub use catalog::{CatalogConfig, ConsulConfig, EtcdConfig, Scheme, TlsConfig};
pub use command::{Command, CommandError};
pub use event::Event;
pub use exit::Exit;
pub use instance::{Instance, Seen, Status};
pub use interface::{Address, InterfaceSpec, InterfaceSpecError, NoAddress, resolve};
pub use job::{
    CheckRestart, Control, ExitPolicy, HealthCheck, HttpProbe, Job, Jobs, Limit, Probe, Readiness, ReadyBy,
    Restart, SecretSource, StopPolicy, Surroundings, Warning, Watch, WatchTarget, When,
};
pub use logging::{LogFormat, LogLevel, LogOutput, Logging};
pub use measurement::parse_measurement;
pub use order::{Finding, Notice, Order, OrderId, Verdict};
pub use plan::{Backend, Compat, Coprocess, Hooks, Plan, Restarts, SignalAction, StopTimeout, Task, Work};
pub use role::Role;
pub use secret::{Secret, is_secret_name};
pub use service::{Desired, Health, Service, Weights};
pub use signal::Signal;
pub use status::{Cause, Edge, JobHealth, JobState, JobStatus, PilotStatus, ServiceStatus, WatchStatus, Why};
pub use telemetry::{PostedMetric, Sensor, SensorKind, Telemetry};
pub use time::{DurationError, Time, format_go_duration, parse_duration, parse_go_duration};
pub use trigger::{Awaited, EventCode, RestartMode, Trigger};
