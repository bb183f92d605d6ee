//! Sections 2.5 and 2.8: checks of jobs, with a port and without.

use crate::{await_ticks, clock, milliseconds, nothing, scene, seconds};
use gyropilot_conformance::wait::SOON;
use serde_json::json;

#[test]
fn checks_come_once_an_interval() {
    let scene = scene();
    let health = json!({"health": {"interval": 1, "ttl": 5, "exec": scene.probe(&["note=check"])}});
    let _pilot = scene.jobs(&[scene.job("j", &["forever"], &health)], &nothing()).start();
    for pair in scene.await_events(SOON, "check", 4).windows(2) {
        let between = pair[1].at - pair[0].at;
        assert!(between > milliseconds(600) && between < milliseconds(1900), "{between:?}");
    }
}

#[test]
fn checks_never_overlap() {
    let scene = scene();
    let slow = scene.probe(&["note=begin", &format!("until={}", scene.at("go"))]);
    let health = json!({"health": {"interval": 1, "ttl": 5, "timeout": "30s", "exec": slow}});
    let other = json!({"health": {"interval": 1, "ttl": 5, "exec": scene.probe(&["note=other"])}});
    let jobs = [scene.job("slow", &["forever"], &health), scene.job("quick", &["forever"], &other)];
    let _pilot = scene.jobs(&jobs, &nothing()).start();
    scene.await_event(SOON, "begin");
    scene.await_events(SOON, "other", 4);
    assert_eq!(scene.events_like("begin").len(), 1);
    scene.file("go", "");
    scene.await_events(SOON, "begin", 2);
}

#[test]
fn without_a_timeout_a_check_is_killed_after_the_interval() {
    let scene = scene();
    let health =
        json!({"health": {"interval": 1, "ttl": 5, "exec": scene.probe(&["note=check", "forever"])}});
    let _pilot = scene.jobs(&[scene.job("j", &["forever"], &health)], &nothing()).start();
    let checks = scene.await_events(SOON, "check", 2);
    assert!(!gyropilot_conformance::process::alive(checks[0].pid));
    scene.control().await_job(SOON, "j", |job| job["health"] == "unhealthy");
}

#[test]
fn nothing_is_checked_before_the_job_runs() {
    let scene = scene();
    let rest = json!({"when": {"source": "gate", "once": "exitSuccess"},
        "health": {"interval": 1, "ttl": 5, "exec": scene.probe(&["note=check"])}});
    let gate = scene.job("gate", &["note=gate", &format!("until={}", scene.at("go"))], &nothing());
    let _pilot = scene.jobs(&[gate, scene.job("j", &["forever"], &rest), clock(&scene)], &nothing()).start();
    scene.await_event(SOON, "gate");
    await_ticks(&scene, 12);
    assert!(!scene.has("check"));
    scene.file("go", "");
    scene.await_event(SOON, "check");
}

#[test]
fn a_check_that_is_not_there_has_failed() {
    let scene = scene();
    let health = json!({"health": {"interval": 1, "ttl": 5, "exec": "/no/such/check"}});
    let _pilot = scene.jobs(&[scene.job("j", &["forever"], &health)], &nothing()).start();
    scene.control().await_job(SOON, "j", |job| job["health"] == "unhealthy");
}

#[test]
fn a_job_without_a_port_has_a_health_all_the_same() {
    let scene = scene();
    let check = scene.probe(&[&format!("exit-from={}", scene.at("status"))]);
    let health = json!({"health": {"interval": 1, "ttl": 5, "exec": check}});
    let _pilot = scene.jobs(&[scene.job("j", &["forever"], &health)], &nothing()).start();
    let control = scene.control();
    control.await_job(SOON, "j", |job| job["health"] == "healthy");
    scene.file("status", "1");
    control.await_job(seconds(4), "j", |job| job["health"] == "unhealthy");
    assert!(scene.consul.requests_where(|it| it.method == "PUT").is_empty(), "nothing is offered");
}

#[test]
fn the_end_of_the_job_ends_its_check() {
    let scene = scene();
    let check = scene.probe(&["note=check", "forever"]);
    let health = json!({"health": {"interval": 1, "ttl": 5, "timeout": "60s", "exec": check}});
    let job = scene.job("j", &[&format!("until={}", scene.at("end"))], &health);
    let keeper = scene.job("keeper", &["forever"], &nothing());
    let _pilot = scene.jobs(&[job, keeper], &nothing()).start();
    let check = scene.await_event(SOON, "check").pid;
    scene.file("end", "");
    gyropilot_conformance::wait::wait_until(seconds(3), "the check to be gone", || {
        (!gyropilot_conformance::process::alive(check)).then_some(())
    });
}
