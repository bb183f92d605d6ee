//! What the catalogue says about the services we depend on.

use serde::{Deserialize, Serialize};

/// Health as the catalogue knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
pub enum Status {
    /// Fit to be used.
    Passing,
    /// In use, but in doubt.
    Warning,
    /// Not to be used.
    Critical,
    /// Taken out of service by its operator.
    Maintenance,
}

/// One instance of a service, as read from the catalogue.
///
/// Ordered by id first, so that a sorted list compares as a set does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instance {
    /// Unique within the catalogue.
    pub id: String,
    /// Where it listens: the service's address, or else its node's.
    pub address: String,
    /// The port it listens on; 0 when it has none.
    pub port: u16,
    /// Sorted.
    pub tags: Vec<String>,
    /// The worst of its checks and its node's.
    pub status: Status,
}

/// What is there in the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// The healthy instances of a service, sorted.
    Instances(Vec<Instance>),
    /// Keys in order, each with its value.
    Keys(Vec<(String, Vec<u8>)>),
}

// === impl Status ===

impl Status {
    /// The word that Consul uses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passing => "passing",
            Self::Warning => "warning",
            Self::Critical => "critical",
            Self::Maintenance => "maintenance",
        }
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
