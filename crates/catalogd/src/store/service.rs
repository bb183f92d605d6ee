//! An instance of a service on a node.

use super::Index;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// An instance, as the catalogue knows it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Service {
    /// The name of its node.
    pub node: String,
    /// Unique on its node.
    pub id: String,
    /// What it is an instance of.
    pub name: String,
    /// Empty for an ordinary service; `connect-proxy` and the like are kept as given.
    pub kind: String,
    /// Words to select by.
    pub tags: Vec<String>,
    /// An IP address or host name; empty for the node's.
    pub address: String,
    /// Further addresses by label.
    pub tagged_addresses: BTreeMap<String, ServiceAddress>,
    /// Free pairs of words.
    pub meta: BTreeMap<String, String>,
    /// 0 for none.
    pub port: u16,
    /// A unix socket in place of address and port; empty for none.
    pub socket_path: String,
    /// How much of the traffic it should get.
    pub weights: Weights,
    /// Whether others may change its tags. Kept and shown; the owner's registration always wins here.
    pub enable_tag_override: bool,
    /// What was given as `Proxy`, kept as it was.
    pub proxy: Option<serde_json::Value>,
    /// What was given as `Connect`, kept as it was.
    pub connect: Option<serde_json::Value>,
    /// The index at which it was first registered.
    pub created: Index,
    /// The index of its last change.
    pub modified: Index,
}

/// One of several addresses of an instance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceAddress {
    /// An IP address or host name.
    pub address: String,
    /// 0 for none.
    pub port: u16,
}

/// How much of the traffic an instance should get, by its health.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weights {
    /// While all its checks pass.
    pub passing: u32,
    /// While one of them warns.
    pub warning: u32,
}

// === impl Service ===

impl Service {
    /// Whether both say the same, whenever they began to.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        let same_times = Self { created: other.created, modified: other.modified, ..self.clone() };
        same_times == *other
    }

    /// Writes down under which labels an IP address can be reached as well, as an
    /// agent of Consul does for what registers with it.
    pub(super) fn label_address(&mut self) {
        let labels: [&str; 2] = match self.address.parse::<IpAddr>() {
            Ok(IpAddr::V4(_)) => ["lan_ipv4", "wan_ipv4"],
            Ok(IpAddr::V6(_)) => ["lan_ipv6", "wan_ipv6"],
            Err(_) => return,
        };
        let (address, port) = (self.address.clone(), self.port);
        for label in labels {
            let here = ServiceAddress { address: address.clone(), port };
            self.tagged_addresses.entry(label.to_owned()).or_insert(here);
        }
    }
}

// === impl Weights ===

impl Default for Weights {
    fn default() -> Self {
        Self { passing: 1, warning: 1 }
    }
}
