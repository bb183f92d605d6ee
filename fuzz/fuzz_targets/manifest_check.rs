//! Any text as a scheduler's file: refused with a line, or judged.
#![no_main]

use gyropilot_manifest::{Contract, Scheduler, check, given, variables};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, &str)| {
    let (whose, text) = input;
    let schedulers = [
        None,
        Some(Scheduler::Compose),
        Some(Scheduler::Swarm),
        Some(Scheduler::Kubernetes),
        Some(Scheduler::Nomad),
        Some(Scheduler::Marathon),
        Some(Scheduler::Systemd),
    ];
    let scheduler = schedulers[usize::from(whose) % schedulers.len()];
    let contract = Contract {
        name: "shop".to_owned(),
        ports: vec![],
        telemetry: Some(9090),
        can_be_asked: true,
        stop: std::time::Duration::from_secs(20),
        unbounded: None,
        drain: std::time::Duration::from_secs(5),
        variables: variables(text),
        values: Default::default(),
        socket: Some("/var/run/containerpilot.socket".into()),
        signals: Default::default(),
    };
    if let Err(error) = check(text, scheduler, None, &contract) {
        assert!(error.line >= 1);
    }
    let _ = given(text, scheduler);
});
