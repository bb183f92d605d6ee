//! What this container offers to others.

use crate::{Command, Status};
use serde::Serialize;
use std::time::Duration;

/// A service that the pilot registers and keeps alive in the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Service {
    /// Unique in the catalogue: `<name>-<hostname>`.
    pub id: String,
    /// The name others look it up by.
    pub name: String,
    /// The address others reach it at, already resolved from `interfaces`.
    pub address: std::net::IpAddr,
    /// The port it listens on, 1 to 65535.
    pub port: u16,
    /// In the order of the configuration.
    pub tags: Vec<String>,
    /// The dead man's switch: without a word for this long the catalogue calls it critical.
    pub ttl: Duration,
    /// How its health is found out.
    pub health: Health,
    /// Consul: other agents may change the tags. Default false.
    pub enable_tag_override: bool,
    /// Consul: remove the service after it was critical for this long, in Go
    /// notation as written. Default: never.
    pub deregister_critical_after: Option<String>,
}

/// How the health of a service is found out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Health {
    /// Exit status 0 means healthy. Without a command the service is always healthy.
    pub command: Option<Command>,
    /// Time between the starts of two checks.
    pub interval: Duration,
    /// A check that runs longer is killed with its whole group and counts as
    /// failed. Default: the service's TTL.
    pub timeout: Option<Duration>,
}

/// What the catalogue is to say of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Desired {
    /// Nothing.
    Absent,
    /// That it is there.
    Present {
        /// Its health.
        status: Status,
        /// Why, for people. Pushed with the status and repeated with every
        /// heartbeat; a change of it alone waits for the next heartbeat.
        output: String,
    },
}
