//! What this container offers to others.

use crate::{Command, Status};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

/// A service that the pilot registers and keeps alive in the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Service {
    /// Unique in the catalogue: `<name>-<hostname>`.
    pub id: String,
    /// The name others look it up by.
    pub name: String,
    /// The address others reach it at, already resolved from `interfaces`.
    pub address: IpAddr,
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
    /// The id of its TTL check: the service's own id for hooks,
    /// `service:<id>` for jobs, as the generations of the original had it.
    pub check_id: String,
    /// Register with this status as soon as the job exists, before it is
    /// started. Default: register with the first sign of health. Jobs only.
    pub initial_status: Option<Status>,
    /// Whatever its clients are to know of it. Default nothing.
    pub meta: BTreeMap<String, String>,
    /// How much of the traffic it is to get. Default: the catalogue's (1 and 1).
    pub weights: Option<Weights>,
    /// Other addresses it is reached at, by the name of the network. Default none.
    pub tagged_addresses: BTreeMap<String, (String, u16)>,
}

/// How much of the traffic a service is to get, beside others of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Weights {
    /// While it is passing; from 1.
    pub passing: u16,
    /// While it is in doubt; 0 for none.
    pub warning: u16,
}

/// How the health of a service is found out.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
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

// === impl Service ===

impl Service {
    /// A service with nothing but what every one has, its check named as hooks
    /// name it; the address is the unspecified one and the port 0 until set.
    #[must_use]
    pub fn new(name: &str, hostname: &str, ttl: Duration, health: Health) -> Self {
        let id = format!("{name}-{hostname}");
        Self {
            check_id: id.clone(),
            id,
            name: name.to_owned(),
            address: std::net::Ipv4Addr::UNSPECIFIED.into(),
            port: 0,
            tags: Vec::new(),
            ttl,
            health,
            enable_tag_override: false,
            deregister_critical_after: None,
            initial_status: None,
            meta: BTreeMap::new(),
            weights: None,
            tagged_addresses: BTreeMap::new(),
        }
    }
}
