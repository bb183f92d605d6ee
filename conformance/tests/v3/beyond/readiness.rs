//! `ready`: by what programs already speak.

use crate::{await_ticks, clock, id, milliseconds, nothing, scene, seconds};
use gyropilot_conformance::scene::Scene;
use gyropilot_conformance::wait::SOON;
use serde_json::{Value, json};

/// Starts a service that becomes ready with these words once the file `go` is there.
fn run(scene: &Scene, words: &[&str], rest: &Value) -> gyropilot_conformance::launch::Pilot {
    let until = format!("until={}", scene.at("go"));
    let mut all = vec!["note=up", until.as_str()];
    all.extend(words);
    all.extend(["note=said", "forever"]);
    let after = scene.job("after", &["note=after"], &json!({"when": {"source": "web", "once": "ready"}}));
    scene.jobs(&[scene.offer("web", &all, rest), after, clock(scene)], &nothing()).start()
}

/// It is starting, and not offered, until it says so; then within 100 ms it is ready.
#[track_caller]
fn becomes_ready(words: &[&str], rest: &Value) {
    let scene = scene();
    let _pilot = run(&scene, words, rest);
    scene.await_event(SOON, "up");
    scene.control().await_state(SOON, "web", "starting");
    await_ticks(&scene, 3);
    assert!(!scene.has("after"));
    assert_eq!(scene.consul.status(&id("web")), None);
    scene.file("go", "");
    scene.control().await_state(SOON, "web", "running");
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
    let late = scene.await_event(SOON, "after").at.saturating_sub(scene.await_event(SOON, "said").at);
    // 100 ms are the promise; a busy machine adds to the start of `after`.
    assert!(late < milliseconds(900), "{late:?}");
}

#[test]
fn by_sd_notify() {
    becomes_ready(&["notify=STATUS=loading", "notify=READY=1;STATUS=serving"], &json!({"ready": "notify"}));
}

#[test]
fn by_a_line_on_a_descriptor_as_s6_has_it() {
    becomes_ready(&["ready=3"], &json!({"ready": {"fd": 3}}));
}

#[test]
fn by_a_line_of_the_log() {
    becomes_ready(&["print=now listening on 80"], &json!({"ready": {"log": "listening on \\d+"}}));
}

#[test]
fn by_an_open_port() {
    let port = crate::free_port();
    becomes_ready(&[&format!("listen={port}")], &json!({"ready": {"port": port}}));
}

#[test]
fn by_an_answer_over_tcp() {
    let port = crate::free_port();
    becomes_ready(&[&format!("listen={port}")], &json!({"ready": {"tcp": format!("127.0.0.1:{port}")}}));
}

#[test]
fn by_a_file() {
    let scene = scene();
    let path = scene.at("flag");
    let script = format!("touch {path}; exec sleep 1000");
    let job = json!({"name": "web", "exec": ["sh", "-c", script], "ready": {"file": path}});
    let after = scene.job("after", &["note=after"], &json!({"when": {"source": "web", "once": "ready"}}));
    let _pilot = scene.jobs(&[job, after], &nothing()).start();
    scene.await_event(SOON, "after");
}

#[test]
fn the_status_line_is_shown() {
    let scene = scene();
    let _pilot = run(&scene, &["notify=READY=1;STATUS=42 clients"], &json!({"ready": "notify"}));
    scene.file("go", "");
    scene.control().await_job(SOON, "web", |job| job["note"] == "42 clients");
}

#[test]
fn who_is_not_ready_in_time_has_failed() {
    let scene = scene();
    let rest = json!({"ready": {"notify": true, "timeout": "300ms"}});
    let job = scene.job("j", &["note=up", "forever"], &rest);
    let ended = scene.jobs(&[job], &nothing()).run();
    assert_ne!(ended.status, 0);
    scene.await_silence(seconds(1));
}

#[test]
fn extend_timeout_gives_more_time() {
    let scene = scene();
    let words = [
        "note=up",
        "notify=EXTEND_TIMEOUT_USEC=30000000",
        &format!("until={}", scene.at("go")),
        "notify=READY=1",
        "forever",
    ];
    let job = scene.job("web", &words, &json!({"ready": {"notify": true, "timeout": "700ms"}}));
    let _pilot = scene.jobs(&[job, clock(&scene)], &nothing()).start();
    scene.await_event(SOON, "up");
    await_ticks(&scene, 12);
    scene.file("go", "");
    scene.control().await_state(SOON, "web", "running");
    assert_eq!(scene.events_like("up").len(), 1);
}

#[test]
fn a_silent_watchdog_is_the_end_of_a_run() {
    let scene = scene();
    let rest = json!({"ready": {"notify": true, "watchdog": "400ms"}, "restarts": 1});
    let job = scene.job("j", &["env=WATCHDOG_USEC", "note=up", "notify=READY=1", "forever"], &rest);
    let _pilot = scene.jobs(&[job, clock(&scene)], &json!({"compat": {"immediateRestarts": true}})).start();
    let runs = scene.await_events(SOON, "up", 2);
    assert!(!gyropilot_conformance::process::alive(runs[0].pid));
    assert!(scene.has("WATCHDOG_USEC=400000"), "{:?}", scene.notes());
}

#[test]
fn the_words_of_another_process_are_not_heard() {
    let scene = scene();
    let deaf = scene.job("deaf", &["note=up", "forever"], &json!({"ready": "notify"}));
    let other = scene.job("other", &["notify=READY=1", "note=said"], &json!({"ready": "notify"}));
    let _pilot = scene.jobs(&[deaf, other, clock(&scene)], &nothing()).start();
    scene.await_event(SOON, "said");
    await_ticks(&scene, 3);
    assert_eq!(scene.control().job("deaf")["state"], "starting");
}

#[test]
fn stopping_by_its_own_word_withdraws_it() {
    let scene = scene();
    let words =
        ["notify=READY=1", "note=ready", &format!("until={}", scene.at("leave")), "notify=STOPPING=1"];
    let _pilot = run(&scene, &words, &json!({"ready": "notify"}));
    scene.file("go", "");
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
    scene.file("leave", "");
    scene.consul.wait_for(SOON, "the service to leave", |state| {
        state.registered(&id("web")).is_none_or(|it| it.status == "critical").then_some(())
    });
}

#[test]
fn a_job_that_reloads_is_ready_once_more() {
    let scene = scene();
    let words =
        ["notify=READY=1", "note=first", &format!("until={}", scene.at("again")), "notify=RELOADING=1"];
    let words: Vec<&str> = words.into_iter().chain(["notify=READY=1", "forever"]).collect();
    let each = json!({"when": {"source": "server", "each": "ready"}});
    let jobs = [
        scene.job("server", &words, &json!({"ready": "notify"})),
        scene.job("after", &["note=after"], &each),
    ];
    let _pilot = scene.jobs(&jobs, &nothing()).start();
    scene.await_event(SOON, "first");
    scene.await_events(SOON, "after", 1);
    scene.file("again", "");
    scene.await_events(SOON, "after", 2);
}

#[test]
fn the_main_process_may_be_another() {
    let scene = scene();
    // A shell that hands on to a process in the background, and tells of it.
    let daemon = scene.probe_line(&["note=daemon", "forever"]).join(" ");
    let probe = &scene.probe_line(&[])[0];
    let script = format!("{daemon} & {probe} \"notify=MAINPID=$!;READY=1\"; wait");
    let job = json!({"name": "server", "exec": ["sh", "-c", script], "ready": "notify"});
    let _pilot = scene.jobs(&[job], &nothing()).start();
    let daemon = scene.await_event(SOON, "daemon").pid;
    scene.control().await_job(SOON, "server", |job| job["state"] == "running" && job["pid"] == daemon);
}
