//! `/v1/event`.

use super::reply::Reply;
use super::request::Request;
use super::{Answer, Read, shapes};
use crate::catalogue::Catalogue;
use crate::store::{Event, Refusal, Topic};
use std::rc::Rc;

pub(super) fn fire(catalogue: &Rc<Catalogue>, request: &Request) -> Result<Answer, Refusal> {
    if request.rest.is_empty() {
        return Err(Refusal::bad("Missing name"));
    }
    if request.has("tag") && !request.has("service") {
        return Err(Refusal::failed("Cannot provide tag filter without service filter"));
    }
    let event = Event {
        id: crate::unique::uuid().map_err(Refusal::failed)?,
        name: request.rest.clone(),
        payload: request.body.to_vec(),
        node_filter: request.value("node").to_owned(),
        service_filter: request.value("service").to_owned(),
        tag_filter: request.value("tag").to_owned(),
        time: 0,
    };
    let event = catalogue.change(|store, _| store.fire(event));
    // Who fires one does not learn its time, as with Consul.
    Ok(Reply::json(&shapes::event(&Event { time: 0, ..event }), request.has("pretty")).into())
}

pub(super) fn list(_: &Rc<Catalogue>, request: &Request) -> Result<Answer, Refusal> {
    let (name, pretty) = (request.value("name").to_owned(), request.has("pretty"));
    let of = name.clone();
    Ok(Answer::Read(Read {
        topics: vec![Topic::Events],
        index: Some(Box::new(move |store| store.events(&of).last().map_or(0, Event::index))),
        is_known: None,
        is_table: false,
        answer: Box::new(move |store| {
            Ok(Reply::json(&store.events(&name).map(shapes::event).collect::<Vec<_>>(), pretty))
        }),
    }))
}
