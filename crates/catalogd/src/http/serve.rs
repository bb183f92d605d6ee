//! From a request to the reply: the route, who may, the handler, waiting.

use super::reply::{Extras, Reply};
use super::request::{Patience, Request};
use super::routes::{self, Route};
use super::{Answer, Freshness, Read};
use crate::access::Right;
use crate::catalogue::Catalogue;
use crate::data::Data;
use crate::store::Refusal;
use hyper::Method;
use std::rc::Rc;
use std::time::Duration;
use tokio::time::Instant;

/// Answers a request.
pub(super) async fn serve(catalogue: &Rc<Catalogue>, mut request: Request) -> (Rc<Reply>, Extras) {
    let plain = Extras { takes_gzip: request.takes_gzip, ..Extras::default() };
    let now = |reply: Reply| (Rc::new(reply), plain);
    let Some((route, rest)) = routes::find(&request.path) else {
        return now(Reply::nowhere());
    };
    request.rest = rest.to_owned();
    if request.method == Method::OPTIONS {
        return now(Reply::options(route.methods));
    }
    if !route.methods.contains(&request.method.as_str()) {
        return now(Reply::wrong_method(request.method.as_str(), route.methods));
    }
    let before = catalogue.data.as_ref().map(Data::changes);
    let answered = match answer(catalogue, route, &request) {
        Err(refusal) => Err(refusal),
        Ok(Answer::Now(reply)) => Ok(now(reply)),
        Ok(Answer::Read(read)) => wait_and_read(catalogue, route, &request, read).await,
    };
    let answered = answered.unwrap_or_else(|refusal| {
        let has_failed =
            request.method == Method::GET && matches!(refusal.status, 403 | 500) && route.tells_of_failure();
        (Rc::new(refusal.into()), Extras { has_failed, ..plain })
    });
    let Some(data) = &catalogue.data else { return answered };
    if request.method == Method::GET && request.has("stale") {
        return answered;
    }
    let has_changed = before != Some(data.changes());
    // What is told is so after a crash as well, be it one's own change or what one has read.
    match data.settled().await {
        Err(error) if request.method != Method::GET && (has_changed || !route.is_sign_of_life) => {
            now(Refusal::from(error).into())
        }
        Err(_) | Ok(()) => answered,
    }
}

fn answer(catalogue: &Rc<Catalogue>, route: &Route, request: &Request) -> Result<Answer, Refusal> {
    let right = if request.method == Method::GET { Right::Read } else { Right::Write };
    if !route.is_open {
        catalogue.access.check(right, request.token.as_deref())?;
    }
    if right == Right::Write && !route.is_sign_of_life {
        // Nothing is done that could not be kept.
        if let Some(error) = catalogue.data.as_ref().and_then(Data::failure) {
            return Err(error.into());
        }
    }
    for space in ["ns", "partition"] {
        if !matches!(request.value(space), "" | "default") {
            let what = if space == "ns" { "Namespaces are a" } else { "Partitions are a" };
            return Err(Refusal::bad(format!(
                "Bad request: Invalid query parameter: {space:?} - {what} Consul Enterprise feature"
            )));
        }
    }
    // A write that belongs elsewhere is not to happen here; a read says what else is wrong with it first.
    if request.method != Method::GET {
        here(catalogue, route, request)?;
    }
    match (route.handler)(catalogue, request)? {
        Answer::Now(reply) if request.method == Method::GET => {
            here(catalogue, route, request)?;
            Ok(Answer::Now(reply))
        }
        answer => Ok(answer),
    }
}

/// Only this datacentre can be asked; of an agent, no other ever is.
fn here(catalogue: &Rc<Catalogue>, route: &Route, request: &Request) -> Result<(), Refusal> {
    let asked = request.value("dc");
    let is_here = matches!(asked, "" | "*")
        || route.is_of_agent()
        || catalogue.read(|store| store.identity().datacenter == asked);
    if is_here { Ok(()) } else { Err(Refusal::failed("No path to datacenter")) }
}

async fn wait_and_read(
    catalogue: &Rc<Catalogue>,
    route: &Route,
    request: &Request,
    read: Read,
) -> Result<(Rc<Reply>, Extras), Refusal> {
    let patience = match read.is_known {
        Some(_) => Some(Patience { index: 0, wait: request.wait()? }),
        None => request.patience()?,
    };
    let consistency = request.consistency()?;
    here(catalogue, route, request)?;
    let index_of = |read: &Read| {
        catalogue.read(|store| match &read.index {
            Some(index) => index(store),
            None => store.mark(&read.topics).index,
        })
    };
    if let Some(patience) = patience {
        let waiting = catalogue.waiters.wait(&read.topics, request.peer);
        // A little longer than asked, by chance: those who asked at once do not all come back at once.
        let jitter = patience.wait.as_nanos() as f64 / 16.0 * fastrand::f64();
        let until = Instant::now() + patience.wait + Duration::from_nanos(jitter as u64);
        loop {
            let index = index_of(&read);
            // An index from the future is from another life of the catalogue, or from
            // another catalogue: who has it has to begin anew, and learns it at once.
            let is_strange =
                read.index.is_none() && patience.index > catalogue.read(crate::store::Store::index);
            let has_changed = match read.index {
                Some(_) => index != patience.index,
                None => index > patience.index,
            };
            let is_over = match &read.is_known {
                Some(is_known) => !catalogue.read(is_known),
                None => has_changed || is_strange,
            };
            if is_over {
                break;
            }
            if tokio::time::timeout_at(until, waiting.woken()).await.is_err() {
                break;
            }
        }
    }
    let extras = Extras {
        index: read.is_known.is_none().then(|| index_of(&read).max(1)),
        tells_leader: read.freshness != Freshness::Index,
        consistency: (read.freshness == Freshness::Table).then_some(consistency),
        has_failed: false,
        takes_gzip: request.takes_gzip,
    };
    let mark = catalogue.read(|store| store.mark(&read.topics));
    let question = request.question();
    if let Some(reply) = catalogue.answered(&question, mark) {
        return Ok((reply, extras));
    }
    let reply = Rc::new(catalogue.read(|store| (read.answer)(store))?);
    catalogue.keep_answer(question, mark, &reply);
    Ok((reply, extras))
}
