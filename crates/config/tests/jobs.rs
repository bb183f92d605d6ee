//! What a right file in the form of jobs means.

#![allow(clippy::unwrap_used, clippy::panic, reason = "the helpers of a test may fail it")]

use gyropilot_config::{Document, Host, Loaded, Report, exported_variables, load};
use gyropilot_model::{
    Address, Command, Compat, Control, ExitPolicy, Job, Jobs, LogFormat, LogOutput, Plan, Probe, Restart,
    RestartMode, Restarts, Signal, Status, StopPolicy, StopTimeout, Surroundings, Trigger, Weights, When,
};
use std::collections::BTreeMap;
use std::time::Duration;

fn env(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn try_load(text: &str, env: &BTreeMap<String, String>) -> Result<Loaded, Report> {
    let addresses = [("lo", "127.0.0.1"), ("eth0", "10.2.0.1"), ("eth1", "10.3.0.1")]
        .map(|(interface, ip)| Address { interface: interface.into(), ip: ip.parse().unwrap() });
    let document = Document { name: "pilot.json5".into(), text: text.to_owned() };
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

/// The configuration `inside` an object that names a Consul.
fn inside(inside: &str) -> Plan {
    plan_with(&format!("{{ consul: \"localhost:8500\", {inside} }}"), &[])
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn defaults() {
    let plan = plan_with("{ jobs: [ { name: 'app', exec: 'sleep 5' } ] }", &[]);
    assert_eq!(plan.catalog, None);
    assert_eq!(plan.stop_timeout, StopTimeout::After(seconds(5)));
    assert_eq!(plan.logging.format, LogFormat::Stamped);
    assert_eq!(plan.logging.output, LogOutput::Stdout);
    assert_eq!(plan.compat, Compat::default());
    assert!(plan.services.is_empty() && plan.telemetry.is_none() && plan.signals.is_empty());
    let Jobs { jobs, watches, control, exit, stop_budget, secrets } = plan.jobs().unwrap();
    assert!(watches.is_empty() && secrets.is_empty() && stop_budget.is_none());
    assert_eq!(*exit, ExitPolicy::All);
    let socket = "/var/run/containerpilot.socket".into();
    assert_eq!(*control, Control { socket, mode: 0o600, allow: Vec::new() });
    let expected = Job {
        name: "app".into(),
        main: false,
        exec: Some(Command::from_line("sleep 5").unwrap()),
        raw: false,
        when: When { trigger: Trigger::Startup, timeout: None },
        timeout: None,
        stop: StopPolicy { timeout: seconds(5), signal: Signal::Term, drain: Duration::ZERO },
        restart: Restart {
            attempts: Restarts::Limited(0),
            interval: None,
            delay: seconds(1),
            max_delay: seconds(30),
            mode: RestartMode::Fail,
        },
        health: None,
        ready: None,
        service: None,
        surroundings: Surroundings::default(),
    };
    assert_eq!(jobs[..], [expected]);
}

#[test]
fn a_service_in_full() {
    let plan = inside(
        r#"jobs: [ { name: "my-App", exec: "/bin/app", port: "80", tags: ["a", 1], interfaces: "eth1", initial_status: "warning",
             consul: { enableTagOverride: true, deregisterCriticalServiceAfter: "90m" },
             health: { exec: "/bin/check", interval: 5, ttl: 15, timeout: "500ms", logging: { raw: true } },
             meta: { version: 1.5 }, weights: { passing: 10, warning: 0 },
             tagged_addresses: { lan: { address: "10.0.0.1" }, wan: { address: "host.example", port: 443 } } } ]"#,
    );
    let [service] = &plan.services[..] else { panic!("one service expected") };
    assert_eq!((service.id.as_str(), service.check_id.as_str()), ("my-App-web-1", "service:my-App-web-1"));
    assert_eq!((service.address.to_string().as_str(), service.port), ("10.3.0.1", 80));
    assert_eq!((service.ttl, service.health.interval), (seconds(15), seconds(5)));
    assert_eq!(service.tags, ["a", "1"]);
    assert_eq!(service.initial_status, Some(Status::Warning));
    assert!(service.enable_tag_override);
    assert_eq!(service.deregister_critical_after.as_deref(), Some("90m"));
    assert_eq!(service.meta, env(&[("version", "1.5")]));
    assert_eq!(service.weights, Some(Weights { passing: 10, warning: 0 }));
    assert_eq!(service.tagged_addresses["lan"], ("10.0.0.1".to_owned(), 80));
    assert_eq!(service.tagged_addresses["wan"], ("host.example".to_owned(), 443));
    let job = &plan.jobs().unwrap().jobs[0];
    assert_eq!(job.service.as_deref(), Some("my-App-web-1"));
    assert_eq!(job.stop.drain, seconds(2));
    let health = job.health.as_ref().unwrap();
    assert_eq!(health.probe, Some(Probe::Exec(Command::from_line("/bin/check").unwrap())));
    assert_eq!((health.timeout, health.raw), (Duration::from_millis(500), true));
    assert_eq!(exported_variables(&plan), env(&[("CONTAINERPILOT_MY_APP_IP", "10.3.0.1")]));
}
