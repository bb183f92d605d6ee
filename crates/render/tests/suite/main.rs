//! Templates as people write them, and the real Consul.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what the tests stand on may fail as loudly as the tests"
)]

mod consul;
mod quiet_host;
mod templates;
