//! A node, an instance or a check becomes this, or goes: the tables, those who wait,
//! and what is written down, together.

use super::{Check, CheckSpec, Index, Node, Record, Service, Source, Status, Store, Topic};
use gyropilot_model::Time;
use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::rc::Rc;

// === impl Store ===

impl Store {
    pub(super) fn upsert_spec(&mut self, now: Time, node: &str, spec: CheckSpec, index: Index) {
        let old = self
            .nodes
            .get(node)
            .and_then(|entry| entry.checks.get(&spec.id))
            .map(|entry| Rc::clone(&entry.check));
        let (status, output) = match &old {
            Some(old) => (old.status, old.output.clone()),
            None => (spec.status.unwrap_or_default(), String::new()),
        };
        let mut check = Check {
            node: node.to_owned(),
            id: spec.id,
            name: spec.name,
            status,
            notes: spec.notes,
            output,
            kind: spec.kind,
            source: spec.source,
            interval: spec.interval,
            timeout: spec.timeout,
            deregister_after: spec.deregister_after.map(|after| after.max(super::LEAST_DEREGISTER_AFTER)),
            success_before_passing: spec.success_before_passing,
            failures_before_critical: spec.failures_before_critical,
            ..Check::default()
        };
        if let Some(service) = self.service(node, &spec.service_id).cloned() {
            check.concern(&service);
        }
        self.upsert_check(now, check, index);
    }

    /// The identifiers of the checks of an instance, or of the node with "".
    pub(super) fn check_ids(&self, node: &str, service: &str) -> Vec<String> {
        let ids = self.nodes.get(node).and_then(|entry| entry.checks_of.get(service));
        ids.into_iter().flatten().cloned().collect()
    }

    pub(super) fn upsert_node(&mut self, mut node: Node, index: Index) {
        node.created = index;
        node.modified = index;
        if let Some(old) = self.nodes.get(&node.name).map(|entry| &entry.node) {
            if old.says_the_same(&node) {
                return;
            }
            node.created = old.created;
        }
        let name = node.name.clone();
        self.put_node(node);
        self.touch(Topic::Nodes);
        self.touch(Topic::node(&name));
        self.touch_services_on(&name);
        if let Some(node) = self.nodes.get(&name).map(|entry| Rc::clone(&entry.node)) {
            self.keep(|| Record::Node(node));
        }
    }

    pub(super) fn upsert_service(&mut self, mut service: Service, index: Index) {
        service.created = index;
        service.modified = index;
        let (node, id, name) = (service.node.clone(), service.id.clone(), service.name.clone());
        let old = self.nodes.get(&node).and_then(|entry| entry.services.get(&id)).cloned();
        if let Some(old) = &old {
            service.created = old.created;
            if old.says_the_same(&service) {
                return;
            }
        }
        let names_before = self.names_of(&name, old.as_ref().map(|old| old.name.as_str()));
        self.put_service(service);
        let names_after = self.names_of(&name, old.as_ref().map(|old| old.name.as_str()));
        if names_before != names_after {
            self.touch(Topic::ServiceNames);
        }
        self.touch(Topic::Services);
        self.touch(Topic::node(&node));
        self.touch(Topic::service(&name));
        if let Some(old) = old.filter(|old| old.name != name) {
            self.touch(Topic::service(&old.name));
            self.forget_gone();
        }
        let Some(service) = self.service(&node, &id).cloned() else { return };
        // What the checks say of their instance goes with it.
        for check in self.check_ids(&node, &id) {
            let Some(entry) = self.nodes.get_mut(&node).and_then(|entry| entry.checks.get_mut(&check)) else {
                continue;
            };
            if entry.check.service_name != service.name || entry.check.service_tags != service.tags {
                let check = Rc::make_mut(&mut entry.check);
                check.concern(&service);
                check.modified = index;
                let check = Rc::clone(&entry.check);
                self.keep(|| Record::Check(check));
            }
        }
        self.keep(|| Record::Service(service));
    }

    pub(super) fn upsert_check(&mut self, now: Time, mut check: Check, index: Index) {
        check.created = index;
        check.modified = index;
        let (node, id) = (check.node.clone(), check.id.clone());
        let old = self
            .nodes
            .get(&node)
            .and_then(|entry| entry.checks.get(&id))
            .map(|entry| Rc::clone(&entry.check));
        if let Some(old) = &old {
            check.created = old.created;
            if old.says_the_same(&check) {
                // To be registered again is no sign of life of a check with a TTL: its owner updates it.
                return;
            }
        }
        let looks = matches!(check.source, Source::Probe(_))
            || old.as_ref().is_some_and(|old| matches!(old.source, Source::Probe(_)));
        let is_clock_new = old.as_ref().is_none_or(|old| old.source != check.source);
        self.put_check(check, now);
        if is_clock_new || !self.has_timer(&node, &id) {
            self.begin_clocks(&node, &id, now);
        }
        if looks {
            self.touch(Topic::Looks);
        }
        if let Some(old) = old.filter(|old| !old.service_name.is_empty()) {
            self.touch(Topic::service(&old.service_name));
        }
        self.touch_check(&node, &id);
        self.keep_check(&node, &id);
        if self
            .nodes
            .get(&node)
            .and_then(|entry| entry.checks.get(&id))
            .is_some_and(|entry| entry.check.status == Status::Critical)
        {
            self.end_sessions_of(now, &node, &id);
        }
    }

    /// Wakes those who wait for a check.
    pub(super) fn touch_check(&mut self, node: &str, id: &str) {
        let Some(entry) = self.nodes.get(node).and_then(|entry| entry.checks.get(id)) else { return };
        let service = entry.check.service_name.clone();
        self.touch(Topic::Checks);
        self.touch(Topic::node_checks(node));
        match service.is_empty() {
            true => self.touch_services_on(node),
            false => self.touch(Topic::service(&service)),
        }
    }

    pub(super) fn keep_check(&mut self, node: &str, id: &str) {
        let check =
            self.nodes.get(node).and_then(|entry| entry.checks.get(id)).map(|entry| Rc::clone(&entry.check));
        if let Some(check) = check {
            self.keep(|| Record::Check(check));
        }
    }

    /// What a node says concerns every service that is on it.
    fn touch_services_on(&mut self, node: &str) {
        let Some(entry) = self.nodes.get(node) else { return };
        let names: BTreeSet<String> = entry.services.values().map(|service| service.name.clone()).collect();
        for name in names {
            self.touch(Topic::service(&name));
        }
    }

    pub(super) fn drop_node(&mut self, now: Time, name: &str, index: Index) {
        let Some(entry) = self.nodes.get(name) else { return };
        let services: Vec<String> = entry.services.keys().cloned().collect();
        for service in services {
            self.drop_service(now, name, &service, index);
        }
        for check in self.check_ids(name, "") {
            self.drop_check(now, name, &check, index);
        }
        self.remove_node(name);
        self.touch(Topic::Nodes);
        self.touch(Topic::node(name));
        self.keep(|| Record::NodeGone { name: name.to_owned(), index });
        self.forget_gone();
        self.end_sessions_on(now, name);
    }

    pub(super) fn drop_service(&mut self, now: Time, node: &str, id: &str, index: Index) -> bool {
        let Some(service) = self.service(node, id).cloned() else { return false };
        for check in self.check_ids(node, id) {
            self.drop_check(now, node, &check, index);
        }
        let before = self.names_of(&service.name, None);
        self.remove_service(node, id);
        if before != self.names_of(&service.name, None) {
            self.touch(Topic::ServiceNames);
        }
        self.touch(Topic::Services);
        self.touch(Topic::node(node));
        self.touch(Topic::service(&service.name));
        self.keep(|| Record::ServiceGone { node: node.to_owned(), id: id.to_owned(), index });
        if !self.by_name.contains_key(&service.name.to_lowercase()) {
            self.forget_gone();
        }
        true
    }

    pub(super) fn drop_check(&mut self, now: Time, node: &str, id: &str, index: Index) -> bool {
        let Some(entry) = self.nodes.get(node).and_then(|entry| entry.checks.get(id)) else { return false };
        if matches!(entry.check.source, Source::Probe(_)) {
            self.touch(Topic::Looks);
        }
        self.touch_check(node, id);
        self.remove_check(node, id);
        self.keep(|| Record::CheckGone { node: node.to_owned(), id: id.to_owned(), index });
        self.end_sessions_of(now, node, id);
        true
    }

    fn forget_gone(&mut self) {
        let (nodes, by_name) = (OnceCell::new(), &self.by_name);
        let nodes = || nodes.get_or_init(|| self.nodes.keys().map(|name| name.to_lowercase()).collect());
        self.marks.forget(|topic| match topic {
            Topic::Service(name) => by_name.contains_key(name),
            Topic::Node(name) | Topic::NodeChecks(name) => {
                let nodes: &BTreeSet<String> = nodes();
                nodes.contains(name)
            }
            _ => true,
        });
    }

    /// What `catalog/services` says of up to two services.
    fn names_of(&self, name: &str, other: Option<&str>) -> Vec<Option<Vec<String>>> {
        let one = |name: &str| self.tags.get(name).map(|tags| tags.keys().cloned().collect());
        std::iter::once(name).chain(other).map(one).collect()
    }
}
