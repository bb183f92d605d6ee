//! Section 1.10: what runs beside the application.

use crate::{milliseconds, scene, seconds};
use gyropilot_conformance::launch::Pilot;
use gyropilot_conformance::process::alive;
use gyropilot_conformance::scene::Scene;
use gyropilot_conformance::target::fixed;
use gyropilot_conformance::wait::{SOON, wait_until};
use nix::sys::signal::Signal;
use serde_json::{Value, json};

fn run(scene: &Scene, coprocess: &Value) -> Pilot {
    run_with(scene, coprocess, &json!({}))
}

fn run_with(scene: &Scene, coprocess: &Value, compat: &Value) -> Pilot {
    let clock = json!({"name": "clock", "command": scene.probe(&["note=tick"]), "frequency": "500ms"});
    let mut config = json!({"coprocesses": [coprocess], "tasks": [clock]});
    if compat != &json!({}) {
        config["compat"] = compat.clone();
    }
    scene.launch(&config).app(scene.probe_line(&["note=up", "forever"])).start()
}

#[test]
fn it_starts_beside_the_application() {
    let scene = scene();
    let _pilot = run(&scene, &json!({"name": "c", "command": scene.probe(&["note=co", "forever"])}));
    scene.await_event(SOON, "co");
    scene.await_event(SOON, "up");
}

#[test]
fn it_starts_after_pre_start() {
    let scene = scene();
    let config = json!({
        "preStart": scene.probe(&["note=hook", &format!("until={}", scene.at("gate")), "note=done"]),
        "coprocesses": [{"name": "c", "command": scene.probe(&["note=co", "forever"])}],
    });
    let _pilot = scene.launch(&config).app(scene.probe_line(&["forever"])).start();
    scene.await_event(SOON, "hook");
    scene.file("gate", "");
    let done = scene.await_event(SOON, "done").at;
    assert!(scene.await_event(SOON, "co").at > done);
}

#[test]
fn without_restarts_it_runs_once() {
    let scene = scene();
    let _pilot = run(&scene, &json!({"name": "c", "command": scene.probe(&["note=co"])}));
    scene.await_event(SOON, "co");
    scene.await_events(SOON, "tick", 5);
    assert_eq!(scene.events_like("co").len(), 1);
}

#[test]
fn two_restarts_are_three_runs() {
    let scene = scene();
    let _pilot = run_with(
        &scene,
        &json!({"name": "c", "command": scene.probe(&["note=co"]), "restarts": 2}),
        &json!({"immediateRestarts": true}),
    );
    scene.await_events(SOON, "co", 3);
    let ticks = scene.events_like("tick").len();
    scene.await_events(SOON, "tick", ticks + 3);
    assert_eq!(scene.events_like("co").len(), 3);
}

#[test]
fn its_loss_stops_nothing() {
    let scene = scene();
    let mut pilot = run(&scene, &json!({"name": "c", "command": scene.probe(&["note=co", "exit=1"])}));
    scene.await_event(SOON, "co");
    scene.await_events(SOON, "tick", 3);
    assert!(pilot.is_running());
}

#[test]
fn q_22_restarts_wait_one_second_and_then_twice_as_long() {
    fixed("Q-22", || {
        let scene = scene();
        let command = scene.probe(&["note=co", "exit=1"]);
        let _pilot = run(&scene, &json!({"name": "c", "command": command, "restarts": "unlimited"}));
        let runs = scene.await_events(SOON, "co", 4);
        let waits: Vec<f64> = runs.windows(2).map(|pair| (pair[1].at - pair[0].at).as_secs_f64()).collect();
        // 1, 2 and 4 s, each with its jitter; a busy machine may add to it.
        for (wait, nominal) in waits.iter().zip([1.0, 2.0, 4.0]) {
            assert!(*wait > nominal * 0.45 && *wait < nominal * 1.6 + 0.5, "{waits:?}");
        }
    });
}

#[test]
fn q_22_the_switch_restarts_without_delay() {
    fixed("Q-22", || {
        let scene = scene();
        let command = scene.probe(&["note=co", "exit=1"]);
        let coprocess = json!({"name": "c", "command": command, "restarts": "unlimited"});
        let _pilot = run_with(&scene, &coprocess, &json!({"immediateRestarts": true}));
        let runs = scene.await_events(seconds(8), "co", 20);
        assert!(runs[19].at - runs[0].at < seconds(6));
    });
}

#[test]
fn one_that_was_killed_is_started_again() {
    let scene = scene();
    let command = scene.probe(&["note=co", "forever"]);
    let _pilot = run(&scene, &json!({"name": "c", "command": command, "restarts": "unlimited"}));
    let first = scene.await_event(SOON, "co");
    gyropilot_conformance::process::signal(first.pid, Signal::SIGKILL);
    let second = scene.await_events(SOON, "co", 2).remove(1);
    assert_ne!(first.pid, second.pid);
}

#[test]
fn one_that_cannot_be_started_stops_nothing() {
    let scene = scene();
    let mut pilot = run(&scene, &json!({"name": "c", "command": "/no/such/coprocess", "restarts": 1}));
    pilot.await_phrase(SOON, "/no/such/coprocess");
    scene.await_events(SOON, "tick", 3);
    assert!(pilot.is_running());
}

#[test]
fn none_outlives_the_pilot() {
    fixed("coprocess-stop", || {
        let scene = scene();
        let command = scene.probe(&["note=co", "ignore=TERM", "child=note=grandchild,forever", "forever"]);
        let pilot = run(&scene, &json!({"name": "c", "command": command, "restarts": "unlimited"}));
        let leader = scene.await_event(SOON, "co");
        let grandchild = scene.await_event(SOON, "grandchild");
        pilot.stop().assert_status(143);
        wait_until(seconds(2), "the coprocess to be gone", || {
            (!alive(leader.pid) && !alive(grandchild.pid)).then_some(())
        });
        scene.await_silence(milliseconds(500));
    });
}

#[test]
fn none_outlives_the_end_of_the_application() {
    fixed("coprocess-stop", || {
        let scene = scene();
        let config = json!({"coprocesses": [{"name": "c", "command": scene.probe(&["note=co", "forever"])}]});
        let app = scene.probe_line(&[&format!("until={}", scene.at("end"))]);
        let pilot = scene.launch(&config).app(app).start();
        scene.await_event(SOON, "co");
        scene.file("end", "");
        pilot.end(SOON).assert_status(0);
        scene.await_silence(seconds(2));
    });
}
