//! What is written down, and how a catalogue is made of it again.

use super::{Check, Entry, Identity, Index, LEAST_GRACE, Node, Service, Session, Source, Store};
use gyropilot_model::Time;
use serde::{Deserialize, Serialize};
use std::rc::Rc;
use std::time::Duration;

/// One change, or one thing of a snapshot. Applying one twice does no harm. What it is made of
/// may get more fields, which have their defaults in what was written before, and loses none.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Record {
    /// The index has come this far.
    Index(Index),
    /// A node is this.
    Node(Rc<Node>),
    /// A node and all on it has gone.
    NodeGone {
        /// Its name.
        name: String,
        /// When.
        index: Index,
    },
    /// An instance is this.
    Service(Rc<Service>),
    /// An instance and its checks have gone.
    ServiceGone {
        /// The name of its node.
        node: String,
        /// Its identifier.
        id: String,
        /// When.
        index: Index,
    },
    /// A check is this.
    Check(Rc<Check>),
    /// A check has gone.
    CheckGone {
        /// The name of its node.
        node: String,
        /// Its identifier.
        id: String,
        /// When.
        index: Index,
    },
    /// A key is this.
    Key(Rc<Entry>),
    /// A key has gone.
    KeyGone {
        /// The key.
        key: String,
        /// When.
        index: Index,
    },
    /// All keys that begin with this have gone.
    KeysGone {
        /// How they begin.
        prefix: String,
        /// When.
        index: Index,
    },
    /// A session is this.
    Session(Rc<Session>),
    /// A session has gone; what it held says so itself.
    SessionGone {
        /// Its identifier.
        id: String,
        /// When.
        index: Index,
    },
    /// A key cannot be locked for so long.
    Delay {
        /// The key.
        key: String,
        /// For how long from when this is read.
        delay: Duration,
    },
}

// === impl Record ===

impl Record {
    /// How far the index had come, if it says.
    pub(super) fn index(&self) -> Option<Index> {
        match self {
            Self::Node(node) => Some(node.modified),
            Self::Service(service) => Some(service.modified),
            Self::Check(check) => Some(check.modified),
            Self::Key(entry) => Some(entry.modified),
            Self::Session(session) => Some(session.modified),
            Self::Index(index)
            | Self::NodeGone { index, .. }
            | Self::ServiceGone { index, .. }
            | Self::CheckGone { index, .. }
            | Self::KeyGone { index, .. }
            | Self::KeysGone { index, .. }
            | Self::SessionGone { index, .. } => Some(*index),
            Self::Delay { .. } => None,
        }
    }
}

// === impl Store ===

impl Store {
    /// A catalogue of what was written down, in order. It goes on after everything
    /// in it, and nothing expires before its owner had the time to return: the longest
    /// TTL that is known, or [`LEAST_GRACE`].
    #[must_use]
    pub fn restore(
        identity: Identity,
        epoch: Index,
        records: impl IntoIterator<Item = Record>,
        now: Time,
    ) -> Self {
        let mut store = Self::new(identity, epoch, false);
        for record in records {
            store.apply(record, now);
        }
        store.records = Some(Vec::new());
        // Who waits for something from before is answered at once: what it waited for may have changed unseen.
        store.index = store.index.max(epoch) + 1;
        store.marks = super::topic::Marks::new(store.index);
        store.keys.forget_gone(store.index);
        // Whoever this node was before, it is this one now.
        store.register_self();
        store.touched.clear();
        store.begin_grace(now);
        store
    }

    /// Everything there is, as records. Cheap to take: what is in them is shared.
    #[must_use]
    pub fn snapshot(&self) -> Vec<Record> {
        let mut records = vec![Record::Index(self.index)];
        for entry in self.nodes.values() {
            records.push(Record::Node(Rc::clone(&entry.node)));
            records.extend(entry.services.values().map(|service| Record::Service(Rc::clone(service))));
            records.extend(entry.checks.values().map(|entry| Record::Check(Rc::clone(&entry.check))));
        }
        records.extend(self.sessions.values().map(|entry| Record::Session(Rc::clone(&entry.session))));
        records.extend(self.keys.entries().map(|entry| Record::Key(Rc::clone(entry))));
        records.extend(self.keys.delays().map(|(key, delay)| Record::Delay { key: key.to_owned(), delay }));
        records
    }

    /// How long nothing expires after a restart.
    fn grace(&self) -> Duration {
        let checks = self.nodes.values().flat_map(|entry| entry.checks.values());
        let ttls = checks.filter_map(|entry| match entry.check.source {
            Source::Ttl(ttl) => Some(ttl),
            _ => None,
        });
        let leases = self.sessions.values().filter_map(|entry| entry.session.ttl.map(|ttl| ttl * 2));
        ttls.chain(leases).fold(LEAST_GRACE, Duration::max)
    }

    fn begin_grace(&mut self, now: Time) {
        let until = now + self.grace();
        let checks: Vec<(String, String)> = self
            .nodes
            .iter()
            .flat_map(|(node, entry)| entry.checks.keys().map(move |id| (node.clone(), id.clone())))
            .collect();
        for (node, id) in checks {
            self.begin_clocks(&node, &id, until);
        }
        let sessions: Vec<String> = self.sessions.keys().cloned().collect();
        for id in sessions {
            self.lease_until(&id, until);
        }
    }

    fn apply(&mut self, record: Record, now: Time) {
        self.index = record.index().map_or(self.index, |index| self.index.max(index));
        match record {
            Record::Index(_) => {}
            Record::Node(node) => self.put_node(Rc::unwrap_or_clone(node)),
            Record::NodeGone { name, .. } => self.remove_node(&name),
            Record::Service(service) => self.put_service(Rc::unwrap_or_clone(service)),
            Record::ServiceGone { node, id, .. } => self.remove_service(&node, &id),
            Record::Check(check) => self.put_check(Rc::unwrap_or_clone(check), now),
            Record::CheckGone { node, id, .. } => self.remove_check(&node, &id),
            Record::Key(entry) => {
                if let Some(old) = self.key(&entry.key).cloned() {
                    self.let_go(&old);
                }
                if let Some(holder) = self.sessions.get_mut(&entry.session) {
                    holder.held.insert(entry.key.clone());
                }
                self.keys.restore(entry);
            }
            Record::KeyGone { key, index } => {
                if let Some(removed) = self.keys.remove(&key, index) {
                    self.let_go(&removed);
                }
            }
            Record::KeysGone { prefix, index } => {
                for removed in self.keys.remove_below(&prefix, index) {
                    self.let_go(&removed);
                }
            }
            Record::Session(session) => self.put_session(session),
            Record::SessionGone { id, .. } => drop(self.remove_session(&id)),
            Record::Delay { key, delay } => self.keys.delay(&key, now, delay),
        }
    }
}
