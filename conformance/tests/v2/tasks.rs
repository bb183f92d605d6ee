//! Section 1.9: what runs every so often.

use crate::{milliseconds, scene, seconds};
use gyropilot_conformance::launch::Pilot;
use gyropilot_conformance::process::alive;
use gyropilot_conformance::scene::Scene;
use gyropilot_conformance::wait::{SOON, wait_until};
use serde_json::{Value, json};

fn run(scene: &Scene, tasks: &Value) -> Pilot {
    scene.launch(&json!({"tasks": tasks})).app(scene.probe_line(&["note=up", "forever"])).start()
}

#[test]
fn the_first_run_is_one_period_after_the_start() {
    let scene = scene();
    let _pilot =
        run(&scene, &json!([{"name": "t", "command": scene.probe(&["note=task"]), "frequency": "1s"}]));
    let up = scene.await_event(SOON, "up").at;
    let first = scene.await_event(SOON, "task").at.saturating_sub(up);
    assert!(first > milliseconds(700) && first < milliseconds(1800), "{first:?}");
}

#[test]
fn it_runs_once_a_period() {
    let scene = scene();
    let _pilot = run(&scene, &json!([{"command": scene.probe(&["note=task"]), "frequency": "200ms"}]));
    let runs = scene.await_events(SOON, "task", 10);
    let span = runs[9].at - runs[0].at;
    assert!(span > milliseconds(1500), "nine periods of 200 ms in {span:?}");
}

#[test]
fn runs_never_overlap() {
    let scene = scene();
    let gate = scene.at("gate");
    let slow = scene.probe(&["note=begin", &format!("until={gate}")]);
    let tasks = json!([
        {"name": "slow", "command": slow, "frequency": "200ms", "timeout": "60s"},
        {"name": "clock", "command": scene.probe(&["note=tick"]), "frequency": "200ms"}]);
    let _pilot = run(&scene, &tasks);
    scene.await_event(SOON, "begin");
    scene.await_events(SOON, "tick", 8);
    assert_eq!(scene.events_like("begin").len(), 1);
    scene.file("gate", "");
    scene.await_events(SOON, "begin", 3);
}

#[test]
fn one_that_takes_too_long_is_killed_with_its_group_and_named() {
    let scene = scene();
    let command = scene.probe(&["note=begin", "child=note=grandchild,forever", "forever"]);
    let tasks = json!([{"name": "slowpoke", "command": command, "frequency": "1s", "timeout": "300ms"}]);
    let pilot = run(&scene, &tasks);
    let grandchild = scene.await_event(SOON, "grandchild");
    wait_until(seconds(3), "the grandchild to be killed", || (!alive(grandchild.pid)).then_some(()));
    pilot.await_phrase(SOON, "slowpoke");
    pilot.await_phrase(SOON, "timeout");
    scene.await_events(SOON, "begin", 2);
}

#[test]
fn the_timeout_is_the_frequency_unless_told() {
    let scene = scene();
    let command = scene.probe(&["note=begin", "forever"]);
    let _pilot = run(&scene, &json!([{"name": "t", "command": command, "frequency": "500ms"}]));
    let runs = scene.await_events(SOON, "begin", 3);
    wait_until(SOON, "the first run to be killed", || (!alive(runs[0].pid)).then_some(()));
}

#[test]
fn one_that_fails_runs_again() {
    let scene = scene();
    let command = scene.probe(&["note=task", "exit=1"]);
    let mut pilot = run(&scene, &json!([{"name": "t", "command": command, "frequency": "100ms"}]));
    scene.await_events(SOON, "task", 3);
    assert!(pilot.is_running());
}

#[test]
fn one_that_cannot_be_started_stops_nothing() {
    let scene = scene();
    let tasks = json!([
        {"name": "ghost", "command": "/no/such/task", "frequency": "100ms"},
        {"name": "real", "command": scene.probe(&["note=task"]), "frequency": "300ms"}]);
    let mut pilot = run(&scene, &tasks);
    scene.await_events(SOON, "task", 2);
    assert!(pilot.is_running());
}

#[test]
fn a_running_one_is_killed_at_the_stop() {
    let scene = scene();
    let command = scene.probe(&["note=begin", "ignore=TERM", "forever"]);
    let pilot =
        run(&scene, &json!([{"name": "t", "command": command, "frequency": "200ms", "timeout": "60s"}]));
    let begun = scene.await_event(SOON, "begin");
    pilot.stop().assert_status(143);
    wait_until(seconds(2), "the task to be gone", || (!alive(begun.pid)).then_some(()));
}

#[test]
fn none_runs_before_pre_start_is_done() {
    let scene = scene();
    let config = json!({
        "preStart": scene.probe(&["note=hook", &format!("until={}", scene.at("gate")), "note=done"]),
        "tasks": [{"name": "t", "command": scene.probe(&["note=task"]), "frequency": "50ms"}],
    });
    let _pilot = scene.launch(&config).app(scene.probe_line(&["forever"])).start();
    scene.await_event(SOON, "hook");
    assert!(!scene.has("task"));
    scene.file("gate", "");
    let done = scene.await_event(SOON, "done").at;
    assert!(scene.await_event(SOON, "task").at > done);
}
