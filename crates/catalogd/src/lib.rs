//! The embedded catalogue: a single node that speaks Consul's HTTP API and DNS.
//!
//! [`page`] is what a browser shows of a catalogue, this one or any Consul.

pub mod page;
