//! `/v1/event`.

use super::reply::Reply;
use super::request::Request;
use super::{Answer, Freshness, Read, shapes};
use crate::catalogue::Catalogue;
use crate::store::{Event, Refusal, Topic};
use std::rc::Rc;

/// How long an event may be, with its names, in bytes: as long as Consul carries it.
const MOST_BYTES: usize = 512;
/// What is added to what it says on the way.
const OVERHEAD: usize = 96;

pub(super) fn fire(catalogue: &Rc<Catalogue>, request: &Request) -> Result<Answer, Refusal> {
    if request.rest.is_empty() {
        return Err(Refusal::bad("Missing name"));
    }
    if request.has("tag") && !request.has("service") {
        return Err(Refusal::failed("Cannot provide tag filter without service filter"));
    }
    for name in ["node", "service", "tag"] {
        if let Err(error) = regex::Regex::new(request.value(name)) {
            return Err(Refusal::failed(format!("Invalid {name} filter: error parsing regexp: {error}")));
        }
    }
    let filters = ["node", "service", "tag"].map(|filter| request.value(filter).len());
    let length = OVERHEAD + 2 * request.rest.len() + request.body.len() + filters.iter().sum::<usize>();
    if length > MOST_BYTES {
        return Err(Refusal::failed(format!(
            "1 error occurred:\n\t* error broadcasting event to segment \"\": user event exceeds configured \
             limit of {MOST_BYTES} bytes before encoding\n\n"
        )));
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
        freshness: Freshness::Index,
        answer: Box::new(move |store| {
            Ok(Reply::json(&store.events(&name).map(shapes::event).collect::<Vec<_>>(), pretty))
        }),
    }))
}
