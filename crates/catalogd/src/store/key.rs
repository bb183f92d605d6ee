//! Keys and their values, and who has locked them.

use super::session::check_identifier;
use super::{Index, Mark, Record, Refusal, Store, Topic};
use gyropilot_model::Time;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Bound;
use std::rc::Rc;
use std::time::Duration;

/// The longest value, in bytes.
pub const MOST_VALUE_BYTES: usize = 512 * 1024;
/// So many removed keys are remembered one by one.
const MOST_GONE: usize = 16_384;

/// A key and what is under it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Entry {
    /// The key, without a slash at its head.
    pub key: String,
    /// Anything.
    #[serde(with = "base64_text")]
    pub value: Vec<u8>,
    /// A number that means something to its writer.
    pub flags: u64,
    /// How often it was locked. With the holder it tells one time of holding from
    /// every other; it never goes back while the key exists.
    pub lock_index: u64,
    /// The session that holds it; empty when none does.
    pub session: String,
    /// The index at which it was made.
    pub created: Index,
    /// The index of its last change.
    pub modified: Index,
}

/// A write and what it depends on.
#[derive(Clone, Debug, Default)]
pub struct Put {
    /// The key.
    pub key: String,
    /// Anything.
    pub value: Vec<u8>,
    /// A number that means something to the writer.
    pub flags: u64,
    /// Only if the key was last changed at this index; 0: only if there is none.
    pub cas: Option<Index>,
    /// The session that is to hold the key.
    pub acquire: Option<String>,
    /// The session that is to hold it no longer.
    pub release: Option<String>,
}

/// What is to be removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// One key.
    One,
    /// One key, if it was last changed at this index.
    Cas(Index),
    /// Every key that begins so.
    Below,
}

/// The keys, in their order.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    entries: BTreeMap<String, Rc<Entry>>,
    /// When a key was removed.
    gone: BTreeMap<String, Index>,
    /// When those were removed that are not remembered one by one.
    floor: Index,
    /// Until when a key cannot be locked, and for how long in all.
    delays: BTreeMap<String, (Time, Duration)>,
}

// === impl Keys ===

impl Keys {
    pub(super) fn new(floor: Index) -> Self {
        Self { entries: BTreeMap::new(), gone: BTreeMap::new(), floor, delays: BTreeMap::new() }
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = &Rc<Entry>> {
        self.entries.values()
    }

    pub(super) fn delays(&self) -> impl Iterator<Item = (&str, Duration)> {
        self.delays.iter().map(|(key, (_, delay))| (key.as_str(), *delay))
    }

    pub(super) fn get(&self, key: &str) -> Option<&Rc<Entry>> {
        self.entries.get(key)
    }

    pub(super) fn below<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a Rc<Entry>> {
        let from = (Bound::Included(prefix), Bound::Unbounded);
        self.entries
            .range::<str, _>(from)
            .map(|(_, entry)| entry)
            .take_while(move |entry| entry.key.starts_with(prefix))
    }

    pub(super) fn mark(&self, key: &str) -> Mark {
        let index = match self.entries.get(key) {
            Some(entry) => entry.modified,
            None => self.gone.get(key).copied().unwrap_or(self.floor),
        };
        Mark { index, revision: index }
    }

    pub(super) fn mark_below(&self, prefix: &str) -> Mark {
        let from = (Bound::Included(prefix), Bound::Unbounded);
        let gone =
            self.gone.range::<str, _>(from).take_while(|(key, _)| key.starts_with(prefix)).map(|(_, at)| *at);
        let index = self.below(prefix).map(|entry| entry.modified).chain(gone).fold(self.floor, Index::max);
        Mark { index, revision: index }
    }

    pub(super) fn restore(&mut self, entry: Rc<Entry>) {
        self.gone.remove(&entry.key);
        self.entries.insert(entry.key.clone(), entry);
    }

    pub(super) fn remove(&mut self, key: &str, index: Index) -> Option<Rc<Entry>> {
        let removed = self.entries.remove(key)?;
        self.gone.insert(key.to_owned(), index);
        if self.gone.len() > MOST_GONE {
            self.forget_gone(index);
        }
        Some(removed)
    }

    /// Takes back that a key was made.
    pub(super) fn unmake(&mut self, key: &str) {
        self.entries.remove(key);
    }

    pub(super) fn remove_below(&mut self, prefix: &str, index: Index) -> Vec<Rc<Entry>> {
        let keys: Vec<String> = self.below(prefix).map(|entry| entry.key.clone()).collect();
        keys.iter().filter_map(|key| self.remove(key, index)).collect()
    }

    pub(super) fn forget_gone(&mut self, index: Index) {
        self.gone.clear();
        self.floor = index;
    }

    pub(super) fn delay(&mut self, key: &str, now: Time, delay: Duration) {
        self.delays.insert(key.to_owned(), (now + delay, delay));
    }

    fn is_delayed(&mut self, key: &str, now: Time) -> bool {
        self.delays.retain(|_, (until, _)| *until > now);
        self.delays.contains_key(key)
    }
}

// === impl Store ===

impl Store {
    /// The entry of a key.
    #[must_use]
    pub fn key(&self, key: &str) -> Option<&Rc<Entry>> {
        self.keys.get(key)
    }

    /// The entries whose keys begin so, in order.
    pub fn keys_below<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a Rc<Entry>> {
        self.keys.below(prefix)
    }

    /// The keys that begin with `prefix`, each only as far as the first `separator` after it, once.
    #[must_use]
    pub fn key_names(&self, prefix: &str, separator: &str) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for entry in self.keys.below(prefix) {
            let rest = entry.key.get(prefix.len()..).unwrap_or_default();
            let end = match separator.is_empty() {
                true => None,
                false => rest.find(separator).map(|at| prefix.len() + at + separator.len()),
            };
            let name = end.and_then(|end| entry.key.get(..end)).unwrap_or(&entry.key);
            if names.last().is_none_or(|last| last != name) {
                names.push(name.to_owned());
            }
        }
        names
    }

    /// Writes a key. Whether what it depends on was so.
    ///
    /// # Errors
    /// When the session that is to hold it does not exist.
    pub fn put_key(&mut self, now: Time, put: Put) -> Result<bool, Refusal> {
        self.put_at(now, put, None)
    }

    pub(super) fn put_at(&mut self, now: Time, put: Put, index: Option<Index>) -> Result<bool, Refusal> {
        let Put { key, value, flags, cas, acquire, release } = put;
        let old = self.keys.get(&key).cloned();
        if let Some(cas) = cas {
            let is_so = match &old {
                Some(old) => cas == old.modified,
                None => cas == 0,
            };
            if !is_so {
                return Ok(false);
            }
        }
        let mut entry = Entry { key, value, flags, ..Entry::default() };
        if let Some(old) = &old {
            entry.session.clone_from(&old.session);
            entry.lock_index = old.lock_index;
            entry.created = old.created;
        }
        if let Some(session) = acquire {
            if session.is_empty() {
                return Err(Refusal::failed("missing session"));
            }
            if !self.sessions.contains_key(&session) {
                check_identifier(&session)?;
                return Err(Refusal::failed(format!("invalid session {session:?}")));
            }
            if !entry.session.is_empty() && entry.session != session || self.keys.is_delayed(&entry.key, now)
            {
                return Ok(false);
            }
            if entry.session.is_empty() {
                entry.lock_index += 1;
                if let Some(holder) = self.sessions.get_mut(&session) {
                    holder.held.insert(entry.key.clone());
                }
            }
            entry.session = session;
        }
        if let Some(session) = release {
            if session.is_empty() || entry.session != session {
                return Ok(false);
            }
            entry.session.clear();
            if let Some(holder) = self.sessions.get_mut(&session) {
                holder.held.remove(&entry.key);
            }
        }
        let is_same = old.as_ref().is_some_and(|old| {
            old.value == entry.value && old.flags == entry.flags && old.session == entry.session
        });
        if is_same {
            return Ok(true);
        }
        let index = index.unwrap_or_else(|| self.next_index());
        if old.is_none() {
            entry.created = index;
        }
        entry.modified = index;
        self.write_key(entry);
        Ok(true)
    }

    pub(super) fn write_key(&mut self, entry: Entry) {
        let entry = Rc::new(entry);
        self.keys.restore(Rc::clone(&entry));
        self.touch(Topic::Key(entry.key.clone()));
        self.keep(|| Record::Key(entry));
    }

    /// Removes keys. Whether what it depends on was so; what is not there is removed already.
    pub fn delete_key(&mut self, key: &str, deletion: Deletion) -> bool {
        match deletion {
            Deletion::Cas(index) => {
                let Some(entry) = self.keys.get(key) else { return true };
                if entry.modified != index {
                    return false;
                }
            }
            Deletion::One => {}
            Deletion::Below => {
                let index = self.next_index();
                self.delete_below(key, index);
                return true;
            }
        }
        let index = self.next_index();
        self.delete_at(key, index);
        true
    }

    pub(super) fn delete_at(&mut self, key: &str, index: Index) {
        if let Some(removed) = self.keys.remove(key, index) {
            self.let_go(&removed);
            self.touch(Topic::Key(key.to_owned()));
            self.keep(|| Record::KeyGone { key: key.to_owned(), index });
        }
    }

    pub(super) fn delete_below(&mut self, prefix: &str, index: Index) {
        let removed = self.keys.remove_below(prefix, index);
        if removed.is_empty() {
            return;
        }
        for entry in removed {
            self.let_go(&entry);
            self.touch(Topic::Key(entry.key.clone()));
        }
        self.keep(|| Record::KeysGone { prefix: prefix.to_owned(), index });
    }

    pub(super) fn let_go(&mut self, entry: &Entry) {
        if let Some(holder) = self.sessions.get_mut(&entry.session) {
            holder.held.remove(&entry.key);
        }
    }

    /// Nobody may lock a key for a while, after its holder vanished.
    pub(super) fn delay_key(&mut self, now: Time, key: &str, delay: Duration) {
        if !delay.is_zero() {
            self.keys.delay(key, now, delay);
            self.keep(|| Record::Delay { key: key.to_owned(), delay });
        }
    }
}

/// Values are anything, JSON is text.
mod base64_text {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(value: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(value))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        STANDARD.decode(text.as_bytes()).map_err(D::Error::custom)
    }
}
