//! What the catalogue knows: nodes, services, checks, sessions, keys and events.
//!
//! A pure state machine: no I/O, no clock (`now` is an argument), no waiting. What
//! a change touched comes out of [`Store::take_touched`], for those who wait for
//! it; what has to survive a crash comes out of [`Store::take_records`], and goes
//! in again by [`Store::restore`]. [`Store::deadline`] is the next moment at which time
//! alone changes something; [`Store::tick`] does what is due.
//!
//! The rules are those of Consul 1.8.7, whose agent and server it plays in one:
//! registrations belong to the node of the catalogue itself unless they come by
//! [`Store::catalog_register`].

mod check;
mod event;
mod expiry;
mod health;
mod key;
mod node;
mod read;
mod record;
mod refusal;
mod registry;
mod service;
mod session;
mod tables;
#[cfg(test)]
mod tests;
mod topic;
mod transaction;
mod upsert;

pub use check::{Check, LEAST_DEREGISTER_AFTER, Look, OUTPUT_BYTES, Source, Status, cut_output};
pub use event::{Event, MOST_EVENTS};
pub use key::{Deletion, Entry, MOST_VALUE_BYTES, Put};
pub use node::{Node, SERF_HEALTH};
pub use read::Instance;
pub use record::Record;
pub use refusal::Refusal;
pub(crate) use registry::SERVER_PORT;
pub use registry::{CatalogRegistration, CheckSpec};
pub use service::{Service, ServiceAddress, Weights};
pub(crate) use session::check_identifier;
pub use session::{Behavior, Session, SessionSpec};
pub use topic::{Mark, Topic};
pub use transaction::{MOST_OPERATIONS, Operation, OperationError, OperationResult, Verb};

use check::CheckEntry;
use expiry::Timers;
use key::Keys;
use session::SessionEntry;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;
use std::time::Duration;
use topic::Marks;

/// Counts changes. It begins at the microseconds since 1970 at which the catalogue
/// was started, so that it does not go backwards when a catalogue without a
/// memory starts again.
pub type Index = u64;

/// Who the catalogue is.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The datacentre.
    pub datacenter: String,
    /// The name of the catalogue's own node.
    pub node: String,
    /// Its UUID.
    pub id: String,
    /// Its address.
    pub address: String,
}

/// After a restart nothing expires for at least this long: its owner may need it to return.
pub const LEAST_GRACE: Duration = Duration::from_secs(30);

/// Everything that the catalogue knows.
#[derive(Debug)]
pub struct Store {
    identity: Identity,
    index: Index,
    revision: u64,
    marks: Marks,
    nodes: BTreeMap<String, NodeEntry>,
    /// The node and identifier of each instance, by the name of its service.
    by_name: BTreeMap<String, BTreeSet<(String, String)>>,
    /// How many instances carry a tag, by the name of their service.
    tags: BTreeMap<String, BTreeMap<String, usize>>,
    /// Node and identifier of the checks that repeat the health of something else.
    aliases: BTreeSet<(String, String)>,
    keys: Keys,
    sessions: BTreeMap<String, SessionEntry>,
    /// The sessions that depend on a check, by its node and identifier.
    bound: BTreeMap<(String, String), BTreeSet<String>>,
    events: VecDeque<Event>,
    timers: Timers,
    touched: BTreeSet<Topic>,
    /// None when nothing is kept on disk.
    records: Option<Vec<Record>>,
    /// The index that the records taken so far come to.
    kept: Index,
}

/// A node, the instances on it and the checks on it.
#[derive(Debug)]
struct NodeEntry {
    node: Rc<Node>,
    services: BTreeMap<String, Rc<Service>>,
    checks: BTreeMap<String, CheckEntry>,
    /// The identifiers of the checks of an instance; those of the node itself under "".
    checks_of: BTreeMap<String, BTreeSet<String>>,
}

// === impl Store ===

impl Store {
    /// A catalogue that knows only itself. `epoch` is where its index begins; with
    /// `keeps` it also says what has to be written down.
    #[must_use]
    pub fn new(identity: Identity, epoch: Index, keeps: bool) -> Self {
        let mut store = Self {
            index: epoch.max(1),
            revision: 0,
            marks: Marks::new(epoch.max(1)),
            nodes: BTreeMap::new(),
            by_name: BTreeMap::new(),
            tags: BTreeMap::new(),
            aliases: BTreeSet::new(),
            keys: Keys::new(epoch.max(1)),
            sessions: BTreeMap::new(),
            bound: BTreeMap::new(),
            events: VecDeque::new(),
            timers: Timers::default(),
            touched: BTreeSet::new(),
            records: keeps.then(Vec::new),
            kept: 0,
            identity,
        };
        store.register_self();
        store
    }

    /// Who it is.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The index of the last change of anything.
    #[must_use]
    pub fn index(&self) -> Index {
        self.index
    }

    /// How far a topic has come. For several at once, the furthest.
    #[must_use]
    pub fn mark(&self, topics: &[Topic]) -> Mark {
        let one = |topic: &Topic| match topic {
            Topic::Key(key) => self.keys.mark(key),
            Topic::Prefix(prefix) => self.keys.mark_below(prefix),
            _ => self.marks.get(topic),
        };
        topics.iter().map(one).fold(Mark::default(), |a, b| Mark {
            index: a.index.max(b.index),
            revision: a.revision.max(b.revision),
        })
    }

    /// What has changed since this was asked last, for those who wait for it.
    pub fn take_touched(&mut self) -> BTreeSet<Topic> {
        std::mem::take(&mut self.touched)
    }

    /// What has to be written down since this was asked last.
    pub fn take_records(&mut self) -> Vec<Record> {
        let Some(records) = &mut self.records else { return Vec::new() };
        let mut records = std::mem::take(records);
        self.kept = records.iter().filter_map(Record::index).fold(self.kept, Index::max);
        // An index that somebody was told counts, even if what it was for is not kept.
        if self.kept < self.index {
            self.kept = self.index;
            records.push(Record::Index(self.index));
        }
        records
    }

    /// The index of the change that is being made.
    fn next_index(&mut self) -> Index {
        self.index += 1;
        self.index
    }

    fn touch(&mut self, topic: Topic) {
        self.revision += 1;
        if !matches!(topic, Topic::Key(_)) {
            self.marks.touch(topic.clone(), self.index, self.revision);
        }
        self.touched.insert(topic);
    }

    fn keep(&mut self, record: impl FnOnce() -> Record) {
        if let Some(records) = &mut self.records {
            records.push(record());
        }
    }
}
