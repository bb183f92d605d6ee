//! Section 1.6: how the catalogue is named, and what is said to it.

use crate::{id, scene};
use gyropilot_conformance::scene::Scene;
use gyropilot_conformance::wait::SOON;
use serde_json::{Value, json};

/// Starts with `consul` in this form and waits until the service is passing.
#[track_caller]
fn registers(scene: &Scene, consul: &Value, variables: &[(&str, &str)]) {
    let services = json!([scene.service("web", &json!({}))]);
    let launch = scene.launch(&json!({"consul": consul, "services": services}));
    let launch = variables.iter().fold(launch, |launch, (name, value)| launch.env(name, value));
    let _pilot = launch.app(scene.probe_line(&["forever"])).start();
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
}

#[test]
fn an_address_alone() {
    let scene = scene();
    registers(&scene, &json!(scene.consul.address().to_string()), &[]);
}

#[test]
fn an_address_with_a_scheme() {
    let scene = scene();
    registers(&scene, &json!(format!("http://{}", scene.consul.address())), &[]);
}

#[test]
fn an_object() {
    let scene = scene();
    registers(&scene, &json!({"address": scene.consul.address().to_string(), "scheme": "http"}), &[]);
}

#[test]
fn an_empty_address_means_the_variable() {
    let scene = scene();
    let address = scene.consul.address().to_string();
    registers(&scene, &json!({"address": ""}), &[("CONSUL_HTTP_ADDR", &address)]);
}

#[test]
fn the_token_goes_out_with_every_request() {
    let scene = scene();
    let consul = json!({"address": scene.consul.address().to_string(), "token": "from-file"});
    registers(&scene, &consul, &[]);
    for request in scene.consul.requests() {
        assert_eq!(
            request.header("x-consul-token"),
            Some("from-file"),
            "{} {}",
            request.method,
            request.path
        );
    }
}

#[test]
fn the_variable_wins_over_the_token_in_the_file() {
    let scene = scene();
    let consul = json!({"address": scene.consul.address().to_string(), "token": "from-file"});
    registers(&scene, &consul, &[("CONSUL_HTTP_TOKEN", "from-variable")]);
    for request in scene.consul.requests() {
        assert_eq!(request.header("x-consul-token"), Some("from-variable"));
    }
}

#[test]
fn the_address_may_come_from_the_environment_by_template() {
    let scene = scene();
    let address = scene.consul.address().to_string();
    registers(&scene, &json!("http://{{ .CONSUL }}"), &[("CONSUL", &address)]);
}

#[test]
fn the_token_is_never_logged() {
    let scene = scene();
    let consul = json!({"address": scene.consul.address().to_string(), "token": "hush-hush"});
    let services = json!([scene.service("web", &json!({}))]);
    let config = json!({"consul": consul, "services": services, "logging": {"level": "DEBUG"}});
    let pilot = scene.launch(&config).app(scene.probe_line(&["forever"])).start();
    scene.consul.wait_for_status(SOON, &id("web"), Some("passing"));
    let ended = pilot.stop();
    assert!(!ended.said().contains("hush-hush"), "{}", ended.said());
}
