//! Section 2.9, the way down: withdraw, drain, `stopping` jobs, signal,
//! `stopped` jobs; and that it always ends.

use crate::{id, milliseconds, nothing, scene, seconds};
use gyropilot_conformance::double::Fault;
use gyropilot_conformance::launch::Pilot;
use gyropilot_conformance::process::alive;
use gyropilot_conformance::scene::Scene;
use gyropilot_conformance::target::fixed;
use gyropilot_conformance::wait::{SOON, wait_until};
use nix::sys::signal::Signal;
use serde_json::{Value, json};
use std::time::{Duration, Instant, SystemTime};

/// A pilot with the passing service `web`, whose process is up.
#[track_caller]
fn up(scene: &Scene, words: &[&str], others: &[Value], rest: &Value) -> Pilot {
    let mut own = vec!["note=up"];
    own.extend(words);
    let mut jobs = vec![scene.offer("web", &own, &nothing())];
    jobs.extend(others.iter().cloned());
    let pilot = scene.jobs(&jobs, rest).start();
    scene.await_event(SOON, "up");
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
    pilot
}

/// A job that runs when `web` is stopping, or has stopped.
fn on(scene: &Scene, event: &str, words: &[&str]) -> Value {
    let name = format!("{}-{event}", words[0].trim_start_matches("note="));
    scene.job(&name, words, &json!({"when": {"source": "web", "once": event}}))
}

/// When the service was withdrawn.
#[track_caller]
fn withdrawn_at(scene: &Scene) -> Duration {
    let found = scene.consul.requests_where(|request| request.is_deregistration_of(&id("web")));
    found.first().expect("the service was withdrawn").at
}

fn now() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap()
}

#[track_caller]
fn goes_down_in_order(signal: Signal) {
    let scene = scene();
    let others = [
        on(&scene, "stopping", &["note=before", "note=before done"]),
        on(&scene, "stopped", &["note=after"]),
    ];
    let pilot = up(&scene, &["await=TERM", "note=term", "note=down", "exit=0"], &others, &nothing());
    pilot.signal(signal);
    pilot.end(SOON).assert_status(0);
    assert_eq!(scene.notes(), ["up", "before", "before done", "term", "down", "after"]);
    let (withdrawn, before) = (withdrawn_at(&scene), scene.await_event(SOON, "before").at);
    assert!(withdrawn < before, "withdrawn {:?} after", withdrawn.saturating_sub(before));
    assert_eq!(scene.consul.status(&id("web")), None);
}

#[test]
fn sigterm_withdraws_then_stopping_then_term_then_stopped() {
    fixed("stop-order", || goes_down_in_order(Signal::SIGTERM));
}

#[test]
fn sigint_is_the_same() {
    fixed("stop-order", || goes_down_in_order(Signal::SIGINT));
}

#[test]
fn sigquit_is_the_same() {
    fixed("sigquit", || goes_down_in_order(Signal::SIGQUIT));
}

#[test]
fn the_switch_keeps_the_order_of_the_original() {
    let scene = scene();
    let others = [on(&scene, "stopping", &["note=before", "note=before done"])];
    let rest = json!({"compat": {"withdrawLast": true}, "stopTimeout": 1});
    let pilot = up(&scene, &["await=TERM", "note=term", "exit=0"], &others, &rest);
    pilot.stop().assert_status(0);
    assert_eq!(scene.notes(), ["up", "before", "before done", "term"]);
    assert!(withdrawn_at(&scene) > scene.await_event(SOON, "before done").at, "withdrawn with the signal");
}

#[test]
fn nothing_is_said_for_a_service_after_it_was_withdrawn() {
    let scene = scene();
    let before = on(&scene, "stopping", &["note=before", &format!("until={}", scene.at("go"))]);
    let pilot = up(&scene, &["forever"], &[before], &nothing());
    pilot.signal(Signal::SIGTERM);
    scene.await_event(SOON, "before");
    scene.file("go", "");
    let _ = pilot.end(SOON);
    let gone = withdrawn_at(&scene);
    let late = scene.consul.requests_where(|request| {
        request.at > gone && (request.path.ends_with("/register") || request.is_heartbeat_of(&id("web")))
    });
    assert!(late.is_empty(), "{late:?}");
}

#[test]
fn q_23_every_stopping_job_is_waited_for() {
    fixed("Q-23", || {
        let scene = scene();
        let slow = |name: &str| {
            [format!("note={name}"), format!("until={}", scene.at("go")), format!("note={name} done")]
        };
        let words = [slow("a"), slow("b")];
        let others: Vec<Value> = words
            .iter()
            .map(|words| on(&scene, "stopping", &words.iter().map(String::as_str).collect::<Vec<_>>()))
            .chain([on(&scene, "stopping", &["note=c"])])
            .collect();
        let pilot = up(&scene, &["await=TERM", "note=term", "exit=0"], &others, &json!({"stopTimeout": 30}));
        pilot.signal(Signal::SIGTERM);
        for name in ["a", "b", "c"] {
            scene.await_event(SOON, name);
        }
        assert!(!scene.has("term"));
        scene.file("go", "");
        pilot.end(SOON).assert_status(0);
        let term = scene.await_event(SOON, "term").at;
        assert!(term > scene.await_event(SOON, "a done").at && term > scene.await_event(SOON, "b done").at);
    });
}

#[test]
fn q_24_stopped_comes_after_the_process_has_gone() {
    fixed("Q-24", || {
        let scene = scene();
        let words = ["await=TERM", &format!("until={}", scene.at("go")), "note=gone", "exit=0"];
        let pilot =
            up(&scene, &words, &[on(&scene, "stopped", &["note=after"])], &json!({"stopTimeout": 30}));
        pilot.signal(Signal::SIGTERM);
        scene.control().await_state(SOON, "web", "stopping");
        assert!(!scene.has("after"));
        scene.file("go", "");
        pilot.end(SOON).assert_status(0);
        assert!(scene.await_event(SOON, "after").at > scene.await_event(SOON, "gone").at);
    });
}

#[test]
fn q_27_a_process_that_stops_sooner_is_not_waited_for() {
    fixed("Q-27", || {
        let scene = scene();
        let pilot = up(&scene, &["await=TERM", "exit=0"], &[], &json!({"stopTimeout": 60}));
        let asked = Instant::now();
        pilot.stop().assert_status(0);
        assert!(asked.elapsed() < seconds(5), "{:?}", asked.elapsed());
    });
}

#[test]
fn a_process_that_will_not_stop_is_killed_after_the_timeout() {
    let scene = scene();
    let pilot = up(&scene, &["ignore=TERM", "forever"], &[], &json!({"stopTimeout": 1}));
    let asked = Instant::now();
    let _ = pilot.stop();
    assert!(asked.elapsed() > milliseconds(900) && asked.elapsed() < seconds(5), "{:?}", asked.elapsed());
    scene.await_silence(seconds(1));
}

#[test]
fn a_negative_timeout_kills_at_once() {
    let scene = scene();
    let pilot = up(&scene, &["ignore=TERM", "forever"], &[], &json!({"stopTimeout": -1}));
    let asked = Instant::now();
    let _ = pilot.stop();
    assert!(asked.elapsed() < seconds(3), "{:?}", asked.elapsed());
}

#[test]
fn q_17_a_job_has_a_stop_timeout_of_its_own() {
    fixed("Q-17", || {
        let scene = scene();
        let job =
            scene.job("stubborn", &["note=up", "ignore=TERM", "forever"], &json!({"stopTimeout": "300ms"}));
        let pilot = scene.jobs(&[job], &json!({"stopTimeout": 60})).start();
        scene.await_event(SOON, "up");
        let asked = Instant::now();
        let _ = pilot.end_after_term(seconds(6));
        assert!(asked.elapsed() > milliseconds(250), "{:?}", asked.elapsed());
    });
}

#[test]
fn jobs_stop_side_by_side() {
    let scene = scene();
    let jobs: Vec<Value> = (0..4)
        .map(|n| scene.job(&format!("j{n}"), &["note=up", "ignore=TERM", "forever"], &nothing()))
        .collect();
    let pilot = scene.jobs(&jobs, &json!({"stopTimeout": 1})).start();
    scene.await_events(SOON, "up", 4);
    let asked = Instant::now();
    let _ = pilot.stop();
    assert!(
        asked.elapsed() < seconds(4),
        "four seconds are what one after another takes: {:?}",
        asked.elapsed()
    );
}

#[test]
fn q_20_a_stopping_trigger_that_never_comes_holds_up_nothing() {
    fixed("Q-20", || {
        let scene = scene();
        let ghost =
            scene.job("ghostly", &["note=ran"], &json!({"when": {"source": "ghost", "once": "stopped"}}));
        let pilot = up(&scene, &["await=TERM", "exit=0"], &[ghost], &nothing());
        pilot.end_after_term(seconds(6)).assert_status(0);
        assert!(!scene.has("ran"));
    });
}

#[test]
fn q_21_queued_runs_are_dropped_at_the_stop() {
    fixed("Q-21", || {
        let scene = scene();
        let source = scene.job("source", &["note=source"], &json!({"when": {"interval": "100ms"}}));
        let rest = json!({"when": {"source": "source", "each": "exitSuccess"}});
        let slow = scene.job("slow", &["note=begin", "await=TERM", "exit=0"], &rest);
        let pilot = scene.jobs(&[source, slow], &json!({"stopTimeout": 2})).start();
        scene.await_event(SOON, "begin");
        scene.await_events(SOON, "source", 6);
        let _ = pilot.end_after_term(seconds(5));
        assert_eq!(scene.events_like("begin").len(), 1);
    });
}

#[test]
fn a_pilot_that_is_stopping_restarts_nothing() {
    let scene = scene();
    let job = scene.job("j", &["note=up", "await=TERM", "exit=1"], &json!({"restarts": "unlimited"}));
    let pilot = scene.jobs(&[job], &json!({"compat": {"immediateRestarts": true}})).start();
    scene.await_event(SOON, "up");
    let _ = pilot.stop();
    assert_eq!(scene.events_like("up").len(), 1);
}

#[test]
fn jobs_that_wait_do_not_start_at_the_stop() {
    let scene = scene();
    let waiting =
        scene.job("waiting", &["note=ran"], &json!({"when": {"source": "web", "once": "exitSuccess"}}));
    let pilot = up(&scene, &["await=TERM", "exit=0"], &[waiting], &nothing());
    pilot.stop().assert_status(0);
    assert!(!scene.has("ran"));
}

#[test]
fn the_whole_group_hears_the_signal() {
    let scene = scene();
    let pilot = up(
        &scene,
        &["child=await=TERM,note=grandchild term,exit=0", "await=TERM", "exit=0"],
        &[],
        &nothing(),
    );
    pilot.stop().assert_status(0);
    scene.await_event(SOON, "grandchild term");
}

#[test]
fn nothing_outlives_the_pilot() {
    let scene = scene();
    let words = ["child=note=grandchild,ignore=TERM,forever", "await=TERM", "exit=0"];
    let pilot = up(&scene, &words, &[], &json!({"stopTimeout": 1}));
    let grandchild = scene.await_event(SOON, "grandchild").pid;
    let _ = pilot.stop();
    wait_until(seconds(1), "the grandchild to be gone", || (!alive(grandchild)).then_some(()));
}

#[test]
fn a_second_signal_hurries_and_never_skips_the_withdrawal() {
    fixed("second-signal", || {
        let scene = scene();
        let others =
            [on(&scene, "stopping", &["note=before", "forever"]), on(&scene, "stopped", &["note=after"])];
        let pilot = up(&scene, &["ignore=TERM", "forever"], &others, &json!({"stopTimeout": 60}));
        pilot.signal(Signal::SIGTERM);
        scene.await_event(SOON, "before");
        pilot.signal(Signal::SIGTERM);
        let _ = pilot.end(seconds(8));
        assert_eq!(scene.consul.status(&id("web")), None);
        scene.await_silence(seconds(1));
    });
}

#[test]
fn q_14_a_silent_agent_delays_the_stop_only_so_long() {
    fixed("Q-14", || {
        let scene = scene();
        let before = on(&scene, "stopping", &["note=before"]);
        let pilot = up(&scene, &["await=TERM", "note=term", "exit=0"], &[before], &nothing());
        scene.consul.break_with(|_| Some(Fault::Silence));
        let asked = now();
        pilot.end_after_term(seconds(14)).assert_status(0);
        assert!(now() - asked < seconds(12), "{:?}", now() - asked);
        assert!(scene.has("before") && scene.has("term"));
    });
}

#[test]
fn an_agent_that_is_gone_delays_no_stop() {
    let scene = scene();
    let pilot = up(&scene, &["await=TERM", "exit=0"], &[], &nothing());
    scene.consul.break_with(|_| Some(Fault::Cut));
    pilot.end_after_term(seconds(10)).assert_status(0);
}

#[test]
fn a_withdrawal_that_failed_once_is_tried_again() {
    let scene = scene();
    let pilot = up(&scene, &["await=TERM", "exit=0"], &[], &nothing());
    let refusals = std::sync::atomic::AtomicUsize::new(0);
    scene.consul.break_with(move |request| {
        let first = request.path.contains("/deregister/")
            && refusals.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0;
        first.then_some(Fault::Answer(500, "rpc error making call: EOF"))
    });
    pilot.stop().assert_status(0);
    assert_eq!(scene.consul.status(&id("web")), None);
}

#[test]
fn orders_during_the_stop_change_nothing() {
    let scene = scene();
    let before = on(&scene, "stopping", &["note=before", &format!("until={}", scene.at("go"))]);
    let pilot = up(&scene, &["await=TERM", "exit=0"], &[before], &json!({"stopTimeout": 30}));
    pilot.signal(Signal::SIGTERM);
    scene.await_event(SOON, "before");
    let control = scene.control();
    for order in [json!({"order": "start", "job": "web"}), json!({"order": "restart", "job": "web"})] {
        assert_ne!(control.order(&order).status, 200, "{order}");
    }
    assert_ne!(control.post("/v3/reload", "").status, 200);
    scene.file("go", "");
    pilot.end(SOON).assert_status(0);
    assert_eq!(scene.events_like("up").len(), 1);
}

#[test]
fn q_20_a_control_client_that_says_nothing_holds_up_no_stop() {
    fixed("slow-client", || {
        use std::io::Write as _;
        let scene = scene();
        let pilot = up(&scene, &["await=TERM", "exit=0"], &[], &nothing());
        let path = scene.control().path().to_owned();
        let _silent = std::os::unix::net::UnixStream::connect(&path).unwrap();
        let mut half = std::os::unix::net::UnixStream::connect(&path).unwrap();
        half.write_all(b"POST /v3/environ HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{").unwrap();
        let _stream = scene.control().follow();
        pilot.end_after_term(seconds(5)).assert_status(0);
        assert!(!path.exists(), "the socket is taken away at the end");
    });
}
