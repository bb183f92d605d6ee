//! Without a catalogue; and with what Consul can do besides, on a real one.

use crate::{id, nothing, scene, seconds};
use gyropilot_conformance::agent::Make;
use gyropilot_conformance::double::Request;
use gyropilot_conformance::on_each_agent;
use gyropilot_conformance::scene::Scene;
use gyropilot_conformance::wait::{SOON, wait_until};
use serde_json::{Value, json};

on_each_agent! {
    meta_weights_and_tagged_addresses_reach_consul,
    a_real_agent_that_was_wiped_is_told_again,
    a_key_of_a_real_consul_is_followed,
    a_prefix_of_a_real_consul_is_followed,
}

#[test]
fn without_a_catalogue_jobs_run_and_depend_on_each_other() {
    let scene = scene();
    let one = scene.job("one", &["note=one"], &nothing());
    let two = scene.job("two", &["note=two"], &json!({"when": {"source": "one", "once": "exitSuccess"}}));
    scene.jobs(&[one, two], &json!({"consul": null})).run().assert_status(0);
    assert_eq!(scene.notes(), ["one", "two"]);
}

#[test]
fn consul_false_says_so_and_a_port_is_then_not_registered() {
    let scene = scene();
    let web = scene.offer("web", &["note=up", "await=TERM", "note=term", "exit=0"], &nothing());
    let pilot = scene.jobs(&[web], &json!({"consul": false})).start();
    scene.await_event(SOON, "up");
    scene.control().await_job(SOON, "web", |job| job["state"] == "running");
    pilot.end_after_term(seconds(5)).assert_status(0);
    assert!(scene.has("term") && scene.consul.requests().is_empty());
}

#[test]
fn consul_false_and_a_watch_is_an_error() {
    let scene = scene();
    let rest = json!({"consul": false, "watches": [{"name": "sales", "interval": 1}]});
    let ended = scene.jobs(&[scene.job("j", &["note=up"], &nothing())], &rest).run();
    ended.assert_status(1);
    ended.assert_says(&["watch"]);
}

fn meta_weights_and_tagged_addresses_reach_consul(make: Make) {
    let scene = scene();
    let agent = make.start(scene.folder());
    let rest = json!({"meta": {"version": "1.2.3"}, "weights": {"passing": 10, "warning": 2},
        "taggedAddresses": {"lan": {"address": "192.0.2.8", "port": 8081}}});
    let pilot =
        scene.jobs(&[scene.offer("web", &["forever"], &rest)], &json!({"consul": agent.address()})).start();
    wait_until(SOON, "web to be passing", || (agent.passing("web") == [id("web")]).then_some(()));
    let seen = &agent.json("/v1/health/service/web?passing")[0]["Service"];
    assert_eq!(seen["Meta"], json!({"version": "1.2.3"}));
    assert_eq!(seen["Weights"], json!({"Passing": 10, "Warning": 2}));
    assert_eq!(seen["TaggedAddresses"]["lan"], json!({"Address": "192.0.2.8", "Port": 8081}));
    pilot.stop().assert_status(0);
    assert_eq!(agent.json("/v1/agent/services"), json!({}));
}

fn a_real_agent_that_was_wiped_is_told_again(make: Make) {
    let scene = scene();
    let mut agent = make.start(scene.folder());
    let rest = json!({"health": {"interval": 1, "ttl": 3}});
    let pilot =
        scene.jobs(&[scene.offer("web", &["forever"], &rest)], &json!({"consul": agent.address()})).start();
    wait_until(SOON, "web to be passing", || (agent.passing("web") == [id("web")]).then_some(()));
    agent.start_again();
    wait_until(SOON, "web to be passing again", || (agent.passing("web") == [id("web")]).then_some(()));
    pilot.stop().assert_status(0);
    assert!(agent.passing("web").is_empty());
}

/// Jobs that note what the watch `settings` says, and the watch itself.
fn follow(scene: &Scene, watch: &Value, consul: &str) -> gyropilot_conformance::launch::Pilot {
    let jobs = ["changed", "healthy", "unhealthy"].map(|event| {
        let when = json!({"when": {"source": "watch.settings", "each": event}});
        scene.job(event, &[&format!("note={event}")], &when)
    });
    scene.jobs(&jobs, &json!({"consul": consul, "watches": [watch]})).start()
}

fn is_read(request: &Request) -> bool {
    request.path.starts_with("/v1/kv/")
}

fn a_key_of_a_real_consul_is_followed(make: Make) {
    let scene = scene();
    let agent = make.start(scene.folder());
    let _pilot =
        follow(&scene, &json!({"name": "settings", "key": "app/colour", "interval": 1}), &agent.address());
    scene.control().await_up(SOON);
    agent.set_key("app/colour", "green");
    scene.await_event(SOON, "changed");
    scene.await_event(SOON, "healthy");
    agent.set_key("app/colour", "blue");
    scene.await_events(SOON, "changed", 2);
    agent.set_key("app/other", "x");
    agent.ask("DELETE", "/v1/kv/app/colour", "");
    scene.await_event(SOON, "unhealthy");
    // Both begin with the same change, and either may be the first to say so.
    assert_eq!(scene.await_events(SOON, "changed", 3).len(), 3);
}

fn a_prefix_of_a_real_consul_is_followed(make: Make) {
    let scene = scene();
    let agent = make.start(scene.folder());
    let _pilot =
        follow(&scene, &json!({"name": "settings", "prefix": "app/", "interval": 1}), &agent.address());
    scene.control().await_up(SOON);
    agent.set_key("app/a", "1");
    scene.await_events(SOON, "changed", 1);
    agent.set_key("app/b", "1");
    scene.await_events(SOON, "changed", 2);
    agent.set_key("other", "1");
    agent.ask("DELETE", "/v1/kv/app/?recurse", "");
    scene.await_event(SOON, "unhealthy");
    // Both begin with the same change, and either may be the first to say so.
    assert_eq!(scene.await_events(SOON, "changed", 3).len(), 3);
}

#[test]
fn a_key_that_stays_the_same_is_no_change() {
    let scene = scene();
    scene.consul.set_keys(&[("app/colour", "green")]);
    let address = scene.consul.address().to_string();
    let _pilot = follow(
        &scene,
        &json!({"name": "settings", "key": "app/colour", "interval": 1, "dc": "east"}),
        &address,
    );
    scene.await_event(SOON, "changed");
    scene.consul.set_keys(&[("app/colour", "green"), ("app/colours", "many")]);
    let so_far = scene.consul.requests_where(is_read).len();
    let reads = scene.consul.wait_for_requests(SOON, "more queries", so_far + 2, is_read);
    assert_eq!(scene.events_like("changed").len(), 1);
    assert_eq!(reads[0].parameter("dc"), Some("east"));
}
