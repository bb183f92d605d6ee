//! Section 1.14, the way up and the natural end: hooks, exit statuses.

use crate::{id, scene};
use gyropilot_conformance::launch::Pilot;
use gyropilot_conformance::scene::Scene;
use gyropilot_conformance::target::fixed;
use gyropilot_conformance::wait::SOON;
use nix::sys::signal::Signal;
use serde_json::{Value, json};

#[track_caller]
fn status_of(config: &Value, app: &[&str]) -> i32 {
    let scene = scene();
    scene.launch(config).app(scene.probe_line(app)).run().status
}

#[test]
fn the_exit_status_is_the_applications() {
    let scene = scene();
    for status in [0, 1, 2, 3, 42, 63, 64, 100, 125, 126, 127, 128, 129, 137, 143, 200, 254, 255] {
        let app = scene.probe_line(&[&format!("exit={status}")]);
        scene.launch(&json!({})).app(app).run().assert_status(status);
    }
}

#[test]
fn death_by_a_signal_is_128_and_its_number() {
    fixed("signal-status", || {
        let scene = scene();
        for (name, number) in [
            ("HUP", 1),
            ("INT", 2),
            ("QUIT", 3),
            ("ABRT", 6),
            ("KILL", 9),
            ("USR1", 10),
            ("SEGV", 11),
            ("USR2", 12),
            ("PIPE", 13),
            ("TERM", 15),
        ] {
            let app = scene.probe_line(&[&format!("raise={name}")]);
            scene.launch(&json!({})).app(app).run().assert_status(128 + number);
        }
    });
}

#[test]
fn an_application_that_is_not_there_is_127() {
    let scene = scene();
    let ended = scene.launch(&json!({})).app(["/no/such/application"]).run();
    ended.assert_status(127);
    ended.assert_says(&["/no/such/application"]);
}

#[test]
fn an_application_that_is_no_program_is_not_started() {
    let scene = scene();
    let file = scene.file("data", "no program");
    let ended = scene.launch(&json!({})).app([file.display().to_string()]).run();
    assert!([126, 127].contains(&ended.status), "{}", ended.status);
}

#[test]
fn the_application_is_looked_up_in_path() {
    let scene = scene();
    let program = scene.file("my-app", "#!/bin/sh\nexit 6\n");
    std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", scene.folder().display());
    scene.launch(&json!({})).env("PATH", &path).app(["my-app"]).run().assert_status(6);
}

#[test]
fn pre_start_ends_before_the_application_starts() {
    let scene = scene();
    let config =
        json!({"preStart": scene.probe(&["note=hook", &format!("until={}", scene.at("gate")), "note=done"])});
    let pilot = scene.launch(&config).app(scene.probe_line(&["note=up"])).start();
    scene.await_event(SOON, "hook");
    assert!(!scene.has("up"));
    scene.file("gate", "");
    pilot.end(SOON).assert_status(0);
    let order: Vec<String> = scene.events().into_iter().map(|event| event.text).collect();
    assert_eq!(order, ["hook", "done", "up"]);
}

#[test]
fn a_failing_pre_start_is_the_end_with_its_status() {
    let scene = scene();
    for status in [1, 42, 255] {
        let config = json!({"preStart": scene.probe(&[&format!("exit={status}")])});
        scene.launch(&config).app(scene.probe_line(&["note=up"])).run().assert_status(status);
    }
    assert!(!scene.has("up"));
}

#[test]
fn a_pre_start_that_is_not_there_is_127() {
    assert_eq!(status_of(&json!({"preStart": "/no/such/hook"}), &["exit=0"]), 127);
}

#[test]
fn a_pre_start_killed_by_a_signal_is_the_end_too() {
    fixed("signal-status", || {
        let scene = scene();
        let config = json!({"preStart": scene.probe(&["raise=KILL"])});
        scene.launch(&config).app(scene.probe_line(&["note=up"])).run().assert_status(137);
        assert!(!scene.has("up"));
    });
}

#[test]
fn nothing_is_registered_before_pre_start_is_done() {
    let scene = scene();
    let config = json!({
        "services": [scene.service("web", &json!({}))],
        "preStart": scene.probe(&["note=hook", &format!("until={}", scene.at("gate"))]),
    });
    let _pilot = scene.launch(&config).app(scene.probe_line(&["forever"])).start();
    scene.await_event(SOON, "hook");
    assert_eq!(scene.consul.registered(&id("web")), None);
    scene.file("gate", "");
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
}

#[test]
fn post_stop_runs_after_the_natural_end() {
    let scene = scene();
    let config =
        json!({"postStop": scene.probe(&["note=postStop"]), "preStop": scene.probe(&["note=preStop"])});
    scene.launch(&config).app(scene.probe_line(&["note=up", "exit=4"])).run().assert_status(4);
    let order: Vec<String> = scene.events().into_iter().map(|event| event.text).collect();
    assert_eq!(order, ["up", "postStop"], "preStop is for a stop that was asked for");
}

#[test]
fn a_failing_post_stop_has_the_last_word() {
    assert_eq!(status_of(&json!({"postStop": "false"}), &["exit=4"]), 1);
}

#[test]
fn a_post_stop_that_succeeds_hides_nothing() {
    assert_eq!(status_of(&json!({"postStop": "true"}), &["exit=4"]), 4);
}

#[test]
fn a_post_stop_that_is_not_there_is_127() {
    assert_eq!(status_of(&json!({"postStop": "/no/such/hook"}), &["exit=0"]), 127);
}

#[test]
fn post_stop_runs_when_the_application_could_not_start() {
    let scene = scene();
    let config = json!({"postStop": scene.probe(&["note=postStop"])});
    scene.launch(&config).app(["/no/such/application"]).run().assert_status(127);
    assert!(scene.has("postStop"));
}

/// A pilot whose application is up and whose services are passing.
fn up(scene: &Scene, config: Value, app: &[&str]) -> Pilot {
    let mut config = config;
    config["services"] = json!([scene.service("web", &json!({}))]);
    let pilot = scene.launch(&config).app(scene.probe_line(app)).start();
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
    pilot
}

#[test]
fn kill_9_of_the_application_is_137_and_leaves_nothing() {
    fixed("signal-status", || {
        let scene = scene();
        let pilot = up(&scene, json!({"postStop": scene.probe(&["note=postStop"])}), &["note=up", "forever"]);
        let app = scene.await_event(SOON, "up").pid;
        gyropilot_conformance::process::signal(app, Signal::SIGKILL);
        pilot.end(SOON).assert_status(137);
        assert!(scene.has("postStop"));
        assert_eq!(scene.consul.status(&id("web")), None);
    });
}
