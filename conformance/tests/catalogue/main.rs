//! What the embedded catalogue answers, request by request and in sequences,
//! held against a real Consul.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the bans keep the pilot's one reaper and one clock; a driver of processes has neither"
)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "everything here is a test, its helpers included"
)]

mod access;
mod agent;
mod allowed;
mod blocking;
mod catalog;
mod checks;
mod expiry;
mod filters;
mod health;
mod keys;
mod maintenance;
mod names;
mod protocol;
mod recipes;
mod refusals;
mod registration;
mod sessions;
mod transactions;
mod verdicts;

use gyropilot_conformance::agent::{Agent, Make};
use gyropilot_conformance::recorder::{Allowed, Scenario, compare, judge, play};
use std::path::{Path, PathBuf};

/// Names a folder where every answer is kept, for who wants to know what Consul says.
const TRANSCRIPTS_VARIABLE: &str = "GYROPILOT_TRANSCRIPTS";

/// Plays scenarios on two Consuls and on the embedded catalogue. Between the
/// Consuls nothing may differ: what the comparison leaves out is then all that
/// has to be left out. Between Consul and the catalogue differs what is allowed.
fn against_consul(family: &str, scenarios: &[Scenario], allowed: &[Allowed]) {
    compared(family, Make::start, scenarios, allowed);
}

/// The same with servers that are started in another way.
fn compared(family: &str, start: fn(Make, &Path) -> Agent, scenarios: &[Scenario], allowed: &[Allowed]) {
    let [one, other, ours] = std::thread::scope(|scope| {
        let players = [Make::Consul, Make::Consul, Make::Gyropilot].map(|make| {
            scope.spawn(move || {
                let folder = tempfile::tempdir().expect("a folder can be made");
                let agent = start(make, folder.path());
                play(agent.http(), scenarios)
            })
        });
        players.map(|player| player.join().expect("a player ends"))
    });
    if let Some(folder) = std::env::var_os(TRANSCRIPTS_VARIABLE).map(PathBuf::from) {
        for (whose, recording) in [("consul", &one), ("gyropilot", &ours)] {
            let path = folder.join(format!("{family}-{whose}.md"));
            std::fs::write(path, recording.to_string()).expect("it can be kept");
        }
    }
    let failures = one.failures();
    assert!(failures.is_empty(), "not even Consul does this:\n{}", failures.join("\n"));
    if let Err(differences) = judge(&compare(&one, &other), &[]) {
        panic!("Consul differs from itself:\n{differences}");
    }
    if let Err(differences) = judge(&compare(&one, &ours), allowed) {
        panic!("the catalogue (right) differs from Consul (left):\n{differences}");
    }
}
