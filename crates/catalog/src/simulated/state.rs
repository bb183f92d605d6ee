//! What a simulated catalogue knows.

use super::{Fault, Request};
use crate::{Check, KeyValue, Node, ServiceEntry, ServiceRecord};
use gyropilot_model::{Instance, Service, Status};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;

pub(super) struct State {
    /// The index of the last change of anything.
    pub(super) index: u64,
    /// The index of the last change of each service's instances.
    changed: BTreeMap<String, u64>,
    pub(super) services: BTreeMap<String, Held>,
    pub(super) keys: BTreeMap<String, KeyValue>,
    /// The index of the last change of any key.
    pub(super) keys_changed: u64,
    pub(super) fault: Option<Fault>,
    pub(super) without_index: bool,
    pub(super) filtered: bool,
    /// Rises when open connections break.
    pub(super) connections: u64,
    pub(super) requests: Vec<Request>,
}

/// One registration.
pub(super) struct Held {
    pub(super) record: ServiceRecord,
    pub(super) status: Status,
    pub(super) output: String,
    ttl: Option<Duration>,
    /// When the TTL is over.
    expires: Option<Instant>,
}

// === impl State ===

impl State {
    pub(super) fn new() -> Self {
        Self {
            index: 1,
            changed: BTreeMap::new(),
            services: BTreeMap::new(),
            keys: BTreeMap::new(),
            keys_changed: 1,
            fault: None,
            without_index: false,
            filtered: false,
            connections: 0,
            requests: Vec::new(),
        }
    }

    pub(super) fn insert(&mut self, held: Held) {
        self.touch(held.record.name.clone());
        self.services.insert(held.record.id.clone(), held);
    }

    /// As Consul does it: a registration of the same id keeps its check's status.
    pub(super) fn register(&mut self, service: &Service, status: Status) {
        let mut held = Held::own(service, status);
        if let Some(before) = self.services.get(&service.id) {
            held.status = before.status;
            held.output.clone_from(&before.output);
        }
        self.insert(held);
    }

    pub(super) fn remove(&mut self, id: &str) {
        if let Some(held) = self.services.remove(id) {
            self.touch(held.record.name);
        }
    }

    /// False when there is no such check.
    pub(super) fn update(&mut self, id: &str, status: Status, output: &str) -> bool {
        let Some(held) = self.services.get_mut(id) else { return false };
        let changed = held.status != status;
        held.status = status;
        output.clone_into(&mut held.output);
        held.expires = held.ttl.map(|ttl| Instant::now() + ttl);
        let name = held.record.name.clone();
        if changed {
            self.touch(name);
        }
        true
    }

    /// Lets every TTL run out that is over.
    pub(super) fn expire(&mut self) {
        let now = Instant::now();
        let mut changed = Vec::new();
        for held in self.services.values_mut() {
            if held.expires.is_some_and(|expires| expires <= now) {
                held.expires = None;
                "TTL expired".clone_into(&mut held.output);
                if held.status != Status::Critical {
                    held.status = Status::Critical;
                    changed.push(held.record.name.clone());
                }
            }
        }
        changed.into_iter().for_each(|name| self.touch(name));
    }

    pub(super) fn next_expiry(&self) -> Option<Instant> {
        self.services.values().filter_map(|held| held.expires).min()
    }

    pub(super) fn wipe(&mut self) {
        self.services.clear();
        self.keys.clear();
        self.reset_index();
    }

    pub(super) fn reset_index(&mut self) {
        self.index = 1;
        self.keys_changed = 1;
        self.changed.clear();
    }

    pub(super) fn changed(&self, name: &str) -> u64 {
        self.changed.get(name).copied().unwrap_or(1)
    }

    pub(super) fn keys_change(&mut self) -> u64 {
        self.index += 1;
        self.keys_changed = self.index;
        self.index
    }

    fn touch(&mut self, name: String) {
        self.index += 1;
        self.changed.insert(name, self.index);
    }
}

// === impl Held ===

impl Held {
    fn own(service: &Service, status: Status) -> Self {
        Self {
            record: ServiceRecord {
                id: service.id.clone(),
                name: service.name.clone(),
                tags: service.tags.clone(),
                address: service.address.to_string(),
                port: i64::from(service.port),
                enable_tag_override: service.enable_tag_override,
                ..ServiceRecord::default()
            },
            status,
            output: String::new(),
            ttl: Some(service.ttl),
            expires: Some(Instant::now() + service.ttl),
        }
    }

    pub(super) fn foreign(service: &str, instance: &Instance) -> Self {
        Self {
            record: ServiceRecord {
                id: instance.id.clone(),
                name: service.to_owned(),
                tags: instance.tags.clone(),
                address: instance.address.clone(),
                port: i64::from(instance.port),
                ..ServiceRecord::default()
            },
            status: instance.status,
            output: String::new(),
            ttl: None,
            expires: None,
        }
    }

    pub(super) fn entry(&self, node: Node) -> ServiceEntry {
        let maintenance = self.status == Status::Maintenance;
        let check = Check {
            node: node.name.clone(),
            id: if maintenance {
                format!("_service_maintenance:{}", self.record.id)
            } else {
                self.record.id.clone()
            },
            name: self.record.id.clone(),
            status: if maintenance { "critical" } else { self.status.as_str() }.to_owned(),
            output: self.output.clone(),
            service_id: self.record.id.clone(),
            service_name: self.record.name.clone(),
            ..Check::default()
        };
        ServiceEntry { node, service: self.record.clone(), checks: vec![check] }
    }
}
