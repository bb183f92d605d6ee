//! Several operations on keys, all or none.

use super::key::Put;
use super::{Entry, Index, Store, Topic};
use gyropilot_model::Time;
use std::rc::Rc;

/// So many operations can be in one transaction.
pub const MOST_OPERATIONS: usize = 64;

/// One operation.
#[derive(Clone, Debug, Default)]
pub struct Operation {
    /// What to do.
    pub verb: Verb,
    /// The key, or how keys begin.
    pub key: String,
    /// For what writes.
    pub value: Vec<u8>,
    /// For what writes.
    pub flags: u64,
    /// For what depends on an index.
    pub index: Index,
    /// For what is about a lock.
    pub session: String,
}

/// What an operation does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the verb of the API")]
pub enum Verb {
    Set,
    Cas,
    Lock,
    Unlock,
    #[default]
    Get,
    GetTree,
    CheckIndex,
    CheckSession,
    CheckNotExists,
    Delete,
    DeleteTree,
    DeleteCas,
    /// None of these.
    Unknown(String),
}

/// What an operation gave: an entry, with its value or without.
#[derive(Clone, Debug)]
pub struct OperationResult {
    /// The entry after the operation.
    pub entry: Rc<Entry>,
    /// Whether the value is part of the answer.
    pub shows_value: bool,
}

/// Why a transaction was not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationError {
    /// Which operation, from 0.
    pub position: usize,
    /// Why.
    pub what: String,
}

// === impl Verb ===

impl Verb {
    /// The verb of that name.
    #[must_use]
    pub fn of(word: &str) -> Self {
        match word {
            "set" => Self::Set,
            "cas" => Self::Cas,
            "lock" => Self::Lock,
            "unlock" => Self::Unlock,
            "get" => Self::Get,
            "get-tree" => Self::GetTree,
            "check-index" => Self::CheckIndex,
            "check-session" => Self::CheckSession,
            "check-not-exists" => Self::CheckNotExists,
            "delete" => Self::Delete,
            "delete-tree" => Self::DeleteTree,
            "delete-cas" => Self::DeleteCas,
            other => Self::Unknown(other.to_owned()),
        }
    }

    /// Whether it changes nothing.
    #[must_use]
    pub fn only_reads(&self) -> bool {
        matches!(
            self,
            Self::Get
                | Self::GetTree
                | Self::CheckIndex
                | Self::CheckSession
                | Self::CheckNotExists
                | Self::Unknown(_)
        )
    }
}

// === impl Store ===

impl Store {
    /// Carries out all operations, in order and at one index, or none.
    ///
    /// # Errors
    /// What could not be done; then nothing was.
    pub fn transact(
        &mut self,
        now: Time,
        operations: &[Operation],
    ) -> Result<Vec<OperationResult>, Vec<OperationError>> {
        let nameless = |(position, operation): (usize, &Operation)| {
            let is_so = operation.key.is_empty() && operation.verb != Verb::DeleteTree;
            is_so.then(|| OperationError { position, what: "Must provide key".to_owned() })
        };
        let nameless: Vec<_> = operations.iter().enumerate().filter_map(nameless).collect();
        if !nameless.is_empty() {
            return Err(nameless);
        }
        let writes = operations.iter().any(|operation| !operation.verb.only_reads());
        let index = if writes { self.next_index() } else { self.index };
        let kept = self.records.as_ref().map(Vec::len);
        let mut before: Vec<(String, Option<Rc<Entry>>)> = Vec::new();
        let (mut results, mut errors) = (Vec::new(), Vec::new());
        for (position, operation) in operations.iter().enumerate() {
            self.remember(operation, &mut before);
            match self.operate(now, operation, index) {
                Ok(given) => results.extend(given),
                Err(what) => errors.push(OperationError { position, what }),
            }
        }
        if errors.is_empty() {
            return Ok(results);
        }
        for (key, entry) in before.into_iter().rev() {
            self.put_back(&key, entry);
        }
        if let (Some(records), Some(kept)) = (&mut self.records, kept) {
            records.truncate(kept);
        }
        Err(errors)
    }

    fn remember(&self, operation: &Operation, before: &mut Vec<(String, Option<Rc<Entry>>)>) {
        match operation.verb {
            Verb::DeleteTree => {
                before.extend(
                    self.keys.below(&operation.key).map(|entry| (entry.key.clone(), Some(Rc::clone(entry)))),
                );
            }
            _ if operation.verb.only_reads() => {}
            _ => before.push((operation.key.clone(), self.keys.get(&operation.key).cloned())),
        }
    }

    fn put_back(&mut self, key: &str, entry: Option<Rc<Entry>>) {
        let now_holds = self.keys.get(key).map(|entry| entry.session.clone()).unwrap_or_default();
        if let Some(holder) = self.sessions.get_mut(&now_holds) {
            holder.held.remove(key);
        }
        match entry {
            Some(entry) => {
                if let Some(holder) = self.sessions.get_mut(&entry.session) {
                    holder.held.insert(key.to_owned());
                }
                self.keys.restore(entry);
            }
            None => self.keys.unmake(key),
        }
        self.touched.remove(&Topic::Key(key.to_owned()));
    }

    fn operate(
        &mut self,
        now: Time,
        operation: &Operation,
        index: Index,
    ) -> Result<Vec<OperationResult>, String> {
        let Operation { verb, key, value, flags, index: asked, session } = operation;
        let put = Put { key: key.clone(), value: value.clone(), flags: *flags, ..Put::default() };
        let refused = |refusal: super::Refusal| refusal.text;
        let shown = |store: &Self, shows_value| {
            let entry = store.keys.get(key).cloned();
            entry.map(|entry| OperationResult { entry, shows_value }).into_iter().collect()
        };
        let missing = || format!("key {key:?} doesn't exist");
        match verb {
            Verb::Set => {
                self.put_at(now, put, Some(index)).map_err(refused)?;
            }
            Verb::Cas => {
                if !self.put_at(now, Put { cas: Some(*asked), ..put }, Some(index)).map_err(refused)? {
                    return Err(format!("failed to set key {key:?}, index is stale"));
                }
            }
            Verb::Lock => {
                if !self
                    .put_at(now, Put { acquire: Some(session.clone()), ..put }, Some(index))
                    .map_err(refused)?
                {
                    return Err(format!("failed to lock key {key:?}, lock is already held"));
                }
            }
            Verb::Unlock => {
                if !self
                    .put_at(now, Put { release: Some(session.clone()), ..put }, Some(index))
                    .map_err(refused)?
                {
                    return Err(format!(
                        "failed to unlock key {key:?}, lock isn't held, or is held by another session"
                    ));
                }
            }
            Verb::Get => {
                self.keys.get(key).ok_or_else(missing)?;
                return Ok(shown(self, true));
            }
            Verb::GetTree => {
                return Ok(self
                    .keys
                    .below(key)
                    .map(|entry| OperationResult { entry: Rc::clone(entry), shows_value: true })
                    .collect());
            }
            Verb::CheckIndex => {
                let modified = self.keys.get(key).ok_or_else(missing)?.modified;
                if modified != *asked {
                    return Err(format!(
                        "failed index check for key {key:?}, current modify index {modified} != {asked}"
                    ));
                }
            }
            Verb::CheckSession => {
                let unchecked = || format!("failed to check session, {}", missing());
                let holder = &self.keys.get(key).ok_or_else(unchecked)?.session;
                if holder != session {
                    return Err(format!(
                        "failed session check for key {key:?}, current session {holder:?} != {session:?}"
                    ));
                }
            }
            Verb::CheckNotExists => {
                return match self.keys.get(key) {
                    Some(_) => Err(format!("key {key:?} exists")),
                    None => Ok(Vec::new()),
                };
            }
            Verb::Delete => {
                self.delete_at(key, index);
                return Ok(Vec::new());
            }
            Verb::DeleteTree => {
                self.delete_below(key, index);
                return Ok(Vec::new());
            }
            Verb::DeleteCas => {
                match self.keys.get(key) {
                    Some(entry) if entry.modified == *asked => self.delete_at(key, index),
                    None => {}
                    Some(_) => return Err(format!("failed to delete key {key:?}, index is stale")),
                }
                return Ok(Vec::new());
            }
            Verb::Unknown(word) => return Err(format!("unknown KV verb {word:?}")),
        }
        Ok(shown(self, false))
    }
}
