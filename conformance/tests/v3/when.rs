//! Section 2.6: what starts a job, and what never does.

use crate::{await_ticks, clock, milliseconds, nothing, scene, seconds};
use gyropilot_conformance::cases;
use gyropilot_conformance::launch::Pilot;
use gyropilot_conformance::scene::Scene;
use gyropilot_conformance::wait::SOON;
use nix::sys::signal::Signal;
use serde_json::{Value, json};

/// Starts `jobs` beside a clock.
fn run(scene: &Scene, jobs: &[Value]) -> Pilot {
    let mut all = jobs.to_vec();
    all.push(clock(scene));
    all.push(scene.job("keeper", &["note=kept", "forever"], &nothing()));
    scene.jobs(&all, &nothing()).start()
}

/// A job that notes `ran` when this happens.
fn on(scene: &Scene, when: &Value) -> Value {
    scene.job("reaction", &["note=ran"], &json!({"when": when}))
}

#[test]
fn without_a_when_it_starts_once_at_the_start() {
    let scene = scene();
    let _pilot = run(&scene, &[scene.job("once", &["note=ran"], &nothing())]);
    scene.await_event(SOON, "ran");
    await_ticks(&scene, 3);
    assert_eq!(scene.events_like("ran").len(), 1);
}

#[test]
fn global_startup_is_the_same() {
    let scene = scene();
    let _pilot = run(&scene, &[on(&scene, &json!({"source": "global", "once": "startup"}))]);
    scene.await_event(SOON, "ran");
}

/// What a first job does, and whether a second one that waits for `event` of it runs.
#[track_caller]
fn follows(words: &[&str], event: &str, runs: &bool) {
    let scene = scene();
    let mut first = vec!["note=first"];
    first.extend(words);
    let first = scene.job("first", &first, &nothing());
    let _pilot = run(&scene, &[on(&scene, &json!({"source": "first", "once": event})), first]);
    scene.await_event(SOON, "first");
    if *runs {
        let ran = scene.await_event(SOON, "ran");
        assert!(ran.at > scene.await_event(SOON, "first").at);
    } else {
        await_ticks(&scene, 4);
        assert!(!scene.has("ran"));
    }
}

cases! {
    follows:
    exit_success_follows_status_0: ["exit=0"] => "exitSuccess" => true;
    exit_success_does_not_follow_a_failure: ["exit=1"] => "exitSuccess" => false;
    exit_failed_follows_a_failure: ["exit=1"] => "exitFailed" => true;
    exit_failed_does_not_follow_status_0: ["exit=0"] => "exitFailed" => false;
    exit_failed_follows_a_death_by_signal: ["raise=KILL"] => "exitFailed" => true;
    stopping_follows_the_end: ["exit=0"] => "stopping" => true;
    stopped_follows_the_end: ["exit=1"] => "stopped" => true;
}

#[test]
fn exit_failed_follows_a_program_that_is_not_there() {
    let scene = scene();
    let ghost = json!({"name": "ghost", "exec": "/no/such/program"});
    let pilot = run(&scene, &[on(&scene, &json!({"source": "ghost", "once": "exitFailed"})), ghost]);
    scene.await_event(SOON, "ran");
    pilot.await_phrase(SOON, "unable to start");
}

#[test]
fn healthy_follows_a_check_and_its_source_is_the_job() {
    let scene = scene();
    let check = json!({"health": {"interval": 1, "ttl": 5, "exec": scene.probe(&["exit=0"])}});
    let job = scene.job("sound", &["note=up", "forever"], &check);
    let _pilot = run(&scene, &[on(&scene, &json!({"source": "sound", "once": "healthy"})), job]);
    scene.await_event(SOON, "ran");
}

#[test]
fn unhealthy_follows_a_check_that_failed() {
    let scene = scene();
    let check = json!({"health": {"interval": 1, "ttl": 5, "exec": scene.probe(&["exit=1"])}});
    let job = scene.job("sick", &["note=up", "forever"], &check);
    let _pilot = run(&scene, &[on(&scene, &json!({"source": "sick", "once": "unhealthy"})), job]);
    scene.await_event(SOON, "ran");
}

#[test]
fn the_exit_of_a_check_has_a_source_of_its_own() {
    let scene = scene();
    let check = json!({"health": {"interval": 1, "ttl": 5, "exec": scene.probe(&["exit=1"])}});
    let job = scene.job("sick", &["forever"], &check);
    let _pilot = run(&scene, &[on(&scene, &json!({"source": "check.sick", "once": "exitFailed"})), job]);
    scene.await_event(SOON, "ran");
}

#[test]
fn q_34_healthy_comes_again_with_every_check() {
    let scene = scene();
    let check = json!({"health": {"interval": 1, "ttl": 5, "exec": scene.probe(&["exit=0"])}});
    let job = scene.job("sound", &["forever"], &check);
    let _pilot = run(&scene, &[on(&scene, &json!({"source": "sound", "each": "healthy"})), job]);
    scene.await_events(SOON, "ran", 3);
}

#[test]
fn once_means_the_first_time_only() {
    let scene = scene();
    let source = scene.job("source", &["note=source"], &json!({"when": {"interval": "100ms"}}));
    let _pilot = run(&scene, &[on(&scene, &json!({"source": "source", "once": "exitSuccess"})), source]);
    scene.await_events(SOON, "source", 5);
    assert_eq!(scene.events_like("ran").len(), 1);
}

#[test]
fn each_means_every_time() {
    let scene = scene();
    let source =
        scene.job("source", &["note=source"], &json!({"when": {"interval": "200ms"}, "restarts": 3}));
    let _pilot = run(&scene, &[on(&scene, &json!({"source": "source", "each": "exitSuccess"})), source]);
    scene.await_events(SOON, "ran", 4);
}

#[test]
fn q_21_runs_of_each_queue_up_and_never_overlap() {
    let scene = scene();
    let source =
        scene.job("source", &["note=source"], &json!({"when": {"interval": "100ms"}, "restarts": 2}));
    let gate = format!("until={}", scene.at("gate"));
    let when = json!({"when": {"source": "source", "each": "exitSuccess"}});
    let slow = scene.job("slow", &["note=begin", &gate, "note=end"], &when);
    let _pilot = run(&scene, &[slow, source]);
    scene.await_events(SOON, "source", 3);
    await_ticks(&scene, 3);
    assert_eq!(scene.events_like("begin").len(), 1);
    scene.file("gate", "");
    scene.await_events(SOON, "end", 3);
    let order: Vec<String> = scene.notes().into_iter().filter(|it| it == "begin" || it == "end").collect();
    assert_eq!(order, ["begin", "end", "begin", "end", "begin", "end"]);
}

#[test]
fn an_interval_runs_at_once_and_then_every_so_often() {
    let scene = scene();
    let periodic = scene.job("periodic", &["note=ran"], &json!({"when": {"interval": "300ms"}}));
    let _pilot = run(&scene, &[periodic]);
    let first = scene.await_event(SOON, "kept").at;
    let runs = scene.await_events(SOON, "ran", 4);
    assert!(runs[0].at.abs_diff(first) < milliseconds(290), "the first run is at once");
    let span = runs[3].at - runs[0].at;
    assert!(span > milliseconds(700) && span < seconds(4), "three intervals of 300 ms took {span:?}");
}

#[test]
fn an_interval_with_restarts_has_that_many_more_runs() {
    let scene = scene();
    let periodic =
        scene.job("periodic", &["note=ran"], &json!({"when": {"interval": "100ms"}, "restarts": 2}));
    let _pilot = run(&scene, &[periodic, on_stopped(&scene)]);
    scene.await_event(SOON, "is done");
    assert_eq!(scene.events_like("ran").len(), 3);
}

fn on_stopped(scene: &Scene) -> Value {
    scene.job("done", &["note=is done"], &json!({"when": {"source": "periodic", "once": "stopped"}}))
}

#[test]
fn a_run_of_an_interval_that_takes_too_long_is_killed_by_the_next() {
    let scene = scene();
    let periodic = scene.job("periodic", &["note=ran", "forever"], &json!({"when": {"interval": "200ms"}}));
    let _pilot = run(&scene, &[periodic]);
    let runs = scene.await_events(SOON, "ran", 3);
    assert!(!gyropilot_conformance::process::alive(runs[0].pid));
}

#[test]
fn a_signal_starts_a_job_each_time() {
    for (name, signal) in [("SIGHUP", Signal::SIGHUP), ("SIGUSR2", Signal::SIGUSR2)] {
        let scene = scene();
        let pilot = run(&scene, &[on(&scene, &json!({"source": name, "once": name}))]);
        scene.await_event(SOON, "kept");
        for count in 1..=2 {
            pilot.signal(signal);
            scene.await_events(SOON, "ran", count);
        }
    }
}

#[test]
fn q_42_sighup_is_no_reload() {
    let scene = scene();
    let mut pilot = run(&scene, &[]);
    scene.await_event(SOON, "kept");
    scene.write_jobs(&[scene.job("other", &["note=other", "forever"], &nothing())], &nothing());
    pilot.signal(Signal::SIGHUP);
    await_ticks(&scene, 4);
    assert!(!scene.has("other") && pilot.is_running());
}

/// A `when` that is accepted and never comes.
#[track_caller]
fn never(when: &Value) {
    let scene = scene();
    let _pilot = run(&scene, &[on(&scene, when)]);
    scene.await_event(SOON, "kept");
    await_ticks(&scene, 4);
    assert!(!scene.has("ran"), "{when}");
}

cases! {
    never:
    q_19_an_empty_when_never_comes: json!({});
    q_19_a_source_without_an_event_never_comes: json!({"source": "keeper"});
    q_19_a_startup_of_nobody_never_comes: json!({"once": "startup"});
    an_event_of_a_job_that_does_not_exist_never_comes: json!({"source": "ghost", "once": "exitSuccess"});
    an_event_of_another_job_is_not_meant: json!({"source": "reaction", "once": "exitSuccess"});
}

#[test]
fn when_timeout_gives_the_job_up() {
    let scene = scene();
    let waiting = scene.job(
        "waiting",
        &["note=ran"],
        &json!({"when": {"source": "gate", "once": "exitSuccess", "timeout": "200ms"}}),
    );
    let gate = scene.job("gate", &[&format!("until={}", scene.at("gate")), "note=open"], &nothing());
    let given_up = scene.job(
        "given-up",
        &["note=given up"],
        &json!({"when": {"source": "waiting", "once": "timerExpired"}}),
    );
    let _pilot = run(&scene, &[waiting, gate, given_up]);
    scene.await_event(SOON, "given up");
    scene.file("gate", "");
    scene.await_event(SOON, "open");
    await_ticks(&scene, 3);
    assert!(!scene.has("ran"), "it was given up, and started all the same");
}

#[test]
fn when_timeout_does_not_end_a_job_that_started() {
    let scene = scene();
    let rest = json!({"when": {"source": "first", "once": "exitSuccess", "timeout": "500ms"}});
    let long = scene.job("long", &["note=ran", "forever"], &rest);
    let _pilot = run(&scene, &[long, scene.job("first", &["exit=0"], &nothing())]);
    let pid = scene.await_event(SOON, "ran").pid;
    await_ticks(&scene, 8);
    assert!(gyropilot_conformance::process::alive(pid));
}
