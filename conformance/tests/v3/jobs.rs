//! Section 2.7: how a job runs again, ends, and what its end means for others.

use crate::{await_ticks, clock, milliseconds, nothing, scene, seconds};
use gyropilot_conformance::launch::Pilot;
use gyropilot_conformance::scene::Scene;
use gyropilot_conformance::target::fixed;
use gyropilot_conformance::wait::SOON;
use serde_json::{Value, json};

/// Starts `jobs` beside a clock and a job that stays.
fn run(scene: &Scene, jobs: &[Value], rest: &Value) -> Pilot {
    let mut all = jobs.to_vec();
    all.extend([clock(scene), scene.job("keeper", &["note=kept", "forever"], &nothing())]);
    scene.jobs(&all, rest).start()
}

fn at_once() -> Value {
    json!({"compat": {"immediateRestarts": true}})
}

#[test]
fn without_restarts_it_runs_once() {
    let scene = scene();
    let _pilot = run(&scene, &[scene.job("j", &["note=ran", "exit=1"], &nothing())], &nothing());
    scene.await_event(SOON, "ran");
    await_ticks(&scene, 4);
    assert_eq!(scene.events_like("ran").len(), 1);
}

#[test]
fn two_restarts_are_three_runs() {
    let scene = scene();
    let job = scene.job("j", &["note=ran", "exit=1"], &json!({"restarts": 2}));
    let done = scene.job("done", &["note=done"], &json!({"when": {"source": "j", "once": "stopped"}}));
    let _pilot = run(&scene, &[job, done], &at_once());
    scene.await_event(SOON, "done");
    assert_eq!(scene.events_like("ran").len(), 3);
}

#[test]
fn a_run_that_succeeded_is_run_again_too() {
    let scene = scene();
    let job = scene.job("j", &["note=ran", "exit=0"], &json!({"restarts": 1}));
    let _pilot = run(&scene, &[job], &at_once());
    scene.await_events(SOON, "ran", 2);
}

#[test]
fn unlimited_restarts_go_on() {
    let scene = scene();
    let job = scene.job("j", &["note=ran", "exit=1"], &json!({"restarts": "unlimited"}));
    let _pilot = run(&scene, &[job], &at_once());
    scene.await_events(SOON, "ran", 12);
}

#[test]
fn q_22_restarts_wait_a_second_and_then_twice_as_long() {
    fixed("Q-22", || {
        let scene = scene();
        let job = scene.job("j", &["note=ran", "exit=1"], &json!({"restarts": "unlimited"}));
        let _pilot = run(&scene, &[job], &nothing());
        let runs = scene.await_events(SOON, "ran", 3);
        let waits: Vec<f64> = runs.windows(2).map(|pair| (pair[1].at - pair[0].at).as_secs_f64()).collect();
        for (wait, nominal) in waits.iter().zip([1.0, 2.0]) {
            assert!(*wait > nominal * 0.45 && *wait < nominal * 1.6 + 0.5, "{waits:?}");
        }
    });
}

#[test]
fn q_22_the_switch_restarts_without_delay() {
    fixed("Q-22", || {
        let scene = scene();
        let job = scene.job("j", &["note=ran", "exit=1"], &json!({"restarts": 20}));
        let _pilot = run(&scene, &[job], &at_once());
        let runs = scene.await_events(seconds(8), "ran", 20);
        assert!(runs[19].at - runs[0].at < seconds(6));
    });
}

#[test]
fn a_program_that_is_not_there_is_tried_again() {
    let scene = scene();
    let ghost = json!({"name": "ghost", "exec": scene.at("late"), "restarts": "unlimited"});
    let pilot = run(&scene, &[ghost], &nothing());
    pilot.await_phrase(SOON, "unable to start");
    let program =
        scene.file("late", &format!("#!/bin/sh\nexec {} note=late forever\n", scene.probe_line(&[])[0]));
    std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    scene.await_event(SOON, "late");
}

#[test]
fn each_with_restarts_has_one_budget_for_all_its_life() {
    let scene = scene();
    let source =
        scene.job("source", &["note=source"], &json!({"when": {"interval": "400ms"}, "restarts": 2}));
    let reaction = scene.job(
        "reaction",
        &["note=ran"],
        &json!({"restarts": 2, "when": {"source": "source", "each": "exitSuccess"}}),
    );
    let _pilot = run(&scene, &[reaction, source], &at_once());
    scene.await_events(SOON, "source", 3);
    // Three runs for the first, then one for each of the two others.
    scene.await_events(SOON, "ran", 5);
    await_ticks(&scene, 4);
    assert_eq!(scene.events_like("ran").len(), 5);
}

#[test]
fn a_run_that_takes_too_long_is_killed_with_its_group_and_has_failed() {
    let scene = scene();
    let rest = json!({"timeout": "300ms"});
    let job = scene.job("slow", &["note=begin", "child=note=grandchild,forever", "forever"], &rest);
    let failed =
        scene.job("failed", &["note=failed"], &json!({"when": {"source": "slow", "once": "exitFailed"}}));
    let pilot = run(&scene, &[job, failed], &nothing());
    let grandchild = scene.await_event(SOON, "grandchild").pid;
    scene.await_event(SOON, "failed");
    gyropilot_conformance::wait::wait_until(seconds(2), "the grandchild to be killed", || {
        (!gyropilot_conformance::process::alive(grandchild)).then_some(())
    });
    pilot.await_phrase(SOON, "slow timeout after");
}

#[test]
fn q_32_a_dependency_that_failed_ends_the_pilot() {
    fixed("Q-32", || {
        let scene = scene();
        let migrate = scene.job("migrate", &["note=migrate", "exit=4"], &nothing());
        let app =
            scene.job("app", &["note=app"], &json!({"when": {"source": "migrate", "once": "exitSuccess"}}));
        scene.jobs(&[migrate, app], &nothing()).run().assert_status(4);
        assert!(!scene.has("app"));
    });
}

#[test]
fn q_32_the_switch_stays_idle() {
    let scene = scene();
    let migrate = scene.job("migrate", &["note=migrate", "exit=4"], &nothing());
    let app = scene.job("app", &["note=app"], &json!({"when": {"source": "migrate", "once": "exitSuccess"}}));
    let mut pilot = scene.jobs(&[migrate, app], &json!({"compat": {"stayIdle": true}})).start();
    scene.await_event(SOON, "migrate");
    let control = scene.control();
    control.await_up(SOON);
    pilot.await_phrase(SOON, "status 4");
    for _ in 0..50 {
        assert_eq!(control.ask("GET", "/v3/ping", "").status, 200);
    }
    assert!(pilot.is_running());
    let _ = pilot.stop();
}

#[test]
fn when_the_last_job_is_done_so_is_the_pilot() {
    let scene = scene();
    let jobs = [
        scene.job("one", &["note=one"], &nothing()),
        scene.job("two", &["note=two"], &json!({"when": {"source": "one", "once": "exitSuccess"}})),
    ];
    scene.jobs(&jobs, &nothing()).run().assert_status(0);
    assert_eq!(scene.notes(), ["one", "two"]);
}

#[test]
fn q_27_the_end_of_the_last_job_is_not_followed_by_a_wait() {
    fixed("Q-27", || {
        let scene = scene();
        let job = scene.job("one", &["note=one"], &nothing());
        let pilot = scene.jobs(&[job], &json!({"stopTimeout": 60})).start();
        scene.await_event(SOON, "one");
        pilot.end(seconds(4)).assert_status(0);
    });
}

#[test]
fn jobs_that_only_react_keep_the_pilot_alive() {
    for when in [
        json!({"source": "other", "each": "healthy"}),
        json!({"source": "SIGHUP", "once": "SIGHUP"}),
        json!({"interval": "100ms"}),
    ] {
        let scene = scene();
        let reaction = scene.job("reaction", &["note=tick"], &json!({"when": when}));
        let pulse = scene.job("pulse", &["note=pulse"], &json!({"when": {"interval": "100ms"}}));
        let mut pilot = scene.jobs(&[reaction, pulse], &nothing()).start();
        scene.await_events(SOON, "pulse", 5);
        assert!(pilot.is_running(), "{when}");
        pilot.stop().assert_status(0);
    }
}

#[test]
fn a_job_without_an_exec_keeps_the_pilot_alive() {
    let scene = scene();
    let mut pilot = scene.jobs(&[json!({"name": "idle"})], &nothing()).start();
    let control = scene.control();
    control.await_up(SOON);
    for _ in 0..50 {
        assert_eq!(control.ask("GET", "/v3/ping", "").status, 200);
    }
    assert!(pilot.is_running());
    pilot.stop().assert_status(0);
}

#[test]
fn q_20_without_any_job_a_stop_is_a_stop() {
    fixed("Q-20", || {
        let scene = scene();
        let pilot = scene.jobs(&[], &nothing()).start();
        scene.control().await_up(SOON);
        pilot.stop().assert_status(0);
    });
}

#[test]
fn stopping_comes_before_stopped_and_each_once() {
    let scene = scene();
    let job = scene.job("j", &["note=ran"], &nothing());
    let stopping = scene.job("a", &["note=stopping"], &json!({"when": {"source": "j", "once": "stopping"}}));
    let stopped = scene.job("b", &["note=stopped"], &json!({"when": {"source": "j", "once": "stopped"}}));
    scene.jobs(&[job, stopping, stopped], &nothing()).run().assert_status(0);
    assert_eq!(scene.notes(), ["ran", "stopping", "stopped"]);
}

#[test]
fn a_failure_is_told_with_its_status() {
    let scene = scene();
    let ended = scene.jobs(&[scene.job("j", &["exit=3"], &nothing())], &nothing()).run();
    ended.assert_says(&["j exited with error: exit status 3"]);
    let ended = scene.jobs(&[scene.job("j", &["raise=KILL"], &nothing())], &nothing()).run();
    ended.assert_says(&["j exited with error: signal SIGKILL"]);
}

#[test]
fn q_33_a_command_in_one_text_is_cut_at_each_space_and_quotes_are_letters() {
    let scene = scene();
    let job = json!({"name": "j", "exec": "  printf <%s> a  'b c'", "logging": {"raw": true}});
    let ended = scene.jobs(&[job], &nothing()).run();
    assert!(ended.out.contains("<a><><'b><c'>"), "{}", ended.out);
}

#[test]
fn a_hundred_jobs_start_together() {
    let scene = scene();
    let jobs: Vec<Value> =
        (0..100).map(|n| scene.job(&format!("j{n}"), &["note=up", "forever"], &nothing())).collect();
    let pilot = scene.jobs(&jobs, &nothing()).start();
    let ups = scene.await_events(SOON * 2, "up", 100);
    assert!(ups[99].at - ups[0].at < SOON, "{:?}", ups[99].at - ups[0].at);
    pilot.stop().assert_status(0);
    scene.await_silence(milliseconds(500));
}
