//! Section 2.10: services that others offer.

use crate::{nothing, scene, seconds};
use gyropilot_conformance::double::{Fault, Instance, Request};
use gyropilot_conformance::launch::Pilot;
use gyropilot_conformance::scene::Scene;
use gyropilot_conformance::target::fixed;
use gyropilot_conformance::wait::SOON;
use serde_json::{Value, json};

/// A job that notes its own name each time that this event of `source` comes.
fn each(scene: &Scene, source: &str, event: &str, name: &str) -> Value {
    scene.job(name, &[&format!("note={name}")], &json!({"when": {"source": source, "each": event}}))
}

/// Watches `sales`, and notes `changed`, `healthy` and `unhealthy`.
fn follow(scene: &Scene) -> Pilot {
    let jobs = ["changed", "healthy", "unhealthy"].map(|event| each(scene, "watch.sales", event, event));
    scene.jobs(&jobs, &json!({"watches": [{"name": "sales", "interval": 1}]})).start()
}

fn is_lookup(request: &Request) -> bool {
    request.path == "/v1/health/service/sales"
}

/// Waits until the pilot has looked `count` more times: what it was to see by now, it saw.
#[track_caller]
fn await_looks(scene: &Scene, count: usize) {
    let so_far = scene.consul.requests_where(is_lookup).len();
    scene.consul.wait_for_requests(SOON, "more queries", so_far + count, is_lookup);
}

fn one() -> Instance {
    Instance::new("sales-1", "192.0.2.11", 8001)
}

fn two() -> Instance {
    Instance::new("sales-2", "192.0.2.12", 8002)
}

#[test]
fn the_first_instances_are_changed_and_healthy() {
    let scene = scene();
    scene.consul.set_instances("sales", &[one()]);
    let _pilot = follow(&scene);
    scene.await_event(SOON, "changed");
    scene.await_event(SOON, "healthy");
    assert!(!scene.has("unhealthy"));
}

#[test]
fn nothing_at_first_is_nothing() {
    let scene = scene();
    let _pilot = follow(&scene);
    await_looks(&scene, 2);
    assert!(scene.events().is_empty());
    scene.consul.set_instances("sales", &[one()]);
    scene.await_event(SOON, "healthy");
}

#[test]
fn none_left_is_changed_and_unhealthy() {
    let scene = scene();
    scene.consul.set_instances("sales", &[one()]);
    let _pilot = follow(&scene);
    scene.await_event(SOON, "healthy");
    scene.consul.set_instances("sales", &[]);
    scene.await_event(SOON, "unhealthy");
    scene.await_events(SOON, "changed", 2);
}

#[test]
fn one_more_is_changed_and_healthy_again() {
    let scene = scene();
    scene.consul.set_instances("sales", &[one()]);
    let _pilot = follow(&scene);
    scene.await_event(SOON, "healthy");
    scene.consul.set_instances("sales", &[one(), two()]);
    scene.await_events(SOON, "changed", 2);
    scene.await_events(SOON, "healthy", 2);
}

#[test]
fn the_same_again_is_nothing() {
    let scene = scene();
    scene.consul.set_instances("sales", &[one(), two()]);
    let _pilot = follow(&scene);
    scene.await_event(SOON, "healthy");
    scene.consul.set_instances("sales", &[two(), one()]);
    await_looks(&scene, 2);
    assert_eq!(scene.events_like("changed").len(), 1);
}

#[test]
fn another_address_and_another_port_are_changes() {
    let scene = scene();
    scene.consul.set_instances("sales", &[one()]);
    let _pilot = follow(&scene);
    scene.await_event(SOON, "changed");
    scene.consul.set_instances("sales", &[Instance::new("sales-1", "192.0.2.99", 8001)]);
    scene.await_events(SOON, "changed", 2);
    scene.consul.set_instances("sales", &[Instance::new("sales-1", "192.0.2.99", 8099)]);
    scene.await_events(SOON, "changed", 3);
}

#[test]
fn only_passing_instances_count() {
    let scene = scene();
    scene.consul.set_instances("sales", &[one().with_status("critical")]);
    let _pilot = follow(&scene);
    await_looks(&scene, 2);
    assert!(!scene.has("changed"));
}

#[test]
fn an_error_is_no_change() {
    let scene = scene();
    scene.consul.set_instances("sales", &[one()]);
    let _pilot = follow(&scene);
    scene.await_event(SOON, "changed");
    scene.consul.break_with(|_| Some(Fault::Answer(500, "No cluster leader")));
    await_looks(&scene, 2);
    scene.consul.heal();
    await_looks(&scene, 1);
    assert_eq!(scene.events_like("changed").len(), 1);
}

#[test]
fn a_tag_and_a_datacenter_are_passed_on() {
    let scene = scene();
    let watches = json!([{"name": "sales", "interval": 1, "tag": "blue", "dc": "east"}]);
    let _pilot =
        scene.jobs(&[scene.job("j", &["forever"], &nothing())], &json!({"watches": watches})).start();
    let found = scene.consul.wait_for_requests(SOON, "a query", 1, is_lookup);
    let asked =
        (found[0].parameter("tag"), found[0].parameter("dc"), found[0].parameter("passing").is_some());
    assert_eq!(asked, (Some("blue"), Some("east"), true));
}

#[test]
fn q_07_two_watches_of_one_service_are_kept_apart() {
    fixed("Q-07", || {
        let scene = scene();
        scene.consul.set_instances("sales", &[one().tagged(&["blue"])]);
        let watches = json!([{"name": "sales", "interval": 1, "tag": "blue"}, {"name": "sales", "interval": 1, "tag": "green"}]);
        let jobs = ["changed", "healthy", "unhealthy"].map(|event| each(&scene, "watch.sales", event, event));
        let _pilot = scene.jobs(&jobs, &json!({"watches": watches})).start();
        scene.await_event(SOON, "healthy");
        await_looks(&scene, 4);
        assert_eq!(scene.events_like("changed").len(), 1);
        scene.consul.set_instances("sales", &[one().tagged(&["blue"]), two().tagged(&["green"])]);
        scene.await_events(SOON, "changed", 2);
        await_looks(&scene, 4);
        assert_eq!(scene.events_like("changed").len(), 2);
        assert!(!scene.has("unhealthy"));
    });
}

#[test]
fn q_40_a_change_is_acted_on_at_once() {
    fixed("Q-40", || {
        let scene = scene();
        let jobs = [each(&scene, "watch.sales", "changed", "changed")];
        let _pilot = scene.jobs(&jobs, &json!({"watches": [{"name": "sales", "interval": 8}]})).start();
        scene.consul.wait_for_requests(SOON, "a query that waits", 1, |it| {
            is_lookup(it) && it.parameter("index").is_some() && it.parameter("wait").is_some()
        });
        scene.consul.set_instances("sales", &[one()]);
        scene.await_event(seconds(2), "changed");
    });
}

#[test]
fn a_change_may_start_one_job_after_another() {
    let scene = scene();
    let reload = each(&scene, "watch.sales", "changed", "render");
    let after =
        scene.job("after", &["note=after"], &json!({"when": {"source": "render", "each": "exitSuccess"}}));
    scene.consul.set_instances("sales", &[one()]);
    let watches = json!({"watches": [{"name": "sales", "interval": 1}]});
    let _pilot = scene.jobs(&[reload, after], &watches).start();
    scene.await_event(SOON, "after");
    assert_eq!(scene.notes(), ["render", "after"]);
}
