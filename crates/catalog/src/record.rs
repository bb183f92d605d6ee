//! What is read from the catalogue, as Consul's HTTP API words it.
//!
//! Consul writes an absent list or map as `null`, `[]`, `{}` or not at all,
//! depending on the endpoint and its version; all of them read as empty.

use gyropilot_model::{Instance, Status};
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;

/// A host that services run on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Node {
    /// A UUID; empty before Consul 0.7.3.
    #[serde(rename = "ID", deserialize_with = "absent_as_default")]
    pub id: String,
    /// Its name.
    #[serde(rename = "Node", deserialize_with = "absent_as_default")]
    pub name: String,
    /// Where it is reached.
    #[serde(deserialize_with = "absent_as_default")]
    pub address: String,
    /// The datacentre it belongs to.
    #[serde(deserialize_with = "absent_as_default")]
    pub datacenter: String,
    /// Its addresses by network: `lan`, `wan`, `lan_ipv4` and so on.
    #[serde(deserialize_with = "absent_as_default")]
    pub tagged_addresses: BTreeMap<String, String>,
    /// What its operator wrote about it.
    #[serde(deserialize_with = "absent_as_default")]
    pub meta: BTreeMap<String, String>,
}

/// An address with a port.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct TaggedAddress {
    /// Host or IP address.
    #[serde(deserialize_with = "absent_as_default")]
    pub address: String,
    /// As written in the catalogue, unchecked.
    #[serde(deserialize_with = "absent_as_default")]
    pub port: i64,
}

/// How much of the traffic an instance should get.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Weights {
    /// While passing. Default 1.
    pub passing: i64,
    /// While warning. Default 1.
    pub warning: i64,
}

/// One registration of a service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ServiceRecord {
    /// Unique on its agent.
    #[serde(rename = "ID", deserialize_with = "absent_as_default")]
    pub id: String,
    /// The name others look it up by.
    #[serde(rename = "Service", deserialize_with = "absent_as_default")]
    pub name: String,
    /// In the order of the registration.
    #[serde(deserialize_with = "absent_as_default")]
    pub tags: Vec<String>,
    /// Empty: the node's address is meant.
    #[serde(deserialize_with = "absent_as_default")]
    pub address: String,
    /// As written in the catalogue: 0 when there is none, otherwise unchecked.
    #[serde(deserialize_with = "absent_as_default")]
    pub port: i64,
    /// What its operator wrote about it.
    #[serde(deserialize_with = "absent_as_default")]
    pub meta: BTreeMap<String, String>,
    /// Its addresses by network.
    #[serde(deserialize_with = "absent_as_default")]
    pub tagged_addresses: BTreeMap<String, TaggedAddress>,
    /// Default 1 and 1.
    #[serde(deserialize_with = "absent_as_default")]
    pub weights: Weights,
    /// May other agents change the tags?
    #[serde(deserialize_with = "absent_as_default")]
    pub enable_tag_override: bool,
}

/// One check of an instance or of its node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Check {
    /// The node's name.
    #[serde(deserialize_with = "absent_as_default")]
    pub node: String,
    /// Unique on its node.
    #[serde(rename = "CheckID", deserialize_with = "absent_as_default")]
    pub id: String,
    /// For people.
    #[serde(deserialize_with = "absent_as_default")]
    pub name: String,
    /// `passing`, `warning`, `critical`; anything else counts as critical.
    #[serde(deserialize_with = "absent_as_default")]
    pub status: String,
    /// For people.
    #[serde(deserialize_with = "absent_as_default")]
    pub notes: String,
    /// What the check said last.
    #[serde(deserialize_with = "absent_as_default")]
    pub output: String,
    /// Empty for a check of the whole node.
    #[serde(rename = "ServiceID", deserialize_with = "absent_as_default")]
    pub service_id: String,
    /// Empty for a check of the whole node.
    #[serde(deserialize_with = "absent_as_default")]
    pub service_name: String,
}

/// An instance of a service with its node and the checks of both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ServiceEntry {
    /// Where it runs.
    #[serde(deserialize_with = "absent_as_default")]
    pub node: Node,
    /// What was registered.
    #[serde(deserialize_with = "absent_as_default")]
    pub service: ServiceRecord,
    /// Its own checks and its node's.
    #[serde(deserialize_with = "absent_as_default")]
    pub checks: Vec<Check>,
}

/// A node and everything that is registered on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeServices {
    /// The node.
    pub node: Node,
    /// Sorted by id.
    pub services: Vec<ServiceRecord>,
}

/// What the agent says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agent {
    /// The name of the node it runs on.
    pub node_name: String,
    /// The address it tells its peers.
    pub address: String,
    /// The datacentre it belongs to.
    pub datacenter: String,
    /// Such as `1.8.7`; empty when it does not say.
    pub version: String,
}

/// One key with its value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyValue {
    /// The whole key, without a leading slash.
    pub key: String,
    /// Any bytes, not necessarily text.
    pub value: Vec<u8>,
    /// A number of the writer's choice.
    pub flags: u64,
    /// The session that holds the key as a lock, if one does.
    pub session: Option<String>,
    /// Rises with each time the key was acquired as a lock.
    pub lock_index: u64,
    /// The catalogue's index when the key was made.
    pub create_index: u64,
    /// The catalogue's index when the key was last written.
    pub modify_index: u64,
}

// === impl Weights ===

impl Default for Weights {
    fn default() -> Self {
        Self { passing: 1, warning: 1 }
    }
}

// === impl ServiceEntry ===

impl ServiceEntry {
    /// Where the instance listens: its own address, or else its node's.
    #[must_use]
    pub fn address(&self) -> &str {
        if self.service.address.is_empty() { &self.node.address } else { &self.service.address }
    }

    /// The worst of all checks, its node's included, as Consul adds them up:
    /// maintenance, then critical, then warning. Without any check it is passing.
    #[must_use]
    pub fn status(&self) -> Status {
        self.checks.iter().map(Check::status).max().unwrap_or(Status::Passing)
    }

    /// What the rest of the pilot needs to know of it. `None` when it has no
    /// id, no address or an impossible port: such an instance cannot be talked to.
    #[must_use]
    pub fn instance(&self) -> Option<Instance> {
        if self.service.id.is_empty() || self.address().is_empty() {
            return None;
        }
        let mut tags = self.service.tags.clone();
        tags.sort();
        Some(Instance {
            id: self.service.id.clone(),
            address: self.address().to_owned(),
            port: u16::try_from(self.service.port).ok()?,
            tags,
            status: self.status(),
        })
    }
}

// === impl Check ===

impl Check {
    /// What it says. Consul marks maintenance with checks of reserved names:
    /// `_node_maintenance` and `_service_maintenance:<id>`.
    #[must_use]
    pub fn status(&self) -> Status {
        match self.status.as_str() {
            "passing" => Status::Passing,
            "warning" => Status::Warning,
            _ if self.id == "_node_maintenance" || self.id.starts_with("_service_maintenance:") => {
                Status::Maintenance
            }
            _ => Status::Critical,
        }
    }
}

/// Reads `null` as the default.
fn absent_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}
