//! What passes between the server and the pilot's loop.

use crate::EventLog;
use gyropilot_model::{Edge, Order, PilotStatus, Why};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;
use tokio::sync::{mpsc, oneshot};

/// Where the server hands over what it is asked.
#[derive(Clone)]
pub struct Desk {
    /// Takes what is asked. A full channel makes the askers wait; one that was
    /// closed tells them that the pilot ends.
    pub requests: mpsc::Sender<Asked>,
    /// What the askers of events read; they are served without the loop.
    pub events: EventLog,
    /// Is told each answer: the path of the request, or `other`, and the status.
    pub answered: Rc<dyn Fn(&'static str, u16)>,
}

/// Something that was asked, and by whom.
#[derive(Debug)]
pub struct Asked {
    /// The user id at the other end of the socket.
    pub uid: u32,
    /// What.
    pub request: Request,
}

/// What the loop is asked, each with the means to answer.
///
/// A request whose [`Reply`] is dropped is answered with "the pilot is ending".
#[derive(Debug)]
pub enum Request {
    /// Set these variables in the pilot's own environment, or take them away (`None`);
    /// answered when children started from now on will see it.
    Environ(BTreeMap<String, Option<String>>, Reply<()>),
    /// Take up these values for metrics, by name; answered when they count. Which
    /// names and values are of use, the loop decides.
    Metric(BTreeMap<String, Value>, Reply<()>),
    /// Do what an operator wants; answered when it was done, with words for people.
    Order(Order, Reply<Result<String, Refusal>>),
    /// How everything stands.
    Status(Reply<PilotStatus>),
    /// Why a job is in the state it is in; `None` when there is no such job.
    Why(String, Reply<Option<Why>>),
    /// What happens because of what.
    Graph(Reply<Vec<Edge>>),
    /// The configuration in force as JSON, without secrets; `None` when it holds what JSON has not.
    Plan(Reply<Option<Value>>),
}

/// The means to answer a request.
#[derive(Debug)]
pub struct Reply<T>(oneshot::Sender<T>);

/// Why an order was not carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The configuration has no job of that name.
    #[error("there is no job called {0}")]
    NoSuchJob(
        /// The name.
        String,
    ),
    /// It could not be done, or it went wrong; nothing has changed unless the words say so.
    #[error("{0}")]
    Refused(
        /// Why, for people; may be a report of several lines.
        String,
    ),
}

// === impl Desk ===

impl Desk {
    /// Hands over a request and waits for the answer; `None` when the pilot ends.
    pub(crate) async fn ask<T>(&self, uid: u32, request: impl FnOnce(Reply<T>) -> Request) -> Option<T> {
        let (reply, answer) = oneshot::channel();
        self.requests.send(Asked { uid, request: request(Reply(reply)) }).await.ok()?;
        answer.await.ok()
    }
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk").finish_non_exhaustive()
    }
}

// === impl Request ===

/// In words, without any value that may be a secret.
impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environ(variables, _) => named(f, "put-env", variables.keys()),
            Self::Metric(values, _) => named(f, "put-metric", values.keys()),
            Self::Order(order, _) => order.fmt(f),
            Self::Status(_) => f.write_str("status"),
            Self::Why(job, _) => write!(f, "why {job}"),
            Self::Graph(_) => f.write_str("graph"),
            Self::Plan(_) => f.write_str("plan"),
        }
    }
}

fn named<'n>(
    f: &mut fmt::Formatter<'_>,
    verb: &str,
    mut names: impl Iterator<Item = &'n String>,
) -> fmt::Result {
    f.write_str(verb)?;
    names.try_for_each(|name| write!(f, " {name}"))
}

// === impl Reply ===

impl<T> Reply<T> {
    /// Answers. Whoever asked may have gone; what was asked is done all the same.
    pub fn give(self, answer: T) {
        let _ = self.0.send(answer);
    }
}
