//! `/v1/health`: instances with their checks.

use super::reply::Reply;
use super::request::Request;
use super::{Answer, Read, filter, shapes};
use crate::catalogue::Catalogue;
use crate::filter::{Filter, Subject};
use crate::store::{Check, Instance, Node, Refusal, Status, Store, Topic};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

type Answered = Result<Answer, Refusal>;

/// Shapes in a list, less those that a filter does not let pass.
pub(super) fn list<T: Serialize>(
    shapes: impl Iterator<Item = T>,
    filter: Option<&Filter>,
    pretty: bool,
) -> Result<Reply, Refusal> {
    let Some(filter) = filter else {
        return Ok(Reply::json(&shapes.collect::<Vec<T>>(), pretty));
    };
    let mut kept: Vec<Value> = Vec::new();
    for shape in shapes {
        let value = serde_json::to_value(shape).map_err(|error| Refusal::failed(error.to_string()))?;
        if filter.matches(&value) {
            kept.push(value);
        }
    }
    Ok(Reply::json(&kept, pretty))
}

/// Whether a node has all these pairs.
pub(super) fn has_meta(node: &Node, pairs: &[(String, String)]) -> bool {
    pairs.iter().all(|(name, value)| node.meta.get(name) == Some(value))
}

pub(super) fn service(_: &Rc<Catalogue>, request: &Request) -> Answered {
    let name = request.rest.clone();
    if name.is_empty() {
        return Err(Refusal::bad("Missing service name"));
    }
    let tags: Vec<String> = request.values("tag").map(str::to_owned).collect();
    let only_passing = match (request.has("passing"), request.truth("passing")) {
        (false, _) => false,
        (true, Ok(passing)) => passing.unwrap_or(true),
        (true, Err(())) => return Err(Refusal::bad("Invalid value for ?passing")),
    };
    let (meta, pretty) = (request.node_meta(), request.has("pretty"));
    let filter = filter(request, Subject::Health)?;
    Ok(Read::table(vec![Topic::service(&name)], move |store| {
        let datacenter = &store.identity().datacenter;
        let wanted = store.instances(&name).filter(|instance| {
            has_tags(instance, &tags)
                && has_meta(instance.node, &meta)
                && (!only_passing || instance.status() == Status::Passing)
        });
        list(wanted.map(|instance| shapes::health(&instance, datacenter)), filter.as_ref(), pretty)
    }))
}

/// Consul compares the tags of the catalogue without regard to case.
pub(super) fn has_tags(instance: &Instance<'_>, tags: &[String]) -> bool {
    tags.iter().all(|tag| instance.service.tags.iter().any(|own| own.eq_ignore_ascii_case(tag)))
}

/// What is not part of this catalogue, as the mesh, has nobody in it.
pub(super) fn none(_: &Rc<Catalogue>, request: &Request) -> Answered {
    let pretty = request.has("pretty");
    Ok(Read::table(vec![Topic::service("")], move |_| Ok(Reply::json(&[(); 0], pretty))))
}

pub(super) fn checks(_: &Rc<Catalogue>, request: &Request) -> Answered {
    let name = request.rest.clone();
    if name.is_empty() {
        return Err(Refusal::bad("Missing service name"));
    }
    let (meta, pretty) = (request.node_meta(), request.has("pretty"));
    let filter = filter(request, Subject::Check)?;
    Ok(Read::table(vec![Topic::service(&name)], move |store| {
        let checks = store.checks_of(&name).into_iter().filter(|check| is_on(store, check, &meta));
        list(checks.map(|check| shapes::check(check)), filter.as_ref(), pretty)
    }))
}

pub(super) fn node(_: &Rc<Catalogue>, request: &Request) -> Answered {
    let name = request.rest.clone();
    if name.is_empty() {
        return Err(Refusal::bad("Missing node name"));
    }
    let pretty = request.has("pretty");
    let filter = filter(request, Subject::Check)?;
    Ok(Read::table(vec![Topic::node_checks(&name)], move |store| {
        let node = store.find_node(&name).map_or(name.as_str(), |node| &node.name);
        list(store.checks_on(node).map(|check| shapes::check(check)), filter.as_ref(), pretty)
    }))
}

pub(super) fn state(_: &Rc<Catalogue>, request: &Request) -> Answered {
    let state = request.rest.clone();
    if state.is_empty() {
        return Err(Refusal::bad("Missing check state"));
    }
    let (meta, pretty) = (request.node_meta(), request.has("pretty"));
    let filter = filter(request, Subject::Check)?;
    Ok(Read::table(vec![Topic::Checks], move |store| {
        let wanted = store
            .checks()
            .filter(|check| state == "any" || check.status.word() == state)
            .filter(|check| is_on(store, check, &meta));
        list(wanted.map(|check| shapes::check(check)), filter.as_ref(), pretty)
    }))
}

fn is_on(store: &Store, check: &Check, meta: &[(String, String)]) -> bool {
    meta.is_empty() || store.node(&check.node).is_some_and(|node| has_meta(node, meta))
}

/// The services with how many of their checks say what, for a page.
pub(super) fn summary(_: &Rc<Catalogue>, request: &Request) -> Answered {
    let pretty = request.has("pretty");
    Ok(Read::plain(vec![Topic::Services, Topic::Checks], move |store| {
        let names = store.service_names().map(|(name, _)| {
            let mut counts: BTreeMap<Status, usize> = BTreeMap::new();
            let (mut nodes, mut tags, mut instances) = (BTreeSet::new(), BTreeSet::new(), 0_usize);
            for instance in store.instances(name) {
                instances += 1;
                nodes.insert(instance.node.name.clone());
                tags.extend(instance.service.tags.iter().cloned());
                for check in &instance.checks {
                    *counts.entry(check.status).or_default() += 1;
                }
            }
            let count = |status| counts.get(&status).copied().unwrap_or_default();
            json!({
                "Name": name,
                "Tags": Some(tags).filter(|tags| !tags.is_empty()),
                "Nodes": nodes,
                "InstanceCount": instances,
                "ChecksPassing": count(Status::Passing),
                "ChecksWarning": count(Status::Warning),
                "ChecksCritical": count(Status::Critical),
                "ExternalSources": null,
                "GatewayConfig": {},
            })
        });
        Ok(Reply::json(&names.collect::<Vec<_>>(), pretty))
    }))
}
