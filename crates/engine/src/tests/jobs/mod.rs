//! Plans of jobs.

mod health;
mod invariants;
mod orders;
mod plans;
mod readiness;
mod reload;
mod restarts;
mod services;
mod status;
mod stopping;
mod triggers;
mod watches;
