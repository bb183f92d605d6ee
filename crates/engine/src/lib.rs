//! The pilot's brain.
//!
//! [`Engine::step`] takes what happened and the moment it happened, and gives
//! back what is to be done. It reads no clock, does no I/O and never waits, so
//! a run is the list of its inputs: replaying them gives the same actions.
//!
//! Decisions are level-triggered. Each part holds what is wanted and what is
//! so, and [`Engine::step`] ends by bringing the second towards the first; a
//! timer is merely the moment at which that is worth trying again
//! ([`Engine::deadline`]).

mod action;
mod backoff;
mod bounds;
mod check;
mod difference;
mod engine;
mod environment;
mod hooks;
mod input;
mod jobs;
mod process;
mod restart;

#[cfg(test)]
mod tests;

pub use action::{Action, Stdio};
pub use difference::{Change, Difference, Fate, FieldChange, difference};
pub use engine::{Engine, Options, graph};
pub use input::Input;
pub use process::ProcessId;
