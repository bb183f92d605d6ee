//! `/v1/catalog`: nodes and instances as they are registered.

use super::health::{has_meta, has_tags, list};
use super::reply::Reply;
use super::request::Request;
use super::{Answer, Read, filter, registration, shapes};
use crate::catalogue::Catalogue;
use crate::filter::Subject;
use crate::store::{Node, Refusal, Store, Topic};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

type Answered = Result<Answer, Refusal>;

pub(super) fn services(_: &Rc<Catalogue>, request: &Request) -> Answered {
    let (meta, pretty) = (request.node_meta(), request.has("pretty"));
    if meta.is_empty() {
        return Ok(Read::table(vec![Topic::ServiceNames], move |store| {
            let names: BTreeMap<&str, Vec<&str>> =
                store.service_names().map(|(name, tags)| (name, tags.collect())).collect();
            Ok(Reply::json(&names, pretty))
        }));
    }
    Ok(Read::table(vec![Topic::Services, Topic::Nodes], move |store| {
        let mut names: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for node in store.nodes().filter(|node| has_meta(node, &meta)) {
            for service in store.services_on(&node.name) {
                names.entry(&service.name).or_default().extend(service.tags.iter().map(String::as_str));
            }
        }
        Ok(Reply::json(&names, pretty))
    }))
}

pub(super) fn service(_: &Rc<Catalogue>, request: &Request) -> Answered {
    let name = request.rest.clone();
    if name.is_empty() {
        return Err(Refusal::bad("Missing service name"));
    }
    let tags: Vec<String> = request.values("tag").map(str::to_owned).collect();
    let (meta, pretty) = (request.node_meta(), request.has("pretty"));
    let filter = filter(request, Subject::CatalogService)?;
    Ok(Read::table(vec![Topic::service(&name)], move |store| {
        let datacenter = &store.identity().datacenter;
        let wanted = store
            .instances(&name)
            .filter(|instance| has_tags(instance, &tags) && has_meta(instance.node, &meta))
            .map(|instance| shapes::catalog_service(instance.node, instance.service, datacenter));
        list(wanted, filter.as_ref(), pretty)
    }))
}

pub(super) fn nodes(_: &Rc<Catalogue>, request: &Request) -> Answered {
    let (meta, pretty) = (request.node_meta(), request.has("pretty"));
    let filter = filter(request, Subject::Node)?;
    Ok(Read::table(vec![Topic::Nodes], move |store| {
        let datacenter = &store.identity().datacenter;
        let wanted = store.nodes().filter(|node| has_meta(node, &meta));
        list(wanted.map(|node| shapes::node(node, datacenter)), filter.as_ref(), pretty)
    }))
}

/// A node by its name, or by its UUID.
fn find<'a>(store: &'a Store, name: &str) -> Option<&'a Rc<Node>> {
    store.find_node(name).or_else(|| store.node_of_id(name))
}

pub(super) fn node(_: &Rc<Catalogue>, request: &Request) -> Answered {
    let (name, pretty) = (request.rest.clone(), request.has("pretty"));
    if name.is_empty() {
        return Err(Refusal::bad("Missing node name"));
    }
    let filter = filter(request, Subject::NodeService)?;
    Ok(Read::table(vec![Topic::node(&name)], move |store| {
        let Some(node) = find(store, &name) else { return Ok(Reply::json(&Value::Null, pretty)) };
        let mut services = Map::new();
        for service in store.services_on(&node.name) {
            let value = value(&shapes::service(service))?;
            if filter.as_ref().is_none_or(|filter| filter.matches(&value)) {
                services.insert(service.id.clone(), value);
            }
        }
        let node = shapes::node(node, &store.identity().datacenter);
        Ok(Reply::json(&json!({"Node": value(&node)?, "Services": services}), pretty))
    }))
}

pub(super) fn node_services(_: &Rc<Catalogue>, request: &Request) -> Answered {
    let (name, pretty) = (request.rest.clone(), request.has("pretty"));
    if name.is_empty() {
        return Err(Refusal::bad("Missing node name"));
    }
    let filter = filter(request, Subject::NodeService)?;
    Ok(Read::table(vec![Topic::node(&name)], move |store| {
        let Some(node) = find(store, &name) else {
            return Ok(Reply::json(&json!({"Node": null, "Services": null}), pretty));
        };
        let mut services = Vec::new();
        for service in store.services_on(&node.name) {
            let value = value(&shapes::service(service))?;
            if filter.as_ref().is_none_or(|filter| filter.matches(&value)) {
                services.push(value);
            }
        }
        let node = shapes::node(node, &store.identity().datacenter);
        Ok(Reply::json(&json!({"Node": value(&node)?, "Services": services}), pretty))
    }))
}

fn value(shape: &impl serde::Serialize) -> Result<Value, Refusal> {
    serde_json::to_value(shape).map_err(|error| Refusal::failed(error.to_string()))
}

pub(super) fn datacenters(catalogue: &Rc<Catalogue>, request: &Request) -> Answered {
    let datacenter = catalogue.read(|store| store.identity().datacenter.clone());
    Ok(Reply::json(&[datacenter], request.has("pretty")).into())
}

pub(super) fn register(catalogue: &Rc<Catalogue>, request: &Request) -> Answered {
    let datacenter = catalogue.read(|store| store.identity().datacenter.clone());
    let registration = registration::catalog(&request.body, &datacenter)?;
    catalogue.change(|store, now| store.catalog_register(now, registration))?;
    Ok(Reply::json(&true, request.has("pretty")).into())
}

pub(super) fn deregister(catalogue: &Rc<Catalogue>, request: &Request) -> Answered {
    let datacenter = catalogue.read(|store| store.identity().datacenter.clone());
    let (node, service, check) = registration::catalog_deregistration(&request.body, &datacenter)?;
    catalogue.change(|store, now| store.catalog_deregister(now, &node, &service, &check))?;
    Ok(Reply::json(&true, request.has("pretty")).into())
}

/// A node with all that is on it, as Consul's page reads it.
fn ui_shape(store: &Store, node: &Node) -> Result<Value, Refusal> {
    let services = store.services_on(&node.name).map(|service| value(&shapes::service(service)));
    let checks = store.checks_on(&node.name).map(|check| value(&shapes::check(check)));
    let services = services.map(|shape| Ok(null_if_empty(shape?, "Tags"))).collect::<Result<_, Refusal>>()?;
    let checks =
        checks.map(|shape| Ok(null_if_empty(shape?, "ServiceTags"))).collect::<Result<_, Refusal>>()?;
    let mut shape = value(&shapes::node(node, &store.identity().datacenter))?;
    if let Some(fields) = shape.as_object_mut() {
        fields.retain(|name, _| !matches!(name.as_str(), "Datacenter" | "CreateIndex" | "ModifyIndex"));
        fields.insert("Services".to_owned(), Value::Array(services));
        fields.insert("Checks".to_owned(), Value::Array(checks));
    }
    Ok(shape)
}

fn null_if_empty(mut shape: Value, name: &str) -> Value {
    if let Some(list) = shape.get_mut(name).filter(|list| list.as_array().is_some_and(Vec::is_empty)) {
        *list = Value::Null;
    }
    shape
}

pub(super) fn ui_nodes(_: &Rc<Catalogue>, request: &Request) -> Answered {
    let pretty = request.has("pretty");
    Ok(Read::plain(vec![Topic::Nodes, Topic::Services, Topic::Checks], move |store| {
        let shapes = store.nodes().map(|node| ui_shape(store, node)).collect::<Result<Vec<_>, _>>()?;
        Ok(Reply::json(&shapes, pretty))
    }))
}

pub(super) fn ui_node(_: &Rc<Catalogue>, request: &Request) -> Answered {
    let (name, pretty) = (request.rest.clone(), request.has("pretty"));
    if name.is_empty() {
        return Err(Refusal::bad("Missing node name"));
    }
    let topics = vec![Topic::node(&name), Topic::node_checks(&name)];
    Ok(Read::plain(topics, move |store| match find(store, &name) {
        Some(node) => Ok(Reply::json(&ui_shape(store, node)?, pretty)),
        None => Ok(Reply::status(hyper::StatusCode::NOT_FOUND)),
    }))
}
