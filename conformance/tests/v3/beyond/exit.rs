//! `exit`: when the pilot ends by itself, and with what status.

use crate::{await_ticks, clock, nothing, scene};
use gyropilot_conformance::wait::SOON;
use serde_json::json;

#[test]
fn main_ends_with_the_main_job_and_its_status() {
    let scene = scene();
    let main = scene.job(
        "app",
        &["note=app", &format!("until={}", scene.at("end")), "exit=7"],
        &json!({"main": true}),
    );
    let other = scene.job("other", &["note=other", "await=TERM", "note=other term", "exit=0"], &nothing());
    let pilot = scene.jobs(&[main, other], &json!({"exit": "main"})).start();
    scene.await_event(SOON, "other");
    scene.await_event(SOON, "app");
    scene.file("end", "");
    pilot.end(SOON).assert_status(7);
    assert!(scene.has("other term"), "the others are stopped in good order");
}

#[test]
fn main_is_not_ended_by_others() {
    let scene = scene();
    let main = scene.job("app", &["note=app", "await=TERM", "exit=0"], &json!({"main": true}));
    let other = scene.job("other", &["note=other", "exit=9"], &nothing());
    let mut pilot = scene.jobs(&[main, other, clock(&scene)], &json!({"exit": "main"})).start();
    scene.await_event(SOON, "other");
    await_ticks(&scene, 3);
    assert!(pilot.is_running());
    pilot.stop().assert_status(0);
}

#[test]
fn main_that_is_killed_is_128_and_the_signal() {
    let scene = scene();
    let main = scene.job("app", &["raise=KILL"], &json!({"main": true}));
    scene.jobs(&[main], &json!({"exit": "main"})).run().assert_status(137);
}

#[test]
fn main_with_restarts_ends_when_they_are_used_up() {
    let scene = scene();
    let main = scene.job("app", &["note=app", "exit=7"], &json!({"main": true, "restarts": 2}));
    scene
        .jobs(&[main], &json!({"exit": "main", "compat": {"immediateRestarts": true}}))
        .run()
        .assert_status(7);
    assert_eq!(scene.events_like("app").len(), 3);
}

#[test]
fn main_stopped_to_order_by_our_signal_is_0_and_by_its_own_word_its_status() {
    let scene = scene();
    for (words, status) in [(["note=up", "forever", ""], 0), (["note=up", "await=TERM", "exit=5"], 5)] {
        let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
        let so_far = scene.events_like("up").len();
        let main = scene.job("app", &words, &json!({"main": true}));
        let pilot = scene.jobs(&[main], &json!({"exit": "main"})).start();
        scene.await_events(SOON, "up", so_far + 1);
        pilot.stop().assert_status(status);
    }
}

#[test]
fn first_failure_ends_with_the_first_job_that_failed_for_good() {
    let scene = scene();
    let failing =
        scene.job("failing", &["note=failing", &format!("until={}", scene.at("end")), "exit=6"], &nothing());
    let other = scene.job("other", &["note=other", "forever"], &nothing());
    let well = scene.job("well", &["exit=0"], &nothing());
    let pilot = scene.jobs(&[failing, other, well], &json!({"exit": "first-failure"})).start();
    scene.await_event(SOON, "failing");
    scene.await_event(SOON, "other");
    scene.file("end", "");
    pilot.end(SOON).assert_status(6);
    scene.await_silence(SOON);
}

#[test]
fn any_ends_with_the_first_job_that_ended() {
    let scene = scene();
    let other = scene.job("other", &["forever"], &nothing());
    let done = scene.job("done", &["exit=0"], &nothing());
    scene.jobs(&[other, done], &json!({"exit": "any"})).run().assert_status(0);
}

#[test]
fn never_does_not_end_by_itself() {
    let scene = scene();
    let job = scene.job("j", &["note=ran", "exit=3"], &nothing());
    let mut pilot = scene.jobs(&[job], &json!({"exit": "never"})).start();
    scene.await_event(SOON, "ran");
    scene.control().await_state(SOON, "j", "failed");
    assert!(pilot.is_running());
    pilot.stop().assert_status(0);
}

#[test]
fn all_is_what_is_meant_unless_told() {
    let scene = scene();
    let long = scene.job("long", &["note=long", &format!("until={}", scene.at("end"))], &nothing());
    let failed = scene.job("failed", &["exit=3"], &nothing());
    let mut pilot = scene.jobs(&[failed, long], &nothing()).start();
    scene.await_event(SOON, "long");
    scene.control().await_state(SOON, "failed", "failed");
    assert!(pilot.is_running());
    scene.file("end", "");
    pilot.end(SOON).assert_status(3);
}

#[test]
fn another_word_is_refused() {
    let scene = scene();
    let ended = scene.jobs(&[scene.job("j", &["note=ran"], &nothing())], &json!({"exit": "sometimes"})).run();
    ended.assert_status(1);
    ended.assert_says(&["exit", "first-failure"]);
}

#[test]
fn main_without_a_main_job_is_refused() {
    let scene = scene();
    let ended = scene.jobs(&[scene.job("j", &["note=ran"], &nothing())], &json!({"exit": "main"})).run();
    ended.assert_status(1);
    ended.assert_says(&["main"]);
}
