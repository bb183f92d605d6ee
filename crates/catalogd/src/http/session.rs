//! `/v1/session`.

use super::decode::Object;
use super::reply::Reply;
use super::request::Request;
use super::{Answer, Read, shapes};
use crate::catalogue::Catalogue;
use crate::store::{Refusal, SessionSpec, Topic, check_identifier};
use serde_json::json;
use std::rc::Rc;

type Answered = Result<Answer, Refusal>;

pub(super) fn create(catalogue: &Rc<Catalogue>, request: &Request) -> Answered {
    let mut body = Object::read_or_empty(&request.body)?;
    // An empty list says that the session depends on no check; none at all, on the node's own.
    let node_checks = match (body.has("NodeChecks"), body.has("Checks")) {
        (true, _) => Some(body.texts("NodeChecks")?),
        (false, true) => Some(body.texts("Checks")?),
        (false, false) => None,
    };
    body.ignore(&["Checks"]);
    let mut service_checks = Vec::new();
    for mut check in body.objects("ServiceChecks")? {
        service_checks.push((check.text("ID")?, check.text("Namespace")?));
        check.finish()?;
    }
    let spec = SessionSpec {
        id: crate::unique::uuid().map_err(Refusal::failed)?,
        name: body.text("Name")?,
        node: body.text("Node")?,
        lock_delay: lock_delay(&mut body)?,
        behavior: body.text("Behavior")?,
        ttl: body.text("TTL")?,
        node_checks,
        service_checks,
    };
    // Of a session, Consul takes what it knows and lets the rest be.
    let id = catalogue.change(|store, now| store.create_session(now, spec))?;
    Ok(Reply::json(&json!({"ID": id}), request.has("pretty")).into())
}

/// A number below a thousand is one of seconds, as Consul has it for clients of old.
fn lock_delay(body: &mut Object) -> Result<Option<std::time::Duration>, Refusal> {
    let delay = body.duration("LockDelay")?;
    Ok(delay.map(|delay| match delay.as_nanos() {
        seconds @ 1..1000 => std::time::Duration::from_secs(u64::try_from(seconds).unwrap_or_default()),
        _ => delay,
    }))
}

pub(super) fn destroy(catalogue: &Rc<Catalogue>, request: &Request) -> Answered {
    named(request)?;
    check_identifier(&request.rest)?;
    catalogue.change(|store, now| store.destroy_session(now, &request.rest));
    Ok(Reply::json(&true, request.has("pretty")).into())
}

pub(super) fn renew(catalogue: &Rc<Catalogue>, request: &Request) -> Answered {
    named(request)?;
    check_identifier(&request.rest)?;
    catalogue.change(|store, now| match store.renew_session(now, &request.rest) {
        Some(session) => Ok(Reply::json(&[shapes::session(session)], request.has("pretty")).into()),
        None => Err(Refusal::missing(format!("Session id '{}' not found", request.rest))),
    })
}

/// Some session has to be named.
fn named(request: &Request) -> Result<(), Refusal> {
    if request.rest.is_empty() { Err(Refusal::bad("Missing session")) } else { Ok(()) }
}

pub(super) fn info(_: &Rc<Catalogue>, request: &Request) -> Answered {
    named(request)?;
    let (id, pretty) = (request.rest.clone(), request.has("pretty"));
    Ok(Read::plain(vec![Topic::Sessions], move |store| {
        check_identifier(&id)?;
        let found: Vec<_> = store.session(&id).map(|session| shapes::session(session)).into_iter().collect();
        Ok(Reply::json(&found, pretty))
    }))
}

pub(super) fn list(_: &Rc<Catalogue>, request: &Request) -> Answered {
    let pretty = request.has("pretty");
    Ok(Read::plain(vec![Topic::Sessions], move |store| {
        let all: Vec<_> = store.sessions().map(|session| shapes::session(session)).collect();
        Ok(Reply::json(&all, pretty))
    }))
}

pub(super) fn of_node(_: &Rc<Catalogue>, request: &Request) -> Answered {
    let (node, pretty) = (request.rest.clone(), request.has("pretty"));
    if node.is_empty() {
        return Err(Refusal::bad("Missing node name"));
    }
    Ok(Read::plain(vec![Topic::Sessions], move |store| {
        let own = store.sessions().filter(|session| session.node == node);
        Ok(Reply::json(&own.map(|session| shapes::session(session)).collect::<Vec<_>>(), pretty))
    }))
}
