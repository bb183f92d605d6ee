//! The nouns that every room shares.
//!
//! A [`Plan`] is a configuration that was parsed and found valid; nothing
//! downstream of it looks at configuration text again. The rest are the words
//! the plan is written in: [`Command`], [`Service`], [`Backend`], [`Instance`],
//! [`Exit`], [`Time`].

mod catalog;
mod command;
mod event;
mod exit;
mod instance;
mod interface;
mod logging;
mod measurement;
mod plan;
mod role;
mod secret;
mod service;
mod signal;
mod telemetry;
mod time;

pub use catalog::{CatalogConfig, ConsulConfig, EtcdConfig, Scheme, TlsConfig};
pub use command::{Command, CommandError};
pub use event::Event;
pub use exit::Exit;
pub use instance::{Instance, Status};
pub use interface::{Address, InterfaceSpec, InterfaceSpecError, NoAddress, resolve};
pub use logging::{LogFormat, LogLevel, LogOutput, Logging};
pub use measurement::parse_measurement;
pub use plan::{Backend, Compat, Coprocess, Plan, Restarts, SignalAction, StopTimeout, Task};
pub use role::Role;
pub use secret::Secret;
pub use service::{Desired, Health, Service};
pub use signal::Signal;
pub use telemetry::{Sensor, SensorKind, Telemetry};
pub use time::{DurationError, Time, format_go_duration, parse_duration, parse_go_duration};
