//! `signals`: what a signal to the pilot means.

use crate::{await_ticks, clock, id, nothing, scene, seconds};
use gyropilot_conformance::launch::Pilot;
use gyropilot_conformance::scene::Scene;
use gyropilot_conformance::wait::SOON;
use nix::sys::signal::Signal;
use serde_json::json;

/// A pilot with the passing service `web`, to which SIGHUP means this.
#[track_caller]
fn up(scene: &Scene, meaning: &str) -> Pilot {
    let web = scene.offer("web", &["note=up", "await=TERM", "note=term", "exit=0"], &nothing());
    let pilot = scene.jobs(&[web, clock(scene)], &json!({"signals": {"SIGHUP": meaning}})).start();
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
    scene.await_event(SOON, "up");
    pilot
}

#[test]
fn sighup_may_mean_stop() {
    let scene = scene();
    let pilot = up(&scene, "stop");
    pilot.signal(Signal::SIGHUP);
    pilot.end(SOON).assert_status(0);
    assert!(scene.has("term"));
    assert_eq!(scene.consul.status(&id("web")), None);
}

#[test]
fn sighup_may_mean_reload() {
    let scene = scene();
    let pilot = up(&scene, "reload");
    let other = scene.job("other", &["note=other", "forever"], &nothing());
    scene.write_jobs(&[other], &json!({"signals": {"SIGHUP": "reload"}}));
    pilot.signal(Signal::SIGHUP);
    scene.await_event(SOON, "other");
    scene.consul.wait_for_status(SOON, &id("web"), None);
}

#[test]
fn sighup_may_toggle_maintenance() {
    let scene = scene();
    let pilot = up(&scene, "maintenance");
    pilot.signal(Signal::SIGHUP);
    scene.consul.wait_for_status(seconds(4), &id("web"), None);
    pilot.signal(Signal::SIGHUP);
    scene.consul.wait_for_status(seconds(4), &id("web"), Some("passing"));
}

#[test]
fn sighup_may_mean_nothing() {
    let scene = scene();
    let mut pilot = up(&scene, "ignore");
    pilot.signal(Signal::SIGHUP);
    await_ticks(&scene, 3);
    assert!(pilot.is_running() && !scene.has("term"));
    assert_eq!(scene.consul.status(&id("web")).as_deref(), Some("passing"));
}
