//! `/v1/kv`.

use super::reply::Reply;
use super::request::Request;
use super::{Answer, Read, shapes};
use crate::catalogue::Catalogue;
use crate::store::{Deletion, Put, Refusal, Topic};
use hyper::{Method, StatusCode};
use std::rc::Rc;

type Answered = Result<Answer, Refusal>;

pub(super) fn key(catalogue: &Rc<Catalogue>, request: &Request) -> Answered {
    match request.method {
        Method::PUT => put(catalogue, request),
        Method::DELETE => delete(catalogue, request),
        _ => get(request),
    }
}

fn missing_name() -> Refusal {
    Refusal::bad("Missing key name")
}

fn get(request: &Request) -> Answered {
    let (key, pretty) = (request.rest.clone(), request.has("pretty"));
    if request.has("keys") {
        let separator = request.value("separator").to_owned();
        return Ok(Read::plain(vec![Topic::Prefix(key.clone())], move |store| {
            match store.key_names(&key, &separator) {
                // Of all keys there is always a list, even of none.
                names if names.is_empty() && !key.is_empty() => Ok(Reply::status(StatusCode::NOT_FOUND)),
                names => Ok(Reply::json(&names, pretty)),
            }
        }));
    }
    if request.has("recurse") {
        return Ok(Read::plain(vec![Topic::Prefix(key.clone())], move |store| {
            let entries: Vec<_> = store.keys_below(&key).map(|entry| shapes::entry(entry, true)).collect();
            match entries.is_empty() {
                true => Ok(Reply::status(StatusCode::NOT_FOUND)),
                false => Ok(Reply::json(&entries, pretty)),
            }
        }));
    }
    if key.is_empty() {
        return Err(missing_name());
    }
    let raw = request.has("raw");
    Ok(Read::plain(vec![Topic::Key(key.clone())], move |store| {
        let Some(entry) = store.key(&key) else { return Ok(Reply::status(StatusCode::NOT_FOUND)) };
        Ok(match raw {
            true => Reply::raw(entry.value.clone()),
            false => Reply::json(&[shapes::entry(entry, true)], pretty),
        })
    }))
}

/// Those of `names` that are there; more than one contradict each other.
fn only_one<'a>(request: &Request, names: &[&'a str]) -> Result<Option<&'a str>, Refusal> {
    let given: Vec<&str> = names.iter().copied().filter(|name| request.has(name)).collect();
    match given.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(*one)),
        _ => Err(Refusal::bad(format!("Conflicting flags: {}", request.sorted_query()))),
    }
}

fn put(catalogue: &Rc<Catalogue>, request: &Request) -> Answered {
    if request.rest.is_empty() {
        return Err(missing_name());
    }
    only_one(request, &["cas", "acquire", "release"])?;
    let number = |name| request.number(name).map_err(Refusal::failed);
    let text = |name| request.has(name).then(|| request.value(name).to_owned());
    let put = Put {
        key: request.rest.clone(),
        value: request.body.to_vec(),
        flags: number("flags")?.unwrap_or_default(),
        cas: number("cas")?,
        acquire: text("acquire"),
        release: text("release"),
    };
    let done = catalogue.change(|store, now| store.put_key(now, put))?;
    Ok(Reply::json(&done, request.has("pretty")).into())
}

fn delete(catalogue: &Rc<Catalogue>, request: &Request) -> Answered {
    only_one(request, &["recurse", "cas"])?;
    let deletion = match (request.has("recurse"), request.number("cas").map_err(Refusal::failed)?) {
        (true, _) => Deletion::Below,
        (false, Some(index)) => Deletion::Cas(index),
        (false, None) => Deletion::One,
    };
    if request.rest.is_empty() && deletion != Deletion::Below {
        return Err(missing_name());
    }
    let done = catalogue.change(|store, _| store.delete_key(&request.rest, deletion));
    Ok(Reply::json(&done, request.has("pretty")).into())
}
