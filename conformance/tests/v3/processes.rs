//! Section 2.9: groups, standard input, what a run leaves behind.

use crate::{id, nothing, scene, seconds};
use gyropilot_conformance::process::alive;
use gyropilot_conformance::target::fixed;
use gyropilot_conformance::wait::{SOON, wait_until};
use serde_json::json;

#[test]
fn every_run_and_every_check_leads_a_group_of_its_own() {
    let scene = scene();
    let health = json!({"health": {"interval": 1, "ttl": 5, "exec": scene.probe(&["note=check"])}});
    let _pilot = scene.jobs(&[scene.job("j", &["note=up", "forever"], &health)], &nothing()).start();
    for name in ["up", "check"] {
        let event = scene.await_event(SOON, name);
        assert_eq!(event.pid, event.group, "{name}");
    }
}

#[test]
fn standard_input_is_empty() {
    let scene = scene();
    scene.jobs(&[scene.job("j", &["stdin"], &nothing())], &nothing()).run().assert_status(0);
    assert_eq!(scene.await_text(SOON, "stdin "), "/dev/null");
}

#[test]
fn q_26_what_a_run_leaves_in_its_group_hears_term() {
    let scene = scene();
    let words = ["child=note=left,await=TERM,note=term", &format!("until={}", scene.at("go"))];
    let keeper = scene.job("keeper", &["forever"], &nothing());
    let _pilot = scene.jobs(&[scene.job("j", &words, &nothing()), keeper], &nothing()).start();
    scene.await_event(SOON, "left");
    scene.file("go", "");
    scene.await_event(SOON, "term");
}

#[test]
fn a_check_that_takes_too_long_is_killed_with_its_group() {
    let scene = scene();
    let check = scene.probe(&["note=check", "child=note=grandchild,forever", "forever"]);
    let health = json!({"health": {"interval": 1, "ttl": 5, "exec": check, "timeout": "300ms"}});
    let _pilot = scene.jobs(&[scene.job("j", &["forever"], &health)], &nothing()).start();
    let grandchild = scene.await_event(SOON, "grandchild").pid;
    wait_until(seconds(3), "the grandchild to be killed", || (!alive(grandchild)).then_some(()));
}

#[test]
fn q_28_runs_never_overlap_across_a_reload() {
    fixed("Q-28", || {
        let scene = scene();
        let words = |name: &str| {
            [
                format!("note={name}"),
                "await=TERM".into(),
                format!("until={}", scene.at("go")),
                format!("note={name} gone"),
            ]
        };
        let job = |name: &str| {
            let words = words(name);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            scene.job("j", &words, &nothing())
        };
        let _pilot = scene.jobs(&[job("old")], &json!({"stopTimeout": 30})).start();
        scene.await_event(SOON, "old");
        scene.write_jobs(&[job("new")], &json!({"stopTimeout": 30}));
        let control = scene.control();
        let reload = std::thread::spawn(move || control.post("/v3/reload", ""));
        scene.control().await_state(SOON, "j", "stopping");
        assert!(!scene.has("new"), "two processes of one job");
        scene.file("go", "");
        let new = scene.await_event(SOON, "new").at;
        assert!(new > scene.await_event(SOON, "old gone").at);
        assert_eq!(reload.join().unwrap().status, 200);
    });
}

#[test]
fn no_descriptor_leaks_into_a_job() {
    let scene = scene();
    let telemetry = json!({"port": crate::free_port(), "interfaces": ["lo"]});
    let _pilot =
        scene.jobs(&[scene.job("j", &["fds"], &nothing())], &json!({"telemetry": telemetry})).start();
    let inside = scene.await_text(SOON, "fds ");
    let alone = crate::scene();
    alone.run_alone(&["fds"]);
    assert_eq!(inside, alone.await_text(SOON, "fds "));
}

#[test]
fn a_daemon_that_holds_the_output_open_does_not_hold_up_the_exit() {
    let scene = scene();
    // A session of its own, so that the TERM for the group does not reach it.
    let line = scene.probe_line(&["note=daemon", "forever"]).join(" ");
    let job = json!({"name": "j", "exec": ["sh", "-c", format!("setsid {line} & exit 0")]});
    let done = scene.job("done", &["note=done"], &json!({"when": {"source": "j", "once": "exitSuccess"}}));
    let keeper = scene.job("keeper", &["forever"], &nothing());
    let _pilot = scene.jobs(&[job, done, keeper], &nothing()).start();
    scene.await_event(SOON, "done");
}

#[test]
fn a_service_whose_process_died_is_critical_at_once() {
    fixed("Q-36", || {
        let scene = scene();
        let rest = json!({"restarts": "unlimited", "restart": null});
        let word = format!("until={}", scene.at("end"));
        let _pilot =
            scene.jobs(&[scene.offer("web", &["note=up", &word, "exit=1"], &rest)], &nothing()).start();
        scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
        scene.file("end", "");
        scene.consul.wait_for_status(seconds(2), &id("web"), Some("critical"));
    });
}
