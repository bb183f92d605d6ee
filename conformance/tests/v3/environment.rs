//! Section 2.13: variables for jobs.

use crate::{id, nothing, scene};
use gyropilot_conformance::target::fixed;
use gyropilot_conformance::wait::{SOON, wait_until};
use serde_json::json;

#[test]
fn the_pilot_exports_its_own_pid_to_jobs_and_to_the_template() {
    let scene = scene();
    let job = scene.job(
        "j",
        &["env=CONTAINERPILOT_PID", "note=template {{ .CONTAINERPILOT_PID }}", "forever"],
        &nothing(),
    );
    let pilot = scene.jobs(&[job], &nothing()).start();
    let own = pilot.pid().to_string();
    assert_eq!(scene.await_text(SOON, "CONTAINERPILOT_PID="), own);
    assert_eq!(scene.await_text(SOON, "template "), own);
}

#[test]
fn the_address_of_an_offer_is_exported() {
    let scene = scene();
    let reader = scene.job("reader", &["env=CONTAINERPILOT_MY_WEB_IP"], &nothing());
    let _pilot = scene.jobs(&[reader, scene.offer("my-web", &["forever"], &nothing())], &nothing()).start();
    assert_eq!(scene.await_text(SOON, "CONTAINERPILOT_MY_WEB_IP="), "192.0.2.7");
}

#[test]
fn the_address_of_telemetry_is_exported() {
    let scene = scene();
    let telemetry = json!({"port": crate::free_port(), "interfaces": ["lo"]});
    let reader = scene.job("reader", &["env=CONTAINERPILOT_CONTAINERPILOT_IP"], &nothing());
    let _pilot = scene.jobs(&[reader], &json!({"telemetry": telemetry})).start();
    assert_eq!(scene.await_text(SOON, "CONTAINERPILOT_CONTAINERPILOT_IP="), "127.0.0.1");
}

/// The variable with the process id of a job of this name.
#[track_caller]
fn pid_variable(name: &str, variable: &str) {
    let scene = scene();
    let word = format!("env={variable}");
    let reader = scene.job("reader", &[&word], &json!({"when": {"interval": "100ms"}}));
    let job = scene.job(name, &["note=up", &format!("until={}", scene.at("end"))], &nothing());
    let _pilot =
        scene.jobs(&[job, reader, scene.job("keeper", &["forever"], &nothing())], &nothing()).start();
    let pid = scene.await_event(SOON, "up").pid;
    scene.await_event(SOON, &format!("{variable}={pid}"));
    // It is taken away with the process.
    scene.file("end", "");
    wait_until(SOON, "the variable to go", || {
        let noted = scene.notes();
        let seen = noted.iter().position(|note| *note == format!("{variable}={pid}"))?;
        noted[seen..].contains(&format!("{variable} is unset")).then_some(())
    });
}

#[test]
fn the_pid_of_a_job_is_exported_while_it_runs() {
    pid_variable("app", "CONTAINERPILOT_APP_PID");
}

#[test]
fn the_pid_variable_is_made_of_the_base_name() {
    pid_variable("/bin/to/test-Case--now.sh", "CONTAINERPILOT_TEST_CASE_NOW_PID");
}

#[test]
fn a_process_does_not_see_its_own_pid_variable() {
    let scene = scene();
    scene
        .jobs(&[scene.job("app", &["env=CONTAINERPILOT_APP_PID"], &nothing())], &nothing())
        .run()
        .assert_status(0);
    assert!(scene.has("CONTAINERPILOT_APP_PID is unset"));
}

#[test]
fn the_environment_is_passed_on() {
    let scene = scene();
    let launch = scene.jobs(&[scene.job("j", &["env=COLOUR"], &nothing())], &nothing()).env("COLOUR", "a=b");
    launch.run().assert_status(0);
    assert!(scene.has("COLOUR=a=b"));
}

#[test]
fn a_check_sees_the_same() {
    let scene = scene();
    let health =
        json!({"health": {"interval": 1, "ttl": 5, "exec": scene.probe(&["env=CONTAINERPILOT_WEB_IP"])}});
    let _pilot = scene.jobs(&[scene.offer("web", &["forever"], &health)], &nothing()).start();
    assert_eq!(scene.await_text(SOON, "CONTAINERPILOT_WEB_IP="), "192.0.2.7");
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
}

#[test]
fn q_10_an_interface_with_an_awkward_name_can_be_named() {
    fixed("Q-10", || {
        let (scene, stage) = (scene(), gyropilot_conformance::stage::Stage::new());
        let offer =
            scene.offer("web", &["env=CONTAINERPILOT_WEB_IP", "forever"], &json!({"interfaces": ["br-1.5"]}));
        let _pilot = scene.jobs(&[offer], &nothing()).within(stage.enter()).start();
        assert_eq!(scene.await_text(SOON, "CONTAINERPILOT_WEB_IP="), "10.78.0.2");
    });
}

#[test]
fn without_interfaces_it_is_eth0_else_any() {
    let (scene, stage) = (scene(), gyropilot_conformance::stage::Stage::new());
    let mut offer = scene.offer("web", &["env=CONTAINERPILOT_WEB_IP", "forever"], &nothing());
    offer.as_object_mut().unwrap().remove("interfaces");
    let _pilot = scene.jobs(&[offer], &nothing()).within(stage.enter()).start();
    assert_eq!(scene.await_text(SOON, "CONTAINERPILOT_WEB_IP="), gyropilot_conformance::stage::ETH0_INET);
}
