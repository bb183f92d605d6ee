//! Section 2.15: as PID 1, and where somebody else is.

use crate::{id, milliseconds, nothing, scene, seconds};
use gyropilot_conformance::process::{self, alive};
use gyropilot_conformance::stage;
use gyropilot_conformance::target::{self, fixed};
use gyropilot_conformance::wait::{SOON, wait_until};
use nix::sys::signal::Signal;
use serde_json::json;
use std::ffi::OsString;

#[test]
fn it_is_pid_1_itself() {
    fixed("pid-variable", || {
        let scene = scene();
        let job = scene.job("j", &["env=CONTAINERPILOT_PID"], &nothing());
        scene.jobs(&[job], &nothing()).as_pid_1().run().assert_status(0);
        assert_eq!(scene.await_text(SOON, "CONTAINERPILOT_PID="), "1");
    });
}

#[test]
fn q_01_the_exit_status_is_the_jobs() {
    fixed("Q-01", || {
        let scene = scene();
        for status in [0, 1, 42, 127, 137, 255] {
            let job = scene.job("j", &[&format!("exit={status}")], &nothing());
            scene.jobs(&[job], &nothing()).as_pid_1().run().assert_status(status);
        }
    });
}

#[test]
fn q_01_a_wrong_configuration_is_1() {
    fixed("Q-01", || {
        let scene = scene();
        scene.jobs(&[json!({"name": ""})], &nothing()).as_pid_1().run().assert_status(1);
    });
}

#[test]
fn q_01_the_switch_makes_every_status_0() {
    fixed("Q-01", || {
        let scene = scene();
        let job = scene.job("j", &["exit=42"], &nothing());
        let launch = || scene.jobs(std::slice::from_ref(&job), &json!({"compat": {"exitZeroAsPid1": true}}));
        launch().as_pid_1().run().assert_status(0);
        launch().run().assert_status(42);
    });
}

#[test]
fn sigterm_goes_down_in_order() {
    fixed("stop-order", || {
        let scene = scene();
        let web = scene.offer("web", &["note=up", "await=TERM", "note=term", "exit=0"], &nothing());
        let before =
            scene.job("before", &["note=before"], &json!({"when": {"source": "web", "once": "stopping"}}));
        let pilot = scene.jobs(&[web, before], &nothing()).as_pid_1().start();
        scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
        scene.await_event(SOON, "up");
        pilot.stop().assert_status(0);
        assert_eq!(scene.notes(), ["up", "before", "term"]);
        assert_eq!(scene.consul.status(&id("web")), None);
    });
}

#[test]
fn a_signal_that_means_nothing_does_not_kill() {
    let scene = scene();
    let mut pilot = scene.jobs(&[crate::clock(&scene)], &nothing()).as_pid_1().start();
    scene.await_event(SOON, "tick");
    for signal in
        [Signal::SIGUSR1, Signal::SIGUSR2, Signal::SIGHUP, Signal::SIGWINCH, Signal::SIGCONT, Signal::SIGALRM]
    {
        pilot.signal(signal);
    }
    crate::await_ticks(&scene, 3);
    assert!(pilot.is_running());
    pilot.stop().assert_status(0);
}

#[test]
fn orphans_are_reaped() {
    let scene = scene();
    // A child of a session of its own that starts another and ends at once.
    let words = ["child=child=note=orphan,exit=0", "note=up", "forever"];
    let pilot = scene.jobs(&[scene.job("j", &words, &nothing())], &nothing()).as_pid_1().start();
    scene.await_event(SOON, "up");
    scene.await_event(SOON, "orphan");
    wait_until(SOON, "nothing but the job to be left", || {
        let children = process::children(pilot.pid());
        (children.len() == 1 && children[0].state != 'Z').then_some(())
    });
}

#[test]
fn where_it_is_not_pid_1_it_reaps_them_too() {
    fixed("subreaper", || {
        let scene = scene();
        let line = scene.probe_line(&["note=orphan", &format!("until={}", scene.at("go"))]).join(" ");
        let job = json!({"name": "j", "exec": ["sh", "-c", format!("setsid {line} & exit 0")]});
        let pilot = scene.jobs(&[job, scene.job("keeper", &["forever"], &nothing())], &nothing()).start();
        let orphan = scene.await_event(SOON, "orphan").pid;
        wait_until(SOON, "the orphan to be ours", || {
            process::look(orphan).filter(|it| it.parent == pilot.pid()).map(drop)
        });
        scene.file("go", "");
        wait_until(SOON, "the orphan to be reaped", || process::look(orphan).is_none().then_some(()));
    });
}

#[test]
fn under_tini_it_is_the_same() {
    let scene = scene();
    let tini = target::tool("tini", "usr/bin/tini", "GYROPILOT_TEST_TINI");
    let mut prefix = stage::as_pid_1();
    prefix.extend([tini.into(), "--".into()]);
    let web = scene.offer("web", &["note=up", "await=TERM", "note=term", "exit=0"], &nothing());
    // What has to hear the signal is tini, which hands it on.
    let pilot = scene.jobs(&[web], &nothing()).within(prefix.clone()).start();
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
    scene.await_event(SOON, "up");
    pilot.stop().assert_status(0);
    assert!(scene.has("term"));
    assert_eq!(scene.consul.status(&id("web")), None);
    fixed("Q-01", || {
        let job = scene.job("j", &["exit=42"], &nothing());
        scene.jobs(&[job], &nothing()).within(prefix).run().assert_status(42);
    });
}

/// Runs the pilot in a pid namespace whose PID 1 is a shell with a neighbour.
fn beside_a_neighbour(neighbour: &[String]) -> Vec<OsString> {
    let mut prefix = stage::as_pid_1();
    let script = format!("{} & \"$@\"; status=$?; exit $status", neighbour.join(" "));
    prefix.extend(["sh".into(), "-c".into(), script.into(), "-".into()]);
    prefix
}

#[test]
fn in_a_pid_namespace_shared_with_others_it_leaves_them_alone() {
    let scene = scene();
    let neighbour = scene.probe_line(&["note=neighbour", "ignore=TERM", "forever"]);
    let job = scene.job("j", &["note=up", "await=TERM", "note=term", "exit=0"], &nothing());
    let shell = scene.jobs(&[job], &nothing()).within(beside_a_neighbour(&neighbour)).start();
    scene.await_event(SOON, "up");
    scene.await_event(SOON, "neighbour");
    let within = process::children(shell.pid());
    let probes: Vec<i32> = within.iter().filter(|it| it.name == "probe").map(|it| it.pid).collect();
    let [neighbour] = probes[..] else { panic!("{within:?}") };
    let pilot = within.iter().find(|it| it.name != "probe").unwrap().pid;
    process::signal(pilot, Signal::SIGTERM);
    scene.await_event(SOON, "term");
    wait_until(SOON, "the pilot to end", || (!alive(pilot)).then_some(()));
    // The shell ends with it, and only then does its namespace go.
    assert!(!scene.has("neighbour term") && neighbour > 0);
    shell.end(SOON).assert_status(0);
}

#[test]
fn without_jobs_left_it_ends_everything_below() {
    let scene = scene();
    let line = scene.probe_line(&["note=daemon", "ignore=TERM", "forever"]).join(" ");
    let job = json!({"name": "j", "exec": ["sh", "-c", format!("setsid {line} & exec {}", scene.probe_line(&[&format!("until={}", scene.at("go"))]).join(" "))]});
    let pilot = scene.jobs(&[job], &json!({"stopTimeout": 1})).as_pid_1().start();
    scene.await_event(SOON, "daemon");
    scene.file("go", "");
    pilot.end(seconds(6)).assert_status(0);
    scene.await_silence(milliseconds(500));
}
