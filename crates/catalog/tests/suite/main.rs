//! One suite over the real Consul, the simulated catalogue and a scripted HTTP server.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what the tests stand on may fail as loudly as the tests"
)]

mod agent;
mod consul_faults;
mod consul_registrar;
mod consul_watcher;
mod contract;
mod double;
mod jobs_registration;
mod mutation;
mod refusals;
mod registrar_timing;
mod rig;
mod tls;
mod transport;
mod watch_targets;
mod watcher_timing;
