//! Faults that no other page has: Consul's are in `consul_agent`, orphans in
//! `pid_1`, the storm of reloads in `reload`, missing programs and `kill -9` in
//! `lifecycle`, an unwritable target in `consul_template`.

use crate::{id, scene, seconds};
use gyropilot_conformance::process::alive;
use gyropilot_conformance::target::fixed;
use gyropilot_conformance::wait::{SOON, wait_until};
use serde_json::json;

const HUNDRED_MB: usize = 100_000_000;

#[test]
fn a_health_check_that_never_ends_holds_up_nothing() {
    let scene = scene();
    let stuck = json!({"port": 1, "health": scene.probe(&["note=stuck", "ignore=TERM", "forever"])});
    let services = json!([
        scene.service("stuck", &stuck),
        scene.service("web", &json!({"health": scene.probe(&["note=check"])}))
    ]);
    let config = json!({"services": services,
        "tasks": [{"name": "t", "command": scene.probe(&["note=task"]), "frequency": "300ms"}]});
    let pilot = scene.launch(&config).app(scene.probe_line(&["note=up", "await=TERM", "exit=3"])).start();
    let stuck = scene.await_event(SOON, "stuck").pid;
    scene.await_events(SOON, "check", 3);
    scene.await_events(SOON, "task", 3);
    assert_eq!(scene.events_like("stuck").len(), 1);
    assert_ne!(scene.consul.status(&id("stuck")).as_deref(), Some("passing"));
    fixed("Q-14", || {
        pilot.stop().assert_status(3);
        wait_until(seconds(2), "the check to be gone", || (!alive(stuck)).then_some(()));
    });
}

#[test]
fn one_line_of_100_mb_from_a_coprocess_is_passed_on() {
    fixed("Q-03", || {
        let scene = scene();
        let flood = scene.probe(&["note=begin", &format!("flood={HUNDRED_MB}"), "note=written"]);
        let services = json!([scene.service("web", &json!({"health": scene.probe(&["note=check"])}))]);
        let config = json!({"services": services, "coprocesses": [{"name": "c", "command": flood}]});
        let pilot = scene.launch(&config).app(scene.probe_line(&["await=TERM", "exit=3"])).start();
        scene.await_event(SOON, "begin");
        scene.await_event(SOON * 4, "written");
        // In pieces or whole, but all of it, and never all of it in memory.
        let out = scene.path("stdout.0");
        wait_until(SOON, "all of it", || {
            (std::fs::metadata(&out).is_ok_and(|it| it.len() >= HUNDRED_MB as u64)).then_some(())
        });
        let status = std::fs::read_to_string(format!("/proc/{}/status", pilot.pid())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        let kilobytes: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
        assert!(kilobytes < 50_000, "it kept {kilobytes} kB in memory");
        let checks = scene.events_like("check").len();
        scene.await_events(SOON, "check", checks + 2);
        pilot.stop().assert_status(3);
    });
}

#[test]
fn one_line_of_100_mb_from_the_application_is_passed_on() {
    let scene = scene();
    let app = scene.probe_line(&[&format!("flood={HUNDRED_MB}"), "exit=3"]);
    let mut launched = scene.launch(&json!({})).app(app).start();
    wait_until(SOON * 4, "the end", || (!launched.is_running()).then_some(()));
    assert!(std::fs::metadata(scene.path("stdout.0")).unwrap().len() >= HUNDRED_MB as u64);
    launched.end(SOON).assert_status(3);
}

#[test]
fn a_task_that_starts_a_daemon_is_done_when_it_ends() {
    let scene = scene();
    let command = scene.probe(&["note=task", "child=note=daemon,forever", "exit=0"]);
    let config =
        json!({"tasks": [{"name": "t", "command": command, "frequency": "300ms", "timeout": "60s"}]});
    let _pilot = scene.launch(&config).app(scene.probe_line(&["forever"])).start();
    scene.await_events(SOON, "task", 3);
}

#[test]
fn a_hundred_services_are_registered_and_withdrawn() {
    let scene = scene();
    let names: Vec<String> = (0..100).map(|n| format!("web{n}")).collect();
    let services: Vec<_> = names.iter().map(|name| scene.service(name, &json!({"health": "true"}))).collect();
    let pilot =
        scene.launch(&json!({"services": services})).app(scene.probe_line(&["await=TERM", "exit=3"])).start();
    scene.consul.wait_for(SOON * 2, "a hundred passing services", |state| {
        let passing = |name: &String| state.registered(&id(name)).is_some_and(|it| it.status == "passing");
        names.iter().all(passing).then_some(())
    });
    pilot.stop().assert_status(3);
    scene.consul.wait_for(seconds(1), "none left", |state| state.ids().is_empty().then_some(()));
}

/// A child that always has more to say, and an output that always takes it.
#[test]
fn a_flood_makes_nobody_deaf() {
    let scene = scene();
    let config = json!({"coprocesses": [{"name": "flood", "command": ["yes"]}],
        "tasks": [{"name": "t", "command": scene.probe(&["note=task"]), "frequency": "200ms"}]});
    let app = scene.probe_line(&["note=up", "await=TERM", "exit=3"]);
    let pilot = scene.launch(&config).without_output().app(app).start();
    scene.await_events(SOON, "task", 3);
    pilot.stop().assert_status(3);
}
