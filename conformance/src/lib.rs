//! Drives any ContainerPilot-like binary from outside: processes, signals,
//! exit statuses, what a Consul agent was asked, and nothing else.
//!
//! The suite itself stands in `tests/`; this library is its bench: a recording
//! double of the Consul agent, a real agent, namespaces, and a place of its own
//! for every test, so that all tests may run at once. README.md tells how to
//! point it at another implementation.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the bans keep the pilot's one reaper and one clock; a driver of processes has neither"
)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "here a failed expectation is a failed test"
)]

pub mod agent;
pub mod browser;
mod cases;
pub mod control;
pub mod double;
pub mod grpc;
pub mod http;
pub mod launch;
pub mod metrics;
pub mod port;
pub mod process;
pub mod recorder;
pub mod scene;
pub mod stage;
pub mod target;
pub mod wait;
pub mod web;
