//! Sections 1.4 to 1.11: every key's check. A wrong configuration ends the
//! start with status 1 and names what is wrong; the application never starts.

use crate::scene;
use gyropilot_conformance::cases;
use gyropilot_conformance::target::fixed;
use serde_json::{Value, json};

#[track_caller]
fn rejects_text(text: &str, phrases: &[&str]) {
    let scene = scene();
    let ended = scene.bare_launch().args(["-config", text]).app(scene.probe_line(&["note=started"])).run();
    ended.assert_status(1);
    ended.assert_says(phrases);
    assert!(!scene.has("started"), "the application was started");
}

#[track_caller]
fn rejects(config: &Value, phrases: &[&str]) {
    rejects_text(&with_consul(config).to_string(), phrases);
}

#[track_caller]
fn accepts(config: &Value) {
    let scene = scene();
    let text = with_consul(config).to_string();
    scene.bare_launch().args(["-config", &text]).app(scene.probe_line(&["exit=3"])).run().assert_status(3);
}

/// Nobody listens on port 1: these runs end before they would ask.
fn with_consul(config: &Value) -> Value {
    let mut whole = json!({"consul": "127.0.0.1:1"});
    whole.as_object_mut().unwrap().extend(config.as_object().unwrap().clone());
    whole
}

fn service(rest: &Value) -> Value {
    let mut service = json!({"name": "web", "port": 80, "poll": 1, "ttl": 10, "interfaces": ["lo"]});
    service.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    json!({"services": [service]})
}

fn backend(rest: &Value) -> Value {
    let mut backend = json!({"name": "sales", "poll": 1, "onChange": "true"});
    backend.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    json!({"backends": [backend]})
}

fn sensor(rest: &Value) -> Value {
    let mut sensor = json!({"name": "s", "help": "h", "type": "gauge", "poll": 1, "check": "true"});
    sensor.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    json!({"telemetry": {"port": 9090, "interfaces": ["lo"], "sensors": [sensor]}})
}

cases! {
    rejects:
    a_second_backend_is_too_many: json!({"etcd": {"endpoints": "http://127.0.0.1:1"}})
        => ["More than one discovery backend defined"];
    etcd_needs_endpoints: json!({"consul": null, "etcd": {}}) => ["endpoints"];
    an_unknown_top_level_key: json!({"servicez": []}) => ["Unknown config keys", "servicez"];
    consul_that_is_neither_text_nor_object: json!({"consul": 8500})
        => ["Expected a string or map"];
    a_pre_start_without_a_program: json!({"preStart": ""}) => ["preStart", "zero-length argument"];
    a_pre_start_that_is_an_object: json!({"preStart": {}}) => ["preStart"];
    an_empty_pre_stop: json!({"preStop": []}) => ["preStop", "zero-length argument"];
    an_empty_post_stop: json!({"postStop": ""}) => ["postStop", "zero-length argument"];
    a_stop_timeout_that_is_no_number: json!({"stopTimeout": "soon"}) => ["stopTimeout"];

    an_unknown_log_level: json!({"logging": {"level": "LOUD"}}) => ["Unknown log level", "LOUD"];
    an_unknown_log_format: json!({"logging": {"format": "xml"}}) => ["Unknown log format", "xml"];
    an_unknown_log_output: json!({"logging": {"output": "file"}}) => ["Unknown output type", "file"];

    a_service_without_a_name: service(&json!({"name": ""})) => ["`name` must not be blank"];
    a_service_without_a_port: service(&json!({"port": 0})) => ["`port` must be > 0", "web"];
    a_service_without_a_poll: service(&json!({"poll": 0})) => ["`poll` must be > 0", "web"];
    a_service_without_a_ttl: service(&json!({"ttl": 0})) => ["`ttl` must be > 0", "web"];
    a_service_with_an_empty_health_check: service(&json!({"health": ""})) => ["`health`", "web"];
    a_service_with_an_unknown_key: service(&json!({"helth": "true"})) => ["invalid keys", "helth"];
    a_service_whose_port_is_no_number: service(&json!({"port": "http"})) => ["port"];
    a_service_whose_poll_has_a_unit: service(&json!({"poll": "5s"})) => ["poll", "int"];
    a_service_whose_timeout_is_none: service(&json!({"health": "true", "timeout": "xx"})) => ["timeout", "xx"];
    a_service_whose_tags_are_one_word: service(&json!({"tags": "prod"})) => ["tags", "source data must be an array or slice"];
    a_service_with_a_bad_removal_time: service(&json!({"consul": {"deregisterCriticalServiceAfter": "nope"}}))
        => ["deregisterCriticalServiceAfter", "web"];
    a_service_whose_removal_time_has_no_unit: service(&json!({"consul": {"deregisterCriticalServiceAfter": "90"}}))
        => ["deregisterCriticalServiceAfter"];
    a_service_with_a_misspelt_consul_key: service(&json!({"consul": {"enableTags": true}})) => ["enableTags"];

    a_backend_without_a_name: backend(&json!({"name": ""})) => ["`name` must not be blank"];
    a_backend_without_on_change: backend(&json!({"onChange": null})) => ["`onChange` is required", "sales"];
    a_backend_with_an_empty_on_change: backend(&json!({"onChange": ""})) => ["`onChange`", "sales"];
    a_backend_without_a_poll: backend(&json!({"poll": 0})) => ["`poll` must be > 0", "sales"];
    a_backend_with_an_unknown_key: backend(&json!({"onchangee": "x"})) => ["invalid keys", "onchangee"];
    a_backend_with_a_bad_timeout: backend(&json!({"timeout": "long"})) => ["timeout", "long"];

    a_task_without_a_command: json!({"tasks": [{"name": "t", "frequency": "1s"}]})
        => ["Task did not provide a command"];
    a_task_without_a_frequency: json!({"tasks": [{"name": "t", "command": "true"}]}) => ["frequency"];
    a_task_with_a_bad_frequency: json!({"tasks": [{"name": "t", "command": "true", "frequency": "often"}]})
        => ["Unable to parse frequency", "often"];
    a_task_that_is_too_frequent: json!({"tasks": [{"name": "t", "command": "true", "frequency": "10us"}]})
        => ["cannot be less that 1ms"];
    a_task_with_too_short_a_timeout:
        json!({"tasks": [{"name": "t", "command": "true", "frequency": "1s", "timeout": "1ns"}]})
        => ["Timeout", "cannot be less that 1ms"];

    a_coprocess_without_a_command: json!({"coprocesses": [{"name": "c"}]})
        => ["Coprocess did not provide a command"];
    a_coprocess_with_an_empty_command: json!({"coprocesses": [{"name": "c", "command": ""}]}) => ["coprocess"];
    a_coprocess_with_negative_restarts: json!({"coprocesses": [{"command": "true", "restarts": -1}]})
        => ["restarts", "accepts positive integers"];
    a_coprocess_with_a_word_for_restarts: json!({"coprocesses": [{"command": "true", "restarts": "often"}]})
        => ["restarts", "often", "unlimited"];

    telemetry_whose_interfaces_are_one_word: json!({"telemetry": {"interfaces": "lo"}}) => ["interfaces"];
    a_sensor_of_an_unknown_type: sensor(&json!({"type": "meter"})) => ["invalid sensor type", "meter"];
    a_sensor_without_a_check: sensor(&json!({"check": null})) => ["check", "sensor"];
    a_sensor_without_help: sensor(&json!({"help": ""})) => ["help"];
    a_sensor_with_an_unknown_key: sensor(&json!({"chek": "true"})) => ["chek"];
}

cases! {
    accepts:
    null_is_as_good_as_nothing: json!({"preStart": null, "logging": null, "services": null, "telemetry": null});
    null_entries_are_skipped: json!({"services": [null], "backends": [null], "tasks": [null]});
    the_level_is_matched_in_any_case: json!({"logging": {"level": "wArNiNg", "format": "json", "output": "stderr"}});
    an_odd_service_name_is_only_worth_a_warning: service(&json!({"name": "my_svc"}));
    a_removal_time_alone: service(&json!({"consul": {"deregisterCriticalServiceAfter": "10m"}}));
    tag_override_alone: service(&json!({"consul": {"enableTagOverride": true}}));
    derived_fields_of_a_service: service(&json!({"id": "x", "ipAddress": "203.0.113.1"}));
    every_kind_of_restarts: json!({"coprocesses": [
        {"command": "true", "restarts": 3}, {"command": "true", "restarts": "3"}, {"command": "true", "restarts": 1.9},
        {"command": "true", "restarts": "never"}, {"command": "true"}]});
    every_form_of_a_duration: json!({"tasks": [
        {"command": "true", "frequency": "1h"}, {"command": "true", "frequency": "60"},
        {"command": "true", "frequency": 60}, {"command": "true", "frequency": "1m30.5s", "timeout": "1500ms"}]});
    consul_as_an_object: json!({"consul": {"address": "127.0.0.1:1", "scheme": "http", "token": "t"}});
    a_negative_stop_timeout: json!({"stopTimeout": -1});
}

#[test]
fn no_discovery_backend_at_all() {
    rejects_text("{}", &["No discovery backend defined"]);
}

#[test]
fn a_list_that_is_no_list_is_an_error_not_nothing() {
    fixed("list-type", || rejects(&json!({"services": {"name": "x"}}), &["services"]));
}

#[test]
fn a_trailing_comma_is_accepted() {
    fixed("json5", || {
        let scene = scene();
        let text = "{\"consul\": \"127.0.0.1:1\",}";
        scene.bare_launch().args(["-config", text]).app(scene.probe_line(&["exit=3"])).run().assert_status(3);
    });
}

#[test]
fn comments_and_bare_keys_are_accepted() {
    fixed("json5", || {
        let scene = scene();
        let text = "// why\n{consul: '127.0.0.1:1', /* more */ stopTimeout: +1,}";
        scene.bare_launch().args(["-config", text]).app(scene.probe_line(&["exit=3"])).run().assert_status(3);
    });
}

#[test]
fn a_near_miss_names_the_key_that_was_meant() {
    fixed("hint", || rejects(&service(&json!({"helth": "true"})), &["`health`"]));
}

#[test]
fn an_error_in_a_file_tells_file_line_column_and_shows_the_line() {
    fixed("hint", || {
        let scene = scene();
        let text = "{\n  \"consul\": \"127.0.0.1:1\",\n  \"stopTimeout\": \"soon\"\n}\n";
        let file = scene.file("c.json", text);
        let ended =
            scene.bare_launch().args([format!("-config=file://{}", file.display())]).app(["true"]).run();
        ended.assert_status(1);
        ended.assert_says(&[&format!("{}:3:", file.display()), "\"stopTimeout\": \"soon\"", "^"]);
    });
}

#[test]
fn all_errors_are_told_at_once() {
    fixed("all-errors", || {
        let config = json!({"services": [
            {"name": "one", "port": 0, "poll": 1, "ttl": 1, "interfaces": ["lo"]},
            {"name": "two", "port": 1, "poll": 0, "ttl": 1, "interfaces": ["lo"]}],
            "backends": [{"name": "three", "poll": 1}], "logging": {"level": "LOUD"}});
        rejects(&config, &["one", "two", "three", "LOUD"]);
    });
}

#[test]
fn q_08_an_empty_task_command_is_an_error_not_a_crash() {
    fixed("Q-08", || {
        rejects(&json!({"tasks": [{"name": "t", "command": "", "frequency": "1s"}]}), &["command"]);
    });
}

#[test]
fn q_08_a_sensor_without_poll_is_an_error_not_a_crash() {
    fixed("Q-08", || rejects(&sensor(&json!({"poll": null})), &["poll"]));
}
