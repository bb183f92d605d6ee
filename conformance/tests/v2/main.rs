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

use gyropilot_conformance::scene::Scene;
use std::time::Duration;

/// A place of its own for one test.
fn scene() -> Scene {
    Scene::new(env!("CARGO_BIN_EXE_probe"))
}

/// The identifier under which a service of this machine is registered.
fn id(name: &str) -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    format!("{name}-{}", host.trim())
}

/// A free port of 127.0.0.1.
fn free_port() -> u16 {
    let [port] = gyropilot_conformance::port::free();
    port
}

const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

const fn milliseconds(count: u64) -> Duration {
    Duration::from_millis(count)
}
