//! The embedded catalogue: a single node that speaks Consul's HTTP API and DNS.
//!
//! [`store`] is what it knows, a pure state machine; the rest brings requests to it and
//! answers back. Everything happens on one thread, in tasks of a `LocalSet`; only
//! [`journal`], which keeps what has to survive a crash, has one more to wait for the disk.

mod access;
mod catalogue;
mod data;
pub mod dns;
pub mod filter;
mod http;
pub mod journal;
mod looks;
pub mod page;
mod server;
pub mod store;
mod unique;
mod waiters;

pub use access::{Access, Right, TokensError, tokens};
pub use data::{DataError, Notice};
pub use http::Limits;
pub use server::{Server, ServerError, Settings};
pub use unique::uuid_of;
