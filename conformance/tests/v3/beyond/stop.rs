//! `stopSignal`, `drain` and `stopBudget`: withdraw, drain, stop.

use crate::{id, milliseconds, nothing, scene, seconds};
use gyropilot_conformance::scene::Scene;
use gyropilot_conformance::wait::SOON;
use serde_json::{Value, json};
use std::net::TcpStream;
use std::time::Instant;

/// A passing service that listens where it says, and a client that is connected to it.
fn connected(scene: &Scene, rest: &Value) -> (gyropilot_conformance::launch::Pilot, TcpStream) {
    let port = crate::free_port();
    let whole = gyropilot_conformance::scene::merged(json!({"port": port, "interfaces": "lo"}), rest);
    let words = [&format!("listen={port}"), "note=up", "await=TERM", "note=term", "exit=0"];
    let pilot = scene.jobs(&[scene.offer("web", &words, &whole)], &json!({"stopTimeout": 2})).start();
    scene.await_event(SOON, "up");
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
    (pilot, TcpStream::connect(("127.0.0.1", port)).unwrap())
}

fn withdrawn_at(scene: &Scene) -> std::time::Duration {
    scene.consul.requests_where(|it| it.is_deregistration_of(&id("web")))[0].at
}

#[test]
fn the_signal_is_the_jobs_own() {
    let scene = scene();
    let job = scene.job(
        "j",
        &["note=up", "ignore=TERM", "await=QUIT", "note=quit", "exit=0"],
        &json!({"stopSignal": "SIGQUIT"}),
    );
    let pilot = scene.jobs(&[job], &nothing()).start();
    scene.await_event(SOON, "up");
    pilot.end_after_term(seconds(4)).assert_status(0);
    assert!(scene.has("quit"));
}

#[test]
fn a_connected_client_is_given_the_whole_drain() {
    let scene = scene();
    let (pilot, client) = connected(&scene, &json!({"drain": "1s"}));
    pilot.stop().assert_status(0);
    drop(client);
    let drained = scene.await_event(SOON, "term").at - withdrawn_at(&scene);
    assert!(drained > milliseconds(900) && drained < seconds(4), "{drained:?}");
}

#[test]
fn the_drain_ends_with_the_last_client() {
    let scene = scene();
    let (pilot, client) = connected(&scene, &json!({"drain": "30s"}));
    pilot.signal(nix::sys::signal::Signal::SIGTERM);
    scene.control().await_state(SOON, "web", "draining");
    assert!(!scene.has("term"));
    drop(client);
    pilot.end(seconds(5)).assert_status(0);
    assert!(scene.has("term"));
}

#[test]
fn without_a_client_there_is_no_drain() {
    let scene = scene();
    let (pilot, client) = connected(&scene, &json!({"drain": "30s"}));
    drop(client);
    let asked = Instant::now();
    pilot.end_after_term(seconds(5)).assert_status(0);
    assert!(asked.elapsed() < seconds(4), "{:?}", asked.elapsed());
}

#[test]
fn a_restart_withdraws_and_drains_too() {
    let scene = scene();
    let (_pilot, client) = connected(&scene, &json!({"drain": "600ms"}));
    let answer = scene.control().order(&json!({"order": "restart", "job": "web"}));
    assert_eq!(answer.status, 200, "{}", answer.body);
    drop(client);
    scene.await_events(SOON, "up", 2);
    let drained = scene.await_event(SOON, "term").at - withdrawn_at(&scene);
    assert!(drained > milliseconds(500), "{drained:?}");
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
}

#[test]
fn q_17_the_budget_bounds_everything() {
    let scene = scene();
    let web = scene.offer("web", &["note=up", "ignore=TERM", "forever"], &json!({"stopTimeout": "60s"}));
    let before = scene.job(
        "before",
        &["note=before", "ignore=TERM", "forever"],
        &json!({"when": {"source": "web", "once": "stopping"}}),
    );
    let after = scene.job(
        "after",
        &["note=after", "ignore=TERM", "forever"],
        &json!({"when": {"source": "web", "once": "stopped"}}),
    );
    let pilot = scene.jobs(&[web, before, after], &json!({"stopBudget": "2s", "stopTimeout": 60})).start();
    scene.await_event(SOON, "up");
    let asked = Instant::now();
    let _ = pilot.stop();
    assert!(asked.elapsed() < seconds(6), "{:?}", asked.elapsed());
    assert_eq!(scene.consul.status(&id("web")), None);
    scene.await_silence(seconds(1));
}

#[test]
fn the_reason_of_a_stop_is_told() {
    let scene = scene();
    let pilot = scene.jobs(&[scene.job("j", &["note=up", "forever"], &nothing())], &nothing()).start();
    scene.await_event(SOON, "up");
    let ended = pilot.stop();
    ended.assert_status(0);
    ended.assert_says(&["SIGTERM"]);
    assert!(
        ended.out.lines().last().is_some_and(|line| line.contains("stopped as ordered")),
        "{}",
        ended.out
    );
}
