//! Section 1.15 as PID 1, in a pid namespace of its own.

use crate::{id, milliseconds, scene, seconds};
use gyropilot_conformance::process;
use gyropilot_conformance::target::fixed;
use gyropilot_conformance::wait::{SOON, wait_until};
use nix::sys::signal::Signal;
use serde_json::json;

#[test]
fn it_is_pid_1_itself() {
    fixed("pid-variable", || {
        let scene = scene();
        let app = scene.probe_line(&["env=CONTAINERPILOT_PID"]);
        scene.launch(&json!({})).as_pid_1().app(app).run().assert_status(0);
        assert_eq!(scene.await_text(SOON, "CONTAINERPILOT_PID="), "1");
    });
}

#[test]
fn q_01_the_exit_status_is_the_applications() {
    fixed("Q-01", || {
        let scene = scene();
        for status in [0, 1, 42, 127, 137, 143, 255] {
            let app = scene.probe_line(&[&format!("exit={status}")]);
            scene.launch(&json!({})).as_pid_1().app(app).run().assert_status(status);
        }
    });
}

#[test]
fn q_01_death_by_a_signal_is_128_and_its_number() {
    fixed("Q-01", || {
        let scene = scene();
        for (name, number) in [("KILL", 9), ("TERM", 15), ("SEGV", 11)] {
            let app = scene.probe_line(&[&format!("raise={name}")]);
            scene.launch(&json!({})).as_pid_1().app(app).run().assert_status(128 + number);
        }
    });
}

#[test]
fn q_01_a_missing_application_is_127() {
    fixed("Q-01", || {
        scene().launch(&json!({})).as_pid_1().app(["/no/such/application"]).run().assert_status(127);
    });
}

#[test]
fn q_01_a_wrong_configuration_is_1() {
    fixed("Q-01", || {
        scene().bare_launch().args(["-config", "{}"]).as_pid_1().app(["true"]).run().assert_status(1);
    });
}

#[test]
fn q_01_a_failing_pre_start_is_its_status() {
    fixed("Q-01", || {
        let scene = scene();
        let config = json!({"preStart": scene.probe(&["exit=42"])});
        scene.launch(&config).as_pid_1().app(["true"]).run().assert_status(42);
    });
}

#[test]
fn q_01_post_stop_has_the_last_word() {
    fixed("Q-01", || {
        let scene = scene();
        let failing = json!({"postStop": scene.probe(&["exit=9"])});
        scene.launch(&failing).as_pid_1().app(["true"]).run().assert_status(9);
        scene.launch(&json!({"postStop": "/no/such/hook"})).as_pid_1().app(["true"]).run().assert_status(127);
    });
}

#[test]
fn q_01_the_switch_makes_every_status_0() {
    fixed("Q-01", || {
        let scene = scene();
        let config = json!({"compat": {"exitZeroAsPid1": true}});
        let launch = || scene.launch(&config).app(scene.probe_line(&["exit=42"]));
        launch().as_pid_1().run().assert_status(0);
        launch().run().assert_status(42);
    });
}

#[test]
fn sigterm_goes_down_in_order() {
    let scene = scene();
    let config = json!({
        "services": [scene.service("web", &json!({}))],
        "preStop": scene.probe(&["note=preStop"]),
        "postStop": scene.probe(&["note=postStop"]),
    });
    let app = scene.probe_line(&["note=up", "await=TERM", "note=term", "exit=0"]);
    let pilot = scene.launch(&config).as_pid_1().app(app).start();
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
    scene.await_event(SOON, "up");
    pilot.stop().assert_status(0);
    let order: Vec<String> = scene.events().into_iter().map(|event| event.text).collect();
    assert_eq!(order, ["up", "preStop", "term", "postStop"]);
    assert_eq!(scene.consul.status(&id("web")), None);
}

#[test]
fn sigint_stops_too() {
    fixed("sigint", || {
        let scene = scene();
        let pilot = scene
            .launch(&json!({}))
            .as_pid_1()
            .app(scene.probe_line(&["note=up", "await=TERM", "exit=4"]))
            .start();
        scene.await_event(SOON, "up");
        pilot.signal(Signal::SIGINT);
        pilot.end(SOON).assert_status(4);
    });
}

#[test]
fn sighup_reloads_and_sigusr1_toggles() {
    let scene = scene();
    let pilot = scene.launch(&json!({})).as_pid_1().app(scene.probe_line(&["note=up", "forever"])).start();
    scene.await_event(SOON, "up");
    scene.file(
        "containerpilot.json",
        &scene.config(&json!({"services": [scene.service("web", &json!({}))]})).to_string(),
    );
    pilot.signal(Signal::SIGHUP);
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
    pilot.signal(Signal::SIGUSR1);
    scene.consul.wait_for_status(seconds(3), &id("web"), None);
}

#[test]
fn a_signal_that_means_nothing_does_not_kill() {
    let scene = scene();
    let config =
        json!({"tasks": [{"name": "t", "command": scene.probe(&["note=tick"]), "frequency": "100ms"}]});
    let mut pilot =
        scene.launch(&config).as_pid_1().app(scene.probe_line(&["note=up", "await=TERM", "exit=4"])).start();
    scene.await_event(SOON, "up");
    for signal in [Signal::SIGUSR2, Signal::SIGWINCH, Signal::SIGCONT, Signal::SIGALRM] {
        pilot.signal(signal);
    }
    let ticks = scene.events_like("tick").len();
    scene.await_events(SOON, "tick", ticks + 3);
    assert!(pilot.is_running());
    pilot.stop().assert_status(4);
}

#[test]
fn orphans_are_reaped() {
    let scene = scene();
    // A child that starts its own and ends at once.
    let app = scene.probe_line(&["child=child=note=orphan,exit=0", "note=up", "await=TERM", "exit=0"]);
    let pilot = scene.launch(&json!({})).as_pid_1().app(app).start();
    scene.await_event(SOON, "up");
    scene.await_event(SOON, "orphan");
    wait_until(SOON, "nothing but the application to be left", || {
        let children = process::children(pilot.pid());
        (children.len() == 1 && children[0].state != 'Z').then_some(())
    });
}

#[test]
fn ten_thousand_orphans_at_once_are_reaped() {
    let scene = scene();
    // They end while their parent lives and does not wait; when it is killed, all become ours in one moment.
    let crowd =
        format!("for (1..10000) {{ exit 0 unless fork }} sleep 1 until -e '{}'; kill 9, $$", scene.at("go"));
    let config = json!({
        "services": [scene.service("web", &json!({"health": scene.probe(&["note=check"])}))],
        "coprocesses": [{"name": "crowd", "command": ["perl", "-e", crowd]}],
    });
    let app = scene.probe_line(&["note=up", "await=TERM", "exit=0"]);
    let pilot = scene.launch(&config).as_pid_1().app(app).start();
    let dead = || process::all().iter().filter(|it| it.name == "perl" && it.state == 'Z').count();
    wait_until(SOON * 2, "the crowd to gather", || (dead() == 10_000).then_some(()));
    scene.file("go", "");
    wait_until(SOON, "the crowd to become ours", || (dead() < 10_000).then_some(()));
    wait_until(SOON, "the crowd to be reaped", || {
        let left = process::children(pilot.pid())
            .into_iter()
            .filter(|it| it.state == 'Z' || it.name == "perl")
            .count();
        (left == 0).then_some(())
    });
    // Nothing else suffered.
    let checks = scene.events_like("check").len();
    scene.await_events(SOON, "check", checks + 2);
    pilot.stop().assert_status(0);
    assert_eq!(scene.consul.status(&id("web")), None);
}

#[test]
fn a_stop_without_an_application_ends_everything() {
    fixed("Q-20", || {
        let scene = scene();
        let config = json!({"coprocesses": [{"command": scene.probe(&["note=co", "forever"])}]});
        let pilot = scene.launch(&config).as_pid_1().start();
        scene.await_event(SOON, "co");
        pilot.stop().assert_status(0);
        scene.await_silence(milliseconds(500));
    });
}
