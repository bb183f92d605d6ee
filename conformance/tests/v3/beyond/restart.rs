//! `restart`: attempts, intervals, delays and what comes after, in Nomad's words.

use crate::{await_ticks, clock, milliseconds, nothing, scene, seconds};
use gyropilot_conformance::scene::Scene;
use gyropilot_conformance::wait::SOON;
use serde_json::{Value, json};

fn failing(scene: &Scene, restart: &Value) -> Value {
    scene.job("j", &["note=ran", "exit=3"], &json!({"restart": restart}))
}

#[test]
fn attempts_are_restarts_and_the_delay_doubles_to_its_limit() {
    let scene = scene();
    let job = failing(&scene, &json!({"attempts": 4, "delay": "200ms", "maxDelay": "400ms"}));
    scene.jobs(&[job], &nothing()).run().assert_status(3);
    let runs = scene.events_like("ran");
    assert_eq!(runs.len(), 5);
    let waits: Vec<_> = runs.windows(2).map(|pair| pair[1].at - pair[0].at).collect();
    assert!(waits[0] > milliseconds(90) && waits[3] > milliseconds(180), "{waits:?}");
    assert!(waits.iter().all(|wait| *wait < seconds(2)), "{waits:?}");
}

#[test]
fn the_other_spelling_is_known() {
    let scene = scene();
    let job = failing(&scene, &json!({"attempts": 1, "delay": "50ms", "max_delay": "50ms"}));
    scene.jobs(&[job], &nothing()).run().assert_status(3);
    assert_eq!(scene.events_like("ran").len(), 2);
}

#[test]
fn mode_fail_gives_the_job_up_and_the_others_go_on() {
    let scene = scene();
    let job = failing(&scene, &json!({"attempts": 1, "delay": "10ms", "mode": "fail"}));
    let mut pilot = scene.jobs(&[job, scene.job("keeper", &["forever"], &nothing())], &nothing()).start();
    scene.control().await_state(SOON, "j", "failed");
    assert!(pilot.is_running());
    assert_eq!(scene.events_like("ran").len(), 2);
}

#[test]
fn mode_shutdown_takes_the_container_down() {
    let scene = scene();
    let job = failing(&scene, &json!({"attempts": 1, "delay": "10ms", "mode": "shutdown"}));
    let keeper = scene.job("keeper", &["await=TERM", "note=term", "exit=0"], &nothing());
    scene.jobs(&[job, keeper], &nothing()).run().assert_status(3);
    assert!(scene.has("term"));
}

#[test]
fn mode_delay_goes_on_in_the_next_interval() {
    let scene = scene();
    let job = failing(&scene, &json!({"attempts": 1, "delay": "10ms", "interval": "1s", "mode": "delay"}));
    let _pilot = scene.jobs(&[job], &nothing()).start();
    let runs = scene.await_events(SOON, "ran", 4);
    assert!(runs[3].at - runs[0].at > milliseconds(700), "{:?}", runs[3].at - runs[0].at);
}

#[test]
fn attempts_are_counted_within_the_interval() {
    let scene = scene();
    let restart = json!({"attempts": 2, "delay": "10ms", "interval": "60s"});
    scene.jobs(&[failing(&scene, &restart)], &nothing()).run().assert_status(3);
    assert_eq!(scene.events_like("ran").len(), 3);
}

#[test]
fn unlimited_attempts_go_on() {
    let scene = scene();
    let job = failing(&scene, &json!({"attempts": "unlimited", "delay": "10ms", "maxDelay": "10ms"}));
    let _pilot = scene.jobs(&[job], &nothing()).start();
    scene.await_events(SOON, "ran", 8);
}

#[test]
fn restart_and_restarts_do_not_go_together() {
    let scene = scene();
    let job = scene.job("j", &["note=ran"], &json!({"restart": {"attempts": 1}, "restarts": 1}));
    let ended = scene.jobs(&[job], &nothing()).run();
    ended.assert_status(1);
    ended.assert_says(&["restart", "restarts"]);
}

#[test]
fn a_job_in_back_off_says_so_and_when() {
    let scene = scene();
    let job = failing(&scene, &json!({"attempts": "unlimited", "delay": "60s", "maxDelay": "60s"}));
    let _pilot = scene.jobs(&[job, clock(&scene)], &nothing()).start();
    let status = scene.control().await_state(SOON, "j", "backoff");
    assert!(status["next_ms"].as_u64().is_some_and(|next| next > 20_000 && next < 70_000), "{status}");
    await_ticks(&scene, 2);
    assert_eq!(scene.events_like("ran").len(), 1);
}

#[test]
fn a_stop_does_not_wait_for_the_back_off() {
    let scene = scene();
    let job = failing(&scene, &json!({"attempts": "unlimited", "delay": "60s", "maxDelay": "60s"}));
    let pilot = scene.jobs(&[job], &nothing()).start();
    scene.control().await_state(SOON, "j", "backoff");
    let _ = pilot.end_after_term(seconds(3));
}
