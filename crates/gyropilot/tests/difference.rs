//! Nothing about a plan can be changed without a reload being told of it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot do its work should stop")]

use gyropilot_config::{Document, Host, load};
use gyropilot_engine::difference;
use gyropilot_model::{Address, Plan};
use serde_json::Value;

const JOBS: &str = r#"{
  consul: { address: "consul:8500", tls: { servername: "consul" } }, exit: "main", stopTimeout: 9, stopBudget: "1m",
  logging: { level: "debug", format: "json", output: "/var/log/pilot" },
  control: { socket: "/run/pilot", mode: "0660", allow: ["www"] },
  secrets: { DB: { file: "/run/db" } }, signals: { SIGHUP: "reload" }, compat: { stayIdle: true },
  telemetry: { port: 9090, metrics: [{ name: "a", help: "b", type: "gauge" }] },
  watches: [{ name: "db", tag: "rw", dc: "west", interval: 5 }, { name: "flag", key: "a/b", interval: 5 }],
  jobs: [
    { name: "web", main: true, exec: ["/bin/web", "-v"], logging: { raw: true }, timeout: "1h", stopTimeout: "7s",
      stopSignal: "SIGQUIT", drain: "3s", user: "www", group: "www", supplementaryGroups: ["a"],
      workingDirectory: "/srv", env: { A: "b", C: null }, rlimits: { nofile: { soft: 1, hard: 2 } },
      noNewPrivileges: true, dropCapabilities: ["NET_RAW"], secrets: ["DB"],
      restart: { attempts: 3, interval: "1m", delay: "2s", maxDelay: "9s", mode: "delay" },
      when: { all: [{ source: "db", once: "healthy" }, { source: "watch.flag", once: "healthy" }], timeout: "1m" },
      ready: { notify: true, timeout: "5s", watchdog: "6s" },
      port: 80, initialStatus: "warning", tags: ["t"], meta: { a: "b" }, weights: { passing: 2, warning: 1 },
      taggedAddresses: { wan: { address: "192.0.2.1", port: 80 } },
      consul: { enableTagOverride: true, deregisterCriticalServiceAfter: "90m" },
      health: { http: { url: "http://localhost/", method: "HEAD", headers: { A: "b" }, expect: [200], verify: false },
        interval: 5, ttl: 15, timeout: "3s", logging: { raw: true }, successThreshold: 2, failureThreshold: 3,
        startPeriod: "8s", jitter: "1s", warning: { status: [429], latency: "2s" },
        checkRestart: { limit: 4, grace: "5s", ignoreWarnings: true } } },
    { name: "db", exec: "/bin/db", when: { interval: "5s" }, ready: { log: "up" },
      health: { file: { path: "/run/up", maxAge: "1m" }, interval: 5 } },
    { name: "grpc", exec: "/bin/g", health: { grpc: { address: "a:1", service: "s" }, interval: 5 } },
  ],
}"#;

const HOOKS: &str = r#"{
  consul: "localhost:8500", preStart: "/bin/a", preStop: "/bin/b", postStop: "/bin/c",
  services: [{ name: "web", port: 80, poll: 5, ttl: 15, health: "/bin/check", timeout: "3s" }],
  backends: [{ name: "db", poll: 5, tag: "rw", onChange: "/bin/d", timeout: "3s" }],
  tasks: [{ name: "t", command: "/bin/e", frequency: "9s", timeout: "3s" }],
  coprocesses: [{ name: "c", command: "/bin/f", restarts: 3 }],
  telemetry: { sensors: [{ name: "a", help: "b", type: "gauge", poll: 5, check: "/bin/g" }] },
}"#;

fn plan(text: &str) -> Plan {
    let addresses = [Address { interface: "eth0".into(), ip: "10.2.0.1".parse().unwrap() }];
    let env = std::collections::BTreeMap::new();
    let host = Host { hostname: "host", addresses: &addresses, env: &env, elsewhere: false };
    let document = Document { name: "pilot.json5".into(), text: text.to_owned() };
    load(&document, &host).unwrap_or_else(|report| panic!("{report}")).plan
}

/// Every place of a value that holds no others.
fn leaves(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                leaves(member, &format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, item)| leaves(item, &format!("{at}/{i}"), found));
        }
        _ => found.push(at.to_owned()),
    }
}

/// Other values that might stand there.
fn others(value: &Value) -> Vec<Value> {
    match value {
        Value::Bool(yes) => vec![Value::from(!yes)],
        Value::Number(number) => vec![Value::from(number.as_u64().unwrap() + 1)],
        Value::String(text) => vec![
            Value::from(format!("{text}x")),
            // Words and addresses, of which one will be another than what stands there.
            Value::from("Warn"),
            Value::from("Text"),
            Value::from("Stdout"),
            Value::from("Any"),
            Value::from("Int"),
            Value::from("Fail"),
            Value::from("Https"),
            Value::from("Ignore"),
            Value::from("Counter"),
            Value::from("Passing"),
            Value::from("Stopped"),
            Value::from("10.9.9.9"),
            Value::from("10.9.9.9:9"),
        ],
        _ => Vec::new(),
    }
}

#[test]
fn every_change_is_told() {
    let mut changed = 0;
    for text in [JOBS, HOOKS] {
        let old = plan(text);
        let written = serde_json::to_value(&old).unwrap();
        let mut places = Vec::new();
        leaves(&written, "", &mut places);
        for place in places {
            for other in others(written.pointer(&place).unwrap()) {
                let mut edited = written.clone();
                *edited.pointer_mut(&place).unwrap() = other;
                let Ok(new) = serde_json::from_value::<Plan>(edited) else { continue };
                // These follow from the name of a job, which is told.
                let follows = ["/check_id", "/service"].iter().any(|end| place.ends_with(end))
                    || (place.starts_with("/services/") && place.ends_with("/name"));
                if new == old || follows {
                    continue;
                }
                changed += 1;
                assert!(!difference(&old, &new).is_empty(), "{place} can change without a word");
            }
        }
    }
    assert!(changed > 300, "only {changed} changes were tried");
}
