//! Plays the same requests on a real Consul and on another catalogue, and
//! compares what they answer.
//!
//! A [`Scenario`] is data: a list of [`Step`]s. [`play`] sends them to a server
//! and keeps the answers, [`compare`] reads two recordings as trees and finds
//! where they differ, [`judge`] holds what it found against a list of [`Allowed`]
//! differences, each with its reason.
//!
//! What two servers can never have in common is compared by its relations. An
//! index stands for its place in the order of all indexes of its scenario, an
//! identifier for the places where it appears: whoever gives one value where the
//! other gives two, or lets an index go back, is found out, whatever the numbers.

mod compare;
mod judge;
mod play;
mod relation;
mod step;
#[cfg(test)]
mod tests;
mod tree;

pub use compare::{Finding, compare};
pub use judge::{Allowed, judge};
pub use play::{Recording, play};
pub use step::{Body, Scenario, Step, ask, delete, get, put, scenario};
