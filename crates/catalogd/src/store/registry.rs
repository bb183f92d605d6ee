//! Registration and removal of nodes, services and checks.

use super::{Check, Node, Refusal, SERF_HEALTH, Service, Source, Status, Store};
use gyropilot_model::Time;
use std::collections::BTreeSet;

/// A check as its owner describes it.
#[derive(Clone, Debug, Default)]
pub struct CheckSpec {
    /// Empty: made of what it is about.
    pub id: String,
    /// Empty: made of what it is about.
    pub name: String,
    /// For people.
    pub notes: String,
    /// What it says at first; a check that is known already keeps its status.
    pub status: Option<Status>,
    /// The instance it is about; empty when it is about the node.
    pub service_id: String,
    /// `ttl`, `http`, `tcp`, `grpc` or `alias`.
    pub kind: String,
    /// Where its status comes from.
    pub source: Source,
    /// Between two looks.
    pub interval: Option<std::time::Duration>,
    /// For how long a look may take.
    pub timeout: Option<std::time::Duration>,
    /// For how long it is critical before its service is removed.
    pub deregister_after: Option<std::time::Duration>,
    /// Further well results before it passes.
    pub success_before_passing: u32,
    /// Further ill results before it is critical.
    pub failures_before_critical: u32,
}

/// A registration in the catalogue itself: of a node, and of what may be on it.
#[derive(Clone, Debug, Default)]
pub struct CatalogRegistration {
    /// The node; its name is needed.
    pub node: Node,
    /// Whether a node that is known keeps its address and metadata.
    pub skip_node_update: bool,
    /// An instance on it.
    pub service: Option<Service>,
    /// Checks on it.
    pub checks: Vec<Check>,
}

/// The service that the catalogue itself is.
const CONSUL: &str = "consul";
/// The port of Consul's own protocol between servers, which readers of the service `consul` expect.
/// Nothing listens there.
pub(crate) const SERVER_PORT: u16 = 8300;

// === impl Store ===

impl Store {
    /// Registers an instance on the catalogue's own node, as an agent does. One that
    /// is known is replaced; its checks keep their status. With `replaces_checks`
    /// it keeps only those checks that are given.
    pub fn register_service(
        &mut self,
        now: Time,
        mut service: Service,
        checks: Vec<CheckSpec>,
        replaces_checks: bool,
    ) {
        let node = self.identity.node.clone();
        service.node.clone_from(&node);
        service.label_address();
        let several = checks.len() > 1;
        let checks: Vec<CheckSpec> = checks
            .into_iter()
            .enumerate()
            .map(|(position, mut spec)| {
                spec.service_id.clone_from(&service.id);
                if spec.id.is_empty() {
                    spec.id = format!("service:{}", service.id);
                    if several {
                        spec.id = format!("{}:{}", spec.id, position + 1);
                    }
                }
                if spec.name.is_empty() {
                    spec.name = format!("Service '{}' check", service.name);
                }
                spec
            })
            .collect();
        let index = self.next_index();
        let id = service.id.clone();
        if replaces_checks {
            let kept: BTreeSet<&str> = checks.iter().map(|spec| spec.id.as_str()).collect();
            for check in self.check_ids(&node, &id) {
                if !kept.contains(check.as_str()) {
                    self.drop_check(now, &node, &check, index);
                }
            }
        }
        self.upsert_service(service, index);
        for spec in checks {
            self.upsert_spec(now, &node, spec, index);
        }
        self.settle_aliases(now);
    }

    /// Removes an instance from the catalogue's own node. Whether it was there.
    pub fn deregister_service(&mut self, now: Time, id: &str) -> bool {
        let node = self.identity.node.clone();
        let index = self.next_index();
        let was = self.drop_service(now, &node, id, index);
        self.settle_aliases(now);
        was
    }

    /// Registers a check on the catalogue's own node.
    ///
    /// # Errors
    /// When it is about an instance that is not there.
    pub fn register_check(&mut self, now: Time, mut spec: CheckSpec) -> Result<(), Refusal> {
        let node = self.identity.node.clone();
        if spec.id.is_empty() {
            spec.id.clone_from(&spec.name);
        }
        if !spec.service_id.is_empty() && self.service(&node, &spec.service_id).is_none() {
            return Err(Refusal::failed(format!("ServiceID {:?} does not exist", spec.service_id)));
        }
        let index = self.next_index();
        self.upsert_spec(now, &node, spec, index);
        self.settle_aliases(now);
        Ok(())
    }

    /// Removes a check from the catalogue's own node. Whether it was there.
    pub fn deregister_check(&mut self, now: Time, id: &str) -> bool {
        let node = self.identity.node.clone();
        let index = self.next_index();
        let was = self.drop_check(now, &node, id, index);
        self.settle_aliases(now);
        was
    }

    /// Registers a node and what is on it, wherever it is.
    ///
    /// # Errors
    /// When something that has to be said is not.
    pub fn catalog_register(&mut self, now: Time, registration: CatalogRegistration) -> Result<(), Refusal> {
        let CatalogRegistration { node, skip_node_update, service, checks } = registration;
        if node.name.is_empty() {
            return Err(Refusal::failed("Must provide node"));
        }
        if node.address.is_empty() && !skip_node_update {
            return Err(Refusal::failed("Must provide address if SkipNodeUpdate is not set"));
        }
        if let Some(service) = &service
            && !service.id.is_empty()
            && service.name.is_empty()
        {
            return Err(Refusal::failed("Must provide service name with ID"));
        }
        let name = node.name.clone();
        let known = self.nodes.contains_key(&name);
        if !node.id.is_empty() && node.id.len() != 36 {
            return Err(Refusal::failed("Bad node ID: uuid string is wrong length"));
        }
        if service.as_ref().is_some_and(|service| service.name.is_empty()) {
            return Err(Refusal::failed(
                "failed inserting service: failed inserting service: object missing primary index",
            ));
        }
        let namesake = self.nodes.values().map(|entry| &entry.node);
        let former = namesake
            .into_iter()
            .find(|known| !node.id.is_empty() && known.id == node.id && known.name != name);
        let former = former.map(|known| known.name.clone());
        if former.as_ref() == Some(&self.identity.node) {
            return Err(Refusal::failed(format!(
                "failed inserting node: Error while renaming Node ID: {:?}: it is the catalogue's own",
                node.id
            )));
        }
        for check in &checks {
            let id = &check.service_id;
            let comes = service.as_ref().is_some_and(|service| service.id == *id);
            if !id.is_empty() && !comes && self.service(&name, id).is_none() {
                return Err(Refusal::failed(format!(
                    "failed inserting check: Missing service registration on node {name:?}"
                )));
            }
        }
        let index = self.next_index();
        // A node that is called otherwise from now on is another one.
        if let Some(former) = former {
            self.drop_node(now, &former, index);
        }
        if !known || !skip_node_update {
            self.upsert_node(node, index);
        }
        if let Some(mut service) = service {
            service.node.clone_from(&name);
            self.upsert_service(service, index);
        }
        for mut check in checks {
            check.node.clone_from(&name);
            if check.id.is_empty() {
                check.id.clone_from(&check.name);
            }
            if let Some(service) = self.service(&name, &check.service_id).cloned() {
                check.concern(&service);
            }
            self.upsert_check(now, check, index);
        }
        self.settle_aliases(now);
        Ok(())
    }

    /// Removes from the catalogue a check, an instance, or a whole node.
    ///
    /// # Errors
    /// When no node is named.
    pub fn catalog_deregister(
        &mut self,
        now: Time,
        node: &str,
        service: &str,
        check: &str,
    ) -> Result<(), Refusal> {
        if node.is_empty() {
            return Err(Refusal::failed("Must provide node"));
        }
        let index = self.next_index();
        if !service.is_empty() {
            self.drop_service(now, node, service, index);
        } else if !check.is_empty() {
            self.drop_check(now, node, check, index);
        } else if node != self.identity.node {
            self.drop_node(now, node, index);
        }
        self.settle_aliases(now);
        Ok(())
    }

    /// The catalogue's own node, its check and the service that it is.
    pub(super) fn register_self(&mut self) {
        let index = self.next_index();
        let me = self.identity.clone();
        let labels = ["lan", "lan_ipv4", "wan", "wan_ipv4"];
        let node = Node {
            id: me.id,
            name: me.node.clone(),
            tagged_addresses: labels.map(|label| (label.to_owned(), me.address.clone())).into(),
            meta: [("consul-network-segment".to_owned(), String::new())].into(),
            address: me.address,
            created: 0,
            modified: 0,
        };
        self.upsert_node(node, index);
        let check = Check {
            node: me.node.clone(),
            id: SERF_HEALTH.to_owned(),
            name: "Serf Health Status".to_owned(),
            status: Status::Passing,
            output: "Agent alive and reachable".to_owned(),
            ..Check::default()
        };
        self.upsert_check(Time::ZERO, check, index);
        let service = Service {
            node: me.node,
            id: CONSUL.to_owned(),
            name: CONSUL.to_owned(),
            port: SERVER_PORT,
            ..Service::default()
        };
        self.upsert_service(service, index);
    }
}
