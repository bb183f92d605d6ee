//! The third configuration generation of ContainerPilot, behaviour by
//! behaviour, and what goes beyond it, on the binary that `GYROPILOT_BIN` names.
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

mod beyond;
mod command_line;
mod configuration;
mod consul_agent;
mod control;
mod environment;
mod events;
mod exits;
mod faults;
mod health;
mod jobs;
mod json5;
mod logging;
mod maintenance;
mod pid_1;
mod processes;
mod reload;
mod services;
mod shutdown;
mod telemetry;
mod watches;
mod when;

use gyropilot_conformance::port::one as free_port;
use gyropilot_conformance::scene::{Scene, id};
use gyropilot_conformance::wait::{milliseconds, seconds};
use serde_json::{Value, json};

/// A place of its own for one test.
fn scene() -> Scene {
    Scene::new(env!("CARGO_BIN_EXE_probe"))
}

/// Nothing to add.
fn nothing() -> Value {
    json!({})
}

/// A job that runs every 100 ms and notes `tick`: how a test sees that time passed.
fn clock(scene: &Scene) -> Value {
    scene.job("clock", &["note=tick"], &json!({"when": {"interval": "100ms"}}))
}

/// Waits until the [`clock`] ticked so many more times.
#[track_caller]
fn await_ticks(scene: &Scene, count: usize) {
    let so_far = scene.events_like("tick").len();
    scene.await_events(gyropilot_conformance::wait::SOON, "tick", so_far + count);
}
