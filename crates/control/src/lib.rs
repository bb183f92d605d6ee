//! The control socket: what a running pilot can be asked and told.
//!
//! [`ControlServer`] takes HTTP/1.1 on a unix socket, decides who may use it, and hands what is wanted to the
//! pilot's loop as an [`Asked`]; the answer goes out when the loop has given it, which is after the thing was
//! done. [`EventLog`] remembers what happened last for those who follow along. [`Client`] is the other side.
//!
//! The paths below `/v3` and their answers are those of ContainerPilot 3.8.0; `docs/control.md` describes them
//! and our own below `/v1`.

mod access;
mod answer;
mod ask;
mod claim;
mod client;
mod desk;
mod event_log;
mod hang_up;
mod percent;
mod server;

pub use ask::{Ask, Misunderstood, understand};
pub use client::{Client, ClientError, EventLines};
pub use desk::{Asked, Desk, Refusal, Reply, Request};
pub use event_log::{EventLog, Follower};
pub use server::{BindError, ControlServer, Terms};
