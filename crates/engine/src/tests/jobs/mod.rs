//! Plans of jobs.

mod health;
mod plans;
mod restarts;
mod services;
mod stopping;
mod triggers;
