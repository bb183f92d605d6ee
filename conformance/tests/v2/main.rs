//! The second configuration generation of ContainerPilot, behaviour by
//! behaviour, on the binary that `GYROPILOT_BIN` names.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the bans keep the pilot's one reaper and one clock; a driver of processes has neither"
)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "everything here is a test, its helpers included"
)]

mod article;
mod backends;
mod command_line;
mod configuration;
mod consul_agent;
mod consul_template;
mod coprocesses;
mod decoding;
mod discovery;
mod environment;
mod faults;
mod interfaces;
mod lifecycle;
mod logging;
mod maintenance;
mod pid_1;
mod processes;
mod reload;
mod sensors;
mod services;
mod shutdown;
mod tasks;
mod templating;

use gyropilot_conformance::port::one as free_port;
use gyropilot_conformance::scene::{Scene, id};
use gyropilot_conformance::wait::{milliseconds, seconds};

/// A place of its own for one test.
fn scene() -> Scene {
    Scene::new(env!("CARGO_BIN_EXE_probe"))
}
