//! Faults: of the catalogue during the stop, of checks, of configurations.

use crate::{await_ticks, clock, id, nothing, scene, seconds};
use gyropilot_conformance::agent::Agent;
use gyropilot_conformance::target::fixed;
use gyropilot_conformance::wait::{SOON, wait_until};
use nix::sys::signal::Signal;
use serde_json::json;
use std::time::Instant;

/// Stops a pilot whose agent is made to fail at the moment of the stop.
#[track_caller]
fn stops_in_spite_of(fault: impl FnOnce(&mut Agent)) {
    fixed("Q-14", || {
        let scene = scene();
        let mut agent = Agent::start(scene.folder());
        let web = scene.offer("web", &["note=up", "await=TERM", "note=term", "exit=0"], &nothing());
        let before =
            scene.job("before", &["note=before"], &json!({"when": {"source": "web", "once": "stopping"}}));
        let watches = json!([{"name": "sales", "interval": 1}]);
        let rest = json!({"consul": agent.address(), "watches": watches});
        let pilot = scene.jobs(&[web, before], &rest).start();
        wait_until(SOON, "web to be passing", || (agent.passing("web") == [id("web")]).then_some(()));
        fault(&mut agent);
        let asked = Instant::now();
        pilot.end_after_term(seconds(14)).assert_status(0);
        assert!(asked.elapsed() < seconds(12), "{:?}", asked.elapsed());
        assert!(scene.has("before") && scene.has("term"));
        agent.signal(Signal::SIGCONT);
    });
}

#[test]
fn a_catalogue_that_was_killed_holds_up_no_stop() {
    stops_in_spite_of(Agent::kill);
}

#[test]
fn a_catalogue_that_was_stopped_holds_up_no_stop() {
    stops_in_spite_of(|agent| agent.signal(Signal::SIGSTOP));
}

#[test]
fn a_check_that_never_ends_holds_up_nothing() {
    let scene = scene();
    let stuck = json!({"health": {"interval": 1, "ttl": 5, "timeout": "60s",
        "exec": scene.probe(&["note=stuck", "ignore=TERM", "forever"])}});
    let jobs = [scene.offer("web", &["await=TERM", "exit=0"], &stuck), clock(&scene)];
    let pilot = scene.jobs(&jobs, &json!({"stopTimeout": 1})).start();
    scene.await_event(SOON, "stuck");
    await_ticks(&scene, 12);
    assert_eq!(scene.events_like("stuck").len(), 1);
    pilot.end_after_term(seconds(6)).assert_status(0);
    scene.await_silence(seconds(1));
}

#[test]
fn one_line_of_100_mb_is_passed_on_and_never_all_of_it_in_memory() {
    fixed("Q-03", || {
        const HUNDRED_MB: usize = 100_000_000;
        let scene = scene();
        let job = scene.job("flood", &[&format!("flood={HUNDRED_MB}"), "note=written"], &nothing());
        let pilot = scene.jobs(&[job, clock(&scene)], &json!({"exit": "never"})).start();
        scene.await_event(SOON * 4, "written");
        let out = scene.path("stdout.0");
        wait_until(SOON, "all of it", || {
            std::fs::metadata(&out).is_ok_and(|it| it.len() >= HUNDRED_MB as u64).then_some(())
        });
        let status = std::fs::read_to_string(format!("/proc/{}/status", pilot.pid())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        let kilobytes: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
        assert!(kilobytes < 50_000, "it kept {kilobytes} kB in memory");
        pilot.stop().assert_status(0);
    });
}
