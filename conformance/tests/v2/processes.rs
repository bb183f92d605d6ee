//! Section 1.15, away from PID 1: groups, orphans, output under pressure.

use crate::{id, scene, seconds};
use gyropilot_conformance::process::{self, alive};
use gyropilot_conformance::scene::Scene;
use gyropilot_conformance::target::fixed;
use gyropilot_conformance::wait::{SOON, wait_until};
use nix::sys::signal::Signal;
use serde_json::json;

#[test]
fn orphans_are_adopted_and_reaped() {
    fixed("subreaper", || {
        let scene = scene();
        let orphan = format!("note=orphan,until={},exit=3", scene.at("go"));
        let coprocess = json!({"command": scene.probe(&[&format!("child={orphan}"), "exit=0"])});
        let pilot =
            scene.launch(&json!({"coprocesses": [coprocess]})).app(scene.probe_line(&["forever"])).start();
        let orphan = scene.await_event(SOON, "orphan").pid;
        wait_until(SOON, "the orphan to be adopted", || {
            process::look(orphan).filter(|it| it.parent == pilot.pid()).map(drop)
        });
        scene.file("go", "");
        wait_until(SOON, "the orphan to be reaped", || process::look(orphan).is_none().then_some(()));
    });
}

#[test]
fn no_child_stays_unreaped() {
    let scene = scene();
    let services = json!([scene.service("web", &json!({"health": "true"}))]);
    let config = json!({"services": services, "preStart": "true",
        "tasks": [{"name": "t", "command": scene.probe(&["note=task"]), "frequency": "20ms"}]});
    let pilot = scene.launch(&config).app(scene.probe_line(&["forever"])).start();
    scene.await_events(SOON, "task", 50);
    let unreaped = || process::children(pilot.pid()).into_iter().filter(|child| child.state == 'Z').count();
    // One may just have ended; none may stay.
    wait_until(seconds(2), "every child to be reaped", || (unreaped() == 0).then_some(()));
}

#[test]
fn a_background_child_that_keeps_a_checks_output_open_holds_up_nothing() {
    let scene = scene();
    let check = scene.probe(&["note=check", "child=note=daemon,forever", "exit=0"]);
    let services = json!([scene.service("web", &json!({"health": check}))]);
    let _pilot = scene.launch(&json!({"services": services})).app(scene.probe_line(&["forever"])).start();
    scene.await_events(SOON, "check", 3);
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
}

/// A task floods the output that nobody reads.
fn flooded(scene: &Scene) -> gyropilot_conformance::launch::Pilot {
    let flood = scene.probe(&["note=flood", "flood=3000000"]);
    let services = json!([scene.service("web", &json!({"health": scene.probe(&["note=check"])}))]);
    let config = json!({"services": services, "coprocesses": [{"name": "c", "command": flood}]});
    let launch = scene.launch(&config).with_stuck_output();
    launch.app(scene.probe_line(&["note=up", "await=TERM", "exit=3"])).start()
}

#[test]
fn output_that_nobody_reads_holds_up_no_check() {
    fixed("Q-03", || {
        let scene = scene();
        let _pilot = flooded(&scene);
        scene.await_event(SOON, "flood");
        let checks = scene.events_like("check").len();
        scene.await_events(SOON, "check", checks + 3);
    });
}

#[test]
fn output_that_nobody_reads_holds_up_no_stop() {
    fixed("Q-03", || {
        let scene = scene();
        let pilot = flooded(&scene);
        scene.await_event(SOON, "flood");
        scene.await_events(SOON, "check", 2);
        pilot.stop().assert_status(3);
        assert_eq!(scene.consul.status(&id("web")), None);
    });
}

#[test]
fn closed_output_stops_nothing() {
    let scene = scene();
    let services = json!([scene.service("web", &json!({"health": scene.probe(&["print=x", "note=check"])}))]);
    let launch = scene.launch(&json!({"services": services})).within(["sh", "-c", "exec \"$@\" >&-", "-"]);
    let _pilot = launch.app(scene.probe_line(&["forever"])).start();
    scene.await_events(SOON, "check", 2);
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
}

#[test]
fn it_sleeps_while_nothing_is_due() {
    let scene = scene();
    let services = json!([scene.service("web", &json!({"poll": 30, "ttl": 90, "health": "true"}))]);
    let config = json!({"services": services,
        "backends": [{"name": "sales", "poll": 30, "onChange": "true"}]});
    let pilot = scene.launch(&config).app(scene.probe_line(&["note=up", "forever"])).start();
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
    fixed("Q-40", || {
        let wakes = || {
            let status = std::fs::read_to_string(format!("/proc/{}/status", pilot.pid())).unwrap();
            let line =
                status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:")).unwrap().trim();
            line.parse::<u64>().unwrap()
        };
        // Another pilot is the clock.
        let other = crate::scene();
        let check = json!([other.service("clock", &json!({"health": other.probe(&["note=tick"])}))]);
        let _clock = other.launch(&json!({"services": check})).app(other.probe_line(&["forever"])).start();
        other.await_events(SOON, "tick", 2);
        let before = wakes();
        other.await_events(SOON, "tick", 5);
        assert!(wakes() - before <= 5, "{} wake-ups in 3 s with nothing due", wakes() - before);
    });
}

#[test]
fn a_stopped_application_is_still_stopped_in_the_end() {
    fixed("signal-status", || {
        let scene = scene();
        let config = json!({"stopTimeout": 1});
        let pilot = scene.launch(&config).app(scene.probe_line(&["note=up", "forever"])).start();
        let app = scene.await_event(SOON, "up").pid;
        process::signal(app, Signal::SIGSTOP);
        let ended = pilot.stop();
        assert!([137, 143].contains(&ended.status), "{}", ended.status);
        assert!(!alive(app));
    });
}
