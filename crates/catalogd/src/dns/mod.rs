//! The catalogue as a name server: `web.service.consul` and its like, over UDP and TCP.
//!
//! [`answer`] and [`respond`] are pure; [`Zone`] is what they have to know. the rest is sockets. What is
//! answered is what Consul 1.8.7 answers, but where that breaks the rules of the DNS; `docs/catalogue.md` says where.

mod answer;
mod asked;
mod packet;
mod serve;
#[cfg(test)]
mod tests;
mod zone;

pub use answer::{Answer, answer};
pub use packet::{Transport, respond};
pub(crate) use serve::Sockets;
pub use zone::{Endpoint, Host, StoreZone, Zone};

/// Picks a number below the one it is given, which is at least 1.
pub type Shuffle<'s> = &'s mut dyn FnMut(usize) -> usize;
