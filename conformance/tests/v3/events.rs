//! Sections 2.6 and 2.14: the bus, as DEBUG tells it, and the order of the start.

use crate::{nothing, scene};
use gyropilot_conformance::wait::SOON;
use serde_json::json;

#[test]
fn debug_tells_every_event() {
    let scene = scene();
    let job = scene.job("one", &["exit=0"], &nothing());
    let ended = scene.jobs(&[job], &json!({"logging": {"level": "DEBUG"}})).run();
    ended.assert_status(0);
    ended.assert_says(&[
        "event: {Startup global}",
        "event: {ExitSuccess one}",
        "event: {Stopping one}",
        "event: {Stopped one}",
    ]);
    let at = |text: &str| ended.out.find(text).unwrap();
    assert!(at("{Startup global}") < at("{ExitSuccess one}"));
    assert!(at("{ExitSuccess one}") < at("{Stopping one}") && at("{Stopping one}") < at("{Stopped one}"));
}

#[test]
fn a_failure_is_exit_failed_and_error() {
    let scene = scene();
    let job = scene.job("one", &["exit=2"], &nothing());
    let ended = scene.jobs(&[job], &json!({"logging": {"level": "DEBUG"}})).run();
    ended.assert_says(&["event: {ExitFailed one}", "event: {Error"]);
}

#[test]
fn a_stop_is_shutdown_of_global() {
    let scene = scene();
    let job = scene.job("one", &["note=up", "forever"], &nothing());
    let pilot = scene.jobs(&[job], &json!({"logging": {"level": "DEBUG"}})).start();
    scene.await_event(SOON, "up");
    let ended = pilot.stop();
    ended.assert_says(&["event: {Shutdown global}", "event: {Stopping one}", "event: {Stopped one}"]);
}

#[test]
fn a_signal_is_an_event_with_its_name_as_source() {
    let scene = scene();
    let job = scene.job("one", &["note=up", "forever"], &nothing());
    let pilot = scene.jobs(&[job], &json!({"logging": {"level": "DEBUG"}})).start();
    scene.await_event(SOON, "up");
    pilot.signal(nix::sys::signal::Signal::SIGHUP);
    pilot.await_phrase(SOON, "event: {Signal SIGHUP}");
}

#[test]
fn telemetry_listens_before_the_first_job_starts() {
    let scene = scene();
    let port = crate::free_port();
    let question = format!("exec 3<>/dev/tcp/127.0.0.1/{port}");
    let job = json!({"name": "j", "exec": ["bash", "-c", question]});
    let keeper =
        scene.job("done", &["note=listens"], &json!({"when": {"source": "j", "once": "exitSuccess"}}));
    let telemetry = json!({"port": port, "interfaces": ["lo"]});
    let _pilot = scene.jobs(&[job, keeper], &json!({"telemetry": telemetry})).start();
    scene.await_event(SOON, "listens");
}
