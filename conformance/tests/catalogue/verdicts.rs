//! `crates/catalogd/goldens`: what a real Consul makes of expressions. The catalogue's own tests hold its filters
//! against it; this one holds it against Consul, or writes it anew.

use gyropilot_conformance::agent::Agent;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Set to write down what Consul answers, instead of comparing.
const RECORD_VARIABLE: &str = "GYROPILOT_RECORD";

#[test]
fn the_golden_verdicts_are_consuls() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let agent = Agent::start(folder.path());
    register(&agent);
    let goldens = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/catalogd/goldens"));
    let golden = std::fs::read_to_string(goldens.join("filters.txt")).expect("the golden can be read");
    let (recorded, entries) = record(&agent, &golden);
    if std::env::var_os(RECORD_VARIABLE).is_some() {
        let entries = serde_json::to_string_pretty(&entries).expect("it is JSON") + "\n";
        std::fs::write(goldens.join("filters.txt"), recorded).expect("the golden can be written");
        std::fs::write(goldens.join("entries.json"), entries).expect("the golden can be written");
        return;
    }
    let pairs = golden.lines().zip(recorded.lines()).enumerate();
    for (number, (golden, recorded)) in pairs {
        assert_eq!(recorded, golden, "line {}", number + 1);
    }
    assert_eq!(recorded.lines().count(), golden.lines().count());
}

/// Three instances that differ in what can be asked for.
fn register(agent: &Agent) {
    for service in [
        json!({"ID": "f-1", "Name": "ft", "Tags": ["blue", "red"], "Address": "10.6.0.1", "Port": 81,
            "Meta": {"version": "1", "a-b": "x y"}, "EnableTagOverride": true,
            "Check": {"TTL": "1000s", "Status": "passing", "Notes": "nö"}}),
        json!({"ID": "f-2", "Name": "ft", "Tags": ["green"], "Address": "10.6.0.2", "Port": 82,
            "Meta": {"version": "2"}, "Check": {"TTL": "1000s", "Status": "warning"}}),
        json!({"ID": "f-3", "Name": "ft", "Tags": [], "Port": 83, "Weights": {"Passing": 5, "Warning": 2}}),
    ] {
        let answer = agent.ask("PUT", "/v1/agent/service/register", &service.to_string());
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
}

/// The golden with what Consul says below each expression, and what it lists without one.
fn record(agent: &Agent, golden: &str) -> (String, Value) {
    let (mut path, mut recorded, mut entries) = ("", String::new(), json!({}));
    for line in golden.lines().filter(|line| !line.starts_with("    ")) {
        recorded += &format!("{line}\n");
        if let Some(next) = line.strip_prefix("=== ") {
            path = next;
            entries[path] = agent.json(path);
            continue;
        }
        let answer = agent.ask("GET", &format!("{path}?filter={}", super::filters::encoded(line)), "");
        if answer.status == 200 {
            let list: Value = serde_json::from_str(&answer.body).expect("the answer is JSON");
            recorded += &format!("    {}\n", names(&list).join(" "));
        } else {
            assert_eq!(answer.status, 500, "{line}");
            let lines = answer.body.lines();
            lines.for_each(|reason| recorded += &format!("    ! {reason}\n"));
        }
    }
    (recorded, entries)
}

/// What is in a list, by its names.
fn names(list: &Value) -> Vec<String> {
    let list = list.get("Services").unwrap_or(list);
    if let Some(named) = list.as_object() {
        return named.keys().cloned().collect();
    }
    let name = |entry: &Value| {
        let names =
            ["/Service/ID", "/CheckID", "/ServiceID", "/Node"].map(|name| entry.pointer(name).cloned());
        names.into_iter().flatten().next().and_then(|name| name.as_str().map(str::to_owned))
    };
    list.as_array().into_iter().flatten().filter_map(name).collect()
}
