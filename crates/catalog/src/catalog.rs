//! The one interface that everything above the back ends speaks to.

use crate::{
    Agent, Answer, Error, KeyValue, Node, NodeServices, Read, ServiceEntry, ServiceQuery, ServiceRecord,
};
use futures_util::future::LocalBoxFuture;
use gyropilot_model::{Service, Status};
use std::collections::BTreeMap;
use tokio::sync::watch;

/// An answer under way. Dropping it gives the request up and closes its
/// connection, so that a caller may set any deadline around it with
/// [`tokio::time::timeout`].
pub type Reply<'a, T> = LocalBoxFuture<'a, Result<T, Error>>;

/// A service catalogue.
///
/// Object safe and single-threaded: use it as `Rc<dyn Catalog>` inside a
/// [`tokio::task::LocalSet`]. Requests never wait for one another. Each has a
/// longest time of its own: writes and plain reads 10 s, a waiting read its
/// `wait`, a sixteenth of that, and 5 s.
///
/// Every method fails with [`Error`]; which variant is told there.
pub trait Catalog {
    /// Puts the service and its TTL check into the catalogue in one step, with
    /// `status` for a beginning. A registration of the same id is replaced, but
    /// its check keeps the status it has. The check's id is [`Service::check_id`].
    fn register<'a>(&'a self, service: &'a Service, status: Status) -> Reply<'a, ()>;

    /// Says how the service is whose check has this id: pushes a change, and
    /// starts its TTL anew. [`Status::Maintenance`] is told as critical.
    ///
    /// Fails with [`Error::is_unknown_id`] when the catalogue has forgotten it.
    fn update<'a>(&'a self, check_id: &'a str, status: Status, output: &'a str) -> Reply<'a, ()>;

    /// Takes the service with this id out. An id that is not there is done.
    fn deregister<'a>(&'a self, id: &'a str) -> Reply<'a, ()>;

    /// Takes the check with this id off its service. One that is not there is done.
    fn deregister_check<'a>(&'a self, check_id: &'a str) -> Reply<'a, ()>;

    /// What the agent holds under this id, `None` when nothing.
    fn registration<'a>(&'a self, id: &'a str) -> Reply<'a, Option<ServiceRecord>>;

    /// Counts how often the other side ended a connection that was open; the
    /// sign to look whether it has forgotten anything.
    fn losses(&self) -> watch::Receiver<u64>;

    /// The instances of a service. A name that nobody registered has none.
    fn instances<'a>(
        &'a self,
        query: &'a ServiceQuery,
        read: &'a Read,
    ) -> Reply<'a, Answer<Vec<ServiceEntry>>>;

    /// The names of all services, each with all tags of its instances.
    fn services<'a>(&'a self, read: &'a Read) -> Reply<'a, Answer<BTreeMap<String, Vec<String>>>>;

    /// All nodes, sorted from `near` where it is given.
    fn nodes<'a>(&'a self, near: Option<&'a str>, read: &'a Read) -> Reply<'a, Answer<Vec<Node>>>;

    /// The node of this name and what is registered on it; `None` when unknown.
    fn node<'a>(&'a self, name: &'a str, read: &'a Read) -> Reply<'a, Answer<Option<NodeServices>>>;

    /// The names of all datacentres. Cannot wait.
    fn datacenters(&self) -> Reply<'_, Answer<Vec<String>>>;

    /// The agent itself. Cannot wait.
    fn agent(&self) -> Reply<'_, Answer<Agent>>;

    /// One key. Missing keys are `None`, and waiting for them to appear works.
    /// Leading slashes do not belong to a key and are dropped, here and below.
    fn key<'a>(&'a self, key: &'a str, read: &'a Read) -> Reply<'a, Answer<Option<KeyValue>>>;

    /// All keys that begin with `prefix`, with their values, in key order.
    fn tree<'a>(&'a self, prefix: &'a str, read: &'a Read) -> Reply<'a, Answer<Vec<KeyValue>>>;

    /// The names of all keys that begin with `prefix`, in order. With a
    /// `separator`, whatever comes after the first one behind the prefix is
    /// left off, so that folders are named once.
    fn keys<'a>(
        &'a self,
        prefix: &'a str,
        separator: Option<char>,
        read: &'a Read,
    ) -> Reply<'a, Answer<Vec<String>>>;

    /// Writes a key.
    fn put<'a>(&'a self, key: &'a str, value: &'a [u8]) -> Reply<'a, ()>;

    /// Writes a key unless somebody else did since: only while its
    /// [`modify_index`](KeyValue::modify_index) is `index`, and with 0 only while
    /// there is no such key. Was it written?
    fn compare_and_set<'a>(&'a self, key: &'a str, value: &'a [u8], index: u64) -> Reply<'a, bool>;

    /// Removes a key. One that is not there is done.
    fn delete<'a>(&'a self, key: &'a str) -> Reply<'a, ()>;

    /// Removes all keys that begin with `prefix`; with an empty one, all there are.
    fn delete_tree<'a>(&'a self, prefix: &'a str) -> Reply<'a, ()>;
}
