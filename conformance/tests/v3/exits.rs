//! The exit status: true for every code and every signal.

use crate::{nothing, scene};
use gyropilot_conformance::target::fixed;
use gyropilot_conformance::wait::SOON;
use nix::sys::signal::Signal;
use serde_json::json;

/// Every status of a quarter of all; four tests share the time.
#[track_caller]
fn true_for(quarter: std::ops::Range<i32>) {
    fixed("Q-01", || {
        let scene = scene();
        for status in quarter {
            let job = json!({"name": "j", "exec": ["sh", "-c", format!("exit {status}")]});
            scene.jobs(&[job], &json!({"consul": null})).run().assert_status(status);
        }
    });
}

#[test]
fn q_01_every_status_to_63_is_passed_on() {
    true_for(0..64);
}

#[test]
fn q_01_every_status_to_127_is_passed_on() {
    true_for(64..128);
}

#[test]
fn q_01_every_status_to_191_is_passed_on() {
    true_for(128..192);
}

#[test]
fn q_01_every_status_to_255_is_passed_on() {
    true_for(192..256);
}

#[test]
fn q_01_a_death_by_any_signal_is_128_and_its_number() {
    fixed("Q-01", || {
        let scene = scene();
        let harmless = [Signal::SIGCHLD, Signal::SIGCONT, Signal::SIGURG, Signal::SIGWINCH];
        let stopping = [Signal::SIGSTOP, Signal::SIGTSTP, Signal::SIGTTIN, Signal::SIGTTOU];
        for signal in Signal::iterator().filter(|it| !harmless.contains(it) && !stopping.contains(it)) {
            let number = signal as i32;
            let job = json!({"name": "j", "exec": ["sh", "-c", format!("kill -{number} $$")]});
            scene.jobs(&[job], &json!({"consul": null})).run().assert_status(128 + number);
        }
    });
}

#[test]
fn q_01_a_program_that_is_not_there_is_127() {
    fixed("Q-01", || {
        let ended = scene().jobs(&[json!({"name": "j", "exec": "/no/such/program"})], &nothing()).run();
        ended.assert_status(127);
        ended.assert_says(&["/no/such/program"]);
    });
}

#[test]
fn q_01_the_first_that_failed_for_good_decides() {
    fixed("Q-01", || {
        let scene = scene();
        let jobs = [
            scene.job("well", &["exit=0"], &nothing()),
            scene.job("first", &["exit=3"], &nothing()),
            scene.job("second", &["exit=5"], &json!({"when": {"source": "first", "once": "exitFailed"}})),
        ];
        scene.jobs(&jobs, &nothing()).run().assert_status(3);
    });
}

#[test]
fn q_01_a_failure_that_a_restart_mended_is_none() {
    let scene = scene();
    let word = format!("exit-from={}", scene.at("status"));
    scene.file("status", "3");
    let job = scene.job("j", &["note=ran", &word], &json!({"restarts": 1}));
    let pilot = scene.jobs(&[job], &nothing()).start();
    scene.await_event(SOON, "ran");
    scene.file("status", "0");
    pilot.end(SOON).assert_status(0);
}

#[test]
fn q_01_the_switch_makes_every_status_0() {
    let scene = scene();
    let job = scene.job("j", &["exit=42"], &nothing());
    scene.jobs(&[job], &json!({"compat": {"exitZero": true}})).run().assert_status(0);
}

#[test]
fn q_01_the_reason_is_the_last_line() {
    fixed("Q-01", || {
        let scene = scene();
        let ended = scene.jobs(&[scene.job("migrate", &["exit=3"], &nothing())], &nothing()).run();
        ended.assert_status(3);
        let last = ended.out.lines().last().unwrap_or_default();
        assert!(last.contains("migrate") && last.contains('3'), "{last}");
    });
}

#[test]
fn a_stop_that_was_ordered_and_went_to_plan_is_0() {
    let scene = scene();
    for words in [["note=up", "forever"], ["note=up", "await=TERM"]] {
        let so_far = scene.events_like("up").len();
        let pilot = scene.jobs(&[scene.job("j", &words, &nothing())], &json!({"stopTimeout": 1})).start();
        scene.await_events(SOON, "up", so_far + 1);
        pilot.stop().assert_status(0);
    }
}
