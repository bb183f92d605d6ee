//! Service catalogues: registration, watches and key/value, reconciled.

mod catalog;
pub mod consul;
mod error;
mod read;
mod record;

pub use catalog::{Catalog, Reply};
pub use error::Error;
pub use read::{Answer, Meta, Read, ServiceQuery};
pub use record::{
    Agent, Check, KeyValue, Node, NodeServices, ServiceEntry, ServiceRecord, TaggedAddress, Weights,
};
