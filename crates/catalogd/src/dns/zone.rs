//! What a name server has to know of a catalogue.

use crate::store::{self, Node, Status, Store};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// A catalogue, as its names are seen.
pub trait Zone {
    /// The domain that everything is in, without a dot at its end: `consul`.
    fn domain(&self) -> &str;
    /// The datacentre.
    fn datacenter(&self) -> &str;
    /// The node on which the catalogue itself is.
    fn own_node(&self) -> Option<Host<'_>>;
    /// The instances of a service that are not critical; case does not count.
    fn instances(&self, name: &str) -> Vec<Endpoint<'_>>;
    /// A node; case does not count.
    fn node(&self, name: &str) -> Option<Host<'_>>;
    /// The node that has an address.
    fn node_at(&self, address: IpAddr) -> Option<Host<'_>>;
    /// The names of the services that have an instance with an address of its own, and that is this.
    fn services_at(&self, address: IpAddr) -> Vec<&str>;
}

/// A node.
#[derive(Clone, Debug)]
pub struct Host<'z> {
    /// Its name.
    pub name: &'z str,
    /// An IP address, or a host name.
    pub address: &'z str,
    /// Free pairs of words.
    pub meta: &'z BTreeMap<String, String>,
}

/// An instance that can be used.
#[derive(Clone, Debug)]
pub struct Endpoint<'z> {
    /// Its node.
    pub host: Host<'z>,
    /// An IP address or host name; empty for the node's.
    pub address: &'z str,
    /// 0 for none.
    pub port: u16,
    /// Words to select by.
    pub tags: &'z [String],
    /// How much of the traffic it should get, as healthy as it is.
    pub weight: u32,
}

/// A store with a domain for its names.
#[derive(Clone, Copy, Debug)]
pub struct StoreZone<'s> {
    /// What is known.
    pub store: &'s Store,
    /// The domain, without a dot at its end.
    pub domain: &'s str,
}

// === impl StoreZone ===

impl Zone for StoreZone<'_> {
    fn domain(&self) -> &str {
        self.domain
    }

    fn datacenter(&self) -> &str {
        &self.store.identity().datacenter
    }

    fn own_node(&self) -> Option<Host<'_>> {
        self.store.node(&self.store.identity().node).map(|node| host(node))
    }

    fn instances(&self, name: &str) -> Vec<Endpoint<'_>> {
        self.store.instances(name).filter_map(|instance| endpoint(&instance)).collect()
    }

    fn node(&self, name: &str) -> Option<Host<'_>> {
        self.store.find_node(name).map(|node| host(node))
    }

    fn node_at(&self, address: IpAddr) -> Option<Host<'_>> {
        self.store.nodes().find(|node| is_at(&node.address, address)).map(|node| host(node))
    }

    fn services_at(&self, address: IpAddr) -> Vec<&str> {
        let all = self.store.nodes().flat_map(|node| self.store.services_on(&node.name));
        let mut names: Vec<_> = all
            .filter(|service| is_at(&service.address, address))
            .map(|service| service.name.as_str())
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

fn host(node: &Node) -> Host<'_> {
    Host { name: &node.name, address: &node.address, meta: &node.meta }
}

fn endpoint<'s>(instance: &store::Instance<'s>) -> Option<Endpoint<'s>> {
    let service = instance.service;
    let weight = match instance.status() {
        Status::Passing => service.weights.passing,
        Status::Warning => service.weights.warning,
        Status::Critical => return None,
    };
    Some(Endpoint {
        host: host(instance.node),
        address: &service.address,
        port: service.port,
        tags: &service.tags,
        weight,
    })
}

fn is_at(text: &str, address: IpAddr) -> bool {
    text.parse::<IpAddr>() == Ok(address)
}
