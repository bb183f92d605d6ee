//! Templates as people write them, and the real Consul.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what the tests stand on may fail as loudly as the tests"
)]

#[path = "../../../catalog/tests/suite/agent.rs"]
#[expect(dead_code, reason = "the catalogue room's own tests do more with the agent")]
mod agent;
mod consul;
mod quiet_host;
mod templates;
