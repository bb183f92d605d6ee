//! What can be read of nodes, services and checks.

use super::{Check, Node, Service, Status, Store};
use std::collections::BTreeMap;
use std::rc::Rc;

/// An instance with what is needed to judge and to reach it.
#[derive(Clone, Debug)]
pub struct Instance<'a> {
    /// Its node.
    pub node: &'a Rc<Node>,
    /// Itself.
    pub service: &'a Rc<Service>,
    /// The checks of its node, then its own.
    pub checks: Vec<&'a Rc<Check>>,
}

// === impl Instance ===

impl Instance<'_> {
    /// The worst that any of its checks says; passing without one.
    #[must_use]
    pub fn status(&self) -> Status {
        self.checks.iter().map(|check| check.status).max().unwrap_or(Status::Passing)
    }
}

// === impl Store ===

impl Store {
    /// All nodes, by name.
    pub fn nodes(&self) -> impl Iterator<Item = &Rc<Node>> {
        self.nodes.values().map(|entry| &entry.node)
    }

    /// A node, however its name is written.
    #[must_use]
    pub fn find_node(&self, name: &str) -> Option<&Rc<Node>> {
        self.node(name).or_else(|| self.nodes().find(|node| node.name.eq_ignore_ascii_case(name)))
    }

    /// A node.
    #[must_use]
    pub fn node(&self, name: &str) -> Option<&Rc<Node>> {
        self.nodes.get(name).map(|entry| &entry.node)
    }

    /// A node by its UUID.
    #[must_use]
    pub fn node_of_id(&self, id: &str) -> Option<&Rc<Node>> {
        self.nodes().find(|node| !id.is_empty() && node.id.eq_ignore_ascii_case(id))
    }

    /// The instances on a node, by identifier.
    pub fn services_on(&self, node: &str) -> impl Iterator<Item = &Rc<Service>> {
        self.nodes.get(node).into_iter().flat_map(|entry| entry.services.values())
    }

    /// An instance on a node.
    #[must_use]
    pub fn service(&self, node: &str, id: &str) -> Option<&Rc<Service>> {
        self.nodes.get(node)?.services.get(id)
    }

    /// The names of the services and all tags of each.
    pub fn service_names(&self) -> impl Iterator<Item = (&str, impl Iterator<Item = &str>)> {
        self.tags.iter().map(|(name, tags)| (name.as_str(), tags.keys().map(String::as_str)))
    }

    /// The instances of a service, however its name is written, by node and identifier.
    pub fn instances<'a>(&'a self, name: &str) -> impl Iterator<Item = Instance<'a>> {
        let places = self.by_name.get(&name.to_lowercase()).into_iter().flatten();
        places.filter_map(|(node, id)| self.instance(node, id))
    }

    /// An instance on a node, with its checks.
    #[must_use]
    pub fn instance(&self, node: &str, id: &str) -> Option<Instance<'_>> {
        let entry = self.nodes.get(node)?;
        let service = entry.services.get(id)?;
        let of_node = entry.checks_of.get("").into_iter().flatten();
        let of_service = entry.checks_of.get(id).into_iter().flatten().filter(|_| !id.is_empty());
        let checks = of_node
            .chain(of_service)
            .filter_map(|id| entry.checks.get(id))
            .map(|entry| &entry.check)
            .collect();
        Some(Instance { node: &entry.node, service, checks })
    }

    /// All checks, by node and identifier.
    pub fn checks(&self) -> impl Iterator<Item = &Rc<Check>> {
        self.nodes.values().flat_map(|entry| entry.checks.values()).map(|entry| &entry.check)
    }

    /// The checks on a node, by identifier.
    pub fn checks_on(&self, node: &str) -> impl Iterator<Item = &Rc<Check>> {
        self.nodes.get(node).into_iter().flat_map(|entry| entry.checks.values()).map(|entry| &entry.check)
    }

    /// The checks of the instances of a service.
    pub fn checks_of<'a>(&'a self, name: &str) -> Vec<&'a Rc<Check>> {
        let own = |instance: Instance<'a>| {
            instance.checks.into_iter().filter(|check| !check.service_id.is_empty()).collect::<Vec<_>>()
        };
        self.instances(name).flat_map(own).collect()
    }

    /// How many there are: nodes, instances, checks, keys, sessions.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<&'static str, usize> {
        let of_nodes = |count: fn(&super::NodeEntry) -> usize| self.nodes.values().map(count).sum();
        [
            ("nodes", self.nodes.len()),
            ("instances", of_nodes(|entry| entry.services.len())),
            ("checks", of_nodes(|entry| entry.checks.len())),
            ("keys", self.keys.entries().count()),
            ("sessions", self.sessions.len()),
        ]
        .into()
    }
}
