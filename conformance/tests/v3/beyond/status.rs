//! What the pilot tells of itself: status, why, events, graph, plan, tests.

use crate::{clock, id, nothing, scene};
use gyropilot_conformance::http::{self, Peer};
use gyropilot_conformance::launch::Pilot;
use gyropilot_conformance::port::free as free_ports;
use gyropilot_conformance::scene::Scene;
use gyropilot_conformance::wait::{SOON, wait_until};
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
fn the_verb_shows_a_table_and_the_same_as_json() {
    let scene = scene();
    let _pilot = up(&scene);
    let shown = scene.verb(&["status"]);
    shown.assert_status(0);
    for word in ["migrate", "running", "app", "waiting"] {
        assert!(shown.out.contains(word), "{word:?} is missing in:\n{}", shown.out);
    }
    let data = scene.verb(&["status", "--json"]);
    data.assert_status(0);
    let status: Value = serde_json::from_str(&data.out).unwrap();
    assert_eq!(status["jobs"][1]["name"], "app");
}

#[test]
fn ready_is_who_offers_its_services() {
    let scene = scene();
    let [port] = free_ports();
    let settings = json!({"telemetry": {"port": port, "interfaces": ["lo"]}});
    let pilot = scene.jobs(&jobs(&scene), &settings).start();
    scene.await_event(SOON, "migrate");
    let page = || http::ask(&Peer::Tcp(([127, 0, 0, 1], port).into()), "GET", "/readyz", "").ok();
    let early = wait_until(SOON, "the page", page);
    assert_eq!((early.status, early.body.contains("app is waiting")), (503, true), "{}", early.body);
    let shown = scene.verb(&["status", "--ready"]);
    shown.assert_status(1);
    shown.assert_says(&["not ready", "app"]);
    scene.verb(&["status", "--ready", "--wait", "50ms"]).assert_status(1);
    scene.file("go", "");
    let shown = scene.verb(&["status", "--ready", "--wait", "10s"]);
    assert_eq!(page().map(|answer| answer.status), Some(200));
    shown.assert_status(0);
    assert_eq!(shown.out, "ready\n");
    scene.control().post("/v3/maintenance/enable", "");
    wait_until(SOON, "maintenance", || page().filter(|answer| answer.status == 503));
    let lives = http::ask(&Peer::Tcp(([127, 0, 0, 1], port).into()), "GET", "/livez", "").unwrap();
    assert_eq!((lives.status, lives.body.as_str()), (200, "ok\n"));
    pilot.stop().assert_status(0);
    scene.verb(&["status", "--ready", "--wait", "50ms"]).assert_status(3);
}

#[test]
fn why_names_the_chain_of_causes() {
    let scene = scene();
    let _pilot = up(&scene);
    let why = scene.control().json("/v1/why/app");
    assert_eq!(why["job"], "app");
    assert!(why["summary"].as_str().is_some_and(|it| it.contains("migrate")), "{why}");
    assert!(why["causes"].as_array().is_some_and(|causes| !causes.is_empty()), "{why}");
    let shown = scene.verb(&["why", "app"]);
    shown.assert_status(0);
    shown.assert_says(&["app", "migrate", "exitSuccess"]);
}

#[test]
fn why_tells_of_a_failure_and_its_status() {
    let scene = scene();
    let jobs = [scene.job("broken", &["exit=4"], &nothing()), scene.job("keeper", &["forever"], &nothing())];
    let _pilot = scene.jobs(&jobs, &nothing()).start();
    scene.control().await_state(SOON, "broken", "failed");
    scene.verb(&["why", "broken"]).assert_says(&["broken", "4"]);
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
fn the_verb_prints_events() {
    let scene = scene();
    let _pilot = up(&scene);
    let shown = scene.verb(&["events"]);
    shown.assert_status(0);
    shown.assert_says(&["migrate"]);
}

#[test]
fn the_graph_is_told_in_three_ways() {
    let scene = scene();
    let _pilot = up(&scene);
    let edges = scene.control().json("/v1/graph");
    let edge = json!({"from": "migrate", "to": "app", "event": "exitSuccess"});
    assert!(edges.as_array().is_some_and(|edges| edges.contains(&edge)), "{edges}");
    for (format, word) in [("text", "migrate"), ("mermaid", "graph"), ("dot", "digraph")] {
        let shown = scene.verb(&["graph", "--format", format]);
        shown.assert_status(0);
        shown.assert_says(&[word, "migrate", "app"]);
    }
}

#[test]
fn plan_shows_what_a_reload_would_do_and_does_nothing() {
    let scene = scene();
    let _pilot = up(&scene);
    let mut changed = jobs(&scene);
    changed[1] = scene.offer("app", &["note=other", "forever"], &nothing());
    changed.push(scene.job("added", &["note=added"], &nothing()));
    let file = scene.file("next.json5", &scene.jobs_config(&changed, &nothing()).to_string());
    let shown = scene.verb(&["plan", &file.display().to_string()]);
    // As diff has it.
    shown.assert_status(2);
    shown.assert_says(&["app", "added"]);
    assert!(!scene.has("added") && !scene.has("other"));
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
