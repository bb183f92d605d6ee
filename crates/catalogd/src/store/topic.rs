//! What can change, and be waited for.

use super::Index;
use std::collections::BTreeMap;

/// Something that a reader can wait for a change of. Who waits for one is not
/// woken by a change of another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// The nodes themselves, their addresses and metadata.
    Nodes,
    /// A node and the instances on it; this and all names below in small letters.
    Node(String),
    /// The checks on a node.
    NodeChecks(String),
    /// The names of services and the union of the tags of each.
    ServiceNames,
    /// Any instance of any service.
    Services,
    /// The instances of one service with their checks and nodes.
    Service(String),
    /// The status of any check.
    Checks,
    /// The checks for which the catalogue looks by itself. Never waited for over HTTP.
    Looks,
    /// One key. A change of it also concerns who waits for a prefix of it.
    Key(String),
    /// All keys that begin with this.
    Prefix(String),
    /// Any session.
    Sessions,
    /// The events that were fired.
    Events,
}

// === impl Topic ===

impl Topic {
    /// A node and the instances on it, however its name is written.
    #[must_use]
    pub fn node(name: &str) -> Self {
        Self::Node(name.to_lowercase())
    }

    /// The checks on a node, however its name is written.
    #[must_use]
    pub fn node_checks(name: &str) -> Self {
        Self::NodeChecks(name.to_lowercase())
    }

    /// The instances of a service, however its name is written.
    #[must_use]
    pub fn service(name: &str) -> Self {
        Self::Service(name.to_lowercase())
    }
}

/// How far a topic has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// The index of the last change that readers are woken for.
    pub index: Index,
    /// Counts every change, also those that wake nobody: two equal ones promise
    /// two equal answers.
    pub revision: u64,
}

/// The marks of all topics but keys, which carry their own.
#[derive(Clone, Debug, Default)]
pub(super) struct Marks {
    marks: BTreeMap<Topic, Mark>,
    /// What a topic without a mark of its own is at.
    floor: Mark,
    /// How many services that no longer exist still have a mark.
    gone: usize,
}

/// So many services that no longer exist are remembered one by one; beyond, what
/// is known of them is only that they are gone.
const MOST_GONE: usize = 4096;

// === impl Marks ===

impl Marks {
    pub(super) fn new(floor: Index) -> Self {
        Self { marks: BTreeMap::new(), floor: Mark { index: floor, revision: 0 }, gone: 0 }
    }

    pub(super) fn get(&self, topic: &Topic) -> Mark {
        self.marks.get(topic).copied().unwrap_or(self.floor)
    }

    pub(super) fn touch(&mut self, topic: Topic, index: Index, revision: u64) {
        self.marks.insert(topic, Mark { index, revision });
    }

    /// Something changed that nobody is woken for.
    pub(super) fn revise(&mut self, topic: &Topic, revision: u64) {
        let mark = self.get(topic);
        self.marks.insert(topic.clone(), Mark { revision, ..mark });
    }

    /// A topic whose subject has gone: its mark stays for those who wait for its
    /// return, unless there are too many such. Gives whether the marks were cleared of them.
    pub(super) fn forget(&mut self, mut exists: impl FnMut(&Topic) -> bool) {
        self.gone += 1;
        if self.gone <= MOST_GONE {
            return;
        }
        self.gone = 0;
        let mut floor = self.floor;
        self.marks.retain(|topic, mark| {
            let stays =
                !matches!(topic, Topic::Service(_) | Topic::Node(_) | Topic::NodeChecks(_)) || exists(topic);
            if !stays {
                floor.index = floor.index.max(mark.index);
                floor.revision = floor.revision.max(mark.revision);
            }
            stays
        });
        self.floor = floor;
    }
}
