//! Section 1.13: what every process that is started finds in its environment,
//! and how it is started.

use crate::{id, scene};
use gyropilot_conformance::scene::Scene;
use gyropilot_conformance::target::fixed;
use gyropilot_conformance::wait::SOON;
use nix::sys::signal::Signal;
use serde_json::{Value, json};

/// What the application notes, among a configuration.
#[track_caller]
fn application_notes(config: impl FnOnce(&Scene) -> Value, word: &str, start: &str) -> String {
    let scene = scene();
    let config = config(&scene);
    let _pilot = scene.launch(&config).app(scene.probe_line(&[word, "forever"])).start();
    scene.await_text(SOON, start)
}

#[test]
fn its_own_environment_is_passed_on() {
    let scene = scene();
    let launch = scene.launch(&json!({})).env("COLOUR", "green=1").app(scene.probe_line(&["env=COLOUR"]));
    launch.run().assert_status(0);
    assert_eq!(scene.await_text(SOON, "COLOUR="), "green=1");
}

#[test]
fn the_pilot_names_itself() {
    fixed("pid-variable", || {
        let scene = scene();
        let app = scene.probe_line(&["env=CONTAINERPILOT_PID", "forever"]);
        let pilot = scene.launch(&json!({})).app(app).start();
        let named = scene.await_text(SOON, "CONTAINERPILOT_PID=");
        assert_eq!(named, pilot.pid().to_string());
    });
}

#[test]
fn every_service_has_its_address() {
    let config = |scene: &Scene| json!({"services": [scene.service("my-web", &json!({"interfaces": "static:192.0.2.9"}))]});
    let name = "CONTAINERPILOT_MY_WEB_IP";
    assert_eq!(application_notes(config, &format!("env={name}"), &format!("{name}=")), "192.0.2.9");
}

#[test]
fn telemetry_has_its_address() {
    let config = |_: &Scene| json!({"telemetry": {"port": crate::free_port(), "interfaces": ["lo"]}});
    let name = "CONTAINERPILOT_CONTAINERPILOT_IP";
    assert_eq!(application_notes(config, &format!("env={name}"), &format!("{name}=")), "127.0.0.1");
}

#[test]
fn checks_see_the_pid_of_the_application() {
    let scene = scene();
    let check = scene.probe(&["note=check", "env=CONTAINERPILOT_APP_PID"]);
    let services = json!([scene.service("web", &json!({"health": check}))]);
    let app = scene.probe_line(&["note=up", "forever"]);
    let _pilot = scene.launch(&json!({"services": services})).app(app).start();
    let app = scene.await_event(SOON, "up").pid;
    scene.await_events(SOON, "check", 2);
    let named = gyropilot_conformance::wait::wait_until(SOON, "the variable", || {
        scene
            .events()
            .iter()
            .rev()
            .find_map(|event| event.text.strip_prefix("CONTAINERPILOT_APP_PID=").map(str::to_owned))
    });
    assert_eq!(named, app.to_string());
}

#[test]
fn later_processes_see_the_pid_of_pre_start() {
    let scene = scene();
    let config = json!({"preStart": scene.probe(&["note=hook"])});
    let launch = scene.launch(&config).app(scene.probe_line(&["env=CONTAINERPILOT_PRESTART_PID"]));
    launch.run().assert_status(0);
    let hook = scene.await_event(SOON, "hook").pid;
    assert_eq!(scene.await_text(SOON, "CONTAINERPILOT_PRESTART_PID="), hook.to_string());
}

#[test]
fn post_stop_sees_the_pid_of_pre_stop() {
    let scene = scene();
    let config = json!({
        "preStop": scene.probe(&["note=preStop"]),
        "postStop": scene.probe(&["env=CONTAINERPILOT_PRESTOP_PID", "env=CONTAINERPILOT_APP_PID"]),
    });
    let pilot = scene.launch(&config).app(scene.probe_line(&["note=up", "forever"])).start();
    let app = scene.await_event(SOON, "up").pid;
    let _ = pilot.stop();
    let pre_stop = scene.await_event(SOON, "preStop").pid;
    assert_eq!(scene.await_text(SOON, "CONTAINERPILOT_PRESTOP_PID="), pre_stop.to_string());
    assert_eq!(scene.await_text(SOON, "CONTAINERPILOT_APP_PID="), app.to_string());
}

/// What a task sees of a coprocess.
#[track_caller]
fn coprocess_variable(name: &str, variable: &str) {
    let scene = scene();
    let config = json!({
        "coprocesses": [{"name": name, "command": scene.probe(&["note=co", "forever"])}],
        "tasks": [{"name": "t", "command": scene.probe(&[&format!("env={variable}")]), "frequency": "300ms"}],
    });
    let _pilot = scene.launch(&config).app(scene.probe_line(&["forever"])).start();
    let coprocess = scene.await_event(SOON, "co").pid;
    assert_eq!(scene.await_text(SOON, &format!("{variable}=")), coprocess.to_string());
}

#[test]
fn q_11_a_coprocess_has_the_variable_with_brackets() {
    coprocess_variable("agent", "CONTAINERPILOT_COPROCESS[AGENT]_PID");
}

#[test]
fn q_11_a_coprocess_has_a_variable_that_a_shell_can_read() {
    fixed("Q-11", || coprocess_variable("agent", "CONTAINERPILOT_COPROCESS_AGENT_PID"));
}

#[test]
fn a_variable_of_the_environment_names_the_service() {
    let scene = scene();
    let services = json!([scene.service("{{ .NAME }}-api", &json!({}))]);
    let launch = scene.launch(&json!({"services": services})).env("NAME", "shop");
    let _pilot = launch.app(scene.probe_line(&["forever"])).start();
    scene.consul.wait_for_status(SOON, &id("shop-api"), Some("passing"));
}

#[test]
fn standard_input_of_every_child_is_empty() {
    for config in [json!({"preStart": scene().probe(&["stdin"])}), json!({})] {
        let scene = scene();
        scene.launch(&config).app(scene.probe_line(&["stdin"])).run().assert_status(0);
        assert_eq!(scene.await_text(SOON, "stdin "), "/dev/null");
    }
}

/// What a process finds that the test starts without a pilot between.
#[track_caller]
fn without_a_pilot(word: &str, start: &str) -> String {
    let scene = scene();
    scene.run_alone(&[word]);
    scene.await_text(SOON, start)
}

#[test]
fn no_descriptor_leaks_into_the_application() {
    let config = |scene: &Scene| {
        json!({"services": [scene.service("web", &json!({}))],
            "telemetry": {"port": crate::free_port(), "interfaces": ["lo"]}})
    };
    assert_eq!(application_notes(config, "fds", "fds "), without_a_pilot("fds", "fds "));
}

#[test]
fn no_descriptor_leaks_into_a_check() {
    let scene = scene();
    let services = json!([scene.service("web", &json!({"health": scene.probe(&["fds"])}))]);
    let _pilot = scene.launch(&json!({"services": services})).app(scene.probe_line(&["forever"])).start();
    assert_eq!(scene.await_text(SOON, "fds "), without_a_pilot("fds", "fds "));
}

#[test]
fn signals_are_neither_blocked_nor_ignored_in_the_application() {
    assert_eq!(application_notes(|_| json!({}), "mask", "mask "), without_a_pilot("mask", "mask "));
}

#[test]
fn sigpipe_kills_a_child_as_usual() {
    let scene = scene();
    let ended = scene.launch(&json!({})).app(["sh", "-c", "echo begun; kill -PIPE $$; echo survived"]).run();
    assert!(ended.out.contains("begun") && !ended.out.contains("survived"), "{}", ended.out);
}

#[test]
fn the_working_directory_is_passed_on() {
    let scene = scene();
    scene.launch(&json!({})).app(scene.probe_line(&["cwd"])).run().assert_status(0);
    let folder = scene.folder().canonicalize().unwrap();
    assert_eq!(scene.await_text(SOON, "cwd "), folder.display().to_string());
}

#[test]
fn every_child_leads_a_group_of_its_own() {
    let scene = scene();
    let services = json!([scene.service("web", &json!({"health": scene.probe(&["note=check"])}))]);
    let config = json!({
        "services": services,
        "preStart": scene.probe(&["note=preStart"]),
        "preStop": scene.probe(&["note=preStop"]),
        "postStop": scene.probe(&["note=postStop"]),
        "coprocesses": [{"command": scene.probe(&["note=co", "forever"])}],
        "tasks": [{"command": scene.probe(&["note=task"]), "frequency": "100ms"}],
    });
    let pilot = scene.launch(&config).app(scene.probe_line(&["note=up", "forever"])).start();
    for name in ["check", "co", "task", "up"] {
        scene.await_event(SOON, name);
    }
    pilot.signal(Signal::SIGTERM);
    let _ = pilot.end(SOON);
    for name in ["preStart", "check", "co", "task", "up", "preStop", "postStop"] {
        let event = scene.await_event(SOON, name);
        assert_eq!(event.pid, event.group, "{name}");
    }
}
