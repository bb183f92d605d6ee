//! Section 2.11: the control socket, as its clients see it.

use crate::{await_ticks, clock, nothing, scene};
use gyropilot_conformance::launch::Pilot;
use gyropilot_conformance::scene::Scene;
use gyropilot_conformance::target::fixed;
use gyropilot_conformance::wait::SOON;
use serde_json::json;

/// A pilot whose control socket answers.
#[track_caller]
fn up(scene: &Scene) -> Pilot {
    let reader = scene.job("reader", &["env=POSTED"], &json!({"when": {"interval": "100ms"}}));
    let jobs = [scene.job("j", &["note=up", "forever"], &nothing()), clock(scene), reader];
    let pilot = scene.jobs(&jobs, &nothing()).start();
    scene.control().await_up(SOON);
    pilot
}

#[test]
fn ping_is_answered_whatever_the_method() {
    let scene = scene();
    let _pilot = up(&scene);
    for method in ["GET", "POST", "PUT"] {
        let answer = scene.control().ask(method, "/v3/ping", "");
        assert_eq!((answer.status, answer.body.as_str()), (200, "\n"), "{method}");
    }
}

#[test]
fn environ_is_for_processes_that_start_later() {
    let scene = scene();
    let _pilot = up(&scene);
    scene.await_event(SOON, "POSTED is unset");
    let answer = scene.control().post("/v3/environ", "{\"POSTED\": \"a=b\", \"OTHER\": \"\"}");
    assert_eq!((answer.status, answer.body.as_str()), (200, "\n"));
    scene.await_event(SOON, "POSTED=a=b");
}

#[test]
fn q_39_null_takes_a_variable_away() {
    fixed("Q-39", || {
        let scene = scene();
        let _pilot = up(&scene);
        scene.control().post("/v3/environ", "{\"POSTED\": \"x\"}");
        scene.await_event(SOON, "POSTED=x");
        let so_far = scene.events_like("POSTED is unset").len();
        assert_eq!(scene.control().post("/v3/environ", "{\"POSTED\": null}").status, 200);
        scene.await_events(SOON, "POSTED is unset", so_far + 1);
    });
}

#[test]
fn environ_that_is_none_is_422() {
    let scene = scene();
    let _pilot = up(&scene);
    for body in ["", "{", "[]", "{\"A\": 1}", "{\"A\": {\"B\": \"c\"}}"] {
        let answer = scene.control().post("/v3/environ", body);
        assert_eq!(answer.status, 422, "{body}: {}", answer.body);
    }
}

#[test]
fn metric_that_is_none_is_422() {
    let scene = scene();
    let _pilot = up(&scene);
    for body in ["", "{", "[1]"] {
        assert_eq!(scene.control().post("/v3/metric", body).status, 422, "{body}");
    }
}

#[test]
fn a_metric_that_nobody_knows_is_taken() {
    let scene = scene();
    let _pilot = up(&scene);
    assert_eq!(scene.control().post("/v3/metric", "{\"ghost\": 1}").status, 200);
}

#[test]
fn another_method_is_405_and_another_path_404() {
    let scene = scene();
    let _pilot = up(&scene);
    for path in
        ["/v3/environ", "/v3/metric", "/v3/reload", "/v3/maintenance/enable", "/v3/maintenance/disable"]
    {
        assert_eq!(scene.control().ask("GET", path, "").status, 405, "{path}");
    }
    for path in ["/", "/v3", "/v3/env", "/v3/maintenance/off"] {
        assert_eq!(scene.control().post(path, "{}").status, 404, "{path}");
    }
}

#[test]
fn a_stale_socket_is_replaced() {
    let scene = scene();
    drop(std::os::unix::net::UnixListener::bind(scene.path("control.socket")).unwrap());
    let pilot = up(&scene);
    pilot.stop().assert_status(0);
    assert!(!scene.path("control.socket").exists());
}

#[test]
fn q_37_the_socket_of_another_pilot_is_left_to_it() {
    fixed("Q-37", || {
        let scene = scene();
        let _first = up(&scene);
        let second =
            scene.jobs(&[scene.job("j", &["note=second", "forever"], &nothing())], &nothing()).start();
        let ended = second.end(SOON);
        assert_ne!(ended.status, 0);
        ended.assert_says(&["control.socket"]);
        assert!(!scene.has("second"));
        assert_eq!(scene.control().ask("GET", "/v3/ping", "").status, 200);
        await_ticks(&scene, 2);
    });
}

#[test]
fn the_socket_is_there_before_the_first_job_starts() {
    let scene = scene();
    let job = json!({"name": "j", "exec": ["test", "-S", scene.at("control.socket")]});
    scene.jobs(&[job], &nothing()).run().assert_status(0);
}

#[test]
fn a_socket_that_cannot_be_made_ends_the_start() {
    let scene = scene();
    // A folder cannot be made where a file is.
    scene.file("file", "");
    let rest = json!({"control": {"socket": scene.at("file/socket")}});
    let ended = scene.jobs(&[scene.job("j", &["note=up"], &nothing())], &rest).run();
    ended.assert_status(1);
    ended.assert_says(&["error listening to socket at", "file/socket"]);
    assert!(!scene.has("up"));
}

#[test]
fn after_the_stop_nobody_answers() {
    let scene = scene();
    let pilot = up(&scene);
    pilot.stop().assert_status(0);
    assert!(scene.control().try_ask("GET", "/v3/ping", "").is_err());
}
