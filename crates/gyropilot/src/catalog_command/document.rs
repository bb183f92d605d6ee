//! What programs are told: documents whose form stays as it is.
//!
//! docs/catalogue.md describes them. Keys are added, and none is renamed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gyropilot_catalog::{Check, KeyValue, ServiceEntry};
use gyropilot_model::Status;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// A service as a whole.
#[derive(Serialize)]
pub(super) struct ServiceDocument {
    pub(super) name: String,
    pub(super) instances: usize,
    pub(super) passing: usize,
    pub(super) warning: usize,
    pub(super) critical: usize,
    pub(super) maintenance: usize,
    pub(super) tags: Vec<String>,
}

/// One instance of a service.
#[derive(Serialize)]
pub(super) struct InstanceDocument {
    pub(super) id: String,
    pub(super) service: String,
    pub(super) node: String,
    /// Its own, or else its node's.
    pub(super) address: String,
    pub(super) port: i64,
    /// The worst of its checks and its node's.
    #[serde(serialize_with = "word")]
    pub(super) status: Status,
    pub(super) tags: Vec<String>,
    pub(super) meta: BTreeMap<String, String>,
    pub(super) checks: Vec<CheckDocument>,
}

/// A check of an instance or of its node.
#[derive(Serialize)]
pub(super) struct CheckDocument {
    pub(super) id: String,
    pub(super) name: String,
    #[serde(serialize_with = "word")]
    pub(super) status: Status,
    pub(super) output: String,
    pub(super) notes: String,
}

/// A key with its value.
#[derive(Serialize)]
pub(super) struct KeyDocument {
    pub(super) key: String,
    /// Null when it is no text.
    pub(super) value: Option<String>,
    pub(super) base64: String,
    #[serde(skip)]
    pub(super) length: usize,
    pub(super) flags: u64,
    pub(super) session: Option<String>,
    pub(super) lock_index: u64,
    pub(super) create_index: u64,
    pub(super) modify_index: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's form of a function")]
fn word<S: Serializer>(status: &Status, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(status.as_str())
}

// === impl ServiceDocument ===

impl ServiceDocument {
    pub(super) fn new(name: String, tags: Vec<String>, entries: &[ServiceEntry]) -> Self {
        let count = |status| entries.iter().filter(|entry| entry.status() == status).count();
        Self {
            name,
            instances: entries.len(),
            passing: count(Status::Passing),
            warning: count(Status::Warning),
            critical: count(Status::Critical),
            maintenance: count(Status::Maintenance),
            tags,
        }
    }
}

// === impl InstanceDocument ===

impl InstanceDocument {
    /// All of these, by id.
    pub(super) fn all(entries: &[ServiceEntry]) -> Vec<Self> {
        let mut instances: Vec<Self> = entries.iter().map(Self::new).collect();
        instances.sort_by(|one, other| (&one.id, &one.node).cmp(&(&other.id, &other.node)));
        instances
    }

    fn new(entry: &ServiceEntry) -> Self {
        let mut checks: Vec<CheckDocument> = entry.checks.iter().map(CheckDocument::new).collect();
        checks.sort_by(|one, other| one.id.cmp(&other.id));
        Self {
            id: entry.service.id.clone(),
            service: entry.service.name.clone(),
            node: entry.node.name.clone(),
            address: entry.address().to_owned(),
            port: entry.service.port,
            status: entry.status(),
            tags: entry.service.tags.clone(),
            meta: entry.service.meta.clone(),
            checks,
        }
    }

    /// What the worst of its checks says, when not all is well.
    pub(super) fn trouble(&self) -> Option<&str> {
        let worst = self.checks.iter().max_by_key(|check| check.status);
        let worst = worst.filter(|check| check.status != Status::Passing)?;
        // The reason for maintenance is among the notes.
        let texts = match worst.status {
            Status::Maintenance => [&worst.notes, &worst.output, &worst.name],
            _ => [&worst.output, &worst.notes, &worst.name],
        };
        texts.into_iter().map(|text| text.trim()).find(|text| !text.is_empty())
    }
}

// === impl CheckDocument ===

impl CheckDocument {
    fn new(check: &Check) -> Self {
        Self {
            id: check.id.clone(),
            name: check.name.clone(),
            status: check.status(),
            output: check.output.clone(),
            notes: check.notes.clone(),
        }
    }
}

// === impl KeyDocument ===

impl KeyDocument {
    pub(super) fn new(pair: KeyValue) -> Self {
        let base64 = STANDARD.encode(&pair.value);
        Self {
            key: pair.key,
            length: pair.value.len(),
            value: String::from_utf8(pair.value).ok(),
            base64,
            flags: pair.flags,
            session: pair.session,
            lock_index: pair.lock_index,
            create_index: pair.create_index,
            modify_index: pair.modify_index,
        }
    }

    /// The value for people.
    pub(super) fn words(&self) -> String {
        match &self.value {
            Some(text) => text.clone(),
            None => format!("({} bytes that are no text)", self.length),
        }
    }
}
