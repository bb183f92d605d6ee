//! How something is read, and what comes with the answer.

use std::time::Duration;

/// How a read is made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// Wait until the catalogue's index is beyond this one. Default: answer at once.
    pub index: Option<u64>,
    /// The longest to wait then, at most 10 min; the server adds up to a
    /// sixteenth. Zero lets the server choose (5 min). Not looked at without an index.
    pub wait: Duration,
    /// Ask this datacentre. Default: the configuration's, or else the agent's own.
    pub datacenter: Option<String>,
    /// Any server may answer, even one that has lost its leader. Default false:
    /// the leader answers.
    pub stale: bool,
}

/// Which instances of a service are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceQuery {
    /// The service's name.
    pub name: String,
    /// Only instances with all of these tags.
    pub tags: Vec<String>,
    /// Sorted by round trip from this node; `_agent` is the agent's own.
    pub near: Option<String>,
    /// Only instances whose checks all pass, their node's included. Default
    /// false: all of them, and [`ServiceEntry::status`](crate::ServiceEntry::status) tells them apart.
    pub passing: bool,
}

/// A value and what the catalogue said about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer<T> {
    /// What was asked for.
    pub value: T,
    /// How far it can be trusted and what to ask with next.
    pub meta: Meta,
}

/// What Consul says about an answer in its headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meta {
    /// `X-Consul-Index`: ask with it next to wait for a change. `None`: this
    /// read cannot wait. Never 0.
    pub index: Option<u64>,
    /// `X-Consul-Knownleader`. False: the server that answered has lost its
    /// leader and may be behind. True where the header is missing.
    pub known_leader: bool,
    /// `X-Consul-Lastcontact`: how long ago that server heard from the leader.
    pub last_contact: Duration,
    /// `X-Consul-Results-Filtered-By-Acls`: the token may not see all there is.
    pub filtered_by_acls: bool,
}

// === impl Meta ===

impl Default for Meta {
    fn default() -> Self {
        Self { index: None, known_leader: true, last_contact: Duration::ZERO, filtered_by_acls: false }
    }
}

// === impl ServiceQuery ===

impl ServiceQuery {
    /// The instances of `name` that are fit to be used.
    #[must_use]
    pub fn passing(name: impl Into<String>) -> Self {
        Self { name: name.into(), passing: true, ..Self::default() }
    }
}

// === impl Answer ===

impl<T> Answer<T> {
    /// The same answer with its value made into something else.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Answer<U> {
        Answer { value: make(self.value), meta: self.meta }
    }
}
