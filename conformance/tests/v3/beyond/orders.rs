//! One job at a time: orders over the control socket, and the verbs that send them.

use crate::{await_ticks, clock, id, nothing, scene};
use gyropilot_conformance::launch::Pilot;
use gyropilot_conformance::process::alive;
use gyropilot_conformance::scene::Scene;
use gyropilot_conformance::wait::{SOON, wait_until};
use serde_json::{Value, json};

/// A pilot with the passing service `web` and a job that has ended.
#[track_caller]
fn up(scene: &Scene) -> Pilot {
    let web = scene.offer("web", &["note=up", "await=TERM", "note=term", "exit=0"], &nothing());
    let done = scene.job("done", &["note=done"], &nothing());
    let pilot = scene.jobs(&[web, done, clock(scene)], &nothing()).start();
    scene.await_event(SOON, "up");
    scene.await_event(SOON, "done");
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
    pilot
}

/// Gives an order that is carried out, and returns what was done.
#[track_caller]
fn order(scene: &Scene, order: &Value) -> String {
    let answer = scene.control().order(order);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let done: Value = serde_json::from_str(&answer.body).unwrap();
    done["done"].as_str().unwrap().to_owned()
}

#[test]
fn stop_withdraws_and_stops_one_job_and_start_starts_it_again() {
    let scene = scene();
    let mut pilot = up(&scene);
    order(&scene, &json!({"order": "stop", "job": "web"}));
    assert!(scene.has("term"), "answered when it is done");
    assert_eq!(scene.consul.status(&id("web")), None);
    scene.control().await_state(SOON, "web", "stopped");
    await_ticks(&scene, 3);
    assert!(pilot.is_running() && scene.events_like("up").len() == 1);
    order(&scene, &json!({"order": "start", "job": "web"}));
    scene.await_events(SOON, "up", 2);
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
    pilot.stop().assert_status(0);
}

#[test]
fn restart_is_both() {
    let scene = scene();
    let _pilot = up(&scene);
    let first = scene.await_event(SOON, "up").pid;
    order(&scene, &json!({"order": "restart", "job": "web"}));
    let runs = scene.await_events(SOON, "up", 2);
    assert!(!alive(first) && runs[1].at > scene.await_event(SOON, "term").at);
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
}

#[test]
fn run_once_runs_a_job_that_has_ended_once_more() {
    let scene = scene();
    let _pilot = up(&scene);
    order(&scene, &json!({"order": "run-once", "job": "done"}));
    scene.await_events(SOON, "done", 2);
    await_ticks(&scene, 3);
    assert_eq!(scene.events_like("done").len(), 2);
}

#[test]
fn a_signal_reaches_the_job_and_its_group() {
    let scene = scene();
    let words =
        ["child=note=child,await=USR1,note=child heard", "note=up", "await=USR1", "note=heard", "forever"];
    let _pilot = scene.jobs(&[scene.job("j", &words, &nothing())], &nothing()).start();
    scene.await_event(SOON, "up");
    scene.await_event(SOON, "child");
    let answer = scene.verb(&["signal", "SIGUSR1", "j"]);
    answer.assert_status(0);
    scene.await_event(SOON, "heard");
    scene.await_event(SOON, "child heard");
}

#[test]
fn a_job_that_nobody_knows_is_404() {
    let scene = scene();
    let _pilot = up(&scene);
    for word in ["start", "stop", "restart", "run-once"] {
        let answer = scene.control().order(&json!({"order": word, "job": "ghost"}));
        assert_eq!(answer.status, 404, "{word}: {}", answer.body);
        assert!(answer.body.contains("ghost"), "{}", answer.body);
    }
    assert_eq!(scene.control().ask("GET", "/v1/why/ghost", "").status, 404);
}

#[test]
fn what_cannot_be_done_is_409_and_says_why() {
    let scene = scene();
    let _pilot = up(&scene);
    let answer = scene.control().order(&json!({"order": "start", "job": "web"}));
    assert_eq!(answer.status, 409, "{}", answer.body);
    assert!(serde_json::from_str::<Value>(&answer.body).unwrap()["error"].is_string());
    let answer = scene.control().order(&json!({"order": "signal", "job": "done", "signal": "SIGHUP"}));
    assert_ne!(answer.status, 200, "it does not run");
}

#[test]
fn an_order_that_is_none_is_refused() {
    let scene = scene();
    let _pilot = up(&scene);
    for body in ["", "{", "{}", "{\"order\": \"dance\"}", "[]"] {
        let status = scene.control().post("/v1/orders", body).status;
        assert!((400..500).contains(&status), "{body}: {status}");
    }
}

#[test]
fn the_verbs_do_the_same() {
    let scene = scene();
    let _pilot = up(&scene);
    scene.verb(&["stop", "web"]).assert_status(0);
    scene.control().await_state(SOON, "web", "stopped");
    scene.verb(&["start", "web"]).assert_status(0);
    scene.await_events(SOON, "up", 2);
    scene.verb(&["restart", "web"]).assert_status(0);
    scene.await_events(SOON, "up", 3);
    scene.verb(&["run-once", "done"]).assert_status(0);
    scene.await_events(SOON, "done", 2);
    scene.verb(&["maintenance", "enable"]).assert_status(0);
    scene.consul.wait_for_status(SOON, &id("web"), None);
    scene.verb(&["maintenance", "disable"]).assert_status(0);
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
    scene.verb(&["ping"]).assert_status(0);
    scene.verb(&["reload"]).assert_status(0);
    scene.verb(&["put-env", "A=b"]).assert_status(0);
}

#[test]
fn a_verb_that_failed_says_so_and_exits_1() {
    let scene = scene();
    let _pilot = up(&scene);
    for words in [["stop", "ghost"], ["start", "web"], ["why", "ghost"]] {
        let ended = scene.verb(&words);
        ended.assert_status(1);
        assert!(ended.err.contains(words[1]), "{}", ended.err);
    }
}

#[test]
fn a_stopped_job_is_not_started_by_its_trigger_or_its_restarts() {
    let scene = scene();
    let source = scene.job("source", &["note=source"], &json!({"when": {"interval": "100ms"}}));
    let reaction =
        scene.job("reaction", &["note=ran"], &json!({"when": {"source": "source", "each": "exitSuccess"}}));
    let _pilot = scene.jobs(&[source, reaction], &nothing()).start();
    scene.await_event(SOON, "ran");
    order(&scene, &json!({"order": "stop", "job": "reaction"}));
    let so_far = scene.events_like("ran").len();
    let ticks = scene.events_like("source").len();
    scene.await_events(SOON, "source", ticks + 4);
    assert_eq!(scene.events_like("ran").len(), so_far);
}

#[test]
fn stopping_every_job_by_hand_is_not_the_end_of_the_pilot() {
    let scene = scene();
    let job = scene.job("j", &["note=up", "forever"], &nothing());
    let mut pilot = scene.jobs(&[job], &nothing()).start();
    let pid = scene.await_event(SOON, "up").pid;
    order(&scene, &json!({"order": "stop", "job": "j"}));
    wait_until(SOON, "the process to end", || (!alive(pid)).then_some(()));
    order(&scene, &json!({"order": "start", "job": "j"}));
    scene.await_events(SOON, "up", 2);
    assert!(pilot.is_running());
}
