//! Service catalogues: registration, watches and key/value, reconciled.
//!
//! [`Catalog`] is what a catalogue can do; [`consul::Consul`] does it by the
//! HTTP API of a Consul agent, [`simulated::Simulated`] in memory for tests. On top of it [`Registrar`] keeps a service
//! registered and [`Watcher`] follows a service or keys, each level-triggered: they compare
//! what is wanted with what is, and act on the difference until there is none.
//! [`Follower`] is the watcher's way of asking, for reads of any kind.

mod absence;
mod backoff;
mod catalog;
pub mod consul;
mod error;
mod follow;
mod read;
mod record;
mod registrar;
pub mod simulated;
mod spell;
mod watcher;

pub use catalog::{Catalog, Reply};
pub use error::Error;
pub use follow::Follower;
pub use read::{Answer, Meta, Read, ServiceQuery};
pub use record::{
    Agent, Check, KeyValue, Node, NodeServices, ServiceEntry, ServiceRecord, TaggedAddress, Weights,
};
pub use registrar::{Registrar, Unsettled};
pub use spell::Events;
pub use watcher::Watcher;
