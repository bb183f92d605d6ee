//! What a simulated catalogue knows.

use super::{Fault, Request};
use crate::{Check, KeyValue, Node, ServiceEntry, ServiceRecord, TaggedAddress, Weights};
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
    /// By id. A registration with a check of another id leaves the former one there.
    checks: BTreeMap<String, HeldCheck>,
}

struct HeldCheck {
    status: Status,
    output: String,
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

    /// As Consul does it: a registration of the same id keeps the status of its
    /// check, and every other check.
    pub(super) fn register(&mut self, service: &Service, status: Status) {
        let mut held = Held::own(service, status);
        if let Some(before) = self.services.remove(&service.id) {
            let own = held.checks.get_mut(&service.check_id);
            if let (Some(own), Some(before)) = (own, before.checks.get(&service.check_id)) {
                own.status = before.status;
                own.output.clone_from(&before.output);
            }
            for (id, check) in before.checks {
                held.checks.entry(id).or_insert(check);
            }
        }
        self.insert(held);
    }

    pub(super) fn remove(&mut self, id: &str) {
        if let Some(held) = self.services.remove(id) {
            self.touch(held.record.name);
        }
    }

    pub(super) fn remove_check(&mut self, id: &str) {
        let owner = self.services.values_mut().find_map(|held| {
            held.checks.remove(id)?;
            Some(held.record.name.clone())
        });
        owner.into_iter().for_each(|name| self.touch(name));
    }

    /// False when there is no such check.
    pub(super) fn update(&mut self, id: &str, status: Status, output: &str) -> bool {
        let Some(held) = self.services.values_mut().find(|held| held.checks.contains_key(id)) else {
            return false;
        };
        let Some(check) = held.checks.get_mut(id) else { return false };
        let changed = check.status != status;
        check.status = status;
        output.clone_into(&mut check.output);
        check.expires = check.ttl.map(|ttl| Instant::now() + ttl);
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
            for check in held.checks.values_mut() {
                if check.expires.is_some_and(|expires| expires <= now) {
                    check.expires = None;
                    "TTL expired".clone_into(&mut check.output);
                    if check.status != Status::Critical {
                        check.status = Status::Critical;
                        changed.push(held.record.name.clone());
                    }
                }
            }
        }
        changed.into_iter().for_each(|name| self.touch(name));
    }

    pub(super) fn next_expiry(&self) -> Option<Instant> {
        let checks = self.services.values().flat_map(|held| held.checks.values());
        checks.filter_map(|check| check.expires).min()
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

    pub(super) fn set_key(&mut self, key: &str, value: &[u8]) {
        let index = self.keys_change();
        let create_index = self.keys.get(key).map_or(index, |pair| pair.create_index);
        let pair = KeyValue {
            key: key.to_owned(),
            value: value.to_vec(),
            create_index,
            modify_index: index,
            ..KeyValue::default()
        };
        self.keys.insert(key.to_owned(), pair);
    }

    fn touch(&mut self, name: String) {
        self.index += 1;
        self.changed.insert(name, self.index);
    }
}

// === impl Held ===

impl Held {
    fn own(service: &Service, status: Status) -> Self {
        let weights = service
            .weights
            .map(|weights| Weights { passing: weights.passing.into(), warning: weights.warning.into() });
        let address = |(name, (address, port)): (&String, &(String, u16))| {
            (name.clone(), TaggedAddress { address: address.clone(), port: (*port).into() })
        };
        let check = HeldCheck {
            status,
            output: String::new(),
            ttl: Some(service.ttl),
            expires: Some(Instant::now() + service.ttl),
        };
        Self {
            record: ServiceRecord {
                id: service.id.clone(),
                name: service.name.clone(),
                tags: service.tags.clone(),
                address: service.address.to_string(),
                port: i64::from(service.port),
                meta: service.meta.clone(),
                weights: weights.unwrap_or_default(),
                tagged_addresses: service.tagged_addresses.iter().map(address).collect(),
                enable_tag_override: service.enable_tag_override,
            },
            checks: BTreeMap::from([(service.check_id.clone(), check)]),
        }
    }

    pub(super) fn foreign(service: &str, instance: &Instance) -> Self {
        let check = HeldCheck { status: instance.status, output: String::new(), ttl: None, expires: None };
        Self {
            record: ServiceRecord {
                id: instance.id.clone(),
                name: service.to_owned(),
                tags: instance.tags.clone(),
                address: instance.address.clone(),
                port: i64::from(instance.port),
                ..ServiceRecord::default()
            },
            checks: BTreeMap::from([(instance.id.clone(), check)]),
        }
    }

    /// The worst of its checks and what that one says.
    pub(super) fn says(&self) -> (Status, String) {
        let worst = self.checks.values().max_by_key(|check| check.status);
        worst.map_or((Status::Passing, String::new()), |check| (check.status, check.output.clone()))
    }

    pub(super) fn entry(&self, node: Node) -> ServiceEntry {
        let check = |(id, check): (&String, &HeldCheck)| {
            let maintenance = check.status == Status::Maintenance;
            Check {
                node: node.name.clone(),
                id: if maintenance { format!("_service_maintenance:{}", self.record.id) } else { id.clone() },
                name: id.clone(),
                status: if maintenance { "critical" } else { check.status.as_str() }.to_owned(),
                output: check.output.clone(),
                service_id: self.record.id.clone(),
                service_name: self.record.name.clone(),
                ..Check::default()
            }
        };
        let checks = self.checks.iter().map(check).collect();
        ServiceEntry { service: self.record.clone(), checks, node }
    }
}
