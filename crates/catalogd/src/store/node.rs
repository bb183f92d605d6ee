//! A node: a machine, or whatever stands for one.

use super::Index;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The check that says whether a node's own agent is alive. Ours always is: who
/// reads it has just been answered by it.
pub const SERF_HEALTH: &str = "serfHealth";

/// A node, as the catalogue knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Node {
    /// A UUID; empty for a node that was registered without one.
    pub id: String,
    /// Its name, unique in the catalogue.
    pub name: String,
    /// Where its services are when they do not say so themselves.
    pub address: String,
    /// Further addresses by label: `lan`, `wan`, `lan_ipv4`, ….
    pub tagged_addresses: BTreeMap<String, String>,
    /// Free pairs of words.
    pub meta: BTreeMap<String, String>,
    /// The index at which it was first registered.
    pub created: Index,
    /// The index of its last change.
    pub modified: Index,
}

// === impl Node ===

impl Node {
    /// Whether both say the same, whenever they began to.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        let Self { id, name, address, tagged_addresses, meta, created: _, modified: _ } = self;
        *id == other.id
            && *name == other.name
            && *address == other.address
            && *tagged_addresses == other.tagged_addresses
            && *meta == other.meta
    }
}
