//! What schedulers are told of a container with a pilot in it: files written from a
//! configuration, and files held against one.
//!
//! A [`Contract`] is what a configuration needs of whoever starts and stops the container. For each
//! [`Scheduler`], [`generate`] writes it down in the scheduler's own words, and [`check`] finds what a
//! file says against it.

mod check;
mod contract;
mod facts;
mod generate;
mod hcl;
mod node;
mod scheduler;
mod unit;
mod variables;
mod yaml;

pub use check::{Contradiction, Gravity, check, given};
pub use contract::{Contract, Port};
pub use generate::{Wishes, generate};
pub use node::Unreadable;
pub use scheduler::Scheduler;
pub use variables::{Variable, variables};
