//! Section 2.8: what a job with a port says to the catalogue, and when.

use crate::{id, milliseconds, nothing, scene, seconds};
use gyropilot_conformance::double::{Fault, Wording};
use gyropilot_conformance::launch::Pilot;
use gyropilot_conformance::scene::Scene;
use gyropilot_conformance::target::fixed;
use gyropilot_conformance::wait::SOON;
use serde_json::{Value, json};

/// Starts one job named `web` with a port.
fn run(scene: &Scene, rest: &Value) -> Pilot {
    scene.jobs(&[scene.offer("web", &["note=up", "forever"], rest)], &nothing()).start()
}

/// A health whose check ends with the status in the file `status`.
fn switchable(scene: &Scene) -> Value {
    let check = scene.probe(&["note=check", &format!("exit-from={}", scene.at("status"))]);
    json!({"interval": 1, "ttl": 60, "exec": check})
}

#[test]
fn a_registration_says_who_where_and_how() {
    let scene = scene();
    let rest = json!({"port": 8123, "tags": ["a", "b"], "health": {"interval": 1, "ttl": 25},
        "consul": {"enableTagOverride": true, "deregisterCriticalServiceAfter": "90m"}});
    let _pilot = run(&scene, &rest);
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
    let body = scene.consul.registered(&id("web")).unwrap().definition;
    assert_eq!((&body["ID"], &body["Name"]), (&json!(id("web")), &json!("web")));
    assert_eq!((&body["Address"], &body["Port"]), (&json!("192.0.2.7"), &json!(8123)));
    assert_eq!((&body["Tags"], &body["EnableTagOverride"]), (&json!(["a", "b"]), &json!(true)));
    assert_eq!(body["Check"]["TTL"], "25s");
    assert_eq!(body["Check"]["Status"], "passing");
    assert_eq!(body["Check"]["Notes"], "TTL for web set by containerpilot");
    assert_eq!(body["Check"]["DeregisterCriticalServiceAfter"], "90m");
}

#[test]
fn its_check_has_the_name_that_consul_gives() {
    let scene = scene();
    let _pilot = run(&scene, &nothing());
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
    assert_eq!(scene.consul.registered(&id("web")).unwrap().checks, [format!("service:{}", id("web"))]);
}

#[test]
fn what_is_not_given_is_left_out() {
    let scene = scene();
    let _pilot = run(&scene, &nothing());
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
    let body = scene.consul.registered(&id("web")).unwrap().definition;
    for key in ["Tags", "EnableTagOverride", "Meta", "Weights", "TaggedAddresses"] {
        assert_eq!(body.get(key), None, "{body}");
    }
}

#[test]
fn heartbeats_say_passing() {
    let scene = scene();
    let _pilot = run(&scene, &json!({"health": {"interval": 1, "ttl": 3}}));
    let beats =
        scene.consul.wait_for_requests(SOON, "two heartbeats", 2, |it| it.is_heartbeat_of(&id("web")));
    assert_eq!(beats[1].path, format!("/v1/agent/check/update/service:{}", id("web")));
    let body: Value = serde_json::from_str(&beats[1].body).unwrap();
    assert_eq!(body["Status"], "passing");
}

#[test]
fn a_token_goes_with_every_request() {
    let scene = scene();
    let consul = json!({"address": scene.consul.address().to_string(), "token": "t-1"});
    let job = scene.offer("web", &["forever"], &nothing());
    let _pilot = scene.jobs(&[job], &json!({"consul": consul})).start();
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
    assert!(scene.consul.requests().iter().all(|it| it.header("x-consul-token") == Some("t-1")));
}

#[test]
fn the_token_of_the_environment_wins() {
    let scene = scene();
    let consul = json!({"address": scene.consul.address().to_string(), "token": "t-1"});
    let job = scene.offer("web", &["forever"], &nothing());
    let launch = scene.jobs(&[job], &json!({"consul": consul})).env("CONSUL_HTTP_TOKEN", "t-2");
    let _pilot = launch.start();
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
    assert!(scene.consul.requests().iter().all(|it| it.header("x-consul-token") == Some("t-2")));
}

#[test]
fn nothing_is_registered_before_the_job_runs() {
    let scene = scene();
    let gate = scene.job("gate", &["note=gate", &format!("until={}", scene.at("go"))], &nothing());
    let web = scene.offer("web", &["forever"], &json!({"when": {"source": "gate", "once": "exitSuccess"}}));
    let _pilot = scene.jobs(&[gate, web, crate::clock(&scene)], &nothing()).start();
    scene.await_event(SOON, "gate");
    crate::await_ticks(&scene, 3);
    assert_eq!(scene.consul.registered(&id("web")), None);
    scene.file("go", "");
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
}

#[test]
fn an_initial_status_is_registered_before_the_job_runs() {
    for status in ["passing", "warning", "critical"] {
        let scene = scene();
        let never = json!({"initial_status": status, "when": {"source": "gate", "once": "exitSuccess"}});
        let gate = scene.job("gate", &["forever"], &nothing());
        let _pilot = scene.jobs(&[scene.offer("web", &["note=up"], &never), gate], &nothing()).start();
        scene.consul.wait_for_status(SOON, &id("web"), Some(status));
        assert!(!scene.has("up"));
    }
}

#[test]
fn a_job_without_an_exec_is_registered_and_kept_alive() {
    let scene = scene();
    let job = json!({"name": "web", "port": 8080, "interfaces": "static:192.0.2.7", "health": {"interval": 1, "ttl": 3}});
    let _pilot = scene.jobs(&[job], &nothing()).start();
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
    scene.consul.wait_for_requests(SOON, "three heartbeats", 3, |it| it.is_heartbeat_of(&id("web")));
}

#[test]
fn a_check_decides_when_a_service_appears() {
    let scene = scene();
    scene.file("status", "1");
    let _pilot = run(&scene, &json!({"health": switchable(&scene)}));
    scene.await_events(SOON, "check", 2);
    assert_ne!(scene.consul.status(&id("web")).as_deref(), Some("passing"));
    scene.file("status", "0");
    scene.consul.wait_for_status(seconds(3), &id("web"), Some("passing"));
}

#[test]
fn q_36_a_failure_is_told_at_once() {
    fixed("Q-36", || {
        let scene = scene();
        let _pilot = run(&scene, &json!({"health": switchable(&scene)}));
        scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
        scene.file("status", "1");
        scene.consul.wait_for_status(seconds(3), &id("web"), Some("critical"));
    });
}

#[test]
fn q_36_the_switch_keeps_failures_silent() {
    let scene = scene();
    let job = scene.offer("web", &["forever"], &json!({"health": switchable(&scene)}));
    let _pilot = scene.jobs(&[job], &json!({"compat": {"silentFailures": true}})).start();
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
    scene.file("status", "1");
    let so_far = scene.events_like("check").len();
    scene.await_events(SOON, "check", so_far + 3);
    assert_eq!(scene.consul.status(&id("web")).as_deref(), Some("passing"), "the TTL alone decides");
}

#[test]
fn q_25_a_service_that_the_agent_forgot_returns() {
    fixed("Q-25", || {
        for wording in [Wording::Consul18, Wording::Consul115] {
            let scene = scene();
            scene.consul.speak(wording);
            let _pilot = run(&scene, &json!({"health": {"interval": 1, "ttl": 3}}));
            scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
            scene.consul.forget();
            scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
        }
    });
}

#[test]
fn q_14_a_silent_agent_holds_up_no_check() {
    fixed("Q-14", || {
        let scene = scene();
        let _pilot = run(&scene, &json!({"health": switchable(&scene)}));
        scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
        scene.consul.break_with(|_| Some(Fault::Silence));
        let so_far = scene.events_like("check").len();
        scene.await_events(seconds(6), "check", so_far + 3);
    });
}

#[test]
fn an_agent_that_is_away_is_tried_again() {
    let scene = scene();
    scene.consul.break_with(|_| Some(Fault::Cut));
    let _pilot = run(&scene, &nothing());
    scene.await_event(SOON, "up");
    scene.consul.wait_for_requests(SOON, "two attempts", 2, |_| true);
    scene.consul.heal();
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
}

#[test]
fn a_service_leaves_with_its_job() {
    let scene = scene();
    let web = scene.offer("web", &[&format!("until={}", scene.at("end"))], &nothing());
    let keeper = scene.job("keeper", &["forever"], &nothing());
    let _pilot = scene.jobs(&[web, keeper], &nothing()).start();
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
    scene.file("end", "");
    scene.consul.wait_for_status(SOON, &id("web"), None);
}

#[test]
fn two_jobs_are_two_services() {
    let scene = scene();
    scene.file("status", "1");
    let sick = scene.offer("sick", &["forever"], &json!({"port": 1, "health": switchable(&scene)}));
    let well = scene.offer("well", &["forever"], &json!({"port": 2}));
    let _pilot = scene.jobs(&[sick, well], &nothing()).start();
    scene.consul.wait_for_status(SOON, &id("well"), Some("passing"));
    scene.await_events(SOON, "check", 2);
    assert_ne!(scene.consul.status(&id("sick")).as_deref(), Some("passing"));
}

#[test]
fn a_restart_makes_no_second_registration_of_a_healthy_service() {
    let scene = scene();
    let rest = json!({"restarts": 1, "health": {"interval": 1, "ttl": 30}});
    let word = format!("until={}", scene.at("end"));
    let web = scene.offer("web", &["note=up", &word, "note=end"], &rest);
    let keeper = scene.job("keeper", &["forever"], &nothing());
    let _pilot = scene.jobs(&[web, keeper], &json!({"compat": {"immediateRestarts": true}})).start();
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
    scene.file("end", "");
    scene.await_events(SOON, "end", 2);
    scene.consul.wait_for_status(SOON, &id("web"), None);
    let registrations = scene.consul.requests_where(|it| it.is_registration_of(&id("web")));
    assert!(registrations.len() <= 2, "{registrations:?}");
}

#[test]
fn the_first_check_comes_at_once() {
    fixed("first-check", || {
        let scene = scene();
        let check = json!({"interval": 8, "ttl": 25, "exec": scene.probe(&["note=check"])});
        let _pilot = run(&scene, &json!({"health": check}));
        let up = scene.await_event(SOON, "up").at;
        let check = scene.await_event(seconds(4), "check").at;
        assert!(check.saturating_sub(up) < milliseconds(500), "{:?}", check.saturating_sub(up));
    });
}
