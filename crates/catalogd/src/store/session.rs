//! Sessions: what holds locks while its owner lives.

use super::{Index, Record, Refusal, SERF_HEALTH, Status, Store, Topic};
use gyropilot_model::Time;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

/// The shortest TTL.
const LEAST_TTL: Duration = Duration::from_secs(10);
/// The longest TTL.
const MOST_TTL: Duration = Duration::from_secs(24 * 60 * 60);
/// The longest delay before a lock of a session that ended can be taken.
const MOST_LOCK_DELAY: Duration = Duration::from_secs(60);

/// What becomes of the locks of a session that ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Behavior {
    /// They are free again.
    #[default]
    Release,
    /// Their keys are removed.
    Delete,
}

/// A session, as the catalogue knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Session {
    /// A UUID.
    pub id: String,
    /// For people.
    pub name: String,
    /// The node that it ends with.
    pub node: String,
    /// How long its locks stay closed after it ended otherwise than by releasing them.
    pub lock_delay: Duration,
    /// What becomes of its locks.
    pub behavior: Behavior,
    /// It ends after twice this without being renewed; none: never.
    pub ttl: Option<Duration>,
    /// The TTL as it was written.
    pub ttl_text: String,
    /// The checks on the node that it ends with.
    pub node_checks: Vec<String>,
    /// The checks of instances that it ends with, and the namespace that was given for each.
    pub service_checks: Vec<(String, String)>,
    /// The index at which it was made.
    pub created: Index,
    /// The same.
    pub modified: Index,
}

/// A session that somebody wants.
#[derive(Clone, Debug, Default)]
pub struct SessionSpec {
    /// A UUID that nobody else has.
    pub id: String,
    /// For people.
    pub name: String,
    /// Empty: the catalogue's own.
    pub node: String,
    /// None: 15 s.
    pub lock_delay: Option<Duration>,
    /// `release` when empty.
    pub behavior: String,
    /// A duration of Go; empty: it does not end by time.
    pub ttl: String,
    /// None: only [`SERF_HEALTH`], if the node has it.
    pub node_checks: Option<Vec<String>>,
    /// Checks of instances with their namespaces.
    pub service_checks: Vec<(String, String)>,
}

#[derive(Debug)]
pub(super) struct SessionEntry {
    pub(super) session: Rc<Session>,
    pub(super) held: BTreeSet<String>,
    /// When it ends unless it is renewed.
    ends: Option<Time>,
    /// The moment for which a timer stands.
    timer: Option<Time>,
}

/// Identifiers are UUIDs; anything else is looked up in vain.
///
/// # Errors
/// When a text cannot be one.
pub(crate) fn check_identifier(text: &str) -> Result<(), Refusal> {
    match text.len() {
        36 => Ok(()),
        _ => Err(Refusal::failed("failed session lookup: index error: UUID must be 36 characters")),
    }
}

// === impl Session ===

impl Session {
    /// The checks that it ends with.
    fn checks(&self) -> impl Iterator<Item = &str> {
        self.node_checks.iter().chain(self.service_checks.iter().map(|(id, _)| id)).map(String::as_str)
    }
}

// === impl SessionEntry ===

impl SessionEntry {
    pub(super) fn new(session: Rc<Session>) -> Self {
        Self { session, held: BTreeSet::new(), ends: None, timer: None }
    }
}

// === impl Store ===

impl Store {
    /// Makes a session and gives its identifier.
    ///
    /// # Errors
    /// When what it shall depend on is not there or not well, or its terms are out of bounds.
    pub fn create_session(&mut self, now: Time, spec: SessionSpec) -> Result<String, Refusal> {
        let node = if spec.node.is_empty() { self.identity.node.clone() } else { spec.node };
        let behavior = match spec.behavior.as_str() {
            "" | "release" => Behavior::Release,
            "delete" => Behavior::Delete,
            other => return Err(Refusal::failed(format!("Invalid Behavior setting '{other}'"))),
        };
        let ttl = match spec.ttl.as_str() {
            "" => None,
            text => {
                let ttl = gyropilot_model::parse_go_duration(text).map_err(|error| {
                    Refusal::failed(format!("Session TTL '{text}' invalid: time: {error}"))
                })?;
                if !ttl.is_zero() && !(LEAST_TTL..=MOST_TTL).contains(&ttl) {
                    let (ttl, least, most) = (ttl.as_nanos(), "10s", "24h0m0s");
                    return Err(Refusal::failed(format!(
                        "Invalid Session TTL '{ttl}', must be between [{least}={most}]"
                    )));
                }
                Some(ttl).filter(|ttl| !ttl.is_zero())
            }
        };
        let Some(entry) = self.nodes.get(&node) else {
            return Err(Refusal::failed("Missing node registration"));
        };
        let node_checks = spec.node_checks.unwrap_or_else(|| vec![SERF_HEALTH.to_owned()]);
        for id in node_checks.iter().chain(spec.service_checks.iter().map(|(id, _)| id)) {
            match entry.checks.get(id) {
                None => return Err(Refusal::failed(format!("Missing check '{id}' registration"))),
                Some(entry) if entry.check.status == Status::Critical => {
                    return Err(Refusal::failed(format!(
                        "Check '{id}' is in {} state",
                        entry.check.status.word()
                    )));
                }
                Some(_) => {}
            }
        }
        let index = self.next_index();
        let session = Session {
            id: spec.id.clone(),
            name: spec.name,
            node,
            lock_delay: spec.lock_delay.unwrap_or(Duration::from_secs(15)).min(MOST_LOCK_DELAY),
            behavior,
            ttl,
            ttl_text: spec.ttl,
            node_checks,
            service_checks: spec.service_checks,
            created: index,
            modified: index,
        };
        let session = Rc::new(session);
        self.put_session(Rc::clone(&session));
        self.lease_until(&spec.id, now + ttl.unwrap_or_default() * 2);
        self.touch(Topic::Sessions);
        self.keep(|| Record::Session(session));
        Ok(spec.id)
    }

    /// Its owner lives. None when it has ended.
    pub fn renew_session(&mut self, now: Time, id: &str) -> Option<&Rc<Session>> {
        let ttl = self.sessions.get(id)?.session.ttl.unwrap_or_default();
        self.lease_until(id, now + ttl * 2);
        self.session(id)
    }

    /// Ends a session. Whether there was one.
    pub fn destroy_session(&mut self, now: Time, id: &str) -> bool {
        let is_there = self.sessions.contains_key(id);
        if is_there {
            self.end_session(now, id);
        }
        is_there
    }

    /// A session.
    #[must_use]
    pub fn session(&self, id: &str) -> Option<&Rc<Session>> {
        self.sessions.get(id).map(|entry| &entry.session)
    }

    /// All sessions, by identifier.
    pub fn sessions(&self) -> impl Iterator<Item = &Rc<Session>> {
        self.sessions.values().map(|entry| &entry.session)
    }

    pub(super) fn lease_until(&mut self, id: &str, until: Time) {
        let Some(entry) = self.sessions.get_mut(id) else { return };
        if entry.session.ttl.is_none() {
            return;
        }
        entry.ends = Some(until);
        if entry.timer.is_none_or(|timer| timer > until) {
            entry.timer = Some(until);
            self.await_session(id, until);
        }
    }

    pub(super) fn expire_session(&mut self, now: Time, at: Time, id: &str) {
        let Some(entry) = self.sessions.get_mut(id) else { return };
        if entry.timer != Some(at) {
            return;
        }
        match entry.ends {
            Some(ends) if ends > now => {
                entry.timer = Some(ends);
                self.await_session(id, ends);
            }
            _ => self.end_session(now, id),
        }
    }

    /// Ends the sessions that depend on a check, which has gone or is critical.
    pub(super) fn end_sessions_of(&mut self, now: Time, node: &str, check: &str) {
        let bound = self.bound.get(&(node.to_owned(), check.to_owned()));
        let over: Vec<String> = bound.into_iter().flatten().cloned().collect();
        for id in over {
            self.end_session(now, &id);
        }
    }

    /// Ends the sessions of a node that has gone.
    pub(super) fn end_sessions_on(&mut self, now: Time, node: &str) {
        let on = self.sessions().filter(|session| session.node == node);
        let over: Vec<String> = on.map(|session| session.id.clone()).collect();
        for id in over {
            self.end_session(now, &id);
        }
    }

    /// Enters a session in the tables.
    pub(super) fn put_session(&mut self, session: Rc<Session>) {
        for check in session.checks() {
            let place = (session.node.clone(), check.to_owned());
            self.bound.entry(place).or_default().insert(session.id.clone());
        }
        self.sessions.insert(session.id.clone(), SessionEntry::new(session));
    }

    /// Takes a session out of the tables.
    pub(super) fn remove_session(&mut self, id: &str) -> Option<SessionEntry> {
        let entry = self.sessions.remove(id)?;
        for check in entry.session.checks() {
            let place = (entry.session.node.clone(), check.to_owned());
            if let Some(bound) = self.bound.get_mut(&place) {
                bound.remove(id);
                if bound.is_empty() {
                    self.bound.remove(&place);
                }
            }
        }
        Some(entry)
    }

    fn end_session(&mut self, now: Time, id: &str) {
        let Some(SessionEntry { session, held, .. }) = self.remove_session(id) else { return };
        let index = self.next_index();
        for key in held {
            match session.behavior {
                Behavior::Delete => self.delete_at(&key, index),
                Behavior::Release => {
                    let Some(entry) = self.key(&key) else { continue };
                    let mut entry = (**entry).clone();
                    entry.session.clear();
                    entry.modified = index;
                    self.write_key(entry);
                }
            }
            self.delay_key(now, &key, session.lock_delay);
        }
        self.touch(Topic::Sessions);
        self.keep(|| Record::SessionGone { id: id.to_owned(), index });
    }
}
