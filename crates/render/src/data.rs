//! Answers of the catalogue, and what a template sees of them.
//!
//! Names and order of the fields are those of the original's Go types, because
//! templates name them and print them.

use crate::dependency::{Dependency, ServiceDependency};
use gyropilot_catalog::{
    Check, KeyValue, Node, NodeServices, ServiceEntry, ServiceRecord, TaggedAddress, Weights,
};
use gyropilot_template::{
    Func, Map, MapKey, Object, Pointer, Signature, Slice, Struct, StructType, Text, Type, Value,
};
use std::collections::BTreeMap;
use std::rc::Rc;

/// An answer, so that it can be compared with the one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Data {
    Datacenters(Vec<String>),
    File(Vec<u8>),
    Key(Option<KeyValue>),
    Node(Option<NodeServices>),
    Nodes(Vec<Node>),
    Service(Vec<ServiceEntry>),
    Services(BTreeMap<String, Vec<String>>),
    Tree(Vec<KeyValue>),
}

/// Go's `dependency.ServiceTags`: a list of strings with a method.
struct Tags(Value);

// === impl Data ===

impl Data {
    /// As the template sees it. A key that does not exist is nil.
    pub(crate) fn to_value(&self, asked: &Dependency) -> Value {
        match self {
            Self::Datacenters(names) => Value::from(names.clone()),
            Self::File(bytes) => text(bytes),
            Self::Key(pair) => pair.as_ref().map_or(Value::Nil, |pair| text(&pair.value)),
            Self::Node(node) => node_detail(node.as_ref()),
            Self::Nodes(nodes) => list(&node_type(), nodes.iter().map(|n| node(&node_type(), n))),
            Self::Service(entries) => instances(entries, asked),
            Self::Services(names) => {
                let of = snippet_type();
                let one = |(name, tags): (&String, &Vec<String>)| {
                    Struct::new(Rc::clone(&of), [Value::from(name.as_str()), sorted_tags(tags)])
                };
                list(&of, names.iter().map(one))
            }
            Self::Tree(pairs) => {
                let prefix = match asked {
                    Dependency::Tree { prefix, .. } => prefix.as_str(),
                    _ => "",
                };
                let of = pair_type();
                list(&of, pairs.iter().map(|p| pair(&of, prefix, p)))
            }
        }
    }

    /// Is this a key that does not exist?
    pub(crate) const fn is_absent_key(&self) -> bool {
        matches!(self, Self::Key(None))
    }

    /// How many instances a service has; `None` for any other answer.
    pub(crate) const fn instances(&self) -> Option<usize> {
        match self {
            Self::Service(entries) => Some(entries.len()),
            _ => None,
        }
    }
}

// === impl Tags ===

impl Object for Tags {
    fn type_name(&self) -> &str {
        "dependency.ServiceTags"
    }

    fn method(&self, name: &str) -> Option<Func> {
        let tags = self.0.clone();
        (name == "Contains").then(|| {
            Func::new(Signature::new([Type::String]), move |args| {
                let wanted = args.first().and_then(Value::as_text);
                let items = match &tags {
                    Value::Slice(slice) => slice.items(),
                    _ => &[],
                };
                Ok(Value::Bool(wanted.is_some() && items.iter().any(|tag| tag.as_text() == wanted)))
            })
        })
    }

    fn underlying(&self) -> Option<Value> {
        Some(self.0.clone())
    }
}

// === types ===

fn named(name: &str, fields: &[(&str, Type)]) -> Rc<StructType> {
    Rc::new(StructType {
        name: name.to_owned(),
        fields: fields.iter().map(|(name, of)| ((*name).to_owned(), of.clone())).collect(),
    })
}

fn pointer_to(of: &Rc<StructType>) -> Type {
    Type::pointer(Type::Struct(Rc::clone(of)))
}

fn strings() -> Type {
    Type::map(Type::String, Type::String)
}

fn tags_type() -> Type {
    Type::Named("dependency.ServiceTags".into())
}

fn address_type() -> Rc<StructType> {
    named("api.ServiceAddress", &[("Address", Type::String), ("Port", Type::INT)])
}

fn weights_type() -> Rc<StructType> {
    named("api.AgentWeights", &[("Passing", Type::INT), ("Warning", Type::INT)])
}

fn check_type() -> Rc<StructType> {
    named(
        "api.HealthCheck",
        &[
            ("Node", Type::String),
            ("CheckID", Type::String),
            ("Name", Type::String),
            ("Status", Type::String),
            ("Notes", Type::String),
            ("Output", Type::String),
            ("ServiceID", Type::String),
            ("ServiceName", Type::String),
        ],
    )
}

fn instance_type() -> Rc<StructType> {
    named(
        "dependency.HealthService",
        &[
            ("Node", Type::String),
            ("NodeID", Type::String),
            ("NodeAddress", Type::String),
            ("NodeTaggedAddresses", strings()),
            ("NodeMeta", strings()),
            ("ServiceMeta", strings()),
            ("Address", Type::String),
            ("ServiceTaggedAddresses", Type::map(Type::String, Type::Struct(address_type()))),
            ("ID", Type::String),
            ("Name", Type::String),
            ("Tags", tags_type()),
            ("Checks", Type::slice(pointer_to(&check_type()))),
            ("Status", Type::String),
            ("Port", Type::INT),
            ("Weights", Type::Struct(weights_type())),
        ],
    )
}

fn snippet_type() -> Rc<StructType> {
    named("dependency.CatalogSnippet", &[("Name", Type::String), ("Tags", tags_type())])
}

fn node_type() -> Rc<StructType> {
    named(
        "dependency.Node",
        &[
            ("ID", Type::String),
            ("Node", Type::String),
            ("Address", Type::String),
            ("Datacenter", Type::String),
            ("TaggedAddresses", strings()),
            ("Meta", strings()),
        ],
    )
}

fn node_service_type() -> Rc<StructType> {
    named(
        "dependency.CatalogNodeService",
        &[
            ("ID", Type::String),
            ("Service", Type::String),
            ("Tags", tags_type()),
            ("Meta", strings()),
            ("Port", Type::INT),
            ("Address", Type::String),
            ("EnableTagOverride", Type::Bool),
        ],
    )
}

fn node_detail_type() -> Rc<StructType> {
    named(
        "dependency.CatalogNode",
        &[("Node", pointer_to(&node_type())), ("Services", Type::slice(pointer_to(&node_service_type())))],
    )
}

/// Go's `dependency.KeyPair`.
pub(crate) fn pair_type() -> Rc<StructType> {
    named(
        "dependency.KeyPair",
        &[
            ("Path", Type::String),
            ("Key", Type::String),
            ("Value", Type::String),
            ("CreateIndex", Type::UINT64),
            ("ModifyIndex", Type::UINT64),
            ("LockIndex", Type::UINT64),
            ("Flags", Type::UINT64),
            ("Session", Type::String),
        ],
    )
}

// === values ===

/// The answer to a question that was not answered yet: right in type, and empty.
pub(crate) fn empty(asked: &Dependency) -> Value {
    let none = |of: &Rc<StructType>| list(of, []);
    match asked {
        Dependency::Datacenters => Value::from(Vec::<String>::new()),
        Dependency::File(_) | Dependency::Key { .. } => Value::from(""),
        Dependency::Node { .. } => Value::Nil,
        Dependency::Nodes { .. } => none(&node_type()),
        Dependency::Service(_) => none(&instance_type()),
        Dependency::Services { .. } => none(&snippet_type()),
        Dependency::Tree { .. } => none(&pair_type()),
    }
}

/// A list of pointers to structs.
pub(crate) fn list(of: &Rc<StructType>, items: impl IntoIterator<Item = Struct>) -> Value {
    let items: Vec<Value> =
        items.into_iter().map(|item| Value::Pointer(Pointer::to(Value::Struct(item)))).collect();
    Value::Slice(Slice::new(pointer_to(of), items))
}

fn text(bytes: &[u8]) -> Value {
    Value::String(Text::from(bytes))
}

fn string_map(entries: &BTreeMap<String, String>) -> Value {
    Value::from_strings(entries.iter().map(|(k, v)| (k.as_str(), v.as_str())))
}

fn sorted_tags(tags: &[String]) -> Value {
    let mut tags = tags.to_vec();
    tags.sort();
    Value::object(Tags(Value::from(tags)))
}

fn instances(entries: &[ServiceEntry], asked: &Dependency) -> Value {
    let (filter, near) = match asked {
        Dependency::Service(ServiceDependency { filter, near, .. }) => (filter.as_ref(), near.is_some()),
        _ => (None, false),
    };
    let mut chosen: Vec<&ServiceEntry> =
        entries.iter().filter(|entry| filter.is_none_or(|f| f.contains(&entry.status()))).collect();
    // The catalogue's own order is only of use when it is by distance.
    if !near {
        chosen.sort_by(|a, b| (&a.node.name, &a.service.id).cmp(&(&b.node.name, &b.service.id)));
    }
    let (of, checks, weights) = (instance_type(), check_type(), weights_type());
    list(&of, chosen.into_iter().map(|entry| instance(&of, &checks, &weights, entry)))
}

fn instance(
    of: &Rc<StructType>,
    check_type: &Rc<StructType>,
    weights_type: &Rc<StructType>,
    entry: &ServiceEntry,
) -> Struct {
    let ServiceEntry { node, service, checks } = entry;
    Struct::new(
        Rc::clone(of),
        [
            Value::from(node.name.as_str()),
            Value::from(node.id.as_str()),
            Value::from(node.address.as_str()),
            string_map(&node.tagged_addresses),
            string_map(&node.meta),
            string_map(&service.meta),
            Value::from(entry.address()),
            tagged_addresses(&service.tagged_addresses),
            Value::from(service.id.as_str()),
            Value::from(service.name.as_str()),
            sorted_tags(&service.tags),
            list(check_type, checks.iter().map(|c| check(check_type, c))),
            Value::from(entry.status().as_str()),
            Value::int(service.port),
            Value::Struct(weights(weights_type, service.weights)),
        ],
    )
}

fn check(of: &Rc<StructType>, check: &Check) -> Struct {
    let Check { node, id, name, status, notes, output, service_id, service_name } = check;
    let fields = [node, id, name, status, notes, output, service_id, service_name];
    Struct::new(Rc::clone(of), fields.map(|field| Value::from(field.as_str())))
}

fn weights(of: &Rc<StructType>, weights: Weights) -> Struct {
    Struct::new(Rc::clone(of), [Value::int(weights.passing), Value::int(weights.warning)])
}

fn tagged_addresses(addresses: &BTreeMap<String, TaggedAddress>) -> Value {
    let of = address_type();
    let entries = addresses
        .iter()
        .map(|(name, to)| {
            let to = Struct::new(Rc::clone(&of), [Value::from(to.address.as_str()), Value::int(to.port)]);
            (MapKey::String(name.as_str().into()), Value::Struct(to))
        })
        .collect();
    Value::Map(Map::new(Type::String, Type::Struct(of), entries))
}

fn node(of: &Rc<StructType>, node: &Node) -> Struct {
    Struct::new(
        Rc::clone(of),
        [
            Value::from(node.id.as_str()),
            Value::from(node.name.as_str()),
            Value::from(node.address.as_str()),
            Value::from(node.datacenter.as_str()),
            string_map(&node.tagged_addresses),
            string_map(&node.meta),
        ],
    )
}

fn node_detail(detail: Option<&NodeServices>) -> Value {
    let of = node_detail_type();
    let Some(NodeServices { node: on, services }) = detail else {
        return Value::Pointer(Pointer::nil(Type::Struct(of)));
    };
    let service_type = node_service_type();
    let mut services: Vec<&ServiceRecord> = services.iter().collect();
    services.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    let services = list(
        &service_type,
        services.into_iter().map(|service| {
            Struct::new(
                Rc::clone(&service_type),
                [
                    Value::from(service.id.as_str()),
                    Value::from(service.name.as_str()),
                    sorted_tags(&service.tags),
                    string_map(&service.meta),
                    Value::int(service.port),
                    Value::from(service.address.as_str()),
                    Value::Bool(service.enable_tag_override),
                ],
            )
        }),
    );
    let on = Value::Pointer(Pointer::to(Value::Struct(node(&node_type(), on))));
    Value::Pointer(Pointer::to(Value::Struct(Struct::new(of, [on, services]))))
}

fn pair(of: &Rc<StructType>, prefix: &str, pair: &KeyValue) -> Struct {
    let key = pair.key.strip_prefix(prefix).unwrap_or(&pair.key).trim_start_matches('/');
    Struct::new(
        Rc::clone(of),
        [
            Value::from(pair.key.as_str()),
            Value::from(key),
            text(&pair.value),
            Value::from(pair.create_index),
            Value::from(pair.modify_index),
            Value::from(pair.lock_index),
            Value::from(pair.flags),
            Value::from(pair.session.as_deref().unwrap_or_default()),
        ],
    )
}
