//! Secrets: given to the job that asks, and shown to nobody.

use crate::{nothing, scene, seconds};
use gyropilot_conformance::wait::SOON;
use serde_json::json;

const SECRET: &str = "open-sesame-31337";

#[test]
fn a_job_reads_its_secret_by_a_descriptor_that_it_inherits() {
    let scene = scene();
    let file = scene.file("password", &format!("{SECRET}\n"));
    let secrets = json!({"db": {"file": file.display().to_string()}});
    let reader = scene.job("reader", &["env=DB_FILE", "read=DB_FILE"], &json!({"secrets": ["db"]}));
    scene.jobs(&[reader], &json!({"secrets": secrets})).run().assert_status(0);
    let notes = scene.notes();
    assert!(notes[0].starts_with("DB_FILE=/proc/self/fd/"), "{notes:?}");
    assert_eq!(notes[1], format!("DB_FILE holds {SECRET}"));
}

#[test]
fn another_job_does_not_get_it() {
    let scene = scene();
    let file = scene.file("password", SECRET);
    let secrets = json!({"db": {"file": file.display().to_string()}});
    let with = scene.job("with", &["note=with", "forever"], &json!({"secrets": ["db"]}));
    let without = scene.job("without", &["env=DB_FILE", "fds"], &nothing());
    let _pilot = scene.jobs(&[with, without], &json!({"secrets": secrets})).start();
    scene.await_event(SOON, "DB_FILE is unset");
    let alone = crate::scene();
    alone.run_alone(&["fds"]);
    assert_eq!(scene.await_text(SOON, "fds "), alone.await_text(SOON, "fds "));
}

#[test]
fn a_secret_is_in_no_log_no_status_and_no_metric() {
    let scene = scene();
    let file = scene.file("password", SECRET);
    let port = crate::free_port();
    let rest = json!({"secrets": {"db": {"file": file.display().to_string()}}, "logging": {"level": "DEBUG"},
        "telemetry": {"port": port, "interfaces": ["lo"]}});
    let job = scene.job("j", &["note=up", "forever"], &json!({"secrets": ["db"]}));
    let pilot = scene.jobs(&[job], &rest).start();
    scene.await_event(SOON, "up");
    let control = scene.control();
    for path in ["/v1/status", "/v1/plan", "/v1/why/j"] {
        assert!(!control.ask("GET", path, "").body.contains(SECRET), "{path}");
    }
    let metrics = gyropilot_conformance::metrics::Metrics::at(port);
    assert!(!metrics.page().contains(SECRET));
    let ended = pilot.end_after_term(seconds(5));
    assert!(!ended.said().contains(SECRET), "{}", ended.said());
}

#[test]
fn a_secret_that_does_not_exist_is_told_at_the_start() {
    let scene = scene();
    let job = scene.job("j", &["note=up"], &json!({"secrets": ["ghost"]}));
    let ended = scene.jobs(&[job], &nothing()).run();
    ended.assert_status(1);
    ended.assert_says(&["ghost"]);
}

#[test]
fn what_a_secret_variable_brings_into_the_configuration_is_shown_nowhere() {
    let scene = scene();
    let job = scene.job("j", &["note=up", "print=with {{ .DB_PASSWORD }}", "forever"], &nothing());
    let pilot =
        scene.jobs(&[job], &json!({"logging": {"level": "DEBUG"}})).env("DB_PASSWORD", SECRET).start();
    scene.await_event(SOON, "up");
    assert!(!scene.control().ask("GET", "/v1/plan", "").body.contains(SECRET));
    let ended = pilot.end_after_term(seconds(5));
    ended.assert_says(&["Loaded config", "with [redacted]"]);
    assert!(!ended.said().contains(SECRET), "{}", ended.said());
}
