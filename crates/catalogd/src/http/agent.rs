//! `/v1/agent`: what registers here, and what it says of itself.

use super::decode::Object;
use super::registration;
use super::reply::{JSON, Reply, TEXT_PLAIN};
use super::request::Request;
use super::{Answer, Freshness, Read, filter, shapes};
use crate::catalogue::Catalogue;
use crate::filter::{Filter, Subject};
use crate::store::{Instance, Refusal, SERF_HEALTH, SERVER_PORT, Status, Store, Topic};
use hyper::StatusCode;
use serde_json::{Map, Value, json};
use std::rc::Rc;

type Answered = Result<Answer, Refusal>;

pub(super) fn register_service(catalogue: &Rc<Catalogue>, request: &Request) -> Answered {
    let (service, checks) = registration::agent_service(&request.body)?;
    let replaces = request.has("replace-existing-checks");
    catalogue.change(|store, now| store.register_service(now, service, checks, replaces));
    Ok(Reply::done().into())
}

pub(super) fn deregister_service(catalogue: &Rc<Catalogue>, request: &Request) -> Answered {
    if request.rest.is_empty() {
        return Err(Refusal::failed("ServiceID missing"));
    }
    catalogue.change(|store, now| store.deregister_service(now, &request.rest));
    Ok(Reply::done().into())
}

pub(super) fn maintain_service(catalogue: &Rc<Catalogue>, request: &Request) -> Answered {
    if request.rest.is_empty() {
        return Err(Refusal::bad("Missing service ID"));
    }
    let on = enable(request)?;
    catalogue.change(|store, now| store.maintain_service(now, &request.rest, on, request.value("reason")))?;
    Ok(Reply::done().into())
}

pub(super) fn maintain_node(catalogue: &Rc<Catalogue>, request: &Request) -> Answered {
    let on = enable(request)?;
    catalogue.change(|store, now| store.maintain_node(now, on, request.value("reason")));
    Ok(Reply::done().into())
}

fn enable(request: &Request) -> Result<bool, Refusal> {
    match request.truth("enable") {
        Ok(Some(on)) => Ok(on),
        Ok(None) if !request.has("enable") => Err(Refusal::bad("Missing value for enable")),
        Ok(None) | Err(()) => {
            Err(Refusal::bad(format!("Invalid value for enable: {:?}", request.value("enable"))))
        }
    }
}

pub(super) fn register_check(catalogue: &Rc<Catalogue>, request: &Request) -> Answered {
    let spec = registration::agent_check(&request.body)?;
    catalogue.change(|store, now| store.register_check(now, spec))?;
    Ok(Reply::done().into())
}

pub(super) fn deregister_check(catalogue: &Rc<Catalogue>, request: &Request) -> Answered {
    if request.rest.is_empty() {
        return Err(Refusal::failed("CheckID missing"));
    }
    catalogue.change(|store, now| store.deregister_check(now, &request.rest));
    Ok(Reply::done().into())
}

pub(super) fn pass(catalogue: &Rc<Catalogue>, request: &Request) -> Answered {
    say(catalogue, &request.rest, Status::Passing, request.value("note"))
}

pub(super) fn warn(catalogue: &Rc<Catalogue>, request: &Request) -> Answered {
    say(catalogue, &request.rest, Status::Warning, request.value("note"))
}

pub(super) fn fail(catalogue: &Rc<Catalogue>, request: &Request) -> Answered {
    say(catalogue, &request.rest, Status::Critical, request.value("note"))
}

pub(super) fn update(catalogue: &Rc<Catalogue>, request: &Request) -> Answered {
    let mut body = Object::read(&request.body)?;
    let (status, output) = (body.text("Status")?, body.text("Output")?);
    body.finish()?;
    let Some(status) = Status::of(&status) else {
        return Err(Refusal::bad(format!("Invalid check status: '{status}'")));
    };
    say(catalogue, &request.rest, status, &output)
}

fn say(catalogue: &Rc<Catalogue>, id: &str, status: Status, output: &str) -> Answered {
    if id.is_empty() {
        return Err(Refusal::bad("Missing check ID"));
    }
    catalogue.change(|store, now| store.update_check(now, id, status, output))?;
    Ok(Reply::done().into())
}

/// Everything on the catalogue's own node is its agent's, but for what stands for the catalogue itself.
fn is_own(store: &Store, id: &str) -> bool {
    id != SERF_HEALTH
        && !(id == "consul"
            && store.service(&store.identity().node, id).is_some_and(|own| own.port == SERVER_PORT))
}

pub(super) fn services(catalogue: &Rc<Catalogue>, request: &Request) -> Answered {
    let filter = filter(request, Subject::AgentService)?;
    let services = catalogue.read(|store| {
        let own = store.services_on(&store.identity().node).filter(|service| is_own(store, &service.id));
        own.map(|service| Ok((service.id.clone(), serde_json::to_value(shapes::agent_service(service))?)))
            .collect::<Result<Map<String, Value>, serde_json::Error>>()
    });
    let mut services = services.map_err(|error| Refusal::failed(error.to_string()))?;
    if let Some(filter) = filter {
        services.retain(|_, service| filter.matches(service));
    }
    Ok(Reply::json(&services, request.has("pretty")).into())
}

pub(super) fn checks(catalogue: &Rc<Catalogue>, request: &Request) -> Answered {
    let filter = match request.value("filter") {
        "" => None,
        // Consul introduces the reason everywhere but here.
        text => Some(Filter::parse(text, Subject::Check).map_err(|error| Refusal::failed(error.reason()))?),
    };
    let checks = catalogue.read(|store| {
        let own = store.checks_on(&store.identity().node).filter(|check| check.id != SERF_HEALTH);
        own.map(|check| Ok((check.id.clone(), serde_json::to_value(shapes::agent_check(check))?)))
            .collect::<Result<Map<String, Value>, serde_json::Error>>()
    });
    let mut checks = checks.map_err(|error| Refusal::failed(error.to_string()))?;
    if let Some(filter) = filter {
        checks.retain(|_, check| filter.matches(check));
    }
    Ok(Reply::json(&checks, request.has("pretty")).into())
}

/// An instance, or what it has become once it is no longer what `hash` says.
pub(super) fn service(catalogue: &Rc<Catalogue>, request: &Request) -> Answered {
    let (id, pretty) = (request.rest.clone(), request.has("pretty"));
    let missing = format!("unknown service ID: {id}");
    let shown = move |store: &Store| {
        let node = &store.identity().node;
        let Some(service) = store.service(node, &id).filter(|_| is_own(store, &id)) else {
            return Err(Refusal::missing(missing.clone()));
        };
        let shape = shapes::hashed_agent_service(service);
        let hash = shape.content_hash().to_owned();
        Ok(Reply::json(&shape, pretty).with("x-consul-contenthash", &hash))
    };
    let asked = request.value("hash").to_owned();
    if asked.is_empty() {
        return Ok(catalogue.read(shown)?.into());
    }
    let node = catalogue.read(|store| store.identity().node.clone());
    let id = request.rest.clone();
    let is_known = move |store: &Store| {
        let service = store.service(&store.identity().node, &id);
        service.is_some_and(|service| shapes::hashed_agent_service(service).content_hash() == asked)
    };
    Ok(Answer::Read(Read {
        topics: vec![Topic::node(&node)],
        index: None,
        is_known: Some(Box::new(is_known)),
        freshness: Freshness::Leader,
        answer: Box::new(shown),
    }))
}

pub(super) fn health_of_id(catalogue: &Rc<Catalogue>, request: &Request) -> Answered {
    if request.rest.is_empty() {
        return Err(Refusal::failed("Bad request: Missing serviceID"));
    }
    let found = catalogue.read(|store| {
        let instance = store.instance(&store.identity().node, &request.rest)?;
        Some((health_word(&instance), agent_health(&instance)))
    });
    let Some((word, shape)) = found else {
        let shape = json!({"AggregatedStatus": "critical", "Service": null, "Checks": null});
        return Ok(nowhere(&format!("ServiceId {} not found", request.rest), &shape, JSON, request));
    };
    Ok(told(word, &shape, request))
}

pub(super) fn health_of_name(catalogue: &Rc<Catalogue>, request: &Request) -> Answered {
    if request.rest.is_empty() {
        return Err(Refusal::failed("Bad request: Missing service Name"));
    }
    let found: Vec<(&'static str, Value)> = catalogue.read(|store| {
        let own =
            store.instances(&request.rest).filter(|instance| instance.node.name == store.identity().node);
        own.map(|instance| (health_word(&instance), agent_health(&instance))).collect()
    });
    let rank = |word: &str| {
        ["passing", "warning", "critical", "maintenance"].iter().position(|known| *known == word)
    };
    let Some(worst) = found.iter().map(|(word, _)| *word).max_by_key(|word| rank(word)) else {
        let reason = format!("ServiceName {} Not Found", request.rest);
        return Ok(nowhere(&reason, &json!([]), TEXT_PLAIN, request));
    };
    let shapes: Vec<&Value> = found.iter().map(|(_, shape)| shape).collect();
    Ok(told(worst, &json!(shapes), request))
}

fn health_word(instance: &Instance<'_>) -> &'static str {
    let is_maintained = instance.checks.iter().any(|check| check.kind == "maintenance");
    if is_maintained { "maintenance" } else { instance.status().word() }
}

fn agent_health(instance: &Instance<'_>) -> Value {
    let checks: Vec<_> = instance
        .checks
        .iter()
        .filter(|check| check.id != SERF_HEALTH)
        .map(|check| shapes::agent_health_check(check))
        .collect();
    json!({
        "AggregatedStatus": health_word(instance),
        "Service": shapes::agent_service(instance.service),
        "Checks": checks,
    })
}

fn told(word: &str, shape: &Value, request: &Request) -> Answer {
    let status = match word {
        "passing" => StatusCode::OK,
        "warning" => StatusCode::TOO_MANY_REQUESTS,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    };
    let reply = match request.value("format") {
        "text" => Reply::text(status, word).of_type(TEXT_PLAIN),
        _ => Reply::json(shape, request.has("pretty")).with_status(status),
    };
    reply.with("x-consul-reason", word).into()
}

/// There is no such instance. Which type the words have differs by what was asked for, as with Consul.
fn nowhere(reason: &str, shape: &Value, type_of_text: &'static str, request: &Request) -> Answer {
    let reply = match request.value("format") {
        "text" => Reply::text(StatusCode::NOT_FOUND, reason).of_type(type_of_text),
        _ => Reply::json(shape, request.has("pretty")).with_status(StatusCode::NOT_FOUND),
    };
    reply.with("x-consul-reason", reason).into()
}
