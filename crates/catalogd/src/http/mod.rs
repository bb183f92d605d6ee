//! Consul's HTTP API.
//!
//! A handler is a plain function from the catalogue and a request to an [`Answer`]; it
//! neither waits nor knows who else asks. Waiting for a change, telling how fresh an
//! answer is, sharing it with all who asked the same, and the connection itself
//! are the same for all of them, and stand in `serve` and `exchange`.

mod agent;
mod catalog;
mod decode;
mod event;
mod exchange;
mod health;
mod keys;
mod operator;
mod patience;
mod registration;
mod reply;
mod request;
mod routes;
mod serve;
mod session;
mod shapes;
#[cfg(test)]
mod tests;
mod transaction;

pub use exchange::Limits;
pub(crate) use exchange::{Doorkeeper, accept};
pub(crate) use reply::Reply;

use crate::catalogue::Catalogue;
use crate::filter::{Filter, Subject};
use crate::store::{Index, Refusal, Store, Topic};
use request::Request;
use std::rc::Rc;

/// What a handler answers.
pub(crate) enum Answer {
    /// This, now.
    Now(Reply),
    /// What is read, now or when it has changed.
    Read(Read),
}

/// A read that can wait for a change.
pub(crate) struct Read {
    /// What it depends on.
    topics: Vec<Topic>,
    /// What it is at, where that is not told by its topics.
    index: Option<IndexOf>,
    /// In place of an index: whether it still is what the reader knows.
    is_known: Option<IsKnown>,
    /// What its answers say of how fresh they are.
    freshness: Freshness,
    /// Makes the answer.
    answer: MakeReply,
}

/// What an answer says of how fresh it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Freshness {
    /// Its index, and no word of a leader.
    Index,
    /// Also whether there is a leader.
    Leader,
    /// Also how it was asked for.
    Table,
}

/// Tells the index of an answer.
type IndexOf = Box<dyn Fn(&Store) -> Index>;
/// Tells whether an answer would be what the reader knows.
type IsKnown = Box<dyn Fn(&Store) -> bool>;
/// Makes an answer.
type MakeReply = Box<dyn Fn(&Store) -> Result<Reply, Refusal>>;

/// Takes the catalogue and a request to an answer.
type Handler = fn(&Rc<Catalogue>, &Request) -> Result<Answer, Refusal>;

// === impl Read ===

impl Read {
    /// A read of the tables of nodes, services and checks.
    fn table(topics: Vec<Topic>, answer: impl Fn(&Store) -> Result<Reply, Refusal> + 'static) -> Answer {
        Answer::Read(Self {
            topics,
            index: None,
            is_known: None,
            freshness: Freshness::Table,
            answer: Box::new(answer),
        })
    }

    /// A read of anything else.
    fn plain(topics: Vec<Topic>, answer: impl Fn(&Store) -> Result<Reply, Refusal> + 'static) -> Answer {
        Answer::Read(Self {
            topics,
            index: None,
            is_known: None,
            freshness: Freshness::Leader,
            answer: Box::new(answer),
        })
    }
}

/// The filter of a request, if it has one.
fn filter(request: &Request, subject: Subject) -> Result<Option<Filter>, Refusal> {
    match request.value("filter") {
        "" => Ok(None),
        text => Filter::parse(text, subject).map(Some).map_err(|error| Refusal::failed(error.to_string())),
    }
}

impl From<Reply> for Answer {
    fn from(reply: Reply) -> Self {
        Self::Now(reply)
    }
}
