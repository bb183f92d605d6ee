//! Faults: of the catalogue during the stop, of checks, of configurations.

use crate::{await_ticks, clock, id, nothing, scene, seconds};
use gyropilot_conformance::agent::{Agent, Make};
use gyropilot_conformance::on_each_agent;
use gyropilot_conformance::scene::Scene;
use gyropilot_conformance::target::fixed;
use gyropilot_conformance::wait::{SOON, wait_until};
use nix::sys::signal::Signal;
use serde_json::{Value, json};
use std::time::Instant;

on_each_agent! {
    a_catalogue_that_was_killed_holds_up_no_stop,
    a_catalogue_that_was_stopped_holds_up_no_stop,
}

/// Stops a pilot whose agent is made to fail at the moment of the stop.
#[track_caller]
fn stops_in_spite_of(make: Make, fault: impl FnOnce(&mut Agent)) {
    fixed("Q-14", || {
        let scene = scene();
        let mut agent = make.start(scene.folder());
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

fn a_catalogue_that_was_killed_holds_up_no_stop(make: Make) {
    stops_in_spite_of(make, Agent::kill);
}

fn a_catalogue_that_was_stopped_holds_up_no_stop(make: Make) {
    stops_in_spite_of(make, |agent| agent.signal(Signal::SIGSTOP));
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

#[test]
fn a_flood_makes_nobody_deaf() {
    let scene = scene();
    let jobs = [json!({"name": "flood", "exec": "yes"}), clock(&scene)];
    let pilot = scene.jobs(&jobs, &nothing()).without_output().start();
    scene.await_events(SOON, "tick", 5);
    assert_eq!(scene.control().ask("GET", "/v3/ping", "").status, 200);
    pilot.end_after_term(seconds(8)).assert_status(0);
}

#[test]
fn a_pilot_that_was_killed_can_be_started_again() {
    let scene = scene();
    let web = scene.offer("web", &["note=up", "forever"], &nothing());
    let first = scene.jobs(std::slice::from_ref(&web), &nothing()).start();
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
    first.signal(Signal::SIGKILL);
    first.end(SOON).assert_status(137);
    let second = scene.jobs(&[web], &nothing()).start();
    scene.await_events(SOON, "up", 2);
    scene.control().await_up(SOON);
    second.stop().assert_status(0);
}

/// Numbers that look random and are the same in each run (SplitMix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound.max(1) as u64).unwrap()
    }
}

const WORDS: [&str; 20] = [
    "\"",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "null",
    "-1",
    "1e999",
    "\"never\"",
    "\"all\"",
    "{{",
    "}}",
    "true",
    "\"5s\"",
    "//",
    "\"web\"",
    "'",
    "\\u0000",
];

/// The text with one to three small changes.
fn mutated(text: &str, dice: &mut Dice) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=dice.below(3) {
        let at = dice.below(bytes.len());
        match dice.below(5) {
            0 => drop(bytes.remove(at)),
            1 => bytes[at] = u8::try_from(dice.below(256)).unwrap(),
            2 => bytes.truncate(at.max(1)),
            3 => {
                let end = (at + dice.below(20)).min(bytes.len());
                drop(bytes.drain(at..end));
            }
            _ => drop(bytes.splice(at..at, WORDS[dice.below(WORDS.len())].bytes())),
        }
        if bytes.is_empty() {
            bytes.push(b'{');
        }
    }
    bytes
}

/// What is varied: everything but where the pilot is asked, and that it never ends by itself.
fn varied(scene: &Scene) -> String {
    let web = scene.offer("web", &["forever"], &json!({"restarts": 2, "tags": ["a"], "stopTimeout": "1s"}));
    let other = scene.job("other", &["exit=0"], &json!({"when": {"source": "web", "once": "stopping"}}));
    let rest = json!({"jobs": [web, other], "watches": [{"name": "sales", "interval": 5}], "stopTimeout": 1});
    rest.to_string().strip_prefix('{').unwrap().to_owned()
}

/// 10,000 in all, a quarter in each of four tests, so that four can run at once.
#[track_caller]
fn withstands_mutations(seed: u64) {
    fixed("Q-29", || {
        let scene = scene();
        let head = json!({"control": {"socket": scene.at("control.socket")}, "exit": "never",
            "consul": scene.consul.address().to_string(), "logging": {"level": "ERROR"}});
        let head = format!("{},", head.to_string().strip_suffix('}').unwrap());
        let body = varied(&scene);
        let mut dice = Dice(seed);
        let path = scene.file("jobs.json5", &format!("{head}{body}"));
        let mut pilot =
            scene.bare_launch().args(["-config", &path.display().to_string()]).without_output().start();
        let control = scene.control();
        control.await_up(SOON);
        let mut plan = control.json("/v1/plan");
        assert!(plan.is_object());
        let mut taken = 0;
        for round in 0..2500 {
            let mut text = head.clone().into_bytes();
            text.extend(mutated(&body, &mut dice));
            std::fs::write(&path, &text).unwrap();
            let answer = control.post("/v3/reload", "");
            let now = control.json("/v1/plan");
            let shown = String::from_utf8_lossy(&text);
            match answer.status {
                422 => assert_eq!(now, plan, "round {round}: refused, and yet something changed:\n{shown}"),
                200 => taken += 1,
                other => panic!("round {round}: {other} {}\n{shown}", answer.body),
            }
            plan = now;
        }
        assert!(taken > 20 && pilot.is_running(), "{taken} were taken up");
        scene.file("jobs.json5", &format!("{head}{body}"));
        assert_eq!(control.post("/v3/reload", "").status, 200);
        control.await_state(SOON, "web", "running");
        // What the last one but this had is still on its way out.
        wait_until(SOON, "web and other to be all there is", || {
            let status = control.json("/v1/status");
            let names: Vec<&Value> = status["jobs"].as_array()?.iter().map(|job| &job["name"]).collect();
            (names == ["web", "other"]).then_some(())
        });
        let _ = pilot.end_after_term(SOON);
        scene.await_silence(seconds(2));
    });
}

#[test]
fn configurations_1_to_2500_that_were_mutated_end_nothing_and_apply_whole_or_not() {
    withstands_mutations(1);
}

#[test]
fn configurations_2501_to_5000_that_were_mutated_end_nothing_and_apply_whole_or_not() {
    withstands_mutations(2);
}

#[test]
fn configurations_5001_to_7500_that_were_mutated_end_nothing_and_apply_whole_or_not() {
    withstands_mutations(3);
}

#[test]
fn configurations_7501_to_10000_that_were_mutated_end_nothing_and_apply_whole_or_not() {
    withstands_mutations(4);
}
