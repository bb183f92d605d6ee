//! The tables of nodes, services and checks. What is here changes only them, for
//! changes and for replay alike; who is woken and what is kept is decided elsewhere.

use super::check::CheckEntry;
use super::{Check, Node, NodeEntry, Service, Source, Status, Store};
use gyropilot_model::Time;
use std::collections::BTreeMap;
use std::rc::Rc;

// === impl Store ===

impl Store {
    pub(super) fn put_node(&mut self, node: Node) {
        match self.nodes.get_mut(&node.name) {
            Some(entry) => entry.node = Rc::new(node),
            None => {
                let name = node.name.clone();
                let (services, checks, checks_of) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
                self.nodes.insert(name, NodeEntry { node: Rc::new(node), services, checks, checks_of });
            }
        }
    }

    pub(super) fn put_service(&mut self, service: Service) {
        let (node, id) = (service.node.clone(), service.id.clone());
        self.unlist_service(&node, &id);
        let Some(entry) = self.nodes.get_mut(&node) else { return };
        let tags = self.tags.entry(service.name.clone()).or_default();
        for tag in &service.tags {
            *tags.entry(tag.clone()).or_default() += 1;
        }
        self.by_name.entry(service.name.to_lowercase()).or_default().insert((node, id.clone()));
        entry.services.insert(id, Rc::new(service));
    }

    pub(super) fn put_check(&mut self, check: Check, now: Time) {
        let place = (check.node.clone(), check.id.clone());
        match check.source {
            Source::Alias { .. } => self.aliases.insert(place),
            _ => self.aliases.remove(&place),
        };
        let Some(entry) = self.nodes.get_mut(&check.node) else { return };
        if let Some(old) = entry.checks.get(&check.id)
            && old.check.service_id != check.service_id
            && let Some(ids) = entry.checks_of.get_mut(&old.check.service_id)
        {
            ids.remove(&check.id);
        }
        entry.checks_of.entry(check.service_id.clone()).or_default().insert(check.id.clone());
        match entry.checks.get_mut(&check.id) {
            Some(old) => {
                match (old.check.status, check.status) {
                    (Status::Critical, Status::Critical) => {}
                    (_, Status::Critical) => old.critical_since = Some(now),
                    _ => old.critical_since = None,
                }
                old.check = Rc::new(check);
            }
            None => {
                entry.checks.insert(check.id.clone(), CheckEntry::new(check, now));
            }
        }
    }

    pub(super) fn remove_node(&mut self, name: &str) {
        let Some(entry) = self.nodes.get(name) else { return };
        let services: Vec<String> = entry.services.keys().cloned().collect();
        for id in services {
            self.remove_service(name, &id);
        }
        self.aliases.retain(|(node, _)| node != name);
        self.nodes.remove(name);
    }

    pub(super) fn remove_service(&mut self, node: &str, id: &str) {
        self.unlist_service(node, id);
        for check in self.check_ids(node, id) {
            self.remove_check(node, &check);
        }
        if let Some(entry) = self.nodes.get_mut(node) {
            entry.services.remove(id);
            entry.checks_of.remove(id);
        }
    }

    pub(super) fn remove_check(&mut self, node: &str, id: &str) {
        self.aliases.remove(&(node.to_owned(), id.to_owned()));
        let Some(entry) = self.nodes.get_mut(node) else { return };
        let Some(gone) = entry.checks.remove(id) else { return };
        if let Some(ids) = entry.checks_of.get_mut(&gone.check.service_id) {
            ids.remove(id);
            if ids.is_empty() {
                entry.checks_of.remove(&gone.check.service_id);
            }
        }
    }

    fn unlist_service(&mut self, node: &str, id: &str) {
        let Some(old) = self.service(node, id).cloned() else { return };
        let lower = old.name.to_lowercase();
        if let Some(places) = self.by_name.get_mut(&lower) {
            places.remove(&(node.to_owned(), id.to_owned()));
            if places.is_empty() {
                self.by_name.remove(&lower);
            }
        }
        // Names that differ only in their letters' case are one to who looks for them, and two in the list.
        if !self.instances(&lower).any(|instance| instance.service.name == old.name) {
            self.tags.remove(&old.name);
        }
        if let Some(tags) = self.tags.get_mut(&old.name) {
            for tag in &old.tags {
                if let Some(count) = tags.get_mut(tag) {
                    *count -= 1;
                    if *count == 0 {
                        tags.remove(tag);
                    }
                }
            }
        }
    }
}
