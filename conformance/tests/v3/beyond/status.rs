//! What the pilot tells of itself: status, why, events, graph, plan, tests.

use crate::{clock, id, nothing, scene};
use gyropilot_conformance::launch::Pilot;
use gyropilot_conformance::scene::Scene;
use gyropilot_conformance::wait::SOON;
use serde_json::{Value, json};

/// A chain: `app` waits for `migrate`, which waits for the file `go`.
fn jobs(scene: &Scene) -> Vec<Value> {
    let migrate =
        scene.job("migrate", &["note=migrate", &format!("until={}", scene.at("go")), "exit=0"], &nothing());
    let when = json!({"when": {"source": "migrate", "once": "exitSuccess"}});
    vec![migrate, scene.offer("app", &["note=app", "forever"], &when)]
}

#[track_caller]
fn up(scene: &Scene) -> Pilot {
    let pilot = scene.jobs(&jobs(scene), &nothing()).start();
    scene.await_event(SOON, "migrate");
    pilot
}

#[test]
fn status_tells_what_each_job_does_and_waits_for() {
    let scene = scene();
    let pilot = up(&scene);
    let control = scene.control();
    let status = control.json("/v1/status");
    assert_eq!(
        (&status["pid"], &status["stopping"], &status["maintenance"]),
        (&json!(pilot.pid()), &json!(false), &json!(false))
    );
    let names: Vec<&Value> = status["jobs"].as_array().unwrap().iter().map(|job| &job["name"]).collect();
    assert_eq!(names, ["migrate", "app"]);
    let migrate = control.await_state(SOON, "migrate", "running");
    assert_eq!(
        (&migrate["pid"], &migrate["runs"]),
        (&json!(scene.await_event(SOON, "migrate").pid), &json!(1))
    );
    let app = control.job("app");
    assert_eq!((&app["state"], &app["pid"]), (&json!("waiting"), &Value::Null));
    assert!(
        app["waits_for"][0].as_str().is_some_and(|it| it.contains("exitSuccess") && it.contains("migrate")),
        "{app}"
    );
    scene.file("go", "");
    let migrate = control.await_state(SOON, "migrate", "completed");
    assert!(migrate["last_exit"].is_string(), "{migrate}");
    let app = control.await_state(SOON, "app", "running");
    assert_eq!(app["service"]["id"], id("app"));
}

#[test]
fn events_are_told_as_they_happen_and_again_on_demand() {
    let scene = scene();
    let _pilot = up(&scene);
    let starts = |event: &Value| event.to_string().contains("ExitSuccess");
    let mut live = scene.control().follow();
    scene.file("go", "");
    let event = live.await_event(SOON, starts);
    for key in ["time", "event", "level", "message"] {
        assert!(event[key].is_string(), "{key} is missing in {event}");
    }
    // What happened before is still there for who asks.
    let told = scene.control().ask("GET", "/v1/events", "").body;
    assert!(
        told.lines().filter_map(|line| serde_json::from_str(line).ok()).any(|event: Value| starts(&event)),
        "{told}"
    );
}

#[test]
fn check_finds_every_fault_without_starting_anything() {
    let scene = scene();
    let bad = [json!({"name": "a", "exec": ""}), scene.job("b", &["note=up"], &json!({"restarts": "often"}))];
    let file = scene.write_jobs(&bad, &nothing()).display().to_string();
    let ended = scene.bare_launch().args(["check", &file]).run();
    assert_ne!(ended.status, 0);
    ended.assert_says(&["job[a].exec", "job[b].restarts"]);
    let file =
        scene.write_jobs(&[scene.job("b", &["note=up"], &nothing())], &nothing()).display().to_string();
    scene.bare_launch().args(["check", &file]).run().assert_status(0);
    assert!(!scene.has("up"));
}

#[test]
fn a_v2_file_migrates_to_one_that_runs() {
    let scene = scene();
    let old = scene.config(&json!({"services": [scene.service("web", &json!({"health": "true"}))],
        "preStart": scene.probe(&["note=preStart"])}));
    let file = scene.file("old.json", &old.to_string());
    let ended = scene.bare_launch().args(["migrate", &file.display().to_string()]).run();
    ended.assert_status(0);
    let file = scene.file("new.json5", &ended.out);
    scene.bare_launch().args(["check", &file.display().to_string()]).run().assert_status(0);
}

#[test]
fn a_restart_is_counted() {
    let scene = scene();
    let job = scene.job("j", &["note=ran", "exit=1"], &json!({"restarts": "unlimited"}));
    let _pilot = scene.jobs(&[job, clock(&scene)], &json!({"compat": {"immediateRestarts": true}})).start();
    scene.control().await_job(SOON, "j", |job| job["restarts"].as_u64().is_some_and(|count| count >= 2));
}
