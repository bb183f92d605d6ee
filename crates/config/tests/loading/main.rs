//! What a right file means.

#![allow(clippy::unwrap_used, clippy::panic, reason = "the helpers of a test may fail it")]

mod hooks;
mod jobs;

use gyropilot_config::{Document, Host, Loaded, Report, load};
use gyropilot_model::{Address, Plan};
use std::collections::BTreeMap;
use std::time::Duration;

fn env(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn try_load(text: &str, env: &BTreeMap<String, String>) -> Result<Loaded, Report> {
    let addresses = [("lo", "127.0.0.1"), ("eth0", "10.2.0.1"), ("eth1", "10.3.0.1")]
        .map(|(interface, ip)| Address { interface: interface.into(), ip: ip.parse().unwrap() });
    let document = Document { name: "pilot.json".into(), text: text.to_owned() };
    load(&document, &Host { hostname: "web-1", addresses: &addresses, env, elsewhere: false })
}

fn plan_with(text: &str, pairs: &[(&str, &str)]) -> Plan {
    match try_load(text, &env(pairs)) {
        Ok(loaded) => {
            assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
            loaded.plan
        }
        Err(report) => panic!("{report}"),
    }
}

fn plan(text: &str) -> Plan {
    plan_with(text, &[])
}

/// The configuration `inside` an object that names a Consul.
fn inside(inside: &str) -> Plan {
    plan(&format!("{{ \"consul\": \"localhost:8500\", {inside} }}"))
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
