//! The engine under virtual time, against a world that does what it is told.

mod backends;
mod checks;
mod companions;
mod invariants;
mod jobs;
mod stopping;
mod world;
