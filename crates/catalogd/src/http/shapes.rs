//! The documents of the API, as Consul 1.8 writes them.
#![allow(missing_docs, reason = "the fields are those of the API, and their meaning is the store's")]

use crate::store::{Check, Entry, Event, Instance, Node, Service, ServiceAddress, Session, Weights};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

type Pairs<'a> = &'a BTreeMap<String, String>;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct NodeShape<'a> {
    #[serde(rename = "ID")]
    id: &'a str,
    node: &'a str,
    address: &'a str,
    datacenter: &'a str,
    tagged_addresses: Option<Pairs<'a>>,
    meta: Option<Pairs<'a>>,
    create_index: u64,
    modify_index: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AddressShape<'a> {
    address: &'a str,
    port: u16,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct WeightsShape {
    passing: u32,
    warning: u32,
}

/// An instance within `health/service`, `catalog/node` and the like.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ServiceShape<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    kind: &'a str,
    #[serde(rename = "ID")]
    id: &'a str,
    service: &'a str,
    tags: &'a [String],
    address: &'a str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    tagged_addresses: BTreeMap<&'a str, AddressShape<'a>>,
    meta: Option<Pairs<'a>>,
    port: u16,
    #[serde(skip_serializing_if = "str::is_empty")]
    socket_path: &'a str,
    weights: WeightsShape,
    enable_tag_override: bool,
    proxy: Value,
    connect: Value,
    create_index: u64,
    modify_index: u64,
}

/// An instance within `catalog/service`, together with its node.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CatalogServiceShape<'a> {
    #[serde(rename = "ID")]
    id: &'a str,
    node: &'a str,
    address: &'a str,
    datacenter: &'a str,
    tagged_addresses: Option<Pairs<'a>>,
    node_meta: Option<Pairs<'a>>,
    service_kind: &'a str,
    #[serde(rename = "ServiceID")]
    service_id: &'a str,
    service_name: &'a str,
    service_tags: &'a [String],
    service_address: &'a str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    service_tagged_addresses: BTreeMap<&'a str, AddressShape<'a>>,
    service_weights: WeightsShape,
    service_meta: Pairs<'a>,
    service_port: u16,
    #[serde(skip_serializing_if = "str::is_empty")]
    service_socket_path: &'a str,
    service_enable_tag_override: bool,
    service_proxy: Value,
    service_connect: Value,
    create_index: u64,
    modify_index: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CheckShape<'a> {
    node: &'a str,
    #[serde(rename = "CheckID")]
    check_id: &'a str,
    name: &'a str,
    status: &'a str,
    notes: &'a str,
    output: &'a str,
    #[serde(rename = "ServiceID")]
    service_id: &'a str,
    service_name: &'a str,
    service_tags: &'a [String],
    r#type: &'a str,
    definition: &'a Map<String, Value>,
    create_index: u64,
    modify_index: u64,
}

/// An entry of `health/service`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct HealthShape<'a> {
    node: NodeShape<'a>,
    service: ServiceShape<'a>,
    checks: Vec<CheckShape<'a>>,
}

/// An instance as its agent tells of it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AgentServiceShape<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    kind: &'a str,
    #[serde(rename = "ID")]
    id: &'a str,
    service: &'a str,
    tags: &'a [String],
    meta: Pairs<'a>,
    port: u16,
    address: &'a str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    tagged_addresses: BTreeMap<&'a str, AddressShape<'a>>,
    #[serde(skip_serializing_if = "str::is_empty")]
    socket_path: &'a str,
    weights: WeightsShape,
    enable_tag_override: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_hash: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proxy: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connect: Option<&'a Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct EntryShape<'a> {
    lock_index: u64,
    key: &'a str,
    flags: u64,
    value: Option<String>,
    #[serde(skip_serializing_if = "str::is_empty")]
    session: &'a str,
    create_index: u64,
    modify_index: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SessionShape<'a> {
    #[serde(rename = "ID")]
    id: &'a str,
    name: &'a str,
    node: &'a str,
    /// In nanoseconds.
    lock_delay: u64,
    behavior: &'a crate::store::Behavior,
    #[serde(rename = "TTL")]
    ttl: &'a str,
    node_checks: &'a [String],
    service_checks: Option<Vec<Value>>,
    create_index: u64,
    modify_index: u64,
}

fn addresses(tagged: &BTreeMap<String, ServiceAddress>) -> BTreeMap<&str, AddressShape<'_>> {
    tagged
        .iter()
        .map(|(label, at)| (label.as_str(), AddressShape { address: &at.address, port: at.port }))
        .collect()
}

fn weights(weights: Weights) -> WeightsShape {
    WeightsShape { passing: weights.passing, warning: weights.warning }
}

fn given(pairs: Pairs<'_>) -> Option<Pairs<'_>> {
    Some(pairs).filter(|pairs| !pairs.is_empty())
}

/// A proxy of an ordinary service is not there, but its defaults are shown.
fn proxy(service: &Service) -> Value {
    service.proxy.clone().unwrap_or_else(|| json!({"MeshGateway": {}, "Expose": {}}))
}

fn connect(service: &Service) -> Value {
    service.connect.clone().unwrap_or_else(|| json!({}))
}

pub(crate) fn node<'a>(node: &'a Node, datacenter: &'a str) -> NodeShape<'a> {
    NodeShape {
        id: &node.id,
        node: &node.name,
        address: &node.address,
        datacenter,
        tagged_addresses: given(&node.tagged_addresses),
        meta: given(&node.meta),
        create_index: node.created,
        modify_index: node.modified,
    }
}

pub(crate) fn service(service: &Service) -> ServiceShape<'_> {
    ServiceShape {
        kind: &service.kind,
        id: &service.id,
        service: &service.name,
        tags: &service.tags,
        address: &service.address,
        tagged_addresses: addresses(&service.tagged_addresses),
        meta: given(&service.meta),
        port: service.port,
        socket_path: &service.socket_path,
        weights: weights(service.weights),
        enable_tag_override: service.enable_tag_override,
        proxy: proxy(service),
        connect: connect(service),
        create_index: service.created,
        modify_index: service.modified,
    }
}

pub(crate) fn catalog_service<'a>(
    node: &'a Node,
    service: &'a Service,
    datacenter: &'a str,
) -> CatalogServiceShape<'a> {
    CatalogServiceShape {
        id: &node.id,
        node: &node.name,
        address: &node.address,
        datacenter,
        tagged_addresses: given(&node.tagged_addresses),
        node_meta: given(&node.meta),
        service_kind: &service.kind,
        service_id: &service.id,
        service_name: &service.name,
        service_tags: &service.tags,
        service_address: &service.address,
        service_tagged_addresses: addresses(&service.tagged_addresses),
        service_weights: weights(service.weights),
        service_meta: &service.meta,
        service_port: service.port,
        service_socket_path: &service.socket_path,
        service_enable_tag_override: service.enable_tag_override,
        service_proxy: proxy(service),
        service_connect: connect(service),
        create_index: service.created,
        modify_index: service.modified,
    }
}

pub(crate) fn check(check: &Check) -> CheckShape<'_> {
    CheckShape {
        node: &check.node,
        check_id: &check.id,
        name: &check.name,
        status: check.status.word(),
        notes: &check.notes,
        output: &check.output,
        service_id: &check.service_id,
        service_name: &check.service_name,
        service_tags: &check.service_tags,
        r#type: &check.kind,
        definition: &check.definition,
        create_index: check.created,
        modify_index: check.modified,
    }
}

/// As its agent tells of it: without indexes.
pub(crate) fn agent_check(known: &Check) -> CheckShape<'_> {
    CheckShape { create_index: 0, modify_index: 0, ..check(known) }
}

/// As its agent tells of it together with its instance: by another library, which
/// knows other fields.
pub(crate) fn agent_health_check(known: &Check) -> Value {
    let tags = Some(&known.service_tags).filter(|tags| !tags.is_empty());
    json!({
        "Node": known.node,
        "CheckID": known.id,
        "Name": known.name,
        "Status": known.status.word(),
        "Notes": known.notes,
        "Output": known.output,
        "ServiceID": known.service_id,
        "ServiceName": known.service_name,
        "ServiceTags": tags,
        "Type": "",
        "Definition": {
            "HTTP": "",
            "Header": null,
            "Method": "",
            "Body": "",
            "TLSSkipVerify": false,
            "TCP": "",
            "Interval": "0s",
            "Timeout": "0s",
            "DeregisterCriticalServiceAfter": "0s",
        },
        "CreateIndex": 0,
        "ModifyIndex": 0,
    })
}

pub(crate) fn health<'a>(instance: &Instance<'a>, datacenter: &'a str) -> HealthShape<'a> {
    HealthShape {
        node: node(instance.node, datacenter),
        service: service(instance.service),
        checks: instance.checks.iter().map(|known| check(known)).collect(),
    }
}

pub(crate) fn agent_service(service: &Service) -> AgentServiceShape<'_> {
    AgentServiceShape {
        kind: &service.kind,
        id: &service.id,
        service: &service.name,
        tags: &service.tags,
        meta: &service.meta,
        port: service.port,
        address: &service.address,
        tagged_addresses: addresses(&service.tagged_addresses),
        socket_path: &service.socket_path,
        weights: weights(service.weights),
        enable_tag_override: service.enable_tag_override,
        content_hash: None,
        proxy: service.proxy.as_ref(),
        connect: service.connect.as_ref(),
    }
}

/// The same with a number made of all of it, by which a change is recognised.
pub(crate) fn hashed_agent_service(service: &Service) -> AgentServiceShape<'_> {
    let bare = agent_service(service);
    let text = serde_json::to_vec(&bare).unwrap_or_default();
    AgentServiceShape { content_hash: Some(format!("{:016x}", fnv(&text))), ..bare }
}

/// FNV-1a, 64 bits. Nobody has to be kept from finding two services with one hash: it
/// only tells whether one and the same service has changed.
fn fnv(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// With its value, or with null in its place.
pub(crate) fn entry(entry: &Entry, shows_value: bool) -> EntryShape<'_> {
    EntryShape {
        lock_index: entry.lock_index,
        key: &entry.key,
        flags: entry.flags,
        value: (shows_value && !entry.value.is_empty()).then(|| STANDARD.encode(&entry.value)),
        session: &entry.session,
        create_index: entry.created,
        modify_index: entry.modified,
    }
}

pub(crate) fn session(session: &Session) -> SessionShape<'_> {
    let checks =
        session.service_checks.iter().map(|(id, namespace)| json!({"ID": id, "Namespace": namespace}));
    SessionShape {
        id: &session.id,
        name: &session.name,
        node: &session.node,
        lock_delay: u64::try_from(session.lock_delay.as_nanos()).unwrap_or(u64::MAX),
        behavior: &session.behavior,
        ttl: &session.ttl_text,
        node_checks: &session.node_checks,
        service_checks: (!session.service_checks.is_empty()).then(|| checks.collect()),
        create_index: session.created,
        modify_index: session.modified,
    }
}

pub(crate) fn event(event: &Event) -> Value {
    let payload = (!event.payload.is_empty()).then(|| STANDARD.encode(&event.payload));
    json!({
        "ID": event.id,
        "Name": event.name,
        "Payload": payload,
        "NodeFilter": event.node_filter,
        "ServiceFilter": event.service_filter,
        "TagFilter": event.tag_filter,
        "Version": 1,
        "LTime": event.time,
    })
}

// === impl AgentServiceShape ===

impl AgentServiceShape<'_> {
    /// The number made of all of it; empty where it was not made.
    pub(crate) fn content_hash(&self) -> &str {
        self.content_hash.as_deref().unwrap_or_default()
    }
}
