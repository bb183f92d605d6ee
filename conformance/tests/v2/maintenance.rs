//! Section 1.14: SIGUSR1 toggles maintenance.

use crate::{id, scene, seconds};
use gyropilot_conformance::double::Instance;
use gyropilot_conformance::launch::Pilot;
use gyropilot_conformance::scene::Scene;
use gyropilot_conformance::wait::SOON;
use nix::sys::signal::Signal;
use serde_json::{Value, json};

#[track_caller]
fn up(scene: &Scene, rest: Value) -> Pilot {
    let mut config = rest;
    config["services"] = json!([scene.service("web", &json!({"health": scene.probe(&["note=check"])}))]);
    let pilot = scene.launch(&config).app(scene.probe_line(&["note=up", "await=TERM", "exit=3"])).start();
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
    pilot
}

#[test]
fn the_service_leaves_and_comes_back() {
    let scene = scene();
    let pilot = up(&scene, json!({}));
    pilot.signal(Signal::SIGUSR1);
    scene.consul.wait_for_status(seconds(3), &id("web"), None);
    pilot.signal(Signal::SIGUSR1);
    scene.consul.wait_for_status(seconds(4), &id("web"), Some("passing"));
    assert_eq!(scene.events_like("up").len(), 1, "the application keeps running");
    pilot.stop().assert_status(3);
}

#[test]
fn telemetry_leaves_too() {
    let scene = scene();
    let telemetry = json!({"port": crate::free_port(), "interfaces": ["lo"]});
    let pilot = up(&scene, json!({"telemetry": telemetry}));
    scene.consul.wait_for_status(SOON, &id("containerpilot"), Some("passing"));
    pilot.signal(Signal::SIGUSR1);
    scene.consul.wait_for_status(seconds(3), &id("containerpilot"), None);
}

#[test]
fn tasks_and_backends_pause() {
    let scene = scene();
    let config = json!({
        "tasks": [{"name": "t", "command": scene.probe(&["note=task"]), "frequency": "100ms"}],
        "backends": [{"name": "sales", "poll": 1, "onChange": scene.probe(&["note=change"])}],
    });
    let pilot = up(&scene, config);
    scene.await_event(SOON, "task");
    pilot.signal(Signal::SIGUSR1);
    scene.consul.wait_for_status(seconds(3), &id("web"), None);
    let (tasks, checks) = (scene.events_like("task").len(), scene.events_like("check").len());
    scene.consul.set_instances("sales", &[Instance::new("sales-1", "192.0.2.11", 8001)]);
    // Another pilot is the clock: what this one was to do, it would have done by now.
    let other = crate::scene();
    let _clock = up(&other, json!({}));
    other.await_events(SOON, "check", 3);
    assert!(scene.events_like("task").len() <= tasks + 1, "at most the one that was under way");
    assert!(scene.events_like("check").len() <= checks + 1);
    assert!(!scene.has("change"));
    pilot.signal(Signal::SIGUSR1);
    scene.await_events(SOON, "task", tasks + 3);
    scene.await_event(SOON, "change");
}

#[test]
fn a_reload_does_not_end_it() {
    let scene = scene();
    let pilot = up(&scene, json!({}));
    pilot.signal(Signal::SIGUSR1);
    scene.consul.wait_for_status(seconds(3), &id("web"), None);
    let before = scene.consul.requests_where(|request| request.path.ends_with("/service/register")).len();
    pilot.signal(Signal::SIGHUP);
    let other = crate::scene();
    let _clock = up(&other, json!({}));
    other.await_events(SOON, "check", 3);
    let after = scene.consul.requests_where(|request| request.path.ends_with("/service/register")).len();
    assert_eq!(before, after);
    pilot.signal(Signal::SIGUSR1);
    scene.consul.wait_for_status(seconds(4), &id("web"), Some("passing"));
}

#[test]
fn a_stop_during_it_is_a_stop() {
    let scene = scene();
    let pilot = up(&scene, json!({"preStop": scene.probe(&["note=preStop"])}));
    pilot.signal(Signal::SIGUSR1);
    scene.consul.wait_for_status(seconds(3), &id("web"), None);
    pilot.stop().assert_status(3);
    assert!(scene.has("preStop"));
    assert_eq!(scene.consul.status(&id("web")), None);
}
