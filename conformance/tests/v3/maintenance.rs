//! Section 2.11: maintenance, by the control socket.

use crate::{await_ticks, clock, id, nothing, scene, seconds};
use gyropilot_conformance::launch::Pilot;
use gyropilot_conformance::scene::Scene;
use gyropilot_conformance::target::fixed;
use gyropilot_conformance::wait::SOON;
use serde_json::json;

/// A pilot with the passing service `web` and a clock.
#[track_caller]
fn up(scene: &Scene) -> Pilot {
    let check = json!({"interval": 1, "ttl": 30, "exec": scene.probe(&["note=check"])});
    let web = scene.offer("web", &["note=up", "forever"], &json!({"health": check}));
    let pilot = scene.jobs(&[web, clock(scene)], &nothing()).start();
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
    pilot
}

#[track_caller]
fn set(scene: &Scene, word: &str) {
    assert_eq!(scene.control().post(&format!("/v3/maintenance/{word}"), "").status, 200);
}

#[test]
fn it_takes_the_services_away_and_the_jobs_go_on() {
    let scene = scene();
    let mut pilot = up(&scene);
    set(&scene, "enable");
    scene.consul.wait_for_status(seconds(4), &id("web"), None);
    await_ticks(&scene, 3);
    assert!(pilot.is_running() && gyropilot_conformance::process::alive(scene.await_event(SOON, "up").pid));
}

#[test]
fn checks_pause_and_nothing_is_registered() {
    let scene = scene();
    let _pilot = up(&scene);
    set(&scene, "enable");
    scene.consul.wait_for_status(seconds(4), &id("web"), None);
    scene.control().await_job(SOON, "web", |job| job["health"] == "maintenance");
    let checks = scene.events_like("check").len();
    await_ticks(&scene, 15);
    assert!(scene.events_like("check").len() <= checks + 1);
    assert_eq!(scene.consul.status(&id("web")), None);
}

#[test]
fn q_25_its_end_brings_the_services_back() {
    fixed("Q-25", || {
        let scene = scene();
        let _pilot = up(&scene);
        set(&scene, "enable");
        scene.consul.wait_for_status(seconds(4), &id("web"), None);
        set(&scene, "disable");
        scene.consul.wait_for_status(seconds(4), &id("web"), Some("passing"));
    });
}

#[test]
fn jobs_may_react_to_both_ends() {
    let scene = scene();
    let on = |event: &str| {
        scene.job(event, &[&format!("note={event}")], &json!({"when": {"source": "global", "each": event}}))
    };
    let jobs = [on("enterMaintenance"), on("exitMaintenance")];
    let _pilot = scene.jobs(&jobs, &nothing()).start();
    scene.control().await_up(SOON);
    // Each request is told, repeated or not.
    for count in 1..=2 {
        set(&scene, "enable");
        scene.await_events(SOON, "enterMaintenance", count);
    }
    set(&scene, "disable");
    scene.await_event(SOON, "exitMaintenance");
}

#[test]
fn q_30_a_restart_does_not_end_it() {
    fixed("Q-30", || {
        let scene = scene();
        let web = scene.offer("web", &["note=up", "forever"], &json!({"restarts": "unlimited"}));
        let rest = json!({"compat": {"immediateRestarts": true}});
        let _pilot = scene.jobs(&[web, clock(&scene)], &rest).start();
        scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
        set(&scene, "enable");
        scene.consul.wait_for_status(seconds(4), &id("web"), None);
        let first = scene.await_event(SOON, "up").pid;
        gyropilot_conformance::process::signal(first, nix::sys::signal::Signal::SIGKILL);
        scene.await_events(SOON, "up", 2);
        await_ticks(&scene, 12);
        assert_eq!(scene.consul.status(&id("web")), None);
        scene.control().await_job(SOON, "web", |job| job["health"] == "maintenance");
    });
}

#[test]
fn q_30_telemetry_is_withdrawn_too() {
    fixed("Q-30", || {
        let scene = scene();
        let telemetry = json!({"port": crate::free_port(), "interfaces": ["lo"]});
        let job = scene.job("j", &["forever"], &nothing());
        let _pilot = scene.jobs(&[job], &json!({"telemetry": telemetry})).start();
        scene.consul.wait_for_status(SOON, &id("containerpilot"), Some("passing"));
        set(&scene, "enable");
        scene.consul.wait_for_status(seconds(4), &id("containerpilot"), None);
    });
}

#[test]
fn the_flags_of_the_original_do_the_same() {
    let scene = scene();
    let _pilot = up(&scene);
    scene.flag(&["-maintenance", "enable"]).assert_status(0);
    scene.consul.wait_for_status(seconds(4), &id("web"), None);
    scene.flag(&["-maintenance", "disable"]).assert_status(0);
    fixed("Q-25", || scene.consul.wait_for_status(seconds(4), &id("web"), Some("passing")));
}

#[test]
fn q_13_any_other_word_is_refused() {
    fixed("Q-13", || {
        let scene = scene();
        let _pilot = up(&scene);
        scene.flag(&["-maintenance", "enable"]).assert_status(0);
        assert_ne!(scene.flag(&["-maintenance", "enabel"]).status, 0);
        scene.control().await_job(SOON, "web", |job| job["health"] == "maintenance");
    });
}
